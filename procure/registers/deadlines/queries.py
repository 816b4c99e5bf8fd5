"""What can be read of terms: running ones, overdue ones, and their arithmetic for pages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from procure.kernel.clock import at_local, end_of_day, local_date
from procure.kernel.day_words import date_word
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.statute import by_rule
from procure.kernel.timers import Timer, TimerKind
from procure.kernel.workdays import CHINA, Due, WorkCalendar
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus

CONTRACT_PREFIX = "C-"
"""How the rules of a contract or tender document begin; they have no statute behind them."""

_KINDS = {TimerKind.MIN: TermKind.AT_LEAST, TimerKind.BEFORE: TermKind.BEFORE}


@dataclass(frozen=True)
class Term:
    """A term as the law counts it from a day: kind, last day, the instant it is over."""

    name: str
    source: str
    kind: TermKind
    due: Due
    due_at: datetime


def statutory(rule: str, starts_on: date) -> Timer | None:
    """The statutory period a rule names as in force on its first day; None for contract terms.

    Raises NotInForce (a DomainError) when no version was in force.
    """
    if rule.startswith(CONTRACT_PREFIX):
        return None
    return by_rule(rule, starts_on)


def compute_term(period: Timer, starts_on: date, *, work: WorkCalendar = CHINA) -> Term:
    """Count a statutory period from a day.

    An at-least period is over when the act it protects may come: at the beginning of its last day
    where the act may fall on that day (V07), else at its end.
    """
    due = period.due(starts_on, work=work)
    kind = _KINDS.get(period.kind, TermKind.AT_MOST)
    if kind is TermKind.AT_LEAST:
        over = at_local(period.earliest_act(starts_on, work=work))
    else:
        over = end_of_day(due.on)
    return Term(period.name, period.law, kind, due, over)


def running_for(session: Session, subject_ids: Collection[str]) -> Sequence[Deadline]:
    """The running terms of some subjects, the nearest first."""
    return session.scalars(
        select(Deadline)
        .where(Deadline.subject_id.in_(subject_ids), Deadline.status == TermStatus.RUNNING)
        .order_by(Deadline.due_at, Deadline.id)
    ).all()


def of_project(session: Session, project_id: str) -> Sequence[Deadline]:
    """All terms of a project, run out and met ones included, by due instant."""
    return session.scalars(
        select(Deadline)
        .where(Deadline.project_id == project_id)
        .order_by(Deadline.due_at, Deadline.id)
    ).all()


def find_term(session: Session, subject_id: str, rule: str) -> Deadline | None:
    """The term of a subject under a rule: the running one, else the latest that was met."""
    return session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_id == subject_id,
            Deadline.rule == rule,
            Deadline.status != TermStatus.CANCELLED,
        )
        .order_by(
            case((Deadline.status == TermStatus.RUNNING, 0), else_=1),
            Deadline.due_at.desc(),
            Deadline.id,
        )
        .limit(1)
    ).first()


def overdue(session: Session, now: datetime) -> Sequence[Deadline]:
    """The running terms to act within whose last instant has passed, the longest overdue first."""
    return session.scalars(
        select(Deadline)
        .where(
            Deadline.status == TermStatus.RUNNING,
            Deadline.kind != TermKind.AT_LEAST,
            Deadline.due_at <= now,
        )
        .order_by(Deadline.due_at, Deadline.id)
    ).all()


def is_over(deadline: Deadline, now: datetime) -> bool:
    """Whether the term has run out at this instant: 截止 itself is already over."""
    return now >= deadline.due_at


def term_line(
    deadline: Deadline, now: datetime, *, gate: bool = False, work: WorkCalendar = CHINA
) -> DeadlineLine:
    """A term as pages show it, with its arithmetic day by day and the law.

    `gate` words it as a door that closes (投标截止) and not as a duty. The registered date stands
    even when the calendar has changed since; the arithmetic then says so.
    """
    period = statutory(deadline.rule, deadline.starts_on)
    due: Due | date = deadline.due_on
    if period is not None:
        due = _as_registered(deadline, compute_term(period, deadline.starts_on, work=work).due)
    kind = DeadlineKind.GATE if gate else DeadlineKind.DUTY
    if deadline.kind is TermKind.AT_LEAST:
        kind = DeadlineKind.EARLIEST
        first = local_date(deadline.due_at)
        due = replace(due, on=first) if isinstance(due, Due) else first
    on = due.on if isinstance(due, Due) else due
    timed = deadline.due_at not in (end_of_day(on), at_local(on))
    return deadline_line(
        due,
        now,
        label=deadline.label,
        kind=kind,
        at=deadline.due_at if timed else None,
        rule=period.law if period is not None else "",
        met_on=_met_on(deadline),
    )


def _met_on(deadline: Deadline) -> date | None:
    if deadline.met_on is not None or deadline.met_at is None:
        return deadline.met_on
    return local_date(deadline.met_at)


def _as_registered(deadline: Deadline, counted: Due) -> Due:
    words = counted.words
    if counted.on != deadline.due_on:
        words += f"；登记的日期是{date_word(deadline.due_on)}，以登记的日期为准"
    return replace(counted, on=deadline.due_on, provisional=deadline.provisional, words=words)
