"""Low prices, report, decision, announcement, and what a bidder learns."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.lifecycle import ReviewState, Stage, TenderState
from procure.kernel.vocabulary import NoticeKind
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Part, ProjectParty
from procure.stages.awards import queries
from procure.stages.awards.models import RankedBid, Review
from procure.stages.awards.use_cases.decision import (
    AnnounceResult,
    DecideWinner,
    announce_result,
    decide_winner,
)
from procure.stages.awards.use_cases.report import (
    JudgeLowPrice,
    SignReport,
    deliver_report,
    judge_low_price,
    sign_report,
)
from procure.stages.contracts.models import Contract
from procure.store import trail
from tests.factories.awards import (
    bids_of,
    experts_of,
    first_bid,
    given_announced_result,
    given_decided_winner,
    given_delivered_report,
    given_ranked_bids,
    the_review,
)
from tests.factories.bids import (
    the_project,
    the_tender,
)
from tests.factories.proving import is_asked_for_a_code
from tests.world import World


def the_only_review(world: World) -> Review:
    world.session.rollback()
    return world.session.scalars(select(Review)).one()


def sign(world: World, review: Review, username: str, dissent: str = "") -> bool:
    with world.uow(username) as uow:
        return sign_report(uow, SignReport(review.id, dissent))


def decide(
    world: World, review: Review, bid_id: str, reason: str = "", who: str = "shenhe"
) -> None:
    with world.uow(who) as uow:
        decide_winner(uow, DecideWinner(review.id, None, bid_id, reason))


def delivered(world: World) -> Review:
    review = the_only_review(world)
    for username in experts_of(world, review):
        sign(world, review, username)
    return the_only_review(world)


def test_last_signature_delivers_the_report(ranked_world: World) -> None:
    world = ranked_world
    review = the_only_review(world)

    assert [sign(world, review, one) for one in experts_of(world, review)] == [False, False, True]

    review = the_only_review(world)
    assert review.state is ReviewState.REPORTED
    paper = world.session.get_one(Document, review.report_document_id)
    assert paper.kind is DocumentKind.REVIEW_REPORT
    assert paper.audience is DocumentAudience.BUYER
    assert find_term(world.session, review.id, "T19").status is TermStatus.MET
    assert find_term(world.session, review.id, "T20/consultation").status is TermStatus.RUNNING


def test_report_names_the_end_of_the_chain_before_the_last_signature(ranked_world: World) -> None:
    world = ranked_world
    review = delivered(world)
    paper = world.session.get_one(Document, review.report_document_id)

    chain = [
        link
        for link in trail.links_of_project(world.session, review.project_id)
        if link.stream == f"project:{review.project_id}"
    ]
    last = max(at for at, link in enumerate(chain) if link.event == "ReviewReportSigned")
    assert paper.snapshot["trail_head"] == chain[last - 1].hash
    assert trail.head_of_project(world.session, review.project_id) == chain[-1].hash
    assert trail.head_of_project(world.session, "0" * 32) == ""


def test_dissent_stands_in_the_report(ranked_world: World) -> None:
    world = ranked_world
    review = the_only_review(world)
    experts = experts_of(world, review)
    sign(world, review, experts[0], "项目团队应当少计五分")
    for username in experts[1:]:
        sign(world, review, username)

    paper = world.session.get_one(Document, the_only_review(world).report_document_id)
    assert "项目团队应当少计五分" in str(paper.snapshot["dissent"])


def test_chair_delivers_without_who_keeps_silent(ranked_world: World) -> None:
    """GPL-R art 41: silence is agreement."""
    world = ranked_world
    review = the_only_review(world)
    chair, second, third = experts_of(world, review)
    with pytest.raises(Denied, match="组长签署以后"), world.uow(chair) as uow:
        deliver_report(uow, review.id)
    sign(world, review, chair)
    sign(world, review, second)
    with pytest.raises(Denied), world.uow(second) as uow:
        deliver_report(uow, review.id)

    world.clock.move_to(queries.concluded_at(world.session, review) + timedelta(hours=24))
    with world.uow(chair) as uow:
        deliver_report(uow, review.id)

    paper = world.session.get_one(Document, the_only_review(world).report_document_id)
    assert world.actor(third).name in str(paper.snapshot["dissent"])
    assert "没有签署" in str(paper.snapshot["dissent"])


def test_sign_twice_or_by_another_is_refused(ranked_world: World) -> None:
    world = ranked_world
    review = the_only_review(world)
    experts = experts_of(world, review)
    sign(world, review, experts[0])

    with pytest.raises(IllegalTransition):
        sign(world, review, experts[0])
    with pytest.raises(Denied):
        sign(world, review, "jingban")


def test_decide_first_of_the_ranking(ranked_world: World) -> None:
    world = ranked_world
    review = delivered(world)

    decide(world, review, first_bid(world, review))

    review = the_only_review(world)
    assert review.state is ReviewState.DECIDED
    assert review.decided_by == world.actor("shenhe").user_id
    assert find_term(world.session, review.id, "T20/consultation").status is TermStatus.MET
    assert find_term(world.session, review.id, "T22").status is TermStatus.RUNNING


def test_decide_for_a_bid_that_is_not_ranked_is_refused(ranked_world: World) -> None:
    world = ranked_world
    review = delivered(world)

    with pytest.raises(Invalid, match="候选人"):
        decide(world, review, "f" * 32)


def test_decide_before_the_report_or_by_others_is_refused(ranked_world: World) -> None:
    world = ranked_world
    review = the_only_review(world)
    with pytest.raises(IllegalTransition):
        decide(world, review, first_bid(world, review))

    review = delivered(world)
    for username in ("jingban", "yanshou"):
        with pytest.raises(Denied):
            decide(world, review, first_bid(world, review), who=username)
    with pytest.raises(NotFound):
        decide(world, review, first_bid(world, review), who="jiedaoshenhe")


def test_decide_by_the_drawer_is_refused_by_the_database(ranked_world: World) -> None:
    world = ranked_world
    review = delivered(world)

    with pytest.raises(DatabaseError):
        world.session.execute(
            text("UPDATE review SET decided_by = drawn_by WHERE id = :id"), {"id": review.id}
        )
    world.session.rollback()


def test_decide_on_an_old_view_is_stale(ranked_world: World) -> None:
    world = ranked_world
    review = delivered(world)

    with pytest.raises(Stale), world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, review.version - 1, first_bid(world, review)))


def test_announce_publishes_sends_and_lets_the_winner_in(either_opened_world: World) -> None:
    world = either_opened_world
    review = given_announced_result(world, the_tender(world))

    assert review.state is ReviewState.ANNOUNCED
    [notice] = world.session.scalars(select(Notice).where(Notice.kind == NoticeKind.RESULT))
    told = {label: text for section in notice.sections for label, text in section["rows"]}
    assert told["服务范围和要求"] == the_tender(world).requirement.strip(), "whole, by paragraph"
    said = str(notice.sections)
    for needed in ("¥172,000.00", "和风", "评审专家", "联系人", "服务期限"):
        assert needed in said
    for username in experts_of(world, review):
        assert world.actor(username).name in said
    [paper] = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.AWARD_NOTICE)
    )
    assert paper.owner_id == world.actor("jigou2").organisation_id
    project = the_project(world)
    suppliers = select(ProjectParty.organisation_id).where(
        ProjectParty.project_id == project.id, ProjectParty.part == Part.SUPPLIER
    )
    assert world.session.scalars(suppliers).all() == [paper.owner_id]
    assert project.stage is Stage.CONTRACT
    term = find_term(world.session, review.id, "T28")
    assert (term.due_on - local_date(world.now)).days >= 30
    assert find_term(world.session, review.id, "T22").status is TermStatus.MET
    assert find_term(world.session, review.id, "T23/consultation").status is TermStatus.RUNNING
    [contract] = world.session.scalars(select(Contract))
    assert contract.amount_fen == 17_200_000
    assert trail.fsck(world.session) == []


def test_announce_before_the_decision_or_by_others_is_refused(ranked_world: World) -> None:
    world = ranked_world
    review = delivered(world)
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, None))

    decide(world, review, first_bid(world, review))
    with pytest.raises(Denied), world.uow("shenhe") as uow:
        announce_result(uow, AnnounceResult(review.id, None))


def test_loser_learns_own_total_and_rank_and_nothing_else(opened_world: World) -> None:
    """O87 art 69."""
    world = opened_world
    given_decided_winner(world, the_tender(world))
    loser, tender = world.actor("jigou3"), the_tender(world)
    assert queries.find_own_result(world.session, loser, tender.id) is None

    review = the_only_review(world)
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, None))

    own = queries.find_own_result(world.session, loser, tender.id)
    ranked = world.session.get_one(RankedBid, (review.id, own.bid_id))
    assert (own.rank, own.total_points) == (ranked.rank, ranked.total_points)
    assert not own.is_winner
    assert queries.find_own_result(world.session, world.actor("pinggu1"), tender.id) is None


def judgement(world: World, reasonable: bool, **changes: object) -> JudgeLowPrice:
    review = the_only_review(world)
    ranked = queries.ranking_of(world.session, review.id)
    [low] = [row for row in ranked if any(flag.startswith("low:") for flag in row.flags)]
    values = {
        "asked_at": review.scored_at,
        "answer_until": review.scored_at + timedelta(minutes=30),
        "explanation": "使用自有场地，不计租金",
        "basis": "同类项目合同价",
        "reasonable": reasonable,
    }
    return JudgeLowPrice(review.id, low.bid_id, **(values | changes))


def test_low_price_is_judged_before_anybody_signs(lowest_world: World) -> None:
    """LOW2."""
    world = lowest_world
    given_ranked_bids(world, the_tender(world))
    review = the_only_review(world)
    chair, second, _ = experts_of(world, review)
    with pytest.raises(Denied, match="异常低价"):
        sign(world, review, second)
    with pytest.raises(Denied, match="组长"), world.uow(second) as uow:
        judge_low_price(uow, judgement(world, True))

    with world.uow(chair) as uow:
        judge_low_price(uow, judgement(world, True))

    assert sign(world, review, second) is False
    for username in (chair, experts_of(world, review)[2]):
        sign(world, review, username)
    paper = world.session.get_one(Document, the_only_review(world).report_document_id)
    assert paper.snapshot["low_prices"][0]["conclusion"] == "报价合理，继续评审"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer_until": timedelta(minutes=29)}, "不少于 30 分钟"),
        ({"asked_at": timedelta(minutes=-1)}, "评分汇总之后"),
        ({"explanation": " "}, "还没有到"),
    ],
)
def test_low_price_judged_in_haste_is_refused(
    lowest_world: World, changes: dict[str, object], words: str
) -> None:
    """R-LOW-2: five minutes is a breach."""
    world = lowest_world
    given_ranked_bids(world, the_tender(world))
    review = the_only_review(world)
    given = {
        name: review.scored_at + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    chair = experts_of(world, review)[0]

    with pytest.raises(Invalid, match=words), world.uow(chair) as uow:
        judge_low_price(uow, judgement(world, False, **given))


def test_low_price_not_proved_reasonable_is_out_and_the_rest_move_up(lowest_world: World) -> None:
    world = lowest_world
    given_ranked_bids(world, the_tender(world))
    review = the_only_review(world)
    command = judgement(world, False)

    with world.uow(experts_of(world, review)[0]) as uow:
        judge_low_price(uow, command)

    ranked = queries.ranking_of(world.session, review.id)
    assert [row.rank for row in ranked] == [1, 2, None]
    assert ranked[2].bid_id == command.bid_id
    # The base price is now 172,000: the first of the rest gets all ten points.
    assert ranked[0].price_points == 1_000
    check = queries.checks_of(world.session, review.id)[command.bid_id]
    assert not check.conforms
    for member in experts_of(world, review):
        sheet = world.client(member).get(f"/projects/{the_project(world).number}/review/lock")
        words = sheet.text
        for row in queries.rows_of(world.session, the_tender(world)):
            assert row.supplier.name in words, "what was marked stays on the sheet"
        assert words.count("审查结论") == 1 and f"无效{check.reason}" in words.replace(" ", "")
    delivered(world)
    paper = world.session.get_one(Document, the_only_review(world).report_document_id)
    assert paper.snapshot["invalid"][0]["reason"].startswith("报价明显低于")


def test_low_price_that_leaves_too_few_ends_the_review(lowest_world: World) -> None:
    """Of the two others one did not qualify."""
    world = lowest_world
    bids = bids_of(world, the_tender(world))
    review = given_ranked_bids(world, the_tender(world), {bids[0]: "缺登记证书"})

    with world.uow(experts_of(world, review)[0]) as uow:
        judge_low_price(uow, judgement(world, False))

    assert the_review(world, review.id).state is ReviewState.FAILED
    assert the_tender(world).state is TenderState.FAILED


def test_whole_review_on_both_databases(either_opened_world: World) -> None:
    review = given_delivered_report(either_opened_world, the_tender(either_opened_world))

    assert review.state is ReviewState.REPORTED


def test_deciding_the_winner_takes_a_fresh_code(ranked_world: World) -> None:
    world = ranked_world
    review = the_only_review(world)
    for username in experts_of(world, review):
        sign(world, review, username)
    review = the_review(world, review.id)
    path = f"/projects/{the_project(world).number}/review/decision"
    form = {"bid": first_bid(world, review), "confirmed": "yes", "version": str(review.version)}
    approver = is_asked_for_a_code(world, "shenhe", path, **form)

    assert approver.send(path, **form).status_code == 302
    assert the_only_review(world).state is ReviewState.DECIDED
