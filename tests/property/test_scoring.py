"""Scoring, whatever the figures: laws that hold for every case."""

import copy
import string
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.errors import Invalid
from procure.kernel.scoring.case import score_case
from procure.kernel.scoring.figures import half_up, scaled, unscaled, written
from procure.kernel.scoring.json_fields import read_number

D = Decimal


@cache
def figures(most: str, places: int = 2, least: str = "0") -> st.SearchStrategy[str]:
    """Decimal strings between two bounds with so many places; made once, as making one is dear."""
    return st.decimals(least, most, places=places, allow_nan=False, allow_infinity=False).map(
        lambda d: f"{d:f}"
    )


@st.composite
def cases(draw: st.DrawFn, *, judged: bool = True) -> dict[str, Any]:
    """Lawful composite cases with 1 to 8 bids, 1 to 7 members and 1 to 4 factors."""
    procedure = draw(st.sampled_from(["open_tender", "consultation"]))
    points = draw(st.integers(10, 30))
    count = draw(st.integers(1, 4))
    cuts = sorted(
        draw(
            st.lists(
                st.integers(1, 99 - points), min_size=count - 1, max_size=count - 1, unique=True
            )
        )
    )
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100 - points], strict=True)]
    criteria = [
        {"id": f"c{i}", "points": str(w), "objective": draw(st.booleans()), "technical": i == 0}
        for i, w in enumerate(weights)
    ]
    members = draw(st.integers(1, 7))
    rule = "low_price_first" if judged else "ratio_to_max"
    limits = st.none() | figures("900", least="100")
    bids = []
    for name in string.ascii_uppercase[: draw(st.integers(1, 8))]:
        scores = {}
        for criterion in criteria:
            mark = figures(str(criterion["points"]))
            if criterion["objective"]:
                scores[criterion["id"]] = [draw(mark)] * members
            else:
                scores[criterion["id"]] = draw(st.lists(mark, min_size=members, max_size=members))
        bids.append(
            {
                "bidder": name,
                "price": draw(figures("1000", least="0.01")),
                "quantity": draw(figures("40000", least="1")),
                "deduction": draw(st.sampled_from(["0", "0", "0.04", "0.10", "0.155", "0.20"])),
                "valid": draw(st.sampled_from([True, True, True, False])),
                "scores": scores,
            }
        )
    return {
        "method": "composite",
        "procedure": procedure,
        "price": {"points": str(points), "rule": rule, "ceiling": draw(limits)},
        "criteria": criteria,
        "low_price": {
            "mean": draw(figures("0.65", least="0.50")),
            "second": draw(figures("0.65", least="0.50")),
            "ceiling": draw(figures("0.65", least="0.45")),
        },
        "tie": draw(st.sampled_from([None, [], ["score", "price"], ["score", "c0", "price"]])),
        "places": draw(st.integers(0, 4)),
        "bids": bids,
    }


