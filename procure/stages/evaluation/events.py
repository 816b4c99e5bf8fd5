"""What happens to evaluations: scheduled, assigned, scored, submitted, returned, confirmed, mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent, told_day
from procure.kernel.text import shortened
from procure.kernel.vocabulary import (
    DIMENSION_LABELS,
    EVALUATION_KIND_LABELS,
    GRADE_LABELS,
    Dimension,
    EvaluationKind,
    Grade,
)
from procure.stages.contracts.events import why_given_up


def name_of(kind: EvaluationKind, round_number: int) -> str:
    """An evaluation as people call it: 中期评估, 中期评估（第 2 次）."""
    words = EVALUATION_KIND_LABELS[kind]
    return words if round_number == 1 else f"{words}（第 {round_number} 次）"


def points_words(hundredths: int) -> str:
    """Points as people read them: 8650 is 86.50 分."""
    return f"{Decimal(hundredths) / 100:.2f} 分"


@dataclass(frozen=True, kw_only=True)
class EvaluationEvent(ProjectEvent):
    """An event of one evaluation of one contract; `number` is the contract's."""

    number: str
    kind: EvaluationKind
    round: int

    @classmethod
    def name_in(cls, data: Mapping[str, Any]) -> str:
        """Which evaluation a stored body is about."""
        return name_of(EvaluationKind(data["kind"]), data["round"])

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return cls.name_in(data)


@dataclass(frozen=True, kw_only=True)
class EvaluationScheduled(EvaluationEvent):
    """An evaluation was put on the calendar; `basis` says how its date was counted."""

    label: ClassVar[str] = "排定绩效评价"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    contract_id: str
    due_on: date
    basis: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}，最迟 {told_day(data['due_on'])}完成（{data['basis']}）"


@dataclass(frozen=True, kw_only=True)
class EvaluationAssigned(EvaluationEvent):
    """An assessor was charged with it; the indicators are those of the catalogue's edition."""

    label: ClassVar[str] = "委派评估机构"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    assessor_id: str
    assessor_name: str
    evaluator_id: str
    evaluator_name: str
    catalogue_code: str
    catalogue_edition: int
    indicators: Sequence[Mapping[str, Any]]
    independence: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{cls.name_in(data)}由{data['assessor_name']}承担，评估员 {data['evaluator_name']}，"
            f"按目录 {data['catalogue_code']} 第 {data['catalogue_edition']} 版的 "
            f"{len(data['indicators'])} 项指标"
        )


