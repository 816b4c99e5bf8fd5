"""Words with places for facts: what events and letters say, written down beside what they know.

`{name}` is a place, `{amount_fen:money}` says how its fact is written. `[，原因：{reason}]` stands where
its facts are there and not empty; `[{late:if}逾期|按期]` where its flags hold, the last choice where
no other does. What is put in is never read again as a phrase.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from procure.kernel.day_words import date_word, day_in_words
from procure.kernel.money import Money, capitals
from procure.kernel.text import shortened

Labels = Mapping[str, Mapping[Any, str]]
"""The words of a fact's values, by the fact's name: {"method": ProcurementMethod.labels()}."""

_PART: Final = re.compile(r"\[([^\]]*)\]|\{(\w+)(?::(\w+))?\}")
_PLACE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")


@dataclass(frozen=True, slots=True)
class Each:
    """How every row of a list is told; a row without names has its places by number: {0}."""

    words: str
    between: str = "；"
    labels: Labels = field(default_factory=dict)


Rows = Mapping[str, Each]
"""How the rows of a fact are told, by the fact's name."""


def spoken(number: str) -> str:
    """The number of a receipt or a note in groups of four, to be read out over the telephone."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def points_in_words(hundredths: int) -> str:
    """Hundredths of a point as people read them: 93.11."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def round_in_words(number: int) -> str:
    """Which time it is, from the second on: 第 2 次."""
    return f"第 {number} 次" if number > 1 else ""


def _figure(value: int | Sequence[Any]) -> str:
    return f"{value if isinstance(value, int) else len(value):,}"


_FORMS: Final[Mapping[str, Callable[[Any], str]]] = {
    "": str,
    "money": lambda fen: Money(fen).format(),
    "capitals": lambda fen: capitals(Money(fen)),
    "day": lambda kept: day_in_words(date.fromisoformat(kept)),
    "weekday": lambda kept: date_word(date.fromisoformat(kept)),
    "list": "、".join,
    "lines": "\n".join,
    "count": lambda rows: str(len(rows)),
    "figure": _figure,
    "points": points_in_words,
    "again": round_in_words,
    "short": lambda text: shortened(text, 60),
    "clause": lambda text: str(text).rstrip("。"),
    "spoken": spoken,
}
_FLAGS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "if": bool,
    "not": lambda value: value is False,
}


def phrased(
    words: str,
    facts: Mapping[str, Any],
    labels: Labels | None = None,
    each: Rows | None = None,
) -> str:
    """The words with the facts in their places; KeyError where a fact is missing that must be told.

    A day is text (2026-04-09), money in fen, a number after the colon how many characters are told.
    """

    def told(name: str, form: str) -> str:
        if form in _FLAGS:
            return ""
        value = facts[name]
        if form == "label":
            return (labels or {})[name][value]
        if form == "each":
            return _rows((each or {})[name], value)
        return str(value)[: int(form)] if form.isdigit() else _FORMS[form](value)

    def place(found: re.Match[str]) -> str:
        return told(found[1], found[2] or "")

    def part(found: re.Match[str]) -> str:
        if found[2]:
            return told(found[2], found[3] or "")
        choices = found[1].split("|")
        standing = next((one for one in choices if _stands(one, facts)), None)
        if standing is None:
            standing = choices[-1] if len(choices) > 1 else ""
        return _PLACE.sub(place, standing)

    return _PART.sub(part, words)


def places(words: str) -> tuple[tuple[str, str], ...]:
    """The name and form of every place, in order, for who checks that a phrase can be said."""
    return tuple(_PLACE.findall(words))


def known_form(form: str) -> bool:
    """Whether a place may be written so."""
    return form in {*_FORMS, *_FLAGS, "label", "each"} or form.isdigit()


def _stands(choice: str, facts: Mapping[str, Any]) -> bool:
    found = places(choice)
    flags = [(name, form) for name, form in found if form in _FLAGS]
    if flags:
        return all(_FLAGS[form](facts.get(name)) for name, form in flags)
    return all(
        round_in_words(facts.get(name) or 0) if form == "again" else facts.get(name)
        for name, form in found
    )


def _rows(each: Each, rows: Sequence[Any]) -> str:
    told = (phrased(each.words, _facts_of(row), each.labels) for row in rows)
    return each.between.join(words for words in told if words)


def _facts_of(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    values = [row] if isinstance(row, str) else row
    return {str(place): value for place, value in enumerate(values)}
