"""Verbs of the provider: ask for an instalment, put a returned request right."""

from dataclasses import dataclass
from datetime import date

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, Invalid
from procure.kernel.laws import cite
from procure.kernel.lifecycle import advance
from procure.kernel.money import Money
from procure.kernel.numbering import derived_number
from procure.kernel.text import key
from procure.kernel.vocabulary import PaymentTrigger
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.queries import statutory
from procure.registers.deadlines.use_cases import start_term
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import file_upload
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.payments import policies, queries
from procure.stages.payments.days import last_day, pay_days
from procure.stages.payments.events import PaymentRequested, PaymentResubmitted
from procure.stages.payments.models import PaymentRequest
from procure.stages.payments.queries import InstalmentLine
from procure.stages.payments.use_cases.claims import watch_claims
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

RULE_INVOICE = "《发票管理办法》"
_INVOICE = "这个发票号码已经用于另一笔支付申请，一张发票只能用一次。"
explain_constraint(
    "uq_payment_request_invoice_number", "invoice_number", _INVOICE, cite("spending_managed")
)
explain_constraint(
    "uq_payment_request_instalment", "instalment", f"这一期刚刚已经申请过，{REOPEN}。"
)


@dataclass(frozen=True)
class Invoice:
    """What the provider reads off the invoice; `token` is its file, "" for the one on record."""

    number: str
    on: date
    amount: Money
    seller: str
    buyer: str
    token: str


class RequestPayment(Command):
    """Ask for one instalment; the payee is the contract's and nobody types it (R-FND-3)."""

    contract_id: str
    position: int
    invoice: Invoice
    purpose: str
    key: str = ""


class ResubmitPayment(Command):
    """Put a returned request right; without a new file the invoice on record stays."""

    request_id: str
    version: int
    invoice: Invoice
    purpose: str


def request_payment(uow: UnitOfWork, command: RequestPayment) -> PaymentRequest:
    """Ask for an instalment; the payer's days begin (R-PAY-1, R-PAY-4).

    The same request again gives the first one. Raises TooEarly while the condition is not met,
    Conflict when the instalment was asked for, Invalid for invoice number or date.
    """
    contract = load_contract(uow.session, command.contract_id)
    wanted = request_of("request_payment", command.key, command)
    if (earlier := uow.earlier_result(wanted)) is not None:
        return uow.session.get_one(PaymentRequest, earlier)
    dossier = queries.dossier_of(uow.session, contract)
    line, facts = dossier.at(command.position), dossier.facts
    policies.may_request(uow.actor, contract, line.request, line.gate).require()
    _check_invoice(uow, contract, command.invoice, line.payable_fen)
    request = PaymentRequest(
        contract_id=contract.id,
        instalment_id=line.instalment.id,
        number=derived_number(contract.project.number, "ZF", command.position),
        amount_fen=line.payable_fen,
        state=advance("request_payment", None),
        requested_by=uow.actor.user_id,
        requested_at=uow.now,
    )
    _take_over(request, command.invoice, command.purpose)
    document = _file_invoice(uow, contract, request, command.invoice.token, line)
    request.invoice_document_id = document.id
    uow.session.add(request)
    trigger = line.instalment.trigger
    left = line.instalment.left_to_acceptance
    opened_by = PaymentTrigger.ACCEPTANCE if left else trigger
    term = _start_days(uow, contract, request, line, facts.delivered_on.get(opened_by))
    uow.emit(
        PaymentRequested.of(
            request,
            line.instalment,
            contract,
            condition=trigger.label,
            invoice_sha256=document.sha256,
            payee_name=contract.supplier.name,
            pay_by=term.due_on,
        )
    )
    watch_claims(uow, contract)
    uow.keep_result(wanted, request.id)
    return request


