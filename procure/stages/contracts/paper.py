"""The contract on paper: the data of template home-care@3, made from the contract's rows.

The house's standard terms, and every sentence no row holds, stand in `contracts/_words/contract`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.errors import Invalid
from procure.kernel.laws import cite
from procure.kernel.methods import words_of
from procure.kernel.text import lines_of
from procure.kernel.vocabulary import GRADE_BANDS, LONG_TERM_CONDITIONS, PaymentTrigger
from procure.registers.accounts.models import Organisation
from procure.render.wording import figures, phrase, phrases
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.contracts import drafting
from procure.stages.contracts.checks import GENERAL_MONTHS
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import RULE_CONTENT, RULE_SIGNING
from procure.stages.contracts.queries import ContractParts, Origin, Signature
from procure.stages.tenders.models import Tender

TEMPLATE = "home-care@3"
WORDS = "contract@1"
HOME_VISIT_CLASSES = frozenset({"02"})
"""Classes of the catalogue whose services are given at home: their people show a health certificate."""


def contract_data(
    parts: ContractParts, origin: Origin, *, made_on: date, trail_head: str, is_draft: bool = False
) -> dict[str, Any]:
    """The data to print a contract from; the dates of signing stay open places on the paper."""
    contract = parts.contract
    starts_on, ends_on = _term(contract)
    data: dict[str, Any] = {
        "contract_no": contract.number,
        "project_name": contract.project.title,
        "project_no": contract.project.number,
        "made_on": made_on.isoformat(),
        "signed_at": contract.buyer.address,
        "is_draft": is_draft,
        "buyer": _party(contract.buyer, contract.buyer_contact, contract.buyer_phone),
        "supplier": _supplier(contract),
        "procurement": _procurement(contract, origin),
        "service_content": origin.tender.requirement or origin.plan.outline,
        "standards": [*lines_of(origin.item.quality), *standards()],
        "recipients": {
            "description": contract.recipients,
            "number": contract.recipients_number,
        },
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "place": contract.place,
        "targets": _targets(parts),
        "amount_fen": contract.amount_fen,
        "payments": _payments(parts),
        "funding": _funding(parts, origin.line.name),
        "staff": [
            {
                "post": row.post,
                "number": row.people,
                "qualification": row.qualification,
                "duty": row.duty,
            }
            for row in parts.posts
        ],
        "attachments": _attachments(origin),
        **standard_terms(origin.tender.acceptance_way),
    }
    data |= _optional(contract, origin, trail_head)
    return data


def standard_terms(acceptance_way: str) -> dict[str, Any]:
    """What every contract of this version says, whoever makes it: announced with the document."""
    terms = figures(WORDS, "terms")
    method = acceptance_way or terms["acceptance"]["method"]
    return {
        **terms,
        "acceptance": {**terms["acceptance"], "method": method},
        "grades": _grades(),
    }


def condition_words(trigger: PaymentTrigger) -> str:
    """What an instalment waits for."""
    return phrase(WORDS, trigger.value)


def standards() -> tuple[str, ...]:
    """The service standards of every contract, after those of its catalogue item."""
    return phrases(WORDS, "standards")


def _optional(contract: Contract, origin: Origin, trail_head: str) -> dict[str, Any]:
    """What is printed only when there is something to say."""
    found: dict[str, Any] = {}
    if trail_head:
        found["trail_head"] = trail_head
    if contract.premises.strip():
        found["buyer_duties"] = [phrase(WORDS, "premises", premises=contract.premises.strip())]
    if contract.special_terms.strip():
        found["special_terms"] = contract.special_terms.strip()
    found |= of_service(origin.item, origin.tender)
    starts_on, ends_on = _term(contract)
    if ends_on > drafting.last_day(starts_on, GENERAL_MONTHS):
        found["multi_year_basis"] = phrase(
            WORDS, "multi_year", conditions="；".join(LONG_TERM_CONDITIONS)
        )
    return found


def of_service(item: CatalogueItem, tender: Tender) -> dict[str, Any]:
    """What is printed for some services only, in the document's contract text as in the contract."""
    found: dict[str, Any] = {}
    if tender.start_within_days is not None:
        found["start_within_days"] = tender.start_within_days
    if item.class_code in HOME_VISIT_CLASSES:
        found["home_visits"] = True
    return found


def _term(contract: Contract) -> tuple[date, date]:
    if contract.starts_on is None or contract.ends_on is None:
        raise Invalid("starts_on", "服务期限还没有填写。", RULE_CONTENT, "请先填写期限与地点。")
    return contract.starts_on, contract.ends_on


def _party(organisation: Organisation, contact: str, phone: str) -> dict[str, Any]:
    return {
        "name": organisation.name,
        "credit_code": organisation.credit_code or "",
        "representative": organisation.representative,
        "address": organisation.address,
        "contact": contact,
        "phone": phone,
    }


