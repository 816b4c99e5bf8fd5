"""What takes two people: one asks, another carries it out or refuses, once; nothing changes before.

Each room has a table of its own for what is asked for, and tells it by its own events. Here stand
the columns that say who asked and who decided, what the database refuses whoever writes, and how a
row comes through the three acts: proposed, withdrawn, decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from procure.store.base import Identified, Versioned
from procure.store.holding import moved
from procure.store.types import index_where
from procure.store.unit_of_work import UnitOfWork, explain_constraint

Asked = TypeVar("Asked", bound="Proposal")


class Proposal(Identified):
    """Who asked, and who decided; taken back where there is an instant and nobody decided."""

    __tablename__: str
    SUBJECT: ClassVar[str]
    """The column that names what it is about."""

    proposed_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    confirmed: Mapped[bool | None]
    """Whether it was carried out; means nothing before somebody has decided."""

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.decided_at is None


class Refusable(Proposal):
    """A proposal that gives its reason, and whose refusal does."""

    reason: Mapped[str] = mapped_column(Text)
    confirmed: Mapped[bool] = mapped_column(default=False)
    refusal: Mapped[str] = mapped_column(Text, default="")

    def outcome(self, names: Mapping[str, str]) -> str:
        """What became of it, in words; `names` are those of people, by id."""
        if self.is_open:
            return "等待决定"
        if self.decided_by is None:
            return "已撤回"
        name = names.get(self.decided_by, "")
        return f"{name}同意" if self.confirmed else f"{name}不同意：{self.refusal}"


def other_decides(asked_by: str = "proposed_by") -> CheckConstraint:
    """Another decides than who asked."""
    return CheckConstraint(f"decided_by IS NULL OR decided_by <> {asked_by}", name="two_people")


def one_open(table: str, *subject: str) -> Index:
    """Of one subject at most one waits."""
    return index_where(f"uq_{table}_open", *subject, where="decided_at IS NULL", unique=True)


def by_two(
    table: str, subject: str, *, asked_by: str = "proposed_by", may_withdraw: bool = True
) -> tuple[CheckConstraint | Index, ...]:
    """What the database holds of every proposal; `asked_by` is the column's name in the table."""
    decided = (
        "decided_by IS NULL OR decided_at IS NOT NULL"
        if may_withdraw
        else "(decided_by IS NULL) = (decided_at IS NULL)"
    )
    return (
        other_decides(asked_by),
        CheckConstraint(decided, name="decided_has_instant"),
        one_open(table, subject),
    )


def refusable_by_two(
    table: str, subject: str, *, may_withdraw: bool = True
) -> tuple[CheckConstraint | Index, ...]:
    """The same of one whose refusal gives its reason."""
    has_reason = "decided_by IS NULL OR confirmed OR length(refusal) > 0"
    return (
        *by_two(table, subject, may_withdraw=may_withdraw),
        CheckConstraint(has_reason, name="refusal_has_reason"),
    )


def explain_proposal(
    kind: type[Proposal], field: str, waiting: str, rule: str | None = None
) -> None:
    """Say in words what the database refuses: `waiting` where another waits, at `field`."""
    table = kind.__tablename__
    explain_constraint(f"ck_{table}_two_people", "", "申请人和决定人不能是同一人。", rule)
    explain_constraint(f"uq_{table}_open", field, waiting, rule)


def waiting_for(session: Session, kind: type[Asked], subject_id: str) -> Asked | None:
    """What was asked for of a subject and nobody has decided, None where nothing waits."""
    subject = getattr(kind, kind.SUBJECT)
    found = select(kind).where(subject == subject_id, kind.decided_at.is_(None))
    return session.scalars(found).one_or_none()


def asked_of(
    session: Session, kind: type[Asked], subject_id: str, most: int | None = None
) -> Sequence[Asked]:
    """What was ever asked for of a subject, the newest first, `most` of it at most."""
    found = select(kind).where(getattr(kind, kind.SUBJECT) == subject_id)
    newest = found.order_by(kind.proposed_at.desc(), kind.id)
    return session.scalars(newest.limit(most)).all()


def parties_to(proposals: Iterable[Proposal]) -> list[str | None]:
    """Who asked and who decided, by id."""
    return [person for one in proposals for person in (one.proposed_by, one.decided_by)]


def propose(uow: UnitOfWork, proposal: Proposal, subject: Versioned | None = None) -> None:
    """Write down what is asked for; of a subject that is held, older pages are out of date."""
    proposal.proposed_by, proposal.proposed_at = uow.actor.user_id, uow.now
    uow.session.add(proposal)
    _move(subject)


def withdraw(uow: UnitOfWork, proposal: Proposal, subject: Versioned | None = None) -> None:
    """Write down that nobody decides any more."""
    proposal.decided_at = uow.now
    _move(subject)


def decide(
    uow: UnitOfWork, proposal: Proposal, subject: Versioned | None = None, *, agreed: bool
) -> None:
    """Write down who decided, and what, once and whole: with what the room's row says besides."""
    proposal.decided_by, proposal.decided_at = uow.actor.user_id, uow.now
    proposal.confirmed = agreed
    _move(subject)


def _move(subject: Versioned | None) -> None:
    if subject is not None:
        moved(subject)
