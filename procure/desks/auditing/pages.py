"""What the auditor's pages show, built of queries."""

import logging
from collections.abc import Iterator, Sequence

from procure.desks.auditing.queries import (
    ContractMoney,
    EventRow,
    ExportRow,
    InstalmentMoney,
)
from procure.kernel.access import LEVEL_LABELS
from procure.kernel.lifecycle import STAGE_LABELS, state_words
from procure.kernel.money import Money
from procure.kernel.vocabulary import PAYMENT_TRIGGER_LABELS
from procure.registers.funds.queries import LineFlow
from procure.registers.projects.models import Project
from procure.render import charts
from procure.render.sheets import CellKind
from procure.web.columns import Col, Where
from procure.web.presenters import (
    Badge,
    Chart,
    Column,
    Fact,
    FlowStep,
    Link,
    Row,
    short_digest,
    size_words,
)

log = logging.getLogger(__name__)

_FEN = CellKind.MONEY_FEN
LEVEL_COLUMNS = (
    Column("level", "级次"),
    Column("share", "预算下达", numeric=True),
    Column("reserved", "计划占用", numeric=True),
    Column("released", "退回未用", numeric=True),
    Column("committed", "合同应付", numeric=True),
    Column("paid", "已支付", numeric=True),
    Column("unpaid", "未支付", numeric=True),
)
INSTALMENT_COLUMNS = (
    Column("position", "期次"),
    Column("trigger", "付款条件"),
    Column("amount", "应付金额", numeric=True),
    Column("request", "支付申请"),
    Column("paid", "已支付", numeric=True),
    Column("orders", "国库支付令"),
    Column("papers", "凭证"),
)
EVENT_COLUMNS: tuple[Col[EventRow], ...] = (
    Col("label", "事件"),
    Col("at", "时间", kind=CellKind.INSTANT, sort=True),
    Col("group", "类别"),
    Col("who", "办理人"),
    Col("organisation", "单位", nothing="无"),
    Col("words", "内容", nothing="无"),
    Col("digest", "散列值", lambda row: short_digest(row.hash), where=Where.PAGE),
    Col("hash", "散列值", where=Where.FILE),
)
EXPORT_COLUMNS = (
    Column("at", "导出时间"),
    Column("by", "导出人"),
    Column("reason", "事由"),
    Column("size", "大小", numeric=True),
    Column("digest", "校验码"),
)


def facts(
    project: Project, buyer: str, planned: int | None, contracts: Sequence[ContractMoney]
) -> tuple[Fact, ...]:
    """The case in six lines."""
    contracted = sum(contract.amount_fen for contract in contracts)
    paid = sum(contract.paid_fen for contract in contracts)
    plan = () if planned is None else (Fact("计划金额", Money(planned)),)
    return (
        Fact("采购人", buyer),
        Fact("阶段", STAGE_LABELS[project.stage], href=f"/projects/{project.number}"),
        Fact("采购预算", Money(project.budget_fen)),
        *plan,
        Fact("合同金额", Money(contracted)),
        Fact("已支付", Money(paid)),
        Fact("未支付", Money(contracted - paid)),
    )


def flow_columns(
    lines: Sequence[LineFlow], contracts: Sequence[ContractMoney]
) -> list[tuple[str, list[FlowStep]]]:
    """The way of the money in four columns; every step opens what it rests on."""
    return [
        ("预算", [_line_step(line) for line in lines]),
        ("合同", [_contract_step(contract) for contract in contracts]),
        (
            "分期",
            [
                _instalment_step(instalment)
                for contract in contracts
                for instalment in contract.instalments
            ],
        ),
        (
            "支付",
            [
                FlowStep(
                    f"{LEVEL_LABELS[payment.level]}支付，{payment.order_number}",
                    Money(payment.amount_fen),
                    note=f"收款人 {payment.payee_name}",
                    href=_paper(instalment.sheet_document_id),
                )
                for contract in contracts
                for instalment in contract.instalments
                for payment in instalment.payments
            ],
        ),
    ]


def _line_step(line: LineFlow) -> FlowStep:
    reserved = Money(line.total("reserved_fen")).format()
    return FlowStep(
        f"{line.year} 年 {line.name}",
        Money(line.amount_fen),
        note=f"本项目计划占用 {reserved}",
        href=f"/budget/{line.line_id}",
    )


def _contract_step(contract: ContractMoney) -> FlowStep:
    return FlowStep(
        contract.number,
        Money(contract.amount_fen),
        note=contract.supplier,
        href=_paper(contract.document_id),
        badge=Badge(contract.state),
    )


