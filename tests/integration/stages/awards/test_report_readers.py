"""Who reads the review report, which names the experts, before the result is out."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker, Package, export_package
from procure.kernel.errors import NotFound
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.queries import get_document
from procure.registers.documents.storage import file_store
from procure.registers.documents.use_cases import file_content
from procure.stages.awards.case import todo
from procure.stages.awards.use_cases.decision import (
    AnnounceResult,
    DecideWinner,
    announce_result,
    decide_winner,
)
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.bids.models import Bid
from procure.stages.tenders.models import Tender
from procure.store.base import snapshot
from tests.factories.awards import (
    bids_of,
    experts_of,
    first_bid,
    given_announced_result,
    given_checked_bids,
    given_delivered_report,
    given_lock,
    given_panel_with_buyer,
    given_ranked_bids,
    given_scores,
    the_review,
    usual_points,
)
from tests.factories.bids import given_opened_bids, the_project, the_tender
from tests.factories.tenders import put_out_again
from tests.world import World

EXPERTS = [f"zhuanjia{number}" for number in range(1, 8)]


def the_report(world: World) -> Document:
    world.session.rollback()
    return world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.REVIEW_REPORT)
    ).one()


def packed(world: World) -> Package:
    snapshot(world.session)
    maker = Maker(world.actor("shenji"), "年度审计", world.now)
    return export_package(world.session, the_project(world), maker, file_store())


def test_report_before_result_is_not_for_the_auditor(opened_world: World, tmp_path: Path) -> None:
    world = opened_world
    given_delivered_report(world, the_tender(world))
    report = the_report(world)
    assert get_document(world.session, world.actor("shenhe"), report.id).id == report.id
    with pytest.raises(NotFound):
        get_document(world.session, world.actor("shenji"), report.id)
    package = packed(world)
    assert report.sha256.encode() not in package.content
    path = tmp_path / "p.zip"
    path.write_bytes(package.content)
    assert verify_trail.main([str(path)]) == 0


def readers_of(world: World, report: Document, usernames: Iterable[str]) -> set[str]:
    """Who of these persons gets the paper."""
    world.session.rollback()
    found = set()
    for username in usernames:
        with suppress(NotFound):
            get_document(world.session, world.actor(username), report.id)
            found.add(username)
    return found


def an_attachment(world: World, tender: Tender) -> Document:
    """An attachment of one of the tender's bids, filed as the opening files it."""
    bid = world.session.get_one(Bid, bids_of(world, tender)[0])
    with world.uow("jingban") as uow:
        return file_content(
            uow,
            f"%PDF-1.7 {tender.round} %%EOF".encode(),
            "证明.pdf",
            "application/pdf",
            project_id=tender.project_id,
            subject_id=bid.id,
            kind=DocumentKind.BID_ATTACHMENT,
            title="证明",
            audience=DocumentAudience.PANEL,
            owner_id=bid.supplier_id,
        )


def test_delivered_report_is_for_its_members_a_page_and_no_paper_until_the_result(
    opened_world: World,
) -> None:
    """O87 art 62: nothing of a review is taken along."""
    world = opened_world
    review = given_delivered_report(world, the_tender(world))
    report, members = the_report(world), set(experts_of(world, review))
    base = f"/projects/{the_project(world).number}/review"

    assert readers_of(world, report, EXPERTS) == set()
    one = world.client(min(members))
    assert report.id not in one.get(base).response.get_data(as_text=True)
    signed = one.get(f"{base}/report").text
    assert "您签署的评审报告" in signed
    assert "我已阅读" not in signed

    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, None, first_bid(world, review)))
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, None))
    world.session.rollback()
    assert readers_of(world, report, EXPERTS) == members
    assert report.id in one.get(base).response.get_data(as_text=True)


def test_reports_of_two_rounds_are_each_for_the_members_of_its_own_panel(
    opened_world: World,
) -> None:
    world = opened_world
    first = given_delivered_report(world, the_tender(world))
    sat_first, report = set(experts_of(world, first)), the_report(world)
    assert readers_of(world, report, ["jingban", "yanshou", "shenhe"]) == {
        "jingban",
        "yanshou",
        "shenhe",
    }

    tender = given_opened_bids(world, put_out_again(world, the_tender(world)))
    given_panel_with_buyer(world, tender, "yanshou")
    second = given_checked_bids(world, tender)
    # Scoring the second round, the buyer's own person does not read what the first round bid.
    assert readers_of(world, report, [*EXPERTS, "yanshou", "shenhe"]) == {"shenhe"}

    sat_second = experts_of(world, second)
    for seat, username in enumerate(sat_second):
        given_scores(world, second, username, usual_points(world, tender, seat))
        given_lock(world, second, username)
    for username in sat_second:
        with world.uow(username) as uow:
            sign_report(uow, SignReport(second.id))
    assert readers_of(world, report, EXPERTS) == set()
    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(second.id, None, first_bid(world, second)))
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(second.id, None))

    again = world.session.get_one(Document, the_review(world, second.id).report_document_id)
    report = world.session.get_one(Document, the_review(world, first.id).report_document_id)
    assert readers_of(world, report, EXPERTS) == sat_first
    assert readers_of(world, again, EXPERTS) == set(sat_second) - {"yanshou"}


def test_bids_of_two_rounds_are_each_for_the_members_of_its_own_panel(opened_world: World) -> None:
    world = opened_world
    paper = an_attachment(world, the_tender(world))
    first = given_delivered_report(world, the_tender(world))
    assert readers_of(world, paper, EXPERTS) == set(experts_of(world, first))

    tender = given_opened_bids(world, put_out_again(world, the_tender(world)))
    given_panel_with_buyer(world, tender, "yanshou")
    second = given_checked_bids(world, tender)
    sat_second, again = set(experts_of(world, second)), an_attachment(world, tender)
    # The buyer's own person judges the second round without what the first one bid.
    assert readers_of(world, paper, [*EXPERTS, "yanshou", "shenhe"]) == {"shenhe"}
    assert readers_of(world, again, [*EXPERTS, "yanshou", "shenhe"]) == sat_second | {"shenhe"}


def test_desk_of_a_member_who_has_to_sign_tells_until_when(opened_world: World) -> None:
    world = opened_world
    review = given_ranked_bids(world, the_tender(world))
    member = world.actor(experts_of(world, review)[0])
    (task,) = todo(world.session, member, world.now)
    assert task.verb == "签署评审报告"
    assert task.deadline is not None
    assert task.deadline.label == "评审报告送交期限"


def test_report_after_result_is_for_the_auditor(opened_world: World) -> None:
    world = opened_world
    given_announced_result(world, the_tender(world))
    report = the_report(world)
    assert get_document(world.session, world.actor("shenji"), report.id).id == report.id
    assert report.sha256.encode() in packed(world).content


def test_ranking_for_auditor_before_result_names_no_expert(opened_world: World) -> None:
    world = opened_world
    review = given_delivered_report(world, the_tender(world))
    experts = [world.actor(username).name for username in experts_of(world, review)]
    path = f"/projects/{the_project(world).number}/review/ranking"
    said = world.client("shenji").get(path).text
    assert "和风社会工作服务社" in said
    assert not [name for name in experts if name in said]
    assert all(name in world.client("shenhe").get(path).text for name in experts)
