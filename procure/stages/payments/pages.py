"""What the pages of payments show, built of queries, gates and policies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Level, Permission
from procure.kernel.clock import local_date
from procure.kernel.day_words import day_in_words
from procure.kernel.deadline_lines import DeadlineLine, Urgency
from procure.kernel.findings import Finding, FindingLevel, note, warn
from procure.kernel.lifecycle import PaymentRequestState, Tone
from procure.kernel.money import Money
from procure.kernel.paths import case_path
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import term_line
from procure.registers.documents.queries import find_paper
from procure.render import charts
from procure.render.sheets import CellKind
from procure.stages.contracts.drafting import percent_words
from procure.stages.delivery.models import Milestone
from procure.stages.payments.checks import is_registered, payee_words
from procure.stages.payments.days import away_words, basis_words
from procure.stages.payments.models import PaymentRequest, SupplierRefund, TreasuryPayment
from procure.stages.payments.queries import (
    InstalmentLine,
    LevelMoney,
    MoneyDossier,
    PaymentRow,
    Reversal,
)
from procure.web.columns import Col, Table, Where, chart_of, table_of
from procure.web.presenters import Badge, Chart, Fact


def address_of(number: str, position: int | str = "") -> str:
    """The address of a project's money, or of one instalment."""
    return case_path(number, "payments", position)


def list_columns(now: datetime) -> tuple[Col[PaymentRow], ...]:
    """The list of requests: what is due when, what was paid by whom under which order."""

    def due_of(row: PaymentRow) -> DeadlineLine | None:
        return term_line(row.term, now) if row.term else None

    def late(row: PaymentRow) -> bool:
        return (due := due_of(row)) is not None and due.urgency is Urgency.LATE

    def each(write: Callable[[TreasuryPayment], str]) -> Callable[[PaymentRow], str]:
        return lambda row: "；".join(map(write, row.payments))

    return (
        Col("number", "申请编号", sort=True),
        Col("project_number", "项目编号", where=Where.FILE),
        Col("title", "项目", sort=True),
        Col("supplier", "承接主体", sort=True),
        Col("position", "期次", lambda row: f"第 {row.position} 期", where=Where.UNDER),
        Col("amount", "金额", lambda row: row.amount_fen, CellKind.MONEY_FEN, sort=True),
        Col("requested", "申请时间", lambda row: row.requested_at, CellKind.INSTANT, sort=True),
        Col("due", "支付期限", due_of, CellKind.DATE, nothing="现在没有期限"),
        Col("late", "已逾期", late, where=Where.FILE),
        Col(
            "first_due",
            "最初的支付期限",
            lambda row: row.first_due_on,
            CellKind.DATE,
            where=Where.FILE,
            sort=True,
        ),
        Col("state", "状态", lambda row: Badge(row.state)),
        Col(
            "paid",
            "付清时间",
            lambda row: row.paid_at,
            CellKind.INSTANT,
            where=Where.FILE,
            sort=True,
        ),
        Col("levels", "各级支付", each(_paid_words), where=Where.FILE),
        Col("orders", "支付令", each(lambda payment: payment.order_number), where=Where.FILE),
        Col("invoice_number", "发票号码", where=Where.FILE),
        Col("invoice_on", "开票日期", kind=CellKind.DATE, where=Where.FILE),
    )


def _paid_words(payment: TreasuryPayment) -> str:
    day = payment.bank_on or local_date(payment.paid_at)
    return f"{payment.level.label} {Money(payment.amount_fen).format()}，{day.isoformat()}"


def standing(line: InstalmentLine) -> Badge:
    """Where an instalment stands: asked for, open to be asked for, or waiting."""
    if line.released_fen:
        return Badge(Tone.DONE, "结算办结，不再支付")
    if not line.payable_fen:
        return Badge(Tone.DONE, "已全部扣减")
    if line.request is not None:
        return Badge(line.request.state)
    if line.gate.ok:
        return Badge(Tone.ACTIVE, "可以申请")
    return Badge(Tone.QUIET, "条件未到")


