"""The trail: what happened, in hash chains that nobody can quietly rewrite.

One chain per stream. An event's header is canonical JSON and names the hash of the header before
it; its body is committed to by a salted digest, so that personal data can be erased later while the
chain stays whole. Only the unit of work appends; the database refuses UPDATE and DELETE.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    TextClause,
    bindparam,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from procure.kernel.access import Actor
from procure.kernel.clock import to_micros
from procure.kernel.events import EVENT_TYPES, Event, Json, canonical
from procure.store.base import AppendOnly, Model
from procure.store.types import Instant, id_type

GENESIS = "0" * 64
FORMAT = 1
BATCH = 2000

_SHA256 = hashlib.sha256
_QUOTE = json.encoder.encode_basestring
"""How canonical JSON writes a text."""

_HEADER_KEYS = sorted(
    ("v", "stream", "seq", "prev", "at", "actor", "event", "subject", "project", "body")
)


class TrailHead(Model):
    """The newest link of each chain; kept by a trigger, locked by whoever appends."""

    # PostgreSQL lets only those lock a row who may update a column of it; the guard lets none move.
    __rights__ = ("SELECT", "INSERT", "UPDATE (stream)")
    __tablename__ = "trail_head"

    stream: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int] = mapped_column(nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)


class TrailEvent(AppendOnly, Model):
    """One link: the header as hashed, and the columns lists are read by."""

    __tablename__ = "trail_event"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq_positive"),
        CheckConstraint("length(hash) = 64 AND length(prev) = 64", name="hash_length"),
        Index("ix_trail_event_project_id", "project_id", "at"),
        Index("ix_trail_event_subject_id", "subject_id"),
    )

    stream: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prev: Mapped[str] = mapped_column(String(64), nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    header: Mapped[str] = mapped_column(Text, nullable=False)
    at: Mapped[datetime] = mapped_column(nullable=False)
    event: Mapped[str] = mapped_column(String(60), nullable=False)
    subject_id: Mapped[str] = mapped_column(String(64), nullable=False)
    project_id: Mapped[str | None] = mapped_column(id_type())
    actor_id: Mapped[str] = mapped_column(String(64), nullable=False)


class TrailBody(AppendOnly, Model):
    """What the event said, with the salt of its commitment."""

    __tablename__ = "trail_body"
    __table_args__ = (
        ForeignKeyConstraint(["stream", "seq"], ["trail_event.stream", "trail_event.seq"]),
    )

    stream: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32), nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)


_EVENTS, _BODIES = cast(Table, TrailEvent.__table__), cast(Table, TrailBody.__table__)


def _insert_both() -> TextClause:
    """Link and body in one statement: a server is asked once, not twice."""

    def part(table: Table) -> str:
        names = [column.name for column in table.columns]
        marks = ", ".join(f":{name}" for name in names)
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"

    return text(f"WITH link AS ({part(_EVENTS)}) {part(_BODIES)}").bindparams(
        bindparam("at", type_=Instant())
    )


_INSERT_BOTH = _insert_both()


def digest_of_body(salt: str, body: str) -> str:
    """The commitment to a body."""
    return hashlib.sha256((salt + body).encode()).hexdigest()


def digest_of_header(header: str) -> str:
    """The hash that the next link names."""
    return hashlib.sha256(header.encode()).hexdigest()


def append(session: Session, events: Sequence[Event], actor: Actor, now: datetime) -> None:
    """Write events to their chains in the caller's transaction.

    Streams are locked in sorted order, so that two writers never wait for each other in a circle.
    """
    heads = {name: _lock_head(session, name) for name in sorted({e.stream for e in events})}
    links, bodies = linked(events, heads, actor, now)
    if not links:
        return
    if session.get_bind().dialect.name == "sqlite":
        session.execute(insert(_EVENTS), links)
        session.execute(insert(_BODIES), bodies)
    else:
        session.execute(
            _INSERT_BOTH, [{**link, **body} for link, body in zip(links, bodies, strict=True)]
        )


def linked(
    events: Sequence[Event], heads: dict[str, tuple[int, str]], actor: Actor, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the events' links and bodies, each chained to the one before it.

    `heads` names the (seq, hash) of every stream's newest link and is moved on.
    """
    links: list[dict[str, Any]] = []
    bodies: list[dict[str, Any]] = []
    who: dict[str, Json] = {
        "name": actor.name,
        "organisation": actor.organisation_name,
        "roles": [*sorted(role.value for role in actor.roles)],
    }
    for happened in events:
        seq, prev = heads[happened.stream]
        salt = secrets.token_hex(16)
        body = canonical({"actor": who, "data": happened.body()})
        header = canonical(
            {
                "v": FORMAT,
                "stream": happened.stream,
                "seq": seq + 1,
                "prev": prev,
                "at": to_micros(now),
                "actor": actor.user_id,
                "event": happened.name,
                "subject": happened.subject_id,
                "project": happened.project_id,
                "body": digest_of_body(salt, body),
            }
        )
        link = digest_of_header(header)
        links.append(
            {
                "stream": happened.stream,
                "seq": seq + 1,
                "prev": prev,
                "hash": link,
                "header": header,
                "at": now,
                "event": happened.name,
                "subject_id": happened.subject_id,
                "project_id": happened.project_id,
                "actor_id": actor.user_id,
            }
        )
        bodies.append({"stream": happened.stream, "seq": seq + 1, "salt": salt, "body": body})
        heads[happened.stream] = (seq + 1, link)
    return links, bodies


