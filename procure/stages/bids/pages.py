"""What the pages of a bid show: frozen values made of rows, content and verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from procure.kernel.case_lines import Paper
from procure.kernel.clock import local_date
from procure.kernel.day_words import instant_words
from procure.kernel.deadline_lines import DeadlineLine, deadline_line
from procure.kernel.errors import Verdict
from procure.kernel.laws import cite
from procure.kernel.lifecycle import Audience, BidState, TenderState, Tone
from procure.kernel.methods import told_in, words_of
from procure.kernel.money import Money, capitals
from procure.kernel.phrases import points_in_words, spoken
from procure.kernel.vocabulary import PriceWay, ProcurementMethod
from procure.render import charts
from procure.render.sheets import CellKind
from procure.stages.bids import check
from procure.stages.bids.content import BidContent, Draft
from procure.stages.bids.models import Bid, BidVersion
from procure.stages.bids.queries import OpenedRow, ShutOutRow, TenderCase, VersionRow
from procure.stages.tenders.content import lines_of
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import ENDED
from procure.web.columns import Col, Table, chart_of, table_of
from procure.web.presenters import (
    Answer,
    AnswerSection,
    Badge,
    Chart,
    Fact,
    Link,
    Quantity,
    Section,
    short_digest,
)

NOTHING = "未填写"


def bid_deadline(case: TenderCase, now: datetime) -> DeadlineLine:
    """The deadline of a tender as a line; bids are taken before the instant, not at it."""
    due = case.tender.deadline_at
    assert due is not None
    return deadline_line(
        local_date(due),
        now,
        label=words_of(case.tender.method).deadline,
        at=due,
        rule=cite("late", case.tender.method),
    )


def state_badge(bid: Bid | None, tender: Tender) -> Badge:
    """The own bid's state in the supplier's words; a purchase that ended tells of itself."""
    if bid is None:
        return Badge(Tone.QUIET, "尚未参加")
    return bid_badge(bid.state, tender.state, tender.method)


def bid_badge(state: BidState, tender_state: TenderState, method: ProcurementMethod) -> Badge:
    """The same of a bid that is known by its state alone."""
    if tender_state in ENDED:
        ended = words_of(method).failed if tender_state is TenderState.FAILED else "已终止"
        sealed = "，没有拆封" if state is BidState.SUBMITTED else ""
        return Badge(Tone.STOPPED, f"{ended}{sealed}")
    return Badge(state, audience=Audience.SUPPLIER)


def is_ahead_of_seal(draft: Draft) -> bool:
    """Whether the draft was changed after the last version was sealed."""
    return draft.sealed is not None and draft.sealed != draft.present


def unsent_change(version: BidVersion) -> str:
    """What a person is told whose draft is newer than what lies sealed."""
    return f"有修改未提交，目前有效的是 {instant_words(version.received_at)} 封存的第 {version.number} 版"


def sections(
    base: str, case: TenderCase, content: BidContent, credit_code: str | None
) -> tuple[Section, ...]:
    """The task list; `base` is the address of the bid, `credit_code` the bidder's."""
    return tuple(
        Section(
            section.title,
            f"{base}/{section.key}",
            check.section_state(section, content, case.tender, case.criteria, credit_code),
        )
        for section in check.SECTIONS
    )


def answers(
    case: TenderCase, content: BidContent, deduction: Verdict, base: str = ""
) -> tuple[AnswerSection, ...]:
    """Everything a bid says, as it will stand in the envelope; `base` adds the ways to change it."""

    def change(section: check.BidSection) -> str:
        return f"{base}/{section.key}" if base else ""

    return (
        AnswerSection(
            check.OFFER.title, tuple(_offer(case, content, deduction)), change(check.OFFER)
        ),
        AnswerSection(
            check.PROPOSAL.title, tuple(_proposal(case, content)), change(check.PROPOSAL)
        ),
        AnswerSection(
            check.STATEMENT.title,
            (Answer("声明", tuple(content.stated) or "尚未声明"),),
            change(check.STATEMENT),
        ),
        AnswerSection(check.TEAM.title, tuple(_team(content)), change(check.TEAM)),
    )


