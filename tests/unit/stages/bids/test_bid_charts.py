"""The chart of the opened prices: drawn where prices differ by what the bidders ask."""

from types import SimpleNamespace

import pytest

from procure.kernel.vocabulary import PriceWay
from procure.stages.bids.pages import price_chart

CEILING = 18_000_000
OPENED = [
    SimpleNamespace(supplier=SimpleNamespace(name=name), opened=SimpleNamespace(price_fen=price))
    for name, price in (("和风社会工作服务中心", 17_500_000), ("晨光服务社", None))
]


def tender(way: PriceWay) -> SimpleNamespace:
    return SimpleNamespace(price_way=way, ceiling_fen=CEILING, budget_fen=CEILING)


def test_price_chart_shows_the_prices_that_could_be_opened() -> None:
    chart = price_chart(OPENED, tender(PriceWay.LOW_PRICE_FIRST))

    assert chart is not None
    assert "1 份报价" in chart.caption and "¥175,000.00" in chart.caption
    assert [row.cells[0] for row in chart.rows] == ["和风社会工作服务中心"]


@pytest.mark.parametrize("way", [PriceWay.FIXED, PriceWay.RATIO_TO_MAX])
def test_price_chart_of_a_fixed_price_is_none(way: PriceWay) -> None:
    """All bars would be alike."""
    assert price_chart(OPENED, tender(way)) is None
