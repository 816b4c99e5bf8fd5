"""Delivery begins when the contract is signed: its milestones become things to be done."""

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.text import shortened
from procure.registers.deadlines.use_cases import start_term
from procure.registers.projects.use_cases import enter_stage
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.events import ContractSigned
from procure.stages.contracts.models import Contract
from procure.stages.delivery.events import DeliveryStarted, MilestonePlanned
from procure.stages.delivery.models import Milestone
from procure.store.unit_of_work import UnitOfWork

MILESTONE_RULE = "C-MILESTONE"
LABEL_LENGTH = 80


def on_contract_signed(uow: UnitOfWork, event: ContractSigned) -> None:
    """A signed contract starts delivery."""
    start_delivery(uow, event.subject_id)


def start_delivery(uow: UnitOfWork, contract_id: str) -> list[Milestone]:
    """Make the agreed milestones things to report, each with its term for the supplier."""
    contract = contracts.load_contract(uow.session, contract_id)
    milestones = [
        Milestone(
            contract_id=contract.id,
            position=agreed.position,
            title=agreed.title,
            due_on=agreed.due_on,
            lead_unit=agreed.lead_unit,
            assisting_unit=agreed.assisting_unit,
            state=advance("plan_milestone", None),
        )
        for agreed in contracts.milestones_of(uow.session, contract.id)
    ]
    uow.session.add_all(milestones)
    for milestone in milestones:
        uow.emit(MilestonePlanned.of(milestone, contract))
    uow.emit(
        DeliveryStarted.of(
            contract,
            contract_id=contract.id,
            milestones=tuple(
                {"title": one.title, "due_on": one.due_on, "lead_unit": one.lead_unit}
                for one in milestones
            ),
        )
    )
    for milestone in milestones:
        start_milestone_term(uow, contract, milestone)
    enter_stage(uow, contract.project, Stage.DELIVERY)
    return milestones


def start_milestone_term(uow: UnitOfWork, contract: Contract, milestone: Milestone) -> None:
    """Let the supplier's time for a milestone run; a date already past is overdue at once."""
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=milestone.id,
        rule=MILESTONE_RULE,
        starts_on=min(local_date(uow.now), milestone.due_on),
        label=shortened(f"履约节点：{milestone.title}", LABEL_LENGTH),
        permission=Permission.DELIVERY_RECORD,
        organisation_id=contract.supplier_id,
        due_on=milestone.due_on,
    )
