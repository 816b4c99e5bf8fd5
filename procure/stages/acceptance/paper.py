"""The acceptance certificate and the public notice: one set of figures, two texts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.day_words import day_in_words
from procure.kernel.numbering import derived_number
from procure.kernel.vocabulary import Outcome
from procure.kernel.workdays import CHINA
from procure.registers.notices.facts import case_facts
from procure.render.wording import Section, phrase, worded_notice
from procure.stages.acceptance.models import AcceptanceItem, AcceptanceMember, AcceptanceResult
from procure.stages.acceptance.opinions import QUESTIONS, percent_words
from procure.stages.acceptance.queries import AcceptanceDossier
from procure.stages.contracts.policies import last_service_day
from procure.stages.contracts.queries import instrument_name
from procure.stages.evaluation.events import name_of

TEMPLATE = "acceptance-certificate@5"
PUBLISH_WORKDAYS = 2
"""Within how many working days of its end the result is announced (财库〔2015〕135号 [memory])."""


def certificate_number(dossier: AcceptanceDossier) -> str:
    """The certificate's number: counted by round within the project."""
    assert dossier.acceptance is not None
    return derived_number(dossier.contract.project.number, "YS", dossier.acceptance.round)


def verdict_words(item: AcceptanceItem) -> str:
    """符合, 基本符合 where the number fell short for a stated reason, 不符合."""
    if not item.passed:
        return "不符合"
    return "符合" if item.delivered >= item.promised else "基本符合"


def agreement_words(member: AcceptanceMember) -> str:
    """What a member thinks of the delivery."""
    return "同意" if member.agrees else "不同意"


def conclusion_words(dossier: AcceptanceDossier) -> str:
    """合格, 整改后合格, 部分合格, 不合格: what the round came to."""
    assert dossier.acceptance is not None
    outcome = dossier.result.outcome if dossier.result is not None else Outcome.FULL
    if outcome is Outcome.FULL and dossier.acceptance.round > 1:
        return "整改后合格"
    return outcome.label


def publish_by(decided_on: date) -> date:
    """The last day on which the result is to be announced."""
    return CHINA.due(decided_on, PUBLISH_WORKDAYS).on


def certificate_data(
    dossier: AcceptanceDossier, *, made_on: date, trail_head: str
) -> dict[str, Any]:
    """The data to print the certificate from."""
    acceptance, contract, opinion = dossier.acceptance, dossier.contract, dossier.opinion
    assert acceptance is not None
    assert contract.starts_on is not None
    data: dict[str, Any] = {
        "certificate_no": certificate_number(dossier),
        "made_on": made_on.isoformat(),
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "contract_amount_fen": contract.amount_fen,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "stage": _stage(dossier),
        "period_from": contract.starts_on.isoformat(),
        "period_to": last_service_day(contract).isoformat(),
        "accepted_on": made_on.isoformat(),
        "place": acceptance.place,
        "method": acceptance.method,
        "conclusion": conclusion_words(dossier),
        "conclusion_text": acceptance.conclusion,
        "publish_by": publish_by(made_on).isoformat(),
        "panel": [_member(member) for member in dossier.members],
        "panel_names": "、".join(
            f"{member.name}（{member.seat.label}）" for member in dossier.members
        ),
        "targets": [_target(item) for item in dossier.items],
        "standards": [
            {
                "standard": one.standard,
                "verdict": "符合" if one.passed else "不符合",
                "note": one.note,
            }
            for one in dossier.standards
        ],
        "recipients": {
            "total": opinion.population,
            "invited": opinion.sampled,
            "answered": opinion.answered,
            "satisfied": opinion.satisfied,
            "satisfied_percent": percent_words(opinion.satisfied_rate).rstrip("%"),
            "channel": opinion.asked_how,
            "opinions": excerpts(acceptance.opinion_excerpts),
        },
    }
    return data | _where_asked(dossier, trail_head)


def _where_asked(dossier: AcceptanceDossier, trail_head: str) -> dict[str, Any]:
    """What a certificate says only where somebody was asked for it."""
    acceptance, final = dossier.acceptance, dossier.final
    assert acceptance is not None
    more: dict[str, Any] = {}
    if acceptance.low_response_reason:
        more["low_response_reason"] = acceptance.low_response_reason
    if dossier.result is not None:
        more |= _told_of(dossier.result)
    if final is not None and final.grade is not None:
        more["evaluation_reference"] = phrase(
            "acceptance@1",
            "evaluation",
            name=name_of(final.kind, final.round),
            points=final.total_points or 0,
            grade=final.grade.label,
        )
    if trail_head:
        more["trail_head"] = trail_head
    return more


