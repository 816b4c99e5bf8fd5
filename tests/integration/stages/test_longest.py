"""The longest that forms let through, in one case, until the contract is public: nothing stops it."""

import pytest
from sqlalchemy import select, update

from procure.kernel.vocabulary import PriceWay
from procure.registers.accounts.models import Organisation, User
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.storage import file_store
from procure.stages.bids.models import Bid
from procure.stages.tenders import queries
from procure.stages.tenders.content import Factor, Requirement, Scoring
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.drafting import SubmitTender, submit_tender
from procure.stages.tenders.use_cases.publishing import PublishTender, publish_tender
from tests.factories import awards
from tests.factories.awards import bids_of, given_announced_result, given_delivered_report
from tests.factories.bids import given_submitted_bid, open_now, platform_key
from tests.factories.contracts import given_published_contract
from tests.factories.plans import plan_content
from tests.factories.tenders import (
    at_opening,
    given_taken_document,
    given_written_tender,
    save,
    tender_project,
)
from tests.paper_readers import mupdf_text, plain
from tests.world import World


def long(words: str, length: int) -> str:
    return (words * length)[:length]


def given_longest_names(world: World) -> None:
    """Organisations and people named as long as their forms let through, each otherwise."""
    for number, each in enumerate(world.session.scalars(select(Organisation))):
        world.session.execute(
            update(Organisation)
            .where(Organisation.id == each.id)
            .values(
                name=long(f"第{number}家珠海市社会工作服务促进中心（普通合伙）", 100),
                address=long(f"珠海市斗门区井岸镇江湾三路{number}号", 200),
                representative=long(f"阿卜杜热西提·买买提艾力{number}", 40),
            )
        )
    for number, user in enumerate(world.session.scalars(select(User))):
        world.session.execute(
            update(User)
            .where(User.id == user.id)
            .values(name=long(f"古丽{number}·阿不都", 40), employer=long(f"院校{number}", 100))
        )
    world.session.commit()


def given_longest_tender(world: World, criteria: int) -> Tender:
    """Criteria with names of eighty characters that differ in the last ones alone."""
    title = long("斗门区社区居家养老服务站", 120)
    tender = given_written_tender(world, plan_content(world, title=title))
    factors = tuple(
        Factor(long("服务方案", 78) + f"{n:02}", 9_000 // criteria, False, "优", "")
        for n in range(criteria)
    )
    requirement = Requirement(
        tender.requirement, long("珠海市斗门区井岸镇", 200), "持证上岗。", tender.acceptance_way
    )
    save(world, tender, requirement, Scoring(PriceWay.LOW_PRICE_FIRST, 1_000, None, factors))
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    dossier = queries.dossier_of(world.session, tender, tender_project(world, tender))
    assert dossier.earliest is not None
    world.at(dossier.earliest.on)
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))
    for number in (1, 2, 3):
        given_taken_document(world, tender, f"jigou{number}")
    world.session.refresh(tender)
    return tender


def given_longest_opening(world: World, monkeypatch: pytest.MonkeyPatch, criteria: int) -> Tender:
    """Three bids on it, opened; members will give 1.00, 1.01, … for the criteria."""

    def points(world: World, tender: Tender, seat: int = 0) -> dict[str, tuple[int, ...]]:
        return dict.fromkeys(bids_of(world, tender), tuple(100 + n for n in range(criteria)))

    monkeypatch.setattr(awards, "usual_points", points)
    given_longest_names(world)
    tender = given_longest_tender(world, criteria)
    for number in (1, 2, 3):
        given_submitted_bid(world, tender, number, price_fen=16_000_000 + number)
    at_opening(world, tender)
    return open_now(world, tender)


def papers_of(world: World) -> dict[DocumentKind, str]:
    """What the printed papers of the case say, without blanks."""
    rows = world.session.scalars(select(Document).where(Document.template != ""))
    return {each.kind: plain(mupdf_text(file_store().read(each.sha256))) for each in rows}


def test_many_criteria_with_the_longest_names_are_scored_and_signed(
    embedded_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No limit of a paper stops the case at the last signature, when prices are open."""
    world = embedded_world
    given_delivered_report(world, given_longest_opening(world, monkeypatch, 12))

    report = papers_of(world)[DocumentKind.REVIEW_REPORT]
    assert [n for n in range(12) if f"1.{n:02}" not in report] == []
    suppliers = world.session.scalars(
        select(Organisation.name).where(Organisation.id.in_(select(Bid.supplier_id)))
    )
    assert [name for name in suppliers if name not in report] == []


@pytest.mark.drill
def test_most_criteria_with_the_longest_names_reach_the_public_contract(
    embedded_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = embedded_world
    given_announced_result(world, given_longest_opening(world, monkeypatch, 40))
    contract = given_published_contract(world)

    papers = papers_of(world)
    for kind in (DocumentKind.AWARD_NOTICE, DocumentKind.CONTRACT):
        assert contract.project.title in papers[kind]
        assert contract.supplier.name in papers[kind]
