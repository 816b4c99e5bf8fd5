"""Verbs of what a provider pays back: one person registers what the bank received, another confirms.

A partial acceptance may claim back what was paid before and not earned (政府采购法实施条例 art 45); the
money goes back to the budget line, each level its part (预算法 art 57, 61).
"""

from collections.abc import Mapping
from datetime import date

from procure.kernel.access import Level
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.money import Money
from procure.registers.funds import use_cases as funds
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import split_within
from procure.registers.projects.queries import oversees
from procure.stages.contracts.queries import load_contract
from procure.stages.payments import policies, queries
from procure.stages.payments.events import RefundProposed, RefundReceived, RefundRefused
from procure.stages.payments.models import SupplierRefund
from procure.stages.payments.queries import MoneyDossier
from procure.stages.payments.use_cases.pay import check_bank_day
from procure.store.holding import take_up
from procure.store.proposals import decide, propose
from procure.store.unit_of_work import UnitOfWork


class ProposeRefund(Command):
    """Say that the provider has paid back so much; `bank_on` is the day of the bank's paper."""

    contract_id: str
    version: int
    amount: Money
    reference: str
    bank_on: date
    note: str = ""


class DecideRefund(Command):
    """Confirm that the money is there, or say that it is not."""

    contract_id: str
    version: int
    agreed: bool
    note: str


def propose_refund(uow: UnitOfWork, command: ProposeRefund) -> SupplierRefund:
    """Register money that came back; the ledger stays as it is until a second person has confirmed.

    Raises Invalid for more than is claimed and still out, without reference, or for a day on which
    the bank cannot have received it.
    """
    contract = load_contract(uow.session, command.contract_id)
    dossier = queries.dossier_of(uow.session, contract)
    in_view = oversees(uow.session, uow.actor, contract.buyer_id)
    verdict = policies.may_propose_refund(
        uow.actor,
        in_view=in_view,
        left=dossier.claim_left_fen,
        is_pending=dossier.pending_refund is not None,
    )
    take_up(contract, command, verdict)
    left = Money(dossier.claim_left_fen)
    if not 0 < command.amount.fen <= left.fen:
        raise Invalid(
            "amount",
            f"收到的金额应当大于零，不超过尚未退回的 {left.format()}。",
            policies.RULE_TREASURY,
            "多退的，请另行退还承接主体。",
        )
    if not command.reference.strip():
        raise Invalid("reference", "请填写银行收款凭证的编号。", policies.RULE_TREASURY)
    assert contract.starts_on is not None
    check_bank_day(uow, command.bank_on, contract.starts_on)
    row = SupplierRefund(
        contract_id=contract.id,
        amount_fen=command.amount.fen,
        reference=command.reference.strip(),
        bank_on=command.bank_on,
        note=command.note.strip(),
    )
    propose(uow, row, contract)
    uow.emit(RefundProposed.of(row, contract))
    return row


def decide_refund(uow: UnitOfWork, command: DecideRefund) -> SupplierRefund:
    """Decide what another registered; confirmed, the money is the budget line's again."""
    contract = load_contract(uow.session, command.contract_id)
    dossier = queries.dossier_of(uow.session, contract)
    row = dossier.pending_refund
    if row is None:
        raise NotFound("没有等待确认的退回款项。")
    in_view = oversees(uow.session, uow.actor, contract.buyer_id)
    verdict = policies.may_decide_refund(uow.actor, contract, row, in_view=in_view)
    take_up(contract, command, verdict)
    note = command.note.strip()
    if not command.agreed and not note:
        raise Invalid("note", "不同意的，请写明理由。", policies.RULE_TWO_PEOPLE)
    if command.agreed:
        # The entry comes first: a decision is written once and whole.
        memo = f"{contract.number} 承接主体退回款项，凭证 {row.reference}"
        by_level = _by_level(uow, dossier, row.amount_fen)
        row.entry_id = funds.refund(uow, dossier.purse, by_level, memo).id
    row.decision_note = note
    decide(uow, row, contract, agreed=command.agreed)
    if command.agreed:
        left = dossier.claim_left_fen - row.amount_fen
        uow.emit(RefundReceived.of(row, contract, left_fen=left))
    else:
        uow.emit(RefundRefused.of(row, contract))
    return row


def _by_level(uow: UnitOfWork, dossier: MoneyDossier, amount_fen: int) -> Mapping[Level, int]:
    """Each level gets back in proportion to what it paid."""
    paid = dossier.purse.held(uow.session, AccountKind.PAID)
    levels = [level for level, fen in paid.items() if fen > 0]
    parts = Money(amount_fen).split_by_ratio([paid[level] for level in levels]) if levels else []
    wanted = {level: part.fen for level, part in zip(levels, parts, strict=True)}
    found = split_within(wanted, paid) if wanted else None
    if found is None:
        raise Invalid("amount", "合同还没有支付这么多款项，不能登记退回。", policies.RULE_TREASURY)
    return found
