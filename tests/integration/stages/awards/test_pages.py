"""The pages of a review as clerk, experts, approver and bidders use them."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from procure.kernel.clock import local_date
from procure.kernel.day_words import day_words
from procure.kernel.vocabulary import NoticeKind
from procure.registers.deadlines.use_cases import meet_term
from procure.registers.documents.audiences import PanelSeat
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.queries import papers_of, seat_of
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.awards import queries
from procure.stages.awards.case import panel, todo
from procure.stages.awards.models import PanelMember, Review
from procure.stages.awards.relations import Evidence, shared_with_others
from procure.stages.awards.use_cases.decision import SIGNING_TERM
from procure.stages.awards.use_cases.panel import DeclareInterest, declare_interest
from procure.stages.awards.use_cases.replacing import ReplaceMember, replace_member
from procure.store.base import db
from tests.factories.awards import (
    bids_of,
    experts_of,
    first_bid,
    given_announced_result,
    given_checked_bids,
    given_decided_winner,
    given_declared_panel,
    given_lock,
    given_panel,
    given_panel_with_buyer,
    given_ranked_bids,
    given_scores,
    the_review,
    usual_points,
)
from tests.factories.awards import seat_of as seat_on
from tests.factories.bids import the_project, the_tender
from tests.world import World


def base_of(world: World) -> str:
    return f"/projects/{the_project(world).number}/review"


def the_only_review(world: World) -> Review:
    world.session.rollback()
    return world.session.scalars(select(Review)).one()


def test_whole_review_by_its_pages(opened_world: World) -> None:
    world = opened_world
    base, clerk = base_of(world), world.client("jingban")
    draw = clerk.get(f"{base}/draw")
    offered = next(one.get("value") for one in draw.root.iter() if one.get("name") == "session_at")
    assert offered.endswith(":00"), "the next full hour, which is still to come"
    clerk.post(f"{base}/draw", {"session_at": offered, "experts": "3"}, page=draw)
    review = the_only_review(world)
    assert "随机数" in clerk.get(f"{base}/draw/record").text
    experts = experts_of(world, review)
    for username in experts:
        page = world.client(username).get(f"{base}/declaration")
        assert "和风社会工作服务社" in page.text
        data = {"has_conflict": "no", "confirmed": "yes"}
        world.client(username).post(f"{base}/declaration", data, page=page)
    bids = bids_of(world, the_tender(world))
    for bid in bids:
        clerk.post(f"{base}/checks/{bid}", {"qualified": "yes", "conforms": "yes"})
    clerk.post(f"{base}/checks", {"confirmed": "yes"})
    world.clock.move_to(review.session_at)
    clerk = world.client("jingban")
    for username in experts:
        member = world.client(username)
        for place, bid in enumerate(bids):
            marks = {"points_1": "30", "points_2": str(20 + place), "points_3": "15"}
            reasons = {f"reason_{n}": "对照标准" for n in (1, 2, 3)}
            member.post(f"{base}/scores/{bid}", {**marks, **reasons})
        assert "30.00 分，对照标准" in member.get(f"{base}/lock").text
        member.post(f"{base}/lock", {"confirmed": "yes"})
    ranking = world.client(experts[0]).get(f"{base}/ranking").text
    assert "¥172,000.00" in ranking
    assert "<svg" not in ranking  # Three bids are read in their table.
    assert "¥172,000.00 ÷ ¥172,000.00 × 10.00 分 ＝ 10.00 分" in ranking
    for username in experts:
        world.client(username).post(f"{base}/report", {"confirmed": "yes", "prices": "sound"})
    winner = first_bid(world, the_only_review(world))
    approver = world.client("shenhe")
    assert "各成员评分" in approver.get(f"{base}/decision").text
    approver.post(f"{base}/decision", {"bid": winner, "confirmed": "yes"})
    assert "将要公告的全部内容" in clerk.get(f"{base}/announcement").text
    clerk.post(f"{base}/announcement", {"confirmed": "yes"})
    number = the_project(world).number
    assert "本单位成交" in world.client("jigou2").get(f"/projects/{number}/bid/result").text
    loser = world.client("jigou3").get(f"/projects/{number}/bid/result").text
    assert "第 3 名" in loser
    assert "¥" not in loser
    for username in ("jingban", "shenhe", "shenji", "jigou2", "jigou3", experts[0], None):
        world.client(username).get(f"/projects/{number}")


def test_winner_and_clerk_read_the_last_day_to_sign_with_its_arithmetic(
    opened_world: World,
) -> None:
    """GPL art 46: thirty days from the award notice."""
    world = opened_world
    given_decided_winner(world, the_tender(world))
    number = the_project(world).number
    last = local_date(world.now) + timedelta(days=30)
    words = f"最迟应于 {day_words(last, local_date(world.now))} 完成"

    before = world.client("jingban").get(f"{base_of(world)}/announcement").text
    world.client("jingban").post(f"{base_of(world)}/announcement", {"confirmed": "yes"})

    assert before.count(words) == 2
    for username, address in (
        ("jigou2", f"/projects/{number}/bid/result"),
        ("jigou2", f"/projects/{number}"),
        ("jingban", f"/projects/{number}"),
    ):
        page = world.client(username).get(address).text
        assert words in page and "《政府采购法》第四十六条" in page
        assert "怎样算出" in page
    loser = world.client("jigou3").get(f"/projects/{number}/bid/result").text
    assert words not in loser


def test_bidder_is_led_from_the_own_result_to_the_notice_and_the_case(opened_world: World) -> None:
    """Whoever weighs a challenge has to read what was announced, and go on from there."""
    world = opened_world
    given_announced_result(world, the_tender(world))
    case = f"/projects/{the_project(world).number}"
    [notice] = world.session.scalars(
        select(Notice.number).where(Notice.kind == NoticeKind.RESULT)
    ).all()

    for username in ("jigou2", "jigou3"):
        page = world.client(username).get(f"{case}/bid/result")
        main = page.response.text.partition("<main")[2]
        assert f'href="/notices/{notice}"' in main
        assert main.count(f'<a href="{case}">返回项目页面</a>') == 1
        assert notice in world.client(username).get(f"/notices/{notice}").text


def test_winner_is_asked_to_sign_only_while_the_period_runs(opened_world: World) -> None:
    world = opened_world
    review = given_announced_result(world, the_tender(world))
    address = f"/projects/{the_project(world).number}/bid/result"
    assert "请在下面的期限内与采购人签订合同" in world.client("jigou2").get(address).text

    with world.uow("system") as uow:
        meet_term(uow, review.id, SIGNING_TERM)

    page = world.client("jigou2").get(address).text
    assert "本单位成交" in page
    assert "期限内与采购人签订合同" not in page
    assert "第四十六条" not in page


def test_signing_page_is_closed_to_who_declared_a_conflict(opened_world: World) -> None:
    """GPL-R art 9: like every other page that shows what the bids say."""
    world = opened_world
    review = given_ranked_bids(world, the_tender(world))
    leaving, staying, _ = experts_of(world, review)
    seat = seat_on(world, review, leaving)
    with world.uow("system") as uow:
        uow._technical = True
        member = uow.session.get_one(PanelMember, seat.id)
        member.has_conflict, member.conflict_reason = True, "配偶在投标人处任职"

    refusal = world.client(leaving).get(f"{base_of(world)}/report", status=403)
    assert "您已声明应当回避" in refusal.text
    assert "由接替的成员评审" in refusal.text
    assert "得分和名次" in world.client(staying).get(f"{base_of(world)}/report").text


def test_conflict_is_replaced_from_the_clerks_page(opened_world: World) -> None:
    world = opened_world
    review, base = given_panel(world, the_tender(world)), base_of(world)
    leaving = experts_of(world, review)[0]
    data = {"has_conflict": "yes", "reason": "曾任理事", "confirmed": "yes"}
    world.client(leaving).post(f"{base}/declaration", data)
    clerk = world.client("jingban")
    page = clerk.get(base)
    assert "曾任理事" in page.text
    member = world.session.scalars(
        select(PanelMember.id).where(PanelMember.has_conflict.is_(True))
    ).one()

    answer = clerk.client.post(f"{base}/members/{member}/replace", data=page.hidden())

    assert answer.status_code == 302
    assert leaving not in experts_of(world, the_review(world, review.id))
    world.client(leaving).get(base, status=404)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"experts": "4"}, "单数"),
        ({"experts": "1"}, "2"),
        ({"experts": "3", "session_at": "去年"}, "日期"),
        ({"experts": "2", "session_at": "2020-01-01 09:00"}, "早于"),
    ],
)
def test_bad_input_of_the_draw_is_told(
    opened_world: World, data: dict[str, str], words: str
) -> None:
    page = opened_world.client("jingban").post(f"{base_of(opened_world)}/draw", data, status=400)

    assert words in page.text


@pytest.mark.parametrize(
    ("data", "words"),
    [({"points_1": "40.01"}, "40"), ({"points_1": "三十"}, "数字"), ({"points_1": "-1"}, "0")],
)
def test_bad_mark_is_told_and_kept(opened_world: World, data: dict[str, str], words: str) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    bid = bids_of(world, the_tender(world))[0]
    member = world.client(experts_of(world, review)[0])

    page = member.post(f"{base_of(world)}/scores/{bid}", {**data, "reason_1": "理由"}, status=400)

    assert words in page.text
    assert "理由" in page.response.get_data(as_text=True)


def test_reason_without_a_mark_is_told_instead_of_lost(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    bid = bids_of(world, the_tender(world))[0]
    member = world.client(experts_of(world, review)[0])

    page = member.post(f"{base_of(world)}/scores/{bid}", {"reason_2": "先写理由"}, status=400)

    assert "写了理由，还没有打分" in page.text
    assert "先写理由" in page.response.get_data(as_text=True)


def test_sheet_saved_in_another_window_is_not_written_over(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    address = f"{base_of(world)}/scores/{bids_of(world, the_tender(world))[0]}"
    member = world.client(experts_of(world, review)[0])
    first, second = member.get(address), member.get(address)
    member.post(address, {"points_1": "30", "reason_1": "甲窗口的理由"}, page=first)

    data = {"points_1": "20", "reason_1": "乙窗口的理由"}
    refused = member.post(address, data, page=second, status=409)

    assert "刚在另一个窗口保存过" in refused.text
    assert "乙窗口的理由" in refused.response.get_data(as_text=True)
    assert "甲窗口的理由" in member.get(address).response.get_data(as_text=True)
    member.post(address, data)
    assert "乙窗口的理由" in member.get(address).response.get_data(as_text=True)


def test_bid_is_done_only_when_its_reasons_are_written(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    address = f"{base_of(world)}/scores/{bids_of(world, the_tender(world))[0]}"
    member = world.client(experts_of(world, review)[0])
    marks = {"points_1": "30", "points_2": "20", "points_3": "15"}
    member.post(address, marks)

    assert "其中 1 项还没有写理由" in member.get(f"{base_of(world)}/scores").text
    member.post(address, {**marks, "reason_1": "对照标准"})
    assert "已完成 1 个部分" in member.get(f"{base_of(world)}/scores").text


def test_signed_declaration_is_shown_as_it_was_signed(opened_world: World) -> None:
    world = opened_world
    review, base = given_declared_panel(world, the_tender(world)), base_of(world)
    username = experts_of(world, review)[0]
    page = world.client(username).get(f"{base}/declaration")

    assert "您签署的声明" in page.text
    assert "没有应当回避的情形" in page.text
    assert world.actor(username).name in page.text


def test_lock_with_gaps_is_closed_with_its_reason(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    member = world.client(experts_of(world, review)[0])

    assert "9 处没有评完" in member.get(f"{base_of(world)}/lock").text


def test_locked_marks_are_shown_as_proof_without_ways_to_change_them(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    username = experts_of(world, review)[0]
    given_scores(world, review, username, usual_points(world, the_tender(world)))
    base, member = base_of(world), world.client(username)
    bid = bids_of(world, the_tender(world))[0]
    member.post(f"{base}/lock", {"confirmed": "yes"})

    sheet = member.get(f"{base}/lock").text
    assert "您锁定的评分" in sheet
    assert "修改" not in sheet
    assert "确认锁定" not in sheet
    beside = member.get(f"{base}/scores/{bid}").text
    assert "您的评分" in beside
    assert "保存评分" not in beside
    assert "查看您锁定的评分" in member.get(f"{base}/scores").text
    show = member.get(base).text
    assert "查看您锁定的评分" in show
    assert "查看您签署的回避声明" in show
    assert "签署评审报告会出现在" in show


def test_score_page_of_a_bid_out_of_the_scoring_is_not_found_before_and_after_the_lock(
    opened_world: World,
) -> None:
    world = opened_world
    out, *_ = bids_of(world, the_tender(world))
    review = given_checked_bids(world, the_tender(world), {out: "没有提交承诺函"})
    username = experts_of(world, review)[0]
    address, member = f"{base_of(world)}/scores/{out}", world.client(username)
    member.get(address, status=404)

    points = usual_points(world, the_tender(world))
    given_scores(world, review, username, {bid: points[bid] for bid in points if bid != out})
    given_lock(world, review, username)

    assert "没有进入评分" in member.get(address, status=404).text


@pytest.mark.parametrize("typed", ["3", ""])
def test_marks_sent_from_an_old_window_after_the_lock_are_refused_beside_the_locked_ones(
    opened_world: World, typed: str
) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    username = experts_of(world, review)[0]
    given_scores(world, review, username, usual_points(world, the_tender(world)))
    bid, member = bids_of(world, the_tender(world))[0], world.client(username)
    address = f"{base_of(world)}/scores/{bid}"
    old = member.get(address)
    given_lock(world, review, username)

    answer = member.post(address, {"points_1": typed, "points_2": ""}, page=old, status=409)

    assert "这次填写的内容没有保存" in answer.text
    assert "您的评分已经锁定，不能再改。" in answer.text
    for words in ("30.00 分", "20.00 分", "15.00 分", "对照标准核对服务方案"):
        assert words in answer.text
    assert "3.00 分" not in answer.text.replace("30.00", "")


def test_lock_and_signature_sent_again_say_why_nothing_happened(opened_world: World) -> None:
    world = opened_world
    review, base = given_checked_bids(world, the_tender(world)), base_of(world)
    experts = experts_of(world, review)
    first = world.client(experts[0])
    for seat, username in enumerate(experts):
        given_scores(world, review, username, usual_points(world, the_tender(world), seat))
    old = first.get(f"{base}/lock")
    for username in experts:
        given_lock(world, review, username)

    again = first.post(f"{base}/lock", {"confirmed": "yes"}, page=old, status=409)

    assert "您锁定的评分" in again.text
    assert "这次提交没有生效" in again.text
    signing = first.get(f"{base}/report")
    first.post(f"{base}/report", {"confirmed": "yes", "prices": "sound"}, page=signing)
    again = first.post(
        f"{base}/report", {"confirmed": "yes", "prices": "sound"}, page=signing, status=409
    )
    assert "您签署的评审报告" in again.text
    assert "您已经签署。" in again.text
    assert "这次提交没有生效" in again.text


def test_strangers_find_no_review(opened_world: World) -> None:
    world = opened_world
    review, base = given_declared_panel(world, the_tender(world)), base_of(world)
    seated = experts_of(world, review)
    stranger = next(f"zhuanjia{n}" for n in range(1, 8) if f"zhuanjia{n}" not in seated)

    for username in (stranger, "jigou1", "yusuan", "pinggu1", "mulu"):
        for address in (base, f"{base}/ranking"):
            answer = world.client(username).client.get(address)
            assert answer.status_code in (403, 404), (username, address)


def test_auditor_learns_the_experts_names_with_the_result(opened_world: World) -> None:
    world = opened_world
    review, base = given_declared_panel(world, the_tender(world)), base_of(world)
    name = world.actor(experts_of(world, review)[0]).name

    assert name not in world.client("shenji").get(base).text
    world.client("shenji").get(f"{base}/draw/record", status=404)
    assert name in world.client("shenhe").get(base).text


def test_member_reads_attachments_after_the_declaration_only(opened_world: World) -> None:
    """Rulebook 1.16."""
    world = opened_world
    review, project = given_panel(world, the_tender(world)), the_project(world)
    username = experts_of(world, review)[0]
    bid, base = bids_of(world, the_tender(world))[0], base_of(world)

    seat = seat_of(world.session, world.actor(username), project.id)
    assert seat is PanelSeat.KEPT_OUT
    world.client(username).get(f"{base}/bids/{bid}", status=403)
    world.client(username).post(f"{base}/declaration", {"has_conflict": "no", "confirmed": "yes"})
    seat = seat_of(world.session, world.actor(username), project.id)
    assert seat is PanelSeat.JUDGING
    page = world.client(username).get(f"{base}/bids/{bid}")
    assert "报价在全部成员锁定评分以后公开" in page.text
    kinds = {
        paper.kind
        for paper in papers_of(world.session, world.actor(username), project_id=project.id)
    }
    assert "开标（开启）记录" not in kinds


def test_buyers_representative_reads_no_bid_before_he_declares_and_no_price_before_all_lock(
    opened_world: World,
) -> None:
    """Rulebook 1.16, S9: a seat on the panel binds the buyer's own person like an expert."""
    world = opened_world
    review = given_panel_with_buyer(world, the_tender(world), "yanshou")
    base, project = base_of(world), the_project(world)
    opening = f"/projects/{project.number}/opening"
    bid = bids_of(world, the_tender(world))[0]
    client = world.client("yanshou")

    def papers() -> set[str]:
        found = papers_of(world.session, world.actor("yanshou"), project_id=project.id)
        return {paper.kind for paper in found}

    refusal = client.get(f"{base}/bids/{bid}", status=403)
    assert "请先签署回避声明" in refusal.text
    assert "请先签署回避声明" in client.get(opening, status=403).text
    assert "开标（开启）记录" not in papers()
    case_page = client.get(f"/projects/{project.number}").text
    assert "全部成员锁定评分以后才能查看报价" in case_page
    assert "¥175,000.00" not in case_page

    client.post(f"{base}/declaration", {"has_conflict": "no", "confirmed": "yes"})
    assert "报价在全部成员锁定评分以后公开" in client.get(f"{base}/bids/{bid}").text
    assert "全部成员锁定评分以后才能查看报价" in client.get(opening, status=403).text
    assert "开标（开启）记录" not in papers()
    assert "¥175,000.00" not in client.get(f"/projects/{project.number}").text
    assert "¥175,000.00" in world.client("shenhe").get(opening).text
    assert seat_of(world.session, world.actor("shenhe"), project.id) is PanelSeat.NONE
    assert review.tender_id == the_tender(world).id


