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
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Index,
    Select,
    String,
    Table,
    Text,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from procure.kernel.access import Actor
from procure.kernel.clock import to_micros
from procure.kernel.events import EVENT_TYPES, Event, Json, canonical
from procure.store.base import AppendOnly, Model, begin_for_cursor
from procure.store.types import id_type, new_id

GENESIS = "0" * 64
FORMAT = 1
BATCH = 2000

_SHA256 = hashlib.sha256

_HEADER_KEYS = sorted(
    ("v", "stream", "seq", "prev", "at", "actor", "event", "subject", "project", "body")
)


class TrailHead(Model):
    """The newest link of each chain; kept by a trigger, locked by whoever appends."""

    # PostgreSQL lets only those lock a row who may update a column of it; the guard lets none move.
    __rights__ = ("SELECT", "INSERT", "UPDATE (stream)")
    stream: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class TrailEvent(AppendOnly, Model):
    """One link: the header as hashed, and the columns lists are read by."""

    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq_positive"),
        CheckConstraint("length(hash) = 64 AND length(prev) = 64", name="hash_length"),
        Index("ix_trail_event_project_id", "project_id", "at"),
        Index("ix_trail_event_subject_id", "subject_id"),
    )

    stream: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    header: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(64))
    project_id: Mapped[str | None] = mapped_column(id_type())
    actor_id: Mapped[str] = mapped_column(String(64))


class TrailBody(AppendOnly, Model):
    """What the event said, with the salt of its commitment."""

    __table_args__ = (
        ForeignKeyConstraint(["stream", "seq"], ["trail_event.stream", "trail_event.seq"]),
    )

    stream: Mapped[str] = mapped_column(String(100), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)


_EVENTS, _BODIES = cast(Table, TrailEvent.__table__), cast(Table, TrailBody.__table__)


def _insertion(table: Table, mark: str) -> str:
    names = [column.name for column in table.columns]
    marks = ", ".join(mark.format(name) for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"


# Statements of every append, written once: building and looking them up costs more than running.
_HEAD = "SELECT seq, hash FROM trail_head WHERE stream = "
_OPEN = "INSERT INTO trail_head (stream, seq, hash) VALUES ({0}, 0, {0}) ON CONFLICT DO NOTHING"
_INSERT_LINK, _INSERT_BODY = _insertion(_EVENTS, ":{}"), _insertion(_BODIES, ":{}")
_INSERT_BOTH = f"WITH link AS ({_insertion(_EVENTS, '%({})s')}) {_insertion(_BODIES, '%({})s')}"
"""Link and body in one statement: a server is asked once, not twice."""


def digest_of_body(salt: str, body: str) -> str:
    """The commitment to a body."""
    return hashlib.sha256((salt + body).encode()).hexdigest()


def digest_of_header(header: str) -> str:
    """The hash that the next link names."""
    return hashlib.sha256(header.encode()).hexdigest()


def append(
    session: Session,
    events: Sequence[Event],
    actor: Actor,
    now: datetime,
    locked: Mapping[str, tuple[int, str]] | None = None,
) -> None:
    """Write events to their chains in the caller's transaction.

    Streams are locked in sorted order, so that two writers never wait for each other in a circle;
    `locked` are the heads of those that the transaction holds already.
    """
    connection = session.connection()
    heads = dict(locked or {})
    for name in sorted({event.stream for event in events} - heads.keys()):
        heads[name] = lock_head(connection, name)
    links, bodies = linked(events, heads, actor, now)
    if not links:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT_LINK, [_stored(link) for link in links])
        connection.exec_driver_sql(_INSERT_BODY, bodies)
        return
    rows = [_stored(link) | body for link, body in zip(links, bodies, strict=True)]
    connection.exec_driver_sql(_INSERT_BOTH, rows if len(rows) > 1 else rows[0])


def _stored(link: dict[str, Any]) -> dict[str, Any]:
    """A link as its table's columns hold it."""
    return link | {"at": to_micros(link["at"])}


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


def lock_head(connection: Connection, stream: str) -> tuple[int, str]:
    """The newest link of a chain, held to the end of the transaction; a new chain is begun."""
    mark, lock = ("?", "") if connection.dialect.name == "sqlite" else ("%s", " FOR UPDATE")
    query = f"{_HEAD}{mark}{lock}"
    row = connection.exec_driver_sql(query, (stream,)).first()
    if row is None:
        connection.exec_driver_sql(_OPEN.format(mark), (stream, GENESIS))
        row = connection.exec_driver_sql(query, (stream,)).one()
    return row.seq, row.hash


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


