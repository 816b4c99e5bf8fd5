"""What the pages of tenders show: facts, answers, sections, dates, ready to be drawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.findings import Finding, SectionState
from procure.kernel.lifecycle import Audience, TenderState
from procure.kernel.money import Money
from procure.kernel.number_words import number_words, percent_words
from procure.render.sheets import CellKind
from procure.stages.tenders import wording
from procure.stages.tenders.checks import SectionFinding, empty_sections, section_states
from procure.stages.tenders.content import SectionKey, lines_of
from procure.stages.tenders.dates import TenderDates, date_lines, dates_of
from procure.stages.tenders.models import PaymentTerm, Tender, TenderTarget
from procure.stages.tenders.queries import TenderDossier, TenderHead
from procure.stages.tenders.scheme import points_of, rate_of
from procure.web.columns import Col, Table, table_of
from procure.web.presenters import (
    Answer,
    AnswerSection,
    Fact,
    Percent,
    Quantity,
    Section,
)

PREFILLED = "已经预填，请核对后保存"
STATE_FILTER = (
    ("open", "正在采购，可以参加"),
    ("opened", "已开标（开启）"),
    ("failed", "有效供应商不足，采购已结束"),
    ("terminated", "已终止"),
)
BUYER_STATE_FILTER = (("draft", "采购文件编制中"), ("submitted", "采购文件待审核"), *STATE_FILTER)


def task_sections(
    dossier: TenderDossier,
    findings: Sequence[SectionFinding],
    hrefs: Mapping[SectionKey, str],
    saved: Collection[SectionKey],
) -> tuple[Section, ...]:
    """The task list: each section with its state and what is missing first."""
    states = section_states(dossier, findings, saved)
    return tuple(
        Section(key.label, hrefs[key], states[key], _note(key, states[key], findings))
        for key in SectionKey
    )


def _note(key: SectionKey, state: SectionState, findings: Sequence[SectionFinding]) -> str:
    if state is SectionState.NOT_STARTED:
        return ""
    blocks = (one.finding.message for one in findings if one.section is key and one.finding.blocks)
    return next(blocks, "" if state is SectionState.DONE else PREFILLED)


def section_findings(
    dossier: TenderDossier, findings: Sequence[SectionFinding], key: SectionKey
) -> tuple[Finding, ...]:
    """The findings of one section for its own page; nothing before anything is written."""
    if key in empty_sections(dossier):
        return ()
    return tuple(one.finding for one in findings if one.section is key)


def finding_lines(
    findings: Sequence[SectionFinding], hrefs: Mapping[SectionKey, str] | None = None
) -> tuple[Finding, ...]:
    """The findings for the check page, each leading to its section."""
    return tuple(
        replace(
            one.finding,
            message=f"{one.section.label}：{one.finding.message}",
            href=hrefs[one.section] if hrefs else "",
        )
        for one in findings
    )


def head_facts(dossier: TenderDossier) -> tuple[Fact, ...]:
    """What everybody may know of a tender, in a few lines."""
    tender = dossier.tender
    facts = [
        Fact("项目编号", dossier.project.number),
        Fact("采购人", dossier.buyer.name, note=dossier.buyer.address),
        Fact("采购方式", tender.method.label),
        Fact("采购预算", Money(tender.budget_fen)),
        Fact("最高限价", Money(tender.ceiling_fen)),
        Fact("报价方式", tender.price_way.label),
        Fact("服务期限", Quantity(tender.term_months, "个月")),
    ]
    if tender.published_at is not None:
        facts.append(Fact("公告时间", tender.published_at))
        facts.append(Fact("联系人", f"{dossier.drafted_by}　{dossier.buyer.phone}"))
    if tender.ended_reason:
        facts.append(Fact(f"{_ending(tender)}的原因", tender.ended_reason))
    return tuple(facts)


def _ending(tender: Tender) -> str:
    """How the purchase ended: 终止, or 废标 in a tender in which too few were left."""
    failed = tender.state is TenderState.FAILED
    return wording.said_of(tender).failing if failed else "终止"


def answer_sections(
    dossier: TenderDossier, hrefs: Mapping[SectionKey, str] | None = None
) -> tuple[AnswerSection, ...]:
    """Everything the document says, section by section, for the check and decision pages."""
    tender, said = dossier.tender, wording.said_of(dossier.tender)
    answers: dict[SectionKey, tuple[Answer, ...]] = {
        SectionKey.REQUIREMENT: (
            Answer("采购需求", tender.requirement),
            Answer("服务地点", tender.service_place),
            Answer("人员要求", tender.staffing),
            Answer("验收要求", tender.acceptance_way),
            Answer("服务期限", wording.term_words(tender)),
        ),
        SectionKey.TARGETS: tuple(
            Answer(row.what, f"{wording.frequency_words(row)}　{row.condition}".strip())
            for row in dossier.targets
        ),
        SectionKey.QUALIFICATION: (
            Answer("资格要求", lines_of(tender.qualification)),
            Answer("实质性要求（★）", lines_of(tender.starred)),
            Answer("是否接受联合体", "接受" if tender.takes_consortia else "不接受"),
        ),
        SectionKey.SCORING: (
            Answer("报价方式", tender.price_way.label),
            Answer("价格分（工时分）", Quantity(points_of(tender.price_points), "分")),
            *(
                (Answer("年服务工时下限", Quantity(tender.hours_floor, "小时")),)
                if tender.hours_floor
                else ()
            ),
            *(
                Answer(
                    f"{row.name}（{'客观' if row.objective else '主观'}）",
                    (
                        Quantity(points_of(row.points), "分"),
                        row.standard,
                        *((f"证明材料：{row.evidence}",) if row.evidence else ()),
                    ),
                )
                for row in dossier.criteria
            ),
        ),
        SectionKey.PAYMENTS: tuple(
            Answer(f"第 {n} 期", (row.trigger.label, _percent(row.percent)))
            for n, row in enumerate(dossier.payments, start=1)
        ),
        SectionKey.SCHEDULE: (
            Answer("采购文件提供的最后一日", tender.documents_until),
            Answer(f"{said.deadline}和{said.opening}时间", tender.deadline_at),
            Answer(f"{said.opening}地点", tender.opening_place),
            Answer(f"{said.bid}有效期", Quantity(tender.validity_days, "日")),
        ),
        SectionKey.POLICY: (
            Answer("小微企业价格扣除比例", _percent(tender.deduction_rate)),
            Answer("低于平均报价的", _percent(tender.low_mean)),
            Answer("低于次低报价的", _percent(tender.low_second)),
            Answer("低于最高限价的", _percent(tender.low_ceiling)),
        ),
    }
    return tuple(
        AnswerSection(key.label, answers[key], hrefs[key] if hrefs else "") for key in SectionKey
    )


def _percent(stored: int) -> Percent:
    return Percent(rate_of(stored))


def target_table(dossier: TenderDossier) -> Table:
    """What is to be done, and how often."""
    columns: tuple[Col[TenderTarget], ...] = (
        Col("what", "服务项目"),
        Col("frequency", "频次", wording.frequency_words),
        Col("condition", "完成条件", wording.condition_words),
    )
    return table_of("服务目标和频次", columns, dossier.targets)


def factor_table(dossier: TenderDossier) -> Table:
    """What bids are scored by, price or hours first."""
    tender = dossier.tender
    price = (
        f"{tender.price_way.label}（客观分）",
        tender.price_points,
        wording.price_rule(tender),
        "报价页",
    )
    factors = [
        (
            f"{row.name}（{'客观' if row.objective else '主观'}分）",
            row.points,
            row.standard,
            row.evidence or wording.said_of(tender).bid_file,
        )
        for row in dossier.criteria
    ]
    columns: tuple[Col[tuple[str, int, str, str]], ...] = (
        Col("name", "评分因素", lambda row: row[0]),
        Col("points", "分值", lambda row: points_of(row[1]), CellKind.DECIMAL),
        Col("standard", "评分标准", lambda row: row[2]),
        Col("evidence", "证明材料", lambda row: row[3]),
    )
    total = number_words(
        points_of(tender.price_points + sum(row.points for row in dossier.criteria))
    )
    scored = [price, *factors] if tender.price_points else factors
    return table_of(f"评分因素，合计 {total} 分", columns, scored)


def payment_table(dossier: TenderDossier) -> Table:
    """What is paid when."""
    columns: tuple[Col[tuple[int, PaymentTerm]], ...] = (
        Col("number", "期次", lambda row: f"第 {row[0]} 期"),
        Col("trigger", "付款条件", lambda row: row[1].trigger.label),
        Col("percent", "比例", lambda row: _percent(row[1].percent), CellKind.DECIMAL),
    )
    total = percent_words(rate_of(sum(row.percent for row in dossier.payments)))
    return table_of(f"付款安排，合计 {total}", columns, enumerate(dossier.payments, start=1))


def publication_day(dossier: TenderHead, now: datetime) -> date:
    """From which day the dates count: the day of publication, else the first possible one."""
    if dossier.tender.published_at is not None:
        return local_date(dossier.tender.published_at)
    today = local_date(now)
    return max(today, dossier.earliest.on) if dossier.earliest else today


def dates_on(dossier: TenderHead, now: datetime) -> TenderDates:
    """The statutory dates as they count now."""
    return dates_of(
        dossier.tender.method, publication_day(dossier, now), dossier.tender.documents_until
    )


def all_lines(dossier: TenderHead, now: datetime) -> tuple[DeadlineLine, ...]:
    """Every date of the tender with its arithmetic, the intention's first."""
    lines = []
    earliest = dossier.earliest
    if earliest is not None:
        lines.append(
            deadline_line(
                earliest.due,
                now,
                label="采购公告最早发布",
                kind=DeadlineKind.EARLIEST,
                rule=earliest.period.words(),
            )
        )
    return (*lines, *date_lines(dates_on(dossier, now), now, dossier.tender.deadline_at))


def public_lines(dossier: TenderHead, now: datetime) -> tuple[DeadlineLine, ...]:
    """The two dates a supplier lives by: until when documents are given, when bids are due."""
    tender = dossier.tender
    dates = dates_on(dossier, now)
    lines = []
    if tender.documents_until is not None:
        lines.append(
            deadline_line(
                tender.documents_until,
                now,
                label=f"领取{dates.said.document}",
                rule=dates.documents.period.words(),
            )
        )
    if tender.deadline_at is not None:
        lines.append(
            deadline_line(
                local_date(tender.deadline_at),
                now,
                label=f"{dates.said.deadline}和{dates.said.opening}",
                at=tender.deadline_at,
                rule=dates.waiting.period.words(),
            )
        )
    return tuple(lines)


def audience_of(*, in_view: bool) -> Audience:
    """For whom states are worded."""
    return Audience.BUYER if in_view else Audience.SUPPLIER


def remedies(dossier: TenderDossier, now: datetime) -> tuple[str, ...]:
    """How long, how and to whom one may object, in the words of the document."""
    return (
        wording.challenge_note(dossier.tender, dates_on(dossier, now)),
        wording.challenge_channel(dossier.buyer, dossier.drafted_by),
        wording.complaint_note(dossier),
    )
