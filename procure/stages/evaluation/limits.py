"""What a score may not exceed: by what the people served said, and by records found untrue. Pure.

The contract promises a share of satisfied people; below it the indicators of satisfaction earn by the
steps of the promised share (V21), without any answer nothing. Where too many sampled records are
untrue, what they were to prove earns no more than their true share (R-EVD-1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from procure.kernel.vocabulary import Dimension
from procure.stages.delivery.progress import step_score
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator, SampleVerdict
from procure.stages.evaluation.results import percent_of
from procure.stages.evaluation.sampling import TRUE_ENOUGH, SampleResult


@dataclass(frozen=True)
class Limit:
    """The most an indicator may score, in hundredths of a point, and why."""

    most: int
    reason: str


def limits_of(
    evaluation: Evaluation,
    indicators: Sequence[EvaluationIndicator],
    sample: SampleResult,
    floor: Decimal,
) -> Mapping[int, Limit]:
    """The limits that are below the full points, by the indicator's position.

    `floor` is the share of satisfied people that the signed contract promises, in percent.
    """
    limits: dict[int, Limit] = {}
    satisfied = satisfied_part(evaluation, floor)
    if satisfied < 1:
        reason = survey_words(evaluation, floor)
        for row in indicators:
            if row.dimension is Dimension.SATISFACTION:
                limits[row.position] = Limit(int(row.points * satisfied), reason)
    if sample.true_share < TRUE_ENOUGH:
        true = percent_of(sample.count(SampleVerdict.TRUE), len(sample.judged))
        reason = (
            f"核查 {len(sample.judged):,} 条服务记录，属实的占 {true}%，"
            f"低于 {int(TRUE_ENOUGH * 100)}%"
        )
        for row in _proved_by(sample, indicators):
            limits[row.position] = Limit(int(row.points * sample.true_share), reason)
    return limits


def satisfied_part(evaluation: Evaluation, floor: Decimal) -> Fraction:
    """The part of the points that the people's answers leave: all from the floor on."""
    answered = evaluation.survey_answered or 0
    if not answered:
        return Fraction(0)
    hundredths = int(floor * 100)
    return step_score((evaluation.survey_satisfied or 0) * 10_000, answered * hundredths)


def survey_words(evaluation: Evaluation, floor: Decimal) -> str:
    """How many were satisfied, against the floor."""
    answered = evaluation.survey_answered or 0
    if not answered:
        return f"没有服务对象的有效回答，合同约定满意度不低于 {floor}%"
    share = percent_of(evaluation.survey_satisfied or 0, answered)
    short = "低于" if satisfied_part(evaluation, floor) < 1 else "不低于"
    return f"满意度 {share}%，{short}合同约定的 {floor}%"


def _proved_by(
    sample: SampleResult, indicators: Sequence[EvaluationIndicator]
) -> list[EvaluationIndicator]:
    """The indicators that the doubted records were to prove: those named like their targets, else
    all of output.
    """
    named = [row for row in indicators if row.name in sample.doubted_targets]
    return named or [row for row in indicators if row.dimension is Dimension.OUTPUT]
