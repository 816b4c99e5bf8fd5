"""What the pages of acceptance show, built of queries and policies."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import segno
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import PersonLine
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.findings import SectionState
from procure.kernel.lifecycle import AcceptanceState, Audience, Tone
from procure.kernel.money import Money
from procure.kernel.paths import case_path, notice_path
from procure.kernel.phrases import points_in_words
from procure.kernel.vocabulary import Outcome
from procure.registers.deadlines.queries import running_for, term_line
from procure.render import charts
from procure.render.sheets import CellKind
from procure.stages.acceptance import queries
from procure.stages.acceptance.models import (
    Acceptance,
    AcceptanceItem,
    AcceptanceMember,
    AcceptanceRectification,
    AcceptanceResult,
    AcceptanceStandard,
)
from procure.stages.acceptance.opinions import QUESTIONS, Question, percent_words
from procure.stages.acceptance.paper import (
    agreement_words,
    conclusion_words,
    period_words,
    verdict_words,
)
from procure.stages.acceptance.queries import AcceptanceDossier, SlipRow
from procure.stages.delivery.progress import TargetProgress
from procure.stages.evaluation.events import name_of
from procure.web.columns import Col, Table, Where, chart_of, table_of
from procure.web.presenters import Badge, Chart, Fact, Quantity, Section


def address_of(number: str) -> str:
    """The address of a project's acceptance."""
    return case_path(number, "acceptance")


def audience_of(dossier: AcceptanceDossier, actor: Actor) -> Audience:
    """On which side the reader stands."""
    own = actor.organisation_id == dossier.contract.supplier_id
    return Audience.SUPPLIER if own else Audience.BUYER


def badge_of(dossier: AcceptanceDossier, actor: Actor) -> Badge:
    """Where the acceptance stands, worded for the reader."""
    if dossier.acceptance is None:
        return Badge(Tone.QUIET, "尚未启动")
    if dossier.result is not None and dossier.result.outcome is Outcome.PARTIAL:
        published = dossier.acceptance.state is AcceptanceState.PUBLISHED
        tone = Tone.DONE if published else Tone.WAITING
        return Badge(tone, f"部分合格，{'已' if published else '待'}公告")
    return Badge(dossier.acceptance.state, audience=audience_of(dossier, actor))


def head_facts(dossier: AcceptanceDossier, *, shown: bool) -> tuple[Fact, ...]:
    """What the acceptance is about and, for readers who may see it, what came of it."""
    contract, acceptance, final = dossier.contract, dossier.acceptance, dossier.final
    facts = [
        Fact("合同", contract.number, contract.supplier.name),
        Fact("履行期限", period_words(dossier)),
    ]
    if final is not None and final.grade is not None and final.confirmed_at is not None:
        words = f"{points_in_words(final.total_points or 0)} 分，{final.grade.label}"
        facts.append(Fact(name_of(final.kind, final.round), words))
    if dossier.application is not None:
        facts.append(
            Fact("验收申请", dossier.application.applied_at, dossier.application.statement)
        )
    if acceptance is None:
        return tuple(facts)
    facts.append(Fact("启动", acceptance.opened_at, dossier.name(acceptance.opened_by)))
    if shown:
        facts.append(Fact("服务对象意见", dossier.opinion.words))
    if shown and acceptance.decided_at is not None:
        facts.append(Fact("作出结论", acceptance.decided_at, dossier.name(acceptance.decided_by)))
        facts.append(Fact("结论说明", acceptance.conclusion))
    if shown and dossier.result is not None and dossier.result.outcome is not Outcome.REFUSED:
        facts.append(Fact("验收结论", conclusion_words(dossier)))
        facts += _result_facts(dossier.result)
    if shown and acceptance.low_response_reason:
        facts.append(Fact("答复率不足的说明", acceptance.low_response_reason))
    facts += _rectification_facts(dossier, acceptance)
    if dossier.notice_number:
        href = notice_path(dossier.notice_number)
        facts.append(Fact("验收结果公告", dossier.notice_number, href=href))
    return tuple(facts)