def _offer(case: TenderCase, content: BidContent, deduction: Verdict) -> list[Answer]:
    price = content.price_fen
    found = [
        Answer("报价方式", case.tender.price_way.label),
        Answer("报价（总价）", NOTHING if price is None else Money(price)),
        Answer("大写", NOTHING if price is None else capitals(Money(price))),
    ]
    if case.tender.price_way is PriceWay.RATIO_TO_MAX:
        hours = content.hours
        found.append(
            Answer("承诺的年度服务工时", NOTHING if hours is None else Quantity(hours, "小时"))
        )
    claimed = "申请" if content.claims_deduction else "不申请"
    found.append(Answer("小微企业价格扣除", claimed if deduction.ok else deduction.reason))
    return found


def _proposal(case: TenderCase, content: BidContent) -> list[Answer]:
    found = [Answer("总体服务方案", content.proposal or NOTHING)]
    for place, criterion in enumerate(case.criteria):
        said = content.answers[place] if place < len(content.answers) else ""
        found.append(Answer(f"响应：{criterion.name}", said or NOTHING))
    return found


def _team(content: BidContent) -> list[Answer]:
    files = tuple(
        Paper(
            file.name,
            "投标附件",
            file.size,
            file.sha256,
            note=file.reception.words,
            original=file.reception.original_sha256,
        )
        for file in content.files
    )
    return [
        Answer("项目负责人", content.project_manager or NOTHING),
        Answer("资质和经验", content.manager_experience or NOTHING),
        Answer("附件", files or "没有附件"),
    ]


def version_facts(version: VersionRow) -> tuple[Fact, ...]:
    """What a person keeps of a receipt."""
    return (
        Fact("回执编号", spoken(str(version.sealed.receipt["receipt_id"]))),
        Fact("提交次数", f"第 {version.sealed.number} 版"),
        Fact("接收时间", version.sealed.received_at, note="以平台服务器时间为准，记到微秒"),
        Fact("提交人", version.received_from),
    )


def proof_facts(version: VersionRow) -> tuple[Fact, ...]:
    """What a receipt is checked by."""
    return (
        Fact("密封件校验码", version.sealed.sha256, note="SHA-256"),
        Fact("平台签名", version.sealed.signature, note="Ed25519"),
        Fact("存证位置", version.event_hash or "已登记"),
    )


def _asked(note: ShutOutRow) -> str:
    if note.is_loss:
        return "提交的密封件由平台丢失，没有能够拆封"
    return "撤回投标" if note.is_withdrawal else "提交投标"


def shut_out_facts(note: ShutOutRow, method: ProcurementMethod) -> tuple[Fact, ...]:
    """What the signed note says, in words."""
    said = note.note
    facts = (
        Fact("说明编号", spoken(note.note_id)),
        Fact("事项", _asked(note)),
        Fact("送达时间", note.received_at, note="以平台服务器时间为准"),
        Fact("投标截止时间", note.deadline_at),
        Fact("开标时间", note.opened_at or told_in(method, "没有开标")),
        Fact("开标时拆封", "先前提交的版本" if said["earlier_version_opened"] else "没有拆封"),
        Fact("投标文件校验码", str(said["draft_sha256"]), note="SHA-256，平台保存的加密草稿"),
        Fact("平台签名", note.signature, note="Ed25519"),
    )
    return tuple(replace(one, label=told_in(method, one.label)) for one in facts)


def version_table(base: str, versions: Sequence[VersionRow], bid: Bid | None) -> Table:
    """All sealed versions; of a bid taken back, none will be opened."""
    newest = versions[0].sealed.number if versions else 0
    stands = "已撤回，不会拆封" if is_unsent(bid) else "最后提交的版本"

    def receipt(version: VersionRow) -> Link:
        return Link(
            f"第 {version.sealed.number} 版的回执", f"{base}/receipts/{version.sealed.number}"
        )

    columns: tuple[Col[VersionRow], ...] = (
        Col("number", "版本", receipt),
        Col(
            "received_at",
            "接收时间",
            lambda version: version.sealed.received_at,
            CellKind.INSTANT,
        ),
        Col("digest", "密封件校验码", lambda version: short_digest(version.sealed.sha256)),
        Col(
            "standing",
            "说明",
            lambda version: stands if version.sealed.number == newest else "已被替换，不会拆封",
        ),
    )
    return table_of("已封存的版本", columns, versions)


