"""Two people in the same moment: two verbs run against each other on PostgreSQL.

Each has a session of its own, as two requests have. A gate holds the first where the other can do
most harm: just before it commits, when all its rows are held, before it holds the first, when it has
none, while its paper is printed, when it is done, or before it holds its next row, when it has some and
wants more. The other begins then, and
runs until it is done or waits for the first.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from procure.kernel.access import VISITOR, Actor
from procure.kernel.clock import FixedClock
from procure.kernel.errors import DomainError
from procure.registers.documents import use_cases as documents
from procure.store import holding, trail
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests.world import World

PATIENCE = 120
Verb = Callable[[UnitOfWork], object]
DONE = "done"
AT_COMMIT, AT_PRINTER, NOWHERE = "commit", "printer", "nowhere"


def before_hold(number: int) -> str:
    """The place just before an act holds its first, second … row."""
    return f"hold {number}"


@dataclass(frozen=True)
class Act:
    """A step as a person takes it: who, what (with what their page showed), the event it is told by.

    `make` is called before the race and gives the verb with its command. Nobody's name is empty.
    """

    who: str | Callable[[World], str]
    make: Callable[[World], Verb]
    event: str
    verb: str
    """The verb's name, as tests/verbs.py gives it."""


@dataclass(frozen=True)
class Pair:
    """Two acts that can meet, where the story stands then, and how it may end.

    `wins` says how many may be carried out; `right` looks at what is there afterwards.
    """

    name: str
    at: str
    first: Act
    second: Act
    wins: tuple[int, ...] = (1,)
    right: Callable[[World, "Ended"], None] = lambda world, ended: None
    prints: bool = False
    between: tuple[int, ...] = ()
    """Before which of its rows the first act is held too: where two could wait in a circle."""
    about_order: bool = False
    """Whether it shows only in which order rows are held, not that they are."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where the leading act may be held."""
        return (
            AT_COMMIT,
            *([before_hold(1), AT_PRINTER] if self.prints else []),
            *map(before_hold, self.between),
        )


@dataclass
class Ended:
    """How each act ended: DONE, or the name of its refusal with its words."""

    outcomes: dict[str, str] = field(default_factory=dict)
    """In the order in which they ended."""
    told: list[str] = field(default_factory=list)
    """The events of the acts that were carried out, in the order in which they were written."""
    late: list[str] = field(default_factory=list)
    """The acts that were decided on and that only the database kept from being written."""

    @property
    def done(self) -> list[str]:
        """The acts that were carried out."""
        return [name for name, outcome in self.outcomes.items() if outcome == DONE]


