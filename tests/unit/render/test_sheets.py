"""Tables: what a spreadsheet reads is what was written, and never a formula."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from procure.render import sheets
from procure.render.sheets import CellKind, SheetColumn, TooManyRows, write_csv, write_xlsx

COLUMNS = [
    SheetColumn("单位"),
    SheetColumn("金额（元）", CellKind.MONEY_FEN),
    SheetColumn("笔数", CellKind.INTEGER),
    SheetColumn("日期", CellKind.DATE),
    SheetColumn("时间", CellKind.INSTANT),
    SheetColumn("得分", CellKind.DECIMAL),
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


def read_csv(columns: list[SheetColumn], rows: list[list[Any]]) -> list[list[str]]:
    text = b"".join(write_csv(columns, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def read_xlsx(columns: list[SheetColumn], rows: list[list[Any]]) -> list[list[tuple[str, str]]]:
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
    columns = [SheetColumn("文字"), SheetColumn("金额", CellKind.MONEY_FEN)]
    assert read_csv(columns, [[text, -5]])[1] == [f"'{text}", "-0.05"]


@pytest.mark.parametrize(
    "text",
    ["6222020000112233445", "00123456", "123456789012", "914404000000000000", "12E5", "1e300"],
)
def test_csv_identifier_that_looks_like_a_number_stays_text(text: str) -> None:
    ((cell,),) = read_csv([SheetColumn("收款账号")], [[text]])[1:]

    assert cell == f"\t{text}"
    assert cell.strip() == text


@pytest.mark.parametrize(
    "text", ["91440400MA4UXXXX0K", "12345678901", "0", "2026", "0756-1234567", "GZ-2026-001", "12E"]
)
def test_csv_identifier_that_cannot_be_misread_is_left_as_it_is(text: str) -> None:
    assert read_csv([SheetColumn("编码")], [[text]])[1] == [text]


def test_csv_quotes_commas_quotes_and_line_breaks() -> None:
    text = 'a,"b"\nc'
    assert read_csv([SheetColumn("文字")], [[text]])[1] == [text]


def test_csv_none_is_an_empty_cell() -> None:
    assert read_csv(COLUMNS, [[None] * 6])[1] == [""] * 6


def test_csv_streams_in_pieces() -> None:
    pieces = list(write_csv([SheetColumn("文字")], ([["甲" * 100]] * 2000)))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 4 * sheets.CHUNK


@pytest.mark.parametrize("row", [[1], [1, 2, 3]])
def test_csv_row_of_wrong_length_raises(row: list[int]) -> None:
    columns = [SheetColumn("甲", CellKind.INTEGER), SheetColumn("乙", CellKind.INTEGER)]
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
    columns = [SheetColumn("金额", CellKind.MONEY_FEN)]
    ((kind, value),) = read_xlsx(columns, [[fen]])[1]
    assert kind == "n"
    assert Decimal(value) * 100 == fen


@pytest.mark.parametrize("text", [*FORMULAS, "http://127.0.0.1/", "{=1}", "=cmd|' /C calc'!A0"])
def test_xlsx_formula_and_address_stay_text(text: str) -> None:
    ((kind, _),) = read_xlsx([SheetColumn("文字")], [[text]])[1]
    assert kind == "inlineStr"


@pytest.mark.parametrize("text", ["述" * 40_000, "😀" * 20_000, "a" + "😀" * 20_000])
def test_xlsx_text_that_no_cell_holds_is_cut_where_one_sees_it(text: str) -> None:
    """A cell takes 32,767 units of UTF-16, and a sign outside the basic plane is two of them."""
    (_, shown) = read_xlsx([SheetColumn("内容")], [[text]])[1][0]

    assert shown.endswith(sheets.CUT)
    assert text.startswith(shown.removesuffix(sheets.CUT))
    assert 32_766 <= len(shown.encode("utf-16-le")) // 2 <= 32_767
    assert read_csv([SheetColumn("内容")], [[text]])[1] == [text]


def test_xlsx_text_that_just_fits_is_whole() -> None:
    for text in ("述" * 32_767, "😀" * 16_383 + "a"):
        assert read_xlsx([SheetColumn("内容")], [[text]])[1][0][1] == text


def test_xlsx_full_sheet_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "XLSX_ROWS", 3)
    with pytest.raises(TooManyRows):
        write_xlsx([SheetColumn("甲")], [["x"]] * 3, io.BytesIO())
    assert write_xlsx([SheetColumn("甲")], [["x"]] * 2, io.BytesIO()) == 2


def opened(columns: list[SheetColumn], rows: list[list[Any]], name: str = "数据") -> Any:
    file = io.BytesIO()
    write_xlsx(columns, rows, file, sheet=name)
    return openpyxl.load_workbook(file).active


def test_xlsx_filters_its_rows_and_prints_across_with_its_heading_on_each_page() -> None:
    sheet = opened(COLUMNS, [ROW, ROW], "它的'表'")

    assert sheet.auto_filter.ref == "A1:F3"
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet["A2"].alignment.wrap_text


def test_xlsx_filter_reaches_beyond_the_twenty_sixth_column() -> None:
    columns = [SheetColumn(f"第 {n} 栏") for n in range(1, 30)]

    assert opened(columns, [["甲"] * 29]).auto_filter.ref == "A1:AC2"


def test_xlsx_sums_stand_below_the_filtered_rows() -> None:
    columns = [
        SheetColumn("单位"),
        SheetColumn("金额（元）", CellKind.MONEY_FEN, is_summed=True),
        SheetColumn("单价（元）", CellKind.MONEY_FEN),
    ]

    sheet = opened(columns, [["甲", 150, 1], ["乙", None, 2], ["丙", -50, 3]])

    assert [cell.value for cell in sheet[5]] == ["合计", 1, None]
    assert sheet.auto_filter.ref == "A1:C4"


def test_xlsx_of_no_row_has_no_sum() -> None:
    columns = [SheetColumn("单位"), SheetColumn("金额", CellKind.MONEY_FEN, is_summed=True)]

    assert opened(columns, []).max_row == 1


def test_xlsx_heading_is_never_wider_than_its_column() -> None:
    sheet = opened(
        [SheetColumn("年"), SheetColumn("最近一次核实服务的日期与时间（北京时间）")], [["a", "b"]]
    )

    assert sheet.column_dimensions["B"].width >= 2 * 20
