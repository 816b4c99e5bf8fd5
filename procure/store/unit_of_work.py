"""The unit of work: one transaction, one actor, one instant, the only commit.

Events are written to the trail in the transaction that made the change; a change that emitted
nothing is an error; what may fail without undoing the change (mail …) runs after the commit.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import Index, String, Text, UniqueConstraint, bindparam, event, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from procure.kernel.access import Actor
from procure.kernel.clock import Clock
from procure.kernel.errors import REOPEN, Conflict, Invalid, Stale
from procure.kernel.events import Event, canonical, plain
from procure.store import trail
from procure.store.base import WRITES, Base, Identified, Model, Removable
from procure.store.db_errors import in_one_line, refusal_of

Subscriber = Callable[["UnitOfWork", Any], None]
_SUBSCRIBERS: dict[type[Event], list[Subscriber]] = {}
EXPLAINED: dict[str, tuple[str, str, str | None]] = {}

EventType = TypeVar("EventType", bound=Event)

log = logging.getLogger(__name__)


def subscribe(kind: type[EventType], handler: Callable[["UnitOfWork", EventType], None]) -> None:
    """Have a handler called, in the same transaction, whenever such an event is emitted.

    Called by the composition root only; saying it twice has the effect of once.
    """
    handlers = _SUBSCRIBERS.setdefault(kind, [])
    if handler not in handlers:
        handlers.append(handler)


def explain_constraint(text: str, field: str, message: str, rule: str | None = None) -> None:
    """Say in words what a violated database constraint means to the person at the form.

    `text` is found in what the database says: the constraint's name, or a trigger's words.
    """
    EXPLAINED[text] = (field, message, rule)


class SilentChange(RuntimeError):
    """Rows changed and no event said so: a fault of the program, never of a person."""


class RequestKey(Identified, Removable, Model):
    """A request that was carried out once; the same key gets the same answer."""

    __table_args__ = (UniqueConstraint("actor_id", "action", "key"),)

    actor_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


_EARLIER = select(*RequestKey.__table__.c["digest", "result"]).where(
    RequestKey.__table__.c.actor_id == bindparam("actor"),
    RequestKey.__table__.c.action == bindparam("action"),
    RequestKey.__table__.c.key == bindparam("given"),
)


def was_carried_out(session: Session, actor: Actor, key: str) -> bool:
    """Whether a request of this person with this one-time key was carried out before."""
    asked = select(RequestKey.id).where(RequestKey.actor_id == actor.user_id, RequestKey.key == key)
    return session.scalar(asked.limit(1)) is not None


@dataclass(frozen=True)
class Request:
    """What makes two requests the same one: action, one-time key, digest of the content."""

    action: str
    key: str
    digest: str


def request_of(action: str, key: str, command: Any) -> Request:
    """A request's identity: the whole command, however deep, is its content, save the key itself.

    Whoever corrects a field and sends the form again has sent another command. What a command holds
    that is made anew at each sending is taken out before.
    """
    content = {name: value for name, value in asdict(command).items() if name != "key"}
    return Request(action, key, hashlib.sha256(canonical(plain(content)).encode()).hexdigest())


class UnitOfWork:
    """`with UnitOfWork(session, actor, clock) as uow:` … one transaction, committed at the end.

    `technical` is for bookkeeping no auditor asks for (sessions, heartbeats, outbox states): it
    may change rows without an event.
    """

    def __init__(
        self, session: Session, actor: Actor, clock: Clock, *, technical: bool = False
    ) -> None:
        self.session = session
        self.actor = actor
        self.now = clock.now()
        self._technical = technical
        self._events: list[Event] = []
        self._after: list[Callable[[], None]] = []
        self._heads: dict[str, tuple[int, str]] = {}
        self.opened: dict[str, tuple[str, int]] = {}
        """The section of a record that is being saved, and the record's version before (`sections`)."""
        self._changed = False

    def __enter__(self) -> "UnitOfWork":
        try:
            self.session.rollback()
            self.session.connection(execution_options={WRITES: True})
        except SQLAlchemyError as error:
            self._give_up()
            raise_refusal(error)
            raise
        event.listen(self.session, "after_flush", self._note_change)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._commit()
            else:
                self._give_up()
        finally:
            event.remove(self.session, "after_flush", self._note_change)
        if error is not None:
            raise_refusal(error)
        if kind is None:
            self._do_what_follows()

    def emit(self, happened: Event) -> None:
        """Say what happened: its rows are written, and subscribers act on it at once, in this
        transaction.
        """
        self.session.flush()
        self._events.append(happened)
        for handler in _SUBSCRIBERS.get(type(happened), ()):
            handler(self, happened)

    def head_of(self, stream: str) -> tuple[int, str]:
        """The (seq, hash) of a chain's newest link, for whoever names it in what the next one says.

        The chain is locked from here on; one transaction may ask for one chain only.
        """
        if stream not in self._heads:
            assert not self._heads, "a second chain locked out of order"
            self._heads[stream] = trail.lock_head(self.session.connection(), stream)
        return self._heads[stream]

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have something done once the change is durable; its failure undoes nothing and is logged."""
        self._after.append(act)

    def earlier_result(self, request: Request) -> str | None:
        """The answer an identical request got before; None for a new one, and for one without a key.

        Raises Conflict when the key was used for other content.
        """
        if not request.key:
            return None
        row = self.session.execute(
            _EARLIER,
            {"actor": self.actor.user_id, "action": request.action, "given": request.key},
        ).first()
        if row is None:
            return None
        if row.digest != request.digest:
            raise Conflict(
                "这张表单已经提交过，这次的内容与上次不同。",
                remedy=f"{REOPEN}，核对最新内容后再提交。",
            )
        result: str = row.result
        return result

    def keep_result(self, request: Request, result: str) -> None:
        """Remember the answer, in this transaction, for a repeat of the request that has a key."""
        if not request.key:
            return
        self.session.add(
            RequestKey(
                actor_id=self.actor.user_id,
                action=request.action,
                key=request.key,
                digest=request.digest,
                result=result,
                at=self.now,
            )
        )

    def _note_change(self, session: Session, context: object) -> None:
        self._changed = True

    def _commit(self) -> None:
        committing = False
        try:
            self.session.flush()
            if self._changed and not self._events and not self._technical:
                raise SilentChange("rows changed without an event")
            trail.append(self.session, self._events, self.actor, self.now, self._heads)
            committing = True
            self.session.commit()
        except BaseException as error:
            self._give_up()
            raise_refusal(error, committing=committing)
            raise

    def _do_what_follows(self) -> None:
        """Nothing here undoes the change, so nothing here may tell the person that it failed."""
        for act in self._after:
            try:
                act()
            except Exception:
                log.exception("work after a commit failed: %s", act)

    def _give_up(self) -> None:
        # A connection that is lost cannot be told; the server undoes what it held.
        with suppress(DBAPIError):
            self.session.rollback()


def raise_refusal(error: BaseException, *, committing: bool = False) -> None:
    """Raise what a failed change means to the person at the form; nothing for the program's faults.

    Raises Invalid or Conflict for a violated constraint, Stale, NotSaved, Unavailable.
    """
    if isinstance(error, IntegrityError):
        raise explained(error) from error
    if isinstance(error, StaleDataError):
        raise Stale from error
    refusal = refusal_of(error, committing=committing)
    if refusal is not None:
        log.warning("database failed a change: %s", in_one_line(error))
        raise refusal from error


def explained(error: IntegrityError) -> Exception:
    """A violated constraint as the refusal a person can read."""
    said = _with_names(str(error.orig))
    for text, (field, message, rule) in EXPLAINED.items():
        if text in said:
            return Invalid(field, message, rule)
    return Conflict(
        "同样的内容已经存在，或与已有记录矛盾，这次没有保存。",
        remedy="请返回核对已有记录，再改正后提交。",
    )


def _with_names(said: str) -> str:
    """What the database says, with the names of the unique keys of which SQLite tells the columns."""
    told = re.search(r"UNIQUE constraint failed: (\w+)\.", said)
    if told is None:
        return said
    table = Base.metadata.tables[told[1]]
    columns = set(re.findall(rf"{table.name}\.(\w+)", said))
    keys = [
        key
        for key in (*table.constraints, *table.indexes)
        if isinstance(key, UniqueConstraint) or (isinstance(key, Index) and key.unique)
    ]
    names = [str(key.name) for key in keys if set(key.columns.keys()) == columns]
    return f"{said} ({', '.join(names)})"
