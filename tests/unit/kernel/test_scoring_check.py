"""What a scoring scheme and a panel may be."""

from dataclasses import replace
from decimal import Decimal

import pytest

from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.check import check_scheme, undefined_grades
from procure.kernel.scoring.panel import check_panel, least_experts, outliers
from procure.kernel.scoring.rules import CITATIONS, SchemeFinding, Severity
from procure.kernel.scoring.scheme import (
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

D = Decimal
YUAN = 100


def scheme(points: str = "20", procedure: Procedure = Procedure.OPEN_TENDER) -> Scheme:
    return Scheme(
        Method.COMPOSITE,
        procedure,
        PriceRule(D(points), PriceWay.TOTAL),
        (Criterion("tech", D(100) - D(points), name="服务方案"),),
    )


def blocks(found: tuple[SchemeFinding, ...]) -> list[tuple[str, str]]:
    return [(f.field, f.rule) for f in found if f.blocks]


def warnings(found: tuple[SchemeFinding, ...]) -> list[tuple[str, str]]:
    return [(f.field, f.rule) for f in found if f.severity is Severity.WARN]


def named(name: str, standard: str = "") -> Scheme:
    return replace(scheme(), criteria=(Criterion("x", D(80), name=name, standard=standard),))


@pytest.mark.parametrize(
    ("points", "procedure", "expected"),
    [
        ("8", Procedure.OPEN_TENDER, [("price.points", "R-SC-3")]),
        ("9.99", Procedure.INVITED_TENDER, [("price.points", "R-SC-3")]),
        ("35", Procedure.CONSULTATION, [("price.points", "R-SC-3-CONSULT")]),
        ("9", Procedure.CONSULTATION, [("price.points", "R-SC-3-CONSULT")]),
        ("45", Procedure.OPEN_TENDER, []),
        ("10", Procedure.OPEN_TENDER, []),
        ("10", Procedure.CONSULTATION, []),
        ("30", Procedure.CONSULTATION, []),
    ],
)
def test_check_v16_price_weight_by_procedure(
    points: str, procedure: Procedure, expected: list[tuple[str, str]]
) -> None:
    assert blocks(check_scheme(scheme(points, procedure))) == expected


def test_check_finding_names_rule_article_and_what_to_do() -> None:
    (finding,) = check_scheme(scheme("8"))

    assert finding.message == "招标服务项目的价格分值占比不得低于 10%，现为 8%。"
    assert finding.basis == "《政府采购货物和服务招标投标管理办法》第五十五条"
    assert finding.remedy == "调整价格分和其他评分因素的分值。"


@pytest.mark.parametrize("rest", ["79.9999", "80.0001", "55"])
def test_check_weights_that_do_not_make_100_are_refused(rest: str) -> None:
    plan = replace(scheme(), criteria=(Criterion("tech", D(rest)),))

    assert blocks(check_scheme(plan)) == [("criteria", "R-SC-8")]


def test_check_fixed_price_with_points_is_refused() -> None:
    plan = replace(scheme(), price=PriceRule(D(20), PriceWay.FIXED))

    assert blocks(check_scheme(plan)) == [("price.points", "R-SC-4")]


def test_check_fixed_price_without_points_passes() -> None:
    plan = replace(
        scheme(), price=PriceRule(D(0), PriceWay.FIXED), criteria=(Criterion("tech", D(100)),)
    )

    assert check_scheme(plan) == ()


def test_check_hours_are_not_bound_by_the_price_weight() -> None:
    plan = replace(scheme("8"), price=PriceRule(D(8), PriceWay.HOURS, floor=D(35_244)))

    assert check_scheme(plan) == ()


def test_check_floor_price_is_refused() -> None:
    plan = replace(scheme(), price=PriceRule(D(20), PriceWay.TOTAL, floor=D(100)))

    assert blocks(check_scheme(plan)) == [("price.floor", "R-PRE-2")]


@pytest.mark.parametrize("name", ["ceiling", "budget"])
def test_check_limit_of_zero_is_refused(name: str) -> None:
    price = replace(PriceRule(D(20), PriceWay.TOTAL), **{name: D(0)})

    assert blocks(check_scheme(replace(scheme(), price=price))) == [(f"price.{name}", "F-RANGE")]


def test_check_points_out_of_range_are_refused() -> None:
    plan = replace(
        scheme(),
        price=PriceRule(D(-5), PriceWay.HOURS),
        criteria=(Criterion("a", D(105)), Criterion("b", D(0))),
    )

    assert blocks(check_scheme(plan)) == [
        ("price.points", "F-RANGE"),
        ("criteria[0].points", "F-RANGE"),
        ("criteria[1].points", "F-RANGE"),
    ]


def test_check_lines_without_unit_prices_are_refused() -> None:
    price = PriceRule(D(20), PriceWay.TOTAL, lines=(Line("visit", D(1)),))

    assert blocks(check_scheme(replace(scheme(), price=price))) == [("price.lines", "F-KEY")]


def test_check_consultation_by_lowest_price_is_refused() -> None:
    plan = replace(scheme("20", Procedure.CONSULTATION), method=Method.LOWEST_PRICE, criteria=())

    assert blocks(check_scheme(plan)) == [("method", "R-CONSULT-METHOD")]


def test_check_negotiation_by_score_is_refused() -> None:
    found = check_scheme(scheme("20", Procedure.NEGOTIATION))

    assert blocks(found) == [("method", "R-NEGOTIATE-METHOD")]


def test_check_lowest_price_with_fixed_price_is_refused() -> None:
    plan = Scheme(Method.LOWEST_PRICE, Procedure.OPEN_TENDER, PriceRule(D(0), PriceWay.FIXED))

    assert blocks(check_scheme(plan)) == [("price.rule", "R-METHOD")]


def test_check_lowest_price_with_factors_warns() -> None:
    found = check_scheme(replace(scheme(), method=Method.LOWEST_PRICE))

    assert (blocks(found), warnings(found)) == ([], [("criteria", "R-METHOD")])


@pytest.mark.parametrize(
    "name",
    [
        "注册资本",
        "企业注册资金",
        "资产总额",
        "年营业收入",
        "营业额",
        "从业人员数量",
        "员工人数",
        "近三年净利润",
        "纳税额",
        "registered_capital",
    ],
)
def test_check_scale_of_the_firm_as_factor_is_refused(name: str) -> None:
    found = check_scheme(named(name))

    assert blocks(found) == [("criteria[0].name", "R-ELIG-5")]
    assert "第十七条" in found[0].basis


@pytest.mark.parametrize("name", ["从业人员资格", "从业人员培训计划", "项目团队", "资金使用方案"])
def test_check_ordinary_factor_passes(name: str) -> None:
    assert check_scheme(named(name)) == ()


def test_check_scale_in_the_text_of_a_standard_warns() -> None:
    found = check_scheme(named("履约能力", "营业收入 500 万元以上得 3 分"))

    assert (blocks(found), warnings(found)) == ([], [("criteria[0].standard", "R-ELIG-5")])


def test_check_local_achievements_warn() -> None:
    found = check_scheme(named("业绩", "具有本市同类项目业绩的，每个得 1 分"))

    assert warnings(found) == [("criteria[0].standard", "R-ELIG-6")]


def test_check_qualification_as_factor_warns() -> None:
    found = check_scheme(named("营业执照", "提供得 1 分"))

    assert warnings(found) == [("criteria[0].standard", "R-SC-1")]


def test_check_vague_grades_warn_and_name_the_words() -> None:
    found = check_scheme(named("服务方案", "方案优得 10 分，良得 6 分，一般得 2 分"))

    assert warnings(found) == [("criteria[0].standard", "R-SC-2")]
    assert "优、良、一般" in found[0].message


def test_check_defined_grades_pass() -> None:
    text = "优：每月走访 4 次以上；良：每月走访 3 次；一般是指每月走访 2 次"

    assert check_scheme(named("走访", text)) == ()


@pytest.mark.parametrize(
    "text", ["优先安排持证社工", "一般纳税人", "误差不超过 2%", "优化流程", "差异率 3%", "改良设施"]
)
def test_find_grades_in_other_words_finds_none(text: str) -> None:
    assert undefined_grades(text) == ()


def test_check_same_factor_twice_is_refused() -> None:
    plan = replace(scheme(), criteria=(Criterion("a", D(40)), Criterion("a", D(40))))

    assert blocks(check_scheme(plan)) == [("criteria[1].id", "F-KEY")]


def test_check_step_of_zero_is_refused() -> None:
    plan = replace(scheme(), criteria=(Criterion("a", D(80), step=D(0)),))

    assert blocks(check_scheme(plan)) == [("criteria[0].step", "F-RANGE")]


@pytest.mark.parametrize(
    ("tie", "expected"),
    [
        (("price", "score"), [("tie[0]", "R-RANK")]),
        (("score", "score"), [("tie[1]", "R-AWD-3")]),
        (("score", "luck"), [("tie[1]", "R-AWD-3")]),
        (("score", "price", "tech"), []),
        ((), []),
    ],
)
def test_check_order_of_comparison(tie: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert blocks(check_scheme(replace(scheme(), tie=tie))) == expected


@pytest.mark.parametrize("places", [-1, 5])
def test_check_places_out_of_range_are_refused(places: int) -> None:
    assert blocks(check_scheme(replace(scheme(), places=places))) == [("places", "R-SC-10")]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (LowBounds(mean=D("0.49")), ["low_price.mean"]),
        (LowBounds(second=D("0.66")), ["low_price.second"]),
        (LowBounds(ceiling=D("0.44")), ["low_price.ceiling"]),
        (LowBounds(D("0.65"), D("0.65"), D("0.65")), []),
        (LowBounds(), []),
    ],
)
def test_check_low_price_bounds(bounds: LowBounds, expected: list[str]) -> None:
    found = check_scheme(replace(scheme(), low=bounds))

    assert [field for field, _ in blocks(found)] == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (DeductionRates(small=D("0.10"), consortium=D("0.04")), []),
        (DeductionRates(small=D("0.20"), consortium=D("0.06")), []),
        (DeductionRates(), []),
        (DeductionRates(small=D("0.09")), ["deductions.small"]),
        (DeductionRates(consortium=D("0.10")), ["deductions.consortium"]),
    ],
)
def test_check_deduction_rates(rates: DeductionRates, expected: list[str]) -> None:
    found = check_scheme(replace(scheme(), rates=rates))

    assert [field for field, _ in blocks(found)] == expected


