"""What a contract follows from: totals over the term, default milestones, shares, last lawful days.

Pure arithmetic on dates and amounts; the verbs, the check page and the tests share it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from procure.kernel.money import Money
from procure.kernel.vocabulary import (
    ONCE,
    PERIOD_MONTHS,
    InstitutionClass,
    Period,
    counted_for,
    least_words,
)
from procure.kernel.workdays import add_months

STARTUP_DAYS = 30
"""Staff, venue, plan and needs survey stand this soon after the start (R 6.6 [design])."""
FULL_RATE = 10_000


@dataclass(frozen=True)
class MilestonePlan:
    """A milestone to be agreed: what is due, when, who leads, who assists."""

    title: str
    due_on: date
    lead_unit: str
    assisting_unit: str


def last_day(starts_on: date, months: int) -> date:
    """The last day of a term of so many months: 9 July 2026 and 12 months give 8 July 2027.

    Where the last month has no corresponding day the term ends on that month's last day
    (民法典 art 202).
    """
    corresponding, exists = add_months(starts_on, months)
    return corresponding - timedelta(days=1) if exists else corresponding


def months_of(starts_on: date, ends_on: date) -> int:
    """How many months a term has, a begun month counting as one."""
    months = 0
    while last_day(starts_on, months) < ends_on:
        months += 1
    return months


def periods_in(period: Period, starts_on: date, ends_on: date) -> int:
    """How often a period comes in the term: whole weeks; months, quarters and years begun."""
    if period is Period.CONTRACT:
        return 1
    if period is Period.WEEK:
        return max(1, ((ends_on - starts_on).days + 1) // 7)
    months = months_of(starts_on, ends_on)
    return -(-months // PERIOD_MONTHS[period])


def total_over_term(
    period: Period, at_least: int, each_count: int, starts_on: date, ends_on: date
) -> int:
    """What is due over the whole term: so many per period, for each station or person."""
    return at_least * each_count * periods_in(period, starts_on, ends_on)


def is_counted_once(each: str) -> bool:
    """Whether a target is counted for the project as a whole and needs no number of stations."""
    return each in ONCE


def frequency_words(period: Period, at_least: int, unit: str, each: str, each_count: int) -> str:
    """How often, in words: 每个站点每月不少于 1 次（按 2 个计）."""
    often = least_words(period, at_least, unit, each)
    if is_counted_once(each):
        return often
    return f"{often}（按 {each_count:,} {counted_for(each)[0]}计）"


def default_milestones(
    starts_on: date, ends_on: date, lead_unit: str, assisting_unit: str
) -> tuple[MilestonePlan, ...]:
    """The milestones that a home-care contract usually has (R 6.6 [design]).

    Start-up within 30 days; a report each quarter, or each month in a term of half a year; the
    mid-term report at month 6; the final report one month before the end; the files at the end.
    """
    months = months_of(starts_on, ends_on)
    plans = [("启动：人员到岗、场地开放、实施方案和需求评估", starts_on + timedelta(STARTUP_DAYS))]
    step = 1 if months <= 6 else 3
    before_end = add_months(ends_on, -1)[0]
    for count in range(1, months // step + 1):
        due = add_months(starts_on, count * step)[0]
        if not plans[0][1] < due < before_end:
            continue
        middle = count * step == 6 and months > 6
        words = "月" if step == 1 else "季度"
        title = "中期自评报告" if middle else f"第 {count} {words}服务报告"
        plans.append((title, due))
    if before_end > plans[-1][1]:
        plans.append(("末期自评报告", before_end))
    plans.append(("服务档案移交和服务总结", ends_on))
    kept = [(title, min(due, ends_on)) for title, due in plans]
    return tuple(MilestonePlan(title, due, lead_unit, assisting_unit) for title, due in kept)


def instalment_amounts(amount: Money, percents: Sequence[int]) -> tuple[Money, ...]:
    """The price by percent (ten-thousandths), no fen lost: the sum is the amount."""
    return amount.allocate(percents)


def percent_words(weights: Sequence[int]) -> tuple[str, ...]:
    """Weights as percentages with at most two decimals that add up to exactly 100."""
    hundredths = [part.fen for part in Money(FULL_RATE).allocate(weights)]
    return tuple(f"{part // 100}.{part % 100:02d}".rstrip("0").rstrip(".") for part in hundredths)


def kind_of_supplier(credit_code: str | None, institution_class: str | None = None) -> str:
    """What kind of body a supplier is, read from its 统一社会信用代码 (GB 32100-2015, first two); of an
    institution as the register has its class, empty when nobody has said so.
    """
    code = (credit_code or "").upper()
    if code.startswith("9"):
        return "企业"
    if code.startswith("1"):
        return InstitutionClass(institution_class).label if institution_class else ""
    if code.startswith("N"):
        return "农村集体经济组织"
    if code.startswith(("54", "55")):
        return "基层群众性自治组织"
    return "社会组织"
