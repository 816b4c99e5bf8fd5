"""The tender document on paper: the data of its template, from the tender's rows."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from procure.kernel.day_words import formal_day
from procure.kernel.laws import cite
from procure.kernel.vocabulary import PriceWay
from procure.registers.accounts.models import Organisation
from procure.render.wording import phrase
from procure.stages.tenders.content import lines_of
from procure.stages.tenders.dates import StatutoryDate
from procure.stages.tenders.models import TenderTarget
from procure.stages.tenders.notice import (
    Announcement,
    demands,
    is_tender,
)
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import points_of
from procure.stages.tenders.wording import (
    WORDS,
    bid_parts,
    challenge_channel,
    challenge_note,
    complaint_note,
    condition_words,
    frequency_words,
    instant_on_paper,
    last_day_words,
    lines,
    low_price_rule,
    payment_words,
    price_rule,
    said_of,
    say,
    term_words,
    tie_rule,
    total_words,
)

DOCUMENT_TEMPLATE = "tender-document@4"


def document_data(dossier: TenderDossier, told: Announcement) -> dict[str, Any]:
    """The data of the tender document (O87 art 20, CC214 art 9)."""
    tender, said = dossier.tender, said_of(dossier.tender)
    dates = told.dates_for(tender.method)
    return {
        "project_no": dossier.project.number,
        "project_name": dossier.project.title,
        "made_on": told.published_on.isoformat(),
        "method": tender.method.label,
        "document": said.document,
        "bid": said.bid,
        "bid_file": said.bid_file,
        "bidder": said.bidder,
        "opening": said.opening,
        "panel": said.panel,
        "review": said.review,
        "winner": said.winner,
        "letter": said.letter,
        "win": said.win,
        "deposit_name": said.deposit,
        "omitted_clauses": ["response", "response-invalid"]
        if is_tender(dossier)
        else ["bid", "bid-invalid"],
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "requirement": f"{tender.requirement}\n人员要求：\n{tender.staffing}",
        "star_requirements": list(lines_of(tender.starred)) or None,
        "term": term_words(tender),
        "place": tender.service_place,
        "whole": say("whole", tender),
        "takes_consortia": tender.takes_consortia,
        "qualifications": list(demands(dossier)),
        "policies": list(lines("policies", tender)),
        "bid_parts": list(bid_parts(tender)),
        "bid_validity_days": tender.validity_days,
        "submission": say("submission", tender),
        "deadline": instant_on_paper(told.deadline_at),
        "opening_place": tender.opening_place,
        # Nothing may change while talking: the platform holds no round of talks (CC214 art 9).
        "talks": None if is_tender(dossier) else list(lines("talks", tender)),
        "evaluation_method": "综合评分法",
        "scoring_rule": cite("scoring", tender.method),
        "price_rule": price_rule(tender),
        "rounding_rule": say("rounding", tender),
        "tie_rule": tie_rule(dossier.tender),
        "low_price_rule": low_price_rule(dossier),
        "invalid_cases": list(lines("invalid_cases", tender)),
        "invalid_rule": cite("invalid", tender.method),
        "contract_sha256": told.contract_sha256 or None,
        "payment_terms": payment_words(dossier),
        "acceptance_terms": tender.acceptance_way,
        "credit_query": say("credit_query", tender),
        "challenge_note": challenge_note(tender, dates),
        "challenge_channel": challenge_channel(dossier.buyer, told.contact),
        "complaint_note": complaint_note(dossier),
        "media": say("media", tender),
        "targets": [_target_row(row, tender.term_months) for row in dossier.targets],
        "scoring": list(_scoring_rows(dossier)),
        "deadlines": list(_deadline_rows(dossier, told)),
        "buyer": _buyer(dossier.buyer, told.contact),
    }


def _target_row(row: TenderTarget, months: int) -> dict[str, str]:
    return {
        "item": row.what,
        "frequency": frequency_words(row),
        "total": total_words(row, months),
        "condition": condition_words(row),
    }


def _scoring_rows(dossier: TenderDossier) -> Iterator[dict[str, Any]]:
    tender = dossier.tender
    if tender.price_points:
        hours = tender.price_way is PriceWay.RATIO_TO_MAX
        yield {
            "part": "工时" if hours else "价格",
            "factor": "承诺年服务工时" if hours else "报价",
            "points": _plain(points_of(tender.price_points)),
            "criterion": say("price_on_offer", tender),
            "evidence": "报价页",
            "objective": True,
        }
    for row in dossier.criteria:
        yield {
            "part": "技术（服务）",
            "factor": row.name,
            "points": _plain(points_of(row.points)),
            "criterion": row.standard,
            "evidence": row.evidence or said_of(tender).bid_file,
            "objective": row.objective,
        }


def _deadline_rows(dossier: TenderDossier, told: Announcement) -> Iterator[dict[str, Any]]:
    """The dates with their arithmetic. What the buyer fixed does not move and is not provisional."""
    said, dates = said_of(dossier.tender), told.dates_for(dossier.tender.method)
    yield _counted("公告期限届满", dates.notice)
    yield _fixed(f"{said.document}提供截止", last_day_words(told.documents_until), dates.documents)
    yield _fixed(
        f"{said.deadline}和{said.opening}", instant_on_paper(told.deadline_at), dates.waiting
    )
    yield _counted(dates.challenge.label, dates.challenge)


def _counted(name: str, one: StatutoryDate) -> dict[str, Any]:
    return {
        "name": name,
        "due": last_day_words(one.due.on),
        "arithmetic": one.due.words,
        "basis": one.period.source,
        "provisional": one.due.provisional,
    }


def _fixed(name: str, due: str, least: StatutoryDate) -> dict[str, Any]:
    return {
        "name": name,
        "due": due,
        "arithmetic": phrase(
            WORDS, "fixed_by_buyer", least=formal_day(least.due.on), arithmetic=least.due.words
        ),
        "basis": least.period.source,
        "provisional": False,
    }


def _buyer(buyer: Organisation, contact: str) -> dict[str, str]:
    return {
        "name": buyer.name,
        "address": buyer.address,
        "contact": contact,
        "phone": buyer.phone,
    }


def _plain(points: Decimal) -> str:
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
