"""The fund trail of a budget line as CSV and XLSX: through the platform's page, beside its bounds.

    python -m bench.export [--rows 200000] [--rounds 3] [--database sqlite|postgresql]

The platform's cases ask `/budget/<line>?format=…` as a signed-in person, so that sign-in, permission,
the neutralising of formulas, the digest and the entry in the record are in the figure. The others
take the same ten columns of the same joined rows bare, as stored: COPY and the sqlite3 shell where
the database writes the file, the csv module and XlsxWriter over the driver's cursor.
Each case runs in a process of its own, so that its peak memory is its own; they run interleaved, A B
C A B C …; the table shows medians and ratios. Targets: CSV at least 0.6 × COPY on PostgreSQL and
1.5 × the csv module on SQLite, XLSX at least 4 × XlsxWriter, all within 64 MiB above idle.
"""

import argparse
import csv
import json
import multiprocessing
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from procure.kernel.access import Level
from procure.kernel.clock import FixedClock
from procure.registers.accounts.models import User
from procure.registers.funds.models import AccountKind, BudgetLine, EntryKind, LedgerAccount
from procure.store.base import WRITES, install
from procure.store.types import new_id
from tests import postgres
from tests.world import START, build_world, fill_template, sqlite_url

LINE = "b" * 32
PERSON = "jingban"
QUERY = f"""SELECT e.at, e.kind, e.memo, b.code, a.level, a.kind, l.amount_fen, p.number, p.title,
    COALESCE(u.name, '系统')
FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id JOIN ledger_account a ON a.id = l.account_id
JOIN budget_line b ON b.id = a.budget_line_id LEFT JOIN user_account u ON u.id = e.actor_id
LEFT JOIN project p ON p.id = e.project_id WHERE a.budget_line_id = '{LINE}'
ORDER BY e.at, e.id, l.line"""  # noqa: S608  nothing in it comes from outside
CSV_ON = {"sqlite": ("csv module over cursor", 1.5), "postgresql": ("COPY", 0.6)}


@dataclass(frozen=True)
class Place:
    """A filled database: its address and the folder of its installation."""

    kind: str
    url: str
    folder: Path


