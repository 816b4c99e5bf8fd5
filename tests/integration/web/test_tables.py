"""Files that the database writes: the same bytes as our own writer's, on both databases."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Column as StoredColumn
from sqlalchemy import Date, Integer, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.orm import Session

from procure.kernel.lifecycle import Stage
from procure.render.sheets import CellKind, SheetColumn, write_csv
from procure.store.base import WRITES, install, reading
from procure.store.lists import worded
from procure.store.types import Instant, one_of
from procure.web import tables
from procure.web.tables import csv_of, rows_of

COLUMNS = (
    SheetColumn("序号", CellKind.INTEGER),
    SheetColumn("单位"),
    SheetColumn("金额（元）", CellKind.MONEY_FEN),
    SheetColumn("日期", CellKind.DATE),
    SheetColumn("时间", CellKind.INSTANT),
    SheetColumn("阶段", CellKind.LABEL),
    SheetColumn("备注"),
)
LEDGER = Table(
    "sheet_trial",
    MetaData(),
    StoredColumn("id", Integer, primary_key=True),
    StoredColumn("name", String(200)),
    StoredColumn("fen", Integer().with_variant(Integer, "sqlite")),
    StoredColumn("day", Date),
    StoredColumn("at", Instant),
    StoredColumn("stage", one_of(Stage, "trial_stage")),
    StoredColumn("note", String(200)),
)
TEXTS = [
    "斗门区和悦社会工作服务中心", "", None, "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "＝1", "＋1", "－1", "＠x", " =1", "　=1", " 　－x", " 平常", "　平常", 'a,"b"\nc', "a\rb", "'=1",
    '"=1', ",=1", "a=1", "=a,b", '=HYPERLINK("x")', "%s %(name)s", "NULL", "\\.", "a\\b",
    f"a{tables.TEXT}=b", f"{tables.ROW}{tables.OTHER}x,y", "🙂=1", "~", "^=", "]=", "[-",
    "6222020000112233445", "123456789012", "12345678901", "0756", "0", "7", "12E5", "1e3", "12E", "0x1F",
    "91440400MA4UXXXX0K", "123456789012\n", "１２３４５６７８９０１２", "12,345678901234",
]  # fmt: skip
AMOUNTS = [0, 1, -1, 99, 100, -100, -12_345, 185_400_000, 2**31 - 1, None]
DAYS = [date(2026, 2, 28), date(2028, 2, 29), None]
INSTANTS = [
    datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 15, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 12, 31, 16, 0, tzinfo=UTC),
    None,
]


@pytest.fixture
def session(database_url: str) -> Session:
    """A table with a row for every text, read as pages read."""
    engine = create_engine(database_url)
    install(engine, guarded=False)
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        LEDGER.create(connection)
        connection.execute(insert(LEDGER), [row(number) for number in range(len(TEXTS) * 3)])
        connection.commit()
    with Session(engine) as opened:
        yield reading(opened)
    engine.dispose()


def row(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": TEXTS[number % len(TEXTS)],
        "fen": AMOUNTS[number % len(AMOUNTS)],
        "day": DAYS[number % len(DAYS)],
        "at": INSTANTS[number % len(INSTANTS)],
        "stage": list(Stage)[number % len(Stage)],
        "note": TEXTS[-1 - number % len(TEXTS)],
    }


def query() -> tables.Table:
    c = LEDGER.c
    return select(
        c.id, c.name, c.fen, c.day, c.at, worded(c.stage, Stage.labels()), c.note
    ).order_by(c.id)


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_csv_is_what_our_own_writer_makes_of_the_rows(
    session: Session, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BATCH", batch)
    rows = session.execute(query()).all()

    written = b"".join(csv_of(session, query(), COLUMNS))

    assert len(rows) == len(TEXTS) * 3
    assert written.split(b"\n") == b"".join(write_csv(COLUMNS, rows)).split(b"\n")


def test_csv_keeps_conditions_and_limit_of_the_query(session: Session) -> None:
    narrowed = (
        query()
        .where(
            LEDGER.c.at > INSTANTS[0],
            LEDGER.c.stage.in_([Stage.PLAN, Stage.CONTRACT]),
            LEDGER.c.name.contains("x'); DROP TABLE sheet_trial; --%", autoescape=True)
            | (LEDGER.c.day == DAYS[0]),
        )
        .limit(5)
    )
    rows = session.execute(narrowed).all()

    assert b"".join(csv_of(session, narrowed, COLUMNS)) == b"".join(write_csv(COLUMNS, rows))
    assert 0 < len(rows) <= 5


def test_csv_of_no_row_is_its_heading(session: Session) -> None:
    nothing = query().where(LEDGER.c.id < 0)

    assert b"".join(csv_of(session, nothing, COLUMNS)) == b"".join(write_csv(COLUMNS, []))


def test_csv_leaves_a_code_without_words_empty(session: Session) -> None:
    c = LEDGER.c
    some = {stage: stage.label for stage in (Stage.PLAN, Stage.CONTRACT)}
    labelled = select(c.id, worded(c.stage, some)).order_by(c.id).limit(len(Stage))
    columns = (COLUMNS[0], COLUMNS[5])

    written = b"".join(csv_of(session, labelled, columns))

    lines = [f"{at},{some.get(stage, '')}" for at, stage in enumerate(Stage)]
    assert written.decode().splitlines()[1:] == lines


def test_rows_hold_instants_as_stored(session: Session) -> None:
    [first] = rows_of(session, query().limit(1), COLUMNS)

    assert list(first)[:5] == [0, TEXTS[0], 0, DAYS[0], 1_795_685_400_000_000]
