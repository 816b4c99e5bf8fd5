"""What waits for others in the cases of an organisation, and on whom: for its people's desks and for
the page of a case.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from procure.desks.reminders.turns import PREPARED_WITH, THINGS, in_case
from procure.kernel.access import Actor, Permission, Role, role_words
from procure.kernel.case_lines import Waiting
from procure.kernel.lifecycle import (
    STATES,
    Aggregate,
    Audience,
    State,
    TenderState,
    Transition,
    forward_step,
)
from procure.kernel.paths import case_path
from procure.registers.deadlines import queries as deadlines
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus
from procure.registers.projects.models import Project, ProjectParty
from procure.stages.awards.models import Review
from procure.stages.contracts.models import Contract
from procure.stages.tenders.models import Tender
from procure.stages.tenders.terms import DEADLINE_RULE

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


def waiting_for_others(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    project_id: str | None = None,
    kinds: Collection[Aggregate] = VIEWED_WITH,
) -> tuple[list[Waiting], int]:
    """The open things of the organisation's own cases, or of one of them, whose next step is somebody
    else's: those with the nearest dates, and how many there are in all. A statement each kind.
    """
    found, total = [], 0
    for aggregate in kinds:
        if not actor.may(VIEWED_WITH[aggregate]):
            continue
        steps = _steps_of_others(actor, aggregate)
        query = _open_things(actor, aggregate, steps)
        if project_id is not None:
            query = query.where(Project.id == project_id)
        for row in session.execute(query):
            step, due = steps[row.state], row.Deadline
            total += row.number_of_all if row.place == 1 else 0
            found.append(
                Waiting(
                    case=row.title,
                    number=row.number,
                    step=f"{aggregate.label}：{_words(row.state, actor)}",
                    on_whom=PANEL if _is_panels(step) else role_words(step.permission),
                    href=case_path(row.number),
                    deadline=deadlines.term_line(due, now) if due else None,
                )
            )
    found.sort(key=lambda item: (item.deadline.on if item.deadline else date.max, item.number))
    return found[:LONGEST], total


def _steps_of_others(actor: Actor, aggregate: Aggregate) -> dict[State, Transition]:
    """The states from which somebody else takes the next step, each with that step."""
    steps = {state: forward_step(aggregate, state) for state in STATES[aggregate]}
    return {
        state: step
        for state, step in steps.items()
        if step is not None and not _is_own(actor, step)
    }


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
    return state.for_audience(Audience.BUYER if actor.is_buyer else Audience.SUPPLIER)


def _open_things(
    actor: Actor, aggregate: Aggregate, steps: Mapping[State, Transition]
) -> Select[Any]:
    """The things in these states with the term that binds each, the nearest first; what belongs to a
    purchase that has ended waits for nobody.
    """
    model = THINGS[aggregate]
    order = (Deadline.due_at.is_(None), Deadline.due_at, Project.number, model.id)
    query = (
        in_case(aggregate)
        .add_columns(
            Deadline,
            func.count().over().label("number_of_all"),
            func.row_number().over(order_by=order).label("place"),
        )
        .join(ProjectParty, ProjectParty.project_id == Project.id)
        .outerjoin(Deadline, Deadline.id == _nearest_term(aggregate, model))
        .where(
            ProjectParty.organisation_id == actor.organisation_id,
            Project.closed_at.is_(None),
            model.state.in_(list(steps)),
        )
        .order_by(*order)
        .limit(LONGEST)
    )
    if aggregate is Aggregate.REVIEW:
        ended = (TenderState.FAILED, TenderState.TERMINATED)
        query = query.join(Tender, Tender.id == Review.tender_id).where(Tender.state.not_in(ended))
    return query


def _nearest_term(aggregate: Aggregate, model: Any) -> ScalarSelect[str]:
    """The running term of a thing that ends first. A period that has to run out, and a door that
    closes, are nobody's to be waited for. A contract is signed within the days of its award.
    """
    of_it = Deadline.subject_id == model.id
    if aggregate is Aggregate.CONTRACT:
        award = (
            select(Review.id)
            .where(Review.winner_bid_id == Contract.bid_id)
            .correlate(Contract)
            .scalar_subquery()
        )
        of_it = or_(of_it, Deadline.subject_id == award)
    return (
        select(Deadline.id)
        .where(
            of_it,
            Deadline.status == TermStatus.RUNNING,
            Deadline.kind != TermKind.AT_LEAST,
            Deadline.rule != DEADLINE_RULE,
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(1)
        .correlate(model)
        .scalar_subquery()
    )
