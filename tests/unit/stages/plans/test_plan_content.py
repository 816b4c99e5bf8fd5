"""What no plan may say, and what it is warned of (R-METH-2, R-GPS-5)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.errors import Invalid
from procure.kernel.findings import FindingLevel
from procure.kernel.money import Money
from procure.kernel.vocabulary import NEGATIVE_LIST, BuyMode, PriceWay, ProcurementMethod
from procure.stages.plans.content import (
    PlanContent,
    PlanSurroundings,
    check_plan,
    require_lawful,
)

CONTENT = PlanContent(
    title="居家养老服务项目",
    catalogue_item_id="item",
    budget_line_id="line",
    amount=Money.from_yuan(180_000),
    ceiling=Money.from_yuan(180_000),
    method=ProcurementMethod.CONSULTATION,
    mode=BuyMode.PROJECT,
    price_way=PriceWay.LOW_PRICE_FIRST,
    term_months=12,
    expected_on=date(2026, 4, 20),
    requested_by="井岸镇人民政府",
    reason="独居老年人多",
    outline="两个站点的运营",
    survey="调查三家机构",
    negative_list=(False,) * 6,
    term_conditions=(False,) * 4,
    surveyed_on=date(2026, 2, 1),
)
FUNDED = "2027 年度已列入中期财政规划（斗财〔2026〕3号）。"
AROUND = PlanSurroundings(
    today=date(2026, 3, 1),
    available=Money.from_yuan(1_000_000),
    line_name="居家养老经费",
    line_year=2026,
    year=2026,
    item_mode=BuyMode.PROJECT,
    item_is_published=True,
    others=Money(0),
    others_count=0,
    threshold=Money.from_yuan(2_000_000),
    threshold_source="",
    warn_share=80,
    earliest_on=date(2026, 4, 1),
)


def test_lawful_plan_has_nothing_to_be_said_against() -> None:
    require_lawful(CONTENT)
    assert check_plan(CONTENT, AROUND) == ()


@pytest.mark.parametrize("position", range(6))
def test_any_yes_of_the_negative_list_blocks(position: int) -> None:
    answers = tuple(n == position for n in range(6))
    with pytest.raises(Invalid) as refused:
        require_lawful(replace(CONTENT, negative_list=answers))
    assert refused.value.field == f"negative_{position}"
    assert NEGATIVE_LIST[position] in refused.value.message
    assert refused.value.rule == "《政府购买服务管理办法》第十条"


def test_unanswered_negative_list_blocks() -> None:
    with pytest.raises(Invalid):
        require_lawful(replace(CONTENT, negative_list=(False,) * 5))


def test_36_months_with_three_of_four_conditions_blocks() -> None:
    """V24."""
    told = replace(CONTENT, term_months=36, term_conditions=(True, True, True, False))
    with pytest.raises(Invalid) as refused:
        require_lawful(told)
    assert refused.value.field == "term_conditions"
    assert "价格变化幅度小" in refused.value.message


def test_36_months_with_all_conditions_passes() -> None:
    told = replace(CONTENT, term_months=36, term_conditions=(True,) * 4, funding_note=FUNDED)
    require_lawful(told)
    assert any(FUNDED in one.message for one in check_plan(told, AROUND))


@pytest.mark.parametrize("months", [13, 24, 36])
def test_term_beyond_the_lines_year_wants_its_money_named(months: int) -> None:
    told = replace(CONTENT, term_months=months, term_conditions=(True,) * 4, funding_note=" ")
    with pytest.raises(Invalid) as refused:
        require_lawful(told)
    assert refused.value.field == "funding_note"
    assert refused.value.rule


@pytest.mark.parametrize("year", [2025, 2027])
def test_line_of_another_year_blocks_without_the_paper_that_allows_it(year: int) -> None:
    around = replace(AROUND, line_year=year)
    assert any(one.blocks for one in check_plan(CONTENT, around))
    told = replace(CONTENT, funding_note=FUNDED)
    assert [one.level for one in check_plan(told, around)] == [FindingLevel.WARN]


@pytest.mark.parametrize("mode", [BuyMode.UNIT_PRICE, BuyMode.POST])
@pytest.mark.parametrize("ceiling", [80, 9_000, 89_999])
def test_price_of_one_unit_is_no_ceiling(mode: BuyMode, ceiling: int) -> None:
    """An hourly price, a post's month: everything after it reads a total."""
    told = replace(
        CONTENT, mode=mode, ceiling=Money.from_yuan(ceiling), ceiling_reason="按测算的单价"
    )
    with pytest.raises(Invalid) as refused:
        require_lawful(told)
    assert refused.value.field == "ceiling"
    assert "像是一个单位的价格" in refused.value.message
    assert "总价" in (refused.value.remedy or "")


def test_low_ceiling_of_a_whole_wants_its_reason_and_shows_it() -> None:
    low = replace(CONTENT, ceiling=Money.from_yuan(60_000))
    with pytest.raises(Invalid) as refused:
        require_lawful(low)
    assert refused.value.field == "ceiling_reason"
    told = replace(low, ceiling_reason="上年结余设备可用，经三家测算。")
    require_lawful(told)
    assert any("经三家测算" in one.message for one in check_plan(told, AROUND))
    with pytest.raises(Invalid) as hourly:
        require_lawful(replace(told, ceiling=Money.from_yuan(80)))
    assert hourly.value.field == "ceiling"