def test_buyers_representative_who_declared_a_conflict_keeps_away_from_the_bids(
    opened_world: World,
) -> None:
    """GPL-R art 9, also after another has taken the seat."""
    world = opened_world
    review = given_panel_with_buyer(world, the_tender(world), "yanshou")
    base, bid = base_of(world), bids_of(world, the_tender(world))[0]
    with world.uow("yanshou") as uow:
        member = declare_interest(
            uow, DeclareInterest(review.id, has_conflict=True, reason="配偶在投标人处任职")
        )
    world.client("yanshou").get(f"{base}/bids/{bid}", status=403)

    with world.uow("jingban") as uow:
        replace_member(uow, ReplaceMember(review.id, member.id))

    page = world.client("yanshou").get(f"{base}/bids/{bid}", status=403)
    assert "您已声明应当回避" in page.text
    world.client("yanshou").get(base.removesuffix("/review") + "/opening", status=403)


def test_check_page_shows_what_two_bidders_share(opened_world: World) -> None:
    """R-ELIG-2: a clue for the checker, never a finding by itself."""
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    rows = queries.rows_of(world.session, the_tender(world))
    with world.uow("system") as uow:
        uow._technical = True
        for row, phone in zip(rows, ("0756-1234567", "（0756）123 4567"), strict=False):
            uow.session.get_one(type(row.supplier), row.supplier.id).phone = phone

    page = world.client("jingban").get(f"{base_of(world)}/checks/{rows[0].bid_id}")

    assert f"与{rows[1].supplier.name}的联系电话相同" in page.text
    assert review.id


