"""Scoring a case: worked vectors, ranks, ties, void cases, ways of bidding."""

from decimal import Decimal

import pytest

from procure.kernel.errors import Invalid
from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.deduction import Subject, allowed_deduction
from procure.kernel.scoring.figures import scaled, written
from procure.kernel.scoring.low_price import LowTriggers
from procure.kernel.scoring.scheme import (
    BelowFloor,
    Criterion,
    DeductionRates,
    Line,
    LowBounds,
    Method,
    PriceRule,
    PriceWay,
    Procedure,
    Scheme,
)
from procure.kernel.scoring.score import Outcome, score
from procure.kernel.scoring.validity import Void, check_deposit

D = Decimal


def scheme(
    *,
    way: PriceWay = PriceWay.TOTAL,
    points: str = "20",
    procedure: Procedure = Procedure.OPEN_TENDER,
    method: Method = Method.COMPOSITE,
    price: dict[str, object] | None = None,
    **changes: object,
) -> Scheme:
    rest = Criterion("tech", D(100) - D(points), technical=True)
    values: dict[str, object] = {"criteria": (rest,), **changes}
    rule = PriceRule(D(points), way, **(price or {}))  # type: ignore[arg-type]
    return Scheme(method, procedure, rule, **values)  # type: ignore[arg-type]


def bids(plan: Scheme, **prices: str) -> list[Bid]:
    return [
        Bid.of(plan, name, price=D(price), scores={c.id: D(10) for c in plan.criteria})
        for name, price in prices.items()
    ]


def price_scores(outcome: Outcome) -> list[int | None]:
    return [standing.price_score for standing in outcome.standings]


def ranks(outcome: Outcome) -> dict[str, int | None]:
    return {standing.bidder: standing.rank for standing in outcome.standings}


def test_score_v09_consultation_quotes_gives_published_price_scores() -> None:
    plan = scheme(procedure=Procedure.CONSULTATION)

    outcome = score(plan, bids(plan, A="88", B="95", C="82", D="105"))

    assert price_scores(outcome) == [1864, 1726, 2000, 1562]


def test_score_v10_low_bid_meets_only_the_ceiling_trigger() -> None:
    plan = scheme(price={"ceiling": D(100)})

    outcome = score(plan, bids(plan, A="41", B="78", C="80", D="89"))

    assert outcome.mean == (288_0000, 4)
    assert [standing.flags for standing in outcome.standings] == [("low:ceiling",), (), (), ()]
    assert ranks(outcome)["A"] == 1


def test_score_bid_exactly_at_a_bound_is_not_low() -> None:
    plan = scheme(price={"ceiling": D(100)})

    outcome = score(plan, bids(plan, A="45", B="90", C="100"))

    assert outcome.standings[0].flags == ()


def test_score_bid_under_every_bound_carries_three_flags_in_order() -> None:
    plan = scheme(price={"budget": D(100)})

    outcome = score(plan, bids(plan, A="30", B="78", C="80"))

    assert outcome.standings[0].flags == ("low:mean", "low:second", "low:ceiling")


def test_score_raised_bound_flags_what_the_usual_bound_passes() -> None:
    usual, raised = scheme(), scheme(low=LowBounds(mean=D("0.65"), second=D("0.65")))

    assert score(usual, bids(usual, A="50", B="80", C="90")).standings[0].flags == ()
    assert score(raised, bids(raised, A="50", B="80", C="90")).standings[0].flags == ("low:second",)


def test_score_two_equal_lowest_bids_are_not_low_by_second() -> None:
    plan = scheme()

    outcome = score(plan, bids(plan, A="1", B="1", C="1"))

    assert all(standing.flags == () for standing in outcome.standings)


def test_score_v11_deduction_adjusts_bid_and_base_and_leaves_contract_price() -> None:
    plan = scheme()
    marks = {"tech": D(10)}
    offers = [
        Bid.of(plan, "X", price=D(1_000_000), deduction=D("0.10"), scores=marks),
        Bid.of(plan, "Y", price=D(950_000), scores=marks),
        Bid.of(plan, "Z", price=D(1_080_000), deduction=D("0.10"), scores=marks),
    ]

    outcome = score(plan, offers)

    assert [s.evaluated for s in outcome.standings] == [
        900_000 * 10**8,
        950_000 * 10**8,
        972_000 * 10**8,
    ]
    assert price_scores(outcome) == [2000, 1895, 1852]
    assert outcome.standings[0].quoted == 1_000_000 * 10_000


