"""Verbs of the treasury: pay one level's share, or send the request back to the buyer.

The last share settles request, contract and project.
"""

from collections import Counter
from dataclasses import replace
from datetime import date

from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import REOPEN, Conflict, Invalid
from procure.kernel.laws import cite
from procure.kernel.lifecycle import (
    AcceptanceState,
    ContractState,
    PaymentRequestState,
    Stage,
    advance,
)
from procure.kernel.text import require_text
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.use_cases import cancel_terms, meet_term
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.use_cases import order_paper
from procure.registers.funds import use_cases as funds
from procure.registers.funds.models import AccountKind, BudgetLine
from procure.registers.projects.models import Project
from procure.registers.projects.queries import oversees
from procure.registers.projects.use_cases import close_project, enter_stage
from procure.stages.acceptance.events import AcceptancePublished
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.contracts.use_cases.publish import complete_contract
from procure.stages.payments import policies, queries
from procure.stages.payments.checks import ORDER_WORDS, is_order_number
from procure.stages.payments.days import PAY_RULES
from procure.stages.payments.events import (
    PaymentCancelled,
    PaymentSentBack,
    PaymentSettled,
    TreasuryPaid,
)
from procure.stages.payments.models import PaymentRequest, PayMethod, TreasuryPayment
from procure.stages.payments.paper import TEMPLATE, sheet_data
from procure.stages.payments.queries import InstalmentLine, MoneyDossier
from procure.stages.payments.settlement import CLAIM_RULE
from procure.stages.payments.use_cases.claims import watch_claims
from procure.store import trail
from procure.store.holding import hold, moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "uq_treasury_payment_order_number",
    "order_number",
    "这个支付令编号已经用过，请核对。",
    policies.RULE_TREASURY,
)
explain_constraint(
    "uq_treasury_payment_payment_request_id_level_attempt",
    "level",
    "这一级资金刚刚已经支付，不会重复支付。",
    policies.RULE_TREASURY,
)


class PayShare(Command):
    """Pay one level's share of a request.

    `bank_on` is the day on which the bank paid; `quota_number` the paper that allots the money;
    `received_number` under what number the treasury
    received another level's share; `year_reason` why money of one year's budget pays in another.
    """

    request_id: str
    version: int
    level: Level
    order_number: str
    bank_on: date
    quota_number: str
    method: PayMethod
    received_number: str = ""
    year_reason: str = ""


class SendBackPayment(Command):
    """Send an approved request back to the buyer unpaid."""

    request_id: str
    version: int
    reason: str


def pay_share(uow: UnitOfWork, command: PayShare) -> TreasuryPayment:
    """Pay one level's share to the contract's account; nothing is ever paid twice.

    The row of the request is locked, its version must be the page's, each level stands once, each
    order number once, and what opened the instalment must still hold. Raises Conflict when the
    level has paid already, Invalid for a level without a share, a number or a day that cannot be,
    another level's share or year without its proof, or when the contract holds less.
    """
    request, contract, dossier = queries.load(uow.session, command.request_id)
    in_view = oversees(uow.session, uow.actor, contract.buyer_id)
    line = queries.line_of(dossier, request)
    verdict = policies.may_pay(uow.actor, request, in_view=in_view, gate=line.release)
    amount = line.owed.get(command.level)
    # Who pays a level that is paid already is told so, whatever page they come from.
    if verdict.ok and amount is None:
        raise _nothing_owed(line, command.level)
    take_up(request, command, verdict)
    assert amount is not None
    order = command.order_number.strip()
    check_order(order)
    check_bank_day(uow, command.bank_on, _not_before(request, line))
    if not command.quota_number.strip():
        raise Invalid("quota_number", "请填写指标文号。", policies.RULE_TREASURY)
    _check_level(uow, command)
    _check_year(dossier.line, command)
    request.state = advance("pay_share", request.state)
    memo = f"{request.number} {command.level.label}支付令 {order}"
    entry = funds.pay(uow, dossier.purse, command.level, amount, memo)
    payment = TreasuryPayment(
        payment_request_id=request.id,
        level=command.level,
        amount_fen=amount,
        order_number=order,
        payee_name=contract.supplier.name,
        payee_account=contract.payee_account,
        paid_by=uow.actor.user_id,
        paid_at=uow.now,
        bank_on=command.bank_on,
        attempt=line.attempts(command.level) + 1,
        quota_number=command.quota_number.strip(),
        method=command.method,
        received_number=command.received_number.strip(),
        year_reason=command.year_reason.strip(),
    )
    uow.session.add(payment)
    # A payment changes the request it belongs to: the next one must have seen it.
    request.paid_at = uow.now
    moved(request)
    uow.emit(
        TreasuryPaid.of(
            payment,
            request,
            line.instalment,
            contract,
            subject_id=request.id,
            entry_id=entry.id,
            method_words=command.method.label,
        )
    )
    enter_stage(uow, contract.project, Stage.PAYMENT)
    if len(line.owed) == 1:
        _settle(uow, request, contract)
    return payment