def _rectification_facts(dossier: AcceptanceDossier, acceptance: Acceptance) -> list[Fact]:
    """What was to be put right till when, and what the provider reported."""
    facts = []
    if acceptance.state in (AcceptanceState.NOT_PASSED, AcceptanceState.RECTIFIED):
        facts = [
            Fact("整改要求", acceptance.rectification_demand),
            Fact("整改期限", acceptance.rectify_by),
        ]
    return facts + [
        Fact(f"第 {one.round} 次验收后的整改情况", one.report, _returned(one))
        for one in dossier.rectifications
    ]


def _returned(one: AcceptanceRectification) -> str:
    return f"已退回：{one.returned_reason}" if one.returned_reason else ""


def _result_facts(result: AcceptanceResult) -> list[Fact]:
    """What a partial result takes off and why, and why it was passed against a member."""
    facts = []
    if result.shortfalls and result.deduction_reason:
        sums = (("扣减金额", result.deduction_fen), ("要求退回的金额", result.claim_fen))
        facts = [
            Fact("没有达到约定", "".join(result.shortfalls)),
            *(Fact(name, Money(fen), result.deduction_rule) for name, fen in sums if fen),
            Fact("计算过程", result.deduction_reason),
            *_reckoned_facts(result),
        ]
    if result.dissent_reason:
        facts.append(Fact("有不同意见仍然通过的理由", result.dissent_reason))
    return facts


def _reckoned_facts(result: AcceptanceResult) -> list[Fact]:
    """What the missing quantities come to, and why less was taken."""
    if not result.reckoned_fen:
        return []
    facts = [Fact("按数量计算", Money(result.reckoned_fen), "".join(result.reckoning))]
    return facts + ([Fact("少扣的理由", result.below_reason)] if result.below_reason else [])


def sections(dossier: AcceptanceDossier) -> tuple[Section, ...]:
    """The accepter's task list."""
    acceptance = dossier.acceptance
    if acceptance is None or acceptance.state is not AcceptanceState.COLLECTING:
        return ()
    base = address_of(dossier.contract.project.number)
    opinion = dossier.opinion
    heard = SectionState.DONE if opinion.is_enough else SectionState.DOING
    return (
        Section(
            "服务对象意见",
            f"{base}/opinions",
            heard if opinion.answered else SectionState.NOT_STARTED,
            f"抽样 {opinion.sampled:,} 人，已答复 {opinion.answered:,} 人，"
            f"答复率 {percent_words(opinion.response)}",
        ),
        Section(
            "逐项核验服务目标和服务标准",
            f"{base}/items",
            SectionState.DONE if dossier.items else SectionState.NOT_STARTED,
            f"服务目标 {len(dossier.targets)} 项，服务标准 {len(dossier.agreed.standards)} 项",
        ),
        Section(
            "验收小组和意见",
            f"{base}/group",
            SectionState.DONE if dossier.members else SectionState.NOT_STARTED,
            f"已登记 {len(dossier.members)} 人" if dossier.members else "至少一名外部专家",
        ),
    )


def deadlines(session: Session, page: AcceptanceDossier, now: datetime) -> tuple[DeadlineLine, ...]:
    """The running terms of the acceptance; before it has begun, those of the provider's request."""
    if page.acceptance is None:
        terms = running_for(session, [page.contract.id])
        return tuple(term_line(term, now) for term in terms if term.rule == queries.TERM_RULE)
    return tuple(term_line(term, now) for term in running_for(session, [page.acceptance.id]))


def item_table(dossier: AcceptanceDossier) -> Table:
    """The targets with what was judged."""
    columns: tuple[Col[AcceptanceItem], ...] = (
        Col("what", "服务目标"),
        Col(
            "promised",
            "合同约定",
            lambda item: Quantity(item.promised, item.unit),
            CellKind.INTEGER,
        ),
        Col(
            "delivered",
            "验收确认",
            lambda item: Quantity(item.delivered, item.unit),
            CellKind.INTEGER,
        ),
        Col("verdict", "结论", verdict_words),
        Col("note", "说明", nothing="没有"),
    )
    return table_of("逐项验收", columns, dossier.items, empty="还没有核验。")


