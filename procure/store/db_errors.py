"""What a failure of the database means to the person whose step it was.

A deadlock or a lost race asks for the same again at once, an overload or an outage for patience;
anything else is a fault of the program and is not explained away.
"""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from procure.kernel.errors import NotSaved, Unavailable

LOST_RACES = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""

UNAVAILABLE = ("08", "53", "57P", "57014", "58", "25006", "25P03")
"""PostgreSQL: connection, resources, shutdown, cancelled, system, read only, idle too long."""

UNANSWERED = ("08", "57P")
"""Of these, those after which nobody can tell whether a commit had gone through."""

EMBEDDED_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""SQLite: locked for longer than anybody waits, disk full, disk failing, files out of reach."""


def refusal_of(
    problem: BaseException, *, committing: bool = False
) -> NotSaved | Unavailable | None:
    """A failure of the database in words for people, None when the program itself is at fault.

    `committing` says that the commit had been sent: its answer may be what was lost.
    """
    if isinstance(problem, PoolExhausted):
        return Unavailable()
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    if isinstance(cause, sqlite3.OperationalError):
        return _of_sqlite(cause)
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
        return _of_postgresql(cause, committing)
    return None


def in_one_line(problem: BaseException) -> str:
    """What failed, for the log: a database that restarts fails everybody at once, and a traceback for
    each would drown all else.
    """
    said = str(problem).strip().splitlines()
    return f"{type(problem).__name__}: {said[0] if said else 'no words'}"


def _of_sqlite(cause: sqlite3.OperationalError) -> NotSaved | Unavailable | None:
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_BUSY_SNAPSHOT or code & 0xFF == sqlite3.SQLITE_LOCKED:
        return NotSaved()
    return Unavailable() if code & 0xFF in EMBEDDED_UNAVAILABLE else None


def _of_postgresql(cause: psycopg.Error, committing: bool) -> NotSaved | Unavailable | None:
    state = cause.sqlstate
    if state in LOST_RACES:
        return NotSaved()
    if state is None:
        # libpq's own: the server was not reached, or went away.
        return None if isinstance(cause, psycopg.InternalError) else _outage(committing)
    if state.startswith(UNAVAILABLE):
        return _outage(committing and state.startswith(UNANSWERED))
    return None


def _outage(unanswered: bool) -> Unavailable:
    return Unavailable(is_certain=not unanswered)
