"""The words of notices, letters and papers: versioned texts with places for facts.

`contracts/_notices/<name>/<version>.toml` is a notice by section, `contracts/_words/<name>/
<version>.toml` phrases by name, `templates/emails/<name>/<version>.txt` a letter: title, then lines.
A text that has been used never changes; a correction is the next version. Presenters hand over
facts, as `kernel.phrases` puts them in.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from procure.kernel.phrases import Labels, Rows, phrased
from procure.render.documents import TEMPLATE_ROOT, chinese_number

NOTICES = TEMPLATE_ROOT / "_notices"
WORDS = TEMPLATE_ROOT / "_words"
LETTERS = TEMPLATE_ROOT.parent / "templates" / "emails"

Section = dict[str, object]


def worded_notice(reference: str, facts: Mapping[str, Any]) -> list[Section]:
    """The sections of a notice: {"title": text, "rows": [[label, text], …]}.

    A section or row with a third entry stands over that fact: left out where it is empty, told once
    for each of its rows where it is a list. `{ordinal}` counts sections, `{nth}` the rows of a list,
    `{it}` is a row without names.
    """
    found: list[Section] = []
    ordinal = 0
    for declared in _table(NOTICES, reference)["section"]:
        if "over" in declared and not facts[declared["over"]]:
            continue
        ordinal += "{ordinal}" in declared["title"]
        here = {**facts, "ordinal": chinese_number(ordinal)}
        rows = [row for one in declared["rows"] for row in _rows(one, here)]
        found.append({"title": phrased(declared["title"], here), "rows": rows})
    return found


def phrase(reference: str, name: str, /, **facts: Any) -> str:
    """The phrase of that name in `contracts/_words`, with its facts."""
    return phrased(_table(WORDS, reference)[name], facts)


def figures(reference: str, name: str) -> Mapping[str, Any]:
    """A table of `contracts/_words` as it stands: what is printed of texts and figures alike."""
    table: Mapping[str, Any] = _table(WORDS, reference)[name]
    return table


def phrases(reference: str, name: str, /, **facts: Any) -> tuple[str, ...]:
    """The lines of a phrase; those without anything to say are left out."""
    declared = _table(WORDS, reference)[name]
    lines = [declared] if isinstance(declared, str) else declared
    return tuple(said for line in lines if (said := phrased(line, facts)))


def letter(
    reference: str,
    facts: Mapping[str, Any],
    labels: Labels | None = None,
    each: Rows | None = None,
) -> tuple[str, str]:
    """Title and text of a letter; a line without anything to say is left out.

    `labels` and `each` are those of the event that the letter tells of.
    """
    title, *lines = _letter(reference).splitlines()
    said = (phrased(line, facts, labels, each) for line in lines)
    return phrased(title, facts, labels, each), "\n".join(line for line in said if line)


def enclosed(reference: str, facts: Mapping[str, Any]) -> str:
    """The text of a mail around a letter, its blank lines kept."""
    return phrased(_letter(reference), facts)


def _letter(reference: str) -> str:
    name, _, version = reference.partition("@")
    return _text(LETTERS / name / f"{version}.txt").strip()


def _rows(declared: Sequence[str], facts: Mapping[str, Any]) -> Iterator[list[str]]:
    label, text, *over = declared
    rows = facts[over[0]] if over else True
    if not isinstance(rows, list | tuple):
        rows = [{}] if rows else []
    for nth, row in enumerate(rows, start=1):
        own = row if isinstance(row, Mapping) else {"it": row}
        here = {**facts, **own, "nth": nth}
        yield [phrased(label, here), phrased(text, here)]


def _table(root: Path, reference: str) -> Mapping[str, Any]:
    name, _, version = reference.partition("@")
    return _read(root / name / f"{version}.toml")


@lru_cache(maxsize=128)
def _read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(_text(path))


@lru_cache(maxsize=128)
def _text(path: Path) -> str:
    return path.read_text("utf-8")
