"""What missing quantities come to by the contract's price."""

import pytest

from procure.kernel.money import Money
from procure.stages.acceptance.models import AcceptanceItem
from procure.stages.acceptance.reckoning import reckon


def item(promised: int, delivered: int, *, passed: bool = True) -> AcceptanceItem:
    return AcceptanceItem(
        what="上门探访", unit="人次", promised=promised, delivered=delivered, passed=passed
    )


@pytest.mark.parametrize(
    ("price", "items", "fen"),
    [
        (17_150_000, [item(416, 416)], 0),
        (17_150_000, [item(416, 500)], 0),
        (17_150_000, [item(416, 9)], 16_778_966),
        (17_150_000, [item(416, 0)], 17_150_000),
        (17_150_000, [item(416, 415, passed=False)], 41_226),
        (17_150_000, [item(416, 416, passed=False)], 17_150_000),
        (10_000_001, [item(3, 0), item(3, 0), item(3, 0)], 10_000_001),
        (10_000_001, [item(3, 3), item(3, 2), item(120, 60)], 1_111_111 + 1_666_667),
        (100, [], 0),
    ],
)
def test_each_target_is_an_equal_part_and_loses_what_is_missing_of_it(
    price: int, items: list[AcceptanceItem], fen: int
) -> None:
    reckoned = reckon(items, Money(price))
    assert reckoned.total == Money(fen)
    assert bool(reckoned.lines) is (fen > 0)


def test_arithmetic_is_told_with_every_figure_in_it() -> None:
    alone = reckon([item(416, 9)], Money(17_150_000))
    assert alone.lines == (
        "“上门探访”约定 416 人次，没有提供 407 人次：合同金额 ¥171,500.00 × 407 ÷ 416 = ¥167,789.66。",
    )
    [_, line] = reckon([item(5, 4), item(8, 8, passed=False)], Money(100_001)).lines
    assert line == (
        "“上门探访”约定 8 人次，验收不合格 8 人次：这一项（合同金额 1/2）¥500.00 × 8 ÷ 8 = ¥500.00。"
    )