@dataclass(frozen=True)
class Told:
    """What a time line tells of an event."""

    at: datetime
    event: str
    actor: Mapping[str, Any]
    data: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The event in Chinese."""
        return EVENT_TYPES[self.event].label

    @property
    def words(self) -> str:
        """What the event adds to its label: amounts, reasons."""
        return EVENT_TYPES[self.event].words_of(self.data)


def tell(session: Session, stream: str, names: frozenset[str]) -> list[Told]:
    """The events of one chain that are called so, oldest first, without what proves them."""
    told = []
    for row in session.execute(_telling(names), {"stream": stream}):
        body = json.loads(row.body)
        told.append(Told(row.at, row.event, body["actor"], body["data"]))
    return told


@lru_cache(maxsize=64)
def _telling(names: frozenset[str]) -> Select[datetime, str, str]:
    """The statement, kept with its long list of names, which are those of our own classes."""
    link, body = _EVENTS.c, _BODIES.c
    called: list[ColumnElement[str]] = [literal_column(f"'{name}'") for name in sorted(names)]
    return (
        select(link.at, link.event, body.body)
        .join_from(_EVENTS, _BODIES, (body.stream == link.stream) & (body.seq == link.seq))
        .where(link.stream == bindparam("stream"), link.event.in_(called))
        .order_by(link.at, link.seq)
    )


def last_actor(session: Session, subject_id: str) -> str:
    """Who did what was told last of a thing; empty when nothing was."""
    newest = (
        select(TrailEvent.actor_id)
        .where(TrailEvent.subject_id == subject_id)
        .order_by(TrailEvent.at.desc(), TrailEvent.seq.desc())
    )
    return session.scalar(newest.limit(1)) or ""


LINKS = select(
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
).join(TrailBody, (TrailBody.stream == TrailEvent.stream) & (TrailBody.seq == TrailEvent.seq))
"""Every event as a `Link` is made of it."""


def read(session: Session, *conditions: Any) -> Iterator[Link]:
    """Events that meet the conditions, oldest first, streamed."""
    query = (
        LINKS.where(*conditions)
        .order_by(TrailEvent.at, TrailEvent.stream, TrailEvent.seq)
        .execution_options(yield_per=1000)
    )
    for row in session.execute(query):
        yield Link(*row)


def read_of(session: Session, project_id: str, subject_id: str, event: str) -> Iterator[Link]:
    """What a project's chain tells of one of its things by events of that name, oldest first."""
    return read(
        session,
        TrailEvent.stream == f"project:{project_id}",
        TrailEvent.subject_id == subject_id,
        TrailEvent.event == event,
    )


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

    Each row is (stream, seq, prev, hash, header, at µs, event, subject, project, actor, told), where
    `told` is salt and body as bytes, None for a link without a body. A sound link costs two digests
    and one comparison: its header is written again from the columns, the digest of its body and the
    hash before it, and must equal the stored text. Values are put in as they are; a header in which
    JSON escapes a character is looked at more closely. `ends`, when given, is filled with the last
    (seq, hash) of every chain.
    """
    ends = {} if ends is None else ends
    current, expected, before = "", 1, GENESIS
    for row in links:
        stream, seq, prev, link, header, at, event, subject, project, actor, told = row
        if stream != current:
            ends[current] = (expected - 1, before)
            current, expected, before = stream, 1, GENESIS
        named = "null" if project is None else f'"{project}"'
        if not (
            told is not None
            and seq == expected
            and prev == before
            and header
            == f'{{"actor":"{actor}","at":{at},"body":"{_SHA256(told).hexdigest()}","event":"{event}",'
            f'"prev":"{prev}","project":{named},"seq":{seq},"stream":"{stream}","subject":"{subject}",'
            f'"v":{FORMAT}}}'
            and "\\" not in header
            and _SHA256(header.encode()).hexdigest() == link
        ):
            yield from _faults_of(row, expected, before)
        expected, before = seq + 1, link
    ends[current] = (expected - 1, before)
    del ends[""]


def _faults_of(row: Sequence[Any], expected: int, before: str) -> Iterator[Fault]:
    """What exactly is wrong with a link that the quick comparison refused."""
    stream, seq, prev, link, header, at, name, subject, project, actor, told = row
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
    if told is None:
        yield Fault(stream, seq, "缺少正文")
    elif _SHA256(told).hexdigest() != said["body"]:
        yield Fault(stream, seq, "正文与散列值不符")
    if canonical(said) != header:
        yield Fault(stream, seq, "内容不是规范写法")


def _read_header(header: str) -> dict[str, Any] | None:
    try:
        said = json.loads(header)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


_LINKS = """SELECT {e}stream, {e}seq, {e}prev, {e}hash, {e}header, {e}at, {e}event, {e}subject_id,
{e}project_id, {e}actor_id"""
_TOLD = {
    "sqlite": "CAST({b}salt || {b}body AS BLOB)",
    "postgresql": "convert_to({b}salt || {b}body, 'UTF8')",
}
"""Salt and body as they were hashed: bytes, which Python need not turn into text and back."""


def links_in_order(session: Session) -> Iterator[tuple[Any, ...]]:
    """The rows `check_links` reads, all of them, streamed; a link without a body has none."""
    told = _TOLD[session.get_bind().dialect.name].format(b="b.")
    yield from _stream(
        session,
        f"{_LINKS.format(e='e.')}, {told} FROM trail_event e LEFT JOIN trail_body b"
        " ON b.stream = e.stream AND b.seq = e.seq ORDER BY e.stream, e.seq",
    )


def _links_beside_bodies(session: Session) -> Iterator[tuple[Any, ...]]:
    """The same in half the time, where every link has its body: both tables are read in the order
    of their keys. Otherwise bodies come to stand beside the wrong links, or ValueError is raised.
    """
    told = _TOLD[session.get_bind().dialect.name].format(b="")
    links = _stream(session, f"{_LINKS.format(e='')} FROM trail_event ORDER BY stream, seq")
    bodies = _stream(session, f"SELECT {told} FROM trail_body ORDER BY stream, seq")
    return (link + body for link, body in zip(links, bodies, strict=True))


def _stream(session: Session, statement: str) -> Iterator[tuple[Any, ...]]:
    """A statement's rows through the driver's own cursor, batch by batch: making a Row of each
    would cost as much as hashing it.
    """
    connection = session.connection()
    begin_for_cursor(connection)
    driver = connection.connection.driver_connection
    assert driver is not None
    embedded = connection.dialect.name == "sqlite"
    cursor = driver.cursor(**({} if embedded else {"name": f"trail_{new_id()}", "binary": True}))
    try:
        cursor.execute(statement)
        while rows := cursor.fetchmany(BATCH):
            yield from rows
    finally:
        cursor.close()


def fsck(session: Session) -> list[Fault]:
    """Recompute every chain in the database; the faults found, first first, empty when whole.

    Others may be writing: a session that must not mistake their work for a fault reads in a
    `snapshot`.
    """
    ends: dict[str, tuple[int, str]] = {}
    if _is_sound(session, ends):
        return _faults_of_heads(session, ends)
    ends.clear()
    faults = list(check_links(links_in_order(session), ends))
    return faults + _faults_of_heads(session, ends) + _bodies_alone(session)


def _is_sound(session: Session, ends: dict[str, tuple[int, str]]) -> bool:
    """Whether every link is sound and has its body, and every body its link; what is wrong with one
    is for a closer look to tell.
    """
    try:
        return next(check_links(_links_beside_bodies(session), ends), None) is None
    except ValueError:
        return False


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


def head_of_project(session: Session, project_id: str) -> str:
    """The newest hash of the project's chain, which papers name; empty while it has no link.

    Within a unit of work that is the link before everything the unit itself has to say.
    """
    stream = f"project:{project_id}"
    _, newest = heads(session, [stream]).get(stream, (0, ""))
    return newest


def heads(session: Session, streams: Sequence[str] | None = None) -> dict[str, tuple[int, str]]:
    """The newest (seq, hash) of each chain, by stream name."""
    query = select(TrailHead.stream, TrailHead.seq, TrailHead.hash).where(TrailHead.seq > 0)
    if streams is not None:
        query = query.where(TrailHead.stream.in_(streams))
    return {row.stream: (row.seq, row.hash) for row in session.execute(query)}
