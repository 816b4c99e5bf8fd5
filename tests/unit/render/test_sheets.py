"""Tables: what a spreadsheet reads is what was written, and never a formula."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from procure.render import sheets
from procure.render.sheets import CellKind, Column, TooManyRows, write_csv, write_xlsx

COLUMNS = [
    Column("单位"),
    Column("金额（元）", CellKind.MONEY_FEN),
    Column("笔数", CellKind.INTEGER),
    Column("日期", CellKind.DATE),
    Column("时间", CellKind.INSTANT),
    Column("得分", CellKind.DECIMAL),
]
ROW = [
    "斗门区和悦社会工作服务中心",
    1_234_567_890_123_45,
    -3,
    date(2026, 11, 26),
    datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
    Decimal("91.25"),
]
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "　=1",
]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_csv(columns: list[Column], rows: list[list[Any]]) -> list[list[str]]:
    text = b"".join(write_csv(columns, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read_xlsx(columns: list[Column], rows: list[list[Any]]) -> list[list[tuple[str, str]]]:
    """Rows of (cell type, value) as they stand in the file."""
    file = io.BytesIO()
    write_xlsx(columns, rows, file)
    with zipfile.ZipFile(file) as book:
        assert not [name for name in book.namelist() if "external" in name.lower()]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    found = []
    for row in sheet.iter(f"{MAIN}row"):
        cells = []
        for cell in row.iter(f"{MAIN}c"):
            assert cell.find(f"{MAIN}f") is None
            value = "".join(cell.itertext())
            cells.append((cell.get("t", "n"), value))
        found.append(cells)
    return found


def test_csv_starts_with_the_byte_order_mark() -> None:
    assert b"".join(write_csv(COLUMNS, [])).startswith(b"\xef\xbb\xbf")


def test_csv_writes_each_kind_exactly() -> None:
    assert read_csv(COLUMNS, [ROW])[1] == [
        "斗门区和悦社会工作服务中心",
        "1234567890123.45",
        "-3",
        "2026-11-26",
        "2026-11-26 17:30:00",
        "91.25",
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_formula_is_quoted_and_number_is_not(text: str) -> None:
    columns = [Column("文字"), Column("金额", CellKind.MONEY_FEN)]
    assert read_csv(columns, [[text, -5]])[1] == [f"'{text}", "-0.05"]


def test_csv_quotes_commas_quotes_and_line_breaks() -> None:
    text = 'a,"b"\nc'
    assert read_csv([Column("文字")], [[text]])[1] == [text]


def test_csv_none_is_an_empty_cell() -> None:
    assert read_csv(COLUMNS, [[None] * 6])[1] == [""] * 6


def test_csv_streams_in_pieces() -> None:
    pieces = list(write_csv([Column("文字")], ([["甲" * 100]] * 2000)))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 4 * sheets.CHUNK


@pytest.mark.parametrize("row", [[1], [1, 2, 3]])
def test_csv_row_of_wrong_length_raises(row: list[int]) -> None:
    columns = [Column("甲", CellKind.INTEGER), Column("乙", CellKind.INTEGER)]
    with pytest.raises(ValueError, match="zip"):
        list(write_csv(columns, [row]))


def test_xlsx_writes_numbers_as_numbers_and_keeps_every_fen() -> None:
    written = read_xlsx(COLUMNS, [ROW])[1]
    assert written[0] == ("inlineStr", "斗门区和悦社会工作服务中心")
    assert written[1][0] == "n"
    assert Decimal(written[1][1]) == Decimal("1234567890123.45")
    assert written[2] == ("n", "-3")
    assert Decimal(written[5][1]) == Decimal("91.25")


@pytest.mark.parametrize("fen", [1, -1, 10, 99, 100, 18_000_000, 999_999_999_999_999])
def test_xlsx_money_reads_back_exactly(fen: int) -> None:
    columns = [Column("金额", CellKind.MONEY_FEN)]
    ((kind, value),) = read_xlsx(columns, [[fen]])[1]
    assert kind == "n"
    assert Decimal(value) * 100 == fen


@pytest.mark.parametrize("text", [*FORMULAS, "http://127.0.0.1/", "{=1}", "=cmd|' /C calc'!A0"])
def test_xlsx_formula_and_address_stay_text(text: str) -> None:
    ((kind, _),) = read_xlsx([Column("文字")], [[text]])[1]
    assert kind == "inlineStr"


def test_xlsx_full_sheet_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "XLSX_ROWS", 3)
    with pytest.raises(TooManyRows):
        write_xlsx([Column("甲")], [["x"]] * 3, io.BytesIO())
    assert write_xlsx([Column("甲")], [["x"]] * 2, io.BytesIO()) == 2
