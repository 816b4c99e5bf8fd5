"""What of the records counts: for each person, with enough people, as much as its kind gives."""

from datetime import date

import pytest

from procure.kernel.vocabulary import Period
from procure.stages.contracts.drafting import last_day, periods_in, total_over_term
from procure.stages.delivery.counting import (
    PersonDay,
    count_each,
    is_each_person,
    least_people,
    most_quantity,
)
from procure.stages.delivery.progress import TargetProgress, check_each

JULY, AUGUST = date(2026, 7, 10), date(2026, 8, 10)
START, END = date(2026, 7, 9), date(2026, 10, 8)


@pytest.mark.parametrize(
    ("each", "person"),
    [
        ("每位在册老人", True),
        ("每人", True),
        ("每名服务对象", True),
        ("名册老年人", True),
        ("每个困境儿童", True),
        ("每站", False),
        ("站点", False),
        ("每支队伍", False),
        ("每户", False),
        ("每名志愿者", False),
        ("每名专职社工", False),
        ("", False),
    ],
)
def test_target_for_each_person_is_told_from_one_for_each_station(each: str, person: bool) -> None:
    assert is_each_person(each) is person


@pytest.mark.parametrize(
    ("standards", "least"),
    [
        (("参加人数不少于 10 人",), 10),
        (("", "每站每月不少于一次，小组不少于十人、社区活动不少于三十人。"), 10),
        (("每场至少二十五名老人",), 25),
        (("30 人以上",), 30),
        (("一百二十人及以上",), 120),
        (("每次不少于二十分钟",), 0),
        ((), 0),
    ],
)
def test_fewest_people_are_read_from_the_standard(standards: tuple[str, ...], least: int) -> None:
    assert least_people(*standards) == least


@pytest.mark.parametrize(
    ("unit", "people", "minutes", "most"),
    [
        ("次", 1, 40, 1),
        ("场", 32, 120, 1),
        ("天", 0, 420, 1),
        ("人次", 15, 60, 15),
        ("小时", 1, 5, 1),
        ("小时", 1, 150, 3),
        ("支", 12, 120, 10_000),
    ],
)
def test_record_counts_what_its_kind_gives(unit: str, people: int, minutes: int, most: int) -> None:
    assert most_quantity(unit, people=people, minutes=minutes) == most


def test_surplus_of_one_person_serves_nobody_else_and_no_other_month() -> None:
    days = [PersonDay("甲", JULY, 10, 0), PersonDay("乙", JULY, 1, 2)]

    assert count_each(days, 1, 10) == 2
    months = check_each(Period.MONTH, 1, 10, START, END, days, date(2026, 9, 1))
    assert [(one.accepted, one.pending, one.standing) for one in months] == [
        (2, 2, "short"),
        (0, 0, "running"),
        (0, 0, "ahead"),
    ]


def test_more_people_than_agreed_count_no_more_than_the_whole() -> None:
    days = [PersonDay(str(number), JULY, 1, 0) for number in range(12)]

    assert count_each(days, 1, 10) == 10


@pytest.mark.parametrize(
    ("period", "months", "number"),
    [(Period.HALF_YEAR, 12, 2), (Period.YEAR, 12, 1), (Period.YEAR, 36, 3), (Period.YEAR, 30, 3)],
)
def test_half_years_and_years_are_counted(period: Period, months: int, number: int) -> None:
    end = last_day(START, months)

    assert periods_in(period, START, end) == number
    assert total_over_term(period, 12, 1, START, end) == 12 * number


def progress(**values: object) -> TargetProgress:
    return TargetProgress(
        target_id="t",
        position=1,
        what="探访",
        unit="次",
        period=Period.MONTH,
        at_least=1,
        each="每人",
        each_count=10,
        condition="",
        total=120,
        **values,
    )


def test_visits_of_this_month_do_not_mend_an_empty_one_before() -> None:
    row = progress(accepted=10, expected=10, in_time=0)

    assert row.is_behind
    assert (row.missing, row.step) == (10, 0)


def test_points_half_way_are_of_what_is_due_by_now() -> None:
    assert progress(accepted=50, expected=50, in_time=50).step == 1
    assert progress(accepted=50, expected=120).step == 0
