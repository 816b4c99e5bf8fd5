"""What the auditor's pages show, built of queries."""

from collections.abc import Iterator, Sequence

from procure.desks.auditing.queries import (
    ContractMoney,
    EventRow,
    ExportRow,
    InstalmentMoney,
)
from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.kernel.paths import audit_path, budget_path, case_path, document_path
from procure.registers.funds.queries import LevelFlow, LineFlow
from procure.registers.projects.models import Project
from procure.render import charts
from procure.render.sheets import CellKind
from procure.web.columns import Col, Table, Where, chart_of, table_of
from procure.web.presenters import (
    Badge,
    Chart,
    Fact,
    FlowStep,
    Link,
    short_digest,
    size_words,
)

EVENT_COLUMNS: tuple[Col[EventRow], ...] = (
    Col("label", "事件"),
    Col("at", "时间", kind=CellKind.INSTANT, sort=True),
    Col("group", "类别"),
    Col("who", "办理人"),
    Col("organisation", "单位", nothing="无"),
    Col("words", "内容", where=Where.UNDER),
    Col("digest", "散列值", lambda row: short_digest(row.hash), where=Where.PAGE),
    Col("hash", "散列值", where=Where.FILE),
)


def facts(
    project: Project, buyer: str, planned: int | None, contracts: Sequence[ContractMoney]
) -> tuple[Fact, ...]:
    """The case in six lines."""
    contracted = sum(one.contract.amount_fen for one in contracts)
    paid = sum(contract.paid_fen for contract in contracts)
    plan = () if planned is None else (Fact("计划金额", Money(planned)),)
    return (
        Fact("采购人", buyer),
        Fact("阶段", project.stage.label, href=case_path(project.number)),
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
                    f"{payment.level.label}支付，{payment.order_number}",
                    Money(payment.amount_fen),
                    note=f"收款人 {payment.payee_name}",
                    href=document_path(part.request.sheet_document_id if part.request else None),
                )
                for contract in contracts
                for part in contract.instalments
                for payment in part.payments
            ],
        ),
    ]


def _line_step(line: LineFlow) -> FlowStep:
    reserved = Money(line.total("reserved_fen")).format()
    return FlowStep(
        f"{line.year} 年 {line.name}",
        Money(line.amount_fen),
        note=f"本项目计划占用 {reserved}",
        href=budget_path(line.line_id),
    )


def _contract_step(money: ContractMoney) -> FlowStep:
    contract = money.contract
    return FlowStep(
        contract.number,
        Money(contract.amount_fen),
        note=money.supplier,
        href=document_path(contract.document_id),
        badge=Badge(contract.state),
    )


def _instalment_step(part: InstalmentMoney) -> FlowStep:
    instalment, request = part.instalment, part.request
    return FlowStep(
        f"第 {instalment.position} 期",
        Money(instalment.amount_fen),
        note=instalment.trigger.label,
        href=document_path(request.invoice_document_id if request else None),
        badge=Badge(request.state) if request else None,
    )


def money_chart(lines: Sequence[LineFlow], contracts: Sequence[ContractMoney]) -> Chart | None:
    """The same drawn; None before there is a contract or where nothing can be drawn."""
    flows, nodes = list(_flows(lines, contracts)), {}
    if not contracts or not lines:
        return None
    nodes["line"] = charts.Node("line", "、".join(line.name for line in lines))
    for at, contract in enumerate(contracts):
        nodes[f"c{at}"] = charts.Node(f"c{at}", f"合同 {contract.contract.number}")
        for part in contract.instalments:
            key = f"c{at}i{part.instalment.position}"
            nodes[key] = charts.Node(key, f"第 {part.instalment.position} 期")
    for level in Level:
        nodes[level.value] = charts.Node(level.value, f"{level.label}已支付")
    used = {key for flow in flows for key in (flow.source, flow.target)}
    look = charts.Look(width=960, height=max(260, 44 * len(used)))
    paid = sum(contract.paid_fen for contract in contracts)
    signed = sum(one.contract.amount_fen for one in contracts)
    columns: tuple[Col[charts.Flow], ...] = (
        Col("of", "从", lambda flow: nodes[flow.source].label),
        Col("to", "到", lambda flow: nodes[flow.target].label),
        Col("fen", "金额", kind=CellKind.MONEY_FEN),
    )
    drawn = [node for key, node in nodes.items() if key in used]
    return chart_of(
        table_of("资金流向", columns, [flow for flow in flows if flow.fen]),
        f"合同 {Money(signed).format()}，已支付 {Money(paid).format()}。",
        lambda title, _: charts.sankey(title, drawn, flows, look=look),
        on_phones=False,
    )


