"""Settle a contract that cannot be performed, accepted and paid to its end (结算办结).

The buyer's clerk proposes, the supplier agrees or objects, whoever may sign for the buyer decides:
what is unpaid goes back to the budget, what is still to come is given up, the contract is closed.
"""

from collections.abc import Mapping, Sequence

from procure.kernel.access import Level, Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, Conflict, Invalid
from procure.kernel.lifecycle import advance, label_of
from procure.kernel.text import require_text
from procure.kernel.vocabulary import SettlementGround
from procure.registers.deadlines.use_cases import cancel_terms, meet_term, start_term
from procure.registers.documents.models import DocumentKind
from procure.registers.documents.use_cases import file_evidence
from procure.registers.funds import use_cases as funds
from procure.registers.funds.models import AccountKind
from procure.stages.acceptance.queries import find_acceptance
from procure.stages.contracts.events import (
    ContractSettled,
    SettlementAnswered,
    SettlementProposed,
    SettlementRefused,
)
from procure.stages.contracts.models import Contract, ContractSettlement
from procure.stages.contracts.queries import load_contract
from procure.stages.delivery.use_cases.early_end import cancel_milestones
from procure.stages.evaluation.use_cases.early_end import cancel_evaluations
from procure.stages.payments import policies, queries
from procure.stages.payments.queries import MoneyDossier
from procure.stages.payments.settlement import ANSWER_RULE, RULE_SETTLEMENT, answer_by
from procure.stages.payments.use_cases.pay import cancel_returned, close_with
from procure.stages.payments.use_cases.record import record_settlement
from procure.store.holding import moved, take_up
from procure.store.proposals import decide, explain_proposal, propose, waiting_for
from procure.store.unit_of_work import UnitOfWork

explain_proposal(ContractSettlement, "ground", f"刚刚已经有人申请结算办结，{REOPEN}。")


class ProposeSettlement(Command):
    """Propose to close the contract with what is unpaid given back; `evidence` are tokens of uploads."""

    contract_id: str
    version: int
    ground: SettlementGround
    reason: str
    evidence: Sequence[str]


class AnswerSettlement(Command):
    """What the supplier says to the proposal."""

    contract_id: str
    version: int
    agreed: bool
    answer: str = ""
    evidence: Sequence[str] = ()


class DecideSettlement(Command):
    """Settle, answering an objection where there is one, or refuse with a reason."""

    contract_id: str
    version: int
    agreed: bool
    decision: str = ""


def propose_settlement(uow: UnitOfWork, command: ProposeSettlement) -> ContractSettlement:
    """Propose to settle; nothing changes before the supplier could answer and another has decided.

    Raises Denied, TooEarly or Conflict by policy, Invalid for a ground that does not hold and
    without reason or evidence.
    """
    contract = load_contract(uow.session, command.contract_id)
    dossier = queries.dossier_of(uow.session, contract)
    facts = queries.settlement_facts(uow.session, dossier, local_date(uow.now))
    pending = waiting_for(uow.session, ContractSettlement, contract.id)
    take_up(contract, command, policies.may_propose_settlement(uow.actor, contract, pending, facts))
    policies.ground_holds(command.ground, facts).require()
    advance("propose_settlement", contract.state)
    reason = require_text(command.reason, "reason", "请写明结算办结的理由。", RULE_SETTLEMENT)
    if not command.evidence:
        raise Invalid("evidence", "请上传证明材料。", RULE_SETTLEMENT, "承接主体和审计可以查看。")
    proposal = ContractSettlement(
        contract_id=contract.id,
        ground=command.ground,
        unpaid_fen=dossier.unpaid_fen,
        reason=reason,
        answer_by=answer_by(command.ground, facts),
    )
    propose(uow, proposal, contract)
    digests = _file(uow, contract, proposal, command.evidence, "结算办结证明材料")
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=contract.id,
        rule=ANSWER_RULE,
        label=label_of("answer_settlement"),
        starts_on=facts.today,
        due_on=proposal.answer_by,
        permission=Permission.PAYMENT_REQUEST,
        organisation_id=contract.supplier_id,
    )
    uow.emit(SettlementProposed.of(proposal, contract, evidence_sha256=digests))
    return proposal


def answer_settlement(uow: UnitOfWork, command: AnswerSettlement) -> ContractSettlement:
    """Agree to the proposal or object in writing, once.

    Raises Denied or Conflict by policy, Invalid for an objection without words.
    """
    contract = load_contract(uow.session, command.contract_id)
    pending = waiting_for(uow.session, ContractSettlement, contract.id)
    take_up(contract, command, policies.may_answer_settlement(uow.actor, contract, pending))
    assert pending is not None
    advance("answer_settlement", contract.state)
    answer = command.answer.strip()
    if not command.agreed and not answer:
        raise Invalid("answer", "有异议的，要写明异议和理由。", RULE_SETTLEMENT)
    pending.answered_by = uow.actor.user_id
    pending.answered_at = uow.now
    pending.agreed = command.agreed
    pending.answer = answer
    moved(contract)
    digests = _file(uow, contract, pending, command.evidence, "结算办结异议材料")
    meet_term(uow, contract.id, ANSWER_RULE)
    uow.emit(SettlementAnswered.of(pending, contract, evidence_sha256=digests))
    return pending