def waits_for(line: InstalmentLine, actor: Actor) -> str:
    """In words: when the money comes and what it waits for; providers read their own part."""
    request = line.request
    if line.released_fen:
        return line.gate.reason
    if request is None and line.gate.ok:
        own = actor.may(Permission.PAYMENT_REQUEST)
        return "条件已具备，请提出付款申请。" if own else "条件已具备，等待承接主体申请。"
    if request is None:
        return line.gate.reason
    words = {
        PaymentRequestState.SUBMITTED: "采购人正在核对，核对后报负责人批准。",
        PaymentRequestState.RETURNED: f"已退回，补正后重新申请：{request.returned_reason}"
        f"{_first_date(request)}",
        PaymentRequestState.REVIEWED: "采购人已核对，等待负责人批准。",
        PaymentRequestState.APPROVED: "采购人已批准，等待国库支付。",
        PaymentRequestState.PAID: "款项已全部支付。",
        PaymentRequestState.CANCELLED: "合同已经办结，这笔申请不再办理。",
    }
    return words[request.state]


def _first_date(request: PaymentRequest) -> str:
    if request.first_due_on is None:
        return ""
    return f"　最初应于{day_in_words(request.first_due_on)}前支付，补正期间暂停计算。"


def days_facts(line: InstalmentLine, today: date) -> tuple[Fact, ...]:
    """From when the payer's days run and why, the first last day, and what each return held up."""
    request = line.request
    if request is None or request.days_from is None or request.first_due_on is None:
        return ()
    away = away_words(request, line.days_away(today))
    first = Fact(
        "最初的支付期限", request.first_due_on, basis_words(request, line.instalment.trigger)
    )
    returns = tuple(
        Fact(
            f"第 {number} 次退回",
            one.returned_at,
            f"{one.kind.label}：{one.reason}　"
            + ("还没有补正" if one.resubmitted_at is None else "已补正"),
        )
        for number, one in enumerate(line.returns, start=1)
    )
    return (first, *returns, *((Fact("现在的支付期限", away),) if away else ()))


def pay_line(line: InstalmentLine, now: datetime) -> DeadlineLine | None:
    """Until when the payer has to pay, with the arithmetic."""
    return None if line.term is None else term_line(line.term, now)


def due_lines(dossier: MoneyDossier, now: datetime) -> tuple[DeadlineLine, ...]:
    """The dates by which something still has to be paid.

    What is paid needs no line of its own: its instalment says so.
    """
    return tuple(
        term_line(line.term, now)
        for line in dossier.lines
        if line.term is not None and line.term.status is TermStatus.RUNNING
    )


def instalment_table(dossier: MoneyDossier, actor: Actor, now: datetime) -> Table:
    """The instalments, each leading to its page."""
    number = dossier.contract.project.number
    columns: tuple[Col[InstalmentLine], ...] = (
        Col("position", "期次", lambda line: f"第 {line.instalment.position} 期"),
        Col(
            "waits",
            "",
            lambda line: (
                _paid_out(line) or f"{_less(line)}。{waits_for(line, actor)}".removeprefix("。")
            ),
            where=Where.NOTE,
        ),
        Col("trigger", "付款条件", lambda line: line.instalment.trigger.label),
        Col("payable_fen", "金额", kind=CellKind.MONEY_FEN),
        Col("state", "现在", standing),
        Col("paid_fen", "已支付", kind=CellKind.MONEY_FEN),
        Col("due", "支付期限", lambda line: pay_line(line, now) or _no_date(line)),
    )
    return table_of(
        "分期付款",
        columns,
        dossier.lines,
        lambda line: address_of(number, line.instalment.position),
    )


def _paid_out(line: InstalmentLine) -> str:
    """Which level paid what by which order."""
    return "；".join(
        f"{one.level.label} {Money(one.amount_fen).format()}，支付令 {one.order_number}"
        for one in line.payments
    )


