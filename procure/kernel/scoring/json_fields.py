"""Reading JSON with suspicion: each reader returns what the field must hold or refuses it by name.

Every reader takes the field's path (`bids[0].price`) for its message and raises BrokenRule.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from procure.kernel.scoring.figures import PLACES, UNIT, unscaled
from procure.kernel.scoring.rules import BrokenRule

Choice = TypeVar("Choice", bound=StrEnum)

NUMBER = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,4}))?")
"""A plain decimal: at most 15 digits before the point and 4 behind it."""

BIGGEST = 10**15
LONGEST_NAME = 200


@lru_cache(maxsize=8192)
def read_number(text: str) -> int | None:
    """A decimal string in ten-thousandths; None when it is not one."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, part = match.groups()
    figure = int(whole) * UNIT + int((part or "").ljust(PLACES, "0"))
    return -figure if sign else figure


def figure_at(value: object, field: str) -> int:
    """A number in ten-thousandths, from a string or an integer."""
    if isinstance(value, str):
        figure = read_number(value)
        if figure is not None:
            return figure
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < BIGGEST:
        return value * UNIT
    wrong = "不能使用浮点数。" if isinstance(value, float) else "数值的写法不正确。"
    raise BrokenRule(field, "F-NUMBER", wrong, "用引号写成最多 15 位整数、4 位小数的十进制数。")


def figures_at(values: list[Any], field: str) -> tuple[int, ...]:
    """A list of numbers in ten-thousandths."""
    # Most lists are all strings that were read before; only the others are worth a closer look.
    read = [read_number(value) if isinstance(value, str) else None for value in values]
    found = tuple([figure for figure in read if figure is not None])
    if len(found) == len(values):
        return found
    return tuple([figure_at(value, field) for value in values])


def decimal_at(item: Mapping[str, Any], key: str, field: str) -> Decimal | None:
    """A figure that may be missing, as a Decimal."""
    value = item.get(key)
    return None if value is None else unscaled(figure_at(value, field))


def whole_at(item: Mapping[str, Any], key: str, field: str) -> int | None:
    """A figure that may be missing, in ten-thousandths."""
    value = item.get(key)
    return None if value is None else figure_at(value, field)


def object_at(value: object, field: str, keys: set[str] | None) -> Mapping[str, Any]:
    """An object; with `keys`, one that holds no other keys."""
    if not isinstance(value, dict):
        raise wrong_type(field or "case", "对象")
    for key in value:
        if not isinstance(key, str) or (keys is not None and key not in keys):
            path = f"{field}.{visible(key)}" if field else visible(key)
            raise BrokenRule(
                path, "F-KEY", f"没有“{visible(key)}”这个字段。", "核对字段名，删去多余的字段。"
            )
    return value


def list_at(item: Mapping[str, Any], key: str, field: str) -> list[Any]:
    """A list that must be there."""
    value = required_at(item, key, field)
    if not isinstance(value, list):
        raise wrong_type(field, "列表")
    return value


def words_at(value: object, field: str) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise wrong_type(field, "字符串列表")
    return tuple(value)


def required_at(item: Mapping[str, Any], key: str, field: str) -> Any:
    """A value that must be there and not null."""
    value = item.get(key)
    if value is None:
        raise missing(field)
    return value


def choice_at(item: Mapping[str, Any], key: str, field: str, kind: type[Choice]) -> Choice:
    """One of the values of an enumeration."""
    value = required_at(item, key, field)
    names = {member.value: member for member in kind}
    if not isinstance(value, str) or value not in names:
        raise BrokenRule(field, "F-KEY", f"只能是 {'、'.join(names)} 之一。", "改为其中一个值。")
    return names[value]


def flag_at(item: Mapping[str, Any], key: str, field: str, *, default: bool) -> bool:
    """True or false, or the default when missing."""
    value = item.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise wrong_type(field, "true 或 false")
    return value


def text_at(item: Mapping[str, Any], key: str, field: str) -> str:
    """A string, empty when missing."""
    value = item.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong_type(field, "字符串")
    return value


def name_at(value: object, field: str) -> str:
    """A name or id: not blank, not overlong, nothing invisible in it."""
    if not isinstance(value, str):
        raise wrong_type(field, "字符串")
    name = value.strip()
    if not name or len(name) > LONGEST_NAME or visible(name, LONGEST_NAME) != name:
        raise BrokenRule(
            field,
            "F-TYPE",
            f"名称应为 1 至 {LONGEST_NAME} 个可见字符。",
            "重新填写名称。",
        )
    return name


def visible(key: object, longest: int = 40) -> str:
    """`key` fit for a message: visible characters only, cut short."""
    return "".join(c if c.isprintable() or c == "\u3000" else "?" for c in str(key)[:longest])


def missing(field: str) -> BrokenRule:
    """The refusal of a field that is not there."""
    return BrokenRule(field, "F-KEY", "缺少必填字段。", "补上这一字段。")


def wrong_type(field: str, wanted: str) -> BrokenRule:
    """The refusal of a value of another type; `wanted` in words."""
    return BrokenRule(field, "F-TYPE", f"类型不对，应为{wanted}。", "按约定的类型填写。")
