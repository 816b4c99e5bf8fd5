"""The payment sheet: the data of template payment-sheet@3."""

from collections.abc import Iterable, Mapping, Sequence
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
        data["deductions"] = [
            {
                "clause": f"验收结果公告 {dossier.facts.notice_number}",
                "reason": "验收部分合格",
                "amount_fen": line.deducted_fen,
            }
        ]
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
    return [
        {"condition": "付款节点", "evidence": dossier.evidence(line)},
        {
            "condition": "合同公告和备案",
            "evidence": phrase(WORDS, "filing", filing_number=dossier.contract.filing_number),
        },
        *(
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
            for milestone in due_milestones(trigger, facts)
        ),
    ]


def _checks(dossier: MoneyDossier, line: InstalmentLine) -> Sequence[dict[str, str]]:
    """What somebody looked at: who, when, against what."""
    told = []
    for check in line.checks:
        row = {
            "item": check.item.label,
            "expected": check.expected,
            "person": dossier.name(check.checked_by),
            "at": check.checked_at.isoformat(),
        }
        told.append(row | ({"evidence": check.evidence} if check.evidence else {}))
    return told


def _returns(line: InstalmentLine) -> Sequence[dict[str, str]]:
    return [
        {
            "at": one.returned_at.isoformat(),
            "kind": one.kind.label,
            "reason": one.reason,
            "back_at": one.resubmitted_at.isoformat(),
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
) -> list[dict[str, str]]:
    asked = f"申请第 {line.instalment.position} 期款项"
    found: list[StepTaken] = [
        ("支付申请", request.requested_by, request.requested_at, asked),
        ("核对", request.reviewed_by, request.reviewed_at, request.review_note or "核对通过"),
        ("批准", request.approved_by, request.approved_at, request.approval_note or "批准"),
    ]
    for payment in line.payments:
        order = f"支付令 {payment.order_number}"
        found.append((f"{payment.level.label}支付", payment.paid_by, payment.paid_at, order))
    for one in line.reversals:
        if one.row.confirmed:
            why = f"原支付令 {one.payment.order_number}：{one.row.reason}"
            found.append((one.row.kind.label, one.row.decided_by, one.row.decided_at, why))
    return steps_told(found, dossier.names)


StepTaken = tuple[str, str | None, datetime | None, str]
"""A step of a paper: what it was, by whom and when, if it was taken, and what they said."""


def steps_told(found: Iterable[StepTaken], names: Mapping[str, str]) -> list[dict[str, str]]:
    """The steps that were taken, as papers print them."""
    return [
        {"step": step, "person": names[person], "at": at.isoformat(), "opinion": opinion}
        for step, person, at, opinion in found
        if person is not None and at is not None
    ]
