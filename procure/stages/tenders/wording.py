"""What document, notice, letter and contract say of a tender, each thing in one wording.

The sentences stand in `contracts/_words/tender`; here are the facts that they are filled with.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from procure.kernel.clock import local
from procure.kernel.day_words import formal_day
from procure.kernel.laws import cite
from procure.kernel.methods import MethodWords, words_of
from procure.kernel.number_words import percent_words
from procure.kernel.vocabulary import (
    Period,
    PriceWay,
    ProcurementMethod,
    each_words,
    least_words,
)
from procure.registers.accounts.models import Organisation
from procure.render.wording import phrase, phrases
from procure.stages.tenders.dates import TenderDates
from procure.stages.tenders.models import Tender, TenderTarget
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import points_of, rate_of

WORDS: Final = "tender@1"
PLATFORM: Final = "政府购买服务平台"
PAYMENT_DAYS = 30
"""Days from the invoice to the payment (《保障中小企业款项支付条例》; 财库〔2019〕38号)."""

WEEKS = 52
"""Whole weeks in a year of the contract (up to the three years a contract may run)."""


def said_of(tender: Tender) -> MethodWords:
    """The words of the tender's way of procuring."""
    return words_of(tender.method)


def say(name: str, tender: Tender, **facts: Any) -> str:
    """A phrase about the tender; one of several lines as one text."""
    return "\n".join(lines(name, tender, **facts))


def lines(name: str, tender: Tender, **facts: Any) -> tuple[str, ...]:
    """The lines of a phrase about the tender, those left out that do not apply to it."""
    by_price = judges_price(tender)
    own = {
        **asdict(said_of(tender)),
        "platform": PLATFORM,
        "media_rule": cite("media"),
        "by_price": by_price,
        "by_talks": tender.method is ProcurementMethod.CONSULTATION,
        "by_hours": tender.price_way is PriceWay.RATIO_TO_MAX,
        "is_fixed": tender.price_way is PriceWay.FIXED,
        "has_stars": bool(tender.starred.strip()),
        "hours_floor": tender.hours_floor,
        "price_points": f"{points_of(tender.price_points):f}",
        "term_months": tender.term_months,
        "says_start": tender.start_within_days is not None,
        "start_within_days": tender.start_within_days,
        "deduction": _rate(tender.deduction_rate) if by_price and tender.deduction_rate else "",
    }
    return phrases(WORDS, name, **own, **facts)


def _rate(hundredths: int) -> str:
    return percent_words(rate_of(hundredths))


def term_words(tender: Tender) -> str:
    """The service term: how long, and how soon after signing it begins."""
    return say("term", tender)


def frequency_words(row: TenderTarget) -> str:
    """How often: 每个站点每月不少于 1 次, whether 站点 was typed or 每站点."""
    return least_words(row.period, row.at_least, row.unit, row.each)


def total_words(row: TenderTarget, months: int) -> str:
    """How much that makes in the whole term: 每个站点 12 次.

    A term has as many months as it says, a begun quarter counts whole; how many whole weeks it has
    is known from its dates, and from the term alone only where it is whole years.
    """
    total = _total(row, months)
    if total is None:
        return f"{each_words(row.each)}按合同期的实际周数".strip()
    return f"{each_words(row.each)} {total:,} {row.unit}".strip()


def _total(row: TenderTarget, months: int) -> int | None:
    years, begun = divmod(months, 12)
    times = {
        Period.WEEK: None if begun else years * WEEKS,
        Period.MONTH: months,
        Period.QUARTER: -(-months // 3),
        Period.CONTRACT: 1,
    }[row.period]
    return None if times is None else row.at_least * times


def judges_price(tender: Tender) -> bool:
    """Whether a lower price earns points."""
    return tender.price_way is PriceWay.LOW_PRICE_FIRST


def condition_words(row: TenderTarget) -> str:
    """When a target counts as done, also where the document names no condition of its own."""
    return row.condition or phrase(WORDS, "condition")


def price_rule(tender: Tender) -> str:
    """How the price, or the promised hours, turn into points (R-SC-5, 2.8)."""
    return say("price_rule", tender)


def bid_parts(tender: Tender) -> tuple[str, ...]:
    """What a bid consists of, as the platform asks it page by page (`stages.bids.forms`)."""
    return lines("bid_parts", tender)


def tie_rule(tender: Tender) -> str:
    """Who comes first with equal scores: as the ranking reckons it (`kernel.scoring.ranking`)."""
    return say("tie_rule", tender)


def low_price_rule(dossier: TenderDossier) -> str:
    """When a bid counts as abnormally low (财库〔2026〕2号)."""
    tender = dossier.tender
    return say(
        "low_price",
        tender,
        low_mean=_rate(tender.low_mean),
        low_second=_rate(tender.low_second),
        low_ceiling=_rate(tender.low_ceiling),
    )


def payment_words(dossier: TenderDossier) -> str:
    """The instalments in words."""
    told = [
        phrase(
            WORDS,
            "instalment",
            nth=nth,
            trigger=row.trigger.label,
            percent=_rate(row.percent),
        )
        for nth, row in enumerate(dossier.payments, start=1)
    ]
    return say("payments", dossier.tender, instalments=told, payment_days=PAYMENT_DAYS)


def challenge_until(dates: TenderDates) -> str:
    """The last day for a challenge of the document, marked while it can still move."""
    due = dates.challenge.due
    return f"{formal_day(due.on)}{'（暂定）' if due.provisional else ''}"


def challenge_note(tender: Tender, dates: TenderDates) -> str:
    """Until when the document may be challenged (GPL art 52, GPL-R art 53)."""
    return say("challenge_note", tender, challenge_until=challenge_until(dates))


def challenge_channel(buyer: Organisation, contact: str) -> str:
    """Who takes a challenge, and how it is handed in (R-CH-2, R-CH-4)."""
    return phrase(
        WORDS,
        "challenge_channel",
        buyer=buyer.name,
        buyer_address=buyer.address,
        buyer_phone=buyer.phone,
        contact=contact,
    )


def complaint_note(dossier: TenderDossier) -> str:
    """To whom a complaint goes (GPL art 55); `page.authority` is empty where no register names it."""
    return phrase(WORDS, "complaint_note", authority=dossier.authority)


def last_day_words(day: date) -> str:
    """The end of a period that ends with a day."""
    return f"{formal_day(day)} 24:00"


def instant_on_paper(instant: datetime) -> str:
    """An instant in Beijing time as notices write it: 2025年10月9日（星期四）9:30."""
    moment = local(instant)
    return f"{formal_day(moment.date())} {moment:%H:%M}"
