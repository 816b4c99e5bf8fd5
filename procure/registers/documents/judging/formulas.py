"""Formulas of Excel: what they would start, fetch or open."""

import re

from procure.registers.documents.judging.targets import leads_away, leads_to_network, leads_to_web

_JOINED = re.compile(r'(?<!")"\s*&\s*"(?!")')
_TEXTS = re.compile(r'"((?:[^"]|"")*)"')
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_CALLS = re.compile(
    r"\b(?:WEBSERVICE|IMAGE|RTD|CALL|EXEC|EXECUTE|INITIATE|POKE|REGISTER(?:\.ID)?|SQL\.REQUEST)\s*\("
    r"|\b_xll\.|\|[^!\]]*!|[\\/]{2}|\b(?:https?|file):",
    re.I,
)
"""Functions that ask outside or run programs, DDE, paths of other computers."""

_LINK = re.compile(r"\bHYPERLINK\s*\(", re.I)
_LINKED = re.compile(r'\bHYPERLINK\s*\(\s*"((?:[^"]|"")*)"', re.I)


def reaches_out(formula: str) -> bool:
    """Whether it would run a program, ask another computer, or link to a share or a program."""
    whole = _JOINED.sub("", formula)
    texts = _TEXTS.findall(whole)
    bare = _TEXTS.sub('""', whole)
    paths = _QUOTED.findall(bare)
    # A colon in a path may stand between two sheets: 'Jan 1:Mar 1'!A1.
    if _CALLS.search(_QUOTED.sub("''", bare)) or any(
        leads_to_network(path) or leads_to_web(path) for path in paths
    ):
        return True
    # Words that show the link may have a colon as well.
    linked = _LINKED.findall(whole)
    return any(leads_away(target) and not leads_to_web(target) for target in linked) or (
        _LINK.search(bare) is not None and any(map(leads_to_network, texts))
    )
