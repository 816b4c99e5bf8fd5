"""Table of running terms."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.access import Permission
from procure.store.base import Identified, Model
from procure.store.types import index_where, one_of


class TermKind(StrEnum):
    """A term to act within, a term that must first run out, or one counted back from an event."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    BEFORE = "before"


class TermStatus(StrEnum):
    """Whether a term still runs; overdue is computed from the date."""

    RUNNING = "running"
    MET = "met"
    CANCELLED = "cancelled"


class Deadline(Identified, Model):
    """One term of one subject.

    `rule` names a statutory period, with its variant after a slash ("T28", "T56/agreed"), or a
    term of the contract or tender document ("C-…"). `due_at` is the instant from which it is over:
    too late for a term to act within, no longer too early for one that must first run out. For a
    term counted back, `starts_on` is the event ahead. `met_at` is when it was registered that the
    term was met, `met_on` the day on which it was (empty in rows of earlier versions).
    """

    __table_args__ = (
        CheckConstraint("kind = 'before' OR due_on >= starts_on", name="due_after_start"),
        CheckConstraint("(status = 'met') = (met_at IS NOT NULL)", name="met_has_instant"),
        Index("ix_deadline_running", "status", "due_at"),
        Index("ix_deadline_project", "project_id", "due_at"),
        index_where(
            "uq_deadline_running", "subject_id", "rule", where="status = 'running'", unique=True
        ),
    )

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    subject_id: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(24))
    label: Mapped[str] = mapped_column(String(80))
    kind: Mapped[TermKind] = mapped_column(one_of(TermKind, "term_kind"))
    starts_on: Mapped[date]
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    provisional: Mapped[bool] = mapped_column(default=False)
    status: Mapped[TermStatus] = mapped_column(
        one_of(TermStatus, "term_status"), default=TermStatus.RUNNING
    )
    met_at: Mapped[datetime | None]
    met_on: Mapped[date | None]
    permission: Mapped[Permission | None] = mapped_column(one_of(Permission, "term_permission"))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
