"""Dates of tenders: worked vectors, and that lawful dates are accepted on any day."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.clock import at_local
from procure.kernel.findings import FindingLevel
from procure.kernel.vocabulary import ProcurementMethod
from procure.kernel.workdays import CHINA
from procure.stages.tenders.dates import check_dates, date_lines, dates_of, rules_of

OPEN, CONSULT = ProcurementMethod.OPEN_TENDER, ProcurementMethod.CONSULTATION


def test_document_out_on_a_saturday_ends_as_in_the_notice() -> None:
    """V07."""
    assert dates_of(OPEN, date(2026, 4, 11)).documents.due.on == date(2026, 4, 17)
    assert dates_of(CONSULT, date(2026, 4, 11)).waiting.due.on == date(2026, 4, 21)


def test_open_tender_of_the_case_waits_twenty_days() -> None:
    """V08."""
    dates = dates_of(OPEN, date(2025, 6, 3))
    assert dates.documents.due.on == date(2025, 6, 10)
    assert dates.waiting.due.on == date(2025, 6, 23)


def test_holidays_and_make_up_days_are_counted_as_announced() -> None:
    """V06."""
    assert dates_of(CONSULT, date(2024, 9, 26)).documents.due.on == date(2024, 10, 9)


def test_methods_have_their_own_periods() -> None:
    assert rules_of(OPEN) != rules_of(CONSULT)
    assert dates_of(OPEN, date(2026, 4, 1)).notice.period.id == "T02"
    assert dates_of(CONSULT, date(2026, 4, 1)).notice.period.id == "T08"


def test_challenge_runs_from_the_last_day_of_notice_and_documents() -> None:
    """GPL-R art 53: from the document in hand or the end of the notice, whichever is later."""
    dates = dates_of(CONSULT, date(2026, 4, 1))
    assert dates.challenge.starts_on == dates.documents.due.on > dates.notice.due.on
    longer = dates_of(CONSULT, date(2026, 4, 1), date(2026, 4, 10))
    assert longer.challenge.starts_on == date(2026, 4, 10)


@given(day=st.dates(date(2024, 1, 1), date(2026, 10, 1)), method=st.sampled_from([OPEN, CONSULT]))
def test_shortest_lawful_dates_pass_and_a_day_less_does_not(
    day: date, method: ProcurementMethod
) -> None:
    dates = dates_of(method, day)
    documents, first = dates.documents.due.on, dates.waiting.due.on
    on = CHINA.next_workday(max(first, documents + timedelta(days=1)))
    found = check_dates(method, day, documents, at_local(on, time(9, 30)))
    assert not [one for one in found if one.level is FindingLevel.BLOCK]
    short = check_dates(method, day, documents - timedelta(days=1), at_local(on, time(9, 30)))
    assert [one for one in short if one.level is FindingLevel.BLOCK]
    early = check_dates(method, day, documents, at_local(first - timedelta(days=1), time(23, 59)))
    assert [one for one in early if one.level is FindingLevel.BLOCK]


@pytest.mark.parametrize("method", [OPEN, CONSULT])
def test_lines_carry_arithmetic_and_law(method: ProcurementMethod) -> None:
    now = at_local(date(2026, 4, 1), time(9, 0))
    lines = date_lines(dates_of(method, date(2026, 4, 1)), now)
    assert len(lines) == 4
    assert all(line.basis and line.rule for line in lines)
