"""What scores add up to: points by dimension, total, grade, with the arithmetic in words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from procure.kernel.lifecycle import EvaluationState
from procure.kernel.vocabulary import (
    GRADE_BANDS,
    Dimension,
    EvaluationKind,
    Grade,
    PaymentTrigger,
    grade_of,
)

FULL = 10_000
"""A hundred points, in hundredths."""
LEAST_RESULTS = Decimal("0.60")
"""Output and benefit together carry at least 60 % of the points (财预〔2020〕10号 [memory]: may warn)."""
KIND_OF_TRIGGER = {
    PaymentTrigger.MIDTERM: EvaluationKind.MIDTERM,
    PaymentTrigger.FINAL: EvaluationKind.FINAL,
}
"""The evaluation that opens an instalment."""
RESULT_DIMENSIONS = frozenset({Dimension.OUTPUT, Dimension.EFFECT, Dimension.SATISFACTION})


class Scored(Protocol):
    """An indicator with its full points and, once scored, its score, in hundredths."""

    dimension: Dimension
    points: int
    score: int | None


class Due(Protocol):
    """An instalment, as far as what opens it."""

    trigger: PaymentTrigger
    left_to_acceptance: bool


class Standing(Protocol):
    """The newest round of an evaluation, as far as money depends on it."""

    @property
    def state(self) -> EvaluationState:
        """How far it is."""

    @property
    def is_closed(self) -> bool:
        """Whether it failed and the buyer closed it without a further round."""


@dataclass(frozen=True)
class DimensionResult:
    """One first-level indicator: full points, points given (None while not all are scored)."""

    dimension: Dimension
    indicators: int
    scored: int
    points: int
    score: int

    @property
    def label(self) -> str:
        """Its name."""
        return self.dimension.label

    @property
    def is_complete(self) -> bool:
        """Whether every indicator of it is scored."""
        return self.scored == self.indicators

    @property
    def rate(self) -> Decimal:
        """The share of the full points that was given."""
        return Decimal(self.score) / self.points


@dataclass(frozen=True)
class Result:
    """Total and grade, once every indicator is scored."""

    dimensions: tuple[DimensionResult, ...]

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to score."""
        return bool(self.dimensions) and all(part.is_complete for part in self.dimensions)

    @property
    def total(self) -> int:
        """The sum of the scores so far, in hundredths of a point."""
        return sum(part.score for part in self.dimensions)

    @property
    def grade(self) -> Grade:
        """The grade of the total (R-GZ-4)."""
        return grade_of(Decimal(self.total) / 100)

    @property
    def results_share(self) -> Decimal:
        """How much of the points output, effect and satisfaction carry."""
        whole = sum(part.points for part in self.dimensions)
        part = sum(d.points for d in self.dimensions if d.dimension in RESULT_DIMENSIONS)
        return Decimal(part) / whole if whole else Decimal(0)

    @property
    def words(self) -> str:
        """The arithmetic: 项目管理 18.50 ＋ 服务产出 40.00 … ＝ 86.50 分，80 分以上为良好."""
        parts = " ＋ ".join(f"{part.label} {plain_points(part.score)}" for part in self.dimensions)
        return f"{parts} ＝ {plain_points(self.total)} 分，{band_words(self.grade)}"


def result_of(indicators: Iterable[Scored]) -> Result:
    """Add up what is scored, dimension by dimension in the order of the indicators."""
    order: list[Dimension] = []
    sums: dict[Dimension, list[int]] = {}
    for indicator in indicators:
        if indicator.dimension not in sums:
            order.append(indicator.dimension)
            sums[indicator.dimension] = [0, 0, 0, 0]
        line = sums[indicator.dimension]
        line[0] += 1
        line[1] += indicator.score is not None
        line[2] += indicator.points
        line[3] += indicator.score or 0
    return Result(tuple(DimensionResult(dimension, *sums[dimension]) for dimension in order))


def percent_of(part: int, whole: int) -> Decimal:
    """A share in percent with one decimal; of nothing it is nothing."""
    if not whole:
        return Decimal("0.0")
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"))


def plain_points(hundredths: int) -> str:
    """Points with two decimals, no unit."""
    return f"{Decimal(hundredths) / 100:.2f}"


def band_words(grade: Grade) -> str:
    """What a grade takes: 80 分以上不满 90 分为良好."""
    floors = [floor for floor, _ in GRADE_BANDS]
    at = next(n for n, (_, each) in enumerate(GRADE_BANDS) if each is grade)
    low = f"{floors[at]} 分以上" if floors[at] else ""
    high = f"不满 {floors[at - 1]} 分" if at else ""
    return f"{low}{high}为{grade.label}"


def passes(grade: Grade | None) -> bool:
    """Whether the grade opens the instalment that waits for it (R-GZ-5)."""
    return grade is not None and grade is not Grade.FAIL


def is_left_to_acceptance(evaluation: Standing) -> bool:
    """Whether no pass of it is to come: an early end cancelled it, or it failed and was closed."""
    return evaluation.state is EvaluationState.CANCELLED or evaluation.is_closed


def opens_with_acceptance(instalment: Due, evaluations: Mapping[EvaluationKind, Standing]) -> bool:
    """Whether the announced acceptance opens an instalment: its own, each whose evaluation will not
    pass any more, and what nobody had asked for when it began. A deduction is taken off these.
    """
    if instalment.left_to_acceptance or instalment.trigger is PaymentTrigger.ACCEPTANCE:
        return True
    kind = KIND_OF_TRIGGER.get(instalment.trigger)
    evaluation = evaluations.get(kind) if kind is not None else None
    return evaluation is not None and is_left_to_acceptance(evaluation)