def by_bidder(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {bid["bidder"]: bid for bid in answer["bids"]}


def rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(D(1).scaleb(-places), ROUND_HALF_UP)


def oracle(case: dict[str, Any]) -> dict[str, Any]:
    """The same answer by plain Decimal, as a careful clerk would work it out."""
    price, places = case["price"], case["places"]
    ceiling = None if price["ceiling"] is None else D(price["ceiling"])
    live = [
        bid
        for bid in case["bids"]
        if bid["valid"] and (ceiling is None or D(bid["price"]) <= ceiling)
    ]
    cost = {b["bidder"]: D(b["price"]) * (1 - D(b["deduction"])) for b in case["bids"]}
    base = min((cost[b["bidder"]] for b in live), default=None)
    quoted = sorted(D(b["price"]) for b in live)
    rows = {}
    for bid in live:
        means = {}
        for criterion in case["criteria"]:
            marks = [D(mark) for mark in bid["scores"][criterion["id"]]]
            means[criterion["id"]] = rounded(sum(marks) / len(marks), 4)
        assert base is not None
        points = rounded(base / cost[bid["bidder"]] * D(price["points"]), places)
        bounds = {name: D(value) for name, value in case["low_price"].items()}
        mine = D(bid["price"])
        flags = []
        if mine < bounds["mean"] * sum(quoted) / len(quoted):
            flags.append("low:mean")
        if len(quoted) > 1 and mine < bounds["second"] * quoted[1]:
            flags.append("low:second")
        if ceiling is not None and mine < bounds["ceiling"] * ceiling:
            flags.append("low:ceiling")
        total = rounded(points + sum(means.values()), places)
        rows[bid["bidder"]] = (points, means, total, flags)
    law = ["score", "price", "c0"] if case["procedure"] == "consultation" else ["score", "price"]
    order = law if case["tie"] is None else case["tie"] or ["score"]

    def key(name: str) -> list[Decimal]:
        _, means, total, _ = rows[name]
        known = {"score": -total, "price": cost[name], "c0": -means["c0"]}
        return [known[word] for word in order]

    least = 2 if case["procedure"] == "consultation" else 3
    ranks = {
        name: 1 + sum(key(other) < key(name) for other in rows) if len(live) >= least else None
        for name in rows
    }
    return {"base": base, "rows": rows, "ranks": ranks, "cost": cost}


@given(cases())
def test_score_any_case_equals_plain_decimal(case: dict[str, Any]) -> None:
    answer, expected = score_case(case), oracle(case)

    if expected["base"] is None:
        assert answer["base_price"] is None
    else:
        assert D(answer["base_price"]) == rounded(expected["base"], 2)
    for name, bid in by_bidder(answer).items():
        assert D(bid["evaluated_price"]) == rounded(expected["cost"][name], 2)
        if name not in expected["rows"]:
            assert (bid["total"], bid["rank"], bid["price_score"]) == (None, None, None)
            continue
        points, means, total, flags = expected["rows"][name]
        assert D(bid["price_score"]) == points
        assert D(bid["total"]) == total
        assert bid["rank"] == expected["ranks"][name]
        assert bid["flags"] == flags
        assert {k: D(v) for k, v in bid["criteria"].items()} == {
            k: rounded(v, case["places"]) for k, v in means.items()
        }


@given(cases(), st.randoms(use_true_random=False))
def test_score_bids_in_any_order_gives_the_same_standings(
    case: dict[str, Any], random: Any
) -> None:
    shuffled = copy.deepcopy(case)
    random.shuffle(shuffled["bids"])

    answer, again = score_case(case), score_case(shuffled)

    assert by_bidder(answer) == by_bidder(again)
    assert [b["bidder"] for b in again["bids"]] == [b["bidder"] for b in shuffled["bids"]]
    assert (answer["base_price"], answer["mean"], answer["void"]) == (
        again["base_price"],
        again["mean"],
        again["void"],
    )


@given(cases())
def test_rank_any_case_is_a_total_order_with_shared_ranks(case: dict[str, Any]) -> None:
    answer = score_case(case)
    ranks = sorted(bid["rank"] for bid in answer["bids"] if bid["rank"] is not None)

    assert all(rank == 1 + sum(other < rank for other in ranks) for rank in ranks)
    if answer["void"] is None:
        scored = [bid for bid in answer["bids"] if bid["total"] is not None]
        assert len(ranks) == len(scored) >= 2
        for one in scored:
            for other in scored:
                if D(one["total"]) > D(other["total"]):
                    assert one["rank"] < other["rank"]
    else:
        assert ranks == []


@given(cases())
def test_score_price_stays_between_zero_and_points_and_the_lowest_gets_all(
    case: dict[str, Any],
) -> None:
    answer = score_case(case)
    scored = [bid for bid in answer["bids"] if bid["price_score"] is not None]

    assert all(0 <= D(bid["price_score"]) <= D(case["price"]["points"]) for bid in scored)
    if scored:
        lowest = min(scored, key=lambda bid: D(bid["evaluated_price"]))
        assert lowest["evaluated_price"] == answer["base_price"]
        assert any(
            D(bid["price_score"]) == D(case["price"]["points"])
            for bid in scored
            if bid["evaluated_price"] == answer["base_price"]
        )


@given(cases(judged=False))
def test_score_hours_stay_in_range_and_the_most_hours_get_all(case: dict[str, Any]) -> None:
    answer = score_case(case)
    hours = {bid["bidder"]: D(bid["quantity"]) for bid in case["bids"]}
    scored = {b["bidder"]: D(b["price_score"]) for b in answer["bids"] if b["price_score"]}

    assert answer["base_price"] is None
    for name, points in scored.items():
        base = max(hours[other] for other in scored)
        exact = hours[name] / base * D(case["price"]["points"])
        assert points == rounded(exact, case["places"])


@given(cases())
def test_score_deduction_never_changes_what_is_quoted_or_flagged(case: dict[str, Any]) -> None:
    bare = copy.deepcopy(case)
    for bid in bare["bids"]:
        bid["deduction"] = "0"

    answer, without = score_case(case), score_case(bare)

    assert answer["mean"] == without["mean"]
    assert [b["flags"] for b in answer["bids"]] == [b["flags"] for b in without["bids"]]
    assert [b["evaluated_price"] for b in without["bids"]] == [
        f"{D(b['price']):.2f}" for b in case["bids"]
    ]


@given(cases(), st.data())
def test_rank_raising_ones_own_marks_never_lowers_the_rank(
    case: dict[str, Any], data: st.DataObject
) -> None:
    before = score_case(case)
    i = data.draw(st.integers(0, len(case["bids"]) - 1))
    criterion = data.draw(st.sampled_from(case["criteria"]))
    raised = copy.deepcopy(case)
    marks = raised["bids"][i]["scores"][criterion["id"]]
    most = D(criterion["points"])
    step = D(data.draw(figures("5")))
    raised["bids"][i]["scores"][criterion["id"]] = [f"{min(D(m) + step, most):f}" for m in marks]

    after = score_case(raised)

    old, new = before["bids"][i]["rank"], after["bids"][i]["rank"]
    assert (old is None) == (new is None)
    if old is not None:
        assert new <= old


@given(cases(), st.data())
def test_score_leaving_out_an_invalid_bid_changes_nobody_else(
    case: dict[str, Any], data: st.DataObject
) -> None:
    extra = copy.deepcopy(case["bids"][0])
    extra.update(bidder="Z", valid=False, price=data.draw(figures("1000", least="0.01")))
    more = {**case, "bids": [*case["bids"], extra]}

    answer, without = by_bidder(score_case(more)), by_bidder(score_case(case))

    assert {k: v for k, v in answer.items() if k != "Z"} == without


@given(cases())
def test_score_twice_gives_the_same_answer_and_leaves_the_case_alone(case: dict[str, Any]) -> None:
    kept = copy.deepcopy(case)

    assert score_case(case) == score_case(case)
    assert case == kept


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "method",
                        "procedure",
                        "price",
                        "criteria",
                        "bids",
                        "points",
                        "rule",
                        "tie",
                        "x",
                    ]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_score_any_json_value_is_answered_or_refused(value: object) -> None:
    try:
        answer = score_case(value)
    except Invalid as refusal:
        assert refusal.field
        assert refusal.rule
    else:
        assert set(answer) >= {"base_price", "mean", "bids", "void"}


@given(cases(), st.data())
def test_score_case_with_one_value_replaced_is_answered_or_refused(
    case: dict[str, Any], data: st.DataObject
) -> None:
    place: Any = case
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(
        st.sampled_from([None, True, 1.5, "", "-1", "x", [], {}, 10**30, float("inf"), "0"])
    )

    try:
        answer = score_case(case)
    except Invalid as refusal:
        assert refusal.field
        assert refusal.rule
    else:
        assert set(answer) >= {"base_price", "mean", "bids", "void"}


@given(st.decimals("-1e10", "1e10", places=4))
def test_scale_and_unscale_any_figure_is_the_identity(value: Decimal) -> None:
    assert unscaled(scaled(value)) == value
    assert read_number(f"{value:f}") == scaled(value)


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(0, 4))
def test_round_any_quotient_equals_decimal_half_up(
    numerator: int, denominator: int, places: int
) -> None:
    figure = half_up(numerator * 10**places, denominator)

    assert D(written(figure, places)) == rounded(D(numerator) / D(denominator), places)
