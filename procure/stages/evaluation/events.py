"""What happens to evaluations: scheduled, assigned, scored, submitted, returned, confirmed, mended."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.phrases import phrased
from procure.kernel.vocabulary import Dimension, EvaluationKind, Grade
from procure.stages.contracts.events import WHY_GIVEN_UP

NAME: Final = "{kind:label}[（{round:again}）]"
"""Which evaluation it is: 中期评估, 中期评估（第 2 次）."""


def name_of(kind: EvaluationKind, round_number: int) -> str:
    """An evaluation as people call it."""
    return phrased(NAME, {"kind": kind, "round": round_number}, {"kind": EvaluationKind.labels()})


class EvaluationEvent(ProjectEvent):
    """An event of one evaluation of one contract; `number` is the contract's."""

    says: ClassVar[str] = NAME

    number: str
    kind: EvaluationKind
    round: int


class EvaluationScheduled(EvaluationEvent):
    """An evaluation was put on the calendar; `basis` says how its date was counted."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = NAME + "，最迟 {due_on:day}完成（{basis}）"

    contract_id: str
    due_on: date
    basis: str


class EvaluationAssigned(EvaluationEvent):
    """An assessor was charged with it; the indicators are those of the catalogue's edition."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        NAME + "由{assessor_name}承担，评估员 {evaluator_name}，"
        "按目录 {catalogue_code} 第 {catalogue_edition} 版的 {indicators:count} 项指标"
    )

    assessor_id: str
    assessor_name: str
    evaluator_id: str
    evaluator_name: str
    catalogue_code: str
    catalogue_edition: int
    indicators: Sequence[Mapping[str, Any]]
    independence: str


class ChargeEnded(EvaluationEvent):
    """A charge ended without a report; what was declared, drawn and scored counts no more."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        NAME + "：{assessor_name}，{ground_words}：{reason:short}；评估期限改为 {due_on:day}"
    )

    assessor_id: str
    assessor_name: str
    evaluator_name: str
    ground: str
    ground_words: str
    reason: str
    due_on: date


class EvaluationDeclined(ChargeEnded):
    """The assessor stepped back."""


class EvaluationRecalled(ChargeEnded):
    """The buyer took the evaluation back."""


class EvaluatorDeclared(EvaluationEvent):
    """The evaluator declared to have no interest in the provider or the project."""

    label: ClassVar[str] = "评估员签署独立性声明"

    evaluator_name: str
    statement: str


class RecordsSampled(EvaluationEvent):
    """Service records were drawn at random to be looked into; anybody can repeat the draw."""

    label: ClassVar[str] = "抽取核查的服务记录"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = NAME + "：{population:figure} 条中抽取 {records:figure} 条"

    seed: str
    population: int
    population_sha256: str
    records: Sequence[str]


class RecordsChecked(EvaluationEvent):
    """Drawn records were looked into: each record's id, verdict and reason, and what is concluded
    about the rest.
    """

    label: ClassVar[str] = "核查抽取的服务记录"
    says: ClassVar[str] = (
        NAME + "：本次 {checks:figure} 条，其中不属实 {untrue:figure} 条[；{rest_conclusion:short}]"
    )

    checks: Sequence[Sequence[str]]
    rest_conclusion: str

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        untrue = [one for one in data["checks"] if one[1] == "false"]
        return {**data, "untrue": untrue}


class EvaluationScored(EvaluationEvent):
    """Scores of one dimension were saved; `scores` is position, hundredths of a point, reason."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = NAME + "：{dimension:label}，{scores:count} 项"

    dimension: Dimension
    scores: Sequence[Sequence[Any]]


class EvaluationNoted(EvaluationEvent):
    """A section of the report was filled in; `values` are what it says now."""

    label: ClassVar[str] = "填写评估报告"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = NAME + "：{section}"

    section: str
    values: Mapping[str, Any]


class EvaluationSubmitted(EvaluationEvent):
    """The lead evaluator submitted the report; total and dimensions in hundredths of a point."""

    says: ClassVar[str] = (
        NAME + "：{total_points:points} 分，{grade:label}，"
        "报告[校验码 {sha256:12}|内容校验码 {snapshot_sha256:12}]"
    )
    earlier: ClassVar[tuple[str, ...]] = ("sha256",)

    total_points: int
    grade: Grade
    dimensions: Sequence[Sequence[Any]]
    document_id: str
    #: Of the data it is printed from; earlier versions told the digest of the printed report.
    snapshot_sha256: str = ""
    template: str


class EvaluationReturned(EvaluationEvent):
    """The buyer sent the report back with a reason."""

    says: ClassVar[str] = NAME + "：{reason}"

    reason: str


class EvaluationConfirmed(EvaluationEvent):
    """The result stands; it opens or holds the instalment that waits for it (R-GZ-5)."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        NAME + "：{total_points:points} 分，{grade:label}"
        "[{rectify_by:if}；应于 {rectify_by:day}前完成整改：{rectification_demand}]"
    )

    contract_id: str
    total_points: int
    grade: Grade
    submitted_by: str
    document_id: str
    sha256: str
    rectification_demand: str
    rectify_by: date | None


class RectificationReported(EvaluationEvent):
    """The provider reported what was put right after a failed evaluation."""

    label: ClassVar[str] = "报送整改情况"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        NAME + "[{late:if}（逾期报送）]：{note:short}"
        "[{evidence_sha256:if}；材料 {evidence_sha256:count} 份]"
    )

    note: str
    due_on: date | None
    late: bool
    evidence_sha256: Sequence[str] = ()


class EvaluationCancelled(EvaluationEvent):
    """The contract ended before the evaluation's day, or was settled: it is no longer due."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = NAME + "；" + WHY_GIVEN_UP

    ended_early_on: date | None = None
    settled_on: date | None = None


class EvaluationBroughtForward(EvaluationEvent):
    """The contract ended early: its final evaluation is due earlier than agreed."""

    label: ClassVar[str] = "提前绩效评价"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = NAME + "，合同于{ended_early_on:day}提前终止，最迟{due_on:day}完成"

    due_on: date
    ended_early_on: date


class RectificationRefused(EvaluationEvent):
    """The buyer sent the report of rectification back; it is asked for again, with new days."""

    label: ClassVar[str] = "退回整改情况"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = NAME + "：{reason:short}；应于 {rectify_by:day}前重新报送"

    reason: str
    rectify_by: date


class RectificationWaived(EvaluationEvent):
    """The provider says in writing that it will put nothing right."""

    label: ClassVar[str] = "确认不再整改"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = NAME + "：{reason:short}"

    reason: str


class EvaluationSettled(EvaluationEvent):
    """A failed evaluation was closed without a further round; its instalment goes with the acceptance."""

    label: ClassVar[str] = "办结不合格的评估"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = NAME + "：{reason:short}"

    reason: str