def _lock_head(session: Session, stream: str) -> tuple[int, str]:
    table = TrailHead.__table__
    query = select(table.c.seq, table.c.hash).where(table.c.stream == stream).with_for_update()
    row = session.execute(query).first()
    if row is None:
        session.connection().exec_driver_sql(*_open_stream(session, stream))
        row = session.execute(query).one()
    return row.seq, row.hash


def _open_stream(session: Session, stream: str) -> tuple[str, tuple[object, ...]]:
    """The statement that makes a chain's head row unless another writer just made it."""
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    statement = (
        f"INSERT INTO trail_head (stream, seq, hash) VALUES ({mark}, 0, {mark}) "
        "ON CONFLICT (stream) DO NOTHING"
    )
    return statement, (stream, GENESIS)


@dataclass(frozen=True)
class Link:
    """One event as read back, for time lines, exports and checks."""

    stream: str
    seq: int
    at: datetime
    event: str
    subject_id: str
    project_id: str | None
    actor_id: str
    header: str
    hash: str
    salt: str
    body: str

    @property
    def content(self) -> dict[str, Any]:
        """The body, read."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded

    @property
    def data(self) -> dict[str, Any]:
        """The event's own fields."""
        fields: dict[str, Any] = self.content["data"]
        return fields

    @property
    def label(self) -> str:
        """The event in Chinese."""
        return EVENT_TYPES[self.event].label

    @property
    def words(self) -> str:
        """What the event adds to its label: amounts, reasons."""
        return EVENT_TYPES[self.event].words_of(self.data)


def links_of_project(session: Session, project_id: str) -> list[Link]:
    """All events of a project from every chain, in the order they happened."""
    return list(read(session, TrailEvent.project_id == project_id))


def read(session: Session, *conditions: Any) -> Iterator[Link]:
    """Events that meet the conditions, oldest first, streamed."""
    query = (
        select(
            TrailEvent.stream,
            TrailEvent.seq,
            TrailEvent.at,
            TrailEvent.event,
            TrailEvent.subject_id,
            TrailEvent.project_id,
            TrailEvent.actor_id,
            TrailEvent.header,
            TrailEvent.hash,
            TrailBody.salt,
            TrailBody.body,
        )
        .join(
            TrailBody, (TrailBody.stream == TrailEvent.stream) & (TrailBody.seq == TrailEvent.seq)
        )
        .where(*conditions)
        .order_by(TrailEvent.at, TrailEvent.stream, TrailEvent.seq)
        .execution_options(yield_per=1000)
    )
    for row in session.execute(query):
        yield Link(*row)


@dataclass(frozen=True)
class Fault:
    """The first broken link found, named so that a person can look at it."""

    stream: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"{self.stream} 第 {self.seq} 条：{self.what}"


def check_links(
    links: Iterable[Sequence[Any]], ends: dict[str, tuple[int, str]] | None = None
) -> Iterator[Fault]:
    """Recompute chains from rows ordered by stream and seq; yields every fault in order.

    Each row is (stream, seq, prev, hash, header, at µs, event, subject, project, actor, salt, body).
    A sound link costs two digests and one comparison: its header is written again from the columns,
    the digest of its body and the hash before it, and must equal the stored text. `ends`, when
    given, is filled with the last (seq, hash) of every chain.
    """
    ends = {} if ends is None else ends
    current, quoted, expected, before = "", "", 1, GENESIS
    for row in links:
        stream, seq, prev, link, header, at, event, subject, project, actor, salt, body = row
        if stream != current:
            ends[current] = (expected - 1, before)
            current, quoted, expected, before = stream, _QUOTE(stream), 1, GENESIS
        if not (
            body is not None
            and prev == before
            and header
            == f'{{"actor":{_QUOTE(actor)},"at":{at},"body":"'
            f'{_SHA256((salt + body).encode()).hexdigest()}","event":{_QUOTE(event)},'
            f'"prev":"{before}","project":{"null" if project is None else _QUOTE(project)},'
            f'"seq":{expected},"stream":{quoted},"subject":{_QUOTE(subject)},"v":{FORMAT}}}'
            and seq == expected
            and _SHA256(header.encode()).hexdigest() == link
        ):
            yield from _faults_of(row, expected, before)
        expected, before = seq + 1, link
    ends[current] = (expected - 1, before)
    del ends[""]


