"""Verbs of terms: start one, meet it, give it up, settle a provisional date.

A running case keeps the date it was given under the law in force on the term's first day; only a
provisional date is counted again, and the trail says so.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from procure.kernel.access import Permission
from procure.kernel.clock import at_local, end_of_day, local, local_date
from procure.kernel.day_words import date_word
from procure.kernel.errors import Conflict, Invalid
from procure.kernel.laws import cite
from procure.kernel.records import read_as
from procure.kernel.workdays import CHINA, WorkCalendar
from procure.registers.deadlines.events import (
    TermMet,
    TermsCancelled,
    TermSettled,
    TermStarted,
)
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus
from procure.registers.deadlines.queries import (
    Term,
    compute_term,
    is_over,
    statutory,
)
from procure.registers.projects.events import ProjectClosed
from procure.registers.projects.models import Project
from procure.store.holding import free_of, held
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "due_after_start", "due_on", "期限的最后一日不能早于起算日。", cite("days_counted")
)


_RUNNING = (
    select(Deadline)
    .where(Deadline.status == TermStatus.RUNNING)
    .order_by(Deadline.due_at, Deadline.id)
)
_OF_CLOSED = _RUNNING.join(Project, Project.id == Deadline.project_id).where(
    Project.closed_at.is_not(None)
)
"""The terms that run in closed cases."""


def start_term(
    uow: UnitOfWork,
    *,
    project_id: str,
    subject_id: str,
    rule: str,
    starts_on: date | None = None,
    label: str = "",
    permission: Permission | None = None,
    organisation_id: str | None = None,
    due_on: date | None = None,
    due_at: datetime | None = None,
) -> Deadline:
    """Start a term of a subject.

    A statutory rule ("T28", "T56/agreed") is counted from `starts_on`, today where it is left out, by
    the version in force that day; `due_on` or `due_at` may set another date, as a bid deadline later
    than the law's minimum.
    A contract rule ("C-…") needs `label` and `due_on` or `due_at`. `permission` and
    `organisation_id` say who has to act. Starting the same term again gives back the running one;
    raises Conflict when it runs with another date, Invalid for a contract term without label or
    date or with a date before the start.
    """
    starts_on = starts_on or local_date(uow.now)
    term = _counted(rule, starts_on)
    last, over, counted = _ends(term, due_on, due_at)
    if last is None or over is None or not (label or term):
        raise Invalid("due_on", "约定的期限要写明名称和最后一日。")
    kind = term.kind if term else TermKind.AT_MOST
    if kind is not TermKind.BEFORE and last < starts_on:
        raise Invalid(
            "due_on",
            "期限的最后一日不能早于起算日。",
            cite("days_counted"),
            "请核对起算日和截止日。",
        )
    running = _running(uow, subject_id, rule)
    if running is not None:
        if (running.starts_on, running.due_on, running.due_at) == (starts_on, last, over):
            return running
        raise Conflict(
            f"“{running.label}”已经在计算，最后一日是{date_word(running.due_on)}。",
            remedy="请先办结或撤销原来的期限，再重新起算。",
        )
    deadline = Deadline(
        project_id=project_id,
        subject_id=subject_id,
        rule=rule,
        label=label or (term.name if term else ""),
        kind=kind,
        starts_on=starts_on,
        due_on=last,
        due_at=over,
        provisional=counted and term is not None and term.due.provisional,
        status=TermStatus.RUNNING,
        permission=permission,
        organisation_id=organisation_id,
    )
    uow.session.add(deadline)
    uow.emit(
        read_as(
            TermStarted,
            deadline,
            project=project_id,
            deadline_id=deadline.id,
            term=deadline.label,
            source=term.source if term else "",
            basis=term.due.words if counted and term else _set_words(starts_on, last),
        )
    )
    return deadline


def meet_term(
    uow: UnitOfWork,
    subject_id: str,
    rule: str,
    *,
    on: date | None = None,
    awaited: bool = False,
) -> Deadline | None:
    """Note that what the term was for is done, late or in time; None when no such term runs.

    An `awaited` instant had to come first: what follows upon it is not late.

    `on` is the day on which it was done where that is earlier than its registration: the law asks
    for that day, and whether it was late is judged by it. Raises Invalid for a day to come.
    """
    deadline = _running(uow, subject_id, rule)
    if deadline is None:
        return None
    today = local_date(uow.now)
    if on is not None and on > today:
        raise Invalid("on", f"办理日期{date_word(on)}还没有到。", remedy="请填写实际办理的日期。")
    over = is_over(deadline, uow.now) if on in (None, today) else on > deadline.due_on
    deadline.status = TermStatus.MET
    deadline.met_at = uow.now
    deadline.met_on = on or today
    uow.emit(
        read_as(
            TermMet,
            deadline,
            project=deadline.project_id,
            deadline_id=deadline.id,
            term=deadline.label,
            late=over and not awaited and deadline.kind is not TermKind.AT_LEAST,
        )
    )
    return deadline


def cancel_terms(uow: UnitOfWork, subject_id: str, rule: str | None = None) -> int:
    """Give up the running terms of a subject, or the one of a rule; how many there were."""
    query = _RUNNING.where(Deadline.subject_id == subject_id)
    if rule is not None:
        query = query.where(Deadline.rule == rule)
    terms = uow.session.scalars(held(query, Deadline)).all()
    _cancel(uow, terms)
    return len(terms)


def on_project_closed(uow: UnitOfWork, happened: ProjectClosed) -> None:
    """End what still runs when a case is closed: nobody can act in it any more."""
    terms = _OF_CLOSED.where(Deadline.project_id == happened.project)
    _end(uow, uow.session.scalars(held(terms, Deadline)).all())


def end_terms(uow: UnitOfWork) -> int:
    """End the periods that had to run out and have, and whatever runs in a closed case; how many.

    A term that somebody is just meeting is theirs.
    """
    over = _RUNNING.where(Deadline.kind == TermKind.AT_LEAST, Deadline.due_at <= uow.now)
    terms = [uow.session.scalars(free_of(query, Deadline)) for query in (over, _OF_CLOSED)]
    return _end(uow, [term for those in terms for term in those])


def _end(uow: UnitOfWork, terms: Sequence[Deadline]) -> int:
    """A period that has run out is over; what could still be done is given up."""
    running = {term.id: term for term in terms}.values()
    over = [term for term in running if term.kind is TermKind.AT_LEAST and is_over(term, uow.now)]
    for term in over:
        meet_term(uow, term.subject_id, term.rule, on=min(term.due_on, local_date(uow.now)))
    rest: dict[str, list[Deadline]] = {}
    for term in running:
        if term not in over:
            rest.setdefault(term.subject_id, []).append(term)
    for those in rest.values():
        _cancel(uow, those)
    return len(running)


def _cancel(uow: UnitOfWork, terms: Sequence[Deadline]) -> None:
    """Give up terms of one subject."""
    for deadline in terms:
        deadline.status = TermStatus.CANCELLED
    if terms:
        uow.emit(
            TermsCancelled(
                subject_id=terms[0].subject_id,
                project=terms[0].project_id,
                rules=tuple(deadline.rule for deadline in terms),
                terms=tuple(deadline.label for deadline in terms),
            )
        )


def settle_provisional(uow: UnitOfWork, deadline: Deadline, *, work: WorkCalendar = CHINA) -> bool:
    """Make a provisional date final once the years it reaches into are announced.

    Gives False, changing nothing, while the date is still open or when it is not provisional.
    """
    period = statutory(deadline.rule, deadline.starts_on)
    if not deadline.provisional or period is None or deadline.status is not TermStatus.RUNNING:
        return False
    term = compute_term(period, deadline.starts_on, work=work)
    if term.due.provisional:
        return False
    before = deadline.due_on
    deadline.due_on, deadline.due_at, deadline.provisional = term.due.on, term.due_at, False
    uow.emit(
        read_as(
            TermSettled,
            deadline,
            project=deadline.project_id,
            deadline_id=deadline.id,
            term=deadline.label,
            provisional_due_on=before,
            basis=term.due.words,
        )
    )
    return True


def settle_all_provisional(uow: UnitOfWork, *, work: WorkCalendar = CHINA) -> int:
    """Settle every provisional date that can be settled now; how many were."""
    provisional = free_of(_RUNNING.where(Deadline.provisional), Deadline)
    terms = uow.session.scalars(provisional).all()
    return sum(settle_provisional(uow, deadline, work=work) for deadline in terms)


def _counted(rule: str, starts_on: date) -> Term | None:
    period = statutory(rule, starts_on)
    return None if period is None else compute_term(period, starts_on)


def _ends(
    term: Term | None, due_on: date | None, due_at: datetime | None
) -> tuple[date | None, datetime | None, bool]:
    """Last day and last instant of the term, and whether both were counted by the law."""
    if due_at is not None:
        moment = local(due_at)
        if due_on is not None and not at_local(due_on) <= due_at <= end_of_day(due_on):
            raise Invalid("due_at", "截止时刻不在期限的最后一日。", remedy="请核对日期和时刻。")
        return due_on or moment.date(), due_at, False
    if due_on is not None:
        first = term is not None and term.kind is TermKind.AT_LEAST
        return due_on, at_local(due_on) if first else end_of_day(due_on), False
    if term is None:
        return None, None, False
    return term.due.on, term.due_at, True


def _set_words(starts_on: date, last: date) -> str:
    return f"自{date_word(starts_on)}起，约定至{date_word(last)}"


def _running(uow: UnitOfWork, subject_id: str, rule: str) -> Deadline | None:
    query = _RUNNING.where(Deadline.subject_id == subject_id, Deadline.rule == rule)
    return uow.session.scalars(held(query, Deadline)).first()
