"""What the pages of evaluations show, built of queries, policies and evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import Paper, PersonLine
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.errors import NotFound
from procure.kernel.findings import SectionState
from procure.kernel.lifecycle import Audience, EvaluationState, Tone
from procure.kernel.paths import case_path, document_path
from procure.kernel.vocabulary import Dimension, EvaluationKind, Grade
from procure.registers.deadlines.queries import running_for, term_line
from procure.render import charts
from procure.render.sheets import CellKind
from procure.stages.delivery.progress import TargetProgress
from procure.stages.delivery.queries import RecordRow
from procure.stages.evaluation import policies
from procure.stages.evaluation.checks import sample_words
from procure.stages.evaluation.events import name_of
from procure.stages.evaluation.evidence import Evidence
from procure.stages.evaluation.limits import limits_of, survey_words
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator
from procure.stages.evaluation.queries import EvaluationDossier, EvaluationRow
from procure.stages.evaluation.results import DimensionResult, band_words, plain_points
from procure.web.columns import Col, Table, Where, chart_of, table_of
from procure.web.presenters import (
    Answer,
    AnswerSection,
    Badge,
    Chart,
    Fact,
    Percent,
    Quantity,
    Section,
)

GRADE_TONES = {
    Grade.EXCELLENT: Tone.DONE,
    Grade.GOOD: Tone.DONE,
    Grade.PASS: Tone.ACTIVE,
    Grade.FAIL: Tone.STOPPED,
}
NOTHING = "尚无"


def address(dossier: EvaluationDossier) -> str:
    """The address of an evaluation."""
    return address_of(dossier.contract.project.number, dossier.evaluation.kind)


def address_of(number: str, kind: str) -> str:
    """The address of a project's evaluation of a kind."""
    return case_path(number, "evaluations", kind)


def points(hundredths: int) -> Quantity:
    """Points as a page shows them."""
    return Quantity(Decimal(hundredths) / 100, "分")


def grade_badge(grade: Grade) -> Badge:
    """A grade with its tone."""
    return Badge(GRADE_TONES[grade], grade.label)


def list_columns(actor: Actor) -> tuple[Col[EvaluationRow], ...]:
    """The list of evaluations; the provider sees results only once they stand."""

    def is_own(row: EvaluationRow) -> bool:
        return row.supplier_id == actor.organisation_id

    def grade_of(row: EvaluationRow) -> Grade | None:
        return None if is_own(row) and row.state is not EvaluationState.CONFIRMED else row.grade

    def state_of(row: EvaluationRow) -> Badge:
        return Badge(row.state, audience=Audience.SUPPLIER if is_own(row) else Audience.BUYER)

    return (
        Col("title", "项目"),
        Col("number", "项目编号", lambda row: row.project_number, sort=True),
        Col("kind", "评估", lambda row: name_of(row.kind, row.round), sort=True),
        Col("supplier", "承接主体", sort=True),
        Col("due", "最迟完成", lambda row: row.due_on, CellKind.DATE, sort=True),
        Col("assessor", "评估机构", nothing="尚未委派"),
        Col("state", "状态", state_of),
        Col(
            "total",
            "得分",
            lambda row: points(row.total_points or 0) if grade_of(row) else None,
            CellKind.DECIMAL,
            unit="分",
            nothing=NOTHING,
        ),
        Col(
            "grade",
            "等级",
            lambda row: grade_badge(found) if (found := grade_of(row)) else None,
            nothing=NOTHING,
        ),
    )


def head_facts(dossier: EvaluationDossier, *, shown: bool) -> tuple[Fact, ...]:
    """What an evaluation is, and its result for readers who may see it."""
    evaluation = dossier.evaluation
    facts = [
        Fact("合同", dossier.contract.number, dossier.contract.supplier.name),
        Fact("最迟完成", evaluation.due_on),
    ]
    if evaluation.kind is EvaluationKind.FINAL and evaluation.round == 1:
        window = policies.window_of(dossier.contract)
        facts.append(Fact("最早委派", window.opens_on, window.words))
    if dossier.assessor is not None:
        facts.append(Fact("评估机构", dossier.assessor.name))
        facts.append(Fact("评估员", PersonLine(dossier.name(evaluation.evaluator_id))))
    facts += [
        Fact(
            f"第 {one.number} 次委派已结束",
            one.ended_at,
            f"{dossier.name(one.evaluator_id)}，{one.ground.label}：{one.reason}"
            "　声明、样本和评分留档，不计入评估",
        )
        for one in dossier.ended
    ]
    facts += [
        Fact("独立性声明", one.declared_at, dossier.name(one.user_id))
        for one in dossier.declarations
    ]
    if shown and evaluation.grade is not None:
        facts.append(Fact("总分", points(evaluation.total_points or 0), dossier.result.words))
        facts.append(Fact("等级", grade_badge(evaluation.grade), band_words(evaluation.grade)))
    if shown and evaluation.submitted_at is not None:
        facts.append(Fact("提交", evaluation.submitted_at, dossier.name(evaluation.submitted_by)))
    if shown and evaluation.returned_reason:
        facts.append(Fact("退回理由", evaluation.returned_reason))
    if evaluation.confirmed_at is not None:
        facts.append(Fact("确认", evaluation.confirmed_at, dossier.name(evaluation.confirmed_by)))
    return (*facts, *(_failure_facts(dossier) if shown else ()))


