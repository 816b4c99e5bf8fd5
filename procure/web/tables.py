"""Tables that go from the database to a file without becoming objects on the way.

A list of a million rows is written as CSV by the database itself: PostgreSQL by COPY, SQLite as one
text a row. Numbers, dates and the quote before what a spreadsheet would take for a formula are put
in by SQL, so that the file is the same, byte for byte, as `write_csv` would make it of the rows.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import reduce
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    String,
    case,
    func,
    literal,
    literal_column,
    type_coerce,
)
from sqlalchemy.orm import Session

from procure.kernel.clock import to_micros
from procure.render.sheets import (
    BLANKS,
    FORMULA_STARTS,
    CellKind,
    SheetColumn,
    csv_heading,
    csv_text,
    write_csv,
)
from procure.store.lists import Table

BATCH = 1000
ROW, TEXT, OTHER = "\x1e", "\x1f", "\x1d"
"""What SQLite puts before a row, before a cell of text and before any other cell."""

_CLASS = re.escape("".join(FORMULA_STARTS))
_FORMULA = f"^[{BLANKS}]*[{_CLASS}]"
_MAY_BE_FORMULA = re.compile(f"{TEXT}[{BLANKS}{_CLASS}]")
_LONG_NUMBER = "^(0[0-9]+|[0-9]{12,}|[0-9]+[Ee][0-9]+)$"
_MAY_BE_NUMBER = re.compile(f"{TEXT}[0-9]+[{TEXT}{OTHER}{ROW}Ee]")
_CELL = re.compile(f"([{TEXT}{OTHER}])([^{TEXT}{OTHER}]*)")
_FIRST = tuple(map(ord, (*BLANKS, *FORMULA_STARTS)))


def csv_of(session: Session, table: Table, columns: Sequence[SheetColumn]) -> Iterator[bytes]:
    """The rows as CSV in UTF-8 with a heading, in pieces."""
    yield csv_heading(columns).encode()
    if session.get_bind().dialect.name == "sqlite":
        yield from _from_sqlite(session, table, columns)
    else:
        yield from _from_postgresql(session, table, columns)


def rows_of(
    session: Session, table: Table, columns: Sequence[SheetColumn]
) -> Iterator[Sequence[Any]]:
    """The rows for `write_xlsx`, streamed: instants as whole microseconds, as they are stored."""
    cells = [
        type_coerce(cell, BigInteger) if column.kind is CellKind.INSTANT else cell
        for cell, column in zip(_cells(table), columns, strict=True)
    ]
    return _streamed(session, _with(table, cells))


def _cells(table: Table) -> list[ColumnElement[Any]]:
    return list(table.selected_columns)


def _with(table: Table, cells: Sequence[ColumnElement[Any]]) -> Table:
    return table.with_only_columns(*cells)


def _streamed(session: Session, table: Table) -> Iterator[Sequence[Any]]:
    yield from session.execute(table.execution_options(yield_per=BATCH))


# --- SQLite ---------------------------------------------------------------------------------------

Shown = Callable[[ColumnElement[Any]], ColumnElement[Any]]

_SQLITE: Mapping[CellKind, Shown] = {
    CellKind.MONEY_FEN: lambda fen: case((fen.is_not(None), _sqlite_yuan(fen))),
    CellKind.INSTANT: lambda at: func.strftime(
        "%Y-%m-%d %H:%M:%S",
        at // literal_column("1000000", BigInteger),
        literal_column("'unixepoch'"),
        literal_column("'+8 hours'"),
    ),
}


def _from_sqlite(session: Session, table: Table, columns: Sequence[SheetColumn]) -> Iterator[bytes]:
    """Rows with separators no text has; whatever needs a quote is looked for in a whole batch."""
    texts = [column.kind is CellKind.TEXT for column in columns]
    parts: list[ColumnElement[Any]] = [literal(ROW)]
    for cell, column, is_text in zip(_cells(table), columns, texts, strict=True):
        parts += [literal(TEXT if is_text else OTHER), _sqlite_cell(cell, column.kind)]
    line = reduce(lambda left, right: type_coerce(left, String).concat(right), parts)
    query = _with(table, [line]).execution_options(yield_per=BATCH)
    done = 0
    for lines in session.scalars(query).partitions():
        batch, many = "".join(lines), len(lines)
        if (batch.count(TEXT), batch.count(OTHER), batch.count(ROW)) != (
            many * sum(texts), many * (len(texts) - sum(texts)), many,
        ):  # fmt: skip
            # A text holds a separator: this batch is read once more, cell by cell.
            again = session.execute(table.offset(done).limit(many)).all()
            yield from islice(write_csv(columns, again), 1, None)
        elif (
            any(mark in batch for mark in '",\r\n')
            or _MAY_BE_FORMULA.search(batch)
            or _MAY_BE_NUMBER.search(batch + ROW)
        ):
            yield "".join(map(_quoted, batch.split(ROW)[1:])).encode()
        else:
            plain = batch.replace(f"{ROW}{TEXT}", "\n").replace(f"{ROW}{OTHER}", "\n")
            yield (plain.replace(TEXT, ",").replace(OTHER, ",")[1:] + "\n").encode()
        done += many


def _sqlite_yuan(fen: ColumnElement[Any]) -> ColumnElement[Any]:
    hundred, positive = literal_column("100", BigInteger), func.abs(fen, type_=BigInteger)
    minus = case((fen < literal_column("0"), literal_column("'-'")), else_=literal_column("''"))
    return func.printf(
        literal_column("'%s%d.%02d'"), minus, positive // hundred, positive % hundred
    )


def _sqlite_cell(cell: ColumnElement[Any], kind: CellKind) -> ColumnElement[Any]:
    shown = _SQLITE.get(kind, _same)(type_coerce(cell, BigInteger))
    return func.coalesce(type_coerce(shown, String), "")


def _same(cell: ColumnElement[Any]) -> ColumnElement[Any]:
    return cell


def _quoted(line: str) -> str:
    """A line of cells, each behind its separator, as CSV."""
    cells = (csv_text(cell) if mark == TEXT else cell for mark, cell in _CELL.findall(line))
    return ",".join(cells) + "\n"


# --- PostgreSQL -----------------------------------------------------------------------------------

_POSTGRESQL: Mapping[CellKind, Shown] = {
    CellKind.TEXT: lambda text: case(
        (
            func.ascii(text).in_([literal_column(str(code)) for code in _FIRST])
            & text.op("~")(_FORMULA),
            literal("'").concat(text),
        ),
        (
            func.ascii(text).between(literal_column("48"), literal_column("57"))
            & text.op("~")(_LONG_NUMBER),
            literal("\t").concat(text),
        ),
        else_=func.nullif(text, ""),
    ),
    CellKind.MONEY_FEN: lambda fen: fen * literal_column("0.01", Numeric),
    CellKind.INSTANT: lambda at: literal_column("timestamp '1970-01-01 08:00:00'").op("+")(
        (at // literal_column("1000000", BigInteger)).op("*")(literal_column("interval '1 second'"))
    ),
}


def _from_postgresql(
    session: Session, table: Table, columns: Sequence[SheetColumn]
) -> Iterator[bytes]:
    connection = session.connection()
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    cells = [
        _POSTGRESQL.get(column.kind, _same)(_typed(cell, column.kind))
        for cell, column in zip(_cells(table), columns, strict=True)
    ]
    query = _with(table, cells).compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    given = {name: _sent(value) for name, value in query.params.items()}
    with driver.cursor() as cursor:
        cursor.execute("SET DateStyle TO ISO")
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", given) as rows:
            while batch := list(islice(rows, BATCH)):
                yield b"".join(batch)


def _typed(cell: ColumnElement[Any], kind: CellKind) -> ColumnElement[Any]:
    numbers = (CellKind.INTEGER, CellKind.MONEY_FEN, CellKind.INSTANT)
    if kind in numbers:
        return type_coerce(cell, BigInteger)
    return type_coerce(cell, String) if kind is CellKind.TEXT else cell


def _sent(value: Any) -> Any:
    """A parameter as the columns hold it: COPY passes by the types that would see to that."""
    if isinstance(value, datetime):
        return to_micros(value)
    return value.value if isinstance(value, StrEnum) else value
