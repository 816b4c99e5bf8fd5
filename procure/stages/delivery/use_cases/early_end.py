"""When a contract ends early: nothing after its last day is due, and nothing was served after it; when
it is settled, nothing is due."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, select

from procure.kernel.clock import local_date
from procure.kernel.day_words import date_word
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState, advance
from procure.registers.deadlines.use_cases import cancel_terms
from procure.stages.contracts.events import ContractEndedEarly
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.delivery.events import MilestoneCancelled
from procure.stages.delivery.models import Milestone, ServiceRecord
from procure.store.holding import hold_all
from procure.store.unit_of_work import UnitOfWork


def on_contract_ended_early(uow: UnitOfWork, event: ContractEndedEarly) -> None:
    """Give up the milestones that were due later, with their terms.

    Raises Invalid, and the contract goes on, where services after that day have been verified.
    """
    _refuse_served_after(uow, event.subject_id, event.ended_early_on)
    contract = load_contract(uow.session, event.subject_id)
    milestones = _planned(uow, contract, Milestone.due_on > event.ended_early_on)
    _cancel(uow, contract, milestones, ended_early_on=event.ended_early_on)


def cancel_milestones(uow: UnitOfWork, contract: Contract) -> None:
    """Give up the milestones that are still to come of a held contract that is settled today."""
    _cancel(uow, contract, _planned(uow, contract), settled_on=local_date(uow.now))


def _planned(
    uow: UnitOfWork, contract: Contract, *which: ColumnElement[bool]
) -> Sequence[Milestone]:
    return hold_all(
        uow.session,
        Milestone,
        Milestone.contract_id == contract.id,
        Milestone.state == MilestoneState.PLANNED,
        *which,
    )


def _cancel(
    uow: UnitOfWork, contract: Contract, milestones: Sequence[Milestone], **why: date
) -> None:
    for milestone in sorted(milestones, key=lambda one: one.position):
        milestone.state = advance("cancel_milestone", milestone.state)
        cancel_terms(uow, milestone.id)
        uow.emit(MilestoneCancelled.of(milestone, contract, **why))


def _refuse_served_after(uow: UnitOfWork, contract_id: str, day: date) -> None:
    last = uow.session.scalar(
        select(func.max(ServiceRecord.served_on)).where(
            ServiceRecord.contract_id == contract_id,
            ServiceRecord.state == ServiceRecordState.ACCEPTED,
        )
    )
    if last is not None and last > day:
        raise Invalid(
            "agreed",
            f"{date_word(last)}还有已核实的服务，晚于提出的服务最后一日。",
            remedy="请不同意这一次，由经办人按实际的最后一日重新提出。",
        )
