"""Insert rows that may be there already: the second writer of a unique key writes nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from procure.store.base import Base

AT_ONCE = 200
"""Rows a statement: SQLite counts parameters, and a row has a dozen."""


def insert_missing(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose keys are not yet taken; how many were.

    Uniqueness is the database's, so that of two processes that insert the same row one inserts it.
    """
    embedded = session.get_bind().dialect.name == "sqlite"
    inserted = 0
    for start in range(0, len(rows), AT_ONCE):
        chunk = [dict(row) for row in rows[start : start + AT_ONCE]]
        if embedded:
            statement: Any = sqlite.insert(model).values(chunk).on_conflict_do_nothing()
        else:
            statement = postgresql.insert(model).values(chunk).on_conflict_do_nothing()
        key = next(iter(model.__table__.primary_key))
        inserted += len(session.execute(statement.returning(key)).all())
    return inserted
