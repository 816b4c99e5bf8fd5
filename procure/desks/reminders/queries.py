"""What can be read of reminders: a person's inbox, the mails that were given up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from procure.desks.reminders.duties import BID, EVALUATION, TERM
from procure.desks.reminders.messages import ESCALATION
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.kernel.access import Actor, Permission, roles_with
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import BidState, EvaluationState, TenderState
from procure.kernel.paging import Page, PageRequest
from procure.registers.accounts.models import RoleGrant, User
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.stages.bids.models import Bid
from procure.stages.evaluation.models import Evaluation
from procure.stages.tenders.models import Tender
from procure.store.types import Instant

SORTS = ("-created",)
FILTERS = ("show",)
UNREAD = "unread"
OF_EVALUATIONS = (EVALUATION, ESCALATION)

_MESSAGE, _TERM, _EVALUATION = InboxMessage.__table__, Deadline.__table__, Evaluation.__table__
_BID, _TENDER = Bid.__table__, Tender.__table__
# By names of their own: the count is asked within a statement on people.
_READER, _GRANT = User.__table__.alias("reader"), RoleGrant.__table__.alias("reader_grant")


@dataclass(frozen=True)
class InboxLine:
    """A message in its owner's inbox."""

    id: str
    title: str
    words: str
    path: str
    created_at: datetime
    read_at: datetime | None
    is_settled: bool
    is_done: bool

    @property
    def outcome(self) -> str:
        """What became of the duty, in words; empty while it waits or where there is none."""
        if not self.is_settled:
            return ""
        return "已办结" if self.is_done else "已失效"


@dataclass(frozen=True)
class FailedMail:
    """A mail that was given up. What it says is its reader's business and not shown."""

    id: str
    name: str
    address: str
    tries: int
    last_error: str
    given_up_at: datetime


