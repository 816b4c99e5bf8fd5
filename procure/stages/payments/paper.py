"""The payment sheet: the data of template payment-sheet@3."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.money import Money
from procure.render.wording import phrase
from procure.stages.contracts.drafting import percent_words
from procure.stages.payments.days import away_words, basis_words
from procure.stages.payments.gates import due_milestones
from procure.stages.payments.models import PaymentRequest, TreasuryPayment
from procure.stages.payments.queries import InstalmentLine, MoneyDossier

TEMPLATE = "payment-sheet@3"
WORDS = "payment@1"
UNASKED = "办理时未填写"
"""What stands for an answer that was not asked for when the request was made."""


def sheet_data(
    dossier: MoneyDossier,
    line: InstalmentLine,
    request: PaymentRequest,
    *,
    made_on: date,
    head: str,
) -> dict[str, Any]:
    """The data to print the sheet of a fully paid request from."""
    contract, budget = dossier.contract, dossier.line
    before = sum(
        other.paid_fen for other in dossier.lines if other.instalment is not line.instalment
    )
    data: dict[str, Any] = {
        "sheet_no": request.number,
        "made_on": made_on.isoformat(),
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "supplier_code": contract.supplier.credit_code or "未登记",
        "supplier_bank": contract.payee_bank,
        "supplier_account": contract.payee_account,
        "instalment": phrase(
            WORDS, "instalment", nth=line.instalment.position, lines=len(dossier.lines)
        ),
        "trigger": line.instalment.trigger.label,
        "contract_amount_fen": contract.amount_fen,
        "paid_before_fen": before,
        "planned_fen": line.instalment.amount_fen,
        "deducted_fen": line.deducted_fen,
        "amount_fen": request.amount_fen,
        "remaining_fen": contract.amount_fen
        - dossier.deducted_fen
        - dossier.released_fen
        - before
        - request.amount_fen,
        "budget_name": budget.name,
        "budget_code": budget.code,
        "budget_year": str(budget.year),
        "function_code": budget.function_code,
        "economic_code": budget.economic_code,
        "purpose": request.purpose,
        "gates": _gates(dossier, line),
        "checks": _checks(dossier, line),
        "shares": _shares(line),
        "steps": _steps(dossier, line, request),
    }
    if line.deducted_fen:
        data["deductions"] = _deductions(dossier, line)
    if line.returns:
        data["returns"] = _returns(line)
    if head:
        data["trail_head"] = head
    return data | _invoice(request) | _days(line, request)


def _invoice(request: PaymentRequest) -> dict[str, str]:
    """The invoice as the provider read it off; requests of before were not asked for all of it."""
    fen = request.invoice_amount_fen
    received = request.invoice_received_on or local_date(request.requested_at)
    return {
        "invoice_no": request.invoice_number,
        "invoice_amount": UNASKED if fen is None else Money(fen).format(),
        "invoice_seller": request.invoice_seller or UNASKED,
        "invoice_buyer": request.invoice_buyer or UNASKED,
        "invoice_on": request.invoice_on.isoformat(),
        "invoice_received_on": received.isoformat(),
    }


def _days(line: InstalmentLine, request: PaymentRequest) -> dict[str, str]:
    """From when the payer's days ran and why, the first last day and the one that held."""
    assert line.term is not None
    assert request.first_due_on is not None
    away = away_words(request, line.days_away(local_date(request.requested_at)))
    basis = basis_words(request, line.instalment.trigger)
    return {
        "pay_by_basis": "；".join(words for words in (basis, away) if words),
        "first_pay_by": request.first_due_on.isoformat(),
        "pay_by": line.term.due_on.isoformat(),
    }


