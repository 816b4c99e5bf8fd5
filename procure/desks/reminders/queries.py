"""What can be read of reminders: a person's inbox, the mails that were given up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, select
from sqlalchemy.orm import Session

from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.kernel.access import Actor, Permission
from procure.kernel.errors import Invalid
from procure.kernel.paging import Page, PageRequest
from procure.registers.accounts.models import User

SORTS = ("-created",)
FILTERS = ("show",)
UNREAD = "unread"


@dataclass(frozen=True)
class InboxLine:
    """A message in its owner's inbox."""

    id: str
    title: str
    words: str
    path: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class FailedMail:
    """A mail that was given up. What it says is its reader's business and not shown."""

    id: str
    name: str
    address: str
    tries: int
    last_error: str
    given_up_at: datetime


def unread_of(user_id: ColumnElement[str]) -> ScalarSelect[int]:
    """How many messages wait unread for a person, to be asked beside something else."""
    message = InboxMessage.__table__
    return (
        select(func.count())
        .select_from(message)
        .where(message.c.user_id == user_id, message.c.read_at.is_(None))
        .scalar_subquery()
    )


def unread(session: Session, user_id: str) -> int:
    """How many messages wait unread in a person's inbox."""
    return session.scalar(select(unread_of(literal(user_id)))) or 0


def inbox(session: Session, actor: Actor, request: PageRequest) -> Page[InboxLine]:
    """One page of the actor's own messages, newest first; two statements."""
    shown = request.filters.get("show", "")
    if shown not in ("", UNREAD):
        raise Invalid("show", "没有这种筛选。", remedy="请从列表上方选择。")
    conditions = [InboxMessage.user_id == actor.user_id]
    if shown:
        conditions.append(InboxMessage.read_at.is_(None))
    total = session.scalar(select(func.count()).select_from(InboxMessage).where(*conditions))
    query: Select[*tuple[Any, ...]] = (
        select(
            InboxMessage.id,
            InboxMessage.title,
            InboxMessage.words,
            InboxMessage.path,
            InboxMessage.created_at,
            InboxMessage.read_at,
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


def mail_address(session: Session, user_id: str) -> str:
    """Where the copies of a person's messages go; empty when nowhere."""
    return session.scalar(select(User.email).where(User.id == user_id)) or ""