def _failure_facts(dossier: EvaluationDossier) -> list[Fact]:
    """What was demanded after a failed evaluation, what came of it, how it was closed."""
    evaluation = dossier.evaluation
    words = (
        ("整改要求", evaluation.rectification_demand),
        ("整改情况", evaluation.rectification_note),
        ("整改情况退回理由", evaluation.rectification_refusal),
        ("不再整改的说明", evaluation.waiver),
        ("办结理由", evaluation.settled_reason),
    )
    facts = [Fact(label, text) for label, text in words if text]
    if evaluation.settled_at is not None:
        facts.append(Fact("办结", evaluation.settled_at, dossier.name(evaluation.settled_by)))
    return facts


def sections(dossier: EvaluationDossier) -> tuple[Section, ...]:
    """The evaluator's task list: one section a dimension, then visit and words."""
    base = address(dossier)
    parts = [
        Section(
            part.label,
            f"{base}/score/{part.dimension}",
            _progress(part.scored, part.indicators),
            f"{part.indicators} 项指标，{plain_points(part.points)} 分，已评 {part.scored} 项",
        )
        for part in dossier.result.dimensions
    ]
    visited = dossier.evaluation.visited_on is not None
    worded = sum(bool(getattr(dossier.evaluation, name)) for name in ("summary", "achievements"))
    sample = dossier.sample
    parts.append(
        Section(
            "服务记录核查",
            f"{base}/records",
            _progress(len(sample.judged), sample.drawn)
            if sample.drawn
            else SectionState.NOT_STARTED,
            f"抽取 {sample.drawn} 条，已核查 {len(sample.judged)} 条" if sample.drawn else "",
        )
    )
    parts.append(
        Section(
            "走访和满意度调查",
            f"{base}/visit",
            SectionState.DONE if visited else SectionState.NOT_STARTED,
        )
    )
    parts.append(Section("评估意见", f"{base}/summary", _progress(worded, 2)))
    return tuple(parts)


def _progress(finished: int, whole: int) -> SectionState:
    if finished == whole:
        return SectionState.DONE
    return SectionState.DOING if finished else SectionState.NOT_STARTED


def deadlines(session: Session, page: EvaluationDossier, now: datetime) -> tuple[DeadlineLine, ...]:
    """The running terms of an evaluation; its own date with the way it was counted."""
    return tuple(
        evaluation_line(page, now) if term.rule != policies.RECTIFICATION else term_line(term, now)
        for term in running_for(session, [page.evaluation.id])
    )


def evaluation_line(dossier: EvaluationDossier, now: datetime) -> DeadlineLine:
    """The date of the evaluation as a duty."""
    if dossier.term is not None:
        return term_line(dossier.term, now)
    at = dossier.evaluation.confirmed_at
    met = None if at is None else local_date(at)
    return deadline_line(
        dossier.evaluation.due_on, now, label=dossier.title, kind=DeadlineKind.DUTY, met_on=met
    )


def score_table(dossier: EvaluationDossier) -> Table:
    """All indicators with scores and reasons."""
    columns: tuple[Col[EvaluationIndicator], ...] = (
        Col("dimension", "类别", lambda row: row.dimension.label),
        Col("name", "指标"),
        Col("points", "分值", lambda row: points(row.points), CellKind.DECIMAL),
        Col(
            "score",
            "得分",
            lambda row: None if row.score is None else points(row.score),
            CellKind.DECIMAL,
            nothing="尚未评分",
        ),
        Col("reason", "评分理由", nothing=NOTHING),
    )
    return table_of("指标得分", columns, dossier.indicators)


