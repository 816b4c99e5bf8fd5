"""Recipients' answers: scores, mean with its interval, response, satisfied."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.vocabulary import OpinionChannel
from procure.stages.acceptance.opinions import (
    POINTS,
    QUESTIONS,
    percent_words,
    slip_score,
    summarise,
)

slips = st.lists(st.lists(st.integers(1, 5), min_size=5, max_size=5), max_size=60)


@pytest.mark.parametrize(
    ("answers", "score"),
    [((5, 5, 5, 5, 5), 100), ((1, 1, 1, 1, 1), 20), ((5, 4, 5, 4, 5), 92), ((4, 4, 4, 4, 4), 80)],
)
def test_slip_score_is_the_mean_times_twenty(answers: tuple[int, ...], score: int) -> None:
    assert slip_score(answers) == score


def test_summarise_by_hand_gives_mean_interval_and_shares() -> None:
    # Scores 100, 80, 60: mean 80, deviation 20; t(2) = 4.303; population 100.
    opinion = summarise(100, 5, [(5,) * 5, (4,) * 5, (3,) * 5])

    half = Decimal("4.303") * (Decimal(400) / 3 * 97 / 99).sqrt()
    assert opinion.mean == Decimal("80.00")
    assert opinion.low == (80 - half).quantize(Decimal("0.01"))
    assert opinion.high == Decimal("100.00")
    assert (opinion.answered, opinion.satisfied) == (3, 2)
    assert opinion.response == Decimal("0.6")
    assert opinion.is_enough


def test_summarise_when_everybody_answered_leaves_no_doubt() -> None:
    opinion = summarise(2, 2, [(5,) * 5, (1,) * 5])

    assert opinion.low == opinion.mean == opinion.high == Decimal("60.00")


def test_summarise_with_one_answer_of_many_claims_nothing() -> None:
    opinion = summarise(40, 30, [(5,) * 5])

    assert (opinion.low, opinion.high) == (Decimal("0.00"), Decimal("100.00"))
    assert not opinion.is_enough


def test_summarise_without_answers_says_so() -> None:
    opinion = summarise(40, 30, [])

    assert opinion.response == 0
    assert "还没有人答复" in opinion.words


def test_response_just_below_sixty_percent_is_not_enough() -> None:
    assert not summarise(1000, 100, [(5,) * 5] * 59).is_enough
    assert summarise(1000, 100, [(5,) * 5] * 60).is_enough


@given(slips)
def test_summarise_keeps_the_mean_within_its_interval(answers: list[list[int]]) -> None:
    opinion = summarise(384, 384, answers)

    assert Decimal(0) <= opinion.low <= opinion.mean <= opinion.high <= Decimal(100)
    assert 0 <= opinion.satisfied <= opinion.answered == len(answers)


def test_questions_have_five_answers_each_and_no_jargon() -> None:
    assert len(QUESTIONS) == 5
    assert all(len(question.answers) == len(POINTS) for question in QUESTIONS)


def test_percent_words_round_to_one_decimal() -> None:
    assert percent_words(Decimal(2) / 3) == "66.7%"


def test_way_of_asking_names_only_the_channels_that_were_used() -> None:
    slips = [(5,) * 5, (4,) * 5]
    used = {OpinionChannel.PHONE, OpinionChannel.CODE}

    assert summarise(40, 30, slips, used).asked_how == "系统随机抽样，扫码填写、电话访问"
    assert summarise(40, 30, []).asked_how == "系统随机抽样"
