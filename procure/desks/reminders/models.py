"""Tables of reminders: the inbox (which is the record), the mail outbox, the scheduler's lease."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import Identified, Model
from procure.store.types import index_where, one_of


class InboxMessage(Identified, Model):
    """A message to one person. The key (kind, subject, occurrence, person) exists once for ever."""

    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "occurrence", "user_id"),
        Index("ix_inbox_message_user", "user_id", "created_at"),
        # Asked with every page, by people who may have read thousands.
        index_where("ix_inbox_message_unread", "user_id", "created_at", where="read_at IS NULL"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64))
    occurrence: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    project_id: Mapped[str | None] = mapped_column(ForeignKey("project.id"))
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class MailStatus(StrEnum):
    """Where a mail stands; the inbox message counts whatever becomes of its mail."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class OutboxMail(Identified, Model):
    """The mail copy of an inbox message; the id makes its Message-ID.

    `address` is where it went last; where it goes next is asked when it is sent.
    """

    __table_args__ = (Index("ix_outbox_mail_due", "status", "next_try_at"),)

    message_id: Mapped[str] = mapped_column(ForeignKey("inbox_message.id"), unique=True)
    address: Mapped[str] = mapped_column(String(120))
    status: Mapped[MailStatus] = mapped_column(
        one_of(MailStatus, "mail_status"), default=MailStatus.WAITING
    )
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(300), default="")


class SchedulerLease(Model):
    """Which process leads; the fence number rises with every change of leader."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]
    fence: Mapped[int]


class JobRun(Model):
    """The latest run of a job: for which planned instant, under which fence, how it ended.

    A run that began and did not end is taken over by the next leader, whose fence is higher. One that
    failed is not finished; `retry_at` is when it is tried again, `failures` how often in a row.
    """

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    planned_at: Mapped[datetime]
    fence: Mapped[int]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(300), default="")
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
