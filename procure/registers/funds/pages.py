"""What the pages of the budget show, built of queries."""

import logging
from collections.abc import Iterable, Sequence
from decimal import Decimal

from procure.kernel.access import LEVEL_LABELS
from procure.kernel.money import Money
from procure.registers.funds.models import (
    ACCOUNT_KIND_LABELS,
    ENTRY_KIND_LABELS,
    AccountKind,
    BudgetLine,
)
from procure.registers.funds.queries import (
    Balances,
    CorrectionRow,
    EntryLine,
    EntryRow,
    ShareRow,
)
from procure.render import charts, sheets
from procure.render.sheets import CellKind
from procure.web.columns import Col, Where
from procure.web.presenters import Chart, Column, Fact, Row

log = logging.getLogger(__name__)

_FEN = sheets.CellKind.MONEY_FEN
HELD = (AccountKind.PAID, AccountKind.COMMITTED, AccountKind.RESERVED, AccountKind.AVAILABLE)
"""What a line's money is at, in the order in which the bars are stacked."""

BALANCE_COLUMNS = (
    Column("level", "级次"),
    Column("weight", "分担比例", numeric=True),
    Column("share", "预算下达", numeric=True),
    *(Column(kind.value, ACCOUNT_KIND_LABELS[kind], numeric=True) for kind in HELD),
)
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


CORRECTION_COLUMNS = (
    Column("reason", "理由和依据"),
    Column("by", "申请人"),
    Column("at", "申请时间"),
    Column("outcome", "结果"),
)
DIFFERENCE_COLUMNS = (
    Column("particular", "内容"),
    Column("before", "现在"),
    Column("after", "更正为"),
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


def balance_rows(shares: Sequence[ShareRow], balances: Balances) -> tuple[Row, ...]:
    """Where each level's money is."""
    return tuple(
        Row(
            (
                LEVEL_LABELS[share.level],
                share.weight,
                Money(share.amount_fen),
                *(Money(balances[share.level][kind]) for kind in HELD),
            )
        )
        for share in shares
    )


def balance_chart(shares: Sequence[ShareRow], balances: Balances) -> Chart | None:
    """The same drawn; None where the drawing library is not installed, the table says it all."""
    title = "各级资金使用情况"
    series = [
        charts.Series(
            ACCOUNT_KIND_LABELS[kind],
            [Decimal(balances[share.level][kind]) / 100 for share in shares],
        )
        for kind in HELD
    ]
    try:
        svg = charts.stacked_bars(
            title, [LEVEL_LABELS[share.level] for share in shares], series, unit="元"
        )
    except charts.ChartsUnavailable:
        log.warning("chart left out: the drawing library is not installed")
        return None
    total = sum(share.amount_fen for share in shares)
    free = sum(kinds[AccountKind.AVAILABLE] for kinds in balances.values())
    caption = f"共 {Money(total).format()}，其中 {Money(free).format()} 尚未占用。"
    return Chart(title, svg, caption, BALANCE_COLUMNS, balance_rows(shares, balances))


MOVEMENT_COLUMNS: tuple[Col[EntryRow], ...] = (
    Col("kind", "事项", lambda entry: ENTRY_KIND_LABELS[entry.kind]),
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
    levels = list(LEVEL_LABELS)
    return tuple(
        f"{LEVEL_LABELS[side.level]}{ACCOUNT_KIND_LABELS[side.kind]}"
        f" {'+' if side.amount_fen > 0 else ''}{Money(side.amount_fen).format()}"
        for side in sorted(lines, key=lambda side: (levels.index(side.level), side.amount_fen))
    )


def correction_rows(rows: Sequence[CorrectionRow]) -> tuple[Row, ...]:
    """The corrections asked for of a line, and what became of them."""
    return tuple(
        Row((row.change.reason, row.proposed_by, row.change.proposed_at, _outcome(row)))
        for row in rows
    )


def _outcome(row: CorrectionRow) -> str:
    change = row.change
    if change.decided_at is None:
        return "等待决定"
    if change.decided_by is None:
        return "已撤回"
    return (
        f"{row.decided_by}同意" if change.confirmed else f"{row.decided_by}不同意：{change.refusal}"
    )


def difference_rows(changes: Sequence[tuple[str, str, str]]) -> tuple[Row, ...]:
    """What would be different, one particular a row."""
    return tuple(Row(one) for one in changes)
