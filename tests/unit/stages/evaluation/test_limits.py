"""What a score may not exceed: by the answers against the contract's floor, by untrue records."""

from decimal import Decimal

import pytest

from procure.kernel.vocabulary import Dimension
from procure.stages.evaluation.limits import limits_of, survey_words
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator, SampleVerdict
from procure.stages.evaluation.sampling import SampleResult

ROWS = tuple(
    EvaluationIndicator(position=at, dimension=dimension, name=name, points=points)
    for at, (dimension, name, points) in enumerate(
        (
            (Dimension.OUTPUT, "困难老年人探访", 1600),
            (Dimension.OUTPUT, "小组或者社区活动", 1400),
            (Dimension.SATISFACTION, "服务对象满意度", 1000),
        ),
        start=1,
    )
)
TRUE, FALSE, UNCLEAR = SampleVerdict
NOTHING_DRAWN = SampleResult(0, ())


def answered(answers: int, satisfied: int) -> Evaluation:
    return Evaluation(survey_answered=answers, survey_satisfied=satisfied)


def most(evaluation: Evaluation, sample: SampleResult, floor: str = "85") -> dict[int, int]:
    found = limits_of(evaluation, ROWS, sample, Decimal(floor))
    return {position: limit.most for position, limit in found.items()}


@pytest.mark.parametrize(
    ("answers", "satisfied", "floor", "left"),
    [
        (20, 17, "85", {}),
        (20, 16, "85", {3: 666}),
        (20, 16, "80", {}),
        (20, 11, "85", {3: 333}),
        (8, 3, "85", {3: 0}),
        (0, 0, "85", {3: 0}),
        (1000, 899, "90", {3: 666}),
    ],
)
def test_satisfaction_earns_by_the_floor_of_the_contract(
    answers: int, satisfied: int, floor: str, left: dict[int, int]
) -> None:
    assert most(answered(answers, satisfied), NOTHING_DRAWN, floor) == left
    short = "，低于" in survey_words(answered(answers, satisfied), Decimal(floor))
    assert short is bool(left and answers)


@pytest.mark.parametrize(
    ("judged", "left"),
    [
        ([("困难老年人探访", TRUE)] * 19 + [("困难老年人探访", FALSE)], {}),
        ([("困难老年人探访", TRUE)] * 9 + [("困难老年人探访", FALSE)], {1: 1440}),
        ([("别的目标", TRUE), ("别的目标", FALSE)], {1: 800, 2: 700}),
        ([("困难老年人探访", TRUE), ("困难老年人探访", UNCLEAR)], {1: 800, 2: 700}),
        ([], {}),
    ],
)
def test_untrue_records_hold_down_what_they_were_to_prove(
    judged: list[tuple[str, SampleVerdict]], left: dict[int, int]
) -> None:
    assert most(answered(10, 10), SampleResult(len(judged), tuple(judged))) == left


def test_sample_with_a_doubt_or_not_looked_into_needs_a_conclusion() -> None:
    assert NOTHING_DRAWN.has_doubt
    assert SampleResult(2, (("探访", TRUE), ("探访", UNCLEAR))).has_doubt
    assert not SampleResult(2, (("探访", TRUE), ("探访", TRUE))).has_doubt
