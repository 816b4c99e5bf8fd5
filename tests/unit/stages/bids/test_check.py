"""What a draft lacks or breaks before it is sealed."""

from dataclasses import replace

import pytest

from procure.kernel.findings import FindingLevel, SectionState
from procure.kernel.scoring.deduction import Subject
from procure.kernel.vocabulary import PriceWay
from procure.stages.bids.check import (
    OFFER,
    PROPOSAL,
    SECTIONS,
    STATEMENT,
    TEAM,
    findings,
    fixed_price,
    may_claim_deduction,
    section_state,
    subject_of,
)
from procure.stages.bids.content import STATEMENTS, BidContent, Draft, DraftFile, unwrap, wrap
from procure.stages.tenders.models import Tender, TenderCriterion
from procure.store.secrets import PlatformKey, make_keys

CRITERIA = (TenderCriterion(id="a", name="服务方案"), TenderCriterion(id="b", name="团队"))
FILE = DraftFile("登记证书.pdf", "application/pdf", 10, "0" * 64, "1" * 64)
WHOLE = BidContent(
    price_fen=17_500_000,
    claims_deduction=False,
    proposal="方案",
    answers=("甲", "乙"),
    statements=(True,) * len(STATEMENTS),
    project_manager="欧阳慧",
    files=(FILE,),
)


def tender(way: PriceWay = PriceWay.LOW_PRICE_FIRST, **changes: object) -> Tender:
    values = {
        "price_way": way,
        "ceiling_fen": 18_000_000,
        "budget_fen": 18_000_000,
        "low_ceiling": 4_500,
        "deduction_rate": 1_000,
        "hours_floor": None,
    }
    return Tender(**(values | changes))


def blocks(content: BidContent, told: Tender | None = None) -> list[str]:
    return [
        finding.message
        for finding in findings(content, told or tender(), CRITERIA)
        if finding.level is FindingLevel.BLOCK
    ]


def test_whole_bid_has_nothing_to_say() -> None:
    assert findings(WHOLE, tender(), CRITERIA) == ()
    assert {section_state(one, WHOLE, tender(), CRITERIA) for one in SECTIONS} == {
        SectionState.DONE
    }


def test_empty_bid_blocks_in_every_section() -> None:
    empty = BidContent()

    assert len(blocks(empty)) == 4
    assert {section_state(one, empty, tender(), CRITERIA) for one in SECTIONS} == {
        SectionState.NOT_STARTED
    }


@pytest.mark.parametrize(
    ("section", "content"),
    [
        (OFFER, BidContent(price_fen=18_000_001)),
        (PROPOSAL, BidContent(answers=("只有一段", ""))),
        (STATEMENT, BidContent(statements=(True,) * 5 + (False,))),
        (TEAM, BidContent(files=(FILE,))),
    ],
)
def test_section_begun_but_not_whole_is_doing(section: object, content: BidContent) -> None:
    assert section_state(section, content, tender(), CRITERIA) is SectionState.DOING


@pytest.mark.parametrize(
    ("price", "blocked"), [(18_000_001, True), (18_000_000, False), (0, True), (None, True)]
)
def test_price_must_stay_within_the_ceiling(price: int | None, blocked: bool) -> None:
    """O87 art 63."""
    assert bool(blocks(replace(WHOLE, price_fen=price))) is blocked


@pytest.mark.parametrize(("price", "warned"), [(8_099_999, True), (8_100_000, False)])
def test_price_under_the_share_of_the_ceiling_is_warned(price: int, warned: bool) -> None:
    """LOW2: strictly under 45 percent of 180,000 yuan."""
    found = findings(replace(WHOLE, price_fen=price), tender(), CRITERIA)

    assert any("45%" in finding.message for finding in found) is warned
    assert all(finding.level is FindingLevel.WARN for finding in found)


@pytest.mark.parametrize(
    ("hours", "words"), [(None, "还没有填写"), (35_243, "少于采购文件"), (35_244, None)]
)
def test_hours_must_reach_the_floor(hours: int | None, words: str | None) -> None:
    """V12."""
    told = tender(PriceWay.RATIO_TO_MAX, hours_floor=35_244)
    found = blocks(replace(WHOLE, price_fen=18_000_000, hours=hours), told)

    assert (words is None and not found) or (words and words in found[0])


@pytest.mark.parametrize("way", list(PriceWay))
def test_fixed_price_is_the_ceiling_where_prices_do_not_compete(way: PriceWay) -> None:
    expected = None if way is PriceWay.LOW_PRICE_FIRST else 18_000_000
    assert fixed_price(tender(way)) == expected


def test_other_price_than_the_fixed_one_blocks() -> None:
    assert "总价固定" in blocks(WHOLE, tender(PriceWay.FIXED))[0]


def test_unanswered_factor_and_missing_papers_are_warned() -> None:
    found = findings(replace(WHOLE, answers=("甲",), files=()), tender(), CRITERIA)

    assert [finding.level for finding in found] == [FindingLevel.WARN, FindingLevel.WARN]
    assert "团队" in found[0].message


@pytest.mark.parametrize(
    ("code", "subject"),
    [
        ("52440403MJL1001132", Subject.SOCIAL_ORGANISATION),
        ("51440403MJL1001132", Subject.SOCIAL_ORGANISATION),
        ("91440400MA4WXXXXXX", Subject.SMALL_ENTERPRISE),
        ("92440400MA4WXXXXXX", Subject.SMALL_ENTERPRISE),
        ("12440400MB2C123456", Subject.INSTITUTION),
        ("54440400MB2C123456", Subject.SOCIAL_ORGANISATION),
        ("N2440400MB2C123456", Subject.OTHER),
        (None, Subject.OTHER),
    ],
)
def test_credit_code_tells_who_may_claim_the_deduction(code: str | None, subject: Subject) -> None:
    """R-SME-4, V23: social organisations are not enterprises."""
    assert subject_of(code) is subject
    assert may_claim_deduction(tender(), code).ok is (subject is Subject.SMALL_ENTERPRISE)


def test_deduction_that_the_tender_does_not_give_cannot_be_claimed() -> None:
    verdict = may_claim_deduction(tender(deduction_rate=0), "91440400MA4WXXXXXX")

    assert not verdict.ok
    assert "没有给予" in verdict.reason


def test_draft_comes_back_from_its_encrypted_form(tmp_path: object) -> None:
    make_keys(tmp_path)
    key = PlatformKey(tmp_path)
    draft = Draft(WHOLE, replace(WHOLE, price_fen=1), 3)

    blob = wrap(draft, key)

    assert unwrap(blob, key) == draft
    assert "欧阳慧".encode() not in blob
    assert unwrap(wrap(Draft(), key), key) == Draft()