def test_check_every_rule_is_cited() -> None:
    assert all(CITATIONS.values())


def test_check_panel_v13_two_purchaser_people_in_five_is_refused() -> None:
    found = check_panel(5, 3, Procedure.OPEN_TENDER, 500_000 * YUAN)

    assert blocks(found) == [("experts", "R-COM-1")]
    assert "三分之二（4 人）" in found[0].message


def test_check_panel_v14_complex_tender_needs_seven() -> None:
    budget = 9_000_000 * YUAN

    assert blocks(check_panel(5, 4, Procedure.OPEN_TENDER, budget, complex=True)) == [
        ("size", "R-COM-2")
    ]
    assert check_panel(7, 5, Procedure.OPEN_TENDER, budget, complex=True) == ()
    assert check_panel(5, 4, Procedure.OPEN_TENDER, budget) == ()


def test_check_panel_seven_from_ten_million_or_high_impact() -> None:
    at, under = 10_000_000 * YUAN, 10_000_000 * YUAN - 1

    assert blocks(check_panel(5, 4, Procedure.OPEN_TENDER, at)) == [("size", "R-COM-2")]
    assert check_panel(5, 4, Procedure.OPEN_TENDER, under) == ()
    assert blocks(check_panel(5, 4, Procedure.OPEN_TENDER, 1, high_impact=True))


