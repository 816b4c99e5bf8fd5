"""What the quantities that were not provided come to by the contract's price. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from procure.kernel.money import Money
from procure.stages.acceptance.models import AcceptanceItem

BASIS = "合同没有逐项单价，合同金额按服务目标的项数平均，再乘以没有提供或者验收不合格的数量占约定数量的比例。"
"""How it is reckoned, as the page tells it; the certificate's template has the same sentence."""


@dataclass(frozen=True)
class Reckoned:
    """What is not to be paid for: the arithmetic, a line for each target, and the sum.

    Standards, satisfaction and grades have no quantity: what they cost is the group's own reckoning.
    """

    lines: tuple[str, ...]
    total: Money


def reckon(items: Sequence[AcceptanceItem], price: Money) -> Reckoned:
    """What the missing quantities come to: each target is worth the same part of the price, and
    loses of it what is missing of its quantity (the contract pays for nothing not provided).
    """
    if not items:
        return Reckoned((), Money(0))
    parts = zip(items, price.allocate([1] * len(items)), strict=True)
    found = [(item, part, missing) for item, part in parts if (missing := _missing(item))]
    worth = [part.times_rate(Fraction(missing, item.promised)) for item, part, missing in found]
    return Reckoned(
        tuple(
            _line(item, missing, _part_words(part, len(items)), sum_)
            for (item, part, missing), sum_ in zip(found, worth, strict=True)
        ),
        Money.total(worth),
    )


def _missing(item: AcceptanceItem) -> int:
    """What was not provided; of what is all there and does not conform, the whole."""
    short = max(0, item.promised - item.delivered)
    return short if short or item.passed else item.promised


def _part_words(part: Money, targets: int) -> str:
    whole = "合同金额 " if targets == 1 else f"这一项（合同金额 1/{targets}）"
    return f"{whole}{part.format()}"


def _line(item: AcceptanceItem, missing: int, part: str, worth: Money) -> str:
    fell = "没有提供" if item.delivered < item.promised else "验收不合格"
    return (
        f"“{item.what}”约定 {item.promised:,} {item.unit}，{fell} {missing:,} {item.unit}："
        f"{part} × {missing:,} ÷ {item.promised:,} = {worth.format()}。"
    )
