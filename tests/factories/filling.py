"""Forms filled in as people fill them in: mostly sensibly, now and then not."""

import io
import itertools
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any
from zlib import crc32

from procure.kernel.clock import local
from tests.factories.offered import Control, Offered
from tests.factories.registers import pdf_file

_numbers = itertools.count(1)

LEAN = {
    "has_conflict": "no",
    "negative_": "no",
    "qualified": "yes",
    "conforms": "yes",
    "cancelled": "False",
}
"""What people answer nearly always, by the beginning of a field's name."""

WORDS = "经逐项核对有关记录和材料，情况属实，已按要求办理。"
MONEY = re.compile("金额|预算|限价|总价|报价|价款")
DAY = re.compile("一日|日期|某日|的日子|一天|最迟|期限至|时间|期限$")
COMING = re.compile("最迟|预计|期限|截止|以前|说明期限")
BETWEEN = re.compile(r"在 ?([\d,.]+) ?至 ?([\d,.]+)")
MOST = re.compile(r"最多 ?(\d+) ?个字")
DAYS = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
NUMBERED = re.compile("编号|号码|支付令|文号|流水号|凭证号")


def next_number(now: datetime) -> str:
    """Twenty digits that nobody has given to anything yet."""
    return f"{now:%Y}{next(_numbers):016d}"


def fill(
    dice: Random,
    form: Offered,
    now: datetime,
    name: str,
    known: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """What a person of this name might send from this form at this instant, by field.

    A choice keeps what is chosen or takes another; an empty field gets something of its kind; boxes
    are ticked; a file is a small PDF. What is `known` is sent as it is, unless the page says that it
    is wrong.
    """
    sent: dict[str, Any] = {}
    seen: set[str] = set()
    for control in form.controls:
        if control.name in seen:
            continue
        seen.add(control.name)
        same = form.named(control.name)
        if control.name in known and not control.fault:
            sent[control.name] = known[control.name]
            continue
        if control.kind in ("submit", "button", "image"):
            continue
        if control.kind == "radio":
            sent[control.name] = _radio(dice, control.name, same)
        elif control.kind == "checkbox":
            if dice.random() < 0.96:
                sent[control.name] = [one.value for one in same]
        elif control.kind == "file":
            if dice.random() < 0.9:
                sent[control.name] = (io.BytesIO(pdf_file()), "材料.pdf")
        elif control.kind == "hidden":
            sent[control.name] = [one.value for one in same]
        else:
            sent[control.name] = _typed(dice, control, now, name)
    buttons = [c for c in form.controls if c.kind in ("submit", "button") and "-" not in c.name]
    if buttons and dice.random() < 0.6:
        pressed = dice.choice(buttons)
        sent[pressed.name] = pressed.value
    return sent


def _radio(dice: Random, name: str, buttons: list[Control]) -> str:
    for beginning, usual in LEAN.items():
        if name.startswith(beginning) and dice.random() < 0.93:
            return usual
    chosen = [one.value for one in buttons if one.chosen]
    if chosen and dice.random() < 0.8:
        return chosen[0]
    return buttons[0].value if dice.random() < 0.6 else dice.choice(buttons).value


def _typed(dice: Random, control: Control, now: datetime, name: str) -> str:
    standing = control.value.strip()
    if control.fault and (better := _mended(dice, control, standing, now)) is not None:
        return better
    if standing and not control.fault and dice.random() < 0.9:
        return standing
    label = control.label
    if control.kind == "select":
        offered = [option for option in control.options if option]
        return dice.choice(offered) if offered else ""
    if "选填" in label and dice.random() < 0.6:
        return ""
    if control.kind == "textarea":
        return WORDS
    return _short(dice, control, label, now, name)


def _short(dice: Random, control: Control, label: str, now: datetime, name: str) -> str:
    if NUMBERED.search(label):
        return next_number(now)
    if MONEY.search(label):
        return dice.choice(("172,800.00", "168,000.00", "1,000.00"))
    if "得分" in label:
        return str(_agreed(label, 2, 8))
    if control.unit or "人数" in label or "数量" in label or "比例" in label:
        return str(dice.randint(1, 6))
    if DAY.search(label):
        return _day(dice, label, now)
    if "姓名" in label or "签署人" in label or "记录人" in label or "收款" in label:
        return name
    return WORDS[:12]


def _agreed(label: str, low: int, high: int) -> int:
    """A mark between two bounds, the same for whoever gives it: members have to agree on some."""
    return low + crc32(label.encode()) % (max(low, high) - low + 1)


def _mended(dice: Random, control: Control, standing: str, now: datetime) -> str | None:
    """What somebody types instead who reads what the page says; None where it says nothing to go by."""
    fault = control.fault
    if found := BETWEEN.search(fault):
        low, high = (int(float(one.replace(",", ""))) for one in found.groups())
        if "得分" in control.label:
            return str(_agreed(control.label, low, high))
        return str(dice.randint(low, max(low, high)))
    if found := MOST.search(fault):
        return standing[: int(found[1])]
    if "可以识别的日期" in fault or "年月日" in fault:
        return f"{local(now) + timedelta(days=dice.randint(0, 20)):%Y-%m-%d}"
    if "可以识别的时间" in fault:
        return f"{dice.randint(8, 18)}:30"
    if "可以识别的时刻" in fault or "时刻" in fault:
        return f"{local(now) + timedelta(days=dice.randint(0, 20)):%Y-%m-%d %H:%M}"
    if "数字" in fault or "整数" in fault:
        return str(dice.randint(1, 9))
    days = [date(*map(int, found)) for found in DAYS.findall(fault)]
    if days:
        day = dice.choice(days) + timedelta(days=dice.choice((-1, 0, 1)))
        return f"{day:%Y-%m-%d 09:30}" if ":" in standing else f"{day:%Y-%m-%d}"
    return None


def _day(dice: Random, label: str, now: datetime) -> str:
    later = dice.randint(3, 30) if COMING.search(label) else dice.choice((-3, -1, 0, 0, 0))
    day = local(now) + timedelta(days=later)
    if "时间" in label and "预计" not in label:
        return f"{day + timedelta(minutes=dice.choice((-30, 0, 30, 120))):%Y-%m-%d %H:%M}"
    return f"{day:%Y-%m-%d}"