def resubmit_payment(uow: UnitOfWork, command: ResubmitPayment) -> PaymentRequest:
    """Send a returned request again; the payer's days go on where the return held them up.

    It is for what the instalment comes to now: what was asked before may have been more.
    """
    request, contract, dossier = queries.load(uow.session, command.request_id)
    line = queries.line_of(dossier, request)
    take_up(request, command, policies.may_resubmit(uow.actor, contract, request, line.gate))
    _check_invoice(uow, contract, command.invoice, line.payable_fen)
    asked_before, request.amount_fen = request.amount_fen, line.payable_fen
    document = uow.session.get_one(Document, request.invoice_document_id)
    if command.invoice.token:
        document = _file_invoice(uow, contract, request, command.invoice.token, line)
    request.state = advance("resubmit_payment", request.state)
    request.round += 1
    if command.invoice.token or key(command.invoice.number) != key(request.invoice_number):
        request.invoice_received_on = local_date(uow.now)
    request.invoice_document_id = document.id
    _take_over(request, command.invoice, command.purpose)
    request.requested_by = uow.actor.user_id
    request.requested_at = uow.now
    request.returned_reason = ""
    request.reviewed_by = None
    request.reviewed_at = None
    request.review_note = ""
    for one in line.returns:
        one.resubmitted_at = one.resubmitted_at or uow.now
    away = line.days_away(local_date(uow.now))
    term = resume_days(uow, contract, request, line, away)
    uow.emit(
        PaymentResubmitted.of(
            request,
            line.instalment,
            contract,
            invoice_sha256=document.sha256,
            pay_by=term.due_on,
            first_pay_by=request.first_due_on or term.due_on,
            days_away=away,
            asked_before_fen=asked_before,
        )
    )
    watch_claims(uow, contract)
    return request


def _take_over(request: PaymentRequest, invoice: Invoice, purpose: str) -> None:
    request.invoice_number = invoice.number.strip()
    request.invoice_on = invoice.on
    request.invoice_amount_fen = invoice.amount.fen
    request.invoice_seller = invoice.seller.strip()
    request.invoice_buyer = invoice.buyer.strip()
    request.purpose = purpose.strip()


def _check_invoice(uow: UnitOfWork, contract: Contract, invoice: Invoice, asked_fen: int) -> None:
    """What the platform can see itself; the clerk then holds the invoice beside what was typed."""
    if not invoice.number.strip():
        raise Invalid("invoice_number", "请填写发票号码。")
    today = local_date(uow.now)
    signed = local_date(contract.buyer_signed_at) if contract.buyer_signed_at else today
    if not signed <= invoice.on <= today:
        raise Invalid(
            "invoice_on",
            f"开票日期应当在合同签订日（{signed}）以后，不晚于今天。",
            remedy="请核对发票上的开票日期。",
        )
    if invoice.amount.fen != asked_fen:
        raise Invalid(
            "invoice_amount",
            f"发票金额 {invoice.amount.format()} 与本期应付金额 {Money(asked_fen).format()} 不一致。",
            RULE_INVOICE,
            "请按本期应付金额开具发票。",
        )
    for field, typed, name, side in (
        ("invoice_seller", invoice.seller, contract.supplier.name, "销售方"),
        ("invoice_buyer", invoice.buyer, contract.buyer.name, "购买方"),
    ):
        if key(typed) != key(name):
            raise Invalid(
                field,
                f"发票的{side}应当是合同的一方“{name}”。",
                RULE_INVOICE,
                "抬头开错的，请重新开具发票。",
            )


def _file_invoice(
    uow: UnitOfWork, contract: Contract, request: PaymentRequest, token: str, line: InstalmentLine
) -> Document:
    return file_upload(
        uow,
        token,
        project_id=contract.project_id,
        subject_id=request.id,
        kind=DocumentKind.INVOICE,
        title=f"第 {line.instalment.position} 期款项发票",
        audience=DocumentAudience.PARTIES,
        owner_id=contract.supplier_id,
    )


def _start_days(
    uow: UnitOfWork,
    contract: Contract,
    request: PaymentRequest,
    line: InstalmentLine,
    delivered_on: date | None,
) -> Deadline:
    """Begin the payer's days; rule and first date are the request's own from now on."""
    today = local_date(uow.now)
    days = pay_days(
        is_company=queries.is_company(contract.supplier),
        delivered_on=delivered_on,
        asked_on=today,
    )
    request.pay_rule, request.days_from = days.rule, days.from_on
    request.first_due_on = days.due_on
    request.invoice_received_on = today
    return resume_days(uow, contract, request, line, 0)


def resume_days(
    uow: UnitOfWork, contract: Contract, request: PaymentRequest, line: InstalmentLine, away: int
) -> Deadline:
    """Let the payer's days run; a case has one such term for each instalment, so it names its own.

    `away` are the days that lay with the supplier and do not count.
    """
    assert request.days_from is not None, "every request has had a term since its first day"
    period = statutory(request.pay_rule, request.days_from)
    name = period.name if period is not None else "支付期限"
    return start_term(
        uow,
        project_id=contract.project_id,
        subject_id=request.id,
        rule=request.pay_rule,
        starts_on=request.days_from,
        due_on=last_day(request.pay_rule, request.days_from, away) if away else None,
        label=f"第 {line.instalment.position} 期款项：{name}",
        permission=Permission.PAYMENT_REVIEW,
        organisation_id=contract.buyer_id,
    )
