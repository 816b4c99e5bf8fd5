"""What stands between marks and award: the session, time to dissent, prices, candidates in turn."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from procure.kernel.errors import Denied, IllegalTransition, Invalid, Stale, TooEarly
from procure.kernel.lifecycle import ReviewState, TenderState
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import User
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.notices.models import Notice
from procure.stages.awards import queries
from procure.stages.awards.models import CandidatePassed, PassGround, Review
from procure.stages.awards.policies import PANEL_FLAG
from procure.stages.awards.use_cases.decision import (
    AnnounceResult,
    DecideWinner,
    PassOver,
    announce_result,
    decide_winner,
    pass_over,
)
from procure.stages.awards.use_cases.panel import DrawPanel, MoveSession, draw_panel, move_session
from procure.stages.awards.use_cases.report import (
    JudgeLowPrice,
    QuestionPrice,
    SignReport,
    deliver_report,
    judge_low_price,
    question_price,
    sign_report,
)
from procure.stages.awards.use_cases.scores import SaveScores, save_scores
from procure.stages.bids.models import Bid
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from tests.factories.awards import (
    bids_of,
    experts_of,
    first_bid,
    given_checked_bids,
    given_lock,
    given_ranked_bids,
    given_scores,
    seat_of,
    the_review,
    usual_points,
)
from tests.factories.bids import given_upload, the_project, the_tender
from tests.factories.registers import pdf_file
from tests.world import World


def the_only_review(world: World) -> Review:
    world.session.rollback()
    return world.session.scalars(select(Review)).one()


def signed(world: World, review: Review, username: str, **said: object) -> bool:
    with world.uow(username) as uow:
        return sign_report(uow, SignReport(review.id, **said))


def report_of(world: World) -> dict[str, object]:
    paper = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.REVIEW_REPORT)
    ).one()
    assert paper.snapshot is not None
    return paper.snapshot


def test_marks_wait_for_the_session_and_the_report_tells_true_times(opened_world: World) -> None:
    """R-COM-6; the report printed marks that were older than the meeting."""
    world, tender = opened_world, the_tender(opened_world)
    meets = world.now + timedelta(hours=2)
    with world.uow("jingban") as uow:
        draw_panel(uow, DrawPanel(tender.id, meets, 3))
    review = given_checked_bids(world, tender)
    expert = experts_of(world, review)[0]
    drawn_at = world.now
    page = world.client(expert).get(f"/projects/{the_project(world).number}/review/scores")
    assert "在此之前不能评分和签署" in page.text
    world.clock.move_to(meets - timedelta(microseconds=1))
    with pytest.raises(TooEarly), world.uow(expert) as uow:
        save_scores(uow, SaveScores(review.id, bids_of(world, tender)[0], ()))

    later = meets + timedelta(hours=1)
    with pytest.raises(Invalid, match="早于现在"), world.uow("jingban") as uow:
        move_session(uow, MoveSession(review.id, None, drawn_at, "提前"))
    with pytest.raises(Invalid, match="原因"), world.uow("jingban") as uow:
        move_session(uow, MoveSession(review.id, None, later, " "))
    seen = review.version
    with world.uow("jingban") as uow:
        move_session(uow, MoveSession(review.id, seen, later, "专家迟到"))
    with pytest.raises(Stale), world.uow("jingban") as uow:
        move_session(uow, MoveSession(review.id, seen, later, "专家迟到"))

    for seat, username in enumerate(experts_of(world, review)):
        given_scores(world, review, username, usual_points(world, tender, seat))
        given_lock(world, review, username)
    delivered = given_delivered_report_of(world)

    assert datetime.fromisoformat(str(report_of(world)["review_from"])) == later
    assert queries.began_at(world.session, delivered) == later
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        move_session(uow, MoveSession(delivered.id, None, later, "再改"))


def test_dissent_has_its_time(ranked_world: World) -> None:
    """GPL-R art 41: the chair signs and delivers at once, and the others could say nothing."""
    world = ranked_world
    review = the_only_review(world)
    chair, second, third = experts_of(world, review)
    signed(world, review, chair)
    with pytest.raises(TooEarly, match="还有 2 名成员没有签署"), world.uow(chair) as uow:
        deliver_report(uow, review.id)
    page = world.client(second).get(f"/projects/{the_project(world).number}/review/report")
    assert "到时不签署、也不书面说明的，视为同意" in page.text
    signed(world, review, second, dissent="我不同意推荐第一名。")
    world.clock.move_to(queries.concluded_at(world.session, review) + timedelta(hours=24))

    with world.uow(chair) as uow:
        deliver_report(uow, review.id)

    page = world.client("shenhe").get(f"/projects/{the_project(world).number}/review/decision")
    assert "我不同意推荐第一名" in page.text, "who decides reads what a member wrote against it"
    people = world.client("shenhe").get(f"/projects/{the_project(world).number}/review").text
    assert "已签署报告，写有不同意见" in people
    assert "没有签署，视为同意报告" in people
    said = str(report_of(world)["dissent"])
    assert "我不同意推荐第一名" in said and f"{world.actor(third).name}在" in said


def test_price_sentence_is_printed_only_when_every_member_was_asked(ranked_world: World) -> None:
    """LOW2: nobody is said to have found prices sound who was not asked."""
    world = ranked_world
    review = the_only_review(world)
    experts = experts_of(world, review)
    for place, username in enumerate(experts):
        signed(world, review, username, prices_sound=None if place == 0 else True)

    assert report_of(world)["price_question"] == "未全部作答"


def test_member_may_call_a_price_unreasonable_and_signatures_fall(ranked_world: World) -> None:
    world = ranked_world
    review = the_only_review(world)
    chair, second, third = experts_of(world, review)
    bid = bids_of(world, the_tender(world))[2]
    signed(world, review, chair, prices_sound=True)
    base = f"/projects/{the_project(world).number}/review"
    client = world.client(second)
    client.post(f"{base}/report", {"confirmed": "yes"}, status=400)
    client.post(f"{base}/report", {"confirmed": "yes", "prices": bid}, status=400)
    client.post(
        f"{base}/report", {"confirmed": "yes", "prices": bid, "doubt": "低于人员最低工资之和"}
    )

    review = the_only_review(world)
    ranked = {row.bid_id: row for row in queries.ranking_of(world.session, review.id)}
    assert PANEL_FLAG in ranked[bid].flags
    assert all(row.member.signed_at is None for row in queries.members_of(world.session, review.id))
    with pytest.raises(Denied, match="异常低价"):
        signed(world, review, third)
    with pytest.raises(Invalid, match="为什么"), world.uow(third) as uow:
        question_price(uow, QuestionPrice(review.id, bid, " "))


def test_member_signs_the_conclusions_that_they_read(ranked_world: World) -> None:
    """GPL-R art 41: a price was judged while the page lay open, and the old page signed the new
    conclusions.
    """
    world = ranked_world
    review = the_only_review(world)
    chair, second, third = experts_of(world, review)
    address = f"/projects/{the_project(world).number}/review/report"
    read = world.client(third).get(address)
    bid = bids_of(world, the_tender(world))[2]
    with world.uow(second) as uow:
        question_price(uow, QuestionPrice(review.id, bid, "低于人员最低工资之和"))
    until = world.now + timedelta(minutes=30)
    asked = (world.now, until, "附人员工资表。", "核对工资表，成本合理。", True)
    with world.uow(chair) as uow:
        judge_low_price(uow, JudgeLowPrice(review.id, bid, *asked))

    answers = {"confirmed": "yes", "prices": "sound", "dissent": "第二名的团队更稳定。"}
    page = world.client(third).post(address, answers, page=read, status=409)
    assert "评审结论在您打开页面以后有变化" in page.text
    assert "第二名的团队更稳定。" in page.response.text
    world.client(third).post(address, answers)
    assert seat_of(world, the_only_review(world), third).dissent == "第二名的团队更稳定。"


def test_candidates_are_taken_in_turn(ranked_world: World) -> None:
    """R-AWD-7: another than the first only when it cannot be chosen, with ground, proof and two
    people.
    """
    world = ranked_world
    review = given_delivered_report_of(world)
    first, second, third = (row.bid_id for row in queries.ranking_of(world.session, review.id))
    with pytest.raises(Invalid, match="应当按名次确定第 1 名"), world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, None, second, "排名第一的候选人书面放弃"))
    token = given_upload(world, pdf_file(b"% letter"), "放弃声明.pdf", "jingban")
    for bid_id, reason, proof, words in (
        (second, "书面放弃", token, "只能按名次"),
        (first, " ", token, "情形和经过"),
        (first, "书面放弃", "", "证明材料"),
    ):
        with pytest.raises(Invalid, match=words), world.uow("jingban") as uow:
            pass_over(uow, PassOver(review.id, None, bid_id, PassGround.DECLINED, reason, proof))
    with pytest.raises(Denied), world.uow("shenhe") as uow:
        pass_over(uow, PassOver(review.id, None, first, PassGround.DECLINED, "放弃", token))
    said, seen = "4月20日来函放弃，已电话核实", review.version
    with world.uow("jingban") as uow:
        pass_over(uow, PassOver(review.id, seen, first, PassGround.DECLINED, said, token))

    with pytest.raises(Stale), world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, seen, second))
    for bid_id, words in ((first, "已登记不能成交"), (third, "应当按名次确定第 2 名")):
        with pytest.raises(Invalid, match=words), world.uow("shenhe") as uow:
            decide_winner(uow, DecideWinner(review.id, None, bid_id))
    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, None, second))

    review = the_only_review(world)
    assert review.winner_bid_id == second
    assert said in review.decision_reason and "书面放弃" in review.decision_reason
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, None))
    passed = {one.rank: one for one in queries.own_results(world.session, review).values()}[1]
    bidder = world.session.get_one(Bid, passed.bid_id).supplier_id
    member = world.session.scalars(
        select(User.username).where(User.organisation_id == bidder).order_by(User.username)
    ).first()
    told = world.client(member).get(f"/projects/{the_project(world).number}/bid/result").text
    assert "第 1 名" in told
    assert f"书面放弃：{said}" in told, "the first of the ranking reads why another won"
    [kept] = world.session.scalars(select(CandidatePassed))
    paper = world.session.get_one(Document, kept.document_id)
    assert (paper.kind, paper.audience) == (DocumentKind.CANDIDATE_PROOF, DocumentAudience.BUYER)


def test_candidate_is_passed_over_by_its_page(ranked_world: World) -> None:
    world = ranked_world
    review = given_delivered_report_of(world)
    base = f"/projects/{the_project(world).number}/review"
    assert "登记候选人放弃" in world.client("jingban").get(base).text
    page = world.client("jingban").get(f"{base}/candidate")
    assert "第 1 名" in page.text
    world.client("jingban").post(f"{base}/candidate", {"ground": "declined"}, status=400)
    assert queries.next_candidate(world.session, review.id).rank == 1


def given_delivered_report_of(world: World) -> Review:
    review = the_only_review(world)
    for username in experts_of(world, review):
        signed(world, review, username)
    return the_only_review(world)


def test_review_ends_with_its_purchase(ranked_world: World) -> None:
    """Nobody reads for ever that a winner has to be chosen where nobody may."""
    world, tender = ranked_world, the_tender(ranked_world)
    review = given_delivered_report_of(world)
    world.session.refresh(tender)
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, "需求变化。", False))

    review = the_review(world, review.id)
    assert (review.state, review.ended_reason) == (ReviewState.ENDED, "需求变化。")
    assert the_tender(world).state is TenderState.TERMINATED
    number = the_project(world).number
    for username in ("jingban", "shenhe", "jigou1"):
        assert "待确定成交人" not in world.client(username).get(f"/projects/{number}").text
    assert "投标截止" not in world.client("jigou1").get(f"/projects/{number}").text


def test_failed_consultation_is_terminated_and_never_void(opened_world: World) -> None:
    """R-OPEN-9, CC214 art 21, 34."""
    world = opened_world
    bids = bids_of(world, the_tender(world))
    given_checked_bids(world, the_tender(world), dict.fromkeys(bids[:2], "缺登记证书"))

    [notice] = world.session.scalars(select(Notice).where(Notice.kind == NoticeKind.TERMINATION))
    assert "终止公告" in notice.title and "-ZZ01" in notice.number
    said = notice.title + str(notice.sections)
    assert "废标" not in said and "补充事宜" in said and "终止日期" in said
    text = world.client("jigou1").get(f"/projects/{the_project(world).number}/bid").text
    assert "已终止" in text and "废标" not in text, text[
        max(0, text.find("废标") - 60) : text.find("废标") + 60
    ]


def test_result_comes_with_the_tender_document(ranked_world: World) -> None:
    """GPL-R art 43: published together, read signed out."""
    world = ranked_world
    review = given_delivered_report_of(world)
    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, None, first_bid(world, review)))
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, None))

    [notice] = world.session.scalars(select(Notice).where(Notice.kind == NoticeKind.RESULT))
    page = world.client().get(f"/notices/{notice.number}")
    taken, public = world.session.scalars(
        select(Document)
        .where(Document.kind == DocumentKind.TENDER_DOCUMENT)
        .order_by(Document.created_at)
    )
    assert public.audience is DocumentAudience.PUBLIC and public.sha256 == taken.sha256
    assert f"/documents/{public.id}" in page.response.text
    for words in ("服务标准", "代理服务费", "补充事宜", "磋商小组", "以前，以书面形式"):
        assert words in str(notice.sections)
    letter = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.AWARD_NOTICE)
    ).one()
    assert "unit_price" not in letter.snapshot


def test_running_terms_after_each_step_are_those_that_bind(opened_world: World) -> None:
    """One of two terms that is not ended reminds for ever."""
    world, tender = opened_world, the_tender(opened_world)
    review = given_ranked_bids(world, tender)
    assert running(world, review) == {"T19"}
    review = given_delivered_report_of(world)
    assert {rule.partition("/")[0] for rule in running(world, review)} == {"T20"}
    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, None, first_bid(world, review)))
    assert running(world, review) == {"T22"}
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, None))
    assert {rule.partition("/")[0] for rule in running(world, review)} == {"T23", "T28"}


def running(world: World, review: Review) -> set[str]:
    """The rules of the review's terms that run."""
    world.session.rollback()
    return set(
        world.session.scalars(
            select(Deadline.rule).where(
                Deadline.subject_id == review.id, Deadline.status == TermStatus.RUNNING
            )
        )
    )
