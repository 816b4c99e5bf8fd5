"""The draw, the declarations, the replacement, the checks."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.errors import Conflict, Denied, IllegalTransition, Invalid, NotFound
from procure.kernel.lifecycle import ReviewState, TenderState
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation, OrganisationRequest, User
from procure.registers.accounts.use_cases.adding import OrganisationParticulars
from procure.registers.accounts.use_cases.changing_organisations import (
    EditOrganisation,
    decide_organisation,
    edit_organisation,
)
from procure.registers.accounts.use_cases.two_people import Decide
from procure.registers.notices.models import Notice
from procure.stages.awards import draw as drawing
from procure.stages.awards import queries
from procure.stages.awards.models import BidCheck, PanelMember, Review, Seat
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.panel import (
    DeclareInterest,
    DrawPanel,
    declare_interest,
    draw_panel,
)
from procure.stages.awards.use_cases.replacing import ReplaceMember, replace_member
from procure.store import trail
from tests.factories.awards import (
    bids_of,
    experts_of,
    given_checked_bids,
    given_declared_panel,
    given_panel,
    the_review,
)
from tests.factories.bids import the_project, the_tender
from tests.world import World


def draw(world: World, experts: int = 3, **changes: object) -> Review:
    with world.uow("jingban") as uow:
        command = DrawPanel(
            the_tender(world).id, world.now + timedelta(hours=1), experts, **changes
        )
        return draw_panel(uow, command)


def test_draw_three_experts_is_repeated_from_its_record(either_opened_world: World) -> None:
    world = either_opened_world
    review = given_panel(world, the_tender(world))

    recorded = dict(review.draw)
    again = drawing.draw(
        drawing.pool_of(recorded),
        str(recorded["seed"]),
        3,
        excluded_employers=recorded["excluded_employers"],
    )
    rows = queries.members_of(world.session, review.id)
    assert [row.user.id for row in rows] == [one.id for one in again.chosen]
    assert [row.member.is_chair for row in rows] == [True, False, False]
    assert recorded["pool_sha256"] == drawing.pool_digest(drawing.pool_of(recorded))
    assert len(recorded["pool"]) == 7


def rename(world: World, organisation: Organisation, name: str) -> None:
    """Give an organisation a new name, as two administrators do."""
    with world.uow("xitong") as uow:
        told = {
            item.name: getattr(organisation, item.name) for item in fields(OrganisationParticulars)
        }
        asked = EditOrganisation(
            **(told | {"name": name}), organisation_id=organisation.id, reason="登记证书已换发"
        )
        edit_organisation(uow, asked)
    request = world.session.scalars(select(OrganisationRequest.id)).one()
    with world.uow("anquan") as uow:
        decide_organisation(uow, Decide(request))


@pytest.mark.parametrize(
    "written",
    ["{}", " {}\u200b ", "广东省{}财务部（退休）", "原名"],
    ids=["as registered", "invisible and blanks", "everyday", "old"],
)
def test_draw_leaves_out_people_of_buyer_and_bidders_by_whatever_name(
    opened_world: World, written: str
) -> None:
    world = opened_world
    found = world.session.scalars(select(Organisation)).all()
    organisation = next(one for one in found if "晴暖" in one.name)
    bidder = written.format(organisation.name)
    if written == "原名":
        bidder = organisation.name
        rename(world, organisation, "珠海市香洲区暖心助老中心")
    with world.uow("system") as uow:
        for username in ("zhuanjia1", "zhuanjia2", "zhuanjia3", "zhuanjia4"):
            person = uow.session.scalars(select(User).where(User.username == username)).one()
            person.employer = bidder
        uow._technical = True

    drawn = draw(world)

    taken = {row.user.username for row in queries.members_of(world.session, drawn.id)}
    assert taken == {"zhuanjia5", "zhuanjia6", "zhuanjia7"}


@pytest.mark.parametrize(("experts", "words"), [(2, "不少于 3 人"), (4, "单数"), (9, "只有 7 名")])
def test_draw_of_an_unlawful_size_is_refused(opened_world: World, experts: int, words: str) -> None:
    """R-COM-3, R-COM-4."""
    with pytest.raises(Invalid, match=words):
        draw(opened_world, experts)


def test_draw_with_a_buyers_representative_needs_the_authorisation(opened_world: World) -> None:
    """R-COM-1, R-COM-8."""
    world = opened_world
    accepter = world.actor("yanshou").user_id
    with pytest.raises(Invalid, match="书面授权"):
        draw(world, 2, buyer_member_id=accepter)

    review = draw(world, 2, buyer_member_id=accepter, authorisation="授权书〔2026〕3号")

    rows = queries.members_of(world.session, review.id)
    assert [row.member.seat for row in rows] == [Seat.EXPERT, Seat.EXPERT, Seat.BUYER]
    assert rows[2].user.username == "yanshou"
    assert not rows[2].member.is_chair


def test_draw_seats_only_who_may_represent_the_buyer(opened_world: World) -> None:
    """Not the drawer, not the decider, nobody of another organisation."""
    for username in ("jingban", "shenhe", "jiedao", "zhuanjia1"):
        person = opened_world.actor(username).user_id

        with pytest.raises(Invalid, match="不能担任采购人代表"):
            draw(opened_world, 2, buyer_member_id=person, authorisation="授权书")


def test_draw_a_second_time_is_refused(opened_world: World) -> None:
    draw(opened_world)

    with pytest.raises(IllegalTransition):
        draw(opened_world)


def test_draw_sent_twice_with_one_key_draws_once(either_opened_world: World) -> None:
    """Same key, same content, same answer; with other content it is refused."""
    world = either_opened_world
    command = DrawPanel(the_tender(world).id, world.now + timedelta(hours=2), 3, key="k" * 24)
    with world.uow("jingban") as uow:
        first = draw_panel(uow, command).id
    with world.uow("jingban") as uow:
        assert draw_panel(uow, command).id == first
    with pytest.raises(Conflict, match="内容与上次不同"), world.uow("jingban") as uow:
        draw_panel(uow, replace(command, experts=5))
    links = trail.links_of_project(world.session, the_tender(world).project_id)
    assert [link.event for link in links].count("PanelDrawn") == 1


def test_draw_by_others_than_the_clerk_is_denied(opened_world: World) -> None:
    world = opened_world

    for username in ("shenhe", "zhuanjia1", "yanshou"):
        with pytest.raises((Denied, NotFound)), world.uow(username) as uow:
            draw_panel(uow, DrawPanel(the_tender(world).id, world.now, 3))


def test_seat_a_buyer_as_chair_is_refused_by_the_database(opened_world: World) -> None:
    world = opened_world
    review = given_panel(world, the_tender(world))
    statement = text("UPDATE panel_member SET seat = 'buyer' WHERE review_id = :id AND is_chair")

    with pytest.raises(DatabaseError):
        world.session.execute(statement, {"id": review.id})
    world.session.rollback()


def test_declare_conflict_leads_to_the_next_of_the_draw(either_opened_world: World) -> None:
    world = either_opened_world
    review = given_panel(world, the_tender(world))
    chair = experts_of(world, review)[0]
    with world.uow(chair) as uow:
        leaving = declare_interest(uow, DeclareInterest(review.id, True, "曾任投标人理事"))

    with world.uow("jingban") as uow:
        taking = replace_member(uow, ReplaceMember(review.id, leaving.id))

    recorded = dict(review.draw)
    order = [one.id for one in drawing.order_of(drawing.pool_of(recorded), recorded["seed"])]
    assert taking.user_id == order[3]
    assert taking.is_chair
    assert world.session.get_one(PanelMember, leaving.id).replaced_at == world.now
    assert chair not in experts_of(world, review)
    assert len(experts_of(world, review)) == 3


def test_declare_conflict_without_reason_is_refused(opened_world: World) -> None:
    world = opened_world
    review = given_panel(world, the_tender(world))

    with pytest.raises(Invalid, match="写明情形"), world.uow(experts_of(world, review)[0]) as uow:
        declare_interest(uow, DeclareInterest(review.id, True, " "))


def test_declare_twice_or_by_another_expert_is_refused(opened_world: World) -> None:
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    seated = experts_of(world, review)
    stranger = next(f"zhuanjia{n}" for n in range(1, 8) if f"zhuanjia{n}" not in seated)

    with pytest.raises(IllegalTransition), world.uow(seated[0]) as uow:
        declare_interest(uow, DeclareInterest(review.id, False))
    with pytest.raises(NotFound), world.uow(stranger) as uow:
        declare_interest(uow, DeclareInterest(review.id, False))


def test_replace_when_the_pool_is_exhausted_says_to_stop(opened_world: World) -> None:
    """R-COM-10."""
    world = opened_world
    review = draw(world, 7)
    first = experts_of(world, review)[0]
    with world.uow(first) as uow:
        member = declare_interest(uow, DeclareInterest(review.id, True, "亲属"))

    with pytest.raises(Invalid, match="没有可以替补"), world.uow("jingban") as uow:
        replace_member(uow, ReplaceMember(review.id, member.id))


def test_check_all_bids_begins_the_scoring(either_opened_world: World) -> None:
    world = either_opened_world
    review = given_checked_bids(world, the_tender(world))

    assert review.state is ReviewState.CHECKED
    assert len(world.session.scalars(select(BidCheck)).all()) == 3


def test_check_before_all_declared_is_refused(opened_world: World) -> None:
    world = opened_world
    review = given_panel(world, the_tender(world))
    for bid_id in bids_of(world, the_tender(world)):
        with world.uow("jingban") as uow:
            check_bid(uow, CheckBid(review.id, bid_id, True, True))

    with pytest.raises(Denied, match="回避声明"), world.uow("jingban") as uow:
        complete_checks(uow, CompleteChecks(review.id, None))


def test_check_without_reason_for_a_refusal_is_refused(opened_world: World) -> None:
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    bid_id = bids_of(world, the_tender(world))[0]

    with pytest.raises(Invalid, match="写明原因"), world.uow("jingban") as uow:
        check_bid(uow, CheckBid(review.id, bid_id, False, True))
    statement = text(
        "INSERT INTO bid_check (id, review_id, bid_id, qualified, conforms, reason, checked_by,"
        " checked_at) VALUES ('x', :review, :bid, false, true, '', :user, 0)"
    )
    values = {"review": review.id, "bid": bid_id, "user": world.actor("jingban").user_id}
    with pytest.raises(DatabaseError):
        world.session.execute(statement, values)
    world.session.rollback()


def test_check_again_replaces_the_finding_until_closed(opened_world: World) -> None:
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    bid_id = bids_of(world, the_tender(world))[0]
    for reason in ("缺登记证书", ""):
        with world.uow("jingban") as uow:
            check_bid(uow, CheckBid(review.id, bid_id, not reason, not reason, reason))

    assert queries.checks_of(world.session, review.id)[bid_id].qualified


def test_checks_that_leave_too_few_end_in_failure(either_opened_world: World) -> None:
    """R-OPEN-8, R-OPEN-9: two are needed in a consultation for services."""
    world = either_opened_world
    bids = bids_of(world, the_tender(world))

    review = given_checked_bids(world, the_tender(world), {bid: "缺登记证书" for bid in bids[:2]})

    assert review.state is ReviewState.FAILED
    assert the_tender(world).state is TenderState.FAILED
    [notice] = world.session.scalars(select(Notice).where(Notice.kind == NoticeKind.TERMINATION))
    assert "不足 2 家" in str(notice.sections)
    low_price = f"/projects/{the_project(world).number}/review/low-prices/{bids[2]}"
    assert world.client("jingban").raw("GET", low_price).status_code == 404


def test_checks_that_leave_two_go_on(opened_world: World) -> None:
    world = opened_world
    bids = bids_of(world, the_tender(world))

    review = given_checked_bids(world, the_tender(world), {bids[0]: "缺登记证书"})

    assert review.state is ReviewState.CHECKED


def test_checks_closed_on_an_old_view_are_stale_or_refused(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))

    with pytest.raises((Conflict, IllegalTransition)), world.uow("jingban") as uow:
        complete_checks(uow, CompleteChecks(the_review(world, review.id).id, 1))
