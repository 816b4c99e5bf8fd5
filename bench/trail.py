"""The trail: appending with and without its chains, and checking them, beside what bounds each.

    python bench/trail.py [--secs 2] [--rounds 3] [--entries 100000] [--only append|verify]

Append: `plain` writes the same ready rows to tables without heads, hashes and triggers; `chained` is
`trail.append` in a transaction of its own, one event each. Eight writers append to streams of their
own, as cases do; `one stream` makes them queue at one. Both databases sync to disk at every commit.
Verify: `fsck` from the database beside hashlib over the same bytes in memory.
Cases run interleaved, A B C A B C …; the table shows medians and ratios. Targets: chained at least
0.80 × plain, verify at least 0.50 × hashlib.
"""

import argparse
import hashlib
import multiprocessing
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, Table, create_engine, select
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.events import ProjectEvent, canonical
from procure.store import migrate, trail
from procure.store.base import WRITES, install
from tests import postgres

WRITERS = 8
STARTED = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
APPEND_TARGET, VERIFY_TARGET = 0.80, 0.50


@dataclass(frozen=True, kw_only=True)
class ScoreNoted(ProjectEvent):
    """A stand-in for an event of middling size."""

    bid: str
    criterion: int
    points: int
    reason: str


def entry(stream: str, number: int) -> ScoreNoted:
    """The event with this number."""
    return ScoreNoted(
        subject_id=f"{number % 997:032x}",
        project=stream,
        bid=f"{number % 97:032x}",
        criterion=number % 30,
        points=number % 10_000,
        reason="评审意见：方案完整，响应及时",
    )


def plain_tables() -> tuple[Table, Table]:
    """Copies of the trail's tables, with their primary keys only."""
    metadata = MetaData()
    tables = []
    for source in (trail.TrailEvent.__table__, trail.TrailBody.__table__):
        columns = [
            type(column)(column.name, column.type, primary_key=column.primary_key)
            for column in source.columns
        ]
        tables.append(Table(f"plain_{source.name}", metadata, *columns))
    return tables[0], tables[1]