def test_check_panel_consultation_and_negotiation_sizes() -> None:
    line = 4_000_000 * YUAN

    assert check_panel(3, 2, Procedure.CONSULTATION, 20_000_000 * YUAN, complex=True) == ()
    assert blocks(check_panel(1, 1, Procedure.CONSULTATION, 1)) == [("size", "R-COM-3")]
    assert check_panel(3, 2, Procedure.NEGOTIATION, line) == ()
    assert blocks(check_panel(3, 2, Procedure.NEGOTIATION, line, open_tender_from=line)) == [
        ("size", "R-COM-3-NEGOTIATE")
    ]


def test_check_panel_even_or_impossible_numbers_are_refused() -> None:
    assert blocks(check_panel(6, 5, Procedure.OPEN_TENDER, 1)) == [("size", "R-COM-1")]
    assert blocks(check_panel(5, 6, Procedure.OPEN_TENDER, 1)) == [("experts", "R-COM-1")]


@pytest.mark.parametrize(("size", "experts"), [(3, 2), (5, 4), (7, 5), (9, 6)])
def test_count_experts_needed_by_size(size: int, experts: int) -> None:
    assert least_experts(size) == experts


def test_find_outliers_more_than_30_percent_of_the_points_from_the_mean() -> None:
    plan = replace(scheme(), criteria=(Criterion("a", D(10)), Criterion("b", D(70))))
    marks = {"a": [D(9), D(9), D(9), D(9), D(5)], "b": [D(60), D(60), D(60), D(60), D(50)]}

    (hint,) = outliers(plan, Bid.of(plan, "甲", price=D(1), scores=marks))

    assert (hint.criterion, hint.member, hint.mark, hint.mean) == ("a", 4, 5_0000, 8_2000)


def test_find_outliers_exactly_at_30_percent_finds_none() -> None:
    plan = replace(scheme(), criteria=(Criterion("a", D(80)),))

    assert outliers(plan, Bid.of(plan, "甲", scores={"a": [D(24), D(72)]})) == ()
    assert outliers(plan, Bid.of(plan, "甲", scores={"a": D(24)})) == ()