def test_score_deduction_declined_is_scored_on_the_quoted_price() -> None:
    plan = scheme(rates=DeductionRates(small=D("0.10")))

    outcome = score(plan, bids(plan, X="1000000", Y="950000", Z="1080000"))

    assert price_scores(outcome) == [1900, 2000, 1759]


def test_score_deduction_other_than_the_tender_states_is_refused() -> None:
    plan = scheme(rates=DeductionRates(small=D("0.10")))
    offer = Bid.of(plan, "X", price=D(9), deduction=D("0.15"), scores={"tech": D(1)})

    with pytest.raises(Invalid) as refusal:
        score(plan, [offer])

    assert refusal.value.field == "bids[0].deduction"
    assert "财库〔2022〕19号" in (refusal.value.rule or "")


@pytest.mark.parametrize("rate", ["0.01", "0.07", "0.21", "1"])
def test_score_deduction_outside_the_bands_is_refused(rate: str) -> None:
    plan = scheme()
    offer = Bid.of(plan, "X", price=D(9), deduction=D(rate), scores={"tech": D(1)})

    with pytest.raises(Invalid, match="价格扣除比例"):
        score(plan, [offer])


def test_score_v12_hours_under_the_floor_are_invalid() -> None:
    plan = scheme(way=PriceWay.HOURS, points="15", price={"floor": D(35_244)})
    offers = [
        Bid.of(plan, name, hours=D(hours), scores={"tech": D(10)})
        for name, hours in {"A": "36000", "B": "35244", "C": "34000"}.items()
    ]

    outcome = score(plan, offers)

    assert price_scores(outcome) == [1500, 1469, None]
    assert outcome.standings[2].flags == ("invalid:floor",)
    assert outcome.base_hours == 36_000 * 10_000
    assert outcome.void is Void.LT3_SUPPLIERS


def test_score_v12_hours_under_the_floor_get_zero_where_the_document_says_so() -> None:
    rule = {"floor": D(35_244), "below_floor": BelowFloor.ZERO}
    plan = scheme(way=PriceWay.HOURS, points="15", price=rule)
    offers = [
        Bid.of(plan, name, hours=D(hours), scores={"tech": D(10)})
        for name, hours in {"A": "36000", "B": "35244", "C": "34000"}.items()
    ]

    outcome = score(plan, offers)

    assert price_scores(outcome) == [1500, 1469, 0]
    assert outcome.standings[2].flags == ("hours:floor",)
    assert ranks(outcome) == {"A": 1, "B": 2, "C": 3}


def test_score_all_hours_under_a_zero_floor_scores_nobody() -> None:
    rule = {"floor": D(10), "below_floor": BelowFloor.ZERO}
    plan = scheme(way=PriceWay.HOURS, points="15", price=rule)
    offers = [Bid.of(plan, n, hours=D(9), scores={"tech": D(1)}) for n in "ABC"]

    outcome = score(plan, offers)

    assert outcome.base_hours is None
    assert price_scores(outcome) == [0, 0, 0]


def test_score_v17_objective_factor_scored_differently_names_the_factor() -> None:
    factor = Criterion("award", D(5), objective=True, name="获奖情况")
    plan = scheme(points="20", criteria=(Criterion("tech", D(75)), factor))
    marks = {"tech": [D(1)] * 5, "award": [D(3), D(1), D(1), D(1), D(1)]}

    with pytest.raises(Invalid, match="获奖情况") as refusal:
        score(plan, [Bid.of(plan, "A", price=D(9), scores=marks)])

    assert refusal.value.field == "bids[0].scores.award"
    assert refusal.value.remedy is not None


def test_score_objective_factor_scored_alike_counts() -> None:
    factors = (Criterion("a", D(40), objective=True), Criterion("b", D(40), objective=True))
    plan = scheme(criteria=factors)
    marks = {"a": [D(3)] * 3, "b": [D(4)] * 3}
    offers = [Bid.of(plan, n, price=D(9), scores=marks) for n in "ABC"]

    assert score(plan, offers).standings[0].total == 2700


