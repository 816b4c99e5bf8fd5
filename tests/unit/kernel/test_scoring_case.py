"""A scoring case as JSON: the shape of the answer, and every refusal by field and rule."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from procure.kernel.errors import Invalid
from procure.kernel.scoring.case import read_case, score_case
from procure.kernel.scoring.notices import notices
from procure.kernel.scoring.rules import BrokenRule
from procure.kernel.scoring.score import score

CASE: dict[str, Any] = {
    "method": "composite",
    "procedure": "open_tender",
    "price": {
        "points": "15",
        "rule": "low_price_first",
        "floor": None,
        "ceiling": "1850000.00",
    },
    "criteria": [
        {"id": "tech", "points": "55", "objective": False},
        {"id": "award", "points": "30", "objective": True},
    ],
    "low_price": {"mean": "0.50", "second": "0.50", "ceiling": "0.45"},
    "tie": ["score", "price"],
    "places": 2,
    "bids": [
        {
            "bidder": "A",
            "price": "1800000.00",
            "deduction": "0",
            "valid": True,
            "scores": {"tech": ["50", "49.5", "51", "48", "52"], "award": "20"},
        },
        {
            "bidder": "B",
            "price": "1750000.00",
            "deduction": "0.10",
            "valid": True,
            "scores": {"tech": ["40", "41", "42", "40", "40.5"], "award": ["25"] * 5},
        },
        {
            "bidder": "C",
            "price": "1700000.00",
            "deduction": "0",
            "valid": True,
            "scores": {"tech": "45.25", "award": "30"},
        },
        {"bidder": "D", "price": "1850000.01", "valid": True},
        {"bidder": "E", "price": None, "valid": False, "scores": {}},
    ],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    case = copy.deepcopy(CASE)
    change(case)
    return case


def refusal_of(case: object) -> BrokenRule:
    with pytest.raises(Invalid) as caught:
        score_case(case)
    assert isinstance(caught.value, BrokenRule)
    return caught.value


def test_score_case_answers_in_the_agreed_shape() -> None:
    assert score_case(CASE) == {
        "base_price": "1575000.00",
        "mean": "1750000.00",
        "bids": [
            {
                "bidder": "A",
                "evaluated_price": "1800000.00",
                "price_score": "13.13",
                "criteria": {"tech": "50.10", "award": "20.00"},
                "total": "83.23",
                "rank": 2,
                "flags": [],
            },
            {
                "bidder": "B",
                "evaluated_price": "1575000.00",
                "price_score": "15.00",
                "criteria": {"tech": "40.70", "award": "25.00"},
                "total": "80.70",
                "rank": 3,
                "flags": [],
            },
            {
                "bidder": "C",
                "evaluated_price": "1700000.00",
                "price_score": "13.90",
                "criteria": {"tech": "45.25", "award": "30.00"},
                "total": "89.15",
                "rank": 1,
                "flags": [],
            },
            {
                "bidder": "D",
                "evaluated_price": "1850000.01",
                "price_score": None,
                "criteria": {},
                "total": None,
                "rank": None,
                "flags": ["invalid:ceiling"],
            },
            {
                "bidder": "E",
                "evaluated_price": None,
                "price_score": None,
                "criteria": {},
                "total": None,
                "rank": None,
                "flags": ["invalid:declared"],
            },
        ],
        "void": None,
    }


def test_score_case_does_not_change_its_input() -> None:
    case = copy.deepcopy(CASE)

    score_case(case)

    assert case == CASE


def test_score_case_with_optional_fields_left_out_uses_the_law() -> None:
    def strip(case: dict[str, Any]) -> None:
        for key in ("low_price", "tie", "places"):
            del case[key]
        del case["price"]["floor"]
        for bid in case["bids"][:3]:
            del bid["valid"]

    assert score_case(changed(strip)) == score_case(CASE)


def test_score_case_null_bounds_keep_the_triggers_on() -> None:
    case = changed(lambda c: c.update(low_price={"mean": None, "second": None, "ceiling": None}))
    case["bids"][0]["price"] = "600000"

    assert score_case(case)["bids"][0]["flags"] == ["low:mean", "low:second", "low:ceiling"]


def test_score_case_integers_stand_for_exact_figures() -> None:
    case = changed(lambda c: c["price"].update(points=15, ceiling=1850000))

    assert score_case(case) == score_case(CASE)


def test_score_case_lowest_price_ranks_on_price_alone() -> None:
    case = changed(lambda c: c.update(method="lowest_price", criteria=[]))
    for bid in case["bids"]:
        bid.pop("scores", None)

    answer = score_case(case)

    assert [bid["rank"] for bid in answer["bids"]] == [3, 1, 2, None, None]
    assert answer["bids"][1]["total"] == "15.00"


def test_score_case_lowest_price_needs_no_rule_and_no_points() -> None:
    case = {
        "method": "lowest_price",
        "procedure": "negotiation",
        "price": {},
        "bids": [{"bidder": n, "price": p} for n, p in zip("ABC", ["3", "2", "4"], strict=True)],
    }

    answer = score_case(case)

    assert [bid["rank"] for bid in answer["bids"]] == [2, 1, 3]
    assert [bid["price_score"] for bid in answer["bids"]] == ["66.67", "100.00", "50.00"]


def test_score_case_hours_reports_the_base_hours_and_judges_no_price() -> None:
    case = {
        "method": "composite",
        "procedure": "consultation",
        "price": {"points": "15", "rule": "ratio_to_max", "floor": "35244", "ceiling": "1854000"},
        "criteria": [{"id": "t", "points": "85"}],
        "bids": [
            {"bidder": n, "price": "1854000", "quantity": q, "scores": {"t": "80"}}
            for n, q in zip("ABC", ["36000", "35244", "34000"], strict=True)
        ],
    }

    answer = score_case(case)

    assert answer["base_price"] is None
    assert answer["base_quantity"] == "36000.00"
    assert [bid["price_score"] for bid in answer["bids"]] == ["15.00", "14.69", None]
    assert [bid["rank"] for bid in answer["bids"]] == [1, 2, None]


def test_score_case_unit_price_and_rate_keep_up_to_four_places() -> None:
    def rate(case: dict[str, Any]) -> None:
        case["price"].update(rule="rate", ceiling="100")
        for bid, price in zip(case["bids"], ["95.125", "96", "97.0500"], strict=False):
            bid.update(price=price, deduction="0")
        del case["bids"][3:]

    answer = score_case(changed(rate))

    assert answer["base_price"] == "95.125"
    assert [b["evaluated_price"] for b in answer["bids"]] == ["95.125", "96.00", "97.05"]
    assert answer["mean"] == "96.0583"


def test_score_case_unit_prices_over_lines() -> None:
    def lines(case: dict[str, Any]) -> None:
        case["price"].update(rule="unit_price", lines={"visit": {"quantity": "1000.5"}})
        for bid, price in zip(case["bids"], ["45", "44.99", "46"], strict=False):
            del bid["price"]
            bid.update(unit_prices={"visit": price}, deduction="0")
        del case["bids"][3:]

    answer = score_case(changed(lines))

    assert [b["evaluated_price"] for b in answer["bids"]] == ["45022.50", "45012.50", "46023.00"]


def test_score_case_no_bids_is_void() -> None:
    answer = score_case(changed(lambda c: c.update(bids=[])))

    assert answer == {"base_price": None, "mean": None, "bids": [], "void": "lt3_suppliers"}


def set_bid(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda case: case["bids"][0].update(values)


def set_price(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda case: case["price"].update(values)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (lambda c: c.update(extra=1), "extra", "F-KEY"),
        (lambda c: c.pop("method"), "method", "F-KEY"),
        (lambda c: c.update(method="cheapest"), "method", "F-KEY"),
        (lambda c: c.update(method=["composite"]), "method", "F-KEY"),
        (lambda c: c.update(procedure="inquiry"), "procedure", "F-KEY"),
        (lambda c: c.pop("price"), "price", "F-KEY"),
        (lambda c: c.update(price="15"), "price", "F-TYPE"),
        (set_price(weight="15"), "price.weight", "F-KEY"),
        (set_price(points=None), "price.points", "F-KEY"),
        (set_price(points=15.0), "price.points", "F-NUMBER"),
        (set_price(points=True), "price.points", "F-NUMBER"),
        (set_price(points="1e1"), "price.points", "F-NUMBER"),
        (set_price(points=" 15"), "price.points", "F-NUMBER"),
        (set_price(points="１５"), "price.points", "F-NUMBER"),
        (set_price(points="NaN"), "price.points", "F-NUMBER"),
        (set_price(points="15.00001"), "price.points", "F-NUMBER"),
        (set_price(points="9" * 16), "price.points", "F-NUMBER"),
        (set_price(points=10**400), "price.points", "F-NUMBER"),
        (set_price(points="16"), "criteria", "R-SC-8"),
        (set_price(points="-15"), "price.points", "F-RANGE"),
        (set_price(floor="1"), "price.floor", "R-PRE-2"),
        (set_price(rule=None), "price.rule", "F-KEY"),
        (set_price(rule="fixed"), "price.points", "R-SC-4"),
        (set_price(below_floor="ignore"), "price.below_floor", "F-KEY"),
        (set_price(ceiling="0"), "price.ceiling", "F-RANGE"),
        (set_price(lines=[]), "price.lines", "F-TYPE"),
        (set_price(lines={"a": {"quantity": "0"}}), "price.lines.a.quantity", "F-RANGE"),
        (lambda c: c.update(criteria=None), "criteria", "F-KEY"),
        (lambda c: c.update(criteria={}), "criteria", "F-TYPE"),
        (lambda c: c["criteria"][0].update(weight=1), "criteria[0].weight", "F-KEY"),
        (lambda c: c["criteria"][0].update(id=""), "criteria[0].id", "F-TYPE"),
        (lambda c: c["criteria"][0].update(id="award"), "criteria[1].id", "F-KEY"),
        (lambda c: c["criteria"][0].update(objective="no"), "criteria[0].objective", "F-TYPE"),
        (lambda c: c["criteria"][0].update(name=3), "criteria[0].name", "F-TYPE"),
        (lambda c: c["criteria"][0].update(name="注册资本"), "criteria[0].name", "R-ELIG-5"),
        (lambda c: c.update(low_price={"mean": "0.66"}), "low_price.mean", "R-LOW-1"),
        (lambda c: c.update(low_price={"t1": "0.5"}), "low_price.t1", "F-KEY"),
        (lambda c: c.update(tie="score"), "tie", "F-TYPE"),
        (lambda c: c.update(tie=["price"]), "tie[0]", "R-RANK"),
        (lambda c: c.update(tie=["score", 1]), "tie", "F-TYPE"),
        (lambda c: c.update(deductions={"small": "0.3"}), "deductions.small", "R-SME-1"),
        (lambda c: c.update(deductions={"small": "0.2"}), "bids[1].deduction", "R-SME-1"),
        (lambda c: c.update(places="2"), "places", "F-TYPE"),
        (lambda c: c.update(places=2.0), "places", "F-TYPE"),
        (lambda c: c.update(places=True), "places", "F-TYPE"),
        (lambda c: c.update(places=5), "places", "R-SC-10"),
        (
            lambda c: c.update(procedure="consultation", method="lowest_price"),
            "method",
            "R-CONSULT-METHOD",
        ),
        (lambda c: c.pop("bids"), "bids", "F-KEY"),
        (lambda c: c["bids"].append("X"), "bids[5]", "F-TYPE"),
        (lambda c: c["bids"].append({"bidder": " A "}), "bids[5].bidder", "F-BIDDER"),
        (lambda c: c["bids"].append({"bidder": "Ａ"}), "bids[5].bidder", "F-BIDDER"),
        (set_bid(bidder=None), "bids[0].bidder", "F-KEY"),
        (set_bid(bidder=7), "bids[0].bidder", "F-TYPE"),
        (set_bid(bidder="  "), "bids[0].bidder", "F-TYPE"),
        (set_bid(bidder="\ud800"), "bids[0].bidder", "F-TYPE"),
        (set_bid(bidder="A" * 201), "bids[0].bidder", "F-TYPE"),
        (set_bid(price="-1"), "bids[0].price", "F-PRICE"),
        (set_bid(price="0"), "bids[0].price", "F-PRICE"),
        (set_bid(price="1.001"), "bids[0].price", "F-PRICE"),
        (set_bid(price=1800000.0), "bids[0].price", "F-NUMBER"),
        (set_bid(price=None), "bids[0].price", "F-KEY"),
        (set_bid(price="1,800,000"), "bids[0].price", "F-NUMBER"),
        (set_bid(prise="1"), "bids[0].prise", "F-KEY"),
        (set_bid(unit_prices={"a": "1"}), "bids[0].price", "F-KEY"),
        (set_bid(quantity="-3"), "bids[0].quantity", "F-RANGE"),
        (set_bid(deduction="0.5"), "bids[0].deduction", "R-SME-1"),
        (set_bid(deduction="-0.1"), "bids[0].deduction", "R-SME-1"),
        (set_bid(deduction=0.1), "bids[0].deduction", "F-NUMBER"),
        (set_bid(valid="yes"), "bids[0].valid", "F-TYPE"),
        (set_bid(valid=1), "bids[0].valid", "F-TYPE"),
        (set_bid(scores=None), "bids[0].scores", "F-KEY"),
        (set_bid(scores=[1]), "bids[0].scores", "F-TYPE"),
        (set_bid(scores={"tech": "50"}), "bids[0].scores.award", "F-KEY"),
        (set_bid(scores={"tech": "50", "award": "1", "x": "1"}), "bids[0].scores.x", "F-KEY"),
        (set_bid(scores={"tech": "55.01", "award": "1"}), "bids[0].scores.tech", "F-RANGE"),
        (set_bid(scores={"tech": ["-1"], "award": "1"}), "bids[0].scores.tech", "F-RANGE"),
        (set_bid(scores={"tech": [], "award": "1"}), "bids[0].scores.tech", "F-RANGE"),
        (set_bid(scores={"tech": [50.5], "award": "1"}), "bids[0].scores.tech", "F-NUMBER"),
        (set_bid(scores={"tech": ["1", "2"], "award": ["1"]}), "bids[0].scores", "R-SC-9"),
        (set_bid(scores={"tech": "1", "award": ["1", "2"]}), "bids[0].scores.award", "R-SC-9"),
    ],
)
def test_score_case_bad_input_names_field_and_rule(
    change: Callable[[dict[str, Any]], object], field: str, code: str
) -> None:
    refusal = refusal_of(changed(change))

    assert (refusal.field, refusal.code) == (field, code)
    assert refusal.rule
    assert refusal.message.endswith("。")
    assert refusal.remedy
    assert refusal.remedy.endswith("。")


@pytest.mark.parametrize("case", [None, [], "x", 3, 1.5, [[[]]]])
def test_score_case_that_is_no_object_is_refused(case: object) -> None:
    assert refusal_of(case).field == "case"


def test_score_case_unknown_key_is_made_fit_for_a_message() -> None:
    refusal = refusal_of(changed(lambda c: c.update({"\x1b[31m" + "k" * 100: 1})))

    assert refusal.field == "?[31m" + "k" * 35


def test_score_case_criterion_called_technical_breaks_a_tie() -> None:
    case = {
        "method": "composite",
        "procedure": "consultation",
        "price": {"points": "20", "rule": "low_price_first"},
        "criteria": [{"id": "team", "points": "40"}, {"id": "technical", "points": "40"}],
        "tie": ["score", "price", "technical"],
        "bids": [
            {"bidder": "A", "price": "9", "scores": {"team": "31", "technical": "30"}},
            {"bidder": "B", "price": "9", "scores": {"team": "30", "technical": "31"}},
        ],
    }

    assert [bid["rank"] for bid in score_case(case)["bids"]] == [2, 1]


def test_notices_tell_parallel_first_low_bids_outliers_and_void() -> None:
    def tie(case: dict[str, Any]) -> None:
        del case["bids"][3:]
        for bid in case["bids"]:
            bid.update(price="100", deduction="0", scores={"tech": "1", "award": "1"})
        case["bids"][2]["scores"] = {"tech": ["1", "40"], "award": "1"}
        case["bids"][2]["price"] = "40"

    told = notices(score(*read_case(changed(tie))))
    void = notices(score(*read_case(changed(lambda c: c.update(bids=[])))))

    assert any("低于次低有效报价" in text for text in told)
    assert any("第 1 位成员打 1 分，与平均分 20.5 分" in text for text in told)
    assert any("废标" in text for text in void)


def test_notices_name_parallel_bidders() -> None:
    def tie(case: dict[str, Any]) -> None:
        del case["bids"][3:]
        for bid in case["bids"]:
            bid.update(price="100", deduction="0", scores={"tech": "1", "award": "1"})

    told = notices(score(*read_case(changed(tie))))

    assert any(text.startswith("A、B、C并列第一") for text in told)


def test_read_case_with_warnings_alone_is_accepted() -> None:
    def vague(case: dict[str, Any]) -> None:
        case["criteria"][0]["standard"] = "方案优得 10 分"

    outcome = score(*read_case(changed(vague)))

    assert any("没有定义的“优”" in text for text in notices(outcome))