def ready_rows(stream: str, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows of the size `append` writes, without a chain: the hashes are random."""
    happened = entry(stream, number)
    body = canonical(
        {
            "actor": {"name": "系统", "organisation": "平台", "roles": ["system"]},
            "data": happened.body(),
        }
    )
    at = {"stream": happened.stream, "seq": number}
    link = secrets.token_hex(32)
    return (
        {
            **at,
            "prev": link,
            "hash": link,
            "header": "h" * 420,
            "at": STARTED,
            "event": happened.name,
            "subject_id": happened.subject_id,
            "project_id": stream,
            "actor_id": SYSTEM_ACTOR.user_id,
        },
        {**at, "salt": link[:32], "body": body},
    )


def open_engine(url: str) -> Engine:
    """An engine as the application makes it."""
    engine = create_engine(url)
    install(engine)
    return engine


def write_plain(session: Session, stream: str, number: int) -> None:
    """One transaction that inserts ready rows."""
    event, body = plain_tables_cached()
    head, rest = ready_rows(stream, number)
    session.connection(execution_options={WRITES: True})
    session.execute(event.insert(), [head])
    session.execute(body.insert(), [rest])
    session.commit()


def write_chained(session: Session, stream: str, number: int) -> None:
    """One transaction that appends one event."""
    session.connection(execution_options={WRITES: True})
    trail.append(session, [entry(stream, number)], SYSTEM_ACTOR, STARTED)
    session.commit()


_CACHE: list[tuple[Table, Table]] = []


def plain_tables_cached() -> tuple[Table, Table]:
    """The plain tables of this process."""
    if not _CACHE:
        _CACHE.append(plain_tables())
    return _CACHE[0]


def append_for(
    url: str,
    write: Callable[[Session, str, int], None],
    stream: str,
    start: Any,
    secs: float,
    counts: Any,
) -> None:
    """Append for so many seconds once everybody is ready; tells how many it managed."""
    engine = open_engine(url)
    with Session(engine) as session:
        write(session, stream + "w", secrets.randbelow(2**40))
        start.wait()
        done, until = 0, time.perf_counter() + secs
        first = secrets.randbelow(2**40)
        while time.perf_counter() < until:
            write(session, stream, first + done)
            done += 1
    engine.dispose()
    counts.put(done)


def race(
    url: str,
    write: Callable[[Session, str, int], None],
    writers: int,
    secs: float,
    *,
    shared: bool = False,
) -> float:
    """Events per second of so many writer processes together."""
    context = multiprocessing.get_context("fork")
    start, counts = context.Barrier(writers), context.Queue()
    common = secrets.token_hex(8)
    workers = [
        context.Process(
            target=append_for,
            args=(url, write, common if shared else f"{common}{i}", start, secs, counts),
        )
        for i in range(writers)
    ]
    for worker in workers:
        worker.start()
    total = sum(counts.get() for _ in workers)
    for worker in workers:
        worker.join()
    return total / secs


def fill(url: str, entries: int) -> list[tuple[str, str, str]]:
    """Append so many events to some hundred chains; returns headers, salts and bodies."""
    engine = open_engine(url)
    with Session(engine) as session:
        for stream in range(max(1, entries // 1000)):
            session.connection(execution_options={WRITES: True})
            name = f"{stream:032x}"
            count = min(1000, entries - stream * 1000)
            trail.append(session, [entry(name, i) for i in range(count)], SYSTEM_ACTOR, STARTED)
            session.commit()
        event, body = trail.TrailEvent.__table__, trail.TrailBody.__table__
        rows = session.execute(
            select(event.c.header, body.c.salt, body.c.body)
            .join(body, (body.c.stream == event.c.stream) & (body.c.seq == event.c.seq))
            .order_by(event.c.stream, event.c.seq)
        ).all()
    engine.dispose()
    return [tuple(row) for row in rows]


def hashlib_limit(rows: list[tuple[str, str, str]]) -> float:
    """Entries per second when both digests of each are computed and nothing is looked at."""
    begun = time.perf_counter()
    for header, salt, body in rows:
        hashlib.sha256((salt + body).encode()).hexdigest()
        hashlib.sha256(header.encode()).hexdigest()
    return len(rows) / (time.perf_counter() - begun)


def check_all(url: str, entries: int) -> float:
    """Entries per second of `fsck`; every one must be found whole."""
    engine = open_engine(url)
    with Session(engine) as session:
        begun = time.perf_counter()
        faults = trail.fsck(session)
        took = time.perf_counter() - begun
    engine.dispose()
    if faults:
        raise SystemExit(f"fsck refused a clean trail: {faults[0]}")
    return entries / took


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """For each database two addresses: one to append to, one to verify."""
    postgres.SETTINGS.update({"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"})
    with postgres.server() as server:
        found = {"SQLite": [f"sqlite:///{folder / name}.db" for name in ("append", "verify")]}
        found["PostgreSQL"] = [
            server.create(name).replace("postgresql://", "postgresql+psycopg://")
            for name in ("append", "verify")
        ]
        for urls in found.values():
            for url in urls:
                migrate.upgrade(url)
            engine = create_engine(urls[0])
            plain_tables()[0].metadata.create_all(engine)
            engine.dispose()
        yield {name: (urls[0], urls[1]) for name, urls in found.items()}


def measure(cases: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Medians of interleaved rounds, in entries per second."""
    figures: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(rounds):
        for name, run in cases.items():
            figures[name].append(run())
            print(f"  {turn + 1} {name}: {figures[name][-1]:,.0f}", file=sys.stderr, flush=True)
    return {name: statistics.median(values) for name, values in figures.items()}


def append_cases(places: dict[str, tuple[str, str]], secs: float) -> dict[str, Callable[[], float]]:
    """Every append case by name."""
    cases: dict[str, Callable[[], float]] = {}
    for place, (url, _) in places.items():
        for writers in (1, WRITERS):
            for kind, write in (("plain", write_plain), ("chained", write_chained)):
                cases[f"{place}, {writers} writers, {kind}"] = lambda u=url, w=write, n=writers: (
                    race(u, w, n, secs)
                )
        cases[f"{place}, {WRITERS} writers, chained, one stream"] = lambda u=url: race(
            u, write_chained, WRITERS, secs, shared=True
        )
    return cases


def ratio_of(name: str, figures: dict[str, float]) -> str:
    """What a case is measured against, as a ratio, and whether its target holds."""
    if "hashlib" in name or name.endswith("plain"):
        return ""
    if "fsck" in name:
        ratio = figures[name] / figures["hashlib limit"]
        return f"{ratio:.2f} (target {VERIFY_TARGET:.2f})"
    base = name.split(", chained")[0] + ", plain"
    note = "" if name.endswith("one stream") else f" (target {APPEND_TARGET:.2f})"
    return f"{figures[name] / figures[base]:.2f}{note}"


def main() -> None:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--secs", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--only", choices=("append", "verify"))
    arguments = parser.parse_args()
    place = os.environ.get("BENCH_DISK")
    with tempfile.TemporaryDirectory(dir=place) as folder, databases(Path(folder)) as places:
        cases: dict[str, Callable[[], float]] = {}
        if arguments.only != "verify":
            cases |= append_cases(places, arguments.secs)
        if arguments.only != "append":
            for _, url in places.values():
                rows = fill(url, arguments.entries)
            cases["hashlib limit"] = lambda: hashlib_limit(rows)
            for name, (_, url) in places.items():
                cases[f"{name}, fsck"] = lambda u=url: check_all(u, arguments.entries)
        figures = measure(cases, arguments.rounds)
    print("| case | entries/s | ratio |\n|---|---|---|")
    for name, figure in figures.items():
        print(f"| {name} | {figure:,.0f} | {ratio_of(name, figures)} |")


if __name__ == "__main__":
    main()
