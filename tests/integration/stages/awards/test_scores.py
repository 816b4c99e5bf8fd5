"""Marks: alone, in range, agreed where objective, frozen once locked, prices only afterwards."""

from itertools import permutations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.errors import Denied, IllegalTransition, Invalid, NotFound
from procure.kernel.lifecycle import ReviewState
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document
from procure.stages.awards import queries
from procure.stages.awards.models import RankedBid, Score
from procure.stages.awards.ranking import TIE_FLAG, tie_lot
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.awards.use_cases.scores import (
    Mark,
    SaveScores,
    lock_scores,
    save_scores,
)
from procure.stages.tenders.queries import criteria_of
from procure.store import trail
from tests.factories.awards import (
    bids_of,
    experts_of,
    given_checked_bids,
    given_lock,
    given_ranked_bids,
    given_scores,
    seat_of,
    the_review,
    usual_points,
)
from tests.factories.bids import (
    given_submitted_bid,
    open_now,
    the_project,
    the_tender,
)
from tests.factories.tenders import at_opening, tender_project
from tests.world import World


def test_rank_after_the_last_lock(either_opened_world: World) -> None:
    world = either_opened_world
    review = given_ranked_bids(world, the_tender(world))

    assert review.state is ReviewState.SCORED
    ranked = queries.ranking_of(world.session, review.id)
    assert [row.rank for row in ranked] == [1, 2, 3]
    first = ranked[0]
    # 172,000 is the lowest price: all ten points; marks 32.00+0.50, 22.00 and 15.00.
    assert (first.price_points, first.quality_points, first.total_points) == (1_000, 6_950, 7_950)
    assert find_term(world.session, review.id, "T19") is not None
    assert trail.fsck(world.session) == []


def test_events_tell_marks_only_after_the_last_lock(opened_world: World) -> None:
    """Security S9: before that only digests of sheets."""
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    expert = experts_of(world, review)[0]
    given_scores(world, review, expert, usual_points(world, the_tender(world)))
    given_lock(world, review, expert)

    links = list(
        trail.read(
            world.session,
            trail.TrailEvent.stream == f"project:{the_project(world).id}",
            trail.TrailEvent.event.in_(("ScoresSaved", "ScoresLocked")),
        )
    )
    assert links
    assert all("points" not in link.data and "3000" not in link.body for link in links)
    assert links[-1].data["left"] == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_price_and_others_marks_appear_with_the_last_lock_in_any_order(
    opened_world: World, order: tuple[int, ...]
) -> None:
    """S9: no interleaving of locks shows a price or a colleague's mark before the last one."""
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    base = f"/projects/{the_project(world).number}/review"
    experts = experts_of(world, review)
    bid = bids_of(world, the_tender(world))[0]
    for seat, username in enumerate(experts):
        given_scores(world, review, username, usual_points(world, the_tender(world), seat))
    for place, seat in enumerate(order):
        page = world.client(experts[order[0]]).get(f"{base}/bids/{bid}")
        assert "179,000" not in page.text
        world.client(experts[order[0]]).get(f"{base}/ranking", status=404)
        assert given_lock(world, review, experts[seat]) is (place == 2)
    page = world.client(experts[order[0]]).get(f"{base}/ranking")
    assert "¥179,000.00" in page.text


def test_objective_marks_that_differ_refuse_the_lock_and_name_who(opened_world: World) -> None:
    """V17: 3, 1, 1 on one objective factor is set right before anybody goes on."""
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    experts = experts_of(world, review)
    for username in experts:
        given_scores(world, review, username, usual_points(world, the_tender(world)))
    wrong = usual_points(world, the_tender(world))
    bid = bids_of(world, the_tender(world))[0]
    wrong[bid] = (3_000, 1_900, 1_500)
    given_scores(world, review, experts[0], wrong)

    other = world.actor(experts[1]).name
    with pytest.raises(Invalid, match=f"项目团队”（与{other}不一致）"):
        given_lock(world, review, experts[0])
    assert seat_of(world, review, experts[0]).locked_at is None
    given_scores(world, review, experts[0], usual_points(world, the_tender(world)))
    assert [given_lock(world, review, username) for username in experts] == [False, False, True]


