"""What waits for a person, and what his cases wait for elsewhere.

Both are computed from states and terms each time they are asked for; nothing is ever ticked off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from procure.desks.reminders.turns import PREPARED_WITH, forward_step
from procure.kernel.access import Actor, Permission, Role, role_words
from procure.kernel.lifecycle import (
    AGGREGATE_LABELS,
    Aggregate,
    Audience,
    State,
    Transition,
    is_final,
    state_words,
)
from procure.registers.deadlines import queries as deadlines
from procure.registers.projects.models import Project, ProjectParty
from procure.stages.acceptance.models import Acceptance
from procure.stages.awards.models import Review
from procure.stages.contracts.models import Contract
from procure.stages.evaluation.models import Evaluation
from procure.stages.payments.models import PaymentRequest
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import Tender
from procure.web.presenters import Task, Waiting

TodoSource = Callable[[Session, Actor, datetime], Sequence[Task]]

LONGEST = 50

VIEWED_WITH: dict[Aggregate, Permission] = {
    Aggregate.PLAN: Permission.BUDGET_VIEW,
    Aggregate.TENDER: Permission.PROJECT_VIEW,
    Aggregate.REVIEW: Permission.REVIEW_VIEW,
    Aggregate.CONTRACT: Permission.CONTRACT_VIEW,
    Aggregate.EVALUATION: Permission.EVALUATION_VIEW,
    Aggregate.ACCEPTANCE: Permission.ACCEPTANCE_VIEW,
    Aggregate.PAYMENT_REQUEST: Permission.PAYMENT_VIEW,
}
"""Who hears at all how far a thing is."""

PANEL = "评审小组"


@dataclass(frozen=True)
class DeskPage:
    """A person's desk."""

    tasks: tuple[Task, ...]
    waiting: tuple[Waiting, ...]


def desk_page(
    session: Session, actor: Actor, now: datetime, sources: Sequence[TodoSource]
) -> DeskPage:
    """What waits for the person, nearest binding date first, and what waits for others."""
    tasks = [task for source in sources for task in source(session, actor, now)]
    tasks.sort(key=lambda task: (_day(task), task.number, task.step))
    return DeskPage(tuple(tasks), tuple(waiting_for_others(session, actor, now)))


def _day(task: Task) -> date:
    return task.deadline.on if task.deadline else date.max


def _things() -> tuple[tuple[Aggregate, Any, Any], ...]:
    through_contract = select(Contract.project_id).where
    return (
        (Aggregate.PLAN, Plan, Plan.project_id),
        (Aggregate.TENDER, Tender, Tender.project_id),
        (Aggregate.REVIEW, Review, Review.project_id),
        (Aggregate.CONTRACT, Contract, Contract.project_id),
        (
            Aggregate.EVALUATION,
            Evaluation,
            through_contract(Contract.id == Evaluation.contract_id).scalar_subquery(),
        ),
        (
            Aggregate.ACCEPTANCE,
            Acceptance,
            through_contract(Contract.id == Acceptance.contract_id).scalar_subquery(),
        ),
        (
            Aggregate.PAYMENT_REQUEST,
            PaymentRequest,
            through_contract(Contract.id == PaymentRequest.contract_id).scalar_subquery(),
        ),
    )


def waiting_for_others(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    """The open things of the organisation's own cases whose next step is somebody else's."""
    rows: list[tuple[Aggregate, str, State, str, str]] = []
    for aggregate, model, project_id in _things():
        if not actor.may(VIEWED_WITH[aggregate]):
            continue
        for row in session.execute(_open_things(actor, model, project_id)):
            rows.append((aggregate, row.id, row.state, row.number, row.title))
    terms = deadlines.running_for(session, [row[1] for row in rows])
    nearest: dict[str, Any] = {}
    for term in terms:
        if term.permission is None:
            # A period that runs out by itself is nobody's to be waited for.
            continue
        known = nearest.get(term.subject_id)
        if known is None or term.due_at < known.due_at:
            nearest[term.subject_id] = term
    found = []
    for aggregate, subject, state, number, title in rows:
        step = forward_step(aggregate, state)
        if step is None or _is_own(actor, step):
            continue
        due = nearest.get(subject)
        found.append(
            Waiting(
                case=title,
                number=number,
                step=f"{AGGREGATE_LABELS[aggregate]}：{_words(state, actor)}",
                on_whom=PANEL if _is_panels(step) else role_words(step.permission),
                href=f"/projects/{number}",
                deadline=deadlines.term_line(due, now) if due else None,
            )
        )
    found.sort(key=lambda item: (item.deadline.on if item.deadline else date.max, item.number))
    return found[:LONGEST]


def _is_panels(step: Transition) -> bool:
    return step.permission is Permission.BID_SCORE


def _is_own(actor: Actor, step: Transition) -> bool:
    """Whether the step, or the work that leads to it, is the actor's own office; a seat on a panel
    goes with no office.
    """
    if actor.may(PREPARED_WITH.get(step.permission, step.permission)):
        return not _is_panels(step) or actor.holds(Role.EXPERT)
    return False


def _words(state: State, actor: Actor) -> str:
    return state_words(state).for_audience(Audience.BUYER if actor.is_buyer else Audience.SUPPLIER)


def _open_things(actor: Actor, model: Any, project_id: Any) -> Select[Any]:
    open_states = [state for state in model.state.type.enum_class if not is_final(state)]
    return (
        select(model.id, model.state, Project.number, Project.title)
        .join(Project, Project.id == project_id)
        .join(ProjectParty, ProjectParty.project_id == Project.id)
        .where(
            ProjectParty.organisation_id == actor.organisation_id,
            Project.closed_at.is_(None),
            model.state.in_(open_states),
        )
        .order_by(Project.number, model.id)
        .limit(LONGEST)
    )