class Gate:
    """Holds the leading act at a place until it is opened."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.leader: threading.Thread | None = None
        self.held = 0
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_by(self, place: str) -> None:
        """Wait here, for whom it is meant."""
        if place == self.place and threading.current_thread() is self.leader:
            self.leader = None
            self.reached.set()
            assert self.opened.wait(PATIENCE), "nobody opened the gate"

    def next_row(self) -> None:
        """Wait here, for whom it is meant, before the row of that number."""
        if threading.current_thread() is self.leader:
            self.held += 1
            self.pass_by(before_hold(self.held))


@contextmanager
def gated(place: str) -> Iterator[Gate]:
    """A gate at that place for one race."""
    gate, append, render = Gate(place), trail.append, documents.render_pdf
    forget = holding._forget_values

    def before_holding(session: Session) -> None:
        gate.next_row()
        forget(session)

    def before_commit(*args: object) -> None:
        gate.pass_by(AT_COMMIT)
        append(*args)

    def while_printing(*args: object) -> object:
        gate.pass_by(AT_PRINTER)
        return render(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trail, "append", before_commit)
        patch.setattr(documents, "render_pdf", while_printing)
        patch.setattr(holding, "_forget_values", before_holding)
        yield gate


HELD = re.compile(r" FOR (NO KEY )?(UPDATE|SHARE)( OF [\w, ]+)?$")


@contextmanager
def without_holding(engine: Engine) -> Iterator[None]:
    """Let every row be read on this engine without being held: what a race is there to show.

    The chains of the trail stay locked, so that it is the rows that decide.
    """

    def bare(
        connection: object, cursor: object, statement: str, given: Any, *rest: object
    ) -> tuple[str, Any]:
        return (statement if "trail_" in statement else HELD.sub("", statement)), given

    event.listen(engine, "before_cursor_execute", bare, retval=True)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", bare)


def race(world: World, first: Act, second: Act, place: str, url: str) -> Ended:
    """Run both, the first being held at the gate until the second is done or waits for it."""
    ended = Ended()
    ways = {
        name: (_actor(world, act.who), act.make(world))
        for name, act in (("first", first), ("second", second))
    }
    events = {act.event: _told(world, act.event) for act in (first, second)}
    world.session.rollback()
    db.session.remove()

    def go(name: str, gate: Gate | None) -> None:
        actor, verb = ways[name]
        if gate is not None:
            gate.leader = threading.current_thread()

        def begin() -> UnitOfWork:
            if gate is not None:
                gate.held = 0
            return UnitOfWork(db.session(), actor, FixedClock(world.now))

        with world.app.app_context():
            try:
                with begin() as uow:
                    verb(uow)
                ended.outcomes[name] = DONE
            except DomainError as refusal:
                if isinstance(refusal.__cause__, SQLAlchemyError):
                    ended.late.append(name)
                ended.outcomes[name] = f"{type(refusal).__name__}: {refusal}"
            except Exception as fault:
                ended.outcomes[name] = f"FAULT {type(fault).__name__}: {fault}"
            finally:
                db.session.remove()
                if gate is not None:
                    gate.reached.set()

    with gated(place) as gate:
        leading = threading.Thread(target=go, args=("first", gate))
        following = threading.Thread(target=go, args=("second", None))
        leading.start()
        if place != NOWHERE:
            assert gate.reached.wait(PATIENCE), "the first act did not come to the gate"
        following.start()
        if place != NOWHERE:
            _until_done_or_waiting(following, url)
        gate.opened.set()
        leading.join(PATIENCE)
        following.join(PATIENCE)
    assert not leading.is_alive() and not following.is_alive(), ended.outcomes
    _expect_told(world, (first, second), events, ended)
    return ended


def _actor(world: World, who: str | Callable[[World], str]) -> Actor:
    username = who if isinstance(who, str) else who(world)
    return world.actor(username) if username else VISITOR


def _until_done_or_waiting(thread: threading.Thread, url: str) -> None:
    place = make_url(url)
    with _watcher(place.set(database="postgres")).connect() as connection:
        until = monotonic() + PATIENCE
        while thread.is_alive() and not _somebody_waits(connection, place.database):
            assert monotonic() < until, "neither done nor waiting"
            sleep(0.002)


@cache
def _watcher(url: URL) -> Engine:
    """One connection that looks on, for all races of a run: to make one costs as much as a race."""
    return create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1)


def _somebody_waits(connection: Connection, database: str | None) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = :database AND wait_event_type = 'Lock'"
    )
    return bool(connection.execute(waiting, {"database": database}).scalar())


def _told(world: World, event: str) -> int:
    query = (
        select(func.count()).select_from(trail.TrailEvent).where(trail.TrailEvent.event == event)
    )
    return world.session.scalar(query) or 0


def _expect_told(world: World, acts: tuple[Act, Act], before: dict[str, int], ended: Ended) -> None:
    """Nothing half done: as many events as acts were carried out, of each kind."""
    event_of = dict(zip(("first", "second"), (act.event for act in acts), strict=True))
    done = [event_of[name] for name in ended.done]
    for kind, number in before.items():
        told = _told(world, kind) - number
        assert told == done.count(kind), (kind, told, ended.outcomes)
    ended.told = _last_written(world, set(before), len(done))


def _last_written(world: World, kinds: set[str], number: int) -> list[str]:
    """The last events of these kinds, as the server committed them: who let go of the rows may hear
    of it later than who waited for them.
    """
    committed = text("pg_xact_commit_timestamp(trail_event.xmin) DESC NULLS LAST")
    query = select(trail.TrailEvent.event).where(trail.TrailEvent.event.in_(kinds))
    return [*world.session.scalars(query.order_by(committed).limit(number))][::-1]
