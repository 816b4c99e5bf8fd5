"""The payer's days: from which day they run, under which rule, and how long a return holds them up.

A company is paid within thirty days of delivery, or of the acceptance where that is the condition
(R-PAY-1, T56); everybody within thirty days of the invoice once the conditions are met (R-PAY-4,
T57). A return holds the days up until the request comes back; the first day stays on record. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from procure.kernel.clock import local_date
from procure.kernel.day_words import day_in_words
from procure.kernel.vocabulary import PaymentTrigger
from procure.registers.deadlines.queries import compute_term, statutory
from procure.stages.payments.models import PaymentRequest, PaymentReturn

RULE_COMPANY, RULE_ANY = "T56", "T57"
PAY_RULES = (RULE_COMPANY, RULE_ANY)

DELIVERED_WORDS = {
    PaymentTrigger.MIDTERM: "中期评估结果确认",
    PaymentTrigger.FINAL: "末期评估结果确认",
    PaymentTrigger.ACCEPTANCE: "验收合格",
}


@dataclass(frozen=True)
class PayDays:
    """Under which rule the days run, from which day, and the last of them."""

    rule: str
    from_on: date
    due_on: date


def pay_days(*, is_company: bool, delivered_on: date | None, asked_on: date) -> PayDays:
    """The days of a request that comes in with its invoice on `asked_on`.

    `delivered_on` is when the service was found in order; None where nothing is delivered yet. A
    company that sends its invoice after the days of its own law are over is paid within thirty
    days of the invoice, as the contract says.
    """
    if is_company and delivered_on is not None:
        due_on = last_day(RULE_COMPANY, delivered_on)
        if asked_on <= due_on:
            return PayDays(RULE_COMPANY, delivered_on, due_on)
    return PayDays(RULE_ANY, asked_on, last_day(RULE_ANY, asked_on))


def last_day(rule: str, from_on: date, away: int = 0) -> date:
    """The last day to pay when `away` days lay with the supplier; LookupError for no such rule."""
    period = statutory(rule, from_on)
    if period is None:
        raise LookupError(rule)
    if not away:
        return compute_term(period, from_on).due.on
    late = date.fromordinal(from_on.toordinal() + away)
    return compute_term(period, late).due.on


def days_away(returns: Sequence[PaymentReturn], today: date) -> int:
    """How many days the request lay with the supplier, returned to be put right."""
    return sum(
        (_back(one, today) - local_date(one.returned_at)).days
        for one in returns
        if _back(one, today) > local_date(one.returned_at)
    )


def basis_words(request: PaymentRequest, trigger: PaymentTrigger) -> str:
    """From which day the days run and why, for the page and the payment sheet."""
    assert request.days_from is not None
    period = statutory(request.pay_rule, request.days_from)
    assert period is not None
    start = day_in_words(request.days_from)
    if request.pay_rule == RULE_COMPANY:
        why = DELIVERED_WORDS[trigger]
        return f"自{start}{why}之日起 {period.length} 日，{period.source}"
    return f"自{start}收到发票、付款条件具备之日起 {period.length} 日，{period.source}"


def away_words(request: PaymentRequest, away: int) -> str:
    """What the returns did to the days; empty where there was none."""
    if not away or request.days_from is None:
        return ""
    due = day_in_words(last_day(request.pay_rule, request.days_from, away))
    return f"退回补正共 {away} 日不计入，顺延至{due}"


def _back(one: PaymentReturn, today: date) -> date:
    return today if one.resubmitted_at is None else local_date(one.resubmitted_at)