def dimension_chart(dossier: EvaluationDossier) -> Chart:
    """How much of its points each dimension got."""
    result = dossier.result
    rates = [(part.rate * 100).quantize(Decimal("0.1")) for part in result.dimensions]
    columns: tuple[Col[DimensionResult], ...] = (
        Col("label", "类别"),
        Col("score", "得分", lambda part: points(part.score), CellKind.DECIMAL),
        Col("rate", "得分率", lambda part: Percent(part.rate), CellKind.DECIMAL),
    )
    return chart_of(
        table_of("各类指标得分率", columns, result.dimensions),
        result.words,
        lambda title, look: charts.bars(
            title,
            [part.label for part in result.dimensions],
            [charts.Series("得分率", rates)],
            unit="%",
            look=look,
        ),
    )


def earlier_table(dossier: EvaluationDossier) -> Table:
    """The rounds before this one."""
    columns: tuple[Col[Evaluation], ...] = (
        Col("name", "评估", lambda one: name_of(one.kind, one.round)),
        Col("state", "状态", lambda one: Badge(one.state)),
        Col("total", "得分", lambda one: points(one.total_points or 0), CellKind.DECIMAL),
        Col("grade", "等级", lambda one: grade_badge(one.grade) if one.grade else NOTHING),
        Col("rectification_note", "整改情况", nothing="尚未报送"),
    )
    return table_of("此前的评估", columns, dossier.earlier)


def dimension_of(dossier: EvaluationDossier, text: str) -> Dimension:
    """The dimension of that name if the evaluation has it; NotFound otherwise."""
    if text not in {row.dimension for row in dossier.indicators}:
        raise NotFound
    return Dimension(text)


def dimension_heading(rows: Sequence[EvaluationIndicator]) -> str:
    """The heading of a scoring page."""
    return f"{rows[0].dimension.label}评分"


def evidence_facts(evidence: Evidence, number: str) -> tuple[Fact, ...]:
    """What the record of the project says, beside the scores, each a way to the entries."""
    delivery = case_path(number, "delivery")
    return (
        Fact(
            "服务记录",
            Quantity(evidence.accepted, "条已核实"),
            f"待核实 {evidence.recorded:,} 条，不予认可 {evidence.rejected:,} 条，"
            f"补登 {evidence.backfilled:,} 条",
            f"{delivery}/records",
        ),
        Fact("服务对象", Quantity(evidence.recipients, "人"), href=f"{delivery}/recipients"),
        Fact("在岗服务人员", Quantity(evidence.staff, "人"), href=f"{delivery}/staff"),
        Fact("志愿服务", Quantity(evidence.volunteer_hours, "小时"), "与服务人员工时分开统计"),
        Fact(
            "履约节点",
            f"共 {evidence.milestones} 个，已完成 {evidence.milestones_met} 个",
            f"逾期未完成 {evidence.milestones_overdue} 个" if evidence.milestones_overdue else "",
            delivery,
        ),
    )


def target_table(evidence: Evidence) -> Table:
    """The contract's targets, promised and accepted."""
    columns: tuple[Col[TargetProgress], ...] = (
        Col("what", "服务目标"),
        Col(
            "late",
            "",
            lambda target: "少于到今天应完成的数量" if target.is_behind else "",
            where=Where.NOTE,
        ),
        Col(
            "promised",
            "合同约定",
            lambda target: Quantity(target.total, target.unit),
            CellKind.INTEGER,
        ),
        Col(
            "accepted",
            "已核实",
            lambda target: Quantity(target.accepted, target.unit),
            CellKind.INTEGER,
        ),
        Col("rate", "完成率", lambda target: Percent(target.ratio), CellKind.DECIMAL),
    )
    return table_of("服务目标完成情况", columns, evidence.targets)


def step_hints(rows: Sequence[EvaluationIndicator], evidence: Evidence) -> Mapping[int, str]:
    """For indicators named like a target: what the count alone would give.

    While the contract runs, the count is held against what is due by today, not against the year.
    """
    hints = {}
    for row in rows:
        target = next((t for t in evidence.targets if t.what == row.name), None)
        if target is not None:
            runs = 0 < target.expected < target.total
            due = target.due
            given = plain_points(int(row.points * target.step))
            so_far = f"到今天应完成 {due:,} {target.unit}，" if runs else ""
            hints[row.position] = (
                f"合同约定 {target.total:,} {target.unit}，{so_far}"
                f"已核实 {target.accepted:,} {target.unit}，"
                f"按分档参考可得 {given} 分；仅供参考，请结合核查情况评分。"
            )
    return hints


@dataclass(frozen=True)
class DrawnRecord:
    """A drawn record beside its verdict: its place in the draw and what it says."""

    place: int
    heading: str
    facts: tuple[Fact, ...]


