"""The tender document on paper: the data of its template, from the tender's rows."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from procure.kernel.day_words import formal_day
from procure.kernel.methods import Step, article
from procure.kernel.vocabulary import METHOD_LABELS, PriceWay
from procure.registers.accounts.models import Organisation
from procure.stages.tenders.content import lines_of
from procure.stages.tenders.dates import StatutoryDate
from procure.stages.tenders.models import TenderTarget
from procure.stages.tenders.notice import (
    MEDIA,
    PLATFORM,
    WHOLE,
    Announcement,
    demands,
    is_tender,
)
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import points_of
from procure.stages.tenders.wording import (
    CONDITION,
    ROUNDING,
    bid_parts,
    challenge_channel,
    challenge_note,
    complaint_note,
    frequency_words,
    instant_on_paper,
    invalid_cases,
    last_day_words,
    low_price_rule,
    payment_words,
    policy_lines,
    price_rule,
    said_of,
    term_words,
    tie_rule,
    total_words,
)

DOCUMENT_TEMPLATE = "tender-document@3"

CREDIT_QUERY = (
    "“信用中国”网站和中国政府采购网，查询截止时点为{deadline}当日；列入失信被执行人、重大税收违法失信"
    "主体、政府采购严重违法失信行为记录名单的不得参加。"
)
TALKS = (
    "本项目磋商过程中，采购需求、技术和服务要求以及合同文本不作实质性变动；",
    "以响应文件中的报价评审，不另行组织报价。",
)
"""What a consultation must say may change while talking (CC214 art 9): nothing, for the platform
holds no round of talks in which it could.
"""


def document_data(dossier: TenderDossier, told: Announcement) -> dict[str, Any]:
    """The data of the tender document (O87 art 20, CC214 art 9)."""
    tender, said = dossier.tender, said_of(dossier.tender)
    dates = told.dates_for(tender.method)
    return {
        "project_no": dossier.project.number,
        "project_name": dossier.project.title,
        "made_on": told.published_on.isoformat(),
        "method": METHOD_LABELS[tender.method],
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
        "whole": WHOLE.format(bidder=said.bidder, bid=said.bid),
        "takes_consortia": tender.takes_consortia,
        "qualifications": list(demands(dossier)),
        "policies": list(policy_lines(dossier)),
        "bid_parts": list(bid_parts(dossier)),
        "bid_validity_days": tender.validity_days,
        "submission": f"在{PLATFORM}在线提交",
        "deadline": instant_on_paper(told.deadline_at),
        "opening_place": tender.opening_place,
        "talks": None if is_tender(dossier) else list(TALKS),
        "evaluation_method": "综合评分法",
        "scoring_rule": article(Step.SCORING, tender.method),
        "price_rule": price_rule(dossier),
        "rounding_rule": ROUNDING,
        "tie_rule": tie_rule(dossier.tender),
        "low_price_rule": low_price_rule(dossier),
        "invalid_cases": list(invalid_cases(dossier)),
        "invalid_rule": article(Step.INVALID, tender.method),
        "contract_sha256": told.contract_sha256 or None,
        "payment_terms": payment_words(dossier),
        "acceptance_terms": tender.acceptance_way,
        "credit_query": CREDIT_QUERY.format(deadline=said.deadline),
        "challenge_note": challenge_note(tender, dates),
        "challenge_channel": challenge_channel(dossier.buyer, told.contact),
        "complaint_note": complaint_note(dossier),
        "media": MEDIA,
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
        "condition": row.condition or CONDITION,
    }


def _scoring_rows(dossier: TenderDossier) -> Iterator[dict[str, Any]]:
    tender = dossier.tender
    if tender.price_points:
        hours = tender.price_way is PriceWay.RATIO_TO_MAX
        yield {
            "part": "工时" if hours else "价格",
            "factor": "承诺年服务工时" if hours else "报价",
            "points": _plain(points_of(tender.price_points)),
            "criterion": "按下述方法计算。",
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
        "arithmetic": f"由采购人确定，不早于法定的 {formal_day(least.due.on)}：{least.due.words}",
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