def _no_date(line: InstalmentLine) -> str:
    """What stands where a last day would, while none runs."""
    return "补正期间暂停计算" if line.request is not None else "条件具备后起算"


def share_table(dossier: MoneyDossier) -> Table:
    """What each level carries of the contract, paid and still to pay."""
    columns: tuple[Col[LevelMoney], ...] = (
        Col("level", "级次", lambda one: one.level.label),
        Col("share_fen", "承担合同金额", kind=CellKind.MONEY_FEN),
        Col("paid_fen", "已支付", kind=CellKind.MONEY_FEN),
        Col("unpaid_fen", "尚未支付", kind=CellKind.MONEY_FEN),
    )
    return table_of("各级财政承担", columns, _levels(dossier))


def _levels(dossier: MoneyDossier) -> list[LevelMoney]:
    return [dossier.of_level(share.level) for share in dossier.shares]


def _less(line: InstalmentLine) -> str:
    return f"扣减 {Money(line.deducted_fen).format()} 以后的应付金额" if line.deducted_fen else ""


def _proof(payment: TreasuryPayment) -> str:
    """What had to be shown for a payment out of the ordinary."""
    quota = f"指标文号 {payment.quota_number}" if payment.quota_number else ""
    received = f"拨款文号 {payment.received_number}" if payment.received_number else ""
    year = f"跨年度支付：{payment.year_reason}" if payment.year_reason else ""
    return "　".join(words for words in (quota, received, year) if words)


def reversal_facts(dossier: MoneyDossier, reversal: Reversal) -> tuple[Fact, ...]:
    """A payment that was, or is to be, taken back: by whom, why, what another said."""
    payment, row = reversal.payment, reversal.row
    kind = row.kind.label
    share = f"{payment.level.label} {Money(payment.amount_fen).format()}"
    facts = (
        Fact(kind, share, f"支付令 {payment.order_number}"),
        Fact(f"{kind}理由", row.reason, f"凭证 {row.reference}，{day_in_words(row.bank_on)}"),
        Fact(f"{kind}申请", row.proposed_at, dossier.name(row.proposed_by)),
    )
    if row.decided_at is None:
        return (*facts, Fact(f"{kind}确认", "等待另一人确认"))
    said = "同意" if row.confirmed else "不同意"
    note = f"{dossier.name(row.decided_by)}　{said}　{row.decision_note}".strip()
    return (*facts, Fact(f"{kind}确认", row.decided_at, note))


def flow_chart(dossier: MoneyDossier) -> Chart | None:
    """Money from the levels through the contract into the instalments, drawn."""
    nodes = [charts.Node("contract", "合同")]
    flows = []
    for share in dossier.shares:
        nodes.append(charts.Node(share.level, share.level.label))
        flows.append(charts.Flow(share.level, "contract", share.amount_fen))
    for line in dossier.lines:
        key = f"instalment{line.instalment.position}"
        nodes.append(charts.Node(key, f"第 {line.instalment.position} 期"))
        flows.append(charts.Flow("contract", key, line.instalment.amount_fen))
    total, paid, off = (
        Money(fen) for fen in (dossier.contract.amount_fen, dossier.paid_fen, dossier.deducted_fen)
    )
    less = f"验收扣减 {off.format()}，" if off.fen else ""
    return chart_of(
        replace(share_table(dossier), caption="资金流向"),
        f"合同金额 {total.format()}，已支付 {paid.format()}，{less}"
        f"尚未支付 {Money(dossier.unpaid_fen).format()}。",
        lambda title, look: charts.sankey(title, nodes, flows, look=look),
        on_phones=False,
    )


