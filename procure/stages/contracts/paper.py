"""The contract on paper: the data of template home-care@3, made from the contract's rows.

What the template asks for and no row holds stands here once, as the house's standard terms; a later
version of the terms is a later version of this module and of the template.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from procure.kernel.access import LEVEL_LABELS
from procure.kernel.clock import local_date
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import Invalid
from procure.kernel.methods import words_of
from procure.kernel.vocabulary import (
    GRADE_BANDS,
    GRADE_LABELS,
    LONG_TERM_CONDITIONS,
    METHOD_LABELS,
    PAYMENT_TRIGGER_LABELS,
    Grade,
    PaymentTrigger,
)
from procure.registers.accounts.models import Organisation
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.contracts import drafting
from procure.stages.contracts.checks import GENERAL_MONTHS
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import RULE_CONTENT, RULE_SIGNING
from procure.stages.contracts.queries import ContractParts, Origin, Signature
from procure.stages.tenders.models import Tender

TEMPLATE = "home-care@3"
HOME_VISIT_CLASSES = frozenset({"02"})
"""Classes of the catalogue whose services are given at home: their people show a health certificate."""
PAYMENT_DAYS = 30
"""Days from the invoice to the payment (中小企业款项支付条例 art 8; 财库〔2019〕38号)."""
STAFF_CHANGE_DAYS = 15
SATISFACTION_FLOOR = "85"
SAMPLE_PERCENT = "10"
ACCEPTANCE_WORKDAYS = 15
RECTIFICATION_DAYS = 30
"""T70 [design]."""
LATE_SERVICE_PERMYRIAD = 5
BREACH_CAP_PERCENT = "10"
LATE_PAYMENT = "除继续付款外，按逾期金额和合同订立时一年期贷款市场报价利率支付利息。"
TAX = "上述金额为含税金额。"
DISPUTE = "诉讼"
DISPUTE_BODY = "甲方所在地有管辖权的人民法院"
SCHEDULE = "合同履行满六个月时进行中期评估，期满前一个月内进行末期评估。"
ASSESSOR = "甲方委托的第三方评估机构"
ACCEPTANCE_METHOD = (
    "末期评估确认后由甲方组织验收，合同签订人不担任验收负责人，邀请服务对象参与并征求意见。"
)
STANDARDS = (
    "采购文件所列的全部服务要求。",
    "乙方投标（响应）文件承诺的优于采购需求的服务标准。",
)
SUPPLIER_DUTIES = (
    "在平台如实登记每次服务；服务结束超过 24 小时登记的说明原因，超过 72 小时登记的，经甲方书面认可后方可计入数量。",
    "为服务人员购买意外伤害保险；有服务场所的，购买公众责任保险。",
)
COPIES = {"total": 4, "buyer": 2, "supplier": 1, "filing": 1}

CONDITIONS = {
    PaymentTrigger.SIGNING: "合同已公告并报财政部门备案",
    PaymentTrigger.MIDTERM: "中期评估等级为合格以上；不合格的，整改后复评合格",
    PaymentTrigger.FINAL: "末期评估等级为合格以上",
    PaymentTrigger.ACCEPTANCE: "履约验收合格，验收结果已向社会公告，服务档案已移交",
}
CONSEQUENCES = {
    Grade.EXCELLENT: "按计划足额付款，作为下一年度选择承接主体的重要参考",
    Grade.GOOD: "按计划足额付款",
    Grade.PASS: "按计划付款，就发现的问题限期整改",
    Grade.FAIL: "暂停付款，限期整改并复评；复评仍不合格的，甲方可以解除合同并追回相应款项",
}


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
        "standards": [*_lines(origin.item.quality), *STANDARDS],
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
    return {
        "pricing": "总价合同",
        "tax": TAX,
        "payment_days": PAYMENT_DAYS,
        "staff_change_days": STAFF_CHANGE_DAYS,
        "acceptance": {
            "method": acceptance_way or ACCEPTANCE_METHOD,
            "recipient_sample_percent": SAMPLE_PERCENT,
            "period_days": ACCEPTANCE_WORKDAYS,
        },
        "evaluation": {
            "schedule": SCHEDULE,
            "assessor": ASSESSOR,
            "rectification_days": RECTIFICATION_DAYS,
        },
        "grades": _grades(),
        "satisfaction_floor": SATISFACTION_FLOOR,
        "late_payment": LATE_PAYMENT,
        "late_service_permyriad": LATE_SERVICE_PERMYRIAD,
        "breach_cap_percent": BREACH_CAP_PERCENT,
        "supplier_duties": list(SUPPLIER_DUTIES),
        "dispute": DISPUTE,
        "dispute_body": DISPUTE_BODY,
        "copies": COPIES,
    }


def _optional(contract: Contract, origin: Origin, trail_head: str) -> dict[str, Any]:
    """What is printed only when there is something to say."""
    found: dict[str, Any] = {}
    if trail_head:
        found["trail_head"] = trail_head
    if contract.premises.strip():
        found["buyer_duties"] = [f"提供服务场地和条件：{contract.premises.strip()}"]
    if contract.special_terms.strip():
        found["special_terms"] = contract.special_terms.strip()
    found |= of_service(origin.item, origin.tender)
    starts_on, ends_on = _term(contract)
    if ends_on > drafting.last_day(starts_on, GENERAL_MONTHS):
        found["multi_year_basis"] = "；".join(LONG_TERM_CONDITIONS) + "。"
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
            "《政府购买服务管理办法》第六条、第八条",
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
    approved_on = day_in_words(local_date(origin.plan.approved_at))
    return {
        "method": METHOD_LABELS[origin.tender.method],
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
        "plan_no": f"{contract.project.number}（{approved_on}批准）",
        "catalogue_item": f"{origin.item.code} {origin.item.name}",
    }


def _attachments(origin: Origin) -> list[str]:
    papers, words = origin.papers, words_of(origin.tender.method)
    if papers is None:
        return []
    return [
        f"附件一　{words.document}（{day_in_words(papers.document_on)}发布）；",
        f"附件二　乙方{words.bid_file}（第 {papers.bid_version} 版，"
        f"{day_in_words(papers.bid_received_on)}收到）；",
        f"附件三　{words.letter}（{papers.letter_no}）。",
    ]


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
            "condition": row.condition or "有完整的服务记录",
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
            "trigger": PAYMENT_TRIGGER_LABELS[row.trigger],
            "condition": CONDITIONS[row.trigger],
        }
        for row, percent in zip(parts.instalments, percents, strict=True)
    ]


def _funding(parts: ContractParts, line_name: str) -> list[dict[str, Any]]:
    percents = drafting.percent_words([row.weight for row in parts.shares])
    return [
        {
            "level": LEVEL_LABELS[row.level],
            "percent": percent,
            "amount_fen": row.amount_fen,
            "budget_line": line_name,
        }
        for row, percent in zip(parts.shares, percents, strict=True)
    ]


def _grades() -> list[Mapping[str, str]]:
    grades: list[Mapping[str, str]] = []
    above = None
    for floor, grade in GRADE_BANDS:
        if above is None:
            words = f"{floor} 分以上"
        elif floor:
            words = f"{floor} 分以上不满 {above} 分"
        else:
            words = f"不满 {above} 分"
        grades.append(
            {"grade": GRADE_LABELS[grade], "range": words, "consequence": CONSEQUENCES[grade]}
        )
        above = floor
    return grades


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
