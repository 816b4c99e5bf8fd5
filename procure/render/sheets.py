"""Tables as CSV and XLSX, streamed row by row and safe to open in a spreadsheet.

A text that a spreadsheet would take for a formula is written as text: with a leading quote in CSV,
as a string cell in XLSX. So is one that it would take for a number and shorten, as an account of 19
digits or a code with a nought in front: with a leading tab in CSV, which is not seen in the cell; programs
that read the file take it off themselves (`.strip()`). Money is given in fen and written in yuan with two
decimals, as a number.
Both formats are written by hand because they are asked for a million rows: a cell costs one call of
one function, chosen once for its column.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import IO, Any

from procure.kernel.clock import local, to_micros
from procure.render.workbook import HEADING, text_cell, write_workbook

# What Excel, WPS or LibreOffice may read as the start of a formula, full-width twins included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BLANKS = " \u3000"
_FORMULA = re.compile(f"[{BLANKS}]*[{re.escape(''.join(FORMULA_STARTS))}]")
# Noughts in front are lost, digits beyond the fifteenth become noughts, from the twelfth on they are
# shown as 1.2E+11; digits with an E between them are read as a power of ten.
_LONG_NUMBER = re.compile(r"0[0-9]+\Z|[0-9]{12,}\Z|[0-9]+[Ee][0-9]+\Z")
_SPECIAL = re.compile('[",\r\n]')
BOM = "\ufeff"
BATCH = 200
CHUNK = 64 * 1024
QUOTE = '"'
XLSX_ROWS = 1_048_576
XLSX_TEXT = 32_767
"""What a cell may hold, in units of UTF-16: two for a sign outside the basic plane."""

CUT = "…（未完，全文见 CSV）"
"""Stands at the end of a text that a cell cannot hold; CSV has no such limit."""

XLSX_EPOCH = date(1899, 12, 30).toordinal()
DAY = 86_400_000_000
"""Microseconds of a day."""

CHINA = 8 * 3_600_000_000
"""How far the clocks of China are ahead of UTC, in microseconds; the same all year since 1992."""


class CellKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    LABEL = "label"
    """Words of the platform's own: no formula, no comma, no quote."""
    MONEY_FEN = "money_fen"
    INTEGER = "integer"
    DATE = "date"
    INSTANT = "instant"
    DECIMAL = "decimal"


@dataclass(frozen=True)
class SheetColumn:
    """A column: its heading in Chinese and the kind of its cells."""

    name: str
    kind: CellKind = CellKind.TEXT
    is_summed: bool = False
    """Whether the sum of its money stands below it in XLSX."""


class TooManyRows(ValueError):
    """The table does not fit into one XLSX sheet; CSV has no such limit."""


def harmless(text: str) -> str:
    """The text as CSV may hold it: marked when a spreadsheet would take it for a formula or a number."""
    if _LONG_NUMBER.match(text):
        return f"\t{text}"
    return f"'{text}" if _FORMULA.match(text) else text


def in_yuan(fen: int) -> str:
    """Fen as yuan with two decimals, for figures that programs read."""
    if fen >= 100:
        digits = str(fen)
        return f"{digits[:-2]}.{digits[-2:]}"
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def csv_text(value: Any) -> str:
    """A text as a cell of a CSV file."""
    text = harmless(str(value))
    return f'"{text.replace(QUOTE, QUOTE * 2)}"' if _SPECIAL.search(text) else text


def _csv_instant(value: datetime) -> str:
    return f"{local(value):%Y-%m-%d %H:%M:%S}"


def _plain_decimal(value: Decimal) -> str:
    return f"{value:f}"


CSV_CELLS: Mapping[CellKind, Callable[[Any], str]] = {
    CellKind.TEXT: csv_text,
    CellKind.LABEL: csv_text,
    CellKind.MONEY_FEN: in_yuan,
    CellKind.INTEGER: str,
    CellKind.DATE: date.isoformat,
    CellKind.INSTANT: _csv_instant,
    CellKind.DECIMAL: _plain_decimal,
}


def csv_heading(columns: Sequence[SheetColumn]) -> str:
    """The first line of a CSV file, with the byte order mark that spreadsheets ask for."""
    return BOM + ",".join(csv_text(column.name) for column in columns) + "\n"