def test_score_v22_consultation_goes_on_with_two_and_ends_with_one() -> None:
    plan = scheme(procedure=Procedure.CONSULTATION)

    two = score(plan, bids(plan, A="88", B="95"))
    one = score(plan, bids(plan, A="88"))

    assert two.void is None
    assert two.winner() == "A"
    assert one.void is Void.LT2_SUPPLIERS
    assert one.winner() is None
    assert "第二十一条" in one.void_words


def test_score_tender_with_two_conforming_bids_is_void_without_ranks() -> None:
    plan = scheme()
    offers = bids(plan, A="88", B="95", C="90")
    offers[2] = Bid.of(plan, "C", price=D(90), conforms=False)

    outcome = score(plan, offers)

    assert outcome.void is Void.LT3_SUPPLIERS
    assert set(ranks(outcome).values()) == {None}
    assert outcome.standings[2].flags == ("invalid:declared",)
    assert outcome.ranked == ()


def test_score_every_bid_over_the_ceiling_is_void_over_budget() -> None:
    plan = scheme(price={"ceiling": D(50)})

    outcome = score(plan, bids(plan, A="88", B="95", C="90"))

    assert outcome.void is Void.ALL_OVER_BUDGET
    assert "《政府采购法》第三十六条" in outcome.void_words
    assert outcome.base_price is None
    assert outcome.mean is None


def test_score_consultation_over_the_ceiling_ends_by_the_rule_of_consultations() -> None:
    plan = scheme(procedure=Procedure.CONSULTATION, price={"ceiling": D(50)})

    outcome = score(plan, bids(plan, A="88", B="95", C="90"))

    assert outcome.void is Void.ALL_OVER_BUDGET
    assert "第二十一条、财库〔2015〕124号" in outcome.void_words
    assert "第三十六条" not in outcome.void_words


def test_score_bid_over_the_ceiling_is_out_and_does_not_enter_mean_or_base() -> None:
    plan = scheme(price={"ceiling": D("95.00"), "budget": D(200)})

    outcome = score(plan, bids(plan, A="88", B="95", C="90", E="95.01"))

    assert ranks(outcome) == {"A": 1, "C": 2, "B": 3, "E": None}
    assert outcome.standings[3].flags == ("invalid:ceiling",)
    assert outcome.mean == (273_0000, 3)


def test_score_invalid_lowest_bid_does_not_set_the_base() -> None:
    plan = scheme()
    offers = [*bids(plan, A="88", B="95", C="90"), Bid.of(plan, "E", price=D(10), conforms=False)]

    outcome = score(plan, offers)

    assert outcome.base_price == 88 * 10**8
    assert price_scores(outcome)[0] == 2000


def test_deduct_v23_social_organisation_gets_none_by_default() -> None:
    rates = DeductionRates(small=D("0.20"), consortium=D("0.06"))

    assert allowed_deduction(Subject.SOCIAL_ORGANISATION, rates) == 0
    assert allowed_deduction(Subject.INSTITUTION, rates) == 0
    assert allowed_deduction(Subject.SMALL_ENTERPRISE, rates) == D("0.20")
    assert allowed_deduction(Subject.WELFARE_UNIT, rates) == D("0.20")
    assert allowed_deduction(Subject.CONSORTIUM, rates) == D("0.06")


def test_deduct_declined_or_reserved_gives_none() -> None:
    rates = DeductionRates(small=D("0.20"))

    assert allowed_deduction(Subject.SMALL_ENTERPRISE, rates, declined=True) == 0
    assert allowed_deduction(Subject.SMALL_ENTERPRISE, rates, reserved=True) == 0
    assert allowed_deduction(Subject.CONSORTIUM, rates) == 0


def test_check_deposit_v25_short_payment_makes_the_bid_invalid() -> None:
    (finding,) = check_deposit(2_000_000, 1_500_000)

    assert finding.blocks
    assert "第六十三条" in finding.basis
    assert check_deposit(2_000_000, 2_000_000) == ()


def test_score_mean_of_all_members_is_not_trimmed() -> None:
    plan = scheme()
    marks = {"tech": [D(0), D(70), D(70), D(70), D(80)]}
    offers = [Bid.of(plan, n, price=D(9), scores=marks) for n in "ABC"]

    assert score(plan, offers).standings[0].means == (58_0000,)


