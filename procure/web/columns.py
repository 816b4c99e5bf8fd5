"""Columns that declare their cell, once for the page and for the file, and tables made of them."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from enum import Enum
from functools import singledispatch
from typing import Generic, TypeVar

from procure.kernel.case_lines import Paper, PersonLine
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import Audience, State
from procure.kernel.money import Money
from procure.render import sheets
from procure.render.charts import NARROW, SCREEN, ChartsUnavailable, Look
from procure.render.sheets import CellKind
from procure.web.presenters import Badge, Chart, Column, Link, Percent, Quantity, Row, badge_parts

Line = TypeVar("Line")

log = logging.getLogger(__name__)

NUMBERS = (CellKind.MONEY_FEN, CellKind.INTEGER, CellKind.DECIMAL)


class Where(Enum):
    """Where a column stands."""

    EVERYWHERE = "everywhere"
    UNDER = "under"
    """In the file; on the page as the second line of the first cell."""
    NOTE = "note"
    """On the page alone, as the second line of the first cell."""
    FILE = "file"
    PAGE = "page"


@dataclass(frozen=True)
class Col(Generic[Line]):
    """A column: what it is called and how its cell is made of a line, by default the line's
    attribute of the column's key. Money is given in fen; its columns are summed below an XLSX file.
    """

    key: str
    label: str
    cell: Callable[[Line], object] | None = None
    kind: CellKind = CellKind.TEXT
    _: KW_ONLY
    sort: bool = False
    """Whether the list may be put in the order of this column; its source knows the key."""
    where: Where = Where.EVERYWHERE
    unit: str = ""
    """Stands behind the label in a file, where cells are bare numbers; money's is 元."""
    nothing: str = ""
    """What the page says where a line has nothing, if not 未填写."""

    @property
    def head(self) -> Column:
        """The column as tables of pages draw its head."""
        return Column(self.key, self.label, self.kind in NUMBERS, self.sort)

    @property
    def sheet_column(self) -> sheets.SheetColumn:
        """The column as files have it."""
        is_money = self.kind is CellKind.MONEY_FEN
        unit = self.unit or ("元" if is_money else "")
        return sheets.SheetColumn(
            f"{self.label}（{unit}）" if unit else self.label, self.kind, is_money
        )

    def of(self, line: Line) -> object:
        """A line's cell for the page."""
        found = getattr(line, self.key) if self.cell is None else self.cell(line)
        if found is None or found == "":
            return self.nothing or found
        if self.kind is CellKind.MONEY_FEN and isinstance(found, int):
            return Money(found)
        return found

    def in_file(self, line: Line) -> object:
        """The same cell as a file holds it: bare numbers, dates and words."""
        found = getattr(line, self.key) if self.cell is None else self.cell(line)
        return bare(found)


@dataclass(frozen=True)
class Table:
    """A small table inside a page, ready to be drawn, with what it is called."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = "还没有内容。"

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.rows)


def table_of(
    caption: str,
    columns: Sequence[Col[Line]],
    lines: Iterable[Line],
    href: Callable[[Line], str] | None = None,
    empty: str = "还没有内容。",
) -> Table:
    """The lines as a table of a page; `href` leads on from a line, "" where there is no way."""
    heads = tuple(col.head for col in columns if on_page(col))
    return Table(caption, heads, rows_of(columns, lines, href), empty)


def difference_table(
    caption: str, changes: Iterable[tuple[str, str, str]], after: str = "改为"
) -> Table:
    """What would be different: what it is, how it stands, and what it is to be."""
    columns: tuple[Col[tuple[str, str, str]], ...] = (
        Col("what", "内容", lambda change: change[0]),
        Col("before", "现在", lambda change: change[1]),
        Col("after", after, lambda change: change[2]),
    )
    return table_of(caption, columns, changes)


FEW = 4
"""A table of fewer rows is read at a glance and not drawn."""


def chart_of(
    table: Table,
    caption: str,
    draw: Callable[[str, Look], str],
    *,
    on_phones: bool = True,
    differs: bool = True,
) -> Chart:
    """A table drawn under its own name, once for a screen and once for the width of a phone, unless
    nothing is left legible there. It stands undrawn where it is short, where no figure `differs` from
    another, or the drawing library is not installed: the table says it all.
    """
    looks = (SCREEN, NARROW) if on_phones else (SCREEN,)
    drawn: tuple[str, ...] = ()
    try:
        if len(table.rows) >= FEW and differs:
            drawn = tuple(draw(table.caption, look) for look in looks)
    except ChartsUnavailable:
        log.warning("chart left out: the drawing library is not installed")
    return Chart(table.caption, drawn, caption, table.columns, table.rows)


def rows_of(
    columns: Sequence[Col[Line]], lines: Iterable[Line], href: Callable[[Line], str] | None = None
) -> tuple[Row, ...]:
    """The lines as rows of a page's table."""
    shown = [col for col in columns if on_page(col)]
    under = [col for col in columns if col.where in (Where.UNDER, Where.NOTE)]
    return tuple(
        Row(
            tuple(col.of(line) for col in shown),
            href(line) if href is not None else "",
            "，".join(str(cell) for col in under if (cell := col.of(line))),
        )
        for line in lines
    )


def on_page(column: Col[Line]) -> bool:
    """Whether the column is one of the page's table."""
    return column.where in (Where.EVERYWHERE, Where.PAGE)


def in_file(column: Col[Line]) -> bool:
    """Whether the column is one of the file."""
    return column.where not in (Where.PAGE, Where.NOTE)


def state_choices(
    kind: Iterable[State], audience: Audience = Audience.BUYER
) -> tuple[tuple[str, str], ...]:
    """States as a filter offers them: the value and its words for the reader."""
    return tuple((state.value, state.for_audience(audience)) for state in kind)


def choices_of(values: Iterable[LabelledEnum]) -> tuple[tuple[str, str], ...]:
    """Labelled values as a filter offers them."""
    return tuple((one.value, one.label) for one in values)


@singledispatch
def bare(value: object) -> object:
    """What a page shows as a file holds it."""
    return value


@bare.register
def _(value: Money) -> int:
    return value.fen


@bare.register
def _(value: Badge) -> str:
    return badge_parts(value.state, value.words, value.audience)[1]


@bare.register
def _(value: Link) -> str:
    return value.text


@bare.register(PersonLine)
@bare.register(Paper)
def _(value: PersonLine | Paper) -> str:
    return value.name


@bare.register
def _(value: DeadlineLine) -> object:
    return value.on


@bare.register
def _(value: Quantity) -> int | Decimal:
    return value.amount


@bare.register
def _(value: Percent) -> Decimal:
    return value.fraction * 100


@bare.register
def _(value: bool) -> str:
    return "是" if value else "否"


@bare.register
def _(value: tuple) -> str:  # type: ignore[type-arg]
    return "；".join(str(bare(one)) for one in value)
