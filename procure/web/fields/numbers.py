"""Amounts of money and numbers, exact: no float comes near them."""

import re
from decimal import Decimal
from typing import Any

from procure.kernel.errors import Invalid
from procure.kernel.money import Money, capitals
from procure.web.fields.base import TypedField
from procure.web.messages import FieldMessage

UNHEARD_OF = 1000
"""From here on an upper bound without a rule is not worth a hint."""


class MoneyField(TypedField):
    """An amount typed freely (1,850,000 or 185万), shown back normalised with 大写."""

    shape = "money"
    inputmode = "decimal"

    def __init__(
        self,
        label: str,
        *,
        least: Money | None = None,
        most: Money | None = None,
        rule: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.least = least
        self.most = most
        self.rule = rule

    def parse(self, text: str) -> Money:
        """Read an amount as the kernel does, in the kernel's words when it cannot be read."""
        try:
            return Money.parse(text, field=self.name)
        except Invalid as problem:
            raise ValueError(
                FieldMessage(problem.message, problem.rule or "", problem.remedy or "")
            ) from problem

    def show(self, value: Money) -> str:
        """The amount without its sign, thousands marked."""
        return value.format().replace("¥", "")

    def check(self, value: Money) -> FieldMessage | None:
        """Compare with the bounds."""
        if self.least is not None and value < self.least:
            return FieldMessage(
                f"“{self.label.text}”不能少于 {self.least.format()}。", self.rule, "请核对金额。"
            )
        if self.most is not None and value > self.most:
            return FieldMessage(
                f"“{self.label.text}”不能超过 {self.most.format()}。", self.rule, "请核对金额。"
            )
        return None

    def echo(self) -> str:
        """The amount read back: ¥ and 大写, when there is one."""
        if self.data is None:
            return ""
        return f"{self.data.format()}（{capitals(self.data)}）"

    def range_hint(self) -> str:
        """The bounds in words."""
        law = f"（{self.rule}）" if self.rule else ""
        if self.least is not None and self.most is not None:
            return f"{self.least.format()} 至 {self.most.format()}{law}"
        if self.most is not None:
            return f"最多 {self.most.format()}{law}"
        if self.least is not None and self.least > Money(1):
            return f"最少 {self.least.format()}{law}"
        return ""  # That an amount is not zero needs no hint.


class DecimalField(TypedField):
    """A number with at most `places` decimals, kept exact."""

    shape = "number"
    inputmode = "decimal"
    width_default = "short"
    PATTERN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")

    def __init__(
        self,
        label: str,
        *,
        places: int = 2,
        least: Decimal | int | None = None,
        most: Decimal | int | None = None,
        unit: str = "",
        rule: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.places = places
        self.least = least
        self.most = most
        self.unit = unit
        self.rule = rule

    def parse(self, text: str) -> Any:
        """Read a number; thousands marks and a repeated unit are passed over."""
        plain = text.replace(",", "").replace(" ", "").removesuffix(self.unit)
        if not self.PATTERN.fullmatch(plain):
            raise ValueError(self._unreadable())
        value = Decimal(plain)
        if -int(value.normalize().as_tuple().exponent) > self.places:
            raise ValueError(
                FieldMessage(
                    f"“{self.label.text}”{self._places_words()}。", remedy="请改写后重填。"
                )
            )
        return value

    def _places_words(self) -> str:
        return f"最多保留 {self.places} 位小数" if self.places else "应当是整数"

    def _unreadable(self) -> FieldMessage:
        sample = "12.5" if self.places else "12"
        return FieldMessage(f"“{self.label.text}”不是可以识别的数字。", remedy=f"例如 {sample}。")

    def show(self, value: Any) -> str:
        """The number without needless zeros."""
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def check(self, value: Decimal | int) -> FieldMessage | None:
        """Compare with the bounds."""
        low = self.least is not None and value < self.least
        high = self.most is not None and value > self.most
        if not (low or high):
            return None
        return FieldMessage(
            f"“{self.label.text}”应当{self._bounds()}。", self.rule, "请核对后重新填写。"
        )

    def _bounds(self) -> str:
        gap = "" if self.unit in {"", "%"} else " "
        unit = f"{gap}{self.unit}" if self.unit else " "
        if self.unit == "%" and self.least is not None and self.most is not None:
            return f"在 {self.least:,}% 至 {self.most:,}% 之间"
        if self.least is not None and self.most is not None:
            if self.unit == "年":
                # A year is a name rather than a quantity: 2026, not 2,026.
                return f"在 {self.least} 至 {self.most}{unit}之间"
            return f"在 {self.least:,} 至 {self.most:,}{unit}之间"
        if self.least is not None:
            return f"不小于 {self.least:,}{unit}".rstrip()
        return f"不大于 {self.most:,}{unit}".rstrip()

    def range_hint(self) -> str:
        """The bounds in words; a ceiling that only guards against slips of the keyboard is none."""
        if self.least is None and self.most is None:
            return ""
        if not self.rule and self.least in {None, 0, 1} and (self.most or UNHEARD_OF) >= UNHEARD_OF:
            return ""
        return f"应当{self._bounds()}" + (f"（{self.rule}）" if self.rule else "")


class IntegerField(DecimalField):
    """A whole number."""

    inputmode = "numeric"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, places=0, **kwargs)

    def parse(self, text: str) -> int:
        """Read a whole number."""
        return int(super().parse(text))

    def show(self, value: int) -> str:
        """The number in plain figures."""
        return str(value)


class HundredthsField(DecimalField):
    """A number with two decimals, kept as whole hundredths: 12.5 points are 1250."""

    def parse(self, text: str) -> int:
        """Read a number into hundredths."""
        return int(super().parse(text) * 100)

    def show(self, value: int) -> str:
        """The hundredths as the number that people write."""
        return super().show(Decimal(value) / 100)

    def check(self, value: Decimal | int) -> FieldMessage | None:
        """Compare with the bounds, which are whole numbers."""
        return super().check(Decimal(value) / 100)


class PercentField(HundredthsField):
    """A percentage as people write it: 85 or 85% is 8500, in hundredths of a percent."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        kwargs.setdefault("least", 0)
        kwargs.setdefault("most", 100)
        super().__init__(label, unit="%", **kwargs)