def _gates(dossier: MoneyDossier, line: InstalmentLine) -> Sequence[dict[str, str]]:
    """What the platform's own rows show of the conditions."""
    trigger, facts = line.instalment.trigger, dossier.facts
    gates = [
        {"condition": "付款节点", "evidence": dossier.evidence(line)},
        {
            "condition": "合同公告和备案",
            "evidence": phrase(WORDS, "filing", filing_number=dossier.contract.filing_number),
        },
    ]
    for milestone in due_milestones(trigger, facts):
        gates.append(
            {
                "condition": "履约节点",
                "evidence": phrase(
                    WORDS,
                    "milestone",
                    title=milestone.title,
                    state=milestone.state.label,
                    excused=milestone.is_excused,
                ),
            }
        )
    return gates


def _checks(dossier: MoneyDossier, line: InstalmentLine) -> Sequence[dict[str, str]]:
    """What somebody looked at: who, when, against what."""
    told = []
    for check in line.checks:
        row = {
            "item": check.item.label,
            "expected": check.expected,
            "person": dossier.name(check.checked_by),
            "at": _instant(check.checked_at),
        }
        told.append(row | ({"evidence": check.evidence} if check.evidence else {}))
    return told


def _deductions(dossier: MoneyDossier, line: InstalmentLine) -> Sequence[dict[str, Any]]:
    return [
        {
            "clause": f"验收结果公告 {dossier.facts.notice_number}",
            "reason": "验收部分合格",
            "amount_fen": line.deducted_fen,
        }
    ]


def _returns(line: InstalmentLine) -> Sequence[dict[str, str]]:
    return [
        {
            "at": _instant(one.returned_at),
            "kind": one.kind.label,
            "reason": one.reason,
            "back_at": _instant(one.resubmitted_at),
        }
        for one in line.returns
        if one.resubmitted_at is not None
    ]


def _shares(line: InstalmentLine) -> Sequence[dict[str, Any]]:
    paid: dict[Any, TreasuryPayment] = {payment.level: payment for payment in line.payments}
    levels = [level for level, fen in line.plan.items() if fen]
    percents = percent_words([line.plan[level] for level in levels])
    return [
        _share(paid[level], line.plan[level], percent)
        for level, percent in zip(levels, percents, strict=True)
    ]


def _share(payment: TreasuryPayment, fen: int, percent: str) -> dict[str, Any]:
    share = {
        "level": payment.level.label,
        "percent": percent,
        "amount_fen": fen,
        "order_no": payment.order_number,
        "quota_no": payment.quota_number or UNASKED,
        "method": UNASKED if payment.method is None else payment.method.label,
        "paid_on": (payment.bank_on or local_date(payment.paid_at)).isoformat(),
    }
    return share | ({"received_no": payment.received_number} if payment.received_number else {})


def _steps(
    dossier: MoneyDossier, line: InstalmentLine, request: PaymentRequest
) -> Sequence[dict[str, str]]:
    assert request.reviewed_at is not None
    assert request.approved_at is not None
    position = line.instalment.position
    return [
        {
            "step": "支付申请",
            "person": dossier.name(request.requested_by),
            "at": _instant(request.requested_at),
            "opinion": f"申请第 {position} 期款项",
        },
        {
            "step": "核对",
            "person": dossier.name(request.reviewed_by),
            "at": _instant(request.reviewed_at),
            "opinion": request.review_note or "核对通过",
        },
        {
            "step": "批准",
            "person": dossier.name(request.approved_by),
            "at": _instant(request.approved_at),
            "opinion": request.approval_note or "批准",
        },
        *(
            {
                "step": f"{payment.level.label}支付",
                "person": dossier.name(payment.paid_by),
                "at": _instant(payment.paid_at),
                "opinion": f"支付令 {payment.order_number}",
            }
            for payment in line.payments
        ),
        *(
            {
                "step": one.row.kind.label,
                "person": dossier.name(one.row.decided_by),
                "at": _instant(one.row.decided_at),
                "opinion": f"原支付令 {one.payment.order_number}：{one.row.reason}",
            }
            for one in line.reversals
            if one.row.agreed and one.row.decided_at is not None
        ),
    ]


def _instant(moment: datetime) -> str:
    return moment.isoformat()
