"""Members who cannot stay: a way forward in every state, by two people, along the recorded order."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from procure.kernel.errors import Denied, IllegalTransition, Invalid
from procure.kernel.lifecycle import ReviewState
from procure.kernel.vocabulary import AbsenceKind
from procure.registers.accounts.models import Organisation, User
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document
from procure.stages.awards import draw as drawing
from procure.stages.awards import queries
from procure.stages.awards.models import MemberAbsence, PanelMember, RankedBid, Review, Score
from procure.stages.awards.use_cases.panel import (
    DeclareInterest,
    DrawPanel,
    declare_interest,
    draw_panel,
)
from procure.stages.awards.use_cases.replacing import (
    DecideAbsence,
    ReplaceMember,
    ReportAbsence,
    decide_absence,
    replace_member,
    report_absence,
)
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.store import trail
from tests.factories.awards import (
    experts_of,
    given_checked_bids,
    given_declared_panel,
    given_lock,
    given_panel,
    given_ranked_bids,
    given_scores,
    seat_of,
    the_review,
    usual_points,
)
from tests.factories.bids import the_project, the_tender
from tests.world import World


def told(world: World, event: str) -> list[dict[str, object]]:
    """What the case's chain says of an event."""
    links = trail.links_of_project(world.session, the_project(world).id)
    return [link.data for link in links if link.event == event]


def change(world: World, statement: object) -> None:
    """A change made elsewhere in the platform, which the review hears nothing of."""
    world.session.execute(statement)  # type: ignore[call-overload]
    world.session.commit()


def given_absence(world: World, review: Review, username: str) -> PanelMember:
    """A member reported ill."""
    seat = seat_of(world, review, username)
    with world.uow("jingban") as uow:
        report_absence(
            uow, ReportAbsence(review.id, seat.id, AbsenceKind.HEALTH, "来电说明已经住院")
        )
    return seat


def given_successor(world: World, review: Review, username: str) -> str:
    """The member reported ill is replaced; the username of who took the seat."""
    seat = given_absence(world, review, username)
    with world.uow("shenhe") as uow:
        taking = decide_absence(uow, DecideAbsence(review.id, seat.id, confirmed=True)).user_id
    return world.session.get_one(User, taking).username


def ordered(review: Review) -> list[str]:
    """The recorded order, as ids."""
    recorded = dict(review.draw)
    return [one.id for one in drawing.order_of(drawing.pool_of(recorded), str(recorded["seed"]))]


