"""What the pages of plans show: facts, answers, findings and dates, ready to be drawn."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.day_words import month_words
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.lifecycle import PlanState
from procure.kernel.vocabulary import LONG_TERM_CONDITIONS, NEGATIVE_QUESTIONS
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import Balances
from procure.render.sheets import CellKind
from procure.stages.plans.models import PlanChange
from procure.stages.plans.queries import PlanDossier, earliest_start
from procure.web.columns import Col, Table, table_of
from procure.web.presenters import Answer, AnswerSection, Fact, Link, Quantity
from procure.web.proposals import refusable_columns


def answer_sections(
    dossier: PlanDossier, catalogue_href: str, change_href: str = ""
) -> tuple[AnswerSection, ...]:
    """Everything the plan says, in the order of the form."""
    plan, content = dossier.plan, dossier.content
    item = Link(dossier.item.words, catalogue_href)
    return (
        AnswerSection(
            "需求",
            (
                Answer("项目名称", dossier.project.title),
                Answer("购买的服务", item),
                Answer("需求提出单位", plan.requested_by),
                Answer("申请理由", plan.reason),
                Answer("采购需求概况", plan.outline),
                Answer("需求调查和征求公众意见", plan.survey),
                Answer("需求调查的时间", plan.surveyed_on or "未填写"),
            ),
            change_href,
        ),
        AnswerSection(
            "资金和采购方式",
            (
                Answer(
                    "使用的预算", f"{dossier.line.year} 年 {dossier.line.code} {dossier.line.name}"
                ),
                Answer("采购预算", content.amount),
                Answer("最高限价", content.ceiling),
                *_noted("最高限价明显低于预算的理由", plan.ceiling_reason),
                Answer("采购方式", plan.method.label),
                Answer("购买方式", plan.mode.label),
                Answer("报价方式", plan.price_way.label),
                Answer("服务期限", Quantity(plan.term_months, "个月")),
                *_term_answers(dossier),
                *_noted("跨年度资金的来源和依据", plan.funding_note),
                Answer("预计采购时间", month_words(plan.expected_on)),
            ),
            change_href,
        ),
        AnswerSection(
            "负面清单",
            tuple(
                Answer(f"是否属于{words}", answer)
                for words, answer in zip(NEGATIVE_QUESTIONS, content.negative_list, strict=True)
            ),
            change_href,
        ),
    )


def _noted(label: str, text: str) -> tuple[Answer, ...]:
    """An answer that is asked of some plans only."""
    return (Answer(label, text),) if text else ()


def _term_answers(dossier: PlanDossier) -> tuple[Answer, ...]:
    if dossier.plan.term_months <= 12:
        return ()
    held = zip(LONG_TERM_CONDITIONS, dossier.content.term_conditions, strict=True)
    return (Answer("超过 12 个月的条件", tuple(words for words, holds in held if holds)),)


def head_facts(dossier: PlanDossier) -> tuple[Fact, ...]:
    """Who planned and what became of it."""
    plan = dossier.plan
    facts = [
        Fact("项目编号", dossier.project.number),
        Fact("采购人", dossier.buyer.name),
        Fact("编制人", dossier.drafted_by),
    ]
    if plan.submitted_at:
        facts.append(Fact("送审时间", plan.submitted_at))
    if plan.approved_at:
        facts.append(Fact("审核人", dossier.approved_by))
        facts.append(Fact("批准时间", plan.approved_at))
    if plan.intention_published_at:
        facts.append(Fact("意向公开时间", plan.intention_published_at))
    return tuple(facts)


def first_line(now: datetime) -> DeadlineLine:
    """When the activity may start if the intention were public today: the clerk's earliest hope."""
    return _earliest_line(local_date(now), now, "假如今天公开意向，采购活动最早开始")


def start_line(dossier: PlanDossier, now: datetime) -> DeadlineLine | None:
    """When the activity may start at the earliest, with its arithmetic (T01); None before approval,
    once it may, and for a plan that was given up.
    """
    plan = dossier.plan
    if plan.state in (PlanState.CANCELLED, PlanState.DISCARDED):
        return None
    if plan.intention_published_at is not None:
        published_on = local_date(plan.intention_published_at)
        if earliest_start(published_on).on <= local_date(now):
            return None
        return _earliest_line(published_on, now, "采购活动最早开始")
    if plan.state in (PlanState.DRAFT, PlanState.SUBMITTED):
        return None
    return _earliest_line(local_date(now), now, "今天公开意向的，采购活动最早开始")


def _earliest_line(published_on: date, now: datetime, label: str) -> DeadlineLine:
    start = earliest_start(published_on)
    return deadline_line(
        start.due, now, label=label, kind=DeadlineKind.EARLIEST, rule=start.period.source
    )


def balance_table(name: str, balances: Balances) -> Table:
    """What a budget line of that name holds by level."""
    fen = CellKind.MONEY_FEN
    columns: tuple[Col[tuple[Level, Mapping[AccountKind, int]]], ...] = (
        Col("level", "承担级次", lambda row: row[0].label),
        Col("amount", "预算下达", lambda row: -row[1][AccountKind.APPROPRIATION], fen),
        Col(
            "held",
            "计划和合同占用",
            lambda row: row[1][AccountKind.RESERVED] + row[1][AccountKind.COMMITTED],
            fen,
        ),
        Col("paid", "已支付", lambda row: row[1][AccountKind.PAID], fen),
        Col("available", "可用", lambda row: row[1][AccountKind.AVAILABLE], fen),
    )
    return table_of(f"预算“{name}”的余额", columns, balances.items())


def change_table(changes: Sequence[PlanChange], names: Mapping[str, str]) -> Table:
    """What was asked for of a plan, and what became of it."""
    act: Col[PlanChange] = Col("act", "申请", lambda change: change.act.label)
    return table_of("调整和取消的申请", (act, *refusable_columns(names)), changes)
