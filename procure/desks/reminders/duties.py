"""Which duties there are and who has to act: read off terms, evaluations and unsent bids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Permission, Role, roles_with
from procure.kernel.clock import local, local_date
from procure.kernel.lifecycle import BidState, EvaluationState, TenderState
from procure.registers.accounts.models import Organisation, RoleGrant, User
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus
from procure.registers.deadlines.queries import term_line
from procure.registers.projects.models import Project
from procure.stages.bids.models import Bid
from procure.stages.contracts.models import Contract
from procure.stages.evaluation.events import name_of
from procure.stages.evaluation.models import Evaluation
from procure.stages.tenders.models import Tender
from procure.stages.tenders.terms import OPENING_RULE
from procure.web.presenters import DeadlineKind, DeadlineLine, deadline_line


@dataclass(frozen=True)
class Desk:
    """Whose duty something is: an office of an organisation, or one person."""

    organisation_id: str | None
    permission: Permission
    user_id: str | None = None


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

    def line(self, now: datetime) -> DeadlineLine:
        """The date in words, with its arithmetic where a law counts it."""
        if self.term is not None:
            return term_line(self.term, now)
        kind = DeadlineKind.GATE if self.kind == BID else DeadlineKind.DUTY
        return deadline_line(self.due_on, now, label=self.label, kind=kind, at=self.due_at)


TERM = "term"
EVALUATION = "evaluation"
BID = "bid"


def duties(session: Session, now: datetime, until: datetime | None = None) -> list[Duty]:
    """The open duties that fall due before an instant (all when left out); three statements."""
    evaluations = _evaluations(session, until)
    known = {(duty.subject_id, duty.due_on) for duty in evaluations}
    terms = [
        duty
        for duty in _terms(session, until)
        if duty.term is None or (duty.term.subject_id, duty.due_on) not in known
    ]
    return [*terms, *evaluations, *_drafts(session, now, until)]


def _terms(session: Session, until: datetime | None) -> list[Duty]:
    query = (
        select(Deadline, Project.number, Project.title, Project.buyer_id, Tender.deadline_at)
        .join(Project, Project.id == Deadline.project_id)
        .outerjoin(Tender, and_(Tender.id == Deadline.subject_id, Deadline.rule == OPENING_RULE))
        .where(
            Deadline.status == TermStatus.RUNNING,
            Deadline.kind != TermKind.AT_LEAST,
            Deadline.permission.is_not(None),
            *(() if until is None else (Deadline.due_at <= until,)),
        )
        .order_by(Deadline.due_at, Deadline.id)
    )
    found = []
    for term, number, title, buyer_id, opens_at in session.execute(query):
        assert term.permission is not None
        found.append(
            Duty(
                kind=TERM,
                subject_id=term.id,
                project_id=term.project_id,
                number=number,
                title=title,
                label=term.label if opens_at is None else _opening(term.label, opens_at),
                due_on=term.due_on,
                desks=(Desk(term.organisation_id or buyer_id, term.permission),),
                path=f"/projects/{number}",
                buyer_id=buyer_id,
                due_at=term.due_at,
                term=term,
            )
        )
    return found


def _opening(label: str, opens_at: datetime) -> str:
    """An opening is held at an hour, though its term is counted in days (O87 art 39)."""
    return f"{label}（{local(opens_at):%H:%M}）"


def _evaluations(session: Session, until: datetime | None) -> list[Duty]:
    query = (
        select(Evaluation, Project.id, Project.number, Project.title, Project.buyer_id)
        .join(Contract, Contract.id == Evaluation.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(
            Evaluation.state.not_in((EvaluationState.CONFIRMED, EvaluationState.CANCELLED)),
            *(() if until is None else (Evaluation.due_on <= local_date(until),)),
        )
        .order_by(Evaluation.due_on, Evaluation.id)
    )
    return [
        Duty(
            kind=EVALUATION,
            subject_id=evaluation.id,
            project_id=project_id,
            number=number,
            title=title,
            label=name_of(evaluation.kind, evaluation.round),
            due_on=evaluation.due_on,
            desks=_desks_of(evaluation, buyer_id),
            path=f"/projects/{number}/evaluations/{evaluation.kind}",
            buyer_id=buyer_id,
        )
        for evaluation, project_id, number, title, buyer_id in session.execute(query)
    ]


def _desks_of(evaluation: Evaluation, buyer_id: str) -> tuple[Desk, ...]:
    """Who is at it: the clerk who assigns, then the evaluators, then the approver who confirms."""
    if evaluation.state is EvaluationState.SCHEDULED:
        return (Desk(buyer_id, Permission.EVALUATION_ASSIGN),)
    if evaluation.state is EvaluationState.SUBMITTED:
        return (Desk(buyer_id, Permission.EVALUATION_CONFIRM),)
    return (
        Desk(evaluation.assessor_id, Permission.EVALUATION_SCORE, evaluation.evaluator_id),
        Desk(evaluation.assessor_id, Permission.EVALUATION_SUBMIT),
    )


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
            path=f"/projects/{number}/bid",
            buyer_id="",
            due_at=deadline_at,
        )
        for bid_id, supplier_id, project_id, number, title, deadline_at in session.execute(query)
        if deadline_at is not None
    ]


@dataclass(frozen=True)
class Staff:
    """The active people with their roles, and how organisations stand above one another."""

    emails: Mapping[str, str]
    by_role: Mapping[tuple[str, Role], frozenset[str]]
    parents: Mapping[str, str | None]

    def at(self, desk: Desk) -> frozenset[str]:
        """The active people at a desk."""
        if desk.user_id is not None:
            return frozenset({desk.user_id} & self.emails.keys())
        return self.holders(desk.organisation_id, roles_with(desk.permission))

    def of(self, duty: Duty) -> frozenset[str]:
        """The active people whose duty it is."""
        return frozenset().union(*(self.at(desk) for desk in duty.desks))

    def holders(self, organisation_id: str | None, roles: Iterable[Role]) -> frozenset[str]:
        """The active people of an organisation who hold one of the roles."""
        return frozenset().union(
            *(self.by_role.get((organisation_id or "", role), frozenset()) for role in roles)
        )

    def everywhere(self, role: Role) -> frozenset[str]:
        """The active people who hold a role, in whatever organisation."""
        return frozenset().union(*(ids for (_, held), ids in self.by_role.items() if held is role))

    def above(self, organisation_id: str, roles: Iterable[Role]) -> frozenset[str]:
        """The holders of the roles in the nearest organisation above that has any."""
        wanted, seen = tuple(roles), {organisation_id}
        parent = self.parents.get(organisation_id)
        while parent is not None and parent not in seen:
            if found := self.holders(parent, wanted):
                return found
            seen.add(parent)
            parent = self.parents.get(parent)
        return frozenset()


def staff(session: Session) -> Staff:
    """Who works where now; two statements. People of closed organisations count as gone."""
    granted: Any = aliased(RoleGrant)
    rows = session.execute(
        select(User.id, User.email, User.organisation_id, granted.role)
        .join(Organisation, Organisation.id == User.organisation_id)
        .outerjoin(
            granted,
            and_(
                granted.user_id == User.id,
                granted.granted_at.is_not(None),
                granted.revoked_at.is_(None),
            ),
        )
        .where(User.is_active, Organisation.is_active)
    )
    emails: dict[str, str] = {}
    by_role: dict[tuple[str, Role], set[str]] = {}
    for user_id, email, organisation_id, role in rows:
        emails[user_id] = email
        if role is not None:
            by_role.setdefault((organisation_id, role), set()).add(user_id)
    parents = session.execute(select(Organisation.id, Organisation.parent_id))
    return Staff(
        emails,
        {place: frozenset(ids) for place, ids in by_role.items()},
        {row.id: row.parent_id for row in parents},
    )
