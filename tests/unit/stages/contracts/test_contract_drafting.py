"""Terms, totals, milestones and percentages that a contract follows from."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.money import Money
from procure.kernel.vocabulary import Period
from procure.stages.contracts import drafting

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
MONTHS = st.integers(1, 36)


def test_last_day_of_the_doumen_term_is_the_day_before_the_corresponding_one() -> None:
    assert drafting.last_day(date(2026, 7, 9), 12) == date(2027, 7, 8)


def test_last_day_without_corresponding_day_is_the_last_of_the_month() -> None:
    assert drafting.last_day(date(2026, 1, 31), 1) == date(2026, 2, 28)


@given(DAYS, MONTHS)
def test_months_of_a_whole_term_are_its_months(start: date, months: int) -> None:
    assert drafting.months_of(start, drafting.last_day(start, months)) == months


@pytest.mark.parametrize(
    ("period", "at_least", "each_count", "total"),
    [
        (Period.WEEK, 4, 2, 416),
        (Period.MONTH, 1, 2, 24),
        (Period.MONTH, 1, 120, 1440),
        (Period.QUARTER, 1, 2, 8),
        (Period.CONTRACT, 1, 2, 2),
    ],
)
def test_total_over_a_year_multiplies_periods_and_stations(
    period: Period, at_least: int, each_count: int, total: int
) -> None:
    starts_on = date(2026, 7, 9)
    ends_on = date(2027, 7, 8)

    assert drafting.total_over_term(period, at_least, each_count, starts_on, ends_on) == total


def test_frequency_words_name_what_is_counted_once() -> None:
    assert drafting.frequency_words(Period.MONTH, 1, "次", "每站", 2) == (
        "每个站每月不少于 1 次（按 2 个计）"
    )
    assert drafting.frequency_words(Period.MONTH, 1, "次", "站点", 2) == (
        "每个站点每月不少于 1 次（按 2 个计）"
    )
    assert drafting.frequency_words(Period.QUARTER, 1, "场", "项目", 1) == "每季度不少于 1 场"


def test_default_milestones_of_a_year_have_startup_midterm_and_final() -> None:
    plans = drafting.default_milestones(date(2026, 7, 9), date(2027, 7, 8), "乙方", "甲方")

    assert [plan.due_on for plan in plans] == [
        date(2026, 8, 8),
        date(2026, 10, 9),
        date(2027, 1, 9),
        date(2027, 4, 9),
        date(2027, 6, 8),
        date(2027, 7, 8),
    ]
    assert plans[2].title == "中期自评报告"


@given(DAYS, MONTHS)
def test_default_milestones_lie_in_order_within_the_term(start: date, months: int) -> None:
    end = drafting.last_day(start, months)

    days = [plan.due_on for plan in drafting.default_milestones(start, end, "乙", "甲")]

    assert days == sorted(days)
    assert start <= days[0] <= start + timedelta(days=30)
    assert days[-1] == end


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_percent_words_add_up_to_one_hundred(weights: list[int]) -> None:
    words = drafting.percent_words(weights)

    assert sum(Money.parse(word).fen for word in words) == 10_000


@given(st.integers(1, 10**12), st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_instalments_lose_no_fen(fen: int, percents: list[int]) -> None:
    assert sum(part.fen for part in drafting.instalment_amounts(Money(fen), percents)) == fen


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("52440403MJL1001132", "社会组织"),
        ("91440400MA4UXXXX1X", "企业"),
        ("12440400456000000X", ""),
        ("N2440403MF12345678", "农村集体经济组织"),
        ("54440403ME1234567X", "基层群众性自治组织"),
        (None, "社会组织"),
    ],
)
def test_kind_of_supplier_is_read_from_its_credit_code(code: str | None, kind: str) -> None:
    assert drafting.kind_of_supplier(code) == kind


def test_institution_is_called_what_it_said_and_nothing_unasked() -> None:
    """R-GPS-3: nobody is 公益二类 by the code alone."""
    for asked, words in (
        ("class_2", "公益二类事业单位"),
        ("production", "从事生产经营活动的事业单位"),
    ):
        assert drafting.kind_of_supplier("12440400456000000X", asked) == words
    assert drafting.kind_of_supplier("91440400MA4UXXXX1X", "class_2") == "企业"