def fill(place: Place, rows: int) -> None:
    """A line with so many sides of movements, two to each, put in behind the guards' backs."""
    engine = create_engine(place.url)
    install(engine, guarded=False)
    with Session(engine) as session:
        session.connection(execution_options={WRITES: True})
        if place.kind == "sqlite":
            triggers = text(
                "SELECT name FROM sqlite_master WHERE type='trigger' AND name LIKE 'led%'"
            )
            for name in session.scalars(triggers).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("SET session_replication_role = replica"))
        buyer = select(User.organisation_id).where(User.username == PERSON)
        people = session.scalars(select(User.id).order_by(User.username)).all()
        session.add(
            BudgetLine(
                id=LINE, code="2081006-01", year=2026, buyer_id=session.scalar(buyer), name="居家养老服务",
                function_code="2081006", economic_code="50205", fund_source="一般公共预算",
                amount_fen=10**15, registered_by=people[0], registered_at=START,
            )
        )  # fmt: skip
        session.flush()
        accounts = [
            LedgerAccount(id=new_id(), budget_line_id=LINE, level=level, kind=kind, guarded=False)
            for level in (Level.CITY, Level.DISTRICT)
            for kind in (AccountKind.COMMITTED, AccountKind.PAID)
        ]
        session.add_all(accounts)
        session.flush()
        for start in range(0, rows // 2, 5000):
            numbers = range(start, min(start + 5000, rows // 2))
            ids = {number: f"{number * 2654435761 % 2**64:032x}" for number in numbers}
            session.execute(
                text(
                    "INSERT INTO ledger_line (entry_id, line, account_id, amount_fen)"
                    " VALUES (:entry, :line, :account, :fen)"
                ),
                [
                    {
                        "entry": ids[number],
                        "line": side,
                        "account": accounts[number % 2 * 2 + side].id,
                        "fen": (number * 37 % 999_999_900 + 1) * (1, -1)[side],
                    }
                    for number in numbers
                    for side in (0, 1)
                ],
            )
            session.execute(
                text(
                    "INSERT INTO ledger_entry (id, kind, memo, subject_id, at, actor_id)"
                    " VALUES (:id, :kind, :memo, 'bench', :at, :actor)"
                ),
                [
                    {
                        "id": ids[number],
                        "kind": (EntryKind.COMMIT, EntryKind.PAY)[number % 2].value,
                        "memo": f"居家养老服务项目第 {number % 4 + 1} 期，凭证 PZ{number:09d}",
                        "at": micros(number),
                        "actor": people[number % len(people)],
                    }
                    for number in numbers
                ],
            )
        session.commit()
        if place.kind == "postgresql":
            session.execute(text("ANALYZE"))
            session.commit()
    engine.dispose()


def micros(number: int) -> int:
    """An instant for an entry: one a minute, in order."""
    return int((START + timedelta(minutes=number)).timestamp()) * 1_000_000


def bare_rows(place: Place) -> Iterator[tuple[Any, ...]]:
    """The rows as stored, over the driver's cursor."""
    if place.kind == "sqlite":
        yield from sqlite3.connect(place.url.removeprefix("sqlite:///")).execute(QUERY)
        return
    with psycopg.connect(plain_dsn(place)) as connection, connection.cursor("bench") as cursor:
        cursor.itersize = 5000
        yield from cursor.execute(QUERY)


def plain_dsn(place: Place) -> str:
    """The address without the name of a driver."""
    return place.url.replace("postgresql+psycopg", "postgresql")


def through_the_page(kind: str) -> Callable[[Place, Path], None]:
    """The platform's own file."""

    def run(place: Place, out: Path) -> None:
        world = WORLDS[place.kind]
        answer = world.client(PERSON).client.get(f"/budget/{LINE}?format={kind}", buffered=False)
        if answer.status_code != 200:
            raise SystemExit(answer.get_data(as_text=True))
        with out.open("wb") as file:
            file.writelines(answer.iter_encoded())
        answer.close()

    return run


def csv_module(place: Place, out: Path) -> None:
    """The csv module over the cursor: nothing quoted against formulas, nothing formatted."""
    with out.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(bare_rows(place))


def copy_out(place: Place, out: Path) -> None:
    """COPY: the database writes the file."""
    statement = f"COPY ({QUERY}) TO STDOUT (FORMAT csv)"
    with (
        out.open("wb") as file,
        psycopg.connect(plain_dsn(place)) as connection,
        connection.cursor().copy(statement) as copy,
    ):
        file.writelines(copy)


def shell(place: Place, out: Path) -> None:
    """The sqlite3 shell: the database's own program writes the file."""
    path = place.url.removeprefix("sqlite:///")
    with out.open("wb") as file:
        subprocess.run(["sqlite3", "-csv", path, QUERY], stdout=file, check=True)


def plain_xlsx(place: Place, out: Path) -> None:
    """XlsxWriter in constant memory, bare."""
    book = Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for at, row in enumerate(bare_rows(place), 1):
        sheet.write_row(at, 0, row)
    book.close()


Case = tuple[Callable[[Place, Path], None], str, float]
WORLDS: dict[str, Any] = {}


def cases_of(place: Place) -> dict[str, Case]:
    """Every case by name: how to run it, what it is measured against, and the target."""
    limit: Case = (copy_out, "", 0) if place.kind == "postgresql" else (shell, "", 0)
    name = "COPY" if place.kind == "postgresql" else "sqlite3 shell"
    found: dict[str, Case] = {name: limit} if name == "COPY" or shutil.which("sqlite3") else {}
    return found | {
        "csv module over cursor": (csv_module, "", 0),
        "page, CSV": (through_the_page("csv"), *CSV_ON[place.kind]),
        "XlsxWriter": (plain_xlsx, "", 0),
        "page, XLSX": (through_the_page("xlsx"), "XlsxWriter", 4),
    }


def alone(place: Place, name: str, out: Path, answers: Any) -> None:
    """Run a case and tell its seconds and how far memory rose above idle, in MiB."""
    run = cases_of(place)[name][0]
    with ExitStack() as kept:
        if name.startswith("page"):
            made = build_world(place.url, place.folder, FixedClock(START + timedelta(days=700)))
            WORLDS[place.kind] = next(made)
            kept.callback(lambda: next(made, None))
            WORLDS[place.kind].client(PERSON).client.get("/budget")
        idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        run(place, out)
        took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers.put((took, (peak - idle) / 1024))


def measure(place: Place, rounds: int) -> dict[str, list[float]]:
    """Medians of interleaved rounds: seconds and MiB of every case."""
    context = multiprocessing.get_context("spawn")
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in cases_of(place)}
    for turn in range(rounds):
        for name, figure in figures.items():
            answers = context.Queue()
            given = (place, name, place.folder / "out", answers)
            worker = context.Process(target=alone, args=given)
            worker.start()
            figure.append(answers.get())
            worker.join()
            told = [turn + 1, place.kind, name, *figure[-1]]
            print(json.dumps(told, ensure_ascii=False), file=sys.stderr, flush=True)
    return {
        name: [statistics.median(each) for each in zip(*found, strict=True)]
        for name, found in figures.items()
    }


def main() -> None:
    """Run the cases and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=tuple(CSV_ON))
    arguments = parser.parse_args()
    print("| database, case | rows/s | ratio | peak above idle, MiB |\n|---|---|---|---|")
    for kind in [arguments.database] if arguments.database else list(CSV_ON):
        with ExitStack() as kept:
            folder = Path(kept.enter_context(tempfile.TemporaryDirectory()))
            url = sqlite_url(folder / "procure.db")
            if kind == "postgresql":
                url = kept.enter_context(postgres.server()).create("bench")
                url = url.replace("postgresql://", "postgresql+psycopg://")
            place = Place(kind, url, folder)
            fill_template(url, folder)
            fill(place, arguments.rows)
            medians = measure(place, arguments.rounds)
        for name, (seconds, peak) in medians.items():
            _, base, target = cases_of(place)[name]
            ratio = f"{medians[base][0] / seconds:.2f} × (target {target})" if base else ""
            rate = f"{arguments.rows / seconds:,.0f}"
            print(f"| {kind}, {name} | {rate} | {ratio} | {peak:.0f} |")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
