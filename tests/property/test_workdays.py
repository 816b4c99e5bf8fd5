"""Periods: monotone, reversible, and with arithmetic that adds up."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.workdays import (
    CONDENSED_BEYOND,
    Counting,
    Kind,
    Unit,
    before,
    between,
    check,
    due,
    is_workday,
    next_workday,
    previous_workday,
)

days = st.dates(date(2017, 12, 1), date(2028, 12, 31))
lengths = st.integers(0, 60)
units = st.sampled_from(list(Unit))
kinds = st.sampled_from(list(Kind))
countings = st.sampled_from(list(Counting))


@given(days, st.integers(0, 40), lengths, units, kinds)
def test_due_is_monotone_in_its_start(
    start: date, later: int, length: int, unit: Unit, kind: Kind
) -> None:
    after = start + timedelta(days=later)

    assert due(start, length, unit, kind).on <= due(after, length, unit, kind).on


@given(days, st.integers(1, 40), st.integers(0, 30), units, countings, st.booleans())
def test_due_is_monotone_in_its_length(
    start: date, length: int, more: int, unit: Unit, counting: Counting, moves: bool
) -> None:
    short = due(start, length, unit, counting=counting, moves=moves)
    long = due(start, length + more, unit, counting=counting, moves=moves)

    assert short.on <= long.on


@given(days, lengths, units, kinds)
def test_due_ends_on_a_working_day_not_before_it_starts(
    start: date, length: int, unit: Unit, kind: Kind
) -> None:
    answer = due(start, length, unit, kind)

    assert is_workday(answer.on)
    assert answer.on >= start
    assert answer.basis[-1].date == answer.on
    assert answer.on in {line.date for line in answer.basis}


@given(days, st.integers(1, 90), countings)
def test_due_in_working_days_counts_exactly_the_working_days(
    start: date, length: int, counting: Counting
) -> None:
    answer = due(start, length, counting=counting)
    counted = [line for line in answer.basis if line.counted]

    assert len(counted) == length
    assert all(check(line.date).workday for line in counted)
    assert [line.date for line in answer.basis] == [
        start + timedelta(days=offset) for offset in range((answer.on - start).days + 1)
    ]


@given(days, st.integers(1, CONDENSED_BEYOND))
def test_due_in_days_counts_as_many_days_as_its_length(start: date, length: int) -> None:
    answer = due(start, length, Unit.DAY)

    assert sum(line.counted for line in answer.basis) == length
    assert answer.on == next_workday(start + timedelta(days=length))


@given(days, st.integers(1, 90))
def test_same_day_counting_is_next_day_counting_from_the_day_before(
    start: date, length: int
) -> None:
    for unit in (Unit.WORKDAY, Unit.DAY):
        same = due(start, length, unit, counting=Counting.SAME_DAY)
        assert same.on == due(start - timedelta(days=1), length, unit).on


@given(days, st.integers(0, 60))
def test_before_undoes_due_on_working_days(start: date, length: int) -> None:
    workday = next_workday(start)

    assert before(due(workday, length).on, length).on == workday
    assert due(before(workday, length).on, length).on == workday


@given(days, lengths, units)
def test_before_is_the_latest_start_that_ends_in_time(
    target: date, length: int, unit: Unit
) -> None:
    latest = before(target, length, unit).on

    assert due(latest, length, unit, Kind.MIN).on <= target
    step = timedelta(days=1)
    following = next_workday(latest + step) if unit is Unit.WORKDAY else latest + step
    assert due(following, length, unit, Kind.MIN).on > previous_workday(target)


@given(days, lengths)
def test_between_measures_what_due_adds(start: date, length: int) -> None:
    if is_workday(start) or length:
        assert between(start, due(start, length).on) == length


@given(days, days, days)
def test_between_adds_up_over_a_stop(one: date, two: date, three: date) -> None:
    assert between(one, two) + between(two, three) == between(one, three)


@given(days, st.integers(0, 400))
def test_due_is_provisional_exactly_when_an_open_day_decides_it(start: date, length: int) -> None:
    answer = due(start, length)
    deciding = [line.date for line in answer.basis if line.date > start] or [answer.on]

    assert answer.provisional == any(check(day).provisional for day in deciding)
    assert answer.provisional == ("暂定" in answer.words)