def money_facts(dossier: MoneyDossier) -> tuple[Fact, ...]:
    """The figures that matter, and the account the contract names."""
    contract = dossier.contract
    total, paid = Money(contract.amount_fen), Money(dossier.paid_fen)
    off = Money(dossier.deducted_fen)
    account = f"{contract.payee_bank} {contract.payee_account}"
    return (
        Fact("预算", dossier.line.name, f"预算编码 {dossier.line.code}"),
        Fact("合同", contract.number, href=case_path(contract.project.number, "contract")),
        Fact("合同金额", total),
        Fact("已支付", paid),
        *((Fact("验收扣减", off),) if off.fen else ()),
        *claim_facts(dossier),
        *((Fact("结算退回预算", Money(dossier.released_fen)),) if dossier.released_fen else ()),
        Fact("尚未支付", Money(dossier.unpaid_fen)),
        Fact("付款单位", contract.buyer.name),
        Fact("收款单位", contract.supplier.name),
        Fact("收款账户", account, "合同约定的账户，申请和支付时不能更改"),
    )


def claim_facts(dossier: MoneyDossier) -> tuple[Fact, ...]:
    """What the acceptance claims back, and what of it has come."""
    if not dossier.facts.claimed_fen:
        return ()
    left = Money(dossier.claim_left_fen)
    note = f"尚未退回 {left.format()}" if left.fen else "已全部退回"
    return (
        Fact("验收要求退回", Money(dossier.facts.claimed_fen), note),
        *(
            Fact(
                "退回款项",
                Money(one.amount_fen),
                f"银行收款 {day_in_words(one.bank_on)}，凭证 {one.reference}，{_said_of(dossier, one)}",
            )
            for one in dossier.refunds
        ),
    )


def _said_of(dossier: MoneyDossier, refund: SupplierRefund) -> str:
    asked = f"{dossier.name(refund.proposed_by)}登记"
    if refund.decided_at is None:
        return f"{asked}，等待另一人确认"
    said = "确认" if refund.confirmed else f"不同意：{refund.decision_note}"
    return f"{asked}，{dossier.name(refund.decided_by)}{said}"


def request_facts(
    session: Session, dossier: MoneyDossier, line: InstalmentLine, actor: Actor, now: datetime
) -> tuple[Fact, ...]:
    """One instalment and its request."""
    instalment, request = line.instalment, line.request
    facts = [
        Fact("金额", Money(instalment.amount_fen)),
        *_deduction_facts(line),
        *_asked_before(line),
        Fact("付款条件", instalment.trigger.label),
        Fact("现在", standing(line), waits_for(line, actor)),
    ]
    if line.gate.ok:
        facts.append(Fact("条件依据", dossier.evidence(line)))
    if request is None:
        return tuple(facts)
    invoice = find_paper(session, request.invoice_document_id)
    facts += [
        Fact("申请编号", request.number),
        Fact("发票号码", request.invoice_number),
        Fact("开票日期", request.invoice_on),
        Fact("发票金额", _read_off(request)),
        Fact("发票文件", invoice),
        Fact("用途", request.purpose),
        Fact("收到发票日期", request.invoice_received_on or request.requested_at),
        Fact("申请", request.requested_at, dossier.name(request.requested_by)),
        *days_facts(line, local_date(now)),
    ]
    if request.returned_reason and request.state is PaymentRequestState.SUBMITTED:
        facts.append(Fact("国库退回", request.returned_reason))
    facts += [
        Fact(
            check.item.label,
            check.expected,
            f"{dossier.name(check.checked_by)}核对无误。{check.evidence}",
        )
        for check in line.checks
    ]
    if request.reviewed_at is not None:
        note = f"{dossier.name(request.reviewed_by)}　{request.review_note}".strip()
        facts.append(Fact("核对", request.reviewed_at, note))
    if request.approved_at is not None:
        note = f"{dossier.name(request.approved_by)}　{request.approval_note}".strip()
        facts.append(Fact("批准", request.approved_at, note))
    for reversal in line.reversals:
        facts += reversal_facts(dossier, reversal)
    return tuple(facts)


