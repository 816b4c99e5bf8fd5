"""What the pages of the budget show, built of queries."""

from collections.abc import Iterable, Mapping, Sequence

from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.registers.funds.models import (
    AccountKind,
    BudgetLine,
    BudgetLineChange,
    FundShare,
)
from procure.registers.funds.queries import Balances, EntryLine, EntryRow
from procure.render import sheets
from procure.render.sheets import CellKind
from procure.web.columns import Col, Table, Where, table_of
from procure.web.presenters import Fact
from procure.web.proposals import refusable_columns

_FEN = sheets.CellKind.MONEY_FEN
HELD = (AccountKind.PAID, AccountKind.COMMITTED, AccountKind.RESERVED, AccountKind.AVAILABLE)
"""What a line's money is at, in the order in which the bars are stacked."""

LEDGER_SHEET = (
    sheets.SheetColumn("记账时间", sheets.CellKind.INSTANT),
    sheets.SheetColumn("事项", sheets.CellKind.LABEL),
    sheets.SheetColumn("摘要"),
    sheets.SheetColumn("预算编码"),
    sheets.SheetColumn("级次", sheets.CellKind.LABEL),
    sheets.SheetColumn("科目", sheets.CellKind.LABEL),
    sheets.SheetColumn("金额（元）", _FEN),
    sheets.SheetColumn("项目编号"),
    sheets.SheetColumn("项目名称"),
    sheets.SheetColumn("经办"),
)


def line_facts(line: BudgetLine, balances: Balances) -> tuple[Fact, ...]:
    """What a line is, and how much of it is still free."""
    available = sum(kinds[AccountKind.AVAILABLE] for kinds in balances.values())
    return (
        Fact("预算项目编码", line.code),
        Fact("预算年度", f"{line.year} 年"),
        Fact("购买主体", line.buyer.name),
        Fact("功能分类科目", line.function_code),
        Fact("部门经济分类科目", line.economic_code),
        Fact("资金来源", line.fund_source),
        Fact("预算金额", Money(line.amount_fen)),
        Fact("可用金额", Money(available)),
        Fact("登记时间", line.registered_at),
    )


MOVEMENT_COLUMNS: tuple[Col[EntryRow], ...] = (
    Col("kind", "事项", lambda entry: entry.kind.label),
    Col("memo", "摘要", where=Where.UNDER),
    Col("at", "时间", kind=CellKind.INSTANT),
    Col("by", "经办"),
    Col("amount", "金额", lambda entry: entry.amount_fen, CellKind.MONEY_FEN),
    Col("sides", "分录", lambda entry: sides_in_words(entry.lines)),
)
"""A movement with its sides in words."""


def sides_in_words(lines: Iterable[EntryLine]) -> tuple[str, ...]:
    """The sides of a movement by level, each from where it leaves to where it goes.

    A side names its account: the levels alone do not tell what was taken from what.
    """
    levels = list(Level)
    return tuple(
        f"{side.level.label}{side.kind.label}"
        f" {'+' if side.amount_fen > 0 else ''}{Money(side.amount_fen).format()}"
        for side in sorted(lines, key=lambda side: (levels.index(side.level), side.amount_fen))
    )


def balance_table(shares: Sequence[FundShare], balances: Balances) -> Table:
    """Where each level's money is."""
    columns: list[Col[FundShare]] = [
        Col("level", "级次", lambda share: share.level.label),
        Col("weight", "分担比例", kind=CellKind.INTEGER),
        Col("share", "预算下达", lambda share: share.amount_fen, CellKind.MONEY_FEN),
    ]
    for kind in HELD:
        columns.append(_held_column(kind, balances))
    return table_of("各级资金使用情况", columns, shares)


def _held_column(kind: AccountKind, balances: Balances) -> Col[FundShare]:
    label = kind.label
    return Col(kind.value, label, lambda share: balances[share.level][kind], CellKind.MONEY_FEN)


def correction_table(changes: Sequence[BudgetLineChange], names: Mapping[str, str]) -> Table:
    """The corrections asked for of a line, and what became of them."""
    return table_of("更正的申请", refusable_columns(names, "理由和依据"), changes)
