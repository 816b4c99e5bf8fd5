"""What a spreadsheet puts on the clipboard, read as rows."""

import pytest

from procure.web.fields.pasted import read_block

COLUMNS = [("name", "指标"), ("points", "分值"), ("standard", "评分标准")]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("甲\t10\t按时\n乙\t20\t看记录\n", [("甲", "10", "按时"), ("乙", "20", "看记录")]),
        ("甲\t10\r\n\r\n \t \r\n乙\t20\r\n", [("甲", "10"), ("乙", "20")]),
        ('甲\t10\t"第一行\n第二行，含""引号"""\n', [("甲", "10", '第一行\n第二行，含"引号"')]),
        ("甲", [("甲",)]),
        ("", []),
        ("\t\n", []),
    ],
)
def test_block_is_read_row_by_row_in_the_order_of_the_form(
    text: str, rows: list[tuple[str, ...]]
) -> None:
    read = read_block(text, COLUMNS)
    assert [tuple(row.values()) for row in read.rows] == rows
    assert all(list(row) == [name for name, _ in COLUMNS][: len(row)] for row in read.rows)
    assert read.beyond == ()


def test_block_with_a_head_may_have_its_columns_in_any_order() -> None:
    read = read_block("评分标准\t备注\t指标\n看记录\t略\t甲\n", COLUMNS)
    assert read.rows == ({"standard": "看记录", "name": "甲"},)


def test_row_whose_words_are_like_one_label_is_no_head() -> None:
    assert len(read_block("指标\t10\t按时\n", COLUMNS).rows) == 1


def test_what_lies_right_of_the_last_column_is_told_by_row() -> None:
    read = read_block("甲\t1\t按时\t\n乙\t2\t看记录\t多\n", COLUMNS)
    assert read.beyond == (2,)
    assert read.rows[1] == {"name": "乙", "points": "2", "standard": "看记录"}
