"""Verbs of what came back: one person proposes a reversal (冲正) or bounce (退票), another decides.

The first entry stays; its pair puts the money back where the contract holds it, and the share is
paid anew by another order (预算法 art 57, 61).
"""

from datetime import date
from typing import Any

from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.lifecycle import ContractState, PaymentRequestState, advance
from procure.registers.funds import use_cases as funds
from procure.registers.funds.models import LedgerEntry
from procure.registers.projects.queries import oversees
from procure.registers.projects.use_cases import reopen_project
from procure.stages.contracts.use_cases.publish import reopen_contract
from procure.stages.payments import policies, queries
from procure.stages.payments.events import ReversalProposed, ReversalRefused, TreasuryReversed
from procure.stages.payments.models import PaymentRequest, PaymentReversal, ReversalKind
from procure.stages.payments.queries import InstalmentLine, MoneyDossier, Reversal
from procure.stages.payments.use_cases.pay import check_bank_day
from procure.stages.payments.use_cases.request import resume_days
from procure.store.holding import take_up
from procure.store.proposals import decide, propose
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "uq_payment_reversal_once",
    "level",
    "这一笔支付刚刚已经申请冲正或者退票。",
    policies.RULE_TREASURY,
)


class ProposeReversal(Command):
    """Say that one level's payment came back or was wrong; `bank_on` is the day of the bank's paper."""

    request_id: str
    version: int
    level: Level
    kind: ReversalKind
    reference: str
    bank_on: date
    reason: str


class DecideReversal(Command):
    """Agree that a payment is taken back, or say that it stands."""

    request_id: str
    version: int
    agreed: bool
    note: str


def propose_reversal(uow: UnitOfWork, command: ProposeReversal) -> PaymentReversal:
    """Propose to take a payment back; nothing moves until a second person has agreed.

    Raises Invalid for a level that has not paid, without reason or reference, or for a day on which
    the bank cannot have sent it back.
    """
    request, contract, dossier = queries.load(uow.session, command.request_id)
    line = queries.line_of(dossier, request)
    verdict = policies.may_propose_reversal(
        uow.actor,
        request,
        in_view=oversees(uow.session, uow.actor, contract.buyer_id),
        paid=bool(line.payments),
        is_pending=line.pending_reversal is not None,
    )
    take_up(request, command, verdict)
    payment = next((one for one in line.payments if one.level is command.level), None)
    if payment is None:
        raise Invalid("level", "这一级没有可以冲正或者退票的支付。", policies.RULE_TREASURY)
    _check_words(command)
    check_bank_day(uow, command.bank_on, payment.bank_on or local_date(payment.paid_at))
    row = PaymentReversal(
        treasury_payment_id=payment.id,
        kind=command.kind,
        reference=command.reference.strip(),
        bank_on=command.bank_on,
        reason=command.reason.strip(),
    )
    propose(uow, row, request)
    uow.emit(
        ReversalProposed.of(request, row, payment, contract, **_about(line, Reversal(payment, row)))
    )
    return row


def decide_reversal(uow: UnitOfWork, command: DecideReversal) -> PaymentReversal:
    """Decide what another proposed; agreed, the money is the contract's again and is to be paid anew.

    Contract and project are opened again where this payment had completed them.
    """
    request, contract, dossier = queries.load(uow.session, command.request_id)
    line = queries.line_of(dossier, request)
    pending = line.pending_reversal
    if pending is None:
        raise NotFound("这一期没有等待确认的冲正或者退票。")
    in_view = oversees(uow.session, uow.actor, contract.buyer_id)
    verdict = policies.may_decide_reversal(uow.actor, contract, pending.row, in_view=in_view)
    take_up(request, command, verdict)
    if not command.agreed and not command.note.strip():
        raise Invalid("note", "不同意的，请写明理由。", policies.RULE_TWO_PEOPLE)
    row = pending.row
    if command.agreed:
        # The entry comes first: a decision is written once and whole.
        row.entry_id = _post_the_pair(uow, dossier, request, pending).id
    row.decision_note = command.note.strip()
    decide(uow, row, request, agreed=command.agreed)
    if command.agreed:
        _take_back(uow, dossier, line, request, pending)
    else:
        uow.emit(
            ReversalRefused.of(
                request,
                row,
                pending.payment,
                contract,
                **_about(line, pending),
                note=row.decision_note,
            )
        )
    return row


def _post_the_pair(
    uow: UnitOfWork, dossier: MoneyDossier, request: PaymentRequest, pending: Reversal
) -> LedgerEntry:
    payment, row = pending.payment, pending.row
    name = f"{payment.level.label}支付令 {payment.order_number}"
    memo = f"{request.number} {name}{row.kind.label}，凭证 {row.reference}"
    return funds.reverse(uow, dossier.purse, payment.level, payment.amount_fen, memo)


def _take_back(
    uow: UnitOfWork,
    dossier: MoneyDossier,
    line: InstalmentLine,
    request: PaymentRequest,
    pending: Reversal,
) -> None:
    contract, row = dossier.contract, pending.row
    was_paid = request.state is PaymentRequestState.PAID
    request.state = advance("reverse_payment", request.state)
    request.paid_at = None
    uow.emit(
        TreasuryReversed.of(
            request,
            row,
            pending.payment,
            contract,
            **_about(line, pending),
            note=row.decision_note,
        )
    )
    if was_paid and request.days_from is not None:
        resume_days(uow, contract, request, line, line.days_away(local_date(uow.now)))
    if contract.state is ContractState.COMPLETED:
        reopen_contract(uow, contract.id)
        reopen_project(uow, contract.project)


def _check_words(command: ProposeReversal) -> None:
    if not command.reference.strip():
        raise Invalid("reference", "请填写银行退票或者更正凭证的编号。", policies.RULE_TREASURY)
    if not command.reason.strip():
        raise Invalid("reason", "请写明退票或者冲正的理由。", policies.RULE_TREASURY)


def _about(line: InstalmentLine, reversal: Reversal) -> dict[str, Any]:
    return {
        "instalment": line.instalment.position,
        "reversal_id": reversal.row.id,
        "kind_words": reversal.row.kind.label,
        "share_fen": reversal.payment.amount_fen,
    }
