"""When a contract ends early: no mid-term any more, and the final evaluation is due earlier; when it is
settled, none is due."""

from datetime import date, timedelta

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import EvaluationState, advance
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.deadlines.use_cases import cancel_terms, start_term
from procure.stages.contracts.events import ContractEndedEarly
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.evaluation import queries
from procure.stages.evaluation.events import (
    EvaluationBroughtForward,
    EvaluationCancelled,
    name_of,
)
from procure.stages.evaluation.models import Evaluation
from procure.store.unit_of_work import UnitOfWork

FINAL_DAYS = 30
"""Within how many days of the decision the final evaluation of an ended contract is due [design]."""
STILL_OPEN = (EvaluationState.SCHEDULED, EvaluationState.ASSIGNED)


def on_contract_ended_early(uow: UnitOfWork, event: ContractEndedEarly) -> None:
    """Cancel what was due after the contract's last day; the final evaluation is due all the same."""
    contract = load_contract(uow.session, event.subject_id)
    for evaluation in queries.latest_of(uow.session, contract.id).values():
        if evaluation.state not in STILL_OPEN:
            continue
        if evaluation.kind is EvaluationKind.FINAL:
            _bring_forward(uow, contract, evaluation, event.ended_early_on)
        elif evaluation.due_on > event.ended_early_on:
            _cancel(uow, contract, evaluation, ended_early_on=event.ended_early_on)


def cancel_evaluations(uow: UnitOfWork, contract: Contract) -> None:
    """Give up what is still to be evaluated of a held contract that is settled today, and every term
    of its evaluations.
    """
    for evaluation in queries.latest_of(uow.session, contract.id).values():
        if evaluation.state in STILL_OPEN:
            _cancel(uow, contract, evaluation, settled_on=local_date(uow.now))
        else:
            cancel_terms(uow, evaluation.id)


def _cancel(uow: UnitOfWork, contract: Contract, evaluation: Evaluation, **why: date) -> None:
    evaluation.state = advance("cancel_evaluation", evaluation.state)
    cancel_terms(uow, evaluation.id)
    uow.emit(EvaluationCancelled.of(evaluation, contract, **why))


def _bring_forward(
    uow: UnitOfWork, contract: Contract, evaluation: Evaluation, last_on: date
) -> None:
    today = local_date(uow.now)
    due_on = max(last_on, today + timedelta(days=FINAL_DAYS))
    if due_on >= evaluation.due_on:
        return
    advance("bring_forward", evaluation.state)
    cancel_terms(uow, evaluation.id)
    term = start_term(
        uow,
        project_id=contract.project_id,
        subject_id=evaluation.id,
        rule=queries.rule_of(evaluation),
        label=name_of(evaluation.kind, evaluation.round),
        starts_on=last_on,
        due_on=due_on,
        permission=Permission.EVALUATION_ASSIGN,
        organisation_id=contract.buyer_id,
    )
    evaluation.due_on = term.due_on
    uow.emit(EvaluationBroughtForward.of(evaluation, contract, ended_early_on=last_on))