def test_lock_of_others_never_makes_agreement_impossible(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    experts = experts_of(world, review)
    given_scores(world, review, experts[0], usual_points(world, the_tender(world)))
    given_lock(world, review, experts[0])
    wrong = {bid: (3_000, 0, 0) for bid in bids_of(world, the_tender(world))}
    given_scores(world, review, experts[1], wrong)

    with pytest.raises(Invalid, match="已锁定的以锁定的为准|不一致"):
        given_lock(world, review, experts[1])
    for username in experts[1:]:
        given_scores(world, review, username, usual_points(world, the_tender(world)))
    assert [given_lock(world, review, username) for username in experts[1:]] == [False, True]


def test_lock_with_gaps_is_refused(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    expert = experts_of(world, review)[0]
    with pytest.raises(Denied, match="9 处没有评完"):
        given_lock(world, review, expert)

    criteria = criteria_of(world.session, the_tender(world).id)
    marks = tuple(Mark(criterion.id, 1_000, "") for criterion in criteria)
    for bid_id in bids_of(world, the_tender(world)):
        with world.uow(expert) as uow:
            save_scores(uow, SaveScores(review.id, bid_id, marks))
    # Objective marks need no reason, the subjective one of each bid does.
    with pytest.raises(Denied, match="3 处没有评完.*没有写理由"):
        given_lock(world, review, expert)


@pytest.mark.parametrize("points", [-1, 4_001])
def test_mark_out_of_its_band_is_refused(opened_world: World, points: int) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    given = {bids_of(world, the_tender(world))[0]: (points, 0, 0)}

    with pytest.raises(Invalid, match=r"0 至 40\.00 分"):
        given_scores(world, review, experts_of(world, review)[0], given)


def test_marks_of_an_invalid_bid_find_nothing(opened_world: World) -> None:
    world = opened_world
    refused = bids_of(world, the_tender(world))[0]
    review = given_checked_bids(world, the_tender(world), {refused: "缺登记证书"})

    with pytest.raises(NotFound):
        given_scores(world, review, experts_of(world, review)[0], {refused: (0, 0, 0)})


def test_marks_by_who_does_not_sit_are_denied(opened_world: World) -> None:
    """The clerk and the accepter carry the permission for a seat they do not hold."""
    world = opened_world
    review = given_checked_bids(world, the_tender(world))

    for username in ("jingban", "yanshou", "shenhe"):
        with pytest.raises(Denied):
            given_scores(world, review, username, {bids_of(world, the_tender(world))[0]: (0, 0, 0)})


def test_marks_before_the_checks_are_closed_are_refused(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    expert = experts_of(world, review)[0]
    given_scores(world, review, expert, usual_points(world, the_tender(world)))
    given_lock(world, review, expert)

    with pytest.raises(IllegalTransition, match="已经锁定"):
        given_scores(world, review, expert, usual_points(world, the_tender(world)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE score SET points = 1 WHERE member_id = :member",
        "DELETE FROM score WHERE member_id = :member",
        "INSERT INTO score (id, review_id, member_id, bid_id, criterion_id, points, reason,"
        " saved_at) SELECT 'x', review_id, member_id, bid_id, criterion_id, 1, '', 0 FROM score"
        " WHERE member_id = :member LIMIT 1",
        "UPDATE score SET member_id = :member WHERE member_id <> :member",
        "UPDATE panel_member SET locked_at = NULL WHERE id = :member",
        "UPDATE panel_member SET locked_at = locked_at + 1 WHERE id = :member",
    ],
)
def test_locked_marks_are_frozen_in_the_database(
    either_opened_world: World, statement: str
) -> None:
    world = either_opened_world
    review = given_checked_bids(world, the_tender(world))
    expert, other = experts_of(world, review)[:2]
    for username in (expert, other):
        given_scores(world, review, username, usual_points(world, the_tender(world)))
    given_lock(world, review, expert)
    member = seat_of(world, review, expert).id
    before = len(world.session.scalars(select(Score)).all())

    with pytest.raises(DatabaseError, match="locked"):
        world.session.execute(text(statement), {"member": member})
    world.session.rollback()
    assert len(world.session.scalars(select(Score)).all()) == before


def test_equal_bids_are_put_in_order_by_the_recorded_draw(opened_world: World) -> None:
    """R-AWD-3: a shared place is settled by lot; hours and price do not decide here."""
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    bids = bids_of(world, the_tender(world))
    # Prices 179,000, 175,000 and 172,000 earn 9.61, 9.83 and 10.00 points of ten.
    level = {bids[0]: (3_039, 2_000, 1_500), bids[1]: (3_017, 2_000, 1_500)}
    for username in experts_of(world, review):
        given_scores(world, review, username, level | {bids[2]: (3_000, 2_000, 1_500)})
        given_lock(world, review, username)

    ranked = queries.ranking_of(world.session, review.id)
    assert [row.rank for row in ranked] == [1, 2, 3]
    assert {row.total_points for row in ranked} == {7_500}
    # The consultation looks at the price next, so nothing is left to the lot.
    assert [row.bid_id for row in ranked] == [bids[2], bids[1], bids[0]]
    assert all("tie:drawn" not in row.flags for row in ranked)


def test_tie_is_settled_by_a_seed_that_is_made_when_the_last_member_has_locked(
    embedded_receiving_world: World,
) -> None:
    """The seed of the panel's draw, which the buyer's side reads from the draw on, told who wins."""
    world = embedded_receiving_world
    tender = the_tender(world)
    for number, price in ((1, 17_200_000), (2, 17_200_000), (3, 17_900_000)):
        given_submitted_bid(world, tender, number, price_fen=price)
    at_opening(world, tender)
    open_now(world, tender)
    review = given_checked_bids(world, tender)
    bids = bids_of(world, tender)
    *others, last = experts_of(world, review)
    for username in (*others, last):
        given_scores(world, review, username, dict.fromkeys(bids, (3_000, 2_000, 1_500)))
    for username in others:
        given_lock(world, review, username)
    assert the_review(world, review.id).tie_seed is None

    given_lock(world, review, last)

    review = the_review(world, review.id)
    assert review.tie_seed != review.draw["seed"]
    ranked = queries.ranking_of(world.session, review.id)
    equals = sorted(bids[1:], key=lambda bid: tie_lot(str(review.tie_seed), bid))
    assert [row.bid_id for row in ranked[:2]] == equals
    assert [TIE_FLAG in row.flags for row in ranked] == [True, True, False]
    [told] = [
        link
        for link in trail.links_of_project(world.session, review.project_id)
        if link.event == "BidsRanked"
    ]
    assert (told.data["tie_seed"], told.data["drawn"]) == (review.tie_seed, equals)
    page = world.client(last).get(
        f"/projects/{tender_project(world, tender).number}/review/ranking"
    )
    assert str(review.tie_seed) in page.text
    assert all(tie_lot(str(review.tie_seed), bid) in page.text for bid in equals)
    for username in (*others, last):
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))
    report = world.session.get_one(Document, the_review(world, review.id).report_document_id)
    assert str(review.tie_seed) in str(report.snapshot["result"])


def test_lock_of_a_review_nobody_knows_finds_nothing(opened_world: World) -> None:
    with pytest.raises(NotFound), opened_world.uow("zhuanjia1") as uow:
        lock_scores(uow, "f" * 32)


def test_ranking_rows_are_written_once(ranked_world: World) -> None:
    rows = ranked_world.session.scalars(select(RankedBid)).all()
    review = the_review(ranked_world, rows[0].review_id)

    assert len(rows) == 3
    assert review.scored_at is not None
