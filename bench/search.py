"""Searching public notices, beside a scan of the same texts in memory.

    python -m bench.search [--notices 200000] [--rounds 5] [--database sqlite]

Each search is the portal's own: the newest twenty notices with their projects and buyers, and the
exact count, in one statement. The scan is `bytes.find` over the searched texts, which counts and
gives nothing back; both must agree on the count. Cases run interleaved, A B C A B C …; the table
shows medians. Targets for words of two characters: 0.10 of the scan on SQLite, 0.50 on PostgreSQL.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from bench.population import Rows
from bench.stand import databases, machine
from procure.app import SERVER_OPTIONS
from procure.desks.portal.bigrams import BREAK, array_pieces, phrase_tokens
from procure.desks.portal.models import SearchEntry
from procure.desks.portal.queries import PublicNotices
from procure.desks.portal.use_cases import INDEX, text_of
from procure.kernel.access import Level, OrganisationKind
from procure.kernel.lifecycle import Stage
from procure.kernel.paging import PageRequest
from procure.kernel.text import words_of
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.store import migrate
from procure.store.base import WRITES, install

BEGUN = datetime(2021, 1, 4, 1, 0, tzinfo=UTC)
BUYER: dict[str, Any] = {
    "id": "b" * 32,
    "name": "测速民政局",
    "kind": OrganisationKind.CIVIL_AFFAIRS_BUREAU,
    "level": Level.DISTRICT,
    "number_prefix": "CSMZ",
}
PROJECT: dict[str, Any] = {
    "id": "a" * 32,
    "number": "CSMZ-2021-001",
    "title": "社会服务",
    "buyer_id": BUYER["id"],
    "year": 2021,
    "budget_fen": 100_000_00,
    "stage": Stage.TENDER,
    "created_at": BEGUN,
    "is_public": True,
}
PLACES = ("井岸镇", "白蕉镇", "斗门镇", "乾务镇", "莲洲镇", "白藤街道", "增城区", "雁塔区")
SERVICES = (
    "居家养老服务站",
    "社工站",
    "图书馆志愿服务",
    "残疾人托养",
    "困境儿童关爱",
    "殡葬辅助服务",
)
WEIGHTS = (10, 30, 25, 12, 20, 3)
KINDS = (NoticeKind.TENDER, NoticeKind.RESULT, NoticeKind.CONTRACT, NoticeKind.ACCEPTANCE)
SEARCHES = ("养老", "殡葬 雁塔", "图书馆", "残疾人托养", "航天")
SHORT = 2
TARGETS = {"sqlite": 0.10, "postgresql": 0.50}
BATCH = 5000
PART = "\x1f"
"""Parts the pieces of a text where the scan reads one text a line."""


def notices(number: int) -> Iterator[Notice]:
    """So many notices, the same in every run."""
    dice = random.Random(20261122)
    for at in range(number):
        kind = KINDS[at % len(KINDS)]
        service = dice.choices(SERVICES, WEIGHTS)[0]
        yield Notice(
            id=f"{at:032x}",
            number=f"{PROJECT['number']}-{at:06d}",
            project_id=PROJECT["id"],
            kind=kind,
            title=f"{dice.choice(PLACES)}{service}第 {at} 号{kind.label}",
            sections=[{"title": "基本情况", "rows": [["预算金额", f"¥{at % 9_973}00.00"]]}],
            published_at=BEGUN + timedelta(minutes=at),
            sha256=f"{at:064x}",
        )


def fill(url: str, number: int) -> str:
    """Migrate an empty database and publish so many notices; gives their texts, one a line."""
    migrate.upgrade(url)
    engine = create_engine(url)
    install(engine)
    embedded = engine.dialect.name == "sqlite"
    lines: list[str] = []
    with Session(engine) as session:
        session.connection(execution_options={WRITES: True})
        rows, tokens = Rows(), []
        rows.add(Organisation, **BUYER)
        rows.add(Project, **PROJECT)
        for at, notice in enumerate(notices(number), start=1):
            words = text_of(notice, PROJECT["number"], PROJECT["title"], BUYER["name"])
            lines.append(words.replace(BREAK, PART))
            given = {name: value for name, value in vars(notice).items() if name[0] != "_"}
            rows.add(Notice, **given)
            grams = None if embedded else array_pieces(words, notice.kind)
            rows.add(SearchEntry, position=at, notice_id=notice.id, text=words, grams=grams)
            tokens.append({"position": at, "grams": phrase_tokens(words, notice.kind)})
            if at % BATCH == 0 or at == number:
                rows.write(session)
                if embedded:
                    session.execute(INDEX, tokens)
                tokens.clear()
        session.commit()
    engine.dispose()
    migrate.analyse(url)
    return "\n".join(lines)


def scanned(texts: bytes, search: str) -> int:
    """How many lines hold all words of a search, by looking at every byte."""
    first, *others = (word.encode() for word in words_of(search))
    hits, at = 0, texts.find(first)
    while at >= 0:
        end = texts.find(b"\n", at)
        end = len(texts) if end < 0 else end
        line = texts[texts.rfind(b"\n", 0, at) + 1 : end]
        hits += all(word in line for word in others)
        at = texts.find(first, end)
    return hits


@contextmanager
def cases(urls: dict[str, str], texts: bytes) -> Iterator[dict[tuple[str, str], Callable[[], int]]]:
    """Every search on every database and by the scan."""
    engines = {
        name: create_engine(url, **(SERVER_OPTIONS if name == "postgresql" else {}))
        for name, url in urls.items()
    }
    for engine in engines.values():
        install(engine)

    def asked(name: str, search: str) -> int:
        with Session(engines[name]) as session:
            return PublicNotices().page(session, PageRequest(search=search)).total

    found: dict[tuple[str, str], Callable[[], int]] = {}
    for search in SEARCHES:
        found["scan", search] = lambda search=search: scanned(texts, search)
        for name in engines:
            found[name, search] = lambda name=name, search=search: asked(name, search)
    yield found
    for engine in engines.values():
        engine.dispose()


def measured(
    found: dict[tuple[str, str], Callable[[], int]], rounds: int
) -> tuple[dict[tuple[str, str], float], dict[str, int]]:
    """Medians in milliseconds, and how many each search found; all ways must find as many."""
    times: dict[tuple[str, str], list[float]] = {case: [] for case in found}
    hits: dict[str, int] = {}
    for turn in range(rounds + 1):
        for case, run in found.items():
            begun = time.perf_counter()
            count = run()
            took = (time.perf_counter() - begun) * 1000
            if hits.setdefault(case[1], count) != count:
                raise SystemExit(f"{case}: {count} found where {hits[case[1]]} are")
            # The first round warms what the others find warm.
            if turn:
                times[case].append(took)
    return {case: statistics.median(several) for case, several in times.items()}, hits


def main() -> None:
    """Run the searches and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    given = parser.parse_args()
    kinds = (given.database,) if given.database else ("sqlite", "postgresql")
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(kinds, Path(folder)) as places,
    ):
        urls = {
            name: url.replace("postgresql://", "postgresql+psycopg://", 1)
            for name, (url, _) in places.items()
        }
        texts = ""
        for name, url in urls.items():
            print(f"  filling {name}", file=sys.stderr)
            texts = fill(url, given.notices)
        with cases(urls, texts.encode()) as found:
            times, hits = measured(found, given.rounds)
    print(f"{given.notices:,} notices; {machine()}\n")
    print(
        "| words | hits | scan, ms | database | ms | ratio | target |\n|---|---|---|---|---|---|---|"
    )
    for search in SEARCHES:
        scan = times["scan", search]
        short = max(map(len, words_of(search))) <= SHORT
        for name in urls:
            took = times[name, search]
            target = f"{TARGETS[name]:.2f}" if short else ""
            print(
                f"| {search} | {hits[search]:,} | {scan:.1f} | {name} | {took:.1f} "
                f"| {took / scan:.2f} | {target} |"
            )


if __name__ == "__main__":
    main()