def target_table(dossier: AcceptanceDossier) -> Table:
    """The targets with what the records say."""
    columns: tuple[Col[TargetProgress], ...] = (
        Col("what", "服务目标"),
        Col("condition", "", lambda row: row.condition, where=Where.NOTE),
        Col("promised", "合同约定", lambda row: Quantity(row.total, row.unit), CellKind.INTEGER),
        Col("accepted", "已核实", lambda row: Quantity(row.accepted, row.unit), CellKind.INTEGER),
        Col("pending", "待核实", lambda row: Quantity(row.pending, row.unit), CellKind.INTEGER),
    )
    return table_of("服务目标和记录", columns, dossier.targets)


def member_table(dossier: AcceptanceDossier) -> Table:
    """The acceptance group with its comments."""
    columns: tuple[Col[AcceptanceMember], ...] = (
        Col("name", "姓名", lambda one: PersonLine(one.name, role=one.title)),
        Col("seat", "身份", lambda one: one.seat.label),
        Col("unit", "单位"),
        Col(
            "agrees",
            "是否同意",
            lambda one: "没有表态" if one.agrees is None else agreement_words(one),
        ),
        Col("comment", "验收意见"),
        Col("signed", "签署", lambda one: _signature_words(dossier, one)),
    )
    return table_of("验收小组", columns, dossier.members, empty="还没有登记。")


def _signature_words(dossier: AcceptanceDossier, member: AcceptanceMember) -> str:
    acceptance = dossier.acceptance
    if acceptance is None or acceptance.certificate_document_id is None:
        return "验收书生成后签署"
    if member in dossier.missing.members:
        return "待归档签字件" if member in dossier.missing.on_paper else "待在平台签署"
    by_account = {one.signed_by for one in dossier.signatures if one.signed_by}
    return "已在平台签署" if member.user_id in by_account else "签字件已归档"


def opinion_chart(dossier: AcceptanceDossier) -> Chart | None:
    """The mean of each question; None before anybody answered."""
    opinion = dossier.opinion
    if not opinion.answered:
        return None
    means = list(zip(QUESTIONS, opinion.by_question, strict=True))
    columns: tuple[Col[tuple[Question, Decimal]], ...] = (
        Col("question", "问题", lambda row: row[0].words),
        Col("score", "平均得分", lambda row: Quantity(row[1], "分"), CellKind.DECIMAL),
    )
    return chart_of(
        table_of("服务对象意见各项得分", columns, means),
        f"{opinion.answered:,} 人答复，各题满分 100 分，数字是平均分。",
        lambda title, look: charts.bars(
            title,
            [question.label for question, _ in means],
            [charts.Series("平均得分", [score for _, score in means])],
            unit="分",
            full=100,
            look=look,
        ),
        differs=len(set(opinion.by_question)) > 1,
    )


def code_drawing(address: str) -> str:
    """An address as a QR code, drawn inline."""
    drawing: str = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2)
    return drawing


def standard_table(dossier: AcceptanceDossier) -> Table:
    """The service standards with what was found."""
    columns: tuple[Col[AcceptanceStandard], ...] = (
        Col("standard", "服务标准"),
        Col("verdict", "结论", lambda one: "符合" if one.passed else "不符合"),
        Col("note", "核验情况"),
    )
    return table_of("服务标准", columns, dossier.standards, empty="还没有核验。")


def slip_table(dossier: AcceptanceDossier, slips: Sequence[SlipRow]) -> Table:
    """The slips of the round; those not answered lead to their form."""
    base = address_of(dossier.contract.project.number)
    columns: tuple[Col[SlipRow], ...] = (
        Col("position", "意见卡", lambda slip: f"第 {slip.position} 号"),
        Col("code", "服务对象编号"),
        Col("station", "服务站点"),
        Col(
            "printed",
            "印制",
            lambda slip: slip.printed_at and local_date(slip.printed_at),
            nothing="尚未印制",
        ),
        Col("attempts", "联系不上", lambda slip: Quantity(slip.attempts, "次"), CellKind.INTEGER),
        Col(
            "answered",
            "答复",
            lambda slip: slip.channel.label if slip.channel else "尚未答复",
        ),
    )
    return table_of(
        "本次抽取的意见卡",
        columns,
        slips,
        lambda slip: "" if slip.answered_at else f"{base}/opinions/{slip.position}",
    )