def send_back_payment(uow: UnitOfWork, command: SendBackPayment) -> PaymentRequest:
    """Send an approved request back to the buyer, who checks it anew; the payer's days run on."""
    request, contract, dossier = queries.load(uow.session, command.request_id)
    line = queries.line_of(dossier, request)
    in_view = oversees(uow.session, uow.actor, contract.buyer_id)
    verdict = policies.may_send_back(uow.actor, request, in_view=in_view, paid=bool(line.payments))
    take_up(request, command, verdict, "send_back_payment")
    reason = require_text(command.reason, "reason", "退回要写明理由。", policies.RULE_TREASURY)
    request.round += 1
    request.returned_reason = reason
    request.reviewed_by = request.reviewed_at = None
    request.approved_by = request.approved_at = None
    request.review_note = request.approval_note = ""
    uow.emit(PaymentSentBack.of(request, line.instalment, contract, reason=reason))
    return request


def check_order(order: str) -> None:
    """Raise Invalid for what is no number of a treasury's order."""
    if not is_order_number(order):
        raise Invalid(
            "order_number",
            f"{ORDER_WORDS}。",
            policies.RULE_TREASURY,
            "请照国库集中支付系统生成的编号填写。",
        )


def check_bank_day(uow: UnitOfWork, on: date, first: date) -> None:
    """Raise Invalid for a day on which the bank cannot have done what is registered."""
    today = local_date(uow.now)
    if not first <= on <= today:
        raise Invalid(
            "bank_on",
            f"银行办理日期应当在{day_in_words(first)}以后，不晚于今天。",
            policies.RULE_TREASURY,
            "请照银行回单填写。",
        )


def _not_before(request: PaymentRequest, line: InstalmentLine) -> date:
    """The first day on which the bank may pay: the order follows the approval, a second payment
    what came back.
    """
    assert request.approved_at is not None
    came_back = [one.row.bank_on for one in line.reversals if one.row.confirmed]
    return max([local_date(request.approved_at), *came_back])


def _check_level(uow: UnitOfWork, command: PayShare) -> None:
    level = uow.actor.level
    if command.level is level or command.received_number.strip():
        return
    name = command.level.label
    raise Invalid(
        "received_number",
        f"{name}资金不是本级财政的资金，应当写明收到这笔资金的拨款文号。",
        cite("treasury"),
        f"请填写{name}财政拨付这笔资金的文号；还没有收到的，等收到以后再支付。",
    )


def _check_year(line: BudgetLine, command: PayShare) -> None:
    if command.bank_on.year == line.year or command.year_reason.strip():
        return
    raise Invalid(
        "year_reason",
        f"预算“{line.name}”是 {line.year} 年度的，银行办理日期在 {command.bank_on.year} 年。",
        cite("carry_over"),
        "结转使用的，请写明结转的批准文号和理由。",
    )


def on_acceptance_published(uow: UnitOfWork, event: AcceptancePublished) -> None:
    """Free the money that a partial result takes off, and complete a contract that was paid before."""
    contract = load_contract(uow.session, event.contract_id)
    dossier = queries.dossier_of(uow.session, contract)
    by_level: Counter[Level] = Counter()
    for line in dossier.lines:
        by_level.update(line.deducted)
    if by_level.total():
        funds.release(uow, dossier.purse, AccountKind.COMMITTED, by_level)
    if not _complete(uow, contract):
        watch_claims(uow, contract)


