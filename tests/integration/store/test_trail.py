"""Chains in the database: appended in order, and every edit behind the program's back is named."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR
from procure.store import trail
from procure.store.base import WRITES, install, reading, snapshot
from tests.factories.auditing import Told

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STREAMS, LENGTH = ("a" * 32, "b" * 32, "c" * 32), 12
EDITS = 200


def happened(project: str, number: int) -> Told:
    return Told(
        subject_id=f"s{number}", project=project, told="Noted", data={"说": f"第{number}条“引号\\”"}
    )


@pytest.fixture
def unguarded(database_url: str) -> Session:
    """Some chains, and a session for which no trigger fires: the database's own administrator."""
    engine = create_engine(database_url)
    install(engine, guarded=False)
    with Session(engine) as session:
        for project in STREAMS:
            session.connection(execution_options={WRITES: True})
            trail.append(session, [happened(project, n) for n in range(LENGTH)], SYSTEM_ACTOR, AT)
            session.commit()
        session.connection(execution_options={WRITES: True})
        if engine.dialect.name == "sqlite":
            for name in session.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'trail%'")
            ).all():
                session.execute(text(f"DROP TRIGGER {name}"))
            session.execute(text("PRAGMA foreign_keys = OFF"))
            session.commit()
            session.execute(text("PRAGMA foreign_keys = OFF"))
        else:
            session.execute(text("SET session_replication_role = replica"))
            session.commit()
        yield session
    engine.dispose()


def test_append_makes_gapless_chains_that_fsck_finds_whole(unguarded: Session) -> None:
    assert trail.fsck(unguarded) == []
    ends = trail.heads(unguarded, [f"project:{project}" for project in STREAMS])
    assert [seq for seq, _ in ends.values()] == [LENGTH] * len(STREAMS)
    links = trail.links_of_project(unguarded, STREAMS[0])
    assert [link.seq for link in links] == list(range(1, LENGTH + 1))
    assert links[0].data["说"] == "第0条“引号\\”"
    assert json.loads(links[1].header)["prev"] == links[0].hash


def test_fsck_reads_without_a_transaction_of_its_own(unguarded: Session) -> None:
    """As a page's session does on PostgreSQL, where a cursor on the server needs one."""
    unguarded.rollback()

    assert trail.fsck(reading(unguarded)) == []


def test_fsck_in_a_snapshot_takes_no_late_append_for_a_fault(
    unguarded: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody appends after the links were read and before the heads are."""
    session, faults_of_heads = snapshot(unguarded), trail._faults_of_heads
    writer = create_engine(unguarded.get_bind().url)
    install(writer, guarded=False)

    def append_meanwhile(*given: Any) -> list[trail.Fault]:
        with Session(writer) as other:
            other.connection(execution_options={WRITES: True})
            trail.append(other, [happened(STREAMS[0], 99)], SYSTEM_ACTOR, AT)
            other.commit()
        return faults_of_heads(*given)

    monkeypatch.setattr(trail, "_faults_of_heads", append_meanwhile)
    assert trail.fsck(session) == []
    session.rollback()
    writer.dispose()


def edit(table: str, column: str, value: str) -> Callable[[Session, str, int], None]:
    def apply(session: Session, stream: str, seq: int) -> None:
        session.execute(
            text(f"UPDATE {table} SET {column} = {value} WHERE stream = :s AND seq = :n"),
            {"s": stream, "n": seq},
        )

    return apply


def gone(table: str) -> Callable[[Session, str, int], None]:
    def apply(session: Session, stream: str, seq: int) -> None:
        session.execute(
            text(f"DELETE FROM {table} WHERE stream = :s AND seq = :n"), {"s": stream, "n": seq}
        )

    return apply


WAYS = {
    "header": edit("trail_event", "header", "replace(header, '\"actor\"', '\"Actor\"')"),
    "hash": edit("trail_event", "hash", f"'{'1' * 64}'"),
    "prev": edit("trail_event", "prev", f"'{'2' * 64}'"),
    "at": edit("trail_event", "at", "at + 1"),
    "event": edit("trail_event", "event", "'Other'"),
    "subject": edit("trail_event", "subject_id", "'other'"),
    "project": edit("trail_event", "project_id", "NULL"),
    "actor": edit("trail_event", "actor_id", "'somebody'"),
    "salt": edit("trail_body", "salt", f"'{'0' * 32}'"),
    "body": edit("trail_body", "body", "replace(body, '条', '款')"),
    "body gone": gone("trail_body"),
    "event gone": gone("trail_event"),
}


def test_edit_any_column_with_triggers_off_named_at_its_row(unguarded: Session) -> None:
    """200 random edits, each found at its own row."""
    draw = random.Random(3)
    missed = []
    for _ in range(EDITS):
        way = draw.choice(sorted(WAYS))
        stream, seq = f"project:{draw.choice(STREAMS)}", draw.randint(1, LENGTH)
        WAYS[way](unguarded, stream, seq)
        unguarded.flush()
        faults = trail.fsck(unguarded)
        unguarded.rollback()
        _still_unguarded(unguarded)
        if not faults or (faults[0].stream, faults[0].seq) != (stream, seq):
            missed.append((way, stream, seq, [str(fault) for fault in faults[:2]]))
    assert missed == []


def _still_unguarded(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.rollback()
        session.connection(execution_options={WRITES: True})
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(text("SET session_replication_role = replica"))


def test_cut_tail_named_whether_or_not_the_head_is_cut_too(unguarded: Session) -> None:
    stream = f"project:{STREAMS[1]}"
    _still_unguarded(unguarded)
    gone("trail_event")(unguarded, stream, LENGTH)
    assert trail.fsck(unguarded)[0].what == "链尾与登记的链头不符，可能被截断"
    before = unguarded.execute(
        text("SELECT hash FROM trail_event WHERE stream = :s AND seq = :n"),
        {"s": stream, "n": LENGTH - 1},
    ).scalar()
    unguarded.execute(
        text("UPDATE trail_head SET seq = :n, hash = :h WHERE stream = :s"),
        {"s": stream, "n": LENGTH - 1, "h": before},
    )

    faults = trail.fsck(unguarded)

    assert [(fault.stream, fault.seq) for fault in faults] == [(stream, LENGTH)]


def test_head_without_chain_and_chain_without_head_named(unguarded: Session) -> None:
    stream = f"project:{STREAMS[2]}"
    _still_unguarded(unguarded)
    unguarded.execute(text("DELETE FROM trail_head WHERE stream = :s"), {"s": stream})
    assert [fault.what for fault in trail.fsck(unguarded)] == ["没有登记链头"]


def test_swap_two_rows_named(unguarded: Session) -> None:
    stream = f"project:{STREAMS[0]}"
    _still_unguarded(unguarded)
    for old, new in ((3, 900), (4, 3), (900, 4)):
        for table in ("trail_event", "trail_body"):
            unguarded.execute(
                text(f"UPDATE {table} SET seq = :new WHERE stream = :s AND seq = :old"),
                {"s": stream, "old": old, "new": new},
            )

    assert (trail.fsck(unguarded)[0].stream, trail.fsck(unguarded)[0].seq) == (stream, 3)
