"""The declarative base, the session, and what every connection must promise before it is used."""

import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Date, Integer, MetaData, event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    mapped_column,
    registry,
)

from procure.kernel.errors import Stale
from procure.store.types import Instant, id_type, new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; constraint names follow one convention so that migrations can name them."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: Instant,
            date: Date,
            int: BigInteger().with_variant(Integer, "sqlite"),
        },
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class Identified:
    """A random id as primary key."""

    id: Mapped[str] = mapped_column(id_type(), primary_key=True, default=new_id, sort_order=-10)


class Versioned:
    """An optimistic version: of two people who edit one record the second is told, not obeyed."""

    version: Mapped[int] = mapped_column(nullable=False, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  SQLAlchemy hands over the class
        return {"version_id_col": cls.version}


def check_version(record: Any, seen: int | None) -> None:
    """Refuse a change made on an old view of the record.

    Raises Stale when `seen`, the version the page was loaded with, is no longer the record's.
    """
    if seen is not None and record.version != seen:
        raise Stale


PRAGMAS: tuple[tuple[str, str, str], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("recursive_triggers", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("secure_delete", "ON", "1"),
    ("busy_timeout", "20000", "20000"),
)
"""What SQLite must be told on every connection, and what it must answer (security.md 3c)."""

SERVER_SETTINGS: tuple[tuple[str, str], ...] = (
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("data_sync_retry", "off"),
)
"""What a PostgreSQL server must be set to before it is trusted with money."""

APPEND_ONLY = ("trail_event", "trail_body", "ledger_entry", "ledger_line")

_DENIED_ACTIONS = frozenset(
    {
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_ALTER_TABLE,
    }
)


def _authorise(action: int, first: str | None, second: str | None, *_: object) -> int:
    """Refuse changes of append-only tables, and the removal of any trigger, on this connection."""
    if action in _DENIED_ACTIONS and (first in APPEND_ONLY or second in APPEND_ONLY):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_DROP_TRIGGER:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def prepare_sqlite(connection: sqlite3.Connection, *, guarded: bool) -> None:
    """Set the promises on a fresh SQLite connection; `guarded` is off for migrations only."""
    connection.isolation_level = None
    for name, value, _ in PRAGMAS:
        connection.execute(f"PRAGMA {name}={value}")
    if guarded:
        connection.set_authorizer(_authorise)


def install(engine: Engine, *, guarded: bool = True) -> None:
    """Make every connection of the engine keep the promises of this module.

    SQLite transactions begin explicitly: IMMEDIATE for writers, so that two writers queue at the
    door instead of failing in the middle.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "before_execute", _begin_stream)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, record: object) -> None:
        prepare_sqlite(connection, guarded=guarded)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


WRITES = "procure_writes"
"""Execution option of a connection whose transaction will write."""


def reading(session: Session) -> Session:
    """The session, made to read without a transaction where the database does better so.

    On PostgreSQL every statement sees what is committed, with or without one; leaving it out saves
    each page the two round trips that begin and end it. SQLite needs it for one view of the data.
    """
    if not session.in_transaction() and session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session


def _begin_stream(
    connection: Connection, clause: Any, several: Any, values: Any, options: Mapping[str, Any]
) -> None:
    """Begin a transaction for rows that are to be streamed: their cursor lives in one."""
    if not ({"yield_per", "stream_results"} & {*options, *clause.get_execution_options()}):
        return
    driver = connection.connection.driver_connection
    if (
        isinstance(driver, psycopg.Connection)
        and driver.autocommit
        and driver.info.transaction_status == TransactionStatus.IDLE
    ):
        driver.execute("BEGIN")


def unsafe_settings(engine: Engine) -> list[str]:
    """What this database would not keep its promises with, in words; empty when all is well."""
    problems: list[str] = []
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for name, _, expected in PRAGMAS:
                answer = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                if str(answer) != expected:
                    problems.append(f"SQLite 的 {name} 应为 {expected}，现在是 {answer}。")
            return problems
        for name, expected in SERVER_SETTINGS:
            answer = connection.execute(text(f"SHOW {name}")).scalar()
            if answer != expected:
                problems.append(f"PostgreSQL 的 {name} 应为 {expected}，现在是 {answer}。")
        owner = connection.execute(
            text("SELECT tableowner = current_user FROM pg_tables WHERE tablename='trail_event'")
        ).scalar()
        if owner:
            problems.append("PostgreSQL 的应用账号不能是数据表的所有者，请用单独的账号做迁移。")
    return problems