def _instalment_step(instalment: InstalmentMoney) -> FlowStep:
    return FlowStep(
        f"第 {instalment.position} 期",
        Money(instalment.amount_fen),
        note=PAYMENT_TRIGGER_LABELS[instalment.trigger],
        href=_paper(instalment.invoice_document_id),
        badge=None if instalment.state is None else Badge(instalment.state),
    )


def _paper(document_id: str | None) -> str:
    return f"/documents/{document_id}" if document_id else ""


def money_chart(lines: Sequence[LineFlow], contracts: Sequence[ContractMoney]) -> Chart | None:
    """The same drawn; None before there is a contract or where nothing can be drawn."""
    flows, nodes = list(_flows(lines, contracts)), {}
    if not contracts or not lines:
        return None
    nodes["line"] = charts.Node("line", "、".join(line.name for line in lines))
    for at, contract in enumerate(contracts):
        nodes[f"c{at}"] = charts.Node(f"c{at}", f"合同 {contract.number}")
        for part in contract.instalments:
            key = f"c{at}i{part.position}"
            nodes[key] = charts.Node(key, f"第 {part.position} 期")
    for level in LEVEL_LABELS:
        nodes[level.value] = charts.Node(level.value, f"{LEVEL_LABELS[level]}已支付")
    used = {key for flow in flows for key in (flow.source, flow.target)}
    title = "资金流向"
    look = charts.Look(width=960, height=max(260, 44 * len(used)))
    try:
        svg = charts.sankey(title, [n for k, n in nodes.items() if k in used], flows, look=look)
    except charts.ChartsUnavailable:
        log.warning("chart left out: the drawing library is not installed")
        return None
    paid = sum(contract.paid_fen for contract in contracts)
    signed = sum(contract.amount_fen for contract in contracts)
    caption = f"合同 {Money(signed).format()}，已支付 {Money(paid).format()}。"
    columns = (Column("of", "从"), Column("to", "到"), Column("fen", "金额", numeric=True))
    rows = tuple(
        Row((nodes[flow.source].label, nodes[flow.target].label, Money(flow.fen)))
        for flow in flows
        if flow.fen
    )
    return Chart(title, svg, caption, columns, rows)


def _flows(lines: Sequence[LineFlow], contracts: Sequence[ContractMoney]) -> Iterator[charts.Flow]:
    for at, contract in enumerate(contracts):
        yield charts.Flow("line", f"c{at}", contract.amount_fen)
        for part in contract.instalments:
            key = f"c{at}i{part.position}"
            yield charts.Flow(f"c{at}", key, part.amount_fen)
            for payment in part.payments:
                yield charts.Flow(key, payment.level.value, payment.amount_fen)


def level_rows(lines: Sequence[LineFlow]) -> tuple[Row, ...]:
    """Planned and paid by level of government, summed over the budget lines."""
    return tuple(
        Row(
            (
                LEVEL_LABELS[level.level],
                Money(level.appropriated_fen),
                Money(level.reserved_fen),
                Money(level.released_fen),
                Money(level.committed_fen),
                Money(level.paid_fen),
                Money(level.unpaid_fen),
            ),
            note=f"{line.year} 年 {line.code} {line.name}" if len(lines) > 1 else "",
        )
        for line in lines
        for level in line.levels
    )


def instalment_rows(contract: ContractMoney) -> tuple[Row, ...]:
    """A contract's instalments with the papers behind each figure."""
    return tuple(
        Row(
            (
                f"第 {part.position} 期",
                PAYMENT_TRIGGER_LABELS[part.trigger],
                Money(part.amount_fen),
                "尚未申请"
                if part.number is None or part.state is None
                else f"{part.number}，{state_words(part.state).words}",
                Money(part.paid_fen),
                tuple(f"{LEVEL_LABELS[p.level]} {p.order_number}" for p in part.payments) or "无",
                tuple(
                    Link(words, _paper(paper))
                    for words, paper in (
                        ("发票", part.invoice_document_id),
                        ("资金支付单", part.sheet_document_id),
                    )
                    if paper
                )
                or "无",
            )
        )
        for part in contract.instalments
    )


def export_row(export: ExportRow) -> Row:
    """A package that was taken away."""
    digest = Link(short_digest(export.sha256), f"/audit/exports/{export.id}")
    return Row((export.at, export.by, export.reason, size_words(export.size), digest))


def export_facts(export: ExportRow) -> tuple[Fact, ...]:
    """What was taken away, with the digest in full."""
    return (
        Fact("项目", Link(f"{export.number} {export.title}", f"/audit/projects/{export.number}")),
        Fact("导出人", export.by),
        Fact("导出时间", export.at),
        Fact("事由", export.reason),
        Fact("文件大小", size_words(export.size)),
        Fact("校验码（SHA-256）", export.sha256),
    )
