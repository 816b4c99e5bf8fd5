"""When a contract ends early: nothing after its last day is due, and nothing was served after it."""

from datetime import date

from sqlalchemy import func, select

from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState, advance
from procure.kernel.workdays import date_word
from procure.registers.deadlines.use_cases import cancel_terms
from procure.stages.contracts.events import ContractEndedEarly
from procure.stages.delivery.events import MilestoneCancelled
from procure.stages.delivery.models import Milestone, ServiceRecord
from procure.store.holding import hold_all
from procure.store.unit_of_work import UnitOfWork


def on_contract_ended_early(uow: UnitOfWork, event: ContractEndedEarly) -> None:
    """Give up the milestones that were due later, with their terms.

    Raises Invalid, and the contract goes on, where services after that day have been verified.
    """
    _refuse_served_after(uow, event.subject_id, event.ended_early_on)
    milestones = hold_all(
        uow.session,
        Milestone,
        Milestone.contract_id == event.subject_id,
        Milestone.state == MilestoneState.PLANNED,
        Milestone.due_on > event.ended_early_on,
    )
    for milestone in sorted(milestones, key=lambda one: one.position):
        milestone.state = advance("cancel_milestone", milestone.state)
        cancel_terms(uow, milestone.id)
        uow.emit(
            MilestoneCancelled(
                subject_id=milestone.id,
                project=event.project,
                contract_number=event.number,
                title=milestone.title,
                due_on=milestone.due_on,
                ended_early_on=event.ended_early_on,
            )
        )


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
