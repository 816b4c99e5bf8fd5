"""From rows to ranks: the scoring kernel spoken to in stored figures."""

from decimal import Decimal

import pytest

from procure.kernel.errors import Invalid
from procure.kernel.vocabulary import PriceWay, ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.stages.awards.models import BidCheck, PanelMember
from procure.stages.awards.ranking import (
    Marks,
    Ranking,
    broken_limits,
    deduction_of,
    mismatches,
    rank,
    sheet_digest,
)
from procure.stages.bids.models import OpenedBid
from procure.stages.bids.queries import OpenedRow
from procure.stages.tenders.models import Tender, TenderCriterion

ENTERPRISE, SOCIAL = "91440400MA4WXXXXXX", "52440403MJL1001132"
CRITERIA = (
    TenderCriterion(id="plan", position=1, name="方案", points=5_000, objective=False, standard=""),
    TenderCriterion(id="team", position=2, name="团队", points=3_000, objective=True, standard=""),
)
MEMBERS = tuple(PanelMember(id=f"m{n}", user_id=f"u{n}", position=n) for n in (1, 2, 3))


def tender(way: PriceWay = PriceWay.LOW_PRICE_FIRST, **changes: object) -> Tender:
    values = {
        "method": ProcurementMethod.CONSULTATION,
        "price_way": way,
        "budget_fen": 120_000_000,
        "ceiling_fen": 120_000_000,
        "price_points": 2_000,
        "hours_floor": None,
        "deduction_rate": 1_000,
        "low_mean": 5_000,
        "low_second": 5_000,
        "low_ceiling": 4_500,
    }
    return Tender(**(values | changes))


def row(
    name: str,
    price_fen: int | None,
    *,
    hours: int | None = None,
    claims: bool = False,
    code: str = ENTERPRISE,
    damage: str = "",
) -> OpenedRow:
    opened = OpenedBid(
        bid_id=name,
        price_fen=price_fen,
        hours=hours,
        claims_deduction=claims,
        damaged=bool(damage),
        damage=damage,
    )
    return OpenedRow(opened, Organisation(name=f"机构{name}", credit_code=code), None)


def check(valid: bool = True) -> BidCheck:
    return BidCheck(qualified=valid, conforms=valid, reason="" if valid else "缺证书")


def equal_marks(rows: list[OpenedRow], plan: int = 4_000, team: int = 2_000) -> Marks:
    return {
        (member.id, one.bid_id, factor): points
        for member in MEMBERS
        for one in rows
        for factor, points in (("plan", plan), ("team", team))
    }


def ranked(told: Tender, rows: list[OpenedRow], marks: Marks | None = None, **out: bool) -> Ranking:
    checks = {one.bid_id: check(out.get(one.bid_id, True)) for one in rows}
    given = equal_marks(rows) if marks is None else marks
    return rank(told, CRITERIA, rows, checks, MEMBERS, given, "seed")


def test_rank_deducts_for_small_firms_and_keeps_the_quoted_price() -> None:
    """V11: evaluated 900,000 / 950,000 / 972,000 earn 20.00 / 18.95 / 18.52."""
    rows = [
        row("x", 100_000_000, claims=True),
        row("y", 95_000_000),
        row("z", 108_000_000, claims=True),
    ]

    places = {place.bid_id: place for place in ranked(tender(), rows).places}

    assert [places[name].evaluated_fen for name in "xyz"] == [90_000_000, 95_000_000, 97_200_000]
    assert [places[name].price_points for name in "xyz"] == [2_000, 1_895, 1_852]
    assert [places[name].rank for name in "xyz"] == [1, 2, 3]
    assert rows[0].opened.price_fen == 100_000_000


@pytest.mark.parametrize(
    ("code", "claims", "expected"),
    [
        (ENTERPRISE, True, Decimal("0.1")),
        (ENTERPRISE, False, Decimal(0)),
        (SOCIAL, True, Decimal(0)),
    ],
)
def test_deduction_goes_to_enterprises_that_claim_it(
    code: str, claims: bool, expected: Decimal
) -> None:
    """V23: a social organisation gets none, whatever its bid says."""
    assert deduction_of(tender(), row("x", 1, claims=claims, code=code)) == expected
    assert deduction_of(tender(deduction_rate=0), row("x", 1, claims=True)) == 0


