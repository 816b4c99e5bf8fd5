"""What a document template asks for: typed fields, read from `fields.toml` and checked.

Only primitives pass: text, whole numbers, yes or no, lists and records of these. Money is integer
fen, dates and instants are ISO 8601 text, decimals are text, so that the snapshot of the data is
plain JSON and the same on every machine.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from procure.kernel.errors import Invalid
from procure.kernel.labelled import LabelledEnum

Primitive: TypeAlias = "str | int | list[Primitive] | dict[str, Primitive] | None"

# What may be typed is limited at its form, nowhere narrower on paper: a text that was let in and then
# does not fit would stop the case on the day its paper is due. These two only bound one paper, well
# above what forms let through.
DEFAULT_MAX_LENGTH = 100_000
# About seven milliseconds of layout a row: more belongs in an attached table file.
DEFAULT_MAX_ITEMS = 1_000
MAX_WHOLE_NUMBER = 10**15
DECIMAL_TEXT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")


class TemplateFault(RuntimeError):
    """A template is wrong in itself, whatever the data: an error of ours, not of the writer."""


LINE = "＿＿＿＿"


class Blank:
    """A place left open on a form: prints as a line, as one paragraph where paragraphs are asked."""

    def __str__(self) -> str:
        return LINE

    def __iter__(self) -> Iterator["Blank"]:
        yield self


BLANK = Blank()
"""The one open place there need be."""


class FieldKind(LabelledEnum):
    """The types a field may have."""

    TEXT = "text", "文字"
    PARAGRAPHS = "paragraphs", "多段文字"
    TEXTS = "texts", "文字列表"
    DATE = "date", "日期"
    INSTANT = "instant", "时间"
    MONEY_FEN = "money_fen", "金额（分）"
    INTEGER = "integer", "整数"
    DECIMAL = "decimal", "数字（写成文字）"
    YES_NO = "yes_no", "是或否"
    CHOICE = "choice", "选择"
    RECORD = "record", "一组字段"
    RECORDS = "records", "列表"


@dataclass(frozen=True)
class TemplateField:
    """One field: its Chinese label, its type and its limits."""

    name: str
    label: str
    kind: FieldKind
    optional: bool = False
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    max_length: int = DEFAULT_MAX_LENGTH
    min_items: int = 1
    max_items: int = DEFAULT_MAX_ITEMS
    options: tuple[str, ...] = ()
    fields: Mapping[str, "TemplateField"] = field(default_factory=dict)


SETTINGS = {
    "label",
    "type",
    "optional",
    "at_least",
    "at_most",
    "max_length",
    "min_items",
    "max_items",
    "options",
    "fields",
}


def read_fields(table: Mapping[str, Any], where: str = "fields") -> dict[str, TemplateField]:
    """The fields a `[fields]` table declares; raises TemplateFault on what it does not know."""
    fields = {}
    for name, setting in table.items():
        place = f"{where}.{name}"
        # `record.items` in a template would find the method of the dictionary, not the field.
        if not FIELD_NAME.fullmatch(name) or hasattr(dict, name):
            raise TemplateFault(f"{place}: not a field name")
        unknown = set(setting) - SETTINGS
        if unknown:
            raise TemplateFault(f"{place}: unknown settings {sorted(unknown)}")
        kind = FieldKind(setting["type"])
        inner = read_fields(setting.get("fields", {}), place)
        if bool(inner) != (kind in {FieldKind.RECORD, FieldKind.RECORDS}):
            raise TemplateFault(f"{place}: records and only records have fields of their own")
        if bool(setting.get("options")) != (kind is FieldKind.CHOICE):
            raise TemplateFault(f"{place}: choices and only choices have options")
        fields[name] = TemplateField(
            name=name,
            label=setting["label"],
            kind=kind,
            optional=setting.get("optional", False),
            at_least=_limit(setting.get("at_least")),
            at_most=_limit(setting.get("at_most")),
            max_length=setting.get("max_length", DEFAULT_MAX_LENGTH),
            min_items=setting.get("min_items", 1),
            max_items=setting.get("max_items", DEFAULT_MAX_ITEMS),
            options=tuple(setting.get("options", ())),
            fields=inner,
        )
    return fields


def _limit(value: int | str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def check_fields(
    fields: Mapping[str, TemplateField], data: object, path: str = "", named: str = ""
) -> dict[str, Primitive]:
    """The data with every absent optional field set to None.

    `path` is the machine's name of the place (`targets.0.quantity`), `named` the reader's
    (服务目标第1项). Raises Invalid naming the first field that is wrong.
    """
    if not isinstance(data, dict):
        raise Invalid(path or "data", f"{named or '文书数据'}应是一组带名称的字段。")
    for name in data:
        if name not in fields:
            raise Invalid(
                _joined(path, str(name)),
                f"{named}多出了文书模板没有的字段“{_shown(name)}”。",
                remedy="请核对字段名称，或删除这个字段。",
            )
    complete: dict[str, Primitive] = {}
    for name, each in fields.items():
        place, words = _joined(path, name), f"{named}“{each.label}”"
        value = data.get(name)
        if value is None or value == "" or (value == [] and each.optional):
            if not each.optional:
                raise Invalid(place, f"{words}没有填写。", remedy=f"请填写{words}。")
            complete[name] = None
        else:
            complete[name] = checked_value(each, value, place, words)
    return complete


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def checked_value(  # noqa: C901  one case a kind
    each: TemplateField, value: object, place: str, words: str
) -> Primitive:
    """The value as its field asks for it; raises Invalid otherwise."""
    match each.kind:
        case FieldKind.TEXT | FieldKind.PARAGRAPHS:
            return _text(each, value, place, words)
        case FieldKind.TEXTS:
            return [
                _text(each, item, f"{place}.{index}", f"{words}第{index + 1}项")
                for index, item in enumerate(_items(each, value, place, words))
            ]
        case FieldKind.CHOICE:
            return _choice(each, value, place, words)
        case FieldKind.DATE:
            return _date(value, place, words)
        case FieldKind.INSTANT:
            return _instant(value, place, words)
        case FieldKind.MONEY_FEN | FieldKind.INTEGER:
            return _whole(each, value, place, words)
        case FieldKind.DECIMAL:
            return _decimal(each, value, place, words)
        case FieldKind.YES_NO:
            if not isinstance(value, bool):
                raise Invalid(place, f"{words}应填“是”或“否”。")
            return value
        case FieldKind.RECORD:
            return check_fields(each.fields, value, place, words)
        case FieldKind.RECORDS:
            return [
                check_fields(each.fields, item, f"{place}.{index}", f"{words}第{index + 1}项")
                for index, item in enumerate(_items(each, value, place, words))
            ]


def _items(each: TemplateField, value: object, place: str, words: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(place, f"{words}应是一个列表。")
    if len(value) < each.min_items:
        raise Invalid(place, f"{words}至少要有 {each.min_items} 项，现有 {len(value)} 项。")
    if len(value) > each.max_items:
        raise Invalid(
            place,
            f"{words}最多 {each.max_items} 项，现有 {len(value)} 项。",
            remedy="请把明细改为附件（表格文件），文书中只列汇总。",
        )
    return value


def _text(each: TemplateField, value: object, place: str, words: str) -> str:
    if not isinstance(value, str):
        raise Invalid(place, f"{words}应是文字。")
    if not value.strip():
        raise Invalid(place, f"{words}没有填写。", remedy=f"请填写{words}。")
    if len(value) > each.max_length:
        raise Invalid(place, f"{words}最多 {each.max_length} 个字，现有 {len(value)} 个字。")
    if any(unicodedata.category(character) == "Cs" for character in value):
        raise Invalid(place, f"{words}中有半个字符，不能保存。", remedy="请重新填写这一项。")
    return value


def _choice(each: TemplateField, value: object, place: str, words: str) -> str:
    if not isinstance(value, str) or value not in each.options:
        raise Invalid(place, f"{words}应是以下之一：{'、'.join(each.options)}。")
    return value


def _date(value: object, place: str, words: str) -> str:
    if isinstance(value, str):
        try:
            if date.fromisoformat(value).isoformat() == value:
                return value
        except ValueError:
            pass
    raise Invalid(place, f"{words}应是日期，写作 2026-11-26。")


def _instant(value: object, place: str, words: str) -> str:
    if isinstance(value, str):
        try:
            if datetime.fromisoformat(value).tzinfo is not None:
                return value
        except ValueError:
            pass
    raise Invalid(place, f"{words}应是带时区的时间，写作 2026-11-26T09:30:00+08:00。")


def _whole(each: TemplateField, value: object, place: str, words: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        unit = "以分为单位的整数" if each.kind is FieldKind.MONEY_FEN else "整数"
        raise Invalid(place, f"{words}应是{unit}。")
    low = each.at_least if each.at_least is not None else Decimal(0)
    _within(each, Decimal(value), low, place, words)
    return value


def _decimal(each: TemplateField, value: object, place: str, words: str) -> str:
    if isinstance(value, str) and DECIMAL_TEXT.fullmatch(value):
        try:
            number = Decimal(value)
        except InvalidOperation as broken:
            raise Invalid(place, f"{words}应是数字。") from broken
        _within(each, number, each.at_least, place, words)
        return value
    raise Invalid(place, f'{words}应是写成文字的数字，例如 "91.25"。')


def _within(
    each: TemplateField, number: Decimal, low: Decimal | None, place: str, words: str
) -> None:
    money = each.kind is FieldKind.MONEY_FEN
    high = each.at_most if each.at_most is not None else Decimal(MAX_WHOLE_NUMBER)
    if low is not None and number < low:
        raise Invalid(place, f"{words}不能小于 {_limit_words(low, money=money)}。")
    if number > high:
        raise Invalid(place, f"{words}不能大于 {_limit_words(high, money=money)}。")


def _limit_words(limit: Decimal, *, money: bool) -> str:
    return f"{limit / 100:,.2f} 元" if money else f"{limit.normalize():f}"


def with_texts(
    fields: Mapping[str, TemplateField], data: Mapping[str, Any], change: Callable[[str], str]
) -> dict[str, Any]:
    """Checked data with every text a person wrote changed by `change`."""
    changed = dict(data)
    for name, each in fields.items():
        value = data.get(name)
        if value is None or isinstance(value, Blank):
            continue
        match each.kind:
            case FieldKind.TEXT | FieldKind.PARAGRAPHS:
                changed[name] = change(value)
            case FieldKind.TEXTS:
                changed[name] = [
                    item if isinstance(item, Blank) else change(item) for item in value
                ]
            case FieldKind.RECORD:
                changed[name] = with_texts(each.fields, value, change)
            case FieldKind.RECORDS:
                changed[name] = [with_texts(each.fields, item, change) for item in value]
            case _:
                continue
    return changed


@dataclass(frozen=True)
class CrossCheck:
    """A rule between fields, in Chinese for who breaks it.

    `sum`: the numbers at `of` (`payments.percent`) add up to `equals` (a number or a path).
    `order`: the date at `of` is not after the one at `equals`. `at_most`: the number at `of` is
    not above the one at `equals`. A check whose field is absent says nothing.
    """

    kind: str
    of: str
    equals: str
    message: str
    rule: str | None = None
    remedy: str | None = None

    def require(self, data: Mapping[str, Any]) -> None:
        """Raise Invalid at the field `of` when the data breaks this rule."""
        left = values_at(data, self.of)
        right = self._right(data)
        if not left or right is None:
            return
        if self.kind == "sum":
            kept = sum((Decimal(value) for value in left), Decimal(0)) == Decimal(right)
        elif self.kind == "order":
            kept = all(_moment(value) <= _moment(right) for value in left)
        else:
            kept = all(Decimal(value) <= Decimal(right) for value in left)
        if not kept:
            raise Invalid(self.of.split(".")[0], self.message, rule=self.rule, remedy=self.remedy)

    def _right(self, data: Mapping[str, Any]) -> Any:
        if DECIMAL_TEXT.fullmatch(self.equals):
            return self.equals
        found = values_at(data, self.equals)
        return found[0] if found else None


CROSS_CHECKS = {"sum", "order", "at_most"}


def _moment(value: str) -> date | datetime:
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)


def values_at(data: Mapping[str, Any], path: str) -> list[Any]:
    """The values at a dotted path, through lists; those that are absent are left out."""
    found: list[Any] = [data]
    for step in path.split("."):
        below = []
        for each in found:
            value = each.get(step)
            below.extend(value if isinstance(value, list) else [value])
        found = [value for value in below if value is not None]
    return found
