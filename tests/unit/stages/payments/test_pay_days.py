"""From which day the payer's days run, and under which rule (R-PAY-1, R-PAY-4)."""

from datetime import date, timedelta

import pytest

from procure.stages.payments.days import PayDays, last_day, pay_days

DELIVERED = date(2026, 6, 1)
FIRST_DUE = date(2026, 7, 1)


@pytest.mark.parametrize("later", [0, 1, 12, 30])
def test_company_is_paid_within_thirty_days_of_delivery_whenever_it_asks(later: int) -> None:
    """T56 (保障中小企业款项支付条例): the request starts nothing, the delivery or acceptance does."""
    asked_on = DELIVERED + timedelta(days=later)
    days = pay_days(is_company=True, delivered_on=DELIVERED, asked_on=asked_on)

    assert days == PayDays("T56", DELIVERED, FIRST_DUE)


def test_company_that_asks_after_its_days_is_paid_within_thirty_days_of_the_invoice() -> None:
    asked_on = FIRST_DUE + timedelta(days=1)
    days = pay_days(is_company=True, delivered_on=DELIVERED, asked_on=asked_on)

    assert (days.rule, days.from_on) == ("T57", asked_on)


@pytest.mark.parametrize(("is_company", "delivered_on"), [(True, None), (False, DELIVERED)])
def test_others_and_advances_are_paid_within_thirty_days_of_the_invoice(
    is_company: bool, delivered_on: date | None
) -> None:
    asked_on = date(2026, 6, 8)
    days = pay_days(is_company=is_company, delivered_on=delivered_on, asked_on=asked_on)

    assert days == PayDays("T57", asked_on, date(2026, 7, 8))


@pytest.mark.parametrize("rule", ["T56", "T57"])
def test_days_with_the_supplier_move_the_last_day_and_it_is_a_working_day(rule: str) -> None:
    assert last_day(rule, DELIVERED, 7) == date(2026, 7, 8)
    # 2026-07-11 is a Saturday.
    assert last_day(rule, DELIVERED, 10) == date(2026, 7, 13)