@dataclass(frozen=True, kw_only=True)
class ChargeEnded(EvaluationEvent):
    """A charge ended without a report; what was declared, drawn and scored counts no more."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES

    assessor_id: str
    assessor_name: str
    evaluator_name: str
    ground: str
    ground_words: str
    reason: str
    due_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{cls.name_in(data)}：{data['assessor_name']}，{data['ground_words']}："
            f"{shortened(data['reason'], 60)}；评估期限改为 {told_day(data['due_on'])}"
        )


@dataclass(frozen=True, kw_only=True)
class EvaluationDeclined(ChargeEnded):
    """The assessor stepped back."""

    label: ClassVar[str] = "退出绩效评价"


@dataclass(frozen=True, kw_only=True)
class EvaluationRecalled(ChargeEnded):
    """The buyer took the evaluation back."""

    label: ClassVar[str] = "收回评估委派"


@dataclass(frozen=True, kw_only=True)
class EvaluatorDeclared(EvaluationEvent):
    """The evaluator declared to have no interest in the provider or the project."""

    label: ClassVar[str] = "评估员签署独立性声明"

    evaluator_name: str
    statement: str


@dataclass(frozen=True, kw_only=True)
class RecordsSampled(EvaluationEvent):
    """Service records were drawn at random to be looked into; anybody can repeat the draw."""

    label: ClassVar[str] = "抽取核查的服务记录"
    minor: ClassVar[bool] = True

    seed: str
    population: int
    population_sha256: str
    records: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}：{data['population']:,} 条中抽取 {len(data['records']):,} 条"


@dataclass(frozen=True, kw_only=True)
class RecordsChecked(EvaluationEvent):
    """Drawn records were looked into: each record's id, verdict and reason, and what is concluded
    about the rest.
    """

    label: ClassVar[str] = "核查抽取的服务记录"

    checks: Sequence[Sequence[str]]
    rest_conclusion: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        false = sum(one[1] == "false" for one in data["checks"])
        rest = data["rest_conclusion"]
        return (
            f"{cls.name_in(data)}：本次 {len(data['checks']):,} 条，其中不属实 {false:,} 条"
            f"{'；' + shortened(rest, 60) if rest else ''}"
        )


@dataclass(frozen=True, kw_only=True)
class EvaluationScored(EvaluationEvent):
    """Scores of one dimension were saved; `scores` is position, hundredths of a point, reason."""

    label: ClassVar[str] = "填写评估评分"
    minor: ClassVar[bool] = True

    dimension: Dimension
    scores: Sequence[Sequence[Any]]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        part = DIMENSION_LABELS[Dimension(data["dimension"])]
        return f"{cls.name_in(data)}：{part}，{len(data['scores'])} 项"


@dataclass(frozen=True, kw_only=True)
class EvaluationNoted(EvaluationEvent):
    """A section of the report was filled in; `values` are what it says now."""

    label: ClassVar[str] = "填写评估报告"
    minor: ClassVar[bool] = True

    section: str
    values: Mapping[str, Any]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}：{data['section']}"


@dataclass(frozen=True, kw_only=True)
class EvaluationSubmitted(EvaluationEvent):
    """The lead evaluator submitted the report; total and dimensions in hundredths of a point."""

    label: ClassVar[str] = "提交评估报告"

    total_points: int
    grade: Grade
    dimensions: Sequence[Sequence[Any]]
    document_id: str
    sha256: str
    template: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        grade = GRADE_LABELS[Grade(data["grade"])]
        return (
            f"{cls.name_in(data)}：{points_words(data['total_points'])}，{grade}，"
            f"报告校验码 {data['sha256'][:12]}"
        )


@dataclass(frozen=True, kw_only=True)
class EvaluationReturned(EvaluationEvent):
    """The buyer sent the report back with a reason."""

    label: ClassVar[str] = "退回评估报告"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class EvaluationConfirmed(EvaluationEvent):
    """The result stands; it opens or holds the instalment that waits for it (R-GZ-5)."""

    label: ClassVar[str] = "确认评估结果"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    contract_id: str
    total_points: int
    grade: Grade
    submitted_by: str
    document_id: str
    sha256: str
    rectification_demand: str
    rectify_by: date | None

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        grade = GRADE_LABELS[Grade(data["grade"])]
        words = f"{cls.name_in(data)}：{points_words(data['total_points'])}，{grade}"
        if data["rectify_by"]:
            words += (
                f"；应于 {told_day(data['rectify_by'])}前完成整改：{data['rectification_demand']}"
            )
        return words


@dataclass(frozen=True, kw_only=True)
class RectificationReported(EvaluationEvent):
    """The provider reported what was put right after a failed evaluation."""

    label: ClassVar[str] = "报送整改情况"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    note: str
    due_on: date | None
    late: bool

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        late = "（逾期报送）" if data["late"] else ""
        return f"{cls.name_in(data)}{late}：{shortened(data['note'], 60)}"


@dataclass(frozen=True, kw_only=True)
class EvaluationCancelled(EvaluationEvent):
    """The contract ended before the evaluation's day, or was settled: it is no longer due."""

    label: ClassVar[str] = "取消绩效评价"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    ended_early_on: date | None = None
    settled_on: date | None = None

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}；{why_given_up(data)}"


@dataclass(frozen=True, kw_only=True)
class EvaluationBroughtForward(EvaluationEvent):
    """The contract ended early: its final evaluation is due earlier than agreed."""

    label: ClassVar[str] = "提前绩效评价"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    due_on: date
    ended_early_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{cls.name_in(data)}，合同于{told_day(data['ended_early_on'])}提前终止，"
            f"最迟{told_day(data['due_on'])}完成"
        )


@dataclass(frozen=True, kw_only=True)
class RectificationRefused(EvaluationEvent):
    """The buyer sent the report of rectification back; it is asked for again, with new days."""

    label: ClassVar[str] = "退回整改情况"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    reason: str
    rectify_by: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{cls.name_in(data)}：{shortened(data['reason'], 60)}；"
            f"应于 {told_day(data['rectify_by'])}前重新报送"
        )


@dataclass(frozen=True, kw_only=True)
class RectificationWaived(EvaluationEvent):
    """The provider says in writing that it will put nothing right."""

    label: ClassVar[str] = "确认不再整改"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}：{shortened(data['reason'], 60)}"


@dataclass(frozen=True, kw_only=True)
class EvaluationSettled(EvaluationEvent):
    """A failed evaluation was closed without a further round; its instalment goes with the acceptance."""

    label: ClassVar[str] = "办结不合格的评估"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.name_in(data)}：{shortened(data['reason'], 60)}"