def test_absent_member_is_replaced_by_two_people_in_every_state(
    either_opened_world: World,
) -> None:
    world = either_opened_world
    tender = the_tender(world)
    review = given_panel(world, tender)
    order = ordered(review)
    change(world, update(User).where(User.id == order[3]).values(is_active=False))

    # Drawn: the next of the order has closed their account, the one after them takes the seat.
    chair = experts_of(world, review)[0]
    given_successor(world, review, chair)
    seated = experts_of(world, review)
    assert seat_of(world, review, seated[0]).user_id == order[4]
    assert seat_of(world, review, seated[0]).is_chair
    [replaced] = told(world, "PanelMemberReplaced")
    assert replaced["cause"] == "health"
    assert {"id": order[3], "reason": "账号已停用"} in replaced["skipped"]  # type: ignore[operator]
    record = world.client("jingban").get(
        f"/projects/{the_project(world).number}/review/draw/record"
    )
    assert "账号已停用" in record.text
    assert "因健康原因更换" in record.text

    # Scoring: what the leaving member gave counts no more, locked or not.
    review = given_checked_bids(world, tender)
    for seat, username in enumerate(seated):
        given_scores(world, review, username, usual_points(world, tender, seat))
    for username in seated[1:]:
        given_lock(world, review, username)
    leaving = seated[2]
    heir = given_successor(world, review, leaving)
    given_lock(world, review, seated[0])
    review = the_review(world, review.id)
    assert review.state is ReviewState.CHECKED
    with pytest.raises(Denied, match="回避声明"):
        given_scores(world, review, heir, usual_points(world, tender, 2))
    with world.uow(heir) as uow:
        declare_interest(uow, DeclareInterest(review.id, has_conflict=False))
    given_scores(world, review, heir, usual_points(world, tender, 2))
    assert given_lock(world, review, heir)
    [ranked] = told(world, "BidsRanked")
    out = seat_of(world, review, leaving).id
    assert out not in {one["member"] for one in ranked["sheets"]}  # type: ignore[attr-defined]
    assert {one["member"] for one in ranked["void_sheets"]} == {out}  # type: ignore[attr-defined]
    assert told(world, "PanelMemberReplaced")[1]["void_marks"] == 9

    # Ranked: the ranking and the signatures count no more, prices are closed again.
    first_seed = the_review(world, review.id).tie_seed
    with world.uow(seated[0]) as uow:
        sign_report(uow, SignReport(review.id, "不同意见"))
    with world.uow(seated[1]) as uow:
        declare_interest(uow, DeclareInterest(review.id, True, "发现曾任投标人监事"))
    with pytest.raises(Denied, match="还没有更换"), world.uow(heir) as uow:
        sign_report(uow, SignReport(review.id))
    with world.uow("jingban") as uow:
        replace_member(uow, ReplaceMember(review.id, seat_of(world, review, seated[1]).id))
    review = the_review(world, review.id)
    assert (review.state, review.tie_seed) == (ReviewState.CHECKED, None)
    assert world.session.scalars(select(RankedBid)).all() == []
    assert find_term(world.session, review.id, "T19") is None
    assert seat_of(world, review, seated[0]).signed_at is None
    [reopened] = told(world, "ScoringReopened")
    assert reopened["void_signatures"] == [seat_of(world, review, seated[0]).id]
    last = next(one for one in experts_of(world, review) if one not in (seated[0], heir))
    with world.uow(last) as uow:
        declare_interest(uow, DeclareInterest(review.id, has_conflict=False))
    given_scores(world, review, last, usual_points(world, tender, 1))
    assert given_lock(world, review, last)
    assert the_review(world, review.id).tie_seed not in (None, first_seed)
    for username in experts_of(world, review):
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))
    review = the_review(world, review.id)
    assert review.state is ReviewState.REPORTED
    report = world.session.get_one(Document, review.report_document_id)
    assert str(report.snapshot["member_changes"]).count("接替") == 3  # type: ignore[index]
    assert trail.fsck(world.session) == []


def test_nobody_alone_replaces_an_absent_member(either_opened_world: World) -> None:
    world = either_opened_world
    review = given_panel(world, the_tender(world))
    member = experts_of(world, review)[1]
    seat = given_absence(world, review, member)

    for username in ("jingban", member):
        with pytest.raises(Denied), world.uow(username) as uow:
            decide_absence(uow, DecideAbsence(review.id, seat.id, confirmed=True))
    with pytest.raises(Denied), world.uow("shenhe") as uow:
        report_absence(uow, ReportAbsence(review.id, seat.id, AbsenceKind.ABSENCE, "没有到"))
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        report_absence(uow, ReportAbsence(review.id, seat.id, AbsenceKind.ABSENCE, "没有到"))
    with pytest.raises(Invalid, match="理由"), world.uow("shenhe") as uow:
        decide_absence(uow, DecideAbsence(review.id, seat.id, confirmed=False))
    with world.uow("shenhe") as uow:
        decide_absence(uow, DecideAbsence(review.id, seat.id, False, "已联系上，能够参加"))
    assert member in experts_of(world, review)
    [absence] = world.session.scalars(select(MemberAbsence))
    absence.decided_by = absence.reported_by
    with pytest.raises(DatabaseError):
        world.session.flush()
    world.session.rollback()
    # The refusal stays on record; what is new may be reported anew.
    given_successor(world, review, member)
    assert member not in experts_of(world, review)
    assert [one["confirmed"] for one in told(world, "AbsenceDecided")] == [False, True]


def test_replaced_for_an_absence_reads_the_bids_no_more(opened_world: World) -> None:
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    leaving = experts_of(world, review)[0]
    base = f"/projects/{the_project(world).number}/review"
    world.client(leaving).get(base)
    given_successor(world, review, leaving)

    world.client(leaving).get(base, status=404)
    seats = queries.panel_seats(world.session, world.actor(leaving), review.project_id)
    assert not seats.judges
    assert base not in world.client(leaving).get("/desk").links()


