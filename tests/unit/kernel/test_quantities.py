"""Numbers that a text names of a thing, told from what it says of each one."""

import pytest

from procure.kernel.quantities import Named, agrees, named_counts, read_numeral


@pytest.mark.parametrize(
    ("text", "count"),
    [("120", 120), ("1,200", 1_200), ("１２", 12), ("两", 2), ("十二", 12), ("一百二十", 120),
     ("三千零五", 3_005), ("一万二千", 12_000), ("若干", None), ("", None)],
)  # fmt: skip
def test_read_numeral(text: str, count: int | None) -> None:
    assert read_numeral(text) == count


@pytest.mark.parametrize(
    ("text", "thing", "counts"),
    [
        ("斗门区社区居家养老服务站（两站）项目", "站点", [2]),
        ("白蕉 1 个站点，井岸１个站点", "站点", [1, 1]),
        ("在册的重点老年人一百二十人", "在册老人", [120]),
        ("为 1,200 名困难老年人提供服务", "名册老年人", [1_200]),
        ("两个社区各运营一个居家养老服务站，每站不少于一名社工", "站点", []),
        ("六十周岁以上老年人，每名护理员服务老人不超过 5 人", "老人", []),
        ("服务三十户家庭", "家庭", [30]),
    ],
)
def test_named_counts(text: str, thing: str, counts: list[int]) -> None:
    assert [one.count for one in named_counts(text, thing)] == counts


def test_number_agrees_with_one_that_is_named_or_with_all_together() -> None:
    named = (Named(1, "1 个站"), Named(2, "两个站"))
    assert all(agrees(count, named) for count in (1, 2, 3))
    assert not agrees(4, named)
    assert agrees(4, ())