def test_score_mean_is_rounded_half_up_at_four_places_then_total_at_two() -> None:
    plan = scheme()
    marks = {"tech": [D("10.0001"), D("10.0000")]}
    offers = [Bid.of(plan, n, price=D(9), scores=marks) for n in "ABC"]

    outcome = score(plan, offers)

    assert outcome.standings[0].means == (10_0001,)
    assert outcome.standings[0].total == 3000


@pytest.mark.parametrize(("places", "total"), [(0, 49), (1, 485), (2, 4853), (4, 485333)])
def test_score_total_is_shown_at_the_places_of_the_scheme(places: int, total: int) -> None:
    plan = scheme(places=places)
    marks = {"tech": [D("28.5"), D("28.5"), D("28.6")]}
    offers = [Bid.of(plan, n, price=D(9), scores=marks) for n in "ABC"]

    assert score(plan, offers).standings[0].total == total


def test_score_unit_price_ranks_on_the_unit_price() -> None:
    plan = scheme(way=PriceWay.UNIT_PRICE, price={"ceiling": D("60")})

    outcome = score(plan, bids(plan, A="45.5", B="50", C="60.0001", E="45.5050"))

    assert ranks(outcome) == {"A": 1, "E": 2, "B": 3, "C": None}


def test_score_unit_price_lines_use_reference_quantities() -> None:
    lines = (Line("visit", D(1200), D("60")), Line("month", D(12)))
    plan = scheme(way=PriceWay.UNIT_PRICE, price={"lines": lines})
    marks = {"tech": D(10)}

    def offer(name: str, visit: str, month: str) -> Bid:
        prices = {"visit": D(visit), "month": D(month)}
        return Bid.of(plan, name, unit_prices=prices, scores=marks)

    outcome = score(
        plan,
        [
            offer("A", "45", "290"),
            offer("B", "44", "500"),
            offer("C", "61", "1"),
            offer("E", "60", "1"),
        ],
    )

    assert outcome.standings[0].quoted == (1200 * 45 + 12 * 290) * 10_000
    assert ranks(outcome) == {"A": 1, "B": 2, "C": None, "E": 3}


def test_score_unit_prices_that_do_not_answer_the_lines_are_refused() -> None:
    plan = scheme(way=PriceWay.UNIT_PRICE, price={"lines": (Line("visit", D(1200)),)})
    offer = Bid.of(plan, "A", unit_prices={"month": D(1)}, scores={"tech": D(1)})

    with pytest.raises(Invalid, match="计价清单"):
        score(plan, [offer])


def test_score_rate_ranks_the_lower_rate_first() -> None:
    plan = scheme(way=PriceWay.RATE, price={"ceiling": D(100)})

    outcome = score(plan, bids(plan, A="95.00", B="97.5", C="100"))

    assert price_scores(outcome) == [2000, 1949, 1900]


def test_score_fixed_price_gives_no_price_points_and_ranks_on_score() -> None:
    plan = scheme(way=PriceWay.FIXED, points="0")
    offers = [
        Bid.of(plan, name, scores={"tech": D(mark)})
        for name, mark in {"A": "80", "B": "90", "C": "70"}.items()
    ]

    outcome = score(plan, offers)

    assert price_scores(outcome) == [0, 0, 0]
    assert ranks(outcome) == {"B": 1, "A": 2, "C": 3}


def test_rank_equal_scores_by_lower_price() -> None:
    plan = scheme()
    offers = [
        Bid.of(plan, "A", price=D(100), scores={"tech": D("50")}),
        Bid.of(plan, "B", price=D(80), scores={"tech": D("46")}),
        Bid.of(plan, "C", price=D(160), scores={"tech": D("10")}),
    ]

    outcome = score(plan, offers)

    assert outcome.standings[0].total == outcome.standings[1].total == 6600
    assert ranks(outcome) == {"B": 1, "A": 2, "C": 3}


def test_rank_equal_score_and_price_stays_parallel_and_needs_a_draw() -> None:
    plan = scheme()
    outcome = score(plan, bids(plan, A="88", B="88", C="90"))

    assert ranks(outcome) == {"A": 1, "B": 1, "C": 3}
    assert outcome.parallel_first == ("A", "B")
    with pytest.raises(Invalid, match="并列"):
        outcome.winner()
    with pytest.raises(Invalid):
        outcome.winner(["A", "C"])
    assert outcome.winner(["B", "A"]) == "B"


