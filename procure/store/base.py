"""The declarative base, the session, and what every connection must promise before it is used."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import date, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import psycopg
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    BigInteger,
    CursorResult,
    Date,
    Delete,
    Integer,
    MetaData,
    Table,
    Update,
    event,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    mapped_column,
    registry,
)

from procure.kernel.errors import NotFound
from procure.kernel.text import key
from procure.store.search import KEY_FUNCTION
from procure.store.types import Instant, id_type, new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; each is called as its class, in snake case, unless the class names it, and constraint
    names follow one convention so that migrations can name them.

    `__rights__` is all the application's database account may do with the table's rows.
    """

    __rights__: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: Instant,
            date: Date,
            int: BigInteger().with_variant(Integer, "sqlite"),
        },
    )


class OneDatabase(FlaskSession):
    """The session of an installation: it has one database, so no statement is asked for its own."""

    def get_bind(self, *_: Any, **__: Any) -> Engine | Connection:
        """The database."""
        return self._db.engines[None]


db = SQLAlchemy(model_class=Base, session_options={"class_": OneDatabase})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


Row = TypeVar("Row", bound=Model)


class Identified:
    """A random id as primary key. A new row has it from the beginning, so that events can name it."""

    id: Mapped[str] = mapped_column(id_type(), primary_key=True, default=new_id, sort_order=-10)


@event.listens_for(Identified, "init", propagate=True)
def _name(row: Identified, given: object, values: dict[str, Any]) -> None:
    values.setdefault("id", new_id())


class AppendOnly:
    """Rows are written once: triggers, connection and account each refuse to change or remove them.

    A table that takes this mark takes the triggers of `procure.store.guards` in a migration.
    """

    __rights__: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")


class Removable:
    """Rows may go again: parts of a draft, sessions that are over. All others stay for ever."""

    __rights__: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")


def rights_by_table() -> dict[str, tuple[str, ...]]:
    """What the program may do with the rows of each table."""
    return {
        cast(Table, mapper.local_table).name: mapper.class_.__rights__
        for mapper in Base.registry.mappers
    }


def tables_marked(mark: type) -> frozenset[str]:
    """The names of the tables whose models carry a mark."""
    return frozenset(
        cast(Table, mapper.local_table).name
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, mark)
    )


class Versioned:
    """An optimistic version: of two people who edit one record the second is told, not obeyed."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  SQLAlchemy hands over the class
        return {"version_id_col": cls.version}


def get_row(session: Session, kind: type[Row], row_id: str, missing: str | None = None) -> Row:
    """The row of that id, to be read; `missing` is what to say where there is none.

    Raises NotFound.
    """
    row = session.get(kind, row_id)
    if row is None:
        raise NotFound(missing) if missing else NotFound()
    return row


def rows_changed(session: Session, statement: Update | Delete) -> int:
    """Carry out a statement that changes or removes rows where they lie; how many there were."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


PRAGMAS: tuple[tuple[str, str, str], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("recursive_triggers", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("secure_delete", "ON", "1"),
    ("busy_timeout", "20000", "20000"),
)
"""What SQLite must be told on every connection, and what it must answer."""

ALLOWED_PRAGMAS = frozenset(
    {
        "defer_foreign_keys",
        "foreign_key_check",
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "quick_check",
        "table_info",
        "table_list",
        "table_xinfo",
        "wal_checkpoint",
    }
)
"""What a connection may still tell SQLite once it is prepared; any other setting stays as it is."""

HEAD_TABLE, HEAD_TRIGGER = "trail_head", "trail_event_head"
"""The newest links of the chains, and the one trigger that moves them on SQLite."""

_DENIED_ACTIONS = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_INDEX,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_INDEX,
        sqlite3.SQLITE_DROP_TEMP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TEMP_VIEW,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
        sqlite3.SQLITE_DROP_VTABLE,
        sqlite3.SQLITE_REINDEX,
    }
)
"""The schema is for migrations; a second database would not be guarded."""

Authoriser = Callable[[int, str | None, str | None, str | None, str | None], int]


