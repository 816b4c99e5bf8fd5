"""The catalogue as it ships: complete, weighed to 100, and home care as the Doumen notice asks."""

import pytest

from procure.kernel.vocabulary import Dimension, Period
from procure.stages.catalogue.policies import STANDARD_FIELDS
from procure.stages.catalogue.shipped import ItemData, read_shipped

CLASSES = read_shipped()
ITEMS = [item for one in CLASSES for item in one.items]


def test_shipped_classes_are_the_eight_of_the_opinion() -> None:
    assert [one.code for one in CLASSES] == [f"0{n}" for n in range(1, 9)]
    names = "、".join(one.name for one in CLASSES)
    for word in ("家庭", "老年人", "青少年", "残疾人", "社区发展", "矫正", "劳动关系", "就业培训"):
        assert word in names


def test_codes_of_items_are_unique_and_begin_with_their_class() -> None:
    codes = [item.code for item in ITEMS]
    assert len(codes) == len(set(codes))
    assert all(item.code.startswith(item.class_code) for item in ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_shipped_item_states_all_five_parts_of_its_standard(item: ItemData) -> None:
    for name, _ in STANDARD_FIELDS:
        assert len(getattr(item, name)) > 20, name


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_shipped_indicators_add_up_to_100_points(item: ItemData) -> None:
    assert sum(row.points for row in item.indicators) == 10_000


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_shipped_indicators_cover_delivery_effect_money_and_opinion(item: ItemData) -> None:
    assert set(Dimension) == {row.dimension for row in item.indicators}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_shipped_frequencies_are_whole(item: ItemData) -> None:
    counted = [row for row in item.indicators if row.period is not None]
    assert counted
    for row in counted:
        assert row.at_least
        assert row.unit


def test_home_care_carries_the_frequencies_of_the_doumen_notice() -> None:
    home = next(item for item in ITEMS if item.code == "0201")
    asked = {(row.period, row.at_least, row.each) for row in home.indicators}
    assert (Period.WEEK, 4, "站点") in asked
    assert (Period.MONTH, 1, "站点") in asked
    assert (Period.MONTH, 1, "名册老年人") in asked
    assert (Period.CONTRACT, 1, "站点") in asked


def test_community_item_carries_the_yearly_frequencies_of_the_seed() -> None:
    station = next(item for item in ITEMS if item.code == "0501")
    asked = {row.name: (row.period, row.at_least) for row in station.indicators}
    assert asked["志愿服务行动"] == (Period.CONTRACT, 12)
    assert asked["居民骨干和志愿者培训"] == (Period.QUARTER, 1)
    assert asked["社区文化活动"] == (Period.CONTRACT, 3)