def test_conflict_of_a_member_who_has_locked_holds_up_the_ranking(opened_world: World) -> None:
    world = opened_world
    tender = the_tender(world)
    review = given_checked_bids(world, tender)
    first, *others = experts_of(world, review)
    for seat, username in enumerate((first, *others)):
        given_scores(world, review, username, usual_points(world, tender, seat))
    given_lock(world, review, first)
    world.client(first).post(
        f"/projects/{the_project(world).number}/review/conflict",
        {"reason": "配偶在投标人处任职", "confirmed": "yes"},
    )
    assert [given_lock(world, review, username) for username in others] == [False, False]
    assert the_review(world, review.id).state is ReviewState.CHECKED
    assert [one["is_later"] for one in told(world, "InterestDeclared")] == [False] * 3 + [True]


def test_experts_of_a_closed_organisation_are_not_drawn(opened_world: World) -> None:
    """Nobody signs in there, so that the whole panel could not come in and never be replaced."""
    world = opened_world
    pool = world.actor("zhuanjia1").organisation_id
    closed = update(Organisation).where(Organisation.id == pool).values(is_active=False)
    change(world, closed)
    command = DrawPanel(the_tender(world).id, world.now + timedelta(hours=1), 3)

    with pytest.raises(Invalid, match="只有 0 名"), world.uow("jingban") as uow:
        draw_panel(uow, command)


def test_exhausted_order_goes_on_with_who_joined_the_pool_since(opened_world: World) -> None:
    world = opened_world
    newcomers = select(User.id).where(User.username.in_(("zhuanjia6", "zhuanjia7")))
    ids = set(world.session.scalars(newcomers))
    change(world, update(User).where(User.id.in_(ids)).values(is_active=False))
    with world.uow("jingban") as uow:
        command = DrawPanel(the_tender(world).id, world.now + timedelta(hours=1), 5)
        review = draw_panel(uow, command)
    change(world, update(User).where(User.id.in_(ids)).values(is_active=True))

    heir = given_successor(world, the_review(world, review.id), experts_of(world, review)[0])

    assert world.actor(heir).user_id in ids
    [replaced] = told(world, "PanelMemberReplaced")
    supplement: dict[str, object] = replaced["supplement"]  # type: ignore[assignment]
    again = drawing.draw(drawing.pool_of(supplement), str(supplement["seed"]), 1)
    assert again.chosen[0].id == world.actor(heir).user_id


def test_absence_goes_through_the_pages_of_two_people(opened_world: World) -> None:
    world = opened_world
    review = given_ranked_bids(world, the_tender(world))
    leaving = experts_of(world, review)[1]
    seat = seat_of(world, review, leaving)
    base = f"/projects/{the_project(world).number}/review"
    absence = f"{base}/members/{seat.id}/absence"
    clerk, approver = world.client("jingban"), world.client("shenhe")

    assert absence in clerk.get(base).links()
    answer = clerk.post(absence, {"kind": "absence", "confirmed": "yes"}, status=400)
    assert "情况说明" in answer.text
    clerk.post(absence, {"kind": "absence", "reason": "电话不通", "confirmed": "yes"})
    assert "已经登记" in clerk.get(absence).text
    assert f"{absence}/decision" in approver.get("/desk").links()
    assert f"{absence}/decision" in approver.get(base).links()
    page = approver.get(f"{absence}/decision")
    assert "电话不通" in page.text
    approver.post(f"{absence}/decision", {"decision": "stay"}, status=400)
    approver.post(f"{absence}/decision", {"decision": "replace"})

    heir = next(
        one for one in experts_of(world, review) if seat_of(world, review, one).locked_at is None
    )
    assert leaving not in experts_of(world, review)
    assert f"{base}/declaration" in world.client(heir).get("/desk").links()
    world.client(heir).get(f"{base}/ranking", status=404)
    # The marks of who left stay in the database, for whoever asks what they were.
    assert world.session.scalars(select(Score).where(Score.member_id == seat.id)).all()