def complete_settled(uow: UnitOfWork, contract_id: str) -> bool:
    """Complete a contract that is paid in full and accepted, whatever kept its last act from doing so;
    whether it was one. Where the supplier has yet to ask, its days run from now at the latest.
    """
    contract = load_contract(uow.session, contract_id)
    is_one = _complete(uow, contract)
    if not is_one:
        watch_claims(uow, contract)
    return is_one


def _settle(uow: UnitOfWork, request: PaymentRequest, contract: Contract) -> None:
    """Note that every level has paid, order the sheet, and see what else is over with it."""
    dossier = queries.dossier_of(uow.session, contract)
    line = queries.line_of(dossier, request)
    request.state = advance("settle_payment", request.state)
    request.paid_at = uow.now
    paid_on = max(one.bank_on or local_date(one.paid_at) for one in line.payments)
    term = _meet_days(uow, request, paid_on)
    line = replace(line, term=term or line.term)
    sheet = _order_sheet(uow, dossier, line, request)
    request.sheet_document_id = sheet.id
    uow.emit(
        PaymentSettled.of(
            request,
            line.instalment,
            contract,
            late=term is not None and paid_on > term.due_on,
            document_id=sheet.id,
            snapshot_sha256=sheet.snapshot_sha256,
        )
    )
    _complete(uow, contract)


def _meet_days(uow: UnitOfWork, request: PaymentRequest, on: date) -> Deadline | None:
    """End the payer's days, under whichever rule they run, on the day the bank paid the last part."""
    met = [meet_term(uow, request.id, rule, on=on) for rule in PAY_RULES]
    return next((term for term in met if term is not None), None)


def _order_sheet(
    uow: UnitOfWork, dossier: MoneyDossier, line: InstalmentLine, request: PaymentRequest
) -> PaperOrder:
    contract = dossier.contract
    data = sheet_data(
        dossier,
        line,
        request,
        made_on=local_date(uow.now),
        head=trail.head_of_project(uow.session, contract.project_id),
    )
    return order_paper(
        uow,
        TEMPLATE,
        data,
        project_id=contract.project_id,
        subject_id=request.id,
        kind=DocumentKind.PAYMENT_SHEET,
        title=f"第 {line.instalment.position} 期款项资金支付单",
        filename=f"{request.number}.pdf",
        audience=DocumentAudience.PARTIES,
    )


def _complete(uow: UnitOfWork, contract: Contract) -> bool:
    """Complete the contract once it is paid in full and accepted, and the project with the last.

    The caller holds the contract: of two acts that each do the last thing but one, the second
    waits, and sees what the first has done.
    """
    dossier = queries.dossier_of(uow.session, contract)
    over = dossier.facts.acceptance is AcceptanceState.PUBLISHED or dossier.facts.is_settled
    if contract.state is not ContractState.FILED or not dossier.is_settled or not over:
        return False
    cancel_returned(uow, dossier)
    cancel_terms(uow, contract.id, CLAIM_RULE)
    complete_contract(uow, contract.id)
    close_with(uow, contract)
    return True


def cancel_returned(uow: UnitOfWork, dossier: MoneyDossier) -> None:
    """Give up what was sent back and will not come again: its contract, which is held, is over."""
    for line in dossier.lines:
        request = line.request
        if request is not None and request.state is PaymentRequestState.RETURNED:
            request.state = advance("cancel_payment", request.state)
            uow.emit(PaymentCancelled.of(request, line.instalment, dossier.contract))


def close_with(uow: UnitOfWork, contract: Contract) -> None:
    """Close the project with the last of its contracts."""
    # Of two contracts of a project that are completed at once, the second sees the first.
    hold(uow.session, Project, contract.project_id)
    if queries.unfinished_contracts(uow.session, contract.project_id) == 0:
        close_project(uow, contract.project)


def _nothing_owed(line: InstalmentLine, level: Level) -> Conflict | Invalid:
    paid = next((one for one in line.payments if one.level is level), None)
    if paid is None:
        return Invalid("level", "这一级财政不承担这一期款项。", policies.RULE_TREASURY)
    return Conflict(
        f"{level.label}资金已经支付，支付令 {paid.order_number}，不会重复支付。",
        rule=policies.RULE_TREASURY,
        remedy=f"{REOPEN}，核对各级支付情况。",
    )
