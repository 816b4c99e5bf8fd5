"""What takes two people, in every room alike: the acts, and what the database refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Enum, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import procure.wiring  # noqa: F401 - loads every table
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Conflict, Invalid
from procure.store import guards
from procure.store.base import Base
from procure.store.proposals import (
    Proposal,
    Refusable,
    asked_of,
    decide,
    parties_to,
    propose,
    waiting_for,
    withdraw,
)
from procure.store.unit_of_work import UnitOfWork

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KINDS: list[type[Proposal]] = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Proposal)),
    key=lambda kind: kind.__tablename__,
)
ALL = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__tablename__)
SAMPLES = {str: "x", int: 1, date: date(2026, 3, 2)}


@pytest.fixture
def session() -> Iterator[Session]:
    """The tables of proposals alone, in memory, where nothing looks for what they refer to."""
    engine = create_engine("sqlite://")
    tables = [Base.metadata.tables[kind.__tablename__] for kind in KINDS]
    Base.metadata.create_all(engine, tables)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def filled(kind: type[Proposal]) -> Proposal:
    """A row with something in every column that wants it, save who asked and who decided."""
    row = kind()
    for name, column in kind.__mapper__.columns.items():
        if column.nullable or column.default is not None or name.startswith("proposed_"):
            continue
        if isinstance(column.type, Enum):
            setattr(row, name, next(iter(column.type.enum_class or ())))
        else:
            setattr(row, name, {} if name in ("content", "changes") else sample_of(column))
    return row


def sample_of(column: Any) -> object:
    return SAMPLES[column.type.python_type]


def begun(session: Session, name: str, after: int = 0) -> UnitOfWork:
    actor, at = replace(SYSTEM_ACTOR, user_id=name), NOW + timedelta(hours=after)
    return UnitOfWork(session, actor, FixedClock(at), technical=True)


def proposed(session: Session, kind: type[Proposal], after: int = 0) -> Proposal:
    row = filled(kind)
    with begun(session, "asker", after) as uow:
        propose(uow, row)
    return row


def refused_in_words(row: Proposal) -> Proposal:
    if hasattr(row, "refusal"):
        row.refusal = "不合适"
    if hasattr(row, "decision"):
        row.decision = "不合适"
    return row


@contextmanager
def refused_by_database(constraint: str) -> Iterator[None]:
    with pytest.raises((Invalid, Conflict)) as refusal:
        yield
    assert isinstance(refusal.value.__cause__, IntegrityError)
    assert constraint in str(refusal.value.__cause__.orig)


def test_every_room_is_asked() -> None:
    assert len(KINDS) >= 9


@ALL
def test_one_asks_another_refuses_and_it_can_be_asked_again(
    session: Session, kind: type[Proposal]
) -> None:
    first = proposed(session, kind)
    subject = getattr(first, kind.SUBJECT)
    assert waiting_for(session, kind, subject) is first
    assert (first.proposed_by, first.proposed_at, first.is_open) == ("asker", NOW, True)

    with begun(session, "decider", after=1) as uow:
        decide(uow, refused_in_words(first), agreed=False)
    assert waiting_for(session, kind, subject) is None
    assert (first.decided_by, first.confirmed, first.is_open) == ("decider", False, False)

    second = proposed(session, kind, after=2)
    assert list(asked_of(session, kind, subject)) == [second, first]
    assert list(asked_of(session, kind, subject, most=1)) == [second]
    assert parties_to([second, first]) == ["asker", None, "asker", "decider"]


@ALL
def test_database_lets_nobody_decide_what_they_asked_for(
    session: Session, kind: type[Proposal]
) -> None:
    row = proposed(session, kind)

    with refused_by_database("two_people"), begun(session, "asker", after=1) as uow:
        decide(uow, refused_in_words(row), agreed=False)


@ALL
def test_database_lets_one_wait_at_a_time(session: Session, kind: type[Proposal]) -> None:
    proposed(session, kind)

    with refused_by_database("UNIQUE"), begun(session, "other") as uow:
        propose(uow, filled(kind))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, Refusable)])
def test_database_wants_the_reason_of_a_refusal(session: Session, kind: type[Proposal]) -> None:
    row = proposed(session, kind)

    with refused_by_database("refusal_has_reason"), begun(session, "b") as uow:
        decide(uow, row, agreed=False)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, Refusable)])
def test_outcome_is_said_in_words(session: Session, kind: type[Refusable]) -> None:
    row, names = filled(kind), {"b": "李四"}
    assert isinstance(row, Refusable)
    assert row.outcome(names) == "等待决定"
    row.decided_at = NOW
    assert row.outcome(names) == "已撤回"
    row.decided_by, row.refusal = "b", "金额不对"
    assert row.outcome(names) == "李四不同意：金额不对"
    row.confirmed = True
    assert row.outcome(names) == "李四同意"


def test_what_is_taken_back_has_no_decider(session: Session) -> None:
    kind = next(one for one in KINDS if one.__tablename__ == "plan_change")
    row = proposed(session, kind)

    with begun(session, "asker", after=1) as uow:
        withdraw(uow, row)

    assert (row.decided_by, row.decided_at) == (None, NOW + timedelta(hours=1))
    assert waiting_for(session, kind, getattr(row, kind.SUBJECT)) is None


@ALL
@pytest.mark.parametrize("dialect", sorted(guards.OWN))
def test_what_was_decided_is_kept(kind: type[Proposal], dialect: str) -> None:
    assert "kept" in guards.OWN[dialect][kind.__tablename__]