def test_rank_by_promised_hours() -> None:
    """V12: 36,000 / 35,244 hours with 15 points."""
    told = tender(PriceWay.RATIO_TO_MAX, hours_floor=35_244, price_points=1_500)
    rows = [row("a", 120_000_000, hours=36_000), row("b", 120_000_000, hours=35_244)]

    places = {place.bid_id: place.price_points for place in ranked(told, rows).places}

    assert places == {"a": 1_500, "b": 1_469}


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (row("a", 120_000_001), "报价高于最高限价"),
        (row("a", 120_000_000), None),
        (row("a", None, damage="解不开"), "解不开"),
    ],
)
def test_figures_that_make_a_bid_invalid_are_named(one: OpenedRow, words: str | None) -> None:
    assert broken_limits(tender(), CRITERIA, one.opened) == (() if words is None else (words,))


def test_too_few_hours_make_a_bid_invalid() -> None:
    told = tender(PriceWay.RATIO_TO_MAX, hours_floor=35_244)
    found = broken_limits(told, CRITERIA, row("a", 120_000_000, hours=34_000).opened)

    assert found == ("承诺工时少于采购文件要求的最低工时",)


def test_rank_leaves_out_what_was_found_invalid() -> None:
    rows = [row("a", 50_000_000), row("b", 80_000_000), row("c", 90_000_000)]

    result = ranked(tender(), rows, a=False)

    assert [place.rank for place in result.places] == [None, 1, 2]
    assert result.places[1].price_points == 2_000
    assert result.void == ""


def test_rank_of_too_few_is_void_with_its_reason() -> None:
    """V22."""
    rows = [row("a", 50_000_000), row("b", 80_000_000)]

    result = ranked(tender(), rows, a=False)

    assert "不足两家" in result.void
    assert all(place.rank is None for place in result.places)


def test_rank_settles_equal_bids_by_the_seed_for_ties() -> None:
    """R-AWD-3."""
    rows = [row("a", 80_000_000), row("b", 80_000_000)]
    checks = {one.bid_id: check() for one in rows}

    orders = {
        seed: tuple(
            place.rank
            for place in rank(
                tender(), CRITERIA, rows, checks, MEMBERS, equal_marks(rows), seed
            ).places
        )
        for seed in "0123456789"
    }

    assert set(orders.values()) == {(1, 2), (2, 1)}
    result = ranked(tender(), rows)
    assert sorted(result.drawn) == ["a", "b"]
    assert all("tie:drawn" in place.flags for place in result.places)


def test_notices_name_people_and_not_ids() -> None:
    rows = [row("bid-one", 30_000_000), row("bid-two", 80_000_000), row("bid-three", 81_000_000)]
    marks = dict(equal_marks(rows))
    marks["m1", "bid-two", "plan"] = 0

    said = "".join(ranked(tender(), rows, marks).notices)

    assert "机构bid-one的报价低于" in said
    assert "“方案”：第 1 位成员打 0 分" in said
    assert "“plan”" not in said


def test_objective_marks_that_differ_cannot_be_ranked() -> None:
    """V17."""
    rows = [row("a", 80_000_000), row("b", 90_000_000)]
    marks = dict(equal_marks(rows))
    marks["m2", "a", "team"] = 1_000

    with pytest.raises(Invalid, match="不一致"):
        ranked(tender(), rows, marks)
    found = mismatches(CRITERIA, ["a", "b"], "m2", ["m1", "m3"], marks)
    assert {(one.bid_id, one.criterion_id, one.other_member) for one in found} == {
        ("a", "team", "m1"),
        ("a", "team", "m3"),
    }


def test_mismatch_needs_two_saved_marks() -> None:
    marks = {("m1", "a", "team"): 1_000}

    assert mismatches(CRITERIA, ["a"], "m1", ["m2"], marks) == []
    assert mismatches(CRITERIA, ["a"], "m2", ["m1"], marks) == []


def test_digest_of_a_sheet_changes_with_every_mark() -> None:
    marks = {("m1", "a", "plan"): 1, ("m2", "a", "plan"): 2}

    assert sheet_digest("m1", marks) != sheet_digest("m1", marks | {("m1", "a", "plan"): 2})
    assert sheet_digest("m1", marks) == sheet_digest("m1", marks | {("m2", "a", "plan"): 9})