def _told_of(result: AcceptanceResult) -> dict[str, Any]:
    """What fell short, what was taken off or claimed back for it, and what was reckoned."""
    more: dict[str, Any] = {}
    if result.shortfalls:
        more["shortfalls"] = list(result.shortfalls)
    if result.reckoned_fen:
        more["reckoning"] = {"amount_fen": result.reckoned_fen, "lines": list(result.reckoning)}
        if result.below_reason:
            more["reckoning"]["below_reason"] = result.below_reason
    for name, fen in (("deduction", result.deduction_fen), ("claim", result.claim_fen)):
        if fen:
            more[name] = {
                "amount_fen": fen,
                "rule": result.deduction_rule,
                "reason": result.deduction_reason,
            }
    if result.dissent_reason:
        more["dissent_reason"] = result.dissent_reason
    return more


def _stage(dossier: AcceptanceDossier) -> str:
    assert dossier.acceptance is not None
    if dossier.acceptance.round > 1:
        return "整改复验"
    return "提前终止验收" if dossier.contract.ended_early_on is not None else "期满验收"


def notice_sections(dossier: AcceptanceDossier) -> list[Section]:
    """The public notice (FMT50 公共服务项目验收结果公告): no recipient is named or traceable."""
    acceptance, contract = dossier.acceptance, dossier.contract
    assert acceptance is not None
    assert acceptance.decided_at is not None
    facts = {
        "contract_no": contract.number,
        "contract_name": instrument_name(contract),
        "supplier": contract.supplier.name,
        "supplier_address": contract.supplier.address,
        "supplier_phone": contract.supplier.phone,
        "amount_fen": contract.amount_fen,
        "period": period_words(dossier),
        "requirements": excerpts(dossier.agreed.requirement),
        "items": [
            {
                "what": item.what,
                "promised": item.promised,
                "delivered": item.delivered,
                "unit": item.unit,
                "verdict": verdict_words(item),
                "note": item.note,
            }
            for item in dossier.items
        ],
        "standards": [
            {"standard": one.standard, "passed": one.passed, "note": one.note}
            for one in dossier.standards
        ],
        "members": [
            {
                "seat": member.seat.label,
                "name": member.name,
                "unit": member.unit,
                "agreement": agreement_words(member),
            }
            for member in dossier.members
        ],
        "decided_on": local_date(acceptance.decided_at).isoformat(),
        "outcome": conclusion_words(dossier),
        "conclusion": acceptance.conclusion,
        **_opinion_facts(dossier),
        **_result_facts(dossier.result),
    }
    return worded_notice("acceptance@1", case_facts(contract.project, contract.buyer) | facts)


def _opinion_facts(dossier: AcceptanceDossier) -> dict[str, Any]:
    opinion = dossier.opinion
    assert dossier.acceptance is not None
    return {
        "asked_how": opinion.asked_how,
        "sampled": opinion.sampled,
        "population": opinion.population,
        "answered": opinion.answered,
        "response": percent_words(opinion.response),
        "mean": opinion.mean_words,
        "satisfied": percent_words(opinion.satisfied_rate),
        "questions": [
            {"question": question.label, "score": score}
            for question, score in zip(QUESTIONS, opinion.by_question, strict=True)
        ],
        "excerpts": excerpts(dossier.acceptance.opinion_excerpts),
    }


def _result_facts(found: AcceptanceResult | None) -> dict[str, Any]:
    """What was taken off or claimed back; nothing where all that was agreed was there."""
    result = found if found and found.shortfalls else None
    return {
        "shortfalls": result.shortfalls if result else (),
        "deduction_fen": result.deduction_fen if result else 0,
        "claim_fen": result.claim_fen if result else 0,
        "deduction_rule": result.deduction_rule if result else "",
        "below_reason": result.below_reason if result else "",
    }


def excerpts(text: str) -> Sequence[str]:
    """One excerpt a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _member(member: AcceptanceMember) -> dict[str, Any]:
    return {
        "name": member.name,
        "unit": member.unit,
        "role": member.seat.label,
        "verdict": agreement_words(member),
        "opinion": member.comment,
        "on_paper": member.user_id is None,
    }


def _target(item: AcceptanceItem) -> dict[str, str]:
    row = {
        "item": item.what,
        "unit": item.unit,
        "required": str(item.promised),
        "delivered": str(item.delivered),
        "verdict": verdict_words(item),
    }
    return row | {"note": item.note} if item.note else row


def period_words(dossier: AcceptanceDossier) -> str:
    """From when to when the contract was performed."""
    assert dossier.contract.starts_on is not None
    return f"{day_in_words(dossier.contract.starts_on)}至{day_in_words(last_service_day(dossier.contract))}"