@pytest.mark.parametrize(
    ("method", "procedure", "tie", "order"),
    [
        (Method.COMPOSITE, Procedure.OPEN_TENDER, None, ("score", "price")),
        (Method.COMPOSITE, Procedure.CONSULTATION, None, ("score", "price", "technical")),
        (Method.COMPOSITE, Procedure.OPEN_TENDER, (), ("score",)),
        (Method.COMPOSITE, Procedure.OPEN_TENDER, ("score", "technical"), ("score", "technical")),
        (Method.LOWEST_PRICE, Procedure.OPEN_TENDER, None, ("price",)),
        (Method.LOWEST_PRICE, Procedure.OPEN_TENDER, ("score", "price", "lot"), ("price", "lot")),
    ],
)
def test_bids_are_ranked_by_the_keys_of_their_way(
    method: Method, procedure: Procedure, tie: tuple[str, ...] | None, order: tuple[str, ...]
) -> None:
    assert scheme(method=method, procedure=procedure, tie=tie).order == order


def test_rank_consultation_breaks_the_tie_by_technical_indicators() -> None:
    factors = (Criterion("tech", D(40), technical=True), Criterion("team", D(40)))
    plan = scheme(procedure=Procedure.CONSULTATION, criteria=factors)
    offers = [
        Bid.of(plan, "A", price=D(88), scores={"tech": D(30), "team": D(31)}),
        Bid.of(plan, "B", price=D(88), scores={"tech": D(31), "team": D(30)}),
    ]

    assert ranks(score(plan, offers)) == {"B": 1, "A": 2}


def test_rank_stated_tie_order_by_criterion_and_hours_is_followed() -> None:
    factors = (Criterion("tech", D(45)), Criterion("team", D(40)))
    marks = [{"tech": D(30), "team": D(31)}, {"tech": D(31), "team": D(30)}]
    by_team = scheme(points="15", criteria=factors, way=PriceWay.HOURS, tie=("score", "team"))
    by_hours = scheme(points="15", criteria=factors, way=PriceWay.HOURS, tie=("score", "quantity"))

    def offers(plan: Scheme, hours: tuple[str, str, str]) -> list[Bid]:
        plans = zip("ABC", hours, [*marks, {"tech": D(0), "team": D(0)}], strict=True)
        return [Bid.of(plan, n, hours=D(h), scores=m) for n, h, m in plans]

    assert ranks(score(by_team, offers(by_team, ("9", "9", "9")))) == {"A": 1, "B": 2, "C": 3}
    close = ("100000", "100001", "9")
    assert ranks(score(by_hours, offers(by_hours, close))) == {"B": 1, "A": 2, "C": 3}


def test_rank_empty_tie_list_compares_the_score_alone() -> None:
    plan = scheme(tie=())
    offers = [
        Bid.of(plan, "A", price=D(100), scores={"tech": D("50")}),
        Bid.of(plan, "B", price=D(80), scores={"tech": D("46")}),
        Bid.of(plan, "C", price=D(160), scores={"tech": D("10")}),
    ]

    assert ranks(score(plan, offers)) == {"A": 1, "B": 1, "C": 3}


def test_rank_lowest_price_method_uses_the_deducted_price_alone() -> None:
    plan = scheme(method=Method.LOWEST_PRICE, points="100", criteria=(), tie=("score", "price"))
    offers = [
        Bid.of(plan, "A", price=D(100), deduction=D("0.10")),
        Bid.of(plan, "B", price=D(95)),
        Bid.of(plan, "C", price=D(90)),
    ]

    assert ranks(score(plan, offers)) == {"A": 1, "B": 3, "C": 1}


