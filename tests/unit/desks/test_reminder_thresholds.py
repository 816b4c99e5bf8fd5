"""When a duty is spoken of: thresholds in working days, every day after, upwards when late."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.desks.reminders.lease import Daily, Every
from procure.desks.reminders.reminder_thresholds import (
    EVALUATION_DAYS,
    TERM_DAYS,
    draft_occasion,
    escalations_of,
    occasion_of,
    reminder_day,
)
from procure.kernel.clock import at_local
from procure.kernel.workdays import CHINA

FRIDAY = date(2026, 3, 27)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 12), None),
        (date(2026, 3, 13), "20260327/10"),
        (date(2026, 3, 19), "20260327/10"),
        (date(2026, 3, 20), "20260327/5"),
        (date(2026, 3, 24), "20260327/5"),
        (date(2026, 3, 25), "20260327/2"),
        (date(2026, 3, 27), "20260327/0"),
        (date(2026, 3, 28), None),
        (date(2026, 3, 29), None),
        (date(2026, 3, 30), "20260327/late/1"),
        (date(2026, 4, 2), "20260327/late/3"),
        (date(2026, 4, 3), "20260327/late/5"),
        (date(2026, 4, 30), "20260327/late/20"),
    ],
)
def test_occasion_of_an_evaluation_follows_ten_five_two_zero(day: date, expected: str | None):
    found = occasion_of(FRIDAY, day, EVALUATION_DAYS)

    assert (found.key if found else None) == expected


def test_occasion_of_a_term_begins_at_five_working_days():
    assert occasion_of(FRIDAY, date(2026, 3, 19), TERM_DAYS) is None
    assert occasion_of(FRIDAY, date(2026, 3, 20), TERM_DAYS).key == "20260327/5"


def test_occasion_counts_over_the_national_holiday():
    due_on = date(2026, 10, 9)

    assert occasion_of(due_on, date(2026, 9, 30), TERM_DAYS).key == "20261009/2"


@given(st.dates(date(2026, 1, 5), date(2026, 12, 20)), st.integers(0, 60))
def test_each_threshold_is_met_exactly_once_on_the_way_to_the_day(due_on: date, start: int):
    days = [due_on - timedelta(days=back) for back in range(start, -1, -1)]
    keys = [found.key for day in days if (found := occasion_of(due_on, day, EVALUATION_DAYS))]

    assert keys == sorted(keys, key=lambda key: -int(key.rpartition("/")[2]))
    left_at_start = CHINA.between(days[0], due_on)
    expected = {t for t in EVALUATION_DAYS if t <= left_at_start} | (
        {min(t for t in EVALUATION_DAYS if left_at_start <= t)} if left_at_start <= 10 else set()
    )
    assert {int(key.rpartition("/")[2]) for key in keys} <= expected
    assert 0 in {int(key.rpartition("/")[2]) for key in keys}


def test_superior_is_told_after_one_working_day_and_the_parent_after_five():
    assert escalations_of(FRIDAY, FRIDAY) == ()
    assert escalations_of(FRIDAY, date(2026, 3, 29)) == ()
    assert escalations_of(FRIDAY, date(2026, 3, 30)) == ((1, "20260327/1/0"),)
    assert escalations_of(FRIDAY, date(2026, 4, 2)) == ((1, "20260327/1/0"),)
    assert escalations_of(FRIDAY, date(2026, 4, 3)) == ((1, "20260327/1/1"), (5, "20260327/5/1"))


@given(st.dates(date(2026, 1, 5), date(2026, 10, 20)), st.integers(1, 60))
def test_what_is_late_is_spoken_of_on_working_days_and_then_once_a_week(due_on: date, days: int):
    passed = [due_on + timedelta(days=number) for number in range(1, days + 1)]
    said: dict[str, date] = {}
    for day in passed:
        if (found := occasion_of(due_on, day, TERM_DAYS)) is not None:
            said.setdefault(found.key, day)

    assert all(CHINA.check(day).workday for day in said.values())
    late = CHINA.between(due_on, passed[-1])
    assert len(said) == len([at for at in (1, 2, 3) if at <= late]) + late // 5


def test_nobody_is_written_to_before_eight_in_the_morning():
    assert reminder_day(at_local(FRIDAY, time(7, 59))) == date(2026, 3, 26)
    assert reminder_day(at_local(FRIDAY, time(8, 0))) == FRIDAY


def test_unsent_bid_is_spoken_of_a_day_and_two_hours_before_the_deadline():
    deadline = at_local(FRIDAY, time(17, 30))

    def key(before: timedelta) -> str | None:
        found = draft_occasion(deadline, deadline - before)
        return found.key.rpartition("/")[2] if found else None

    assert key(timedelta(hours=24, seconds=1)) is None
    assert key(timedelta(hours=24)) == "24h"
    assert key(timedelta(hours=2, seconds=1)) == "24h"
    assert key(timedelta(hours=2)) == "2h"
    assert key(timedelta(0)) is None


def test_planned_instants_are_the_latest_that_have_come():
    now = datetime.fromisoformat("2026-03-27T01:00:30+00:00")

    assert Every(60).latest(now).isoformat() == "2026-03-27T01:00:00+00:00"
    assert Daily(time(2, 30)).latest(now) == at_local(FRIDAY, time(2, 30))
    assert Daily(time(9, 30)).latest(now) == at_local(date(2026, 3, 26), time(9, 30))
