# ruff: noqa: PT012 - what fails is the end of the block
"""A database that fails mid-way: nothing half done, and the person is told what to do next."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, OrganisationKind
from procure.kernel.clock import FixedClock
from procure.kernel.errors import NotSaved, Unavailable
from procure.registers.accounts.models import Organisation
from procure.store import trail
from procure.store.base import install
from procure.store.db_errors import refusal_of
from procure.store.unit_of_work import UnitOfWork
from tests.factories.auditing import Told

CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
NAME = "井岸社工站"


def begun(session: Session) -> UnitOfWork:
    return UnitOfWork(session, SYSTEM_ACTOR, CLOCK)


def add_office(uow: UnitOfWork, name: str = NAME) -> None:
    uow.session.add(Organisation(name=name, kind=OrganisationKind.SUPPLIER))
    uow.emit(Told(subject_id="s", project="d" * 32, told="Noted"))


def count(url: str, name: str = NAME) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM organisation WHERE name = :name"), {"name": name}
        ).scalar_one()
    engine.dispose()
    return found


@pytest.fixture
def embedded(sqlite_database: str) -> Iterator[Engine]:
    """A connection that waits a moment for a lock, not the twenty seconds of the application."""
    engine = create_engine(sqlite_database)
    install(engine, guarded=False)
    yield engine
    engine.dispose()


@pytest.fixture
def impatient(embedded: Engine) -> Iterator[Session]:
    with Session(embedded) as session:
        session.execute(text("PRAGMA busy_timeout = 20"))
        session.rollback()
        yield session


def test_locked_file_is_unavailable_and_the_same_step_succeeds_later(
    impatient: Session, sqlite_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = sqlite3.connect(sqlite_database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable), begun(impatient) as uow:
        add_office(uow)

    assert "database is locked" in caplog.text
    assert count(sqlite_database) == 0
    other.execute("ROLLBACK")
    other.close()
    with begun(impatient) as uow:
        add_office(uow)
    assert count(sqlite_database) == 1


def test_full_disk_keeps_nothing_and_goes_on_when_there_is_room(
    embedded: Engine, sqlite_database: str
) -> None:
    with Session(embedded) as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        session.rollback()
        with pytest.raises(Unavailable) as refused, begun(session) as uow:
            add_office(uow)
            for number in range(500):
                add_office(uow, f"{NAME}{number}")
        assert "没有办理" in refused.value.message
        assert count(sqlite_database) == 0
        session.execute(text("PRAGMA max_page_count = 1000000"))
        session.rollback()
        with begun(session) as uow:
            add_office(uow)
        assert trail.fsck(session) == []
    assert count(sqlite_database) == 1


@pytest.fixture
def server(postgres_database: str) -> Iterator[Engine]:
    engine = create_engine(postgres_database, pool_pre_ping=True)
    install(engine)
    yield engine
    engine.dispose()


def _end_connection(url: str, session: Session) -> None:
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_connection_lost_inside_a_step_keeps_nothing_and_the_next_step_works(
    server: Engine, postgres_database: str
) -> None:
    with Session(server) as session:
        with pytest.raises(Unavailable) as refused, begun(session) as uow:
            add_office(uow)
            uow.session.flush()
            _end_connection(postgres_database, session)
            uow.session.execute(text("SELECT 1"))
        assert "没有办理" in refused.value.message
        assert count(postgres_database) == 0
        with begun(session) as uow:
            add_office(uow)
    assert count(postgres_database) == 1


def test_connection_lost_at_the_commit_claims_neither_success_nor_failure(
    server: Engine, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = trail.append

    def append_then_lose(session: Session, *rest: object) -> None:
        append(session, *rest)
        _end_connection(postgres_database, session)

    monkeypatch.setattr(trail, "append", append_then_lose)
    with Session(server) as session, pytest.raises(Unavailable) as refused, begun(session) as uow:
        add_office(uow)

    assert "不能确定" in refused.value.message
    assert "核对" in refused.value.remedy


def test_connection_lost_while_a_refusal_is_on_its_way_keeps_the_refusal(
    server: Engine, postgres_database: str
) -> None:
    with Session(server) as session, pytest.raises(ZeroDivisionError), begun(session) as uow:
        add_office(uow)
        uow.session.flush()
        _end_connection(postgres_database, session)
        _ = 1 // 0

    assert count(postgres_database) == 0


def test_deadlock_tells_one_of_two_to_submit_again(
    server: Engine, postgres_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Session(server) as session, begun(session) as uow:
        add_office(uow, "甲")
        add_office(uow, "乙")
    lock = text("UPDATE organisation SET phone = '1' WHERE name = :name")
    both_hold_one = threading.Barrier(2, timeout=20)
    told: list[NotSaved] = []

    def cross(first: str, second: str) -> None:
        with Session(server) as session:
            try:
                with begun(session) as uow:
                    session.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
                    session.execute(lock, {"name": first})
                    both_hold_one.wait()
                    session.execute(lock, {"name": second})
                    add_office(uow, f"{first}后")
            except NotSaved as refusal:
                told.append(refusal)

    with caplog.at_level(logging.WARNING):
        ways = [threading.Thread(target=cross, args=pair) for pair in (("甲", "乙"), ("乙", "甲"))]
        for way in ways:
            way.start()
        for way in ways:
            way.join()

    assert len(told) == 1
    assert "没有保存成功" in told[0].message
    assert "再提交一次" in told[0].remedy
    assert "deadlock detected" in caplog.text
    assert count(postgres_database, "甲后") + count(postgres_database, "乙后") == 1


def wrapped(cause: Exception) -> OperationalError:
    return OperationalError("SELECT 1", {}, cause)


def failed_with(code: int) -> sqlite3.OperationalError:
    """A failure of SQLite as its driver raises it."""
    failure = sqlite3.OperationalError("failed")
    failure.sqlite_errorcode = code
    return failure


AWAY = ("BUSY", "CANTOPEN", "FULL", "INTERRUPT", "IOERR", "NOMEM", "PROTOCOL", "READONLY")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        *((failed_with(getattr(sqlite3, f"SQLITE_{name}")), Unavailable) for name in AWAY),
        (failed_with(sqlite3.SQLITE_IOERR_FSYNC), Unavailable),
        (failed_with(sqlite3.SQLITE_BUSY_SNAPSHOT), NotSaved),
        (failed_with(sqlite3.SQLITE_LOCKED), NotSaved),
        (failed_with(sqlite3.SQLITE_LOCKED_SHAREDCACHE), NotSaved),
        (failed_with(sqlite3.SQLITE_CORRUPT), type(None)),
        (errors.SerializationFailure(), NotSaved),
        (errors.DeadlockDetected(), NotSaved),
        (errors.LockNotAvailable(), NotSaved),
        (errors.AdminShutdown(), Unavailable),
        (errors.CannotConnectNow(), Unavailable),
        (errors.TooManyConnections(), Unavailable),
        (errors.DiskFull(), Unavailable),
        (errors.QueryCanceled(), Unavailable),
        (errors.ReadOnlySqlTransaction(), Unavailable),
        (psycopg.OperationalError("connection refused"), Unavailable),
        (psycopg.InterfaceError("the connection is closed"), Unavailable),
        (errors.RaiseException(), type(None)),
        (errors.UndefinedTable(), type(None)),
        (errors.InsufficientPrivilege(), type(None)),
        (sqlite3.OperationalError("no such table: x"), type(None)),
        (sqlite3.ProgrammingError("closed"), type(None)),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else one.__name__,
)
def test_refusal_of_each_failure_is_of_its_kind(cause: Exception, kind: type) -> None:
    assert type(refusal_of(wrapped(cause))) is kind
    assert type(refusal_of(cause)) is kind


def test_refusal_of_a_failure_at_the_commit_is_certain_when_the_server_answered() -> None:
    assert "没有办理" in refusal_of(errors.DiskFull(), committing=True).message
    assert "不能确定" in refusal_of(errors.AdminShutdown(), committing=True).message
    assert "不能确定" in refusal_of(psycopg.OperationalError("gone"), committing=True).message


def test_refusal_of_an_exhausted_pool_asks_for_patience() -> None:
    assert type(refusal_of(PoolExhausted("QueuePool limit"))) is Unavailable


def test_server_that_is_away_answers_at_once(tmp_path: Path) -> None:
    engine = create_engine(f"postgresql://nobody@/nothing?host={tmp_path}")
    with Session(engine) as session, pytest.raises(Unavailable), begun(session) as uow:
        add_office(uow)
    engine.dispose()
