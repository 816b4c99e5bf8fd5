"""The payment sheet: the data of template payment-sheet@2."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from procure.kernel.access import LEVEL_LABELS
from procure.kernel.clock import day_in_words
from procure.kernel.statute import timer
from procure.kernel.vocabulary import PAYMENT_TRIGGER_LABELS
from procure.registers.deadlines.models import Deadline
from procure.stages.contracts.drafting import percent_words
from procure.stages.payments.gates import evidence_words
from procure.stages.payments.models import PaymentRequest, TreasuryPayment
from procure.stages.payments.queries import InstalmentLine, MoneyPage

TEMPLATE = "payment-sheet@2"


def sheet_data(
    page: MoneyPage, line: InstalmentLine, request: PaymentRequest, *, made_on: date, head: str
) -> dict[str, Any]:
    """The data to print the sheet of a fully paid request from."""
    contract = page.contract
    before = sum(other.paid_fen for other in page.lines if other.instalment is not line.instalment)
    data: dict[str, Any] = {
        "sheet_no": request.number,
        "made_on": made_on.isoformat(),
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "supplier_bank": contract.payee_bank,
        "supplier_account": contract.payee_account,
        "instalment": f"第 {line.instalment.position} 期，共 {len(page.lines)} 期",
        "trigger": PAYMENT_TRIGGER_LABELS[line.instalment.trigger],
        "contract_amount_fen": contract.amount_fen,
        "paid_before_fen": before,
        "planned_fen": line.instalment.amount_fen,
        "deducted_fen": 0,
        "amount_fen": request.amount_fen,
        "remaining_fen": contract.amount_fen - before - request.amount_fen,
        "invoice_no": request.invoice_number,
        "purpose": request.purpose,
        "gates": _gates(page, line, request),
        "shares": _shares(page, line),
        "steps": _steps(page, line, request),
    }
    if head:
        data["trail_head"] = head
    return data | _days(line.term)


def _days(term: Deadline | None) -> dict[str, str]:
    """When the request came in, until when it had to be paid, and by which law."""
    assert term is not None
    source = timer(term.rule, term.starts_on).source
    return {
        "invoice_received_on": term.starts_on.isoformat(),
        "pay_by": term.due_on.isoformat(),
        "pay_by_basis": f"收到申请之日起 30 日内，{source}",
    }


def _gates(
    page: MoneyPage, line: InstalmentLine, request: PaymentRequest
) -> Sequence[dict[str, Any]]:
    contract = page.contract
    return [
        {
            "condition": PAYMENT_TRIGGER_LABELS[line.instalment.trigger],
            "met": line.gate.ok,
            "evidence": evidence_words(line.instalment.trigger, page.facts)
            if line.gate.ok
            else line.gate.reason,
        },
        {
            "condition": "合同已公告并备案",
            "met": bool(contract.filing_number),
            "evidence": f"备案号 {contract.filing_number}",
        },
        {
            "condition": "发票齐全",
            "met": True,
            "evidence": f"发票号码 {request.invoice_number}，{day_in_words(request.invoice_on)}开具",
        },
        {
            "condition": "收款账户与合同一致",
            "met": True,
            "evidence": f"合同约定账户，{contract.payee_bank}",
        },
    ]


def _shares(page: MoneyPage, line: InstalmentLine) -> Sequence[dict[str, Any]]:
    paid: dict[Any, TreasuryPayment] = {payment.level: payment for payment in line.payments}
    levels = [level for level, fen in line.plan.items() if fen]
    percents = percent_words([line.plan[level] for level in levels])
    return [
        {
            "level": LEVEL_LABELS[level],
            "percent": percent,
            "amount_fen": line.plan[level],
            "budget_line": page.line.name,
            "order_no": paid[level].order_number,
            "paid_at": _instant(paid[level].paid_at),
        }
        for level, percent in zip(levels, percents, strict=True)
    ]


def _steps(
    page: MoneyPage, line: InstalmentLine, request: PaymentRequest
) -> Sequence[dict[str, str]]:
    assert request.reviewed_at is not None
    assert request.approved_at is not None
    position = line.instalment.position
    return [
        {
            "step": "支付申请",
            "person": page.name(request.requested_by),
            "at": _instant(request.requested_at),
            "opinion": f"申请第 {position} 期款项",
        },
        {
            "step": "核对",
            "person": page.name(request.reviewed_by),
            "at": _instant(request.reviewed_at),
            "opinion": request.review_note or "条件具备",
        },
        {
            "step": "批准",
            "person": page.name(request.approved_by),
            "at": _instant(request.approved_at),
            "opinion": request.approval_note or "同意支付",
        },
        *(
            {
                "step": f"{LEVEL_LABELS[payment.level]}支付",
                "person": page.name(payment.paid_by),
                "at": _instant(payment.paid_at),
                "opinion": f"支付令 {payment.order_number}",
            }
            for payment in line.payments
        ),
    ]


def _instant(moment: datetime) -> str:
    return moment.isoformat()
