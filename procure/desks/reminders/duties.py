"""Which duties there are and who has to act: read off terms, their subjects and unsent bids."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from procure.desks.reminders.staff import Desk
from procure.desks.reminders.turns import Standing, standings
from procure.kernel.access import Permission
from procure.kernel.clock import local, local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.lifecycle import Aggregate, BidState, TenderState
from procure.kernel.paths import case_path
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus
from procure.registers.deadlines.queries import term_line
from procure.registers.projects.models import Project
from procure.stages.bids.models import Bid
from procure.stages.evaluation.queries import (
    AGAIN_RULE,
    FINAL_RULE,
    MIDTERM_RULE,
    OLD_FINAL_RULE,
)
from procure.stages.tenders.models import Tender
from procure.stages.tenders.terms import DEADLINE_RULE, OPENING_RULES

EVALUATION_RULES = (MIDTERM_RULE, FINAL_RULE, OLD_FINAL_RULE, AGAIN_RULE)


@dataclass(frozen=True)
class Duty:
    """Something that has to be done by a day, for whoever sits at its desks."""

    kind: str
    subject_id: str
    project_id: str
    number: str
    title: str
    label: str
    due_on: date
    desks: tuple[Desk, ...]
    path: str
    buyer_id: str
    due_at: datetime | None = None
    term: Deadline | None = None
    held_at: datetime | None = None
    """The hour at which it is, where it is not a matter of days."""

    def line(self, now: datetime) -> DeadlineLine:
        """The date in words, with its arithmetic where a law counts it."""
        if self.term is not None:
            return term_line(self.term, now)
        kind = DeadlineKind.GATE if self.kind == BID else DeadlineKind.DUTY
        return deadline_line(self.due_on, now, label=self.label, kind=kind, at=self.due_at)


TERM = "term"
EVALUATION = "evaluation"
BID = "bid"

OF_DUTIES = (
    Aggregate.TENDER,
    Aggregate.REVIEW,
    Aggregate.CONTRACT,
    Aggregate.MILESTONE,
    Aggregate.EVALUATION,
    Aggregate.ACCEPTANCE,
    Aggregate.PAYMENT_REQUEST,
)
"""The things that terms to act within are started for."""


def duties(session: Session, now: datetime, until: datetime | None = None) -> list[Duty]:
    """The open duties that fall due before an instant (all when left out); a fixed number of
    statements. Nothing of a closed case is a duty.
    """
    return [*_terms(session, until), *_drafts(session, now, until)]


def _terms(session: Session, until: datetime | None) -> list[Duty]:
    """The running terms to act within, each a duty of who can take the next step of its subject."""
    open_terms = (
        Deadline.status == TermStatus.RUNNING,
        Deadline.kind != TermKind.AT_LEAST,
        *(() if until is None else (Deadline.due_at <= until,)),
    )
    query = (
        select(Deadline, Project.number, Project.title, Project.buyer_id, Tender.deadline_at)
        .join(Project, Project.id == Deadline.project_id)
        .outerjoin(Tender, and_(Tender.id == Deadline.subject_id, Deadline.rule.in_(OPENING_RULES)))
        .where(*open_terms, Project.closed_at.is_(None), Deadline.rule != DEADLINE_RULE)
        .order_by(Deadline.due_at, Deadline.id)
    )
    rows = session.execute(query).all()
    subjects = select(Deadline.subject_id).where(*open_terms)
    standing = {
        subject_id: one
        for aggregate in (OF_DUTIES if rows else ())
        for subject_id, one in standings(session, aggregate, lambda ids: ids.in_(subjects)).items()
    }
    return [
        _of_term(term, number, title, buyer_id, opens_at, standing.get(term.subject_id))
        for term, number, title, buyer_id, opens_at in rows
    ]


def _of_term(
    term: Deadline,
    number: str,
    title: str,
    buyer_id: str,
    opens_at: datetime | None,
    standing: Standing | None,
) -> Duty:
    of_evaluation = standing is not None and term.rule in EVALUATION_RULES
    return Duty(
        kind=EVALUATION if of_evaluation else TERM,
        subject_id=term.subject_id if of_evaluation else term.id,
        project_id=term.project_id,
        number=number,
        title=title,
        label=term.label if opens_at is None else _opening(term.label, opens_at),
        due_on=term.due_on,
        desks=_desks_of(term, standing, buyer_id),
        path=standing.path if standing is not None else case_path(number),
        buyer_id=buyer_id,
        due_at=term.due_at,
        term=term,
        held_at=opens_at,
    )


def _desks_of(term: Deadline, standing: Standing | None, buyer_id: str) -> tuple[Desk, ...]:
    """Whose the term is: the subject's state says so. A term of something without states keeps the
    desk that it was started with.
    """
    if standing is not None:
        return standing.desks(term.rule)
    if term.permission is None:
        return ()
    return (Desk(term.organisation_id or buyer_id, term.permission),)


def _opening(label: str, opens_at: datetime) -> str:
    """An opening is held at an hour, though its term is counted in days (O87 art 39)."""
    return f"{label}（{local(opens_at):%H:%M}）"


def _drafts(session: Session, now: datetime, until: datetime | None) -> list[Duty]:
    """Bids begun and not sent, each for its own bidder alone (O87 art 33)."""
    query = (
        select(
            Bid.id, Bid.supplier_id, Project.id, Project.number, Project.title, Tender.deadline_at
        )
        .join(Tender, Tender.id == Bid.tender_id)
        .join(Project, Project.id == Tender.project_id)
        .where(
            Bid.state == BidState.DRAFT,
            Tender.state == TenderState.PUBLISHED,
            Tender.deadline_at > now,
            *(() if until is None else (Tender.deadline_at <= until,)),
        )
        .order_by(Tender.deadline_at, Bid.id)
    )
    return [
        Duty(
            kind=BID,
            subject_id=bid_id,
            project_id=project_id,
            number=number,
            title=title,
            label="投标文件尚未提交",
            due_on=local_date(deadline_at),
            desks=(Desk(supplier_id, Permission.BID_DRAFT),),
            path=case_path(number, "bid"),
            buyer_id="",
            due_at=deadline_at,
            held_at=deadline_at,
        )
        for bid_id, supplier_id, project_id, number, title, deadline_at in session.execute(query)
        if deadline_at is not None
    ]
