"""Holding the row a verb is about, and taking it up: a decision never reads what another may be changing.

The one rule for every verb: **hold first, then read, ask, decide.** What a verb knows before it holds
is an id. Who decides about an aggregate or edits it takes `hold`; who adds rows below it (an answer,
a record, a score) takes `hold_below`. The two exclude each other, several who add do not.

Where several rows are held, the upstream one first: organisation, person, what is asked for them;
plan, catalogue item, tender, bid, review, contract, what hangs from it, budget line; the project,
which each of them moves on, last but one. Two verbs that meet then queue instead of each waiting for
what the other has. Who changes a plan, begins a document or puts one out holds the whole case, the
project, before all of these: until a document is out nobody comes to the project from it. Of what hangs
from a row that is held to decide, the order does not matter. tests/architecture/test_holding.py looks.

On PostgreSQL a wait may be long, and whatever the session loaded before it may be out of date
after it; so both forget all values that were loaded, and they are read anew when they are next
looked at. To whom a row belongs never changes, so what was joined to it stays joined. On SQLite a unit of work keeps out all other writers from its beginning (`BEGIN IMMEDIATE`).
"""

from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import Session

from procure.kernel.errors import NotFound, Stale, Verdict
from procure.kernel.lifecycle import advance
from procure.store.base import Model, Row, Versioned

Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])

_TO_DECIDE: dict[str, Any] = {"key_share": True}
"""`FOR NO KEY UPDATE`: rows that only refer to this one (foreign keys) are still let in."""
_TO_ADD: dict[str, Any] = {"read": True}
"""`FOR SHARE`: keeps out who decides, not who adds as well."""


def hold(session: Session, kind: type[Row], row_id: str, missing: str | None = None) -> Row:
    """The row of that id as it is now, held to the end of the transaction for who decides or edits.

    `missing` is what to say where there is none. Raises NotFound.
    """
    return _held(session, kind, row_id, _TO_DECIDE, missing)


def hold_below(session: Session, kind: type[Row], row_id: str, missing: str | None = None) -> Row:
    """The same for who adds or changes rows below it and leaves the row itself as it is.

    Whoever takes this must not change the row: two who did would wait for each other for ever.
    Raises NotFound.
    """
    return _held(session, kind, row_id, _TO_ADD, missing)


def hold_all(session: Session, kind: type[Row], *conditions: ColumnElement[bool]) -> list[Row]:
    """All rows of which the conditions are true, held for who decides, in the order of their ids, so
    that two who want several of them queue.
    """
    _forget_values(session)
    query = select(kind).where(*conditions).order_by(*inspect(kind).primary_key)
    return list(session.scalars(query.with_for_update(**_TO_DECIDE, of=kind)))


def held(statement: Statement, kind: type[Model]) -> Statement:
    """The statement with its rows of that kind held for who decides, and read as they are now.

    For rows that belong to one held already: what else was read before stands.
    """
    return statement.with_for_update(**_TO_DECIDE, of=kind).execution_options(
        populate_existing=True
    )


def free_of(statement: Statement, kind: type[Model]) -> Statement:
    """The same without the rows that somebody holds at this moment, for who works through many and
    can come back: they wait for nobody, so that nobody can wait for them in a circle.
    """
    return statement.with_for_update(**_TO_DECIDE, of=kind, skip_locked=True).execution_options(
        populate_existing=True
    )


class FromPage(Protocol):
    """A command that was given on a page; None is for who looked at no page."""

    @property
    def version(self) -> int | None:
        """The version that the page was loaded with."""


def take_up(row: Any, command: FromPage, verdict: Verdict, action: str | None = None) -> None:
    """Begin to act on a held row: ask the policy, then whether the page is up to date, and take the step.

    `action` moves the row to its next state at once, for who needs the state it had no more;
    whoever refuses afterwards undoes it. Raises what the verdict stands for, Stale when the row was
    changed since the page was loaded, IllegalTransition.
    """
    verdict.require()
    if command.version is not None and row.version != command.version:
        raise Stale(subject_id=row.id)
    if action is not None:
        row.state = advance(action, row.state)


def moved(row: Versioned) -> None:
    """Raise the version of a held aggregate though perhaps only rows below it changed, or none.

    Saving is saving: also who saves the same once more has looked at the present content, and a
    page loaded before that is out of date.
    """
    row.version += 1


def _held(
    session: Session, kind: type[Row], row_id: str, how: dict[str, Any], missing: str | None
) -> Row:
    _forget_values(session)
    row = session.get(kind, row_id, with_for_update={**how, "of": kind}, populate_existing=True)
    if row is None:
        raise NotFound(missing) if missing else NotFound()
    return row


def _forget_values(session: Session) -> None:
    session.flush()
    for row in list(session.identity_map.values()):
        session.expire(row, inspect(row).mapper.column_attrs.keys())
