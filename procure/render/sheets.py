"""Tables as CSV and XLSX, streamed row by row and safe to open in a spreadsheet.

A text that a spreadsheet would take for a formula is written as text: with a leading quote in CSV,
as a string cell in XLSX. Money is given in fen and written in yuan with two decimals, as a number.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from typing import IO, Any

from xlsxwriter import Workbook

from procure.kernel.clock import local
from procure.kernel.money import Money

# What Excel, WPS or LibreOffice may read as the start of a formula, full-width twins included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff".encode()
CHUNK = 64 * 1024
XLSX_ROWS = 1_048_576
XLSX_TEXT = 32_767
SAFE = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


class CellKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    MONEY_FEN = "money_fen"
    INTEGER = "integer"
    DATE = "date"
    INSTANT = "instant"
    DECIMAL = "decimal"


@dataclass(frozen=True)
class Column:
    """A column: its heading in Chinese and the kind of its cells."""

    name: str
    kind: CellKind = CellKind.TEXT


class TooManyRows(ValueError):
    """The table does not fit into one XLSX sheet; CSV has no such limit."""


def harmless(text: str) -> str:
    """The text as CSV may hold it: quoted when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA_STARTS) else text


def _csv_money(fen: int) -> str:
    return Money(fen).yuan


def _csv_text(value: Any) -> str:
    return harmless(str(value))


def _csv_instant(value: datetime) -> str:
    return f"{local(value):%Y-%m-%d %H:%M:%S}"


def _csv_decimal(value: Decimal) -> str:
    return f"{value:f}"


CSV_CELLS: Mapping[CellKind, Callable[[Any], str]] = {
    CellKind.TEXT: _csv_text,
    CellKind.MONEY_FEN: _csv_money,
    CellKind.INTEGER: str,
    CellKind.DATE: date.isoformat,
    CellKind.INSTANT: _csv_instant,
    CellKind.DECIMAL: _csv_decimal,
}


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The table as CSV in UTF-8 with a byte order mark, in pieces of about 64 KiB.

    Instants are written as read in China; None is an empty cell. A row of the wrong length raises
    ValueError.
    """
    cells = [CSV_CELLS[CellKind(column.kind)] for column in columns]
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([harmless(column.name) for column in columns])
    yield BOM
    for row in rows:
        writer.writerow(
            ["" if value is None else cell(value) for cell, value in zip(cells, row, strict=True)]
        )
        if buffer.tell() >= CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


NUMBER_FORMATS = {
    CellKind.TEXT: "@",
    CellKind.MONEY_FEN: "#,##0.00",
    CellKind.INTEGER: "0",
    CellKind.DATE: "yyyy-mm-dd",
    CellKind.INSTANT: "yyyy-mm-dd hh:mm:ss",
    CellKind.DECIMAL: "General",
}
WIDTHS = {
    CellKind.TEXT: 24,
    CellKind.MONEY_FEN: 18,
    CellKind.INTEGER: 10,
    CellKind.DATE: 12,
    CellKind.INSTANT: 20,
    CellKind.DECIMAL: 12,
}


def write_xlsx(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    fileobj: IO[bytes],
    *,
    sheet: str = "数据",
) -> int:
    """Write the table as one XLSX sheet in constant memory; returns the number of rows.

    Raises TooManyRows when the sheet is full, ValueError on a row of the wrong length.
    """
    with Workbook(fileobj, SAFE) as book:
        page = book.add_worksheet(sheet)
        heading = book.add_format({"bold": True, "bottom": 1})
        kinds = [CellKind(column.kind) for column in columns]
        styles = [book.add_format({"num_format": NUMBER_FORMATS[kind]}) for kind in kinds]
        for index, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
            page.set_column(index, index, WIDTHS[kind])
            page.write_string(0, index, column.name, heading)
        page.freeze_panes(1, 0)
        written = 0
        for row in rows:
            written += 1
            if written >= XLSX_ROWS:
                raise TooManyRows(f"an XLSX sheet holds {XLSX_ROWS - 1} rows below its heading")
            for index, (kind, value) in enumerate(zip(kinds, row, strict=True)):
                if value is not None:
                    _write_cell(page, written, index, kind, value, styles[index])
    return written


def _write_cell(page: Any, row: int, index: int, kind: CellKind, value: Any, style: Any) -> None:
    match kind:
        case CellKind.TEXT:
            page.write_string(row, index, str(value)[:XLSX_TEXT], style)
        case CellKind.MONEY_FEN:
            # XLSX stores every number as text of a double; yuan up to 10**13 keep their fen.
            page.write_number(row, index, Decimal(value) / 100, style)
        case CellKind.INTEGER | CellKind.DECIMAL:
            page.write_number(row, index, value, style)
        case CellKind.DATE:
            page.write_datetime(row, index, value, style)
        case CellKind.INSTANT:
            page.write_datetime(row, index, local(value).replace(tzinfo=None), style)