def record_lines(evaluation: Evaluation, records: Sequence[RecordRow]) -> tuple[DrawnRecord, ...]:
    """The drawn service records in the order of the draw."""
    by_id = {record.id: record for record in records}
    return tuple(
        DrawnRecord(
            place,
            f"第 {place} 条：{record.target}",
            (
                Fact("日期", record.served_on),
                Fact("服务对象", _whom(record)),
                Fact("服务人员", record.staff),
                Fact("地点", record.place),
                Fact("数量", Quantity(record.quantity, record.unit)),
                Fact("服务内容", record.content),
            ),
        )
        for place, record_id in enumerate(evaluation.sampled_ids, start=1)
        if (record := by_id.get(record_id)) is not None
    )


def _whom(record: RecordRow) -> str:
    """Whom to ask about it, by code, name and station: only who is charged reads this."""
    if record.recipient_code is None:
        return f"集体活动，{record.people:,} 人"
    return f"{record.recipient_code} {record.recipient_name}，{record.station}"


def survey_facts(dossier: EvaluationDossier) -> tuple[Fact, ...]:
    """What the people served and the sampled records said, for whoever confirms."""
    return (
        Fact("满意度调查", survey_words(dossier.evaluation, dossier.floor)),
        Fact("服务记录核查", sample_words(dossier.sample)),
    )


def score_hints(
    dossier: EvaluationDossier, rows: Sequence[EvaluationIndicator], evidence: Evidence
) -> Mapping[int, str]:
    """What the counts, the answers and the sample leave of each indicator's points."""
    limits = limits_of(dossier.evaluation, dossier.indicators, dossier.sample, dossier.floor)
    hints = dict(step_hints(rows, evidence))
    for row in rows:
        if limit := limits.get(row.position):
            words = f"最多 {plain_points(limit.most)} 分：{limit.reason}。"
            hints[row.position] = words + hints.get(row.position, "")
    return hints


def distinct_papers(
    papers: Sequence[Paper], evaluations: Sequence[Evaluation]
) -> tuple[Paper, ...]:
    """The papers, each once: of equal bytes the report that its evaluation stands on.

    A report that is confirmed is filed anew for the parties, as no filed paper changes its
    audience; whoever may read both reads one paper.
    """
    standing = {document_path(one.report_document_id) for one in evaluations}
    shown: dict[str, Paper] = {}
    for paper in papers:
        if paper.digest not in shown or paper.href in standing:
            shown[paper.digest] = paper
    return tuple(shown.values())


def answers(dossier: EvaluationDossier) -> tuple[AnswerSection, ...]:
    """Everything on the check page."""
    base, evaluation = address(dossier), dossier.evaluation
    scored = [
        AnswerSection(
            part.label,
            tuple(
                Answer(
                    f"{row.name}（{plain_points(row.points)} 分）",
                    f"{plain_points(row.score)} 分：{row.reason}"
                    if row.score is not None
                    else "尚未评分",
                )
                for row in dossier.indicators
                if row.dimension is part.dimension
            ),
            f"{base}/score/{part.dimension}",
        )
        for part in dossier.result.dimensions
    ]
    total = dossier.result
    whole = total.words if total.is_complete else "评分完成后计算"
    looked_into = AnswerSection(
        "服务记录核查",
        (
            Answer("核查情况", sample_words(dossier.sample)),
            Answer("对其余记录的结论", evaluation.rest_conclusion or NOTHING),
        ),
        f"{base}/records",
    )
    visit = AnswerSection(
        "走访和满意度调查",
        (
            Answer("走访日期", evaluation.visited_on or NOTHING),
            Answer("抽样人数", _counted(evaluation.survey_sampled, "人")),
            Answer("有效回答", _counted(evaluation.survey_answered, "人")),
            Answer("表示满意", _counted(evaluation.survey_satisfied, "人")),
            Answer("调查方式", evaluation.survey_channel or NOTHING),
        ),
        f"{base}/visit",
    )
    words = AnswerSection(
        "评估意见",
        (
            Answer("项目概况", evaluation.summary or NOTHING),
            Answer("主要成效", evaluation.achievements or NOTHING),
            Answer("存在问题", evaluation.problems or "没有"),
            Answer("改进建议", evaluation.advice or "没有"),
        ),
        f"{base}/summary",
    )
    outcome = AnswerSection("总分和等级", (Answer("计算过程", whole),))
    return (*scored, looked_into, visit, words, outcome)


def _counted(number: int | None, unit: str) -> object:
    return NOTHING if number is None else Quantity(number, unit)
