"""End a contract before its term: the clerk proposes, whoever may sign for the buyer decides."""

from datetime import date, timedelta

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_word
from procure.kernel.errors import REOPEN, Invalid
from procure.kernel.text import require_text
from procure.kernel.vocabulary import EarlyEndKind
from procure.stages.contracts import policies, queries
from procure.stages.contracts.events import ContractEndedEarly, EarlyEndProposed, EarlyEndRefused
from procure.stages.contracts.models import Contract, ContractEarlyEnd
from procure.store.holding import take_up
from procure.store.proposals import decide, explain_proposal, propose, waiting_for
from procure.store.unit_of_work import UnitOfWork

explain_proposal(ContractEarlyEnd, "last_on", f"刚刚已经有人提出提前终止，{REOPEN}。")


class ProposeEarlyEnd(Command):
    """Propose that `last_on` is the last day of the services."""

    contract_id: str
    version: int
    kind: EarlyEndKind
    last_on: date
    reason: str


class DecideEarlyEnd(Command):
    """Agree to the proposal, or refuse it with a reason."""

    contract_id: str
    version: int
    agreed: bool
    reason: str = ""


def propose_early_end(uow: UnitOfWork, command: ProposeEarlyEnd) -> ContractEarlyEnd:
    """Propose to end the contract early; nothing changes before another person has decided.

    Raises Denied or IllegalTransition by policy, Invalid for a day outside the term or no reason.
    """
    contract = queries.load_contract(uow.session, command.contract_id)
    pending = waiting_for(uow.session, ContractEarlyEnd, contract.id)
    today = local_date(uow.now)
    verdict = policies.may_propose_early_end(uow.actor, contract, pending, today)
    take_up(contract, command, verdict, "propose_early_end")
    _check_day(contract, command.last_on)
    reason = require_text(
        command.reason, "reason", "请写明提前终止的原因。", policies.RULE_EARLY_END
    )
    proposal = ContractEarlyEnd(
        contract_id=contract.id,
        kind=command.kind,
        last_on=command.last_on,
        reason=reason,
    )
    propose(uow, proposal, contract)
    uow.emit(EarlyEndProposed.of(contract, proposal))
    return proposal


def decide_early_end(uow: UnitOfWork, command: DecideEarlyEnd) -> Contract:
    """Decide on the proposal; agreed, the contract's services end on its day.

    What was due after that day (milestones, evaluations, their terms) is given up by the stages
    that hear of it; the acceptance may begin. Raises what `propose_early_end` raises.
    """
    contract = queries.load_contract(uow.session, command.contract_id)
    pending = waiting_for(uow.session, ContractEarlyEnd, contract.id)
    verdict = policies.may_decide_early_end(uow.actor, contract, pending, local_date(uow.now))
    take_up(contract, command, verdict, "end_early" if command.agreed else "refuse_early_end")
    assert pending is not None
    if not command.agreed:
        pending.refusal = require_text(
            command.reason,
            "reason",
            "不同意提前终止，要写明理由。",
            remedy="经办人会看到这个理由。",
        )
    decide(uow, pending, contract, agreed=command.agreed)
    if command.agreed:
        contract.ended_early_on = pending.last_on
        uow.emit(ContractEndedEarly.of(contract, pending))
    else:
        uow.emit(EarlyEndRefused.of(contract, pending, reason=pending.refusal))
    return contract


def _check_day(contract: Contract, day: date) -> None:
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    last = contract.ends_on - timedelta(days=1)
    if not contract.starts_on <= day <= last:
        raise Invalid(
            "last_on",
            f"服务最后一日应当在{date_word(contract.starts_on)}至{date_word(last)}之间。",
            policies.RULE_EARLY_END,
            "合同自然届满的，不用提前终止。",
        )
