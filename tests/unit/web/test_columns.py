"""Columns say their cell once: the page draws it, the file holds it bare."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from procure.kernel.case_lines import PersonLine
from procure.kernel.deadline_lines import DeadlineLine, Urgency
from procure.kernel.lifecycle import Audience, BidState, PlanState
from procure.kernel.money import Money
from procure.render.charts import ChartsUnavailable, Look
from procure.render.sheets import CellKind
from procure.web.cells import simple
from procure.web.columns import (
    Col,
    Where,
    bare,
    chart_of,
    difference_table,
    in_file,
    on_page,
    state_choices,
    table_of,
)
from procure.web.presenters import Badge, Link, Percent, Quantity


@dataclass(frozen=True)
class Line:
    """A line of a list."""

    name: str
    buyer: str
    fen: int | None
    ends: date | None = None


COLUMNS: tuple[Col[Line], ...] = (
    Col("name", "项目"),
    Col("buyer", "采购人", where=Where.UNDER),
    Col("warned", "", lambda line: "逾期" if line.fen is None else "", where=Where.NOTE),
    Col("amount", "金额", lambda line: line.fen, CellKind.MONEY_FEN, nothing="未定"),
    Col("ends", "结束", kind=CellKind.DATE, where=Where.FILE),
)
LINES = (Line("养老", "民政局", 12_345), Line("助餐", "街道办", None, date(2026, 5, 1)))


def test_table_draws_each_cell_where_its_column_stands() -> None:
    table = table_of("合同", COLUMNS, LINES, lambda line: f"/{line.name}")

    assert [(head.label, head.numeric) for head in table.columns] == [
        ("项目", False),
        ("金额", True),
    ]
    assert [row.cells for row in table.rows] == [("养老", Money(12_345)), ("助餐", "未定")]
    assert [(row.href, row.note) for row in table.rows] == [
        ("/养老", "民政局"),
        ("/助餐", "街道办，逾期"),
    ]
    assert table
    assert not table_of("合同", COLUMNS, ())


def test_file_holds_what_the_page_shows_bare() -> None:
    kept = [column for column in COLUMNS if in_file(column)]

    assert [column.sheet_column.name for column in kept] == ["项目", "采购人", "金额（元）", "结束"]
    assert [column.sheet_column.is_summed for column in kept] == [False, False, True, False]
    assert [[column.in_file(line) for column in kept] for line in LINES] == [
        ["养老", "民政局", 12_345, None],
        ["助餐", "街道办", None, date(2026, 5, 1)],
    ]
    assert {column.key for column in COLUMNS if on_page(column)} == {"name", "amount"}


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        (Money(5), 5),
        (Badge(PlanState.APPROVED), "已批准，待公开意向"),
        (Badge(BidState.DRAFT, audience=Audience.SUPPLIER), "尚未提交，对方收不到"),
        (Link("去看", "/x"), "去看"),
        (PersonLine("张三", "民政局"), "张三"),
        (DeadlineLine("还有 3 天", date(2026, 5, 1), Urgency.SOON), date(2026, 5, 1)),
        (Quantity(Decimal("2.5"), "小时"), Decimal("2.5")),
        (Percent(Decimal("0.85")), Decimal("85.00")),
        ((True, False), "是；否"),
        (("甲", Link("乙", "/x")), "甲；乙"),
        (None, None),
        (date(2026, 5, 1), date(2026, 5, 1)),
    ],
)
def test_bare_value_is_what_a_program_reads(shown: object, held: object) -> None:
    assert bare(shown) == held


def test_states_are_offered_in_the_words_of_their_reader() -> None:
    offered = dict(state_choices(BidState, Audience.SUPPLIER))

    assert offered["draft"] == "尚未提交，对方收不到"
    assert dict(state_choices(BidState))["draft"] == "未提交"


def test_chart_is_its_table_drawn_for_screens_and_phones() -> None:
    table = difference_table("调整的内容", [("金额", "1", "2")] * 4, "调整为")

    def draw(title: str, look: Look) -> str:
        return f"<svg>{title} {look.width}</svg>"

    drawn = chart_of(table, "多了一", draw)
    assert drawn.drawings == ("<svg>调整的内容 640</svg>", "<svg>调整的内容 344</svg>")
    assert (drawn.title, drawn.rows) == ("调整的内容", table.rows)
    assert chart_of(table, "多了一", draw, on_phones=False).drawings == drawn.drawings[:1]


def test_short_table_is_not_drawn_and_none_where_nothing_draws() -> None:
    three, four = (difference_table("调整的内容", [("金额", "1", "2")] * many) for many in (3, 4))

    def nothing(title: str, look: Look) -> str:
        raise ChartsUnavailable

    for chart in (chart_of(three, "多了一", lambda *_: "<svg/>"), chart_of(four, "", nothing)):
        assert (chart.drawings, bool(chart.rows)) == ((), True)


@pytest.mark.parametrize(
    "text", ["DMMZ-2026-001-HT01", "竞争性磋商", "第 1 期", "社区居家养老服务", "是"]
)
def test_code_or_short_text_is_never_broken(text: str) -> None:
    assert simple(text) == f'<span class="text whole">{text}</span>'


@pytest.mark.parametrize("text", ["斗门区社区居家养老上门服务", "a b" * 10, "f" * 64])
def test_longer_text_may_break(text: str) -> None:
    assert simple(text) == f'<span class="text">{text}</span>'