def _settled(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether the duty a message reminds of is no longer due, read off the duty itself.

    What is not about a duty (digests, mails that failed) is settled by reading alone. An evaluation
    is due for its reader while it waits at their desk, for those who were told to see to it until it
    is confirmed.
    """
    open_term = exists().where(
        _TERM.c.id == _MESSAGE.c.subject_id, _TERM.c.status == TermStatus.RUNNING
    )
    open_evaluation = exists().where(
        _EVALUATION.c.id == _MESSAGE.c.subject_id,
        _EVALUATION.c.state.not_in((EvaluationState.CONFIRMED, EvaluationState.CANCELLED)),
    )
    open_here = exists().where(_EVALUATION.c.id == _MESSAGE.c.subject_id, _is_at_desk())
    open_bid = exists().where(
        _BID.c.id == _MESSAGE.c.subject_id,
        _BID.c.state == BidState.DRAFT,
        _TENDER.c.id == _BID.c.tender_id,
        _TENDER.c.state == TenderState.PUBLISHED,
        _TENDER.c.deadline_at > now,
    )
    return or_(
        and_(_MESSAGE.c.kind == TERM, ~open_term),
        and_(_MESSAGE.c.kind == ESCALATION, ~open_evaluation, ~open_term),
        and_(_MESSAGE.c.kind == EVALUATION, ~open_here),
        and_(_MESSAGE.c.kind == BID, ~open_bid),
    )


def _is_at_desk() -> ColumnElement[bool]:
    """Whether an evaluation waits at the desk of a message's reader: the desks of `duties`."""
    works_there = (
        exists()
        .where(
            _READER.c.id == _MESSAGE.c.user_id,
            _READER.c.organisation_id == _EVALUATION.c.assessor_id,
        )
        .correlate(_MESSAGE, _EVALUATION)
    )
    return or_(
        and_(
            _EVALUATION.c.state == EvaluationState.SCHEDULED,
            _holds(Permission.EVALUATION_ASSIGN),
        ),
        and_(_EVALUATION.c.state == EvaluationState.ASSIGNED, works_there),
        and_(
            _EVALUATION.c.state == EvaluationState.SUBMITTED,
            _holds(Permission.EVALUATION_CONFIRM),
        ),
    )


def _holds(permission: Permission) -> ColumnElement[bool]:
    """Whether the reader of a message holds an office now that carries the permission."""
    return (
        exists()
        .where(
            _GRANT.c.user_id == _MESSAGE.c.user_id,
            # One by one: a list would be spelled out anew with every page.
            or_(*(_GRANT.c.role == role for role in sorted(roles_with(permission)))),
            _GRANT.c.granted_at.is_not(None),
            _GRANT.c.revoked_at.is_(None),
        )
        .correlate(_MESSAGE)
    )


def _done() -> ColumnElement[bool]:
    """Whether the duty was done, and not cancelled, missed or given up."""
    evaluated = exists().where(
        _EVALUATION.c.id == _MESSAGE.c.subject_id, _EVALUATION.c.state != EvaluationState.CANCELLED
    )
    met = exists().where(_TERM.c.id == _MESSAGE.c.subject_id, _TERM.c.status == TermStatus.MET)
    sent = exists().where(
        _BID.c.id == _MESSAGE.c.subject_id,
        _BID.c.state.in_((BidState.SUBMITTED, BidState.OPENED)),
    )
    return or_(
        and_(_MESSAGE.c.kind.in_((TERM, ESCALATION)), met),
        and_(_MESSAGE.c.kind.in_(OF_EVALUATIONS), evaluated),
        and_(_MESSAGE.c.kind == BID, sent),
    )


def unread_of(user_id: ColumnElement[str], now: ColumnElement[datetime]) -> ScalarSelect[int]:
    """How many messages wait unread for a person, to be asked beside something else."""
    return (
        select(func.count())
        .select_from(_MESSAGE)
        .where(_MESSAGE.c.user_id == user_id, _MESSAGE.c.read_at.is_(None), ~_settled(now))
        .scalar_subquery()
    )


def unread(session: Session, user_id: str, now: datetime) -> int:
    """How many messages wait unread in a person's inbox."""
    return session.scalar(select(unread_of(literal(user_id), literal(now, Instant())))) or 0


def inbox(session: Session, actor: Actor, now: datetime, request: PageRequest) -> Page[InboxLine]:
    """One page of the actor's own messages, newest first; two statements."""
    settled = _settled(literal(now, Instant()))
    shown = request.filters.get("show", "")
    if shown not in ("", UNREAD):
        raise Invalid("show", "没有这种筛选。", remedy="请从列表上方选择。")
    conditions = [InboxMessage.user_id == actor.user_id]
    if shown:
        conditions += [InboxMessage.read_at.is_(None), ~settled]
    total = session.scalar(select(func.count()).select_from(InboxMessage).where(*conditions))
    query: Select[*tuple[Any, ...]] = (
        select(
            InboxMessage.id,
            InboxMessage.title,
            InboxMessage.words,
            InboxMessage.path,
            InboxMessage.created_at,
            InboxMessage.read_at,
            settled,
            _done(),
        )
        .where(*conditions)
        .order_by(InboxMessage.created_at.desc(), InboxMessage.id)
        .offset(request.offset)
        .limit(request.size)
    )
    return Page([InboxLine(*row) for row in session.execute(query)], total or 0, request)


def failed_mails(session: Session, actor: Actor, request: PageRequest) -> Page[FailedMail]:
    """One page of the mails that were given up, the latest first; two statements."""
    actor.require(Permission.ACCOUNT_KEEP)
    given_up = OutboxMail.status == MailStatus.GIVEN_UP
    total = session.scalar(select(func.count()).select_from(OutboxMail).where(given_up))
    query = (
        select(
            OutboxMail.id,
            User.name,
            OutboxMail.address,
            OutboxMail.tries,
            OutboxMail.last_error,
            OutboxMail.next_try_at,
        )
        .join(InboxMessage, InboxMessage.id == OutboxMail.message_id)
        .join(User, User.id == InboxMessage.user_id)
        .where(given_up)
        .order_by(OutboxMail.next_try_at.desc(), OutboxMail.id)
        .offset(request.offset)
        .limit(request.size)
    )
    return Page([FailedMail(*row) for row in session.execute(query)], total or 0, request)


def has_mail_due_before(session: Session, instant: datetime) -> bool:
    """Whether a mail should have gone out before `instant` and still waits."""
    late = exists().where(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_try_at < instant)
    return bool(session.scalar(select(late)))


def mail_address(session: Session, user_id: str) -> str:
    """Where the copies of a person's messages go; empty when nowhere."""
    return session.scalar(select(User.email).where(User.id == user_id)) or ""