def _faults_of(row: Sequence[Any], expected: int, before: str) -> Iterator[Fault]:
    """What exactly is wrong with a link that the quick comparison refused."""
    stream, seq, prev, link, header, at, name, subject, project, actor, salt, body = row
    if seq != expected:
        yield Fault(stream, expected, "缺少这一条" if seq > expected else "编号重复")
    if digest_of_header(header) != link:
        yield Fault(stream, seq, "内容与散列值不符")
        return
    said = _read_header(header)
    if said is None or sorted(said) != _HEADER_KEYS or said["v"] != FORMAT:
        yield Fault(stream, seq, "内容的格式无法识别")
        return
    if said["prev"] != before or prev != said["prev"]:
        yield Fault(stream, seq, "与前一条的散列值不衔接")
    columns = (stream, seq, at, name, subject, project, actor)
    keys = ("stream", "seq", "at", "event", "subject", "project", "actor")
    if tuple(said[key] for key in keys) != columns:
        yield Fault(stream, seq, "登记栏目与散列内容不符")
    if body is None:
        yield Fault(stream, seq, "缺少正文")
    elif digest_of_body(salt, body) != said["body"]:
        yield Fault(stream, seq, "正文与散列值不符")
    if canonical(said) != header:
        yield Fault(stream, seq, "内容不是规范写法")


def _read_header(header: str) -> dict[str, Any] | None:
    try:
        said = json.loads(header)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def links_in_order(session: Session) -> Iterator[tuple[Any, ...]]:
    """The rows `check_links` reads, all of them, streamed.

    Read through the driver's own cursor: making a Row of each would cost as much as hashing it.
    """
    event, body = TrailEvent.__table__, TrailBody.__table__
    query = (
        select(
            event.c.stream,
            event.c.seq,
            event.c.prev,
            event.c.hash,
            event.c.header,
            event.c.at,
            event.c.event,
            event.c.subject_id,
            event.c.project_id,
            event.c.actor_id,
            body.c.salt,
            body.c.body,
        )
        .outerjoin(body, (body.c.stream == event.c.stream) & (body.c.seq == event.c.seq))
        .order_by(event.c.stream, event.c.seq)
    )
    connection = session.connection()
    driver = connection.connection.driver_connection
    assert driver is not None
    named = {} if connection.dialect.name == "sqlite" else {"name": "trail_in_order"}
    cursor = driver.cursor(**named)
    try:
        cursor.execute(str(query.compile(dialect=connection.dialect)))
        while rows := cursor.fetchmany(BATCH):
            yield from rows
    finally:
        cursor.close()


def fsck(session: Session) -> list[Fault]:
    """Recompute every chain in the database; the faults found, first first, empty when whole."""
    ends: dict[str, tuple[int, str]] = {}
    faults = list(check_links(links_in_order(session), ends))
    return faults + _faults_of_heads(session, ends) + _bodies_alone(session)


def _faults_of_heads(session: Session, ends: Mapping[str, tuple[int, str]]) -> list[Fault]:
    """Chains that end elsewhere than the registered heads say."""
    query = select(TrailHead.stream, TrailHead.seq, TrailHead.hash).order_by(TrailHead.stream)
    registered = {row.stream: (row.seq, row.hash) for row in session.execute(query) if row.seq}
    faults = [
        Fault(stream, head[0], "链尾与登记的链头不符，可能被截断")
        for stream, head in registered.items()
        if ends.get(stream) != head
    ]
    faults += [
        Fault(stream, seq, "没有登记链头")
        for stream, (seq, _) in ends.items()
        if stream not in registered
    ]
    return faults


def _bodies_alone(session: Session) -> list[Fault]:
    """Bodies whose links are gone: what a cut tail leaves behind."""
    query = (
        select(TrailBody.stream, TrailBody.seq)
        .outerjoin(
            TrailEvent, (TrailBody.stream == TrailEvent.stream) & (TrailBody.seq == TrailEvent.seq)
        )
        .where(TrailEvent.stream.is_(None))
        .order_by(TrailBody.stream, TrailBody.seq)
    )
    return [Fault(stream, seq, "正文还在，事件不见了") for stream, seq in session.execute(query)]


def heads(session: Session, streams: Sequence[str] | None = None) -> dict[str, tuple[int, str]]:
    """The newest (seq, hash) of each chain, by stream name."""
    query = select(TrailHead.stream, TrailHead.seq, TrailHead.hash).where(TrailHead.seq > 0)
    if streams is not None:
        query = query.where(TrailHead.stream.in_(streams))
    return {row.stream: (row.seq, row.hash) for row in session.execute(query)}
