"""Contracts ended early and settled, by the use cases of their people."""

from datetime import date

from sqlalchemy import select

from procure.kernel.vocabulary import EarlyEndKind, SettlementGround
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import standing_on
from procure.stages.contracts.models import ContractSettlement
from procure.stages.contracts.use_cases.end import (
    DecideEarlyEnd,
    ProposeEarlyEnd,
    decide_early_end,
    propose_early_end,
)
from procure.stages.payments.use_cases.settle import (
    AnswerSettlement,
    DecideSettlement,
    ProposeSettlement,
    answer_settlement,
    decide_settlement,
    propose_settlement,
)
from procure.store.proposals import asked_of, waiting_for
from tests.factories.bids import given_upload
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.payments import money_of
from tests.factories.registers import pdf_file
from tests.world import World


def end_early(world: World, last_on: date, kind: EarlyEndKind = EarlyEndKind.AGREED) -> None:
    """The buyer's two people end the services on that day."""
    contract = contract_of(world)
    command = ProposeEarlyEnd(contract.id, contract.version, kind, last_on, "双方协商一致。")
    with world.uow(CLERK) as uow:
        propose_early_end(uow, command)
    with world.uow(APPROVER) as uow:
        decide_early_end(uow, DecideEarlyEnd(contract.id, contract_of(world).version, agreed=True))


def proposing(world: World, ground: SettlementGround) -> ProposeSettlement:
    """The proposal with a paper that proves it."""
    contract = contract_of(world)
    paper = given_upload(world, pdf_file(), "情况说明.pdf", CLERK)
    return ProposeSettlement(
        contract.id, contract.version, ground, "多次联系，情况属实。", (paper,)
    )


def given_proposed_settlement(world: World, ground: SettlementGround) -> ContractSettlement:
    """A proposal that waits for the supplier's answer."""
    command = proposing(world, ground)
    with world.uow(CLERK) as uow:
        propose_settlement(uow, command)
    return pending_of(world)


def answering(world: World, *, agreed: bool, answer: str = "") -> AnswerSettlement:
    """What the supplier says."""
    contract = contract_of(world)
    return AnswerSettlement(contract.id, contract.version, agreed, answer)


def given_answer(world: World, *, agreed: bool, answer: str = "") -> None:
    """The supplier agrees or objects."""
    command = answering(world, agreed=agreed, answer=answer)
    with world.uow(MEMBER) as uow:
        answer_settlement(uow, command)


def deciding(world: World, *, agreed: bool, decision: str = "") -> DecideSettlement:
    """What the approver makes of it."""
    contract = contract_of(world)
    return DecideSettlement(contract.id, contract.version, agreed, decision)


def given_decision(world: World, *, agreed: bool, decision: str = "") -> None:
    """The approver settles, or refuses."""
    command = deciding(world, agreed=agreed, decision=decision)
    with world.uow(APPROVER) as uow:
        decide_settlement(uow, command)


def pending_of(world: World) -> ContractSettlement:
    """The proposal that nobody has decided."""
    found = waiting_for(world.session, ContractSettlement, contract_of(world).id)
    assert found is not None
    return found


def newest_of(world: World) -> ContractSettlement:
    """The newest proposal, decided or not."""
    return asked_of(world.session, ContractSettlement, contract_of(world).id)[0]


def balances_of(world: World) -> dict[AccountKind, int]:
    """What stands on the contract's accounts, over all levels."""
    page = money_of(world)
    return {
        kind: sum(standing_on(world.session, page.line.id, kind, page.contract.id).values())
        for kind in (AccountKind.COMMITTED, AccountKind.PAID)
    }


def running_terms(world: World) -> list[str]:
    """The rules of all terms that run in the contract's case."""
    contract = contract_of(world)
    return list(
        world.session.scalars(
            select(Deadline.rule)
            .where(
                Deadline.project_id == contract.project_id, Deadline.status == TermStatus.RUNNING
            )
            .order_by(Deadline.due_at)
        )
    )