def test_project_managers_of_one_name_are_a_clue_however_it_is_written(
    opened_world: World,
) -> None:
    world = opened_world
    given_declared_panel(world, the_tender(world))
    project = world.session.get_one(Project, the_tender(world).project_id)
    case = queries.find_review_case(world.session, world.actor("jingban"), project)
    assert case is not None
    rows = queries.rows_of(world.session, the_tender(world))
    for row, manager in zip(rows, ("阿依·色丽", "阿依•\u2f8a丽\u200b"), strict=False):
        world.session.expunge(row.opened)
        row.opened.project_manager = manager

    shared = shared_with_others(case.tender, rows, rows[0], Evidence())
    assert [fact.words for fact in shared[rows[1].bid_id]] == ["项目负责人姓名相同（阿依·色丽）"]
    back = shared_with_others(case.tender, rows, rows[1], Evidence())
    assert back[rows[0].bid_id] == shared[rows[1].bid_id]


def test_to_do_list_and_panel_follow_the_review(opened_world: World) -> None:
    world = opened_world
    project = the_project(world)

    def steps(username: str) -> list[str]:
        found = panel(world.session, world.actor(username), project, world.now)
        return [step.label for step in found.steps] if found else []

    def tasks(username: str) -> list[str]:
        return [task.verb for task in todo(world.session, world.actor(username), world.now)]

    assert steps("jingban") == ["抽取评审小组"] and tasks("jingban") == ["抽取评审小组"]
    review = given_panel(world, the_tender(world))
    expert = experts_of(world, review)[0]
    assert steps(expert) == ["签署回避声明"] and tasks(expert) == ["签署回避声明"]
    assert tasks("jingban") == ["审查资格和符合性"]
    assert steps("shenhe") == [] and tasks("shenhe") == []
    assert panel(world.session, world.actor("jigou1"), project, world.now) is None


def test_pages_ask_the_same_number_of_questions_for_more_marks(opened_world: World) -> None:
    world = opened_world
    review = given_checked_bids(world, the_tender(world))
    expert, base = experts_of(world, review)[0], base_of(world)

    def asked() -> int:
        statements: list[str] = []

        def note(conn, cursor, statement, *rest) -> None:
            statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            world.client(expert).get(f"{base}/scores")
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    points = usual_points(world, the_tender(world))
    first = bids_of(world, the_tender(world))[0]
    given_scores(world, review, expert, {first: points[first]})
    asked()
    world.session.rollback()
    few = asked()
    given_scores(world, review, expert, points)
    asked()
    world.session.rollback()
    assert asked() == few


def test_opening_record_is_on_file_once(opened_world: World) -> None:
    [record] = opened_world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.OPENING_RECORD)
    )
    assert record.subject_id == the_tender(opened_world).id
