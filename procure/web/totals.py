"""What the numbers of a form must add up to: said by the server when it draws the form, and by the
page's script (static/js/amounts.js) while they are typed, in the same words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wtforms import Form

from procure.kernel.money import Money
from procure.kernel.text import half_width
from procure.web.forms import ProcureForm

HUNDRED = 100_00
HUNDREDTHS = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,2})0*)?")


@dataclass(frozen=True)
class Sum:
    """What the parts make at the moment, in words, and whether that is the whole."""

    words: str
    is_right: bool


@dataclass(frozen=True)
class RunningTotal:
    """Parts that must make a whole, in hundredths of 分 or %, or at most so much (`is_most`).

    `parts` are names of fields; a star stands for the number of a row (`rows-*-percent`). Where the
    whole stands for an amount, `amount` is that amount and `amount_label` what it is called.
    """

    parts: tuple[str, ...]
    unit: str
    amount: Money | None = None
    amount_label: str = ""
    full: int = HUNDRED
    is_most: bool = False

    @property
    def amount_fen(self) -> int | None:
        """The amount as the page's script counts it."""
        return None if self.amount is None else self.amount.fen

    def sum_of(self, form: ProcureForm) -> Sum:
        """What the form's fields make as they are drawn."""
        names = [re.compile(re.escape(part).replace(r"\*", r"\d+")) for part in self.parts]
        return self.sum_up(
            [
                field._value()
                for _, field in form.walk()
                if any(name.fullmatch(field.name) for name in names)
            ]
        )

    def sum_up(self, texts: Sequence[str]) -> Sum:
        """What these texts make; one that is no number is left out, and the words say so."""
        read = [self._read(text) for text in texts if text.strip()]
        total = sum(one for one in read if one is not None)
        unread, full = read.count(None), self.full
        verdict = "" if unread and total == full else f"，{self._verdict(total)}"
        said = [f"合计 {self._points(total)}{verdict}"]
        if self.amount is not None:
            every = self.amount.fen
            share = (every * total + full // 2) // full
            rest = "" if total == full else f"，{_compared(share, every, _amount)}"
            said.append(f"按{self.amount_label} {_amount(every)} 计，合计 {_amount(share)}{rest}")
        if unread:
            said.append(f"有 {unread} 处不是可以识别的数字，没有计入")
        return Sum(
            "；".join(said), not unread and (total == full or (self.is_most and total < full))
        )

    def _verdict(self, total: int) -> str:
        if self.is_most and total <= self.full:
            return f"满分 {self._points(self.full)}"
        return _compared(total, self.full, self._points)

    def _read(self, text: str) -> int | None:
        plain = half_width(text).replace(",", "").replace(" ", "")
        found = HUNDREDTHS.fullmatch(plain.removesuffix(self.unit))
        return int(found[1] + (found[2] or "").ljust(2, "0")) if found else None

    def _points(self, hundredths: int) -> str:
        part = f"{hundredths % 100:02}".rstrip("0")
        gap = "" if self.unit == "%" else " "
        return f"{hundredths // 100}{part and f'.{part}'}{gap}{self.unit}"


@dataclass(frozen=True)
class Remainder:
    """What the whole that is chosen in a field leaves, once the amount of another is taken of it."""

    chosen: str
    taken: str
    wholes: Mapping[str, Money]

    @property
    def wholes_fen(self) -> dict[str, int]:
        """The wholes as the page's script counts them."""
        return {key: amount.fen for key, amount in self.wholes.items()}

    def sum_of(self, form: Form) -> Sum:
        """What is left by the form's fields as they are drawn."""
        whole, taken = self.wholes.get(str(form[self.chosen].data)), form[self.taken].data
        if whole is None:
            return Sum("选定预算以后，这里写明还剩多少。", is_right=True)
        if taken is None:
            return Sum(f"可用 {whole.format()}", is_right=True)
        rest = whole.fen - taken.fen
        left = f"还剩 {_amount(rest)}" if rest >= 0 else f"超出 {_amount(-rest)}"
        return Sum(f"可用 {whole.format()}，计划 {taken.format()}，{left}", is_right=rest >= 0)


def _amount(fen: int) -> str:
    return Money(fen).format()


def _compared(total: int, whole: int, write: Callable[[int], str]) -> str:
    if total == whole:
        return "符合要求"
    return f"还差 {write(whole - total)}" if total < whole else f"超出 {write(total - whole)}"