def _authoriser(rights: Mapping[str, tuple[str, ...]]) -> Authoriser:
    """What a connection of the application may prepare: what the models allow, as the account may
    on PostgreSQL, and no way round the guards.
    """
    refusing = {
        action: frozenset(table for table, allowed in rights.items() if right not in allowed)
        for action, right in (
            (sqlite3.SQLITE_UPDATE, "UPDATE"),
            (sqlite3.SQLITE_DELETE, "DELETE"),
        )
    }

    def is_denied(action: int, first: str | None, second: str | None, inside: str | None) -> bool:
        if action in refusing:
            moves_head = action == sqlite3.SQLITE_UPDATE and inside == HEAD_TRIGGER
            return first in refusing[action] and not (first == HEAD_TABLE and moves_head)
        if action == sqlite3.SQLITE_PRAGMA:
            return second is not None and (first or "").lower() not in ALLOWED_PRAGMAS
        return action in _DENIED_ACTIONS

    def authorise(
        action: int, first: str | None, second: str | None, schema: str | None, inside: str | None
    ) -> int:
        denied = is_denied(action, first, second, inside)
        return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK

    return authorise


def _key(text: str | None) -> str | None:
    return None if text is None else key(text)


def prepare_sqlite(connection: sqlite3.Connection, *, guarded: bool) -> None:
    """Set the promises on a fresh SQLite connection; `guarded` is off for migrations only."""
    connection.isolation_level = None
    connection.create_function(KEY_FUNCTION, 1, _key, deterministic=True)
    for name, value, _ in PRAGMAS:
        connection.execute(f"PRAGMA {name}={value}")
    if guarded:
        connection.set_authorizer(_authoriser(rights_by_table()))


def install(engine: Engine, *, guarded: bool = True) -> None:
    """Make every connection of the engine keep the promises of this module.

    SQLite transactions begin explicitly: IMMEDIATE for writers, so that two writers queue at the
    door instead of failing in the middle.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "before_execute", _begin_stream)
        _test_idle_connections(engine)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, record: object) -> None:
        prepare_sqlite(connection, guarded=guarded)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        # This one waits for nobody and cannot fail; every page begins with it.
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("BEGIN")


IDLE_SECONDS = 5
"""How long a connection may have lain idle before it is tested again at its next use."""
_LAID_DOWN = "procure_laid_down"


def _test_idle_connections(engine: Engine) -> None:
    """Test a server's connection when it comes out of the pool after a pause.

    Testing it at every use would cost each page a round trip. One that breaks between two uses close
    together fails a single request, which `web/errors.py` repeats when it only reads.
    """

    @event.listens_for(engine, "checkin")
    def _laid_down(connection: Any, record: Any) -> None:
        record.info[_LAID_DOWN] = monotonic()

    @event.listens_for(engine, "checkout")
    def _taken_up(connection: Any, record: Any, proxy: Any) -> None:
        since = record.info.get(_LAID_DOWN)
        if since is None or monotonic() - since < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool opens a new connection and discards the others that are as old.
            raise InvalidatePoolError from error


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


def snapshot(session: Session) -> Session:
    """The session in a new transaction in which all statements see one state of the database."""
    session.rollback()
    if session.get_bind().dialect.name == "sqlite":
        session.connection()
    else:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


def _begin_stream(
    connection: Connection, clause: Any, several: Any, values: Any, options: Mapping[str, Any]
) -> None:
    """Begin a transaction for rows that are to be streamed."""
    if {"yield_per", "stream_results"} & {*options, *clause.get_execution_options()}:
        begin_for_cursor(connection)


def begin_for_cursor(connection: Connection) -> None:
    """Begin a transaction for a cursor that stays on the server: it lives in one. A connection that
    reads without transactions (`reading`) gets one with it; every other has its own already.
    """
    driver = connection.connection.driver_connection
    if (
        isinstance(driver, psycopg.Connection)
        and driver.autocommit
        and driver.info.transaction_status == TransactionStatus.IDLE
    ):
        driver.execute("BEGIN")
