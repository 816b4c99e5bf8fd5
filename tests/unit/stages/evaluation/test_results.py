"""Scores added up, graded, and samples that can be drawn again."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.vocabulary import Dimension, Grade
from procure.stages.evaluation.results import band_words, passes, percent_of, result_of
from procure.stages.evaluation.sampling import draw, population_digest, sample_size

ids = st.sets(st.text("0123456789abcdef", min_size=4, max_size=8), min_size=1, max_size=60)


@dataclass
class Line:
    dimension: Dimension
    points: int
    score: int | None


def lines(*scores: int | None) -> list[Line]:
    parts = (Dimension.MANAGEMENT, Dimension.OUTPUT, Dimension.OUTPUT, Dimension.EFFECT)
    points = (2000, 3000, 3000, 2000)
    return [Line(*line) for line in zip(parts, points, scores, strict=True)]


def test_result_sums_by_dimension_in_order() -> None:
    result = result_of(lines(1850, 2700, 2500, 1600))

    assert [(part.dimension, part.score) for part in result.dimensions] == [
        (Dimension.MANAGEMENT, 1850),
        (Dimension.OUTPUT, 5200),
        (Dimension.EFFECT, 1600),
    ]
    assert (result.total, result.grade) == (8650, Grade.GOOD)
    assert result.words == (
        "项目管理 18.50 ＋ 服务产出 52.00 ＋ 服务成效 16.00 ＝ 86.50 分，80 分以上不满 90 分为良好"
    )


def test_result_with_an_open_score_is_not_complete() -> None:
    assert not result_of(lines(1850, None, 2500, 1600)).is_complete
    assert not result_of([]).is_complete
    assert result_of(lines(0, 0, 0, 0)).is_complete


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        (10_000, Grade.EXCELLENT),
        (9_000, Grade.EXCELLENT),
        (8_999, Grade.GOOD),
        (8_000, Grade.GOOD),
        (7_999, Grade.PASS),
        (6_000, Grade.PASS),
        (5_999, Grade.FAIL),
        (0, Grade.FAIL),
    ],
)
def test_grade_changes_exactly_at_the_bands(total: int, grade: Grade) -> None:
    result = result_of([Line(Dimension.OUTPUT, 10_000, total)])

    assert result.grade is grade
    assert passes(grade) is (grade is not Grade.FAIL)


def test_passes_is_false_for_no_grade() -> None:
    assert not passes(None)


def test_band_words_name_both_ends() -> None:
    assert band_words(Grade.EXCELLENT) == "90 分以上为优秀"
    assert band_words(Grade.FAIL) == "不满 60 分为不合格"


def test_results_share_counts_output_effect_and_satisfaction() -> None:
    assert result_of(lines(0, 0, 0, 0)).results_share == Decimal("0.8")


@pytest.mark.parametrize(
    ("population", "size"),
    [(1, 1), (29, 29), (30, 30), (120, 30), (301, 31), (3_000, 300), (3_840, 384), (9_999, 384)],
)
def test_sample_size_follows_the_rule(population: int, size: int) -> None:
    assert sample_size(population) == size


@given(ids, st.text("0123456789abcdef", min_size=32, max_size=32))
def test_draw_again_gives_the_same_sample_whatever_the_order(chosen: set[str], seed: str) -> None:
    first, again = draw(chosen, seed), draw(sorted(chosen, reverse=True), seed)

    assert first == again
    assert len(first.ids) == sample_size(len(chosen)) == len(set(first.ids))
    assert set(first.ids) <= chosen
    assert first.population_sha256 == population_digest(chosen)


def test_percent_of_nobody_is_zero() -> None:
    assert percent_of(0, 0) == Decimal("0.0")
    assert percent_of(2, 3) == Decimal("66.7")
