"""A ledger as CSV and XLSX: the platform's own writers beside the csv module and XlsxWriter.

    python bench/export.py [--rows 200000] [--rounds 3]

All cases read the same ten columns from one SQLite file; each runs in a process of its own, so that
its peak memory is its own. They run interleaved, A B C A B C …; the table shows medians and ratios.
Targets: CSV at least 1.5 × the csv module over a cursor, XLSX at least 4 × XlsxWriter, both within
64 MiB above idle.
"""

import argparse
import csv
import json
import multiprocessing
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from procure.render.sheets import CellKind, Column, write_csv, write_xlsx

COLUMNS = (
    Column("序号", CellKind.INTEGER),
    Column("日期", CellKind.DATE),
    Column("项目"),
    Column("付款单位"),
    Column("收款单位"),
    Column("金额（元）", CellKind.MONEY_FEN),
    Column("余额（元）", CellKind.MONEY_FEN),
    Column("摘要"),
    Column("记账时间", CellKind.INSTANT),
    Column("散列值"),
)
INSTANT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def fill(path: Path, rows: int) -> None:
    """A ledger of so many lines."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE ledger (id INTEGER PRIMARY KEY, day TEXT, project TEXT, payer TEXT,"
            " payee TEXT, fen INTEGER, balance INTEGER, memo TEXT, voucher TEXT, hash TEXT)"
        )
        connection.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                    f"DMMZ-2026-{number % 2000:05d}",
                    "市财政局国库支付中心",
                    f"社会工作服务中心{number % 600}",
                    number * 37 % 999_999_900,
                    number * 1250,
                    "居家养老服务项目首付款",
                    f"PZ{number:09d}",
                    f"{number * 2654435761 % 2**64:064x}",
                )
                for number in range(rows)
            ),
        )


def ledger(path: Path) -> Iterator[tuple[Any, ...]]:
    """The bare rows."""
    yield from sqlite3.connect(path).execute("SELECT * FROM ledger ORDER BY id")


def typed(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows as the platform's queries give them: dates and instants, money in fen."""
    days = {f"2026-{m:02d}-{d:02d}": date(2026, m, d) for m in range(1, 13) for d in range(1, 29)}
    for number, day, project, payer, payee, fen, balance, memo, _, digest in ledger(path):
        yield number, days[day], project, payer, payee, fen, balance, memo, INSTANT, digest


def platform_csv(path: Path, out: Path) -> None:
    """`write_csv` to a file."""
    with out.open("wb") as file:
        file.writelines(write_csv(COLUMNS, typed(path)))


def module_csv(path: Path, out: Path) -> None:
    """The csv module over the cursor: nothing quoted against formulas, nothing formatted."""
    with out.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in COLUMNS])
        writer.writerows(ledger(path))


def platform_xlsx(path: Path, out: Path) -> None:
    """`write_xlsx` to a file."""
    with out.open("wb") as file:
        write_xlsx(COLUMNS, typed(path), file)


def plain_xlsx(path: Path, out: Path) -> None:
    """XlsxWriter in constant memory, bare."""
    book = Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for at, row in enumerate(ledger(path), 1):
        sheet.write_row(at, 0, row)
    book.close()


CASES: dict[str, tuple[Callable[[Path, Path], None], str, float]] = {
    "csv module over cursor": (module_csv, "", 0),
    "platform CSV": (platform_csv, "csv module over cursor", 1.5),
    "XlsxWriter": (plain_xlsx, "", 0),
    "platform XLSX": (platform_xlsx, "XlsxWriter", 4),
}


def alone(run: Callable[[Path, Path], None], path: Path, out: Path, answers: Any) -> None:
    """Run a case and tell its seconds and how far its memory rose, in MiB."""
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    run(path, out)
    took = time.process_time() - begun
    answers.put((took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) / 1024))


def main() -> None:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        fill(path, arguments.rows)
        for turn in range(arguments.rounds):
            for name, (run, _, _) in CASES.items():
                answers = context.Queue()
                worker = context.Process(
                    target=alone, args=(run, path, Path(folder) / "out", answers)
                )
                worker.start()
                figures[name].append(answers.get())
                worker.join()
                print(json.dumps([turn + 1, name, figures[name][-1]]), file=sys.stderr, flush=True)
    medians = {
        name: [statistics.median(each) for each in zip(*found, strict=True)]
        for name, found in figures.items()
    }
    print("| case | rows per CPU second | ratio | peak above idle, MiB |\n|---|---|---|---|")
    for name, (seconds, peak) in medians.items():
        _, base, target = CASES[name]
        ratio = f"{medians[base][0] / seconds:.2f} × (target {target})" if base else ""
        print(f"| {name} | {arguments.rows / seconds:,.0f} | {ratio} | {peak:.0f} |")


if __name__ == "__main__":
    main()