def _asked_before(line: InstalmentLine) -> tuple[Fact, ...]:
    """What a request that was sent back asked for, where there is less to pay by now."""
    request = line.request
    if request is None or request.state is not PaymentRequestState.RETURNED:
        return ()
    if request.amount_fen == line.payable_fen:
        return ()
    now = f"现在应付 {Money(line.payable_fen).format()}，补正时按现在的金额开具发票"
    return (Fact("原来申请", Money(request.amount_fen), now),)


def _deduction_facts(line: InstalmentLine) -> tuple[Fact, ...]:
    if not line.deducted_fen:
        return ()
    return (
        Fact("验收扣减", Money(line.deducted_fen), "验收部分合格，扣减的资金退回预算"),
        Fact("本期应付", Money(line.payable_fen)),
    )


def findings(dossier: MoneyDossier, line: InstalmentLine) -> list[Finding]:
    """What the clerk's check says by itself (R-FND-2, R-FND-3)."""
    request = line.request
    assert request is not None
    found = [
        _finding(line.gate.ok, "付款条件已具备。", line.gate.reason),
        _finding(
            bool(dossier.contract.filing_number),
            f"合同已公告并备案，备案号 {dossier.contract.filing_number}。",
            "合同还没有备案。",
        ),
        _finding(
            request.amount_fen == line.payable_fen,
            f"申请金额与合同第 {line.instalment.position} 期{_less(line)}一致。",
            "申请金额与合同约定的本期金额不一致。",
        ),
        _finding(
            dossier.paid_fen + request.amount_fen <= dossier.contract.amount_fen,
            "累计支付不超过合同金额。",
            "累计支付会超过合同金额。",
        ),
    ]
    found.append(
        _finding(
            is_registered(dossier.contract),
            "收款账户为合同约定账户，与机构登记的账户一致。",
            f"收款账户与机构登记的不一致：{payee_words(dossier.contract)}。",
            FindingLevel.WARN,
        )
    )
    if line.gate.ok and not line.release.ok:
        found.append(warn(line.release.reason))
    return found


def _finding(holds: bool, good: str, bad: str, level: FindingLevel = FindingLevel.BLOCK) -> Finding:
    return note(good) if holds else Finding(level, bad)


def _read_off(request: PaymentRequest) -> Money | str:
    fen = request.invoice_amount_fen
    return "申请时没有填写" if fen is None else Money(fen)


def milestone_facts(milestone: Milestone) -> tuple[Fact, ...]:
    """The milestone that money waits for."""
    return (
        Fact("履约节点", milestone.title),
        Fact("应完成日期", milestone.due_on),
        Fact("现在", Badge(milestone.state)),
    )


def subject_ids(dossier: MoneyDossier) -> list[str]:
    """The requests whose papers belong to the page."""
    return [line.request.id for line in dossier.lines if line.request is not None]


def plan_table(line: InstalmentLine) -> Table:
    """What each level pays of an instalment."""
    levels = [level for level, fen in line.plan.items() if fen]
    percents = dict(zip(levels, percent_words([line.plan[one] for one in levels]), strict=True))
    paid = {payment.level: payment for payment in line.payments}

    def of_payment(what: Callable[[TreasuryPayment], object]) -> Callable[[Level], object]:
        return lambda level: what(paid[level]) if level in paid else "尚未支付"

    columns: tuple[Col[Level], ...] = (
        Col("level", "级次", lambda level: level.label),
        Col(
            "proof",
            "",
            lambda level: _proof(paid[level]) if level in paid else "",
            where=Where.NOTE,
        ),
        Col("percent", "比例", lambda level: f"{percents[level]}%", CellKind.DECIMAL),
        Col("amount", "本期应付", lambda level: line.plan[level], CellKind.MONEY_FEN),
        Col("order", "支付令", of_payment(lambda payment: payment.order_number)),
        Col("bank", "银行付款日期", of_payment(lambda payment: payment.bank_on or "没有登记")),
        Col("paid", "登记时间", of_payment(lambda payment: payment.paid_at)),
    )
    return table_of("各级支付", columns, levels)
