"""Order the record of how a contract ended, for both sides."""

from datetime import date
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import EvaluationState, MilestoneState
from procure.registers.accounts.queries import names_of
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.use_cases import order_paper
from procure.stages.contracts.events import ContractEndedEarly
from procure.stages.contracts.models import Contract, ContractEarlyEnd, ContractSettlement
from procure.stages.contracts.queries import (
    digest_of_text,
    load_contract,
)
from procure.stages.payments import queries
from procure.stages.payments.ending import (
    EARLY_END_TITLE,
    SETTLEMENT_TITLE,
    TEMPLATE,
    Cancelled,
    early_end_data,
    settlement_data,
)
from procure.stages.payments.queries import MoneyDossier
from procure.store.proposals import asked_of
from procure.store.unit_of_work import UnitOfWork

PLANNED = (MilestoneState.PLANNED,), (EvaluationState.SCHEDULED, EvaluationState.ASSIGNED)
GIVEN_UP = (MilestoneState.CANCELLED,), (EvaluationState.CANCELLED,)
States = tuple[tuple[MilestoneState, ...], tuple[EvaluationState, ...]]


def record_early_end(uow: UnitOfWork, event: ContractEndedEarly) -> None:
    """Order the record of an early end, when all that follows from it is done."""
    contract = load_contract(uow.session, event.subject_id)
    dossier = queries.dossier_of(uow.session, contract, checks_too=False)
    proposal = next(
        one for one in asked_of(uow.session, ContractEarlyEnd, contract.id) if one.confirmed
    )
    data = early_end_data(
        dossier,
        proposal,
        items_in(dossier, GIVEN_UP),
        names_of(uow.session, (proposal.proposed_by, proposal.decided_by)),
        sha256=digest_of_text(uow.session, contract),
        made_on=local_date(uow.now),
    )
    _order(uow, contract, data, EARLY_END_TITLE)


def record_settlement(
    uow: UnitOfWork, dossier: MoneyDossier, settlement: ContractSettlement
) -> PaperOrder:
    """Order the record of a settlement; `dossier` is the money before it was given back."""
    contract = dossier.contract
    people = (settlement.proposed_by, settlement.answered_by, settlement.decided_by)
    data = settlement_data(
        dossier,
        settlement,
        items_in(dossier, PLANNED),
        names_of(uow.session, people),
        sha256=digest_of_text(uow.session, contract),
        made_on=local_date(uow.now),
    )
    return _order(uow, contract, data, SETTLEMENT_TITLE)


def items_in(dossier: MoneyDossier, states: States) -> Cancelled:
    """The milestones and evaluations of a contract that are in these states, by their day."""
    of_milestones, of_evaluations = states
    found: list[tuple[date, str]] = [
        (one.due_on, f"履约节点：{one.title}")
        for one in dossier.facts.milestones
        if one.state in of_milestones
    ]
    found += [
        (one.due_on, kind.label)
        for kind, one in dossier.facts.evaluations.items()
        if one.state in of_evaluations
    ]
    return [(what, due_on) for due_on, what in sorted(found)]


def _order(uow: UnitOfWork, contract: Contract, data: dict[str, Any], title: str) -> PaperOrder:
    return order_paper(
        uow,
        TEMPLATE,
        data,
        project_id=contract.project_id,
        subject_id=contract.id,
        kind=DocumentKind.CONTRACT_ENDING,
        title=title,
        filename=f"{data['record_no']}.pdf",
        audience=DocumentAudience.PARTIES,
    )
