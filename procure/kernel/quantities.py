"""How many of a thing a text names: 两站, 2 个站点, 重点老年人一百二十人.

A contract may not count otherwise than the document it was awarded by (政府采购法 art 46).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from procure.kernel.text import half_width

_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "〇": 0,
}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_NUMBER: Final = r"(?P<number>[0-9][0-9,]*|[零〇一二两三四五六七八九十百千万]+)"
_PEOPLE: Final = r"(?:老年?人|长者)"
_OFTEN: Final = re.compile(r"每|不超过|不少于|以上|以下")


@dataclass(frozen=True)
class Named:
    """A number that a text gives for a thing, and the words in which it does."""

    count: int
    words: str


def read_numeral(text: str) -> int | None:
    """The value of 120, 1,200, 一百二十, 两, 三千零五; None for what is no number."""
    plain = half_width(text).replace(",", "").strip()
    if plain.isdecimal():
        return int(plain)
    total = section = digit = 0
    for sign in plain:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            section += (digit or 1) * _UNITS[sign]
            digit = 0
        elif sign == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        else:
            return None
    return total + section + digit if plain else None


def named_counts(text: str, thing: str) -> tuple[Named, ...]:
    """The numbers a text names of a thing, in their order.

    What is said of each one (每站一名社工, 每人每次不少于 20 分钟) tells nothing about how many.
    """
    found = []
    plain = half_width(text)
    for pattern in _patterns(thing):
        for match in re.finditer(pattern, plain):
            before = re.split(r"[，。；、：:,;\n]", plain[: match.start()])[-1]
            count = read_numeral(match["number"])
            if count and not _OFTEN.search(before[-6:] + match[0]):
                found.append(Named(count, match[0]))
    return tuple(found)


def agrees(count: int, named: tuple[Named, ...]) -> bool:
    """Whether a number is one that was named, or all of them together."""
    counts = [one.count for one in named]
    return not counts or count in counts or count == sum(counts)


def _patterns(thing: str) -> Iterator[str]:
    people = re.search(r"老人|老年人|长者", thing) is not None
    word = _PEOPLE if people else "站" if "站" in thing else re.escape(thing)
    yield rf"{_NUMBER}\s*[个处间所座家名位户人支]?[^，。；、\d]{{0,2}}?{word}"
    if people:
        yield rf"{word}[^，。；\d零〇一二两三四五六七八九十百千万]{{0,3}}{_NUMBER}\s*[名位人]"