def write_csv(columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The table as CSV in UTF-8 with a byte order mark, in pieces of some hundred rows.

    Instants are written as read in China; None is an empty cell. A row of the wrong length raises
    ValueError.
    """
    cells = [CSV_CELLS[CellKind(column.kind)] for column in columns]
    yield csv_heading(columns).encode()
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        lines = [
            ",".join(["" if v is None else cell(v) for cell, v in zip(cells, row, strict=True)])
            for row in batch
        ]
        yield ("\n".join(lines) + "\n").encode()


NUMBER_FORMATS = {
    CellKind.TEXT: "@",
    CellKind.LABEL: "@",
    CellKind.MONEY_FEN: "#,##0.00",
    CellKind.INTEGER: "0",
    CellKind.DATE: "yyyy-mm-dd",
    CellKind.INSTANT: "yyyy-mm-dd hh:mm:ss",
    CellKind.DECIMAL: "General",
}
TOTAL = "合计"
# Text breaks into lines within its width.
WIDTHS = {
    CellKind.TEXT: 28,
    CellKind.LABEL: 24,
    CellKind.MONEY_FEN: 18,
    CellKind.INTEGER: 10,
    CellKind.DATE: 12,
    CellKind.INSTANT: 20,
    CellKind.DECIMAL: 12,
}


def write_xlsx(
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[Any]],
    fileobj: IO[bytes],
    *,
    sheet: str = "数据",
) -> int:
    """Write the table as one XLSX sheet in constant memory; returns the number of rows.

    Instants may be given as whole microseconds, as they are stored. Raises TooManyRows when the
    sheet is full, ValueError on a row of the wrong length.
    """
    kinds = [CellKind(column.kind) for column in columns]
    counted = _Counted()
    write_workbook(
        fileobj,
        sheet,
        [NUMBER_FORMATS[kind] for kind in kinds],
        [max(WIDTHS[kind], 2 * len(c.name) + 4) for kind, c in zip(kinds, columns, strict=True)],
        counted.rows_of(columns, kinds, rows),
        lambda: counted.rows,
    )
    return counted.rows


class _Counted:
    """The rows of a sheet as XML, counted as they go by."""

    rows = 0

    def rows_of(
        self,
        columns: Sequence[SheetColumn],
        kinds: Sequence[CellKind],
        rows: Iterable[Sequence[Any]],
    ) -> Iterator[str]:
        """The heading, the rows, some hundred a piece, and the sums where columns have them."""
        yield f"<row>{''.join(text_cell(column.name, HEADING) for column in columns)}</row>"
        cells = [partial(XLSX_CELLS[kind], style) for style, kind in enumerate(kinds, HEADING + 1)]
        sums = {at: 0 for at, column in enumerate(columns) if column.is_summed}
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            self.rows += len(batch)
            for at in sums:
                sums[at] += sum(row[at] or 0 for row in batch)
            if self.rows >= XLSX_ROWS:
                raise TooManyRows(f"an XLSX sheet holds {XLSX_ROWS - 1} rows below its heading")
            yield "".join(
                [
                    f"<row>{''.join([cell(v) for cell, v in zip(cells, row, strict=True)])}</row>"
                    for row in batch
                ]
            )
        if sums and self.rows:
            last = (cells[at](sums[at]) if at in sums else "<c/>" for at in range(1, len(cells)))
            yield f"<row>{text_cell(TOTAL, HEADING)}{''.join(last)}</row>"


def _xlsx_text(style: int, value: Any) -> str:
    return "<c/>" if value is None else text_cell(fitting(str(value)), style)


def fitting(text: str) -> str:
    """A text as a cell of XLSX holds it, marked where it is cut (the auditor's verifier cuts alike)."""
    if 2 * len(text) <= XLSX_TEXT:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * XLSX_TEXT:
        return text
    return units[: 2 * (XLSX_TEXT - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _xlsx_money(style: int, fen: int | None) -> str:
    # XLSX stores every number as text of a double; yuan up to 10**13 keep their fen.
    return "<c/>" if fen is None else f'<c s="{style}"><v>{in_yuan(fen)}</v></c>'


def _xlsx_number(style: int, value: Any) -> str:
    return "<c/>" if value is None else f'<c s="{style}"><v>{value}</v></c>'


def _xlsx_date(style: int, value: date | None) -> str:
    if value is None:
        return "<c/>"
    return f'<c s="{style}"><v>{value.toordinal() - XLSX_EPOCH}</v></c>'


def _xlsx_instant(style: int, value: datetime | int | None) -> str:
    """An instant as days since the sheet's epoch, to the hundred-thousandth of a second."""
    if value is None:
        return "<c/>"
    micros = value if isinstance(value, int) else to_micros(value)
    days, rest = divmod(micros + CHINA, DAY)
    return f'<c s="{style}"><v>{days + 25_569}.{rest * 10**10 // DAY:010d}</v></c>'


XLSX_CELLS: Mapping[CellKind, Callable[[int, Any], str]] = {
    CellKind.TEXT: _xlsx_text,
    CellKind.LABEL: _xlsx_text,
    CellKind.MONEY_FEN: _xlsx_money,
    CellKind.INTEGER: _xlsx_number,
    CellKind.DATE: _xlsx_date,
    CellKind.INSTANT: _xlsx_instant,
    CellKind.DECIMAL: _xlsx_number,
}
