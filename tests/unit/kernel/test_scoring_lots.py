"""Several lots with a limit on wins (兼投不兼中), and price correction."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from procure.kernel.errors import Invalid
from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.correction import (
    CorrectionRule,
    PricedLine,
    Quotation,
    correct_price,
)
from procure.kernel.scoring.lots import LotState, award_lots
from procure.kernel.scoring.scheme import Method, PriceRule, PriceWay, Procedure, Scheme
from procure.kernel.scoring.score import Outcome, score

D = Decimal
PLAN = Scheme(Method.LOWEST_PRICE, Procedure.OPEN_TENDER, PriceRule(D(100), PriceWay.TOTAL))


def lot(prices: Mapping[str, int]) -> Outcome:
    return score(PLAN, [Bid.of(PLAN, name, price=D(price)) for name, price in prices.items()])


def test_award_lots_bidder_wins_once_and_the_next_takes_the_second_lot() -> None:
    lots = {"1": lot({"A": 1, "B": 2, "C": 3}), "2": lot({"A": 1, "C": 2, "B": 3})}

    awards = award_lots(lots, ["1", "2"])

    assert [(a.lot, a.winner, a.passed_over) for a in awards] == [
        ("1", "A", ()),
        ("2", "C", ("A",)),
    ]


def test_award_lots_stated_order_decides_which_lot_is_won() -> None:
    lots = {"1": lot({"A": 1, "B": 2, "C": 3}), "2": lot({"A": 1, "C": 2, "B": 3})}

    assert [a.winner for a in award_lots(lots, ["2", "1"])] == ["A", "B"]
    assert [a.winner for a in award_lots(lots, ["1", "2"], most=2)] == ["A", "A"]


def test_award_lots_void_lot_is_left_and_the_rest_goes_on() -> None:
    lots = {"1": lot({"A": 1, "B": 2}), "2": lot({"A": 1, "C": 2, "B": 3})}

    awards = award_lots(lots, ["1", "2"])

    assert [(a.state, a.winner) for a in awards] == [
        (LotState.VOID, None),
        (LotState.AWARDED, "A"),
    ]


def test_award_lots_parallel_first_waits_for_a_draw_and_holds_later_lots() -> None:
    lots = {"1": lot({"A": 1, "B": 1, "C": 3}), "2": lot({"A": 1, "C": 2, "B": 3})}

    waiting = award_lots(lots, ["1", "2"])
    settled = award_lots(lots, ["1", "2"], drawn={"1": ["B", "A"]})

    assert [a.state for a in waiting] == [LotState.PARALLEL, LotState.PENDING]
    assert waiting[0].parallel == ("A", "B")
    assert [a.winner for a in settled] == ["B", "A"]


def test_award_lots_parallel_first_is_single_once_the_other_has_won() -> None:
    lots = {"1": lot({"A": 1, "B": 2, "C": 3}), "2": lot({"A": 1, "B": 1, "C": 3})}

    awards = award_lots(lots, ["1", "2"])

    assert (awards[1].winner, awards[1].passed_over) == ("B", ("A",))


def test_award_lots_everybody_full_leaves_the_lot_open() -> None:
    ranks = lot({"A": 1, "B": 2, "C": 3})
    lots = {name: ranks for name in "1234"}

    awards = award_lots(lots, list("1234"))

    assert [a.winner for a in awards] == ["A", "B", "C", None]
    assert awards[3].state is LotState.EXHAUSTED


@pytest.mark.parametrize("order", [["1"], ["1", "1"], ["1", "3"], ["1", "2", "2"]])
def test_award_lots_order_that_is_not_each_lot_once_is_refused(order: list[str]) -> None:
    lots = {"1": lot({"A": 1, "B": 2, "C": 3}), "2": lot({"A": 1, "C": 2, "B": 3})}

    with pytest.raises(Invalid) as refusal:
        award_lots(lots, order)

    assert refusal.value.field == "order"


def test_award_lots_limit_under_one_is_refused() -> None:
    with pytest.raises(Invalid):
        award_lots({}, [], most=0)


def test_correct_price_v15_words_win_over_figures_and_need_confirmation() -> None:
    correction = correct_price(Quotation(sheet=350_000_00, words=300_000_00))

    assert correction.price_announced == 350_000_00
    assert correction.price_corrected == 300_000_00
    assert [a.rule for a in correction.applied] == [CorrectionRule.WORDS_OVER_FIGURES]
    assert correction.binding_price(confirmed=True) == 300_000_00
    with pytest.raises(Invalid, match="未书面确认"):
        correction.binding_price(confirmed=False)


def test_correct_price_without_contradiction_changes_nothing() -> None:
    lines = (PricedLine("a", D(10), D(100)), PricedLine("b", D("2.5"), D(200)))

    correction = correct_price(Quotation(1500, words=1500, text=1500, lines=lines))

    assert correction.applied == ()
    assert correction.binding_price(confirmed=False) == 1500


def test_correct_price_opening_sheet_wins_over_the_text() -> None:
    correction = correct_price(Quotation(sheet=1000, text=1200))

    (applied,) = correction.applied
    assert (applied.rule, applied.before, applied.after) == (
        CorrectionRule.SHEET_OVER_TEXT,
        1200,
        1000,
    )
    assert "开标一览表" in applied.rule.label


def test_correct_price_slipped_decimal_point_keeps_the_total_and_mends_the_unit_price() -> None:
    lines = (PricedLine("a", D(10), D(1000)), PricedLine("b", D(5), D(200)))

    correction = correct_price(Quotation(sheet=2000, lines=lines))

    (applied,) = correction.applied
    assert correction.price_corrected == 2000
    assert (applied.rule, applied.line, applied.unit_fen) == (
        CorrectionRule.MISPLACED_DECIMAL,
        "a",
        D(100),
    )


def test_correct_price_sum_of_unit_prices_wins_over_another_total() -> None:
    lines = (PricedLine("a", D(10), D(100)), PricedLine("b", D(5), D(200)))

    correction = correct_price(Quotation(sheet=2100, lines=lines))

    assert correction.price_corrected == 2000
    assert correction.applied[0].rule is CorrectionRule.UNITS_OVER_TOTAL


def test_correct_price_slip_that_fits_two_lines_is_not_obvious() -> None:
    lines = (PricedLine("a", D(1), D(100)), PricedLine("b", D(1), D(100)))

    correction = correct_price(Quotation(sheet=1100, lines=lines))

    assert correction.price_corrected == 200


def test_correct_price_several_at_once_apply_in_the_order_of_the_article() -> None:
    lines = (PricedLine("a", D(10), D(110)),)

    correction = correct_price(Quotation(sheet=1000, words=900, text=1200, lines=lines))

    assert [a.rule for a in correction.applied] == [
        CorrectionRule.SHEET_OVER_TEXT,
        CorrectionRule.WORDS_OVER_FIGURES,
        CorrectionRule.UNITS_OVER_TOTAL,
    ]
    assert correction.price_corrected == 1100


def test_correct_price_of_zero_is_refused() -> None:
    with pytest.raises(Invalid):
        correct_price(Quotation(0))
