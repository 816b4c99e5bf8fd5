"""The buyer's own person declared a conflict and gave up the seat: they keep away to the end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from procure.kernel.access import Role
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Denied
from procure.registers.accounts.models import RoleGrant, User
from procure.registers.documents.queries import papers_of
from procure.stages.awards import queries
from procure.stages.awards.case import todo
from procure.stages.awards.policies import is_low
from procure.stages.awards.use_cases.checks import CheckBid, check_bid
from procure.stages.awards.use_cases.decision import (
    AnnounceResult,
    DecideWinner,
    announce_result,
    decide_winner,
)
from procure.stages.awards.use_cases.report import (
    JudgeLowPrice,
    SignReport,
    judge_low_price,
    sign_report,
)
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests.factories.awards import (
    bids_of,
    experts_of,
    first_bid,
    given_buyer_stepped_aside,
    given_ranked_bids,
    the_review,
)
from tests.factories.bids import the_project, the_tender
from tests.world import World

AWAY = "您已声明应当回避"


def move(world: World, username: str, role: Role) -> None:
    """The person holds this office from now on, and signs in anew."""
    world.clock.move_to(world.now + timedelta(minutes=1))
    with UnitOfWork(
        db.session(), world.actor("system"), FixedClock(world.now), technical=True
    ) as uow:
        held = select(RoleGrant).join(User, User.id == RoleGrant.user_id)
        [grant] = uow.session.scalars(
            held.where(User.username == username, RoleGrant.revoked_at.is_(None))
        )
        grant.revoked_by, grant.revoked_at = grant.granted_by, uow.now
        uow.session.flush()
        uow.session.add(
            RoleGrant(
                user_id=grant.user_id,
                role=role,
                requested_by=grant.requested_by,
                requested_at=uow.now,
                granted_by=grant.granted_by,
                granted_at=uow.now,
            )
        )


def waiting_at(world: World, username: str) -> list[str]:
    """What the person's desk asks them to do about reviews."""
    return [task.verb for task in todo(world.session, world.actor(username), world.now)]


def refused_everywhere(world: World, username: str, *pages: str) -> None:
    """None of these pages of the review opens, and none takes a form."""
    client = world.client(username)
    for page in pages:
        address = f"/projects/{the_project(world).number}{page}"
        assert AWAY in client.get(address, status=403).text
        token = client.get("/").hidden()
        answer = client.raw("POST", address, data={**token, "confirmed": "yes"})
        assert answer.status_code in (403, 405), page


def test_clerk_who_stepped_aside_reads_and_does_nothing_until_the_result(
    lowest_world: World,
) -> None:
    """GPL-R art 9: a seat given up for a conflict does not make them a reader of the buyer's side."""
    world, tender = lowest_world, the_tender(lowest_world)
    review = given_buyer_stepped_aside(world, tender, "yanshou")
    low, *_, high = reversed(bids_of(world, tender))
    move(world, "yanshou", Role.CLERK)
    refused_everywhere(world, "yanshou", "/review/checks", f"/review/checks/{high}")
    assert (waiting_at(world, "jingban"), waiting_at(world, "yanshou")) == (
        ["审查资格和符合性"],
        [],
    )
    case_page = f"/projects/{the_project(world).number}"
    assert "请由本单位其他经办人办理" in world.client("yanshou").get(case_page).text
    opening = world.client("yanshou").get(f"{case_page}/opening", status=403).text
    assert AWAY in opening and "签署回避声明" not in opening
    with pytest.raises(Denied, match=AWAY), world.uow("yanshou") as uow:
        check_bid(uow, CheckBid(review.id, high, True, True, ""))

    review = given_ranked_bids(world, tender)
    refused_everywhere(world, "yanshou", "/review/ranking", f"/review/low-prices/{low}")
    chair, *others = experts_of(world, review)
    ranked = queries.ranking_of(world.session, review.id)
    assert [row.bid_id for row in ranked if is_low(row)] == [low]
    judgement = JudgeLowPrice(
        review.id,
        low,
        review.scored_at,
        review.scored_at + timedelta(minutes=30),
        "使用自有场地，不计租金",
        "同类项目合同价",
        reasonable=True,
    )
    with pytest.raises(Denied), world.uow("yanshou") as uow:
        judge_low_price(uow, judgement)
    with world.uow(chair) as uow:
        judge_low_price(uow, judgement)
    for username in (chair, *others):
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))

    move(world, "yanshou", Role.APPROVER)
    review = the_review(world, review.id)
    refused_everywhere(world, "yanshou", "/review/decision")
    assert (waiting_at(world, "shenhe"), waiting_at(world, "yanshou")) == (["确定成交人"], [])
    decision = DecideWinner(review.id, review.version, first_bid(world, review))
    with pytest.raises(Denied), world.uow("yanshou") as uow:
        decide_winner(uow, decision)
    with world.uow("shenhe") as uow:
        decide_winner(uow, decision)

    move(world, "yanshou", Role.CLERK)
    review = the_review(world, review.id)
    refused_everywhere(world, "yanshou", "/review/announcement")
    assert (waiting_at(world, "jingban"), waiting_at(world, "yanshou")) == (["公告成交结果"], [])
    with pytest.raises(Denied, match=AWAY), world.uow("yanshou") as uow:
        announce_result(uow, AnnounceResult(review.id, review.version))
    kinds = papers_of(world.session, world.actor("yanshou"), project_id=the_project(world).id)
    assert not {"开标（开启）记录", "评审报告"} & {paper.kind for paper in kinds}
    rows = queries.rows_of(world.session, the_tender(world))
    [winner] = [row.supplier.name for row in rows if row.bid_id == decision.bid_id]
    for page in ("", "/review"):
        shown = world.client("yanshou").get(f"/projects/{the_project(world).number}{page}").text
        assert winner not in shown, page
        assert "¥70,000.00" not in shown, page
