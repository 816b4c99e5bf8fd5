"""Abnormally low bids (异常低价): triggers T1 to T3 and the wage floor, 财库〔2026〕2号.

A trigger never throws a bid out. The panel asks for an explanation (at least 30 minutes, R-LOW-2)
and judges it; only then may the bid be declared invalid.
"""

from collections.abc import Sequence
from decimal import Decimal

from procure.kernel.labelled import LabelledEnum
from procure.kernel.parameters import newest
from procure.kernel.scoring.figures import UNIT, scaled
from procure.kernel.scoring.rules import SchemeFinding, block
from procure.kernel.scoring.scheme import LowBounds


class LowFlag(LabelledEnum):
    """Which trigger a bid met."""

    MEAN = "low:mean", "低于全部有效报价平均值的规定比例"
    SECOND = "low:second", "低于次低有效报价的规定比例"
    CEILING = "low:ceiling", "低于最高限价（预算）的规定比例"


BANDS: dict[LowFlag, tuple[Decimal, Decimal]] = {
    LowFlag.MEAN: (newest("low_price.mean").value, newest("low_price.max").value),
    LowFlag.SECOND: (newest("low_price.second").value, newest("low_price.max").value),
    LowFlag.CEILING: (newest("low_price.ceiling").value, newest("low_price.max").value),
}
"""What a document may set (R-LOW-1)."""


def check_bounds(bounds: LowBounds) -> tuple[SchemeFinding, ...]:
    """Whether the document's bounds lie between the ministry's figure and 65 %."""
    found = []
    for name, value, flag in (
        ("mean", bounds.mean, LowFlag.MEAN),
        ("second", bounds.second, LowFlag.SECOND),
        ("ceiling", bounds.ceiling, LowFlag.CEILING),
    ):
        low, high = BANDS[flag]
        if not low <= value <= high:
            found.append(
                block(
                    f"low_price.{name}",
                    "R-LOW-1",
                    f"异常低价的比例应在 {low:.0%} 至 {high:.0%} 之间。",
                    "改为规定幅度内的比例；不另行约定的，留空。",
                )
            )
    return tuple(found)


class LowTriggers:
    """The triggers of one case: asked of each bid, computed once from all conforming bids.

    Prices are quoted prices (no deduction), in ten-thousandths. A bid is low when it is strictly
    under the bound. T2 needs two bids, T3 a ceiling or a budget.
    """

    def __init__(self, bounds: LowBounds, quoted: Sequence[int], limit: int | None) -> None:
        ordered = sorted(quoted)
        least: list[tuple[LowFlag, int]] = []
        if ordered:
            share = scaled(bounds.mean) * sum(ordered)
            least.append((LowFlag.MEAN, _ceiling(share, UNIT * len(ordered))))
        if len(ordered) > 1:
            least.append((LowFlag.SECOND, _ceiling(scaled(bounds.second) * ordered[1], UNIT)))
        if limit is not None:
            least.append((LowFlag.CEILING, _ceiling(scaled(bounds.ceiling) * limit, UNIT)))
        self._least = tuple(least)
        self._highest = max((price for _, price in least), default=0)

    def flags(self, price: int) -> tuple[LowFlag, ...]:
        """The triggers this price meets."""
        if price >= self._highest:
            return ()
        return tuple(flag for flag, least in self._least if price < least)


def _ceiling(numerator: int, denominator: int) -> int:
    """The quotient rounded up: a whole price is under the quotient when it is under this."""
    return -(-numerator // denominator)
