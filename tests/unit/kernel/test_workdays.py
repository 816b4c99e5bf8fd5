"""Working days: the State Council's years, the counting of periods, and the arithmetic shown."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from procure.kernel.errors import Invalid
from procure.kernel.holiday_table import OFFICIAL_YEARS, read_notices
from procure.kernel.workdays import (
    CHINA,
    Counting,
    Due,
    Kind,
    Pause,
    Unit,
    WorkCalendar,
    add_months,
    before,
    between,
    check,
    due,
    is_countable,
    is_official,
    next_workday,
    notices,
    previous_workday,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def counted(answer: Due) -> int:
    return sum(line.counted for line in answer.basis)


@pytest.mark.parametrize("year", range(2008, 2027))
def test_check_every_day_of_an_official_year_agrees_with_second_source(year: int) -> None:
    current = date(year, 1, 1)
    wrong = []
    while current.year == year:
        verdict = check(current)
        if verdict.workday != chinese_calendar.is_workday(current) or verdict.provisional:
            wrong.append(current)
        current += timedelta(days=1)

    assert wrong == []


def test_shipped_table_covers_2018_to_2026_with_a_notice_each() -> None:
    assert [table.year for table in OFFICIAL_YEARS] == list(range(2018, 2027))
    for table in OFFICIAL_YEARS:
        assert notices(table.year)[0] == (
            f"《国务院办公厅关于{table.year}年部分节假日安排的通知》（{table.notices[0]}）"
        )
    assert notices(2020)[1] == "国办发明电〔2020〕1号（调整2020年放假安排）"
    assert notices(2017) == notices(2027) == ()
    assert [is_official(year) for year in (2007, 2008, 2017, 2018, 2026, 2027)] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "workday", "why"),
    [
        ("2024-02-04", True, "春节调休上班"),
        ("2024-02-09", True, "周五"),
        ("2024-02-10", False, "春节放假"),
        ("2024-02-17", False, "春节放假"),
        ("2024-02-18", True, "春节调休上班"),
        ("2024-09-28", False, "周六"),
        ("2024-09-29", True, "国庆节调休上班"),
        ("2024-10-01", False, "国庆节放假"),
        ("2024-10-07", False, "国庆节放假"),
        ("2024-10-08", True, "周二"),
        ("2024-10-12", True, "国庆节调休上班"),
        ("2024-10-13", False, "周日"),
        ("2025-01-26", True, "春节调休上班"),
        ("2025-01-27", True, "周一"),
        ("2025-01-28", False, "春节放假"),
        ("2025-02-04", False, "春节放假"),
        ("2025-02-05", True, "周三"),
        ("2025-02-08", True, "春节调休上班"),
        ("2025-09-28", True, "国庆节、中秋节调休上班"),
        ("2025-10-01", False, "国庆节、中秋节放假"),
        ("2025-10-08", False, "国庆节、中秋节放假"),
        ("2025-10-09", True, "周四"),
        ("2025-10-11", True, "国庆节、中秋节调休上班"),
        ("2026-02-14", True, "春节调休上班"),
        ("2026-02-15", False, "春节放假"),
        ("2026-02-23", False, "春节放假"),
        ("2026-02-24", True, "周二"),
        ("2026-02-28", True, "春节调休上班"),
        ("2026-09-20", True, "国庆节调休上班"),
        ("2026-09-25", False, "中秋节放假"),
        ("2026-10-07", False, "国庆节放假"),
        ("2026-10-08", True, "周四"),
        ("2026-10-10", True, "国庆节调休上班"),
        ("2018-12-29", True, "元旦调休上班"),
        ("2018-12-31", False, "元旦放假"),
        ("2020-02-01", False, "春节放假"),
        ("2011-12-31", True, "调休上班"),
        ("2017-10-06", False, "调休放假"),
        ("2017-10-05", False, "国庆节放假"),
    ],
)
def test_check_around_festivals_says_why(text: str, workday: bool, why: str) -> None:
    verdict = check(day(text))

    assert (verdict.date, verdict.workday, verdict.why) == (day(text), workday, why)
    assert not verdict.provisional


@pytest.mark.parametrize(
    ("text", "workday", "why"),
    [
        ("2027-01-01", False, "元旦（法定节假日）"),
        ("2027-01-02", False, "周六"),
        ("2027-01-04", True, "周一"),
        ("2027-02-05", False, "除夕（法定节假日）"),
        ("2027-02-06", False, "春节（法定节假日）"),
        ("2027-02-09", False, "春节补假（推定）"),
        ("2027-10-01", False, "国庆节（法定节假日）"),
        ("2028-10-03", False, "中秋节、国庆节（法定节假日）"),
        ("2007-06-19", True, "周二"),
    ],
)
def test_check_in_an_unannounced_year_is_provisional(text: str, workday: bool, why: str) -> None:
    verdict = check(day(text))

    assert (verdict.workday, verdict.why, verdict.provisional) == (workday, why, True)


@pytest.mark.parametrize("text", ["1949-12-31", "2100-01-01", "0001-01-01", "9999-12-31"])
def test_check_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="1950 年至 2099 年"):
        check(day(text))


def test_check_of_an_instant_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="must be a date"):
        check(datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(TypeError, match="must be a date"):
        due("2026-01-01", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("vector", "start", "length", "unit", "kind", "on"),
    [
        ("V01", "2025-12-12", 5, Unit.WORKDAY, Kind.MAX, "2025-12-19"),
        ("V02", "2025-11-03", 3, Unit.WORKDAY, Kind.MAX, "2025-11-06"),
        ("V03", "2025-05-06", 7, Unit.WORKDAY, Kind.MAX, "2025-05-15"),
        ("V04", "2025-08-12", 2, Unit.WORKDAY, Kind.MAX, "2025-08-14"),
        ("V05 notice", "2025-12-01", 1, Unit.WORKDAY, Kind.MIN, "2025-12-02"),
        ("V05 challenge", "2025-12-02", 7, Unit.WORKDAY, Kind.MAX, "2025-12-11"),
        ("V06", "2024-09-26", 5, Unit.WORKDAY, Kind.MIN, "2024-10-09"),
        ("V07 supply", "2026-04-11", 5, Unit.WORKDAY, Kind.MIN, "2026-04-17"),
        ("V07 deadline", "2026-04-11", 10, Unit.DAY, Kind.MIN, "2026-04-21"),
        ("V08 supply", "2025-06-03", 5, Unit.WORKDAY, Kind.MIN, "2025-06-10"),
        ("V08 deadline", "2025-06-03", 20, Unit.DAY, Kind.MIN, "2025-06-23"),
        ("worked Sunday 2019-04-28", "2019-04-26", 3, Unit.WORKDAY, Kind.MAX, "2019-04-30"),
        ("practice 2023-05", "2023-05-16", 5, Unit.WORKDAY, Kind.MIN, "2023-05-23"),
        ("practice 2023-07", "2023-07-04", 5, Unit.WORKDAY, Kind.MIN, "2023-07-11"),
        ("practice 2025-07", "2025-07-11", 5, Unit.WORKDAY, Kind.MIN, "2025-07-18"),
    ],
)
def test_due_for_worked_vectors_and_practice(
    vector: str, start: str, length: int, unit: Unit, kind: Kind, on: str
) -> None:
    answer = due(day(start), length, unit, kind)

    assert answer.on == day(on), vector
    assert not answer.provisional
    assert counted(answer) == length
    assert answer.basis[0].date == day(start)
    assert "当日不计入" in answer.basis[0].why


def test_due_with_same_day_counting_takes_publication_day_as_first() -> None:
    """Doumen's publicity ran 2021-05-21 to 05-27, Haizhu's documents 2023-05-16 to 05-23."""
    doumen = due(day("2021-05-21"), 5, counting=Counting.SAME_DAY)
    haizhu = due(day("2023-05-16"), 5, counting=Counting.NEXT_DAY)

    assert doumen.on == day("2021-05-27")
    assert [line.date.day for line in doumen.basis if line.counted] == [21, 24, 25, 26, 27]
    assert "当日起算" in doumen.words
    assert haizhu.on == day("2023-05-23")


def test_due_with_same_day_counting_on_a_day_off_starts_with_next_workday() -> None:
    assert due(day("2026-10-03"), 1, counting=Counting.SAME_DAY).on == day("2026-10-08")


@pytest.mark.parametrize(
    ("start", "length", "unit", "on"),
    [
        ("2026-04-01", 30, Unit.DAY, "2026-05-06"),
        ("2026-09-21", 10, Unit.DAY, "2026-10-08"),
        ("2026-09-10", 10, Unit.DAY, "2026-09-20"),
        ("2026-05-08", 8, Unit.DAY, "2026-05-18"),
        ("2026-01-31", 1, Unit.MONTH, "2026-02-28"),
        ("2024-01-31", 1, Unit.MONTH, "2024-02-29"),
        ("2026-01-15", 1, Unit.MONTH, "2026-02-24"),
        ("2026-03-31", 12, Unit.MONTH, "2027-03-31"),
        ("2024-02-29", 1, Unit.YEAR, "2025-02-28"),
        ("2023-06-05", 3, Unit.YEAR, "2026-06-05"),
        ("2026-06-05", 0, Unit.DAY, "2026-06-05"),
        ("2026-06-06", 0, Unit.DAY, "2026-06-08"),
        ("2026-06-06", 0, Unit.WORKDAY, "2026-06-08"),
        ("2026-06-06", 0, Unit.MONTH, "2026-06-08"),
    ],
)
def test_due_ending_on_a_day_off_moves_to_next_working_day(
    start: str, length: int, unit: Unit, on: str
) -> None:
    for kind in Kind:
        assert due(day(start), length, unit, kind).on == day(on)


def test_due_shows_the_move_day_by_day() -> None:
    answer = due(day("2026-04-29"), 2, Unit.DAY)

    assert [(line.date.isoformat(), line.counted, line.why) for line in answer.basis] == [
        ("2026-04-29", False, "周三，当日不计入"),
        ("2026-04-30", True, "周四"),
        ("2026-05-01", True, "劳动节放假"),
        ("2026-05-02", False, "劳动节放假，顺延"),
        ("2026-05-03", False, "劳动节放假，顺延"),
        ("2026-05-04", False, "劳动节放假，顺延"),
        ("2026-05-05", False, "劳动节放假，顺延"),
        ("2026-05-06", False, "周三，顺延后的最后一日"),
    ]
    assert answer.next_day == day("2026-05-07")


def test_due_that_does_not_move_stays_on_its_day_off() -> None:
    term = due(day("2025-10-04"), 12, Unit.MONTH, counting=Counting.SAME_DAY, moves=False)

    assert term.on == day("2026-10-03")
    assert [line.counted for line in term.basis] == [True, True]


@pytest.mark.parametrize(
    ("start", "months", "on"),
    [
        ("2026-03-01", 1, "2026-03-31"),
        ("2026-01-01", 12, "2026-12-31"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-30", 1, "2026-02-28"),
        ("2026-01-29", 1, "2026-02-28"),
        ("2026-01-28", 1, "2026-02-27"),
    ],
)
def test_due_of_a_term_in_months_ends_the_day_before_its_corresponding_day(
    start: str, months: int, on: str
) -> None:
    term = due(day(start), months, Unit.MONTH, counting=Counting.SAME_DAY, moves=False)

    assert term.on == day(on)


def test_due_over_a_long_stretch_of_days_condenses_its_basis() -> None:
    answer = due(day("2026-01-05"), 61, Unit.DAY)

    assert answer.on == day("2026-03-09")
    assert [line.date.isoformat() for line in answer.basis] == [
        "2026-01-05",
        "2026-01-06",
        "2026-03-07",
        "2026-03-08",
        "2026-03-09",
    ]
    assert len(due(day("2026-01-05"), 60, Unit.DAY).basis) == 61
    assert len(due(day("2026-01-05"), 61).basis) > 61


def test_due_with_pauses_leaves_their_days_out() -> None:
    """GPL-R article 58: time for an appraisal does not count."""
    pause = Pause(day("2026-06-03"), day("2026-06-04"), "专家评审")

    by_workday = due(day("2026-06-01"), 3, pauses=[pause])
    by_day = due(day("2026-06-01"), 3, Unit.DAY, pauses=[pause])

    assert by_workday.on == day("2026-06-08")
    assert by_day.on == day("2026-06-08")
    assert [line.why for line in by_workday.basis if pause.covers(line.date)] == ["专家评审"] * 2
    with pytest.raises(Invalid, match="不能扣除"):
        due(day("2026-06-01"), 3, Unit.MONTH, pauses=[pause])


def test_long_period_with_pauses_leaves_their_days_out_and_tells_every_day() -> None:
    """A period longer than sixty days is told in two lines only when every day of it counts."""
    pause = Pause(day("2026-02-02"), day("2026-02-06"), "专家评审")

    answer = due(day("2026-01-05"), 61, Unit.DAY, pauses=[pause])

    assert answer.on == day("2026-03-12")
    assert len(answer.basis) == 67


def test_calendar_counts_from_its_first_day_to_its_last() -> None:
    days = ("1949-12-31", "1950-01-01", "2099-12-31", "2100-01-01")

    assert [is_countable(day(one)) for one in days] == [False, True, True, False]


def test_first_day_that_counts_itself_decides_in_an_open_year() -> None:
    assert due(day("2027-03-01"), 1, counting=Counting.SAME_DAY).provisional
    assert due(day("2027-03-01"), 0).provisional
    assert not due(day("2026-03-02"), 1, counting=Counting.SAME_DAY).provisional


def test_day_of_an_open_year_that_a_notice_has_arranged_is_settled() -> None:
    announced = read_notices("2027 国办发明电〔2026〕0号\n    元旦 01-01..01-03 2028-01-08")
    calendar = WorkCalendar((*OFFICIAL_YEARS, *announced))
    saturday = calendar.check(day("2028-01-08"))

    assert (saturday.workday, saturday.provisional) == (True, False)
    assert calendar.check(day("2028-01-10")).provisional


def test_due_reaching_into_an_unannounced_year_is_provisional_and_says_so() -> None:
    answer = due(day("2026-12-28"), 5)

    assert answer.on == day("2027-01-05")
    assert answer.provisional
    assert "暂定：2027年放假安排尚未公布" in answer.words
    assert not due(day("2026-12-28"), 3).provisional
    assert due(day("2026-12-20"), 20, Unit.DAY).provisional


def test_due_depends_only_on_days_that_decide_it() -> None:
    """A term that does not move, and a calendar period that ends in a known year, are settled."""
    term = due(day("2026-06-01"), 12, Unit.MONTH, counting=Counting.SAME_DAY, moves=False)

    assert not term.provisional
    assert not due(day("2007-12-20"), 30, Unit.DAY).provisional
    assert due(day("2007-12-20"), 30).provisional


def test_due_is_settled_once_the_year_is_added() -> None:
    announced = read_notices("2027 国办发明电〔2026〕0号\n    元旦 01-01..01-03 2026-12-27")
    calendar = WorkCalendar((*OFFICIAL_YEARS, *announced))

    answer = calendar.due(day("2026-12-25"), 5)

    assert answer.on == day("2026-12-31")
    assert not calendar.due(day("2026-12-28"), 5).provisional
    assert CHINA.due(day("2026-12-25"), 5).on == day("2027-01-04")


def test_due_words_tell_latest_from_earliest() -> None:
    at_most = due(day("2025-12-12"), 5)
    at_least = due(day("2026-04-11"), 10, Unit.DAY, Kind.MIN)

    assert at_most.words == (
        "自2025年12月12日（周五）的次日起算，满5个工作日，最迟为2025年12月19日（周五）24:00"
    )
    assert (
        at_least.words == "自2026年4月11日（周六）的次日起算，满10日，最早为2026年4月21日（周二）"
    )


@pytest.mark.parametrize("length", [-1, 60_001, 10**18])
def test_due_with_impossible_length_is_refused(length: int) -> None:
    for unit in Unit:
        with pytest.raises(Invalid):
            due(day("2026-01-05"), length, unit)


@pytest.mark.parametrize("unit", list(Unit))
def test_due_past_the_end_of_the_calendar_is_refused(unit: Unit) -> None:
    with pytest.raises(Invalid):
        due(day("2099-12-31"), 1, unit)
    with pytest.raises(Invalid):
        before(day("1950-01-03"), 40, unit)


def test_due_counting_its_first_day_needs_a_length() -> None:
    with pytest.raises(Invalid, match="至少为 1"):
        due(day("2026-01-05"), 0, counting=Counting.SAME_DAY)


@pytest.mark.parametrize("length", [True, 1.0, "5"])
def test_due_with_length_that_is_no_whole_number_is_a_type_error(length: object) -> None:
    with pytest.raises(TypeError):
        due(day("2026-01-05"), length)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "length", "unit", "on"),
    [
        ("2026-06-23", 15, Unit.DAY, "2026-06-08"),
        ("2026-10-08", 2, Unit.WORKDAY, "2026-09-29"),
        ("2026-10-08", 0, Unit.WORKDAY, "2026-10-08"),
        ("2026-10-05", 0, Unit.WORKDAY, "2026-09-30"),
        ("2026-10-12", 1, Unit.WORKDAY, "2026-10-10"),
        ("2026-05-31", 15, Unit.DAY, "2026-05-14"),
        ("2026-12-31", 1, Unit.MONTH, "2026-11-30"),
        ("2025-02-28", 1, Unit.MONTH, "2025-01-31"),
        ("2026-06-30", 3, Unit.YEAR, "2023-06-30"),
    ],
)
def test_before_gives_the_last_day_that_is_early_enough(
    target: str, length: int, unit: Unit, on: str
) -> None:
    answer = before(day(target), length, unit)

    assert answer.on == day(on)
    assert answer.basis[-1].date == day(target)
    assert due(answer.on, length, unit, Kind.MIN).on <= max(day(target), next_workday(answer.on))


def test_before_without_moving_counts_from_the_day_itself() -> None:
    assert before(day("2026-05-31"), 15, Unit.DAY, moves=False).on == day("2026-05-16")


def test_before_a_day_in_an_unannounced_year_is_provisional() -> None:
    answer = before(day("2027-01-05"), 5)

    assert answer.provisional
    assert "暂定" in answer.words


def test_between_counts_working_days_after_the_first() -> None:
    assert between(day("2025-12-12"), day("2025-12-19")) == 5
    assert between(day("2025-12-19"), day("2025-12-12")) == -5
    assert between(day("2026-09-30"), day("2026-10-08")) == 1
    assert between(day("2026-10-10"), day("2026-10-10")) == 0


def test_nearest_workdays_skip_days_off_both_ways() -> None:
    assert next_workday(day("2026-10-01")) == day("2026-10-08")
    assert next_workday(day("2026-10-08")) == day("2026-10-08")
    assert previous_workday(day("2026-10-07")) == day("2026-09-30")


def test_add_months_says_when_there_is_no_corresponding_day() -> None:
    assert add_months(day("2026-01-31"), 1) == (day("2026-02-28"), False)
    assert add_months(day("2026-03-31"), -1) == (day("2026-02-28"), False)
    assert add_months(day("2026-12-15"), 1) == (day("2027-01-15"), True)
    with pytest.raises(Invalid):
        add_months(day("2099-12-15"), 1)


def test_read_notices_refuses_a_festival_that_ends_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        read_notices("2027 国办发明电〔2026〕0号\n    国庆节 10-07..10-01")