@pytest.mark.parametrize("field", ["title", "requested_by", "reason", "outline", "survey"])
def test_lots_named_in_any_field_are_refused(field: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_lawful(replace(CONTENT, **{field: "标项1：日间照料；标项2：上门探访"}))
    assert refused.value.field == field
    assert refused.value.rule


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (None, "还没有填写"),
        (date(2023, 5, 1), "已经超过一年"),
        (date(2025, 2, 28), "已经超过一年"),
        (date(2026, 3, 2), "还没有到"),
    ],
)
def test_survey_counts_for_a_year(day: date | None, words: str) -> None:
    first = next(
        (one for one in check_plan(replace(CONTENT, surveyed_on=day), AROUND) if one.blocks), None
    )
    assert first is not None
    assert words in first.message
    assert check_plan(replace(CONTENT, surveyed_on=date(2025, 3, 1)), AROUND) == ()


@pytest.mark.parametrize("months", [0, 37, 120, -1])
def test_term_out_of_bounds_blocks(months: int) -> None:
    with pytest.raises(Invalid) as refused:
        require_lawful(replace(CONTENT, term_months=months, term_conditions=(True,) * 4))
    assert refused.value.field == "term_months"


def test_12_months_need_no_condition() -> None:
    assert require_lawful(replace(CONTENT, term_months=12)) is None


@given(months=st.integers(1, 36), conditions=st.tuples(*[st.booleans()] * 4))
def test_term_is_lawful_exactly_when_short_or_all_hold(
    months: int, conditions: tuple[bool, ...]
) -> None:
    told = replace(CONTENT, term_months=months, term_conditions=conditions, funding_note=FUNDED)
    lawful = months <= 12 or all(conditions)
    if lawful:
        require_lawful(told)
    else:
        with pytest.raises(Invalid):
            require_lawful(told)


@pytest.mark.parametrize(
    ("amount", "ceiling", "field"),
    [(0, 0, "amount"), (-1, 1, "amount"), (100, 0, "ceiling"), (100, 101, "ceiling")],
)
def test_impossible_amounts_block(amount: int, ceiling: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_lawful(replace(CONTENT, amount=Money(amount), ceiling=Money(ceiling)))
    assert refused.value.field == field


def test_plan_above_what_is_available_blocks() -> None:
    findings = check_plan(CONTENT, replace(AROUND, available=Money.from_yuan(179_999)))
    first = next((one for one in findings if one.blocks), None)
    assert first is not None
    assert "¥179,999.00" in first.message


def test_plan_of_exactly_what_is_available_passes() -> None:
    around = replace(AROUND, available=CONTENT.amount)
    assert not any(one.blocks for one in check_plan(CONTENT, around))


def test_retired_item_blocks() -> None:
    around = replace(AROUND, item_is_published=False)
    assert any(one.blocks for one in check_plan(CONTENT, around))


@pytest.mark.parametrize(
    ("others", "words"),
    [(1_400_000, None), (1_420_000, "接近"), (1_819_999, "接近"), (1_820_000, "已达到")],
)
def test_splitting_is_warned_of_from_80_percent_on(others: int, words: str | None) -> None:
    around = replace(AROUND, others=Money.from_yuan(others), others_count=3)
    found = [one for one in check_plan(CONTENT, around) if "化整为零" in one.remedy]
    if words is None:
        assert not found
    else:
        assert [one.level for one in found] == [FindingLevel.WARN]
        assert words in found[0].message


def test_open_tender_is_no_splitting() -> None:
    around = replace(AROUND, others=Money.from_yuan(3_000_000), others_count=3)
    told = replace(CONTENT, method=ProcurementMethod.OPEN_TENDER)
    assert check_plan(told, around) == ()


def test_consultation_above_the_open_tender_amount_is_warned_of() -> None:
    around = replace(AROUND, threshold=CONTENT.amount)
    found = check_plan(CONTENT, around)
    assert [one.level for one in found] == [FindingLevel.WARN]
    assert "财政部门批准" in found[0].remedy


@pytest.mark.parametrize(
    "outline",
    [
        "派驻两名人员，按月发放工资，由科室考勤。",
        "人员坐班，服从单位统一管理。",
        "补充编外人员三名。",
    ],
)
def test_hiring_in_disguise_is_warned_of(outline: str) -> None:
    found = check_plan(replace(CONTENT, outline=outline), AROUND)
    assert [one.level for one in found] == [FindingLevel.WARN]
    assert "养事不养人" in found[0].remedy


def test_buying_posts_is_always_reminded_of_who_employs() -> None:
    told = replace(CONTENT, mode=BuyMode.POST)
    found = check_plan(told, replace(AROUND, item_mode=BuyMode.POST))
    assert "由承接主体聘用" in found[0].message


def test_expected_time_before_the_lawful_day_is_warned_of() -> None:
    found = check_plan(CONTENT, replace(AROUND, earliest_on=date(2026, 5, 1)))
    assert "2026年5月1日" in found[0].message


def test_digest_changes_with_every_answer() -> None:
    digests = {
        CONTENT.digest,
        replace(CONTENT, term_months=11).digest,
        replace(CONTENT, amount=Money(1)).digest,
        replace(CONTENT, negative_list=(True, *CONTENT.negative_list[1:])).digest,
        replace(CONTENT, survey="另一次调查").digest,
    }
    assert len(digests) == 5
