"""Rows of simple values are drawn by their types, escaped, under their heads."""

import re
from datetime import UTC, datetime

import pytest
from markupsafe import Markup

from procure.kernel.money import Money
from procure.web.cells import table_rows
from procure.web.presenters import Column, Row

COLUMNS = (Column("name", "名称"), Column("sum", "金额", numeric=True))


def no_parts(value: object) -> str:
    raise AssertionError(f"{value!r} is simple")


def test_row_with_one_changed_cell_is_drawn_anew() -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    for name, fen in (("甲", 100), ("甲", 200), ("<乙>", 100)):
        shown = table_rows(
            (*COLUMNS, Column("at", "时间")), [Row((name, Money(fen), at))], no_parts
        )
        assert f"¥{fen // 100}.00" in shown
        assert Markup.escape(name) in shown
        assert "2026年3月2日 周一 09:00" in shown


@pytest.mark.parametrize(("first", "second"), [(1, True), (True, 1), ("", None)])
def test_row_of_values_that_are_equal_or_alike_is_drawn_by_type(
    first: object, second: object
) -> None:
    columns = (Column("x", "值"),)

    shown = [str(table_rows(columns, [Row((value,))], no_parts)) for value in (first, second)]

    assert (shown[0] == shown[1]) is (first == "")


def test_row_under_another_head_is_drawn_for_it() -> None:
    row = Row(("甲",))

    one, other = (table_rows((Column("x", label),), [row], no_parts) for label in ("左", "右"))

    assert 'data-label="左"' in one
    assert 'data-label="右"' in other


def names(shown: Markup) -> list[str]:
    """What the links of the rows are called by those who hear them."""
    return [str(Markup(link).striptags()) for link in re.findall("<a .*?</a>", shown)]


def test_links_of_the_same_words_are_told_apart_by_what_differs() -> None:
    columns = tuple(Column(name, name) for name in ("name", "kind", "sum", "state"))
    told = [
        Row(("甲", "中期", Money(100)), "/1"),
        Row(("甲", "中期", Money(200)), "/2"),
        Row(("乙", "中期", Money(100)), "/3"),
        Row(("丙", "中期", Money(100)), "/4", "一<号"),
        Row(("丙", "末期", Money(200)), "/5", "二号"),
        Row(("丁", "中期", Money(100)), "/6"),
        Row(("丁", "中期", Money(200)), "/7"),
        Row(("丁", "末期", Money(200)), "/8"),
        Row(("乙", "末期", Money(300))),
    ]
    rows = [Row((*row.cells, "进行中"), row.href, row.note) for row in told]

    assert names(table_rows(columns, rows, no_parts)) == [
        "甲：¥1.00",
        "甲：¥2.00",
        "乙",
        "丙：一<号",
        "丙：二号",
        "丁：中期，¥1.00",
        "丁：中期，¥2.00",
        "丁：末期，¥2.00",
    ]
