"""What a scoring standard says it awards, read out of its text.

Only awards are read: 得十分, 最多 20 分, 计 2.5 分; not what is taken off (扣 3 分), minutes (30 分钟)
or other words with 分 in them.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = r"\d+(?:\.\d+)?|[零一二两三四五六七八九十百]+"
_AWARD = re.compile(
    rf"(?P<taken>扣|减|扣减|扣除|减去|少)?\s*(?:为|至|到|—|-|~|～)?\s*(?P<number>{_NUMBER})\s*分"
    r"(?!钟|之|项|部|为|公司|包|支|布|析|类|级|值|散|享|工|配|期|批|档|段|别|店|队|组|局|院|所|会)"
)
_EACH = re.compile(r"每|各|逐")
"""Words by which one award counts several times."""


def awards_in(standard: str) -> list[Decimal]:
    """Every number of points that the standard awards, in the order of the text; nothing is zero."""
    found = [
        _number(match["number"])
        for match in _AWARD.finditer(standard)
        if not match["taken"] and not _is_deducted(standard[: match.start()])
    ]
    return [points for points in found if points]


def can_make(awarded: Sequence[Decimal], full: Decimal, standard: str) -> bool:
    """Whether the full points can come about: as one award, or as a sum of some, each counted more
    than once where the standard counts each item.
    """
    wanted = int(full * 100)
    repeated = _EACH.search(standard) is not None
    reached = {0}
    for points in awarded:
        step = int(points * 100)
        for _ in range(wanted // step if repeated else 1):
            grown = reached | {sum_ + step for sum_ in reached if sum_ + step <= wanted}
            if grown == reached:
                break
            reached = grown
    return wanted in reached


def _is_deducted(before: str) -> bool:
    """Whether the words just before a number take points off."""
    return re.search(r"(?:扣|减)[^，。；,;0-9]{0,4}$", before) is not None


def _number(text: str) -> Decimal:
    if text[0].isdigit():
        return Decimal(text)
    hundreds, tens, ones = 0, 0, 0
    for word in text:
        if word == "百":
            hundreds, ones = ones or 1, 0
        elif word == "十":
            tens, ones = ones or 1, 0
        else:
            ones = _DIGITS[word]
    return Decimal(hundreds * 100 + tens * 10 + ones)
