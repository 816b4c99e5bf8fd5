"""Steps, periods and expectations of delivery."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.vocabulary import Period
from procure.stages.contracts.drafting import last_day, periods_in
from procure.stages.delivery.names import masked, person_words, time_words
from procure.stages.delivery.progress import (
    PeriodStanding,
    TargetProgress,
    check_periods,
    expected_by,
    step_score,
    until_the_end,
    windows,
)

START, END = date(2026, 7, 9), date(2027, 7, 8)
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("done", "planned", "part"),
    [
        (41, 50, Fraction(2, 3)),
        (50, 50, Fraction(1)),
        (60, 50, Fraction(1)),
        (49, 50, Fraction(2, 3)),
        (40, 50, Fraction(2, 3)),
        (39, 50, Fraction(1, 3)),
        (30, 50, Fraction(1, 3)),
        (29, 50, Fraction(0)),
        (0, 50, Fraction(0)),
        (0, 0, Fraction(1)),
    ],
)
def test_step_score_at_each_edge(done: int, planned: int, part: Fraction) -> None:
    assert step_score(done, planned) == part


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 10_000))
def test_step_score_never_falls_with_more_done(one: int, other: int, planned: int) -> None:
    less, more = sorted((one, other))

    assert step_score(less, planned) <= step_score(more, planned)


@given(DAYS, st.integers(1, 36), st.sampled_from(Period))
def test_windows_cover_the_term_once_and_are_as_many_as_counted(
    start: date, months: int, period: Period
) -> None:
    end = last_day(start, months)

    found = windows(period, start, end)

    assert found[0][0] == start
    assert found[-1][1] == end
    for (_, before), (after, _) in zip(found, found[1:], strict=False):
        assert after == before + timedelta(days=1)
    assert len(found) == periods_in(period, start, end)


def test_windows_of_months_are_the_contracts_own() -> None:
    assert windows(Period.MONTH, START, END)[:2] == [
        (date(2026, 7, 9), date(2026, 8, 8)),
        (date(2026, 8, 9), date(2026, 9, 8)),
    ]


def test_periods_stand_ahead_running_reached_or_short() -> None:
    by_day = {date(2026, 7, 9): (2, 0), date(2026, 8, 20): (1, 3)}

    checks = check_periods(Period.MONTH, 2, START, END, by_day, date(2026, 9, 20))

    assert [check.standing for check in checks[:4]] == [
        PeriodStanding.REACHED,
        PeriodStanding.SHORT,
        PeriodStanding.RUNNING,
        PeriodStanding.AHEAD,
    ]
    assert (checks[1].accepted, checks[1].pending, checks[1].missing) == (1, 3, 1)


def test_period_is_short_only_after_its_last_day() -> None:
    last = date(2026, 8, 8)

    on_it = check_periods(Period.MONTH, 1, START, END, {}, last)[0]
    after = check_periods(Period.MONTH, 1, START, END, {}, last + timedelta(days=1))[0]

    assert (on_it.standing, after.standing) == (PeriodStanding.RUNNING, PeriodStanding.SHORT)


def test_early_end_asks_for_nothing_after_it_and_for_no_part_of_a_period() -> None:
    by_day = {date(2026, 7, 9): (2, 0)}
    ended = date(2026, 9, 1)
    checks = check_periods(Period.MONTH, 2, START, END, by_day, date(2027, 3, 1))

    assert [check.standing for check in until_the_end(checks, ended)] == [
        PeriodStanding.REACHED,
        PeriodStanding.CUT,
    ]
    assert [check.standing for check in until_the_end(checks, date(2026, 9, 8))] == [
        PeriodStanding.REACHED,
        PeriodStanding.SHORT,
    ]


@given(st.sampled_from(Period), st.integers(1, 50))
def test_expected_after_the_term_is_the_total(period: Period, required: int) -> None:
    after = END + timedelta(days=1)

    assert expected_by(period, required, START, END, START) == 0
    assert expected_by(period, required, START, END, after) == required * periods_in(
        period, START, END
    )


def test_progress_says_ratio_step_and_whether_it_is_behind() -> None:
    row = TargetProgress(
        "t", 1, "个案", "个", Period.CONTRACT, 50, "", 1, "", total=50, accepted=41, expected=42
    )

    assert row.ratio == Decimal("0.8200")
    assert row.step == Fraction(2, 3)
    assert row.is_behind


def test_names_are_masked_and_times_padded() -> None:
    assert masked("欧阳慧") == "欧*"
    assert masked("") == ""
    assert person_words("F0001", "陈婆婆", 1) == "F0001 陈*"
    assert person_words(None, None, 1200) == "1,200 人"
    assert (time_words(0), time_words(570), time_words(1440)) == ("00:00", "09:30", "24:00")