def _flows(lines: Sequence[LineFlow], contracts: Sequence[ContractMoney]) -> Iterator[charts.Flow]:
    for at, contract in enumerate(contracts):
        yield charts.Flow("line", f"c{at}", contract.contract.amount_fen)
        for part in contract.instalments:
            key = f"c{at}i{part.instalment.position}"
            yield charts.Flow(f"c{at}", key, part.instalment.amount_fen)
            for payment in part.payments:
                yield charts.Flow(key, payment.level.value, payment.amount_fen)


def level_table(lines: Sequence[LineFlow]) -> Table:
    """Planned and paid by level of government, for each budget line."""
    fen = CellKind.MONEY_FEN
    columns: tuple[Col[tuple[LineFlow, LevelFlow]], ...] = (
        Col("level", "级次", lambda row: row[1].level.label),
        Col(
            "line",
            "",
            lambda row: f"{row[0].year} 年 {row[0].code} {row[0].name}" if len(lines) > 1 else "",
            where=Where.NOTE,
        ),
        Col("share", "预算下达", lambda row: row[1].appropriated_fen, fen),
        Col("reserved", "计划占用", lambda row: row[1].reserved_fen, fen),
        Col("released", "退回未用", lambda row: row[1].released_fen, fen),
        Col("committed", "合同应付", lambda row: row[1].committed_fen, fen),
        Col("paid", "已支付", lambda row: row[1].paid_fen, fen),
        Col("unpaid", "未支付", lambda row: row[1].unpaid_fen, fen),
    )
    held = [(line, level) for line in lines for level in line.levels]
    return table_of("各级应付与已付", columns, held, empty="还没有占用预算。")


def instalment_table(contract: ContractMoney) -> Table:
    """A contract's instalments with the papers behind each figure."""
    columns: tuple[Col[InstalmentMoney], ...] = (
        Col("position", "期次", lambda part: f"第 {part.instalment.position} 期"),
        Col("trigger", "付款条件", lambda part: part.instalment.trigger.label),
        Col("amount", "应付金额", lambda part: part.instalment.amount_fen, CellKind.MONEY_FEN),
        Col("request", "支付申请", _request_words),
        Col("paid_fen", "已支付", kind=CellKind.MONEY_FEN),
        Col(
            "orders",
            "国库支付令",
            lambda part: (
                tuple(f"{one.level.label} {one.order_number}" for one in part.payments) or "无"
            ),
        ),
        Col("papers", "凭证", _vouchers),
    )
    caption = f"合同 {contract.contract.number} 的分期支付"
    return table_of(caption, columns, contract.instalments, empty="合同还没有分期。")


def _request_words(part: InstalmentMoney) -> str:
    if part.request is None:
        return "尚未申请"
    return f"{part.request.number}，{part.request.state.label}"


def _vouchers(part: InstalmentMoney) -> tuple[Link, ...] | str:
    if part.request is None:
        return "无"
    papers = (
        ("发票", part.request.invoice_document_id),
        ("资金支付单", part.request.sheet_document_id),
    )
    return tuple(Link(words, document_path(paper)) for words, paper in papers if paper) or "无"


def export_table(exports: Sequence[ExportRow]) -> Table:
    """The packages that were taken away."""
    columns: tuple[Col[ExportRow], ...] = (
        Col("at", "导出时间", kind=CellKind.INSTANT),
        Col("by", "导出人"),
        Col("reason", "事由"),
        Col("size", "大小", lambda row: size_words(row.size), CellKind.INTEGER),
        Col(
            "digest",
            "校验码",
            lambda row: Link(short_digest(row.sha256), audit_path("exports", row.id)),
        ),
    )
    return table_of("已导出的审计包", columns, exports, empty="还没有人导出过审计包。")


def export_facts(export: ExportRow) -> tuple[Fact, ...]:
    """What was taken away, with the digest in full."""
    return (
        Fact(
            "项目", Link(f"{export.number} {export.title}", audit_path("projects", export.number))
        ),
        Fact("导出人", export.by),
        Fact("导出时间", export.at),
        Fact("事由", export.reason),
        Fact("文件大小", size_words(export.size)),
        Fact("校验码（SHA-256）", export.sha256),
    )
