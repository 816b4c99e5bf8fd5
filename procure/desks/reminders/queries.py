"""What can be read of reminders: a person's inbox, the mails that were given up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from procure.desks.reminders.duties import BID, EVALUATION, TERM
from procure.desks.reminders.messages import ESCALATION
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.kernel.access import Actor, Permission, roles_with
from procure.kernel.lifecycle import BidState, EvaluationState, TenderState
from procure.registers.accounts.models import RoleGrant, User
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.stages.bids.models import Bid
from procure.stages.evaluation.models import Evaluation
from procure.stages.tenders.models import Tender
from procure.store.lists import Source
from procure.store.types import Instant

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


def inbox(actor: Actor, now: datetime) -> Source[InboxLine]:
    """The actor's own messages, newest first."""
    settled = _settled(literal(now, Instant()))
    is_unread = and_(InboxMessage.read_at.is_(None), ~settled)
    return Source(
        lines=select(
            InboxMessage.id,
            InboxMessage.title,
            InboxMessage.words,
            InboxMessage.path,
            InboxMessage.created_at,
            InboxMessage.read_at,
            settled,
            _done(),
        ).where(InboxMessage.user_id == actor.user_id),
        line=InboxLine,
        ident=InboxMessage.id,
        first="-created",
        sorts={"created": InboxMessage.created_at},
        filters={"show": lambda chosen: is_unread if chosen == UNREAD else true()},
    )


def failed_mails() -> Source[FailedMail]:
    """The mails that were given up, the latest first."""
    return Source(
        lines=select(
            OutboxMail.id,
            User.name,
            OutboxMail.address,
            OutboxMail.tries,
            OutboxMail.last_error,
            OutboxMail.next_try_at,
        )
        .join(InboxMessage, InboxMessage.id == OutboxMail.message_id)
        .join(User, User.id == InboxMessage.user_id)
        .where(OutboxMail.status == MailStatus.GIVEN_UP),
        line=FailedMail,
        ident=OutboxMail.id,
        first="-created",
        sorts={"created": OutboxMail.next_try_at},
    )


def has_mail_due_before(session: Session, instant: datetime) -> bool:
    """Whether a mail should have gone out before `instant` and still waits."""
    late = exists().where(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_try_at < instant)
    return bool(session.scalar(select(late)))


def mail_address(session: Session, user_id: str) -> str:
    """Where the copies of a person's messages go; empty when nowhere."""
    return session.scalar(select(User.email).where(User.id == user_id)) or ""
