"""A purchase that does not go straight: it fails for want of bids, is put out again, is ended while
the panel sits, is put out once more, and only then finds its winner.
"""

from sqlalchemy import select

from procure.desks.casework.queries import timeline
from procure.kernel.clock import local_date
from procure.kernel.errors import IllegalTransition
from procure.kernel.lifecycle import BidState, ReviewState, Stage, TenderState
from procure.kernel.vocabulary import NoticeKind
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.notices.queries import of_project
from procure.registers.projects.models import Project
from procure.stages.awards.case import panel as review_panel
from procure.stages.awards.case import todo as review_todo
from procure.stages.awards.models import Review
from procure.stages.awards.use_cases.panel import DeclareInterest, declare_interest
from procure.stages.bids.models import Bid, OpenedBid
from procure.stages.bids.queries import find_own_bid
from procure.stages.bids.use_cases.submit import SubmitBid, WithdrawBid, submit_bid, withdraw_bid
from procure.stages.contracts.models import Contract
from procure.stages.plans.queries import find_plan
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.drafting import (
    DraftTender,
    SubmitTender,
    draft_tender,
    submit_tender,
)
from procure.stages.tenders.use_cases.publishing import PublishTender, publish_tender
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from procure.store import trail
from tests.factories.awards import experts_of, given_announced_result, given_panel
from tests.factories.bids import given_opened_bids, given_submitted_bid, given_written_bid, open_now
from tests.factories.tenders import (
    at_opening,
    given_published_tender,
    given_taken_document,
    lawful_schedule,
    platform_key,
    save,
    tender_project,
)
from tests.world import World

PRICE = 16_800_000
"""What the winner of the third round asks, in fen: no other round saw it."""


def test_purchase_fails_is_ended_and_finds_its_winner_in_the_third_round(world: World) -> None:
    first = given_published_tender(world)
    project = tender_project(world, first)

    a_bid_is_taken_back_and_handed_in_again(world, first)
    one_bid_is_too_few_and_stays_sealed(world, first)

    second = put_out_again(world, project)
    the_purchase_is_ended_while_the_panel_sits(world, second)

    third = put_out_again(world, project)
    the_third_round_finds_its_winner(world, third)
    everything_is_told_in_order_and_proven(world, project)


def a_bid_is_taken_back_and_handed_in_again(world: World, tender: Tender) -> None:
    """Before the deadline as often as one likes (O87 art 34); the last version counts."""
    given_taken_document(world, tender, "jigou1")
    version = given_submitted_bid(world, tender, 1)
    with world.uow("fuzeren1") as uow:
        withdraw_bid(uow, WithdrawBid(version.bid_id, None, "复核人员安排"))
    bid = world.session.get_one(Bid, version.bid_id)
    assert bid.state is BidState.WITHDRAWN

    with world.uow("fuzeren1") as uow:
        again = submit_bid(uow, SubmitBid(bid.id, None), platform_key(world))
        assert again.number == 2
    assert world.session.get_one(Bid, bid.id).state is BidState.SUBMITTED


def one_bid_is_too_few_and_stays_sealed(world: World, tender: Tender) -> None:
    """Two are needed in a consultation for services (财库〔2015〕124号): nothing is opened."""
    at_opening(world, tender)
    assert open_now(world, tender).state is TenderState.FAILED
    assert world.session.scalars(select(OpenedBid)).all() == []

    project = tender_project(world, tender)
    own = world.client("fuzeren1").get(f"/projects/{project.number}/bid").text
    assert "已终止，没有拆封" in own
    assert "重新响应" in own