def test_score_same_bidder_twice_is_refused() -> None:
    plan = scheme()

    with pytest.raises(Invalid) as refusal:
        score(plan, [*bids(plan, A="88"), *bids(plan, A="90")])

    assert refusal.value.field == "bids[1].bidder"


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (Bid("A", sheets=((1,),)), "bids[0].price"),
        (Bid("A", price=0, sheets=((1,),)), "bids[0].price"),
        (Bid("A", price=-1, sheets=((1,),)), "bids[0].price"),
        (Bid("A", price=1), "bids[0].scores"),
        (Bid("A", price=1, sheets=((1, 2),)), "bids[0].scores"),
        (Bid("A", price=1, sheets=((80_0001,),)), "bids[0].scores.tech"),
        (Bid("A", price=1, sheets=((-1,),)), "bids[0].scores.tech"),
    ],
)
def test_score_bid_that_cannot_be_scored_names_the_field(offer: Bid, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        score(scheme(), [offer])

    assert refusal.value.field == field


def test_score_hours_missing_or_zero_are_refused() -> None:
    plan = scheme(way=PriceWay.HOURS, points="15")

    for offer in (Bid("A", sheets=((1,),)), Bid("A", hours=0, sheets=((1,),))):
        with pytest.raises(Invalid) as refusal:
            score(plan, [offer])
        assert refusal.value.field == "bids[0].quantity"


def test_score_mark_off_the_half_point_step_is_refused() -> None:
    plan = scheme(criteria=(Criterion("tech", D(80), step=D("0.5")),))

    with pytest.raises(Invalid, match="整数倍"):
        score(plan, [Bid.of(plan, "A", price=D(9), scores={"tech": [D("7.5"), D("7.3")]})])


def test_make_bid_with_members_missing_on_one_factor_is_refused() -> None:
    plan = scheme(criteria=(Criterion("a", D(40)), Criterion("b", D(40))))

    with pytest.raises(Invalid, match="评分人数"):
        Bid.of(plan, "A", price=D(9), scores={"a": [D(1), D(2)], "b": [D(1)]})
    with pytest.raises(Invalid) as missing:
        Bid.of(plan, "A", price=D(9), scores={"a": D(1)})
    with pytest.raises(Invalid) as unknown:
        Bid.of(plan, "A", price=D(9), scores={"a": D(1), "b": D(1), "c": D(1)})
    assert missing.value.field == "bids[A].scores.b"
    assert unknown.value.field == "bids[A].scores.c"


def test_make_bid_with_more_than_four_places_is_refused() -> None:
    with pytest.raises(ValueError, match="4 decimal places"):
        Bid.of(scheme(), "A", price=D("0.00001"))
    with pytest.raises(ValueError, match="finite"):
        Bid.of(scheme(), "A", price=D("NaN"))


def test_score_deduction_the_tender_states_is_taken() -> None:
    plan = scheme(rates=DeductionRates(small=D("0.10"), consortium=D("0.04")))
    marks = {"tech": D(1)}
    offers = [
        Bid.of(plan, name, price=D(100), deduction=D(taken), scores=marks)
        for name, taken in {"A": "0.10", "B": "0.04", "C": "0"}.items()
    ]

    assert price_scores(score(plan, offers)) == [2000, 1875, 1800]


def test_score_unit_price_of_zero_is_refused() -> None:
    plan = scheme(way=PriceWay.UNIT_PRICE, price={"lines": (Line("visit", D(12)),)})
    offer = Bid.of(plan, "A", unit_prices={"visit": D(0)}, scores={"tech": D(1)})

    with pytest.raises(Invalid) as refusal:
        score(plan, [offer])

    assert refusal.value.field == "bids[0].unit_prices.visit"


def test_score_single_conforming_price_in_a_consultation_is_not_low() -> None:
    plan = scheme(procedure=Procedure.CONSULTATION)

    assert score(plan, bids(plan, A="1")).standings[0].flags == ()


def test_score_marks_on_the_half_point_step_count() -> None:
    plan = scheme(criteria=(Criterion("tech", D(80), step=D("0.5")),))
    marks = {"tech": [D("7.5"), D("8")]}
    offers = [Bid.of(plan, n, price=D(9), scores=marks) for n in "ABC"]

    assert score(plan, offers).standings[0].means == (7_7500,)


def test_flag_low_price_without_other_bids_or_ceiling_finds_none() -> None:
    assert LowTriggers(LowBounds(), [], None).flags(1) == ()


@pytest.mark.parametrize(
    ("figure", "places", "text"), [(0, 2, "0.00"), (5, 2, "0.05"), (1864, 2, "18.64"), (7, 0, "7")]
)
def test_write_figure_with_its_places(figure: int, places: int, text: str) -> None:
    assert written(figure, places) == text


def test_scale_trailing_zeros_beyond_four_places_are_no_loss() -> None:
    assert scaled(D("-1.500000")) == -1_5000
