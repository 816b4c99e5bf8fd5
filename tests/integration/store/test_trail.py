"""Chains in the database: appended in order, and every edit behind the program's back is named."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
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


def remade(session: Session, stream: str, seq: int, **other: Any) -> None:
    """Rewrite a link as somebody with the database would: whatever it says, its digests fit it."""
    where = {"s": stream, "n": seq}
    columns = "SELECT header, salt, body FROM trail_event JOIN trail_body USING (stream, seq)"
    header, salt, body = session.execute(
        text(f"{columns} WHERE stream = :s AND seq = :n"), where
    ).one()
    body = other.pop("body", body)
    said = json.loads(header) | {"body": sha256((salt + body).encode()).hexdigest()} | other
    header = other.pop("header", trail.canonical(said))
    session.execute(
        text(
            "UPDATE trail_event SET header = :h, hash = :d, prev = :p WHERE stream = :s AND seq = :n"
        ),
        {"h": header, "d": sha256(header.encode()).hexdigest(), "p": said["prev"], **where},
    )
    session.execute(
        text("UPDATE trail_body SET body = :b WHERE stream = :s AND seq = :n"), {"b": body, **where}
    )


def header_of(session: Session, stream: str, seq: int) -> str:
    found: str = session.execute(
        text("SELECT header FROM trail_event WHERE stream = :s AND seq = :n"),
        {"s": stream, "n": seq},
    ).scalar_one()
    return found


def test_link_that_was_remade_whole_is_named_where_the_next_one_does_not_follow(
    unguarded: Session,
) -> None:
    """Its digests fit what it says now; only what was built upon it tells."""
    stream = f"project:{STREAMS[1]}"
    _still_unguarded(unguarded)
    remade(unguarded, stream, 5, body='{"data":{}}')

    assert [(one.seq, one.what) for one in trail.fsck(unguarded)] == [(6, "与前一条的散列值不衔接")]
    unguarded.rollback()
    _still_unguarded(unguarded)
    remade(unguarded, stream, LENGTH, body='{"data":{}}')

    assert [(one.seq, one.what) for one in trail.fsck(unguarded)] == [
        (LENGTH, "链尾与登记的链头不符，可能被截断")
    ]


def test_last_link_that_fits_its_own_digests_is_refused_for_what_it_says(
    unguarded: Session,
) -> None:
    stream = f"project:{STREAMS[2]}"
    _still_unguarded(unguarded)
    header = header_of(unguarded, stream, LENGTH)
    forged = {
        "与前一条的散列值不衔接": {"prev": "2" * 64},
        "登记栏目与散列内容不符": {"actor": "somebody"},
        "内容的格式无法识别": {"v": 2},
        "内容不是规范写法": {"header": header.replace('"event"', '"\\u0065vent"')},
    }
    for what, change in forged.items():
        remade(unguarded, stream, LENGTH, **change)
        found = [(one.seq, one.what) for one in trail.fsck(unguarded)]
        assert found[0] == (LENGTH, what)
        assert len(found) == 2  # the head that was registered is the other
        unguarded.rollback()
        _still_unguarded(unguarded)


def test_column_spelt_as_the_header_escapes_it_is_no_match(unguarded: Session) -> None:
    """Header and column are the same letters, and say different things."""
    stream = f"project:{STREAMS[0]}"
    _still_unguarded(unguarded)
    header = header_of(unguarded, stream, LENGTH)
    edit("trail_event", "event", "'N\\u006fted'")(unguarded, stream, LENGTH)
    remade(unguarded, stream, LENGTH, header=header.replace("Noted", "N\\u006fted"))

    assert "登记栏目与散列内容不符" in [one.what for one in trail.fsck(unguarded)]


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
