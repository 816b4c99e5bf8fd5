"""The draw passes over the bidders' own people, however their employer is written."""

import pytest

from procure.stages.awards.draw import (
    EXCLUDED_EMPLOYER,
    LIKE_EXCLUDED,
    LIKE_SEATED,
    SAME_EMPLOYER,
    Candidate,
    draw,
)

BIDDER = "珠海市善邻会计师事务所（普通合伙）ABC中心·斗门"


def drawn_from(employers: list[str], excluded: list[str]) -> tuple[list[str], list[str]]:
    """Who of these is taken, and why the others are not; the seed puts them in this order."""
    pool = [Candidate(str(at), f"专家{at}", name, "社会工作") for at, name in enumerate(employers)]
    drawn = draw(pool, "seed", len(pool), excluded_employers=excluded)
    return [one.employer for one in drawn.chosen], [one.reason for one in drawn.skipped]


@pytest.mark.parametrize(
    "employer",
    [
        BIDDER,
        "珠海市善邻会计师事务所(普通合伙)ABC中心·斗门",
        "珠海市善邻会计师事务所（普通合伙）ＡＢＣ中心·斗门",
        "珠海市善邻会计师事务所（普通合伙）abc中\u2f3c•斗\u2ed4",
        "珠海市善邻会计师事务所【普通合伙】ABC中心・斗门\u200b",
        " 珠海市\u3000善邻会计师事务所（普通合伙） ABC中心‧斗门",
        "\u202a珠海市善邻会计师事务所（普通合伙）ABC中心.斗门\u202c",
    ],
)
def test_bidders_own_expert_is_passed_over_however_the_employer_is_written(employer: str) -> None:
    assert drawn_from([employer], [BIDDER]) == ([], [EXCLUDED_EMPLOYER])


@pytest.mark.parametrize(
    "employer",
    [
        "善邻会计师事务所",
        "善邻会计",
        "珠海善邻会计师",
        "珠海善邻会计师事务所审计二部",
        "广东省珠海市善邻会计师事务所",
        "原珠海市善邻会计师事务所（退休）",
    ],
)
def test_expert_whose_employer_may_be_a_bidder_is_passed_over(employer: str) -> None:
    assert drawn_from([employer], [BIDDER]) == ([], [LIKE_EXCLUDED])


@pytest.mark.parametrize(
    "employer",
    [
        "",
        "珠海市民政局",
        "珠海大学",
        "珠海市善德会计师事务所",
        "中山市善邻会计师事务所",
        "暨南大学社会学系",
    ],
)
def test_expert_of_another_employer_is_taken(employer: str) -> None:
    assert drawn_from([employer], [BIDDER, "珠海市斗门区民政局"]) == ([employer], [])


def test_two_experts_of_one_employer_do_not_sit_together_however_it_is_written() -> None:
    chosen, reasons = drawn_from(
        ["珠海大学（社会学系）", "珠海大学(社会学系)", "珠海 大学〔社会学系〕"], []
    )

    assert len(chosen) == 1
    assert reasons == [SAME_EMPLOYER] * 2


def test_two_experts_of_what_may_be_one_employer_do_not_sit_together() -> None:
    chosen, reasons = drawn_from(["珠海市和风律师事务所", "珠海和风律师事务所", "和风律所"], [])

    assert len(chosen) == 1
    assert reasons == [LIKE_SEATED] * 2