def opened_table(rows: Sequence[OpenedRow], caption: str) -> Table:
    """The opened bids."""
    columns: tuple[Col[OpenedRow], ...] = (
        Col("supplier", "供应商", lambda row: row.supplier.name),
        Col(
            "price",
            "报价",
            lambda row: row.opened.price_fen,
            CellKind.MONEY_FEN,
            nothing="未能打开",
        ),
        Col(
            "hours",
            "承诺工时",
            lambda row: None if row.opened.hours is None else Quantity(row.opened.hours, "小时"),
            CellKind.INTEGER,
            nothing="不涉及",
        ),
        Col("received_at", "接收时间", kind=CellKind.INSTANT),
        Col("seal", "密封情况", lambda row: row.opened.damage, nothing="密封完好"),
    )
    return table_of(caption, columns, rows)


def damage_table(damaged: Sequence[Mapping[str, Any]]) -> Table:
    """Damaged envelopes; whose they are stays sealed until the opening."""
    columns: tuple[Col[Mapping[str, Any]], ...] = (
        Col("receipt", "回执编号", lambda one: spoken(one["receipt"])),
        Col("received", "接收时间", lambda one: datetime.fromisoformat(one["received_at"])),
        Col("digest", "密封件校验码", lambda one: short_digest(one["sha256"])),
        Col("damage", "损坏情况", lambda one: one["damage"]),
    )
    return table_of("损坏或者找不到的密封件", columns, damaged)


def price_chart(rows: Sequence[OpenedRow], tender: Tender) -> Chart | None:
    """The prices side by side under the ceiling; None where there is nothing to draw them with.

    Nor where the price is fixed: all bars would be alike.
    """
    if tender.price_way is not PriceWay.LOW_PRICE_FIRST:
        return None
    priced = [
        (row.supplier.name, Money(row.opened.price_fen))
        for row in rows
        if row.opened.price_fen is not None
    ]
    if not priced:
        return None
    ceiling = Money(tender.ceiling_fen)
    prices = [price for _, price in priced]
    columns: tuple[Col[tuple[str, Money]], ...] = (
        Col("supplier", "供应商", lambda row: row[0]),
        Col("price", "报价", lambda row: row[1], CellKind.MONEY_FEN),
        Col("beside", "与最高限价相比", lambda row: _beside(row[1], ceiling), CellKind.DECIMAL),
    )
    return chart_of(
        table_of("各投标人的报价", columns, priced),
        f"{len(priced)} 份报价，最低 {min(prices).format()}，最高 {max(prices).format()}；"
        f"虚线是最高限价 {ceiling.format()}，采购预算 {Money(tender.budget_fen).format()}。",
        lambda title, look: charts.bars(
            title,
            [name for name, _ in priced],
            [charts.Series("报价", [_yuan(price) for price in prices])],
            unit="元",
            limit=charts.Limit("最高限价", _yuan(ceiling)),
            look=look,
        ),
    )


def _yuan(amount: Money) -> Decimal:
    return Decimal(amount.fen).scaleb(-2)


def _beside(price: Money, ceiling: Money) -> str:
    if price == ceiling:
        return "与最高限价相同"
    if price > ceiling:
        return f"高于最高限价 {(price - ceiling).format()}"
    return f"低于最高限价 {(ceiling - price).format()}"


def is_unsent(bid: Bid | None) -> bool:
    """Whether there is a bid that the buyer will not get as things stand."""
    return bid is not None and bid.state in (BidState.DRAFT, BidState.WITHDRAWN)


def asked_for(case: TenderCase) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the tender document demands of a bid and scores it by, to be kept in view beside it."""
    factors = tuple(
        f"{one.name}，{points_in_words(one.points)} 分"
        + (f"：{one.evidence}" if one.evidence else "")
        for one in case.criteria
    )
    asked = (
        ("资格要求", lines_of(case.tender.qualification)),
        ("实质性要求", lines_of(case.tender.starred)),
        ("评分因素和证明材料", factors),
    )
    return tuple((title, lines) for title, lines in asked if lines)
