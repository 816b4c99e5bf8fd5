"""The facts of the tender notice and of the notice that ends a purchase.

The one text is published, shown, digested and printed; nothing else words a notice of a tender.
"""

from dataclasses import dataclass
from datetime import date, datetime

from procure.kernel.day_words import formal_day
from procure.kernel.laws import cite
from procure.kernel.text import titled
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.notices.facts import case_facts
from procure.render.wording import Section, phrase, worded_notice
from procure.stages.tenders.content import lines_of
from procure.stages.tenders.dates import TenderDates, dates_of
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import digest_of_scheme
from procure.stages.tenders.wording import (
    PLATFORM,
    WORDS,
    challenge_channel,
    challenge_note,
    complaint_note,
    instant_on_paper,
    last_day_words,
    lines,
    said_of,
    say,
    term_words,
)

NOTICE, ENDING = "tender@2", "termination@1"


@dataclass(frozen=True)
class Announcement:
    """What is known only at the moment of publication."""

    now: datetime
    published_on: date
    documents_until: date
    deadline_at: datetime
    contact: str
    recipient: str
    contract_sha256: str = ""

    def dates_for(self, method: ProcurementMethod) -> TenderDates:
        """All dates as they count from the publication."""
        return dates_of(method, self.published_on, self.documents_until)


def notice_sections(
    dossier: TenderDossier, told: Announcement, document_sha256: str
) -> list[Section]:
    """The tender notice: its headings and nouns are those of the form of its own method."""
    tender, said = dossier.tender, said_of(dossier.tender)
    notice = told.dates_for(tender.method).notice
    facts = {
        "platform": PLATFORM,
        "whole": say("whole", tender),
        "media": say("media", tender),
        "is_tender": is_tender(dossier),
        "is_consultation": not is_tender(dossier),
        "invited": "潜在投标人" if is_tender(dossier) else "供应商",
        "document": said.document,
        "bid": said.bid,
        "bid_file": said.bid_file,
        "bidder": said.bidder,
        "now": instant_on_paper(told.now),
        "documents_until": last_day_words(told.documents_until),
        "deadline": instant_on_paper(told.deadline_at),
        "opening_place": tender.opening_place,
        "method": tender.method.label,
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "price_way": tender.price_way.label,
        "catalogue_item": f"{dossier.item.code} {dossier.item.name}",
        "outline": dossier.plan.outline,
        "term": term_words(tender),
        "service_place": tender.service_place,
        "takes_consortia": tender.takes_consortia,
        "demands": demands(dossier),
        "notice_days": notice.period.length,
        "notice_until": last_day_words(notice.due.on),
        "notice_provisional": notice.due.provisional,
        "policies": lines("policies", tender),
        "challenge_note": challenge_note(tender, told.dates_for(tender.method)),
        "challenge_channel": challenge_channel(dossier.buyer, told.contact),
        "complaint_note": complaint_note(dossier),
        "document_sha256": document_sha256,
        "contract_sha256": told.contract_sha256,
        "scheme_sha256": digest_of_scheme(tender, dossier.criteria),
        "recipient": told.recipient,
    }
    return worded_notice(NOTICE, case_facts(dossier.project, dossier.buyer, told.contact) | facts)


def is_tender(dossier: TenderDossier) -> bool:
    """Whether the rules of 招标 apply, else those of 磋商."""
    return dossier.tender.method is ProcurementMethod.OPEN_TENDER


ARTICLE_22 = cite("who_may_bid").partition("》")[2]


def demands(dossier: TenderDossier) -> tuple[str, ...]:
    """Who may bid: article 22 once, then what the document asks."""
    own = [line for line in lines_of(dossier.tender.qualification) if ARTICLE_22 not in line]
    return (phrase(WORDS, "demand_of_law"), *own)


def termination_title(dossier: TenderDossier) -> str:
    """The heading of the notice that ends a purchase."""
    return titled(dossier.project.title, "终止公告")


def termination_sections(
    dossier: TenderDossier,
    *,
    reason: str,
    on: date,
    first_notice: str,
    cancelled: bool,
    contact: str,
) -> list[Section]:
    """The notice that ends a purchase: what ended, why, what follows, whom to ask."""
    facts = {
        "method": dossier.tender.method.label,
        "first_notice": said_of(dossier.tender).notice,
        "first_notice_no": first_notice,
        "reason": reason,
        "ended_on": formal_day(on),
        "cancelled": cancelled,
        "complaint_note": complaint_note(dossier),
    }
    return worded_notice(ENDING, case_facts(dossier.project, dossier.buyer, contact) | facts)