def _supplier(contract: Contract) -> dict[str, Any]:
    party = _party(contract.supplier, contract.supplier_contact, contract.supplier_phone)
    kind = drafting.kind_of_supplier(
        contract.supplier.credit_code, contract.supplier.institution_class
    )
    if not kind:
        raise Invalid(
            "",
            "乙方是事业单位，它的类别没有登记，合同不能写明主体类型。",
            cite("who_provides"),
            "请乙方提供编制部门的核定，由平台系统管理员登记后再生成合同。",
        )
    return party | {
        "kind": kind,
        "account_name": contract.supplier.name,
        "bank": contract.payee_bank,
        "account_no": contract.payee_account,
    }


def _procurement(contract: Contract, origin: Origin) -> dict[str, Any]:
    """The instruments that are part of the contract, each by number, day and digest."""
    papers, words = origin.papers, words_of(origin.tender.method)
    if papers is None or origin.plan.approved_at is None:
        raise Invalid("awarded_on", "成交结果还没有公告。", RULE_SIGNING, "请先公告成交结果。")
    approved_on = local_date(origin.plan.approved_at)
    return {
        "method": origin.tender.method.label,
        "document_words": words.document,
        "document_no": contract.project.number,
        "document_on": papers.document_on.isoformat(),
        "document_sha256": papers.document_sha256,
        "bid_words": words.bid_file,
        "bid_version": papers.bid_version,
        "bid_received_on": papers.bid_received_on.isoformat(),
        "bid_sha256": papers.bid_sha256,
        "award_words": words.letter,
        "award_notice_no": papers.letter_no,
        "awarded_on": papers.letter_on.isoformat(),
        "award_sha256": papers.letter_sha256,
        "plan_no": phrase(
            WORDS,
            "approved_plan",
            project_no=contract.project.number,
            approved_on=approved_on.isoformat(),
        ),
        "catalogue_item": f"{origin.item.code} {origin.item.name}",
    }


def _attachments(origin: Origin) -> list[str]:
    papers, words = origin.papers, words_of(origin.tender.method)
    if papers is None:
        return []
    lines = phrases(
        WORDS,
        "attachments",
        document=words.document,
        document_on=papers.document_on.isoformat(),
        bid_file=words.bid_file,
        bid_version=papers.bid_version,
        bid_received_on=papers.bid_received_on.isoformat(),
        letter=words.letter,
        letter_no=papers.letter_no,
    )
    return list(lines)


def signed_data(
    printed: Mapping[str, Any], sha256: str, signatures: Sequence[Signature], signed_on: date
) -> dict[str, Any]:
    """The data of the signed copy: the text both sides signed, with who signed it, when and for whom."""
    data = {
        **printed,
        "signed_on": signed_on.isoformat(),
        "signed_sha256": sha256,
        "signatures": [
            {
                "side": each.side,
                "organisation": each.organisation,
                "name": each.name,
                "at": each.at.isoformat(),
            }
            for each in signatures
        ],
    }
    for side, words in (("buyer", "甲方"), ("supplier", "乙方")):
        party = dict(data[side])
        names = [each.name for each in signatures if each.side == words]
        if names and names[0] != party["representative"]:
            data[side] = party | {"agent": names[0]}
    return data


def _targets(parts: ContractParts) -> list[dict[str, Any]]:
    return [
        {
            "item": row.what,
            "frequency": drafting.frequency_words(
                row.period, row.at_least, row.unit, row.each, row.each_count
            ),
            "unit": row.unit,
            "quantity": str(row.total),
            "condition": phrase(WORDS, "counts_when", condition=row.condition),
        }
        for row in parts.targets
    ]


def _payments(parts: ContractParts) -> list[dict[str, Any]]:
    percents = drafting.percent_words([row.percent for row in parts.instalments])
    return [
        {
            "seq": row.position,
            "percent": percent,
            "amount_fen": row.amount_fen,
            "trigger": row.trigger.label,
            "condition": condition_words(row.trigger),
        }
        for row, percent in zip(parts.instalments, percents, strict=True)
    ]


def _funding(parts: ContractParts, line_name: str) -> list[dict[str, Any]]:
    percents = drafting.percent_words([row.weight for row in parts.shares])
    return [
        {
            "level": row.level.label,
            "percent": percent,
            "amount_fen": row.amount_fen,
            "budget_line": line_name,
        }
        for row, percent in zip(parts.shares, percents, strict=True)
    ]


def _grades() -> list[Mapping[str, str]]:
    above = (None, *(floor for floor, _ in GRADE_BANDS))
    return [
        {
            "grade": grade.label,
            "range": phrase(WORDS, "grade_range", floor=floor, above=higher),
            "consequence": phrase(WORDS, grade.value),
        }
        for (floor, grade), higher in zip(GRADE_BANDS, above, strict=False)
    ]