def put_out_again(world: World, project: Project) -> Tender:
    """A new document from the same plan, with what the last one said and without its dates."""
    case_page = world.client("jingban").get(f"/projects/{project.number}")
    assert f"/projects/{project.number}/tender/new" in case_page.links()
    assert "重新编制采购文件" in case_page.text
    assert "上次采购没有成交，可以重新编制采购文件" in world.client("jingban").get("/desk").text

    with world.uow("jingban") as uow:
        tender = draft_tender(uow, DraftTender(project.id))
    plan = find_plan(world.session, project.id)
    assert plan is not None
    save(world, tender, lawful_schedule(plan, local_date(world.now)))
    with world.uow("jingban") as uow:
        submit_tender(uow, SubmitTender(tender.id, tender.version))
    world.session.refresh(tender)
    with world.uow("shenhe") as uow:
        publish_tender(uow, PublishTender(tender.id, tender.version), platform_key(world))
    world.session.refresh(tender)
    for number in (1, 2, 3):
        given_taken_document(world, tender, f"jigou{number}")
    return tender


def the_purchase_is_ended_while_the_panel_sits(world: World, tender: Tender) -> None:
    """The task changes (O87 art 29): the panel goes home, nobody is waited for any more."""
    given_opened_bids(world, tender, (1, 2))
    review = given_panel(world, tender)
    [expert, *_] = experts_of(world, review)
    assert review_todo(world.session, world.actor(expert), world.now) != []

    world.session.refresh(tender)
    with world.uow("shenhe") as uow:
        command = TerminateTender(tender.id, tender.version, "服务范围要重新核定。", False)
        assert terminate_tender(uow, command).state is TenderState.TERMINATED

    for person in (expert, "jingban", "shenhe"):
        assert review_todo(world.session, world.actor(person), world.now) == []
    try:
        with world.uow(expert) as uow:
            declare_interest(uow, DeclareInterest(review.id, has_conflict=False))
    except IllegalTransition as refusal:
        assert "采购活动已经结束" in refusal.message
    else:
        raise AssertionError("a member went on with a purchase that was ended")
    project = tender_project(world, tender)
    shown = review_panel(world.session, world.actor("jingban"), project, world.now)
    assert shown is not None
    assert shown.badge is not None
    assert shown.badge.state is TenderState.TERMINATED
    assert shown.steps == ()
    running = select(Deadline).where(
        Deadline.subject_id.in_((tender.id, review.id)), Deadline.status == TermStatus.RUNNING
    )
    assert world.session.scalars(running).all() == []


def the_third_round_finds_its_winner(world: World, tender: Tender) -> None:
    """The suppliers bid anew, each in a bid of this round; the contract is the third round's."""
    assert find_own_bid(world.session, world.actor("jigou1"), tender.id) is None
    given_submitted_bid(world, tender, 1, price_fen=PRICE)
    late = given_written_bid(world, tender, 3)
    given_opened_bids(world, tender, (2,))
    assert world.session.get_one(Bid, late.id).state is BidState.DRAFT

    review = given_announced_result(world, tender)

    states = world.session.scalars(select(Review.state).order_by(Review.drawn_at)).all()
    assert states == [ReviewState.ENDED, ReviewState.ANNOUNCED]
    contract = world.session.scalars(select(Contract)).one()
    assert contract.bid_id == review.winner_bid_id
    assert contract.amount_fen == PRICE
    assert tender_project(world, tender).stage is Stage.CONTRACT


ENDS = ("供应商不足，采购活动结束", "终止采购活动", "公告成交结果")


def everything_is_told_in_order_and_proven(world: World, project: Project) -> None:
    """Three tenders, one failure, one end, one result; the chains hold."""
    kinds = [notice.kind for notice in of_project(world.session, project.id)]
    assert kinds.count(NoticeKind.TENDER) == 3
    # A consultation that too few are left for is terminated too (CC214 art 34), never void.
    assert kinds.count(NoticeKind.FAILURE) == 0
    assert kinds.count(NoticeKind.TERMINATION) == 2
    words = [item.what for item in timeline(world.session, world.actor("jingban"), project)]
    told = [what for what in reversed(words) if what in ENDS]
    assert told == list(ENDS)
    for person, address in (
        ("jingban", ""),
        ("zhuanjia1", ""),
        ("fuzeren3", "/bid"),
        ("jingban", "/review"),
        ("jingban", "/tender"),
        ("jingban", "/contract"),
    ):
        world.client(person).get(f"/projects/{project.number}{address}")
    assert trail.fsck(world.session) == []