def decide_settlement(uow: UnitOfWork, command: DecideSettlement) -> Contract:
    """Settle the contract, in one commit with all that follows, or refuse the proposal.

    The grounds are asked anew: what was paid or asked for meanwhile counts. Raises what
    `propose_settlement` raises, and Invalid without a reason or an answer to the objection.
    """
    contract = load_contract(uow.session, command.contract_id)
    pending = waiting_for(uow.session, ContractSettlement, contract.id)
    take_up(contract, command, policies.may_decide_settlement(uow.actor, contract, pending))
    assert pending is not None
    decision = command.decision.strip()
    if command.agreed:
        dossier = queries.dossier_of(uow.session, contract)
        facts = queries.settlement_facts(uow.session, dossier, local_date(uow.now))
        policies.may_settle_now(pending, facts).require()
        _check_sum(pending, dossier)
        if pending.agreed is False and not decision:
            raise Invalid(
                "decision",
                "承接主体有异议，请写明对异议的答复。",
                RULE_SETTLEMENT,
                "异议和答复都写入记录，承接主体可以看到。",
            )
    elif not decision:
        raise Invalid("decision", "不同意结算办结，要写明理由。", remedy="经办人和承接主体会看到。")
    pending.decision = decision
    decide(uow, pending, contract, agreed=command.agreed)
    cancel_terms(uow, contract.id, ANSWER_RULE)
    if command.agreed:
        _settle(uow, dossier, pending)
        return contract
    advance("refuse_settlement", contract.state)
    uow.emit(SettlementRefused.of(pending, contract, reason=decision))
    return contract


def _settle(uow: UnitOfWork, dossier: MoneyDossier, settlement: ContractSettlement) -> None:
    """All that follows: money, what is still to come, terms, contract, project."""
    contract = dossier.contract
    cancel_milestones(uow, contract)
    cancel_evaluations(uow, contract)
    cancel_returned(uow, dossier)
    given = _give_back(uow, dossier)
    record_settlement(uow, dossier, settlement)
    acceptance = find_acceptance(uow.session, contract.id)
    for subject_id in (contract.id, *((acceptance.id,) if acceptance else ())):
        cancel_terms(uow, subject_id)
    contract.state = advance("settle_contract", contract.state)
    contract.settled_at = contract.completed_at = uow.now
    objected = settlement.agreed is False
    uow.emit(
        ContractSettled.of(
            settlement,
            contract,
            paid_fen=dossier.paid_fen,
            deducted_fen=dossier.deducted_fen,
            levels=[(level, fen) for level, fen in given.items() if fen],
            objection=settlement.answer if objected else "",
            reply=settlement.decision if objected else "",
        )
    )
    close_with(uow, contract)


def _give_back(uow: UnitOfWork, dossier: MoneyDossier) -> Mapping[Level, int]:
    """Free what the contract holds, level by level on its budget line and so of its year."""
    unpaid = {share.level: dossier.of_level(share.level).unpaid_fen for share in dossier.shares}
    held = dossier.purse.held(uow.session, AccountKind.COMMITTED)
    if {level: fen for level, fen in held.items() if fen} != {
        level: fen for level, fen in unpaid.items() if fen
    }:
        raise Conflict(
            "合同在资金账上占用的余额与尚未支付的款项不一致，不能结算办结。",
            rule=policies.RULE_TREASURY,
            remedy="请联系预算管理员核对资金账。",
        )
    if any(unpaid.values()):
        funds.release(uow, dossier.purse, AccountKind.COMMITTED, unpaid)
    return unpaid


def _check_sum(proposal: ContractSettlement, dossier: MoneyDossier) -> None:
    """Raise Conflict where something was paid or taken back since the supplier was told the sum."""
    if proposal.unpaid_fen != dossier.unpaid_fen:
        raise Conflict(
            "提出以后款项有变动，尚未支付的金额与告知承接主体的不同。",
            rule=RULE_SETTLEMENT,
            remedy="请退回这一次，由经办人重新申请。",
        )


def _file(
    uow: UnitOfWork,
    contract: Contract,
    proposal: ContractSettlement,
    tokens: Sequence[str],
    title: str,
) -> tuple[str, ...]:
    by_supplier = uow.actor.organisation_id == contract.supplier_id
    return file_evidence(
        uow,
        tokens,
        project_id=contract.project_id,
        subject_id=proposal.id,
        supplier_id=contract.supplier_id if by_supplier else None,
        title=title,
        kind=DocumentKind.ENDING_EVIDENCE,
    )
