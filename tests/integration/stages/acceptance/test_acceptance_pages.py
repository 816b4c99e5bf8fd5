"""The pages of acceptance, clicked through as accepter, clerk, provider and recipient."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import AcceptanceState
from procure.stages.acceptance import case, queries
from procure.stages.acceptance.case import todo
from procure.stages.acceptance.opinions import QUESTIONS
from procure.store.drafts import Draft
from tests.factories.acceptance import (
    ACCEPTER,
    MEMBERS,
    acceptance_of,
    after_the_term,
    dossier_of,
    given_answers,
    given_judged_acceptance,
    given_opened_acceptance,
    given_passed_acceptance,
    given_published_acceptance,
    given_signed_certificate,
    given_tokens,
    given_whole_delivery,
)
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.counting import counted
from tests.factories.evaluation import NAMES
from tests.factories.registers import pdf_file
from tests.page_client import Page, PageClient, tags
from tests.world import World


@pytest.fixture
def world(embedded_evaluated_world: World) -> World:
    """A contract whose final evaluation stands."""
    return embedded_evaluated_world


def path(world: World, page: str = "") -> str:
    """The address of a page of the acceptance."""
    start = f"/projects/{contract_of(world).project.number}/acceptance"
    return f"{start}/{page}" if page else start


def shown(answer: object) -> Page:
    """The answer as a page."""
    assert isinstance(answer, Page)
    return answer


def chosen(page: Page) -> list[str | None]:
    """The answers that stand chosen on the page."""
    return [box.get("value") for box in tags(page.root, "input") if box.get("checked") is not None]


def fill_slip(client: PageClient, token: str, points: int = 5) -> None:
    """Answer all questions of a slip as on a phone."""
    for number, _ in enumerate(QUESTIONS, start=1):
        client.post(f"/opinion/{token}/{number}", {"answer": str(points)})
    client.post(f"/opinion/{token}/6", {"comment": "社工很好。"})


def test_acceptance_is_clicked_from_opening_to_announcement(world: World) -> None:
    after_the_term(world)
    given_whole_delivery(world)
    accepter, clerk = world.client(ACCEPTER), world.client(CLERK)
    accepter.post(path(world, "open"), {"confirmed": "yes"})
    sheet = shown(
        clerk.post(path(world, "slips"), page=clerk.get(path(world, "opinions")), status=200)
    )
    assert sheet.text.count("服务对象意见卡") == len(NAMES)
    assert sheet.text.count("采购人和审计人员可以查到") == len(NAMES), (
        "the answers are not anonymous"
    )
    assert "匿名" not in sheet.text
    assert not [name for name in NAMES if name in sheet.text]

    clerk.post(
        path(world, "opinions/1"),
        {"channel": "phone", **{question.ident: "5" for question in QUESTIONS}},
    )
    for token in given_tokens(world)[:4]:
        fill_slip(world.client(), token)
    opinions = clerk.get(path(world, "opinions"))
    assert "答复 5 人" in opinions.text
    assert "社工很好。" in opinions.text

    looked_at = queries.dossier_of(world.session, contract_of(world))
    judged = {f"passed_{one.position}": "yes" for one in looked_at.targets}
    for at in range(1, len(looked_at.agreed.standards) + 1):
        judged |= {f"standard_passed_{at}": "yes", f"standard_note_{at}": "实地查看，符合。"}
    accepter.post(path(world, "items"), judged)
    group = {}
    for at, member in enumerate(MEMBERS):
        for name in ("seat", "name", "unit", "title", "comment"):
            group[f"members-{at}-{name}"] = str(getattr(member, name))
        group[f"members-{at}-agrees"] = "yes"
    accepter.post(path(world, "group"), group)
    check = accepter.get(path(world, "pass"))
    assert "郑明德" in check.text
    assert "答复率不足的说明" not in check.text
    accepter.post(
        path(world, "pass"),
        {"place": "井岸站", "method": "查阅档案。", "conclusion": "符合约定。", "confirmed": "yes"},
    )
    assert acceptance_of(world).state is AcceptanceState.PASSED
    assert "还有 2 人没有在验收书上签字" in clerk.get(path(world, "publish")).text
    name = world.actor(ACCEPTER).name
    accepter.post(path(world, "sign"), {"full_name": name, "confirmed": "yes"})
    scan = (BytesIO(pdf_file()), "签字件.pdf")
    accepter.post(path(world, "signed-copy"), {"copy": scan, "confirmed": "yes"})
    assert "已在平台签署" in accepter.get(path(world)).text
    notice = clerk.get(path(world, "publish"))
    assert "服务对象意见" in notice.text
    assert "系统随机抽样，扫码填写、电话访问" in notice.text
    assert "纸质意见卡" not in notice.text
    clerk.post(path(world, "publish"), {"confirmed": "yes"})

    number = queries.dossier_of(world.session, contract_of(world)).notice_number
    public = world.client().get(f"/notices/{number}")
    assert "验收确认" in public.text
    assert not [name for name in NAMES if name in public.text]


def test_opinion_asks_one_question_a_screen_and_names_nobody(world: World) -> None:
    given_opened_acceptance(world)
    token = given_tokens(world)[0]
    client = world.client()
    first = client.raw("GET", f"/opinion/{token}").location
    page = client.get(first)

    assert "第 1 题，共 6 题" in page.text
    assert page.heading == QUESTIONS[0].words
    assert (tags(page.root, "title")[0].text or "").startswith("第 1 题，共 6 题 – 服务对象意见")
    assert QUESTIONS[0].words in page.text
    assert QUESTIONS[1].words not in page.text
    assert not [name for name in NAMES if name in page.text]
    answer = client.post(first, {"answer": "4"}, page=page)
    assert QUESTIONS[1].words in client.get(answer.headers["Location"]).text


def test_expired_page_of_a_recipient_sends_him_to_his_link_and_not_to_a_desk(
    world: World,
) -> None:
    given_opened_acceptance(world)
    token = given_tokens(world)[0]

    data = {"answer": "4", "version": "x"}
    answer = world.client().post(f"/opinion/{token}/1", data, status=400)

    words = shown(answer).text
    assert "这个页面已经过期。" in words and "请从原来的链接或网址重新打开" in words
    assert "我的待办" not in words and "项目页" not in words


def test_opinion_without_an_answer_asks_again_in_one_plain_line(world: World) -> None:
    given_opened_acceptance(world)
    token = given_tokens(world)[0]
    page = shown(world.client().post(f"/opinion/{token}/1", {}, status=400))

    assert page.heading == QUESTIONS[0].words
    assert page.text.count("请先选一个答案。") == 1
    assert "需要改正" not in page.text
    for nonsense in ("6", "0", "x", "5,5"):
        world.client().post(f"/opinion/{token}/1", {"answer": nonsense}, status=400)


def test_opinion_is_kept_under_its_card_and_gone_back_in_by_addresses(world: World) -> None:
    given_opened_acceptance(world)
    address = f"/opinion/{given_tokens(world)[0]}"
    client = world.client()
    assert client.raw("GET", f"{address}/3").location == address, "none is skipped"
    assert "返回上一题" not in client.get(f"{address}/1").text
    for number, points in enumerate((4, 3, 5, 5, 2), start=1):
        client.post(f"{address}/{number}", {"answer": str(points)})
    back = client.post(f"{address}/6", {"back": "yes", "comment": "社工很好。"})

    # Another phone, or the same after the line was lost.
    client = world.client()
    assert client.raw("GET", address).location == f"{address}/6"
    page = client.get(back.headers["Location"])
    assert page.heading == QUESTIONS[4].words
    assert chosen(page) == ["2"]
    assert f"{address}/4" in page.links()
    assert chosen(client.get(f"{address}/4")) == ["5"]
    client.post(f"{address}/4", {"answer": "1"})
    assert [chosen(client.get(f"{address}/{number}")) for number in (4, 5)] == [["1"], ["2"]]
    assert "社工很好。" in client.get(f"{address}/6").text
    kept = world.session.scalars(select(Draft.content)).all()
    assert len(kept) == 1 and "社工很好。".encode() not in kept[0]

    client.post(f"{address}/6", {"comment": "社工很好。"})
    world.session.rollback()
    assert not world.session.scalars(select(Draft.id)).all()
    client.get(f"{address}/2", status=404)
    client.get(f"{address}/6", status=404)


def test_opinion_page_is_the_same_for_used_and_unknown_codes(world: World) -> None:
    given_opened_acceptance(world)
    used = given_answers(world, 1)[0]
    client = world.client()
    one = client.get(f"/opinion/{used}", status=404)
    other = client.get("/opinion/never-printed-anywhere", status=404)

    assert one.response.get_data() == other.response.get_data()
    assert "不能填写" in one.text


def test_opinion_done_thanks(world: World) -> None:
    assert "谢谢" in world.client().get("/opinion/done").text


def test_looking_at_a_code_does_not_use_it(world: World) -> None:
    given_opened_acceptance(world)
    token = given_tokens(world)[0]
    client = world.client()
    client.get(f"/opinion/{token}/1")
    client.get(f"/opinion/{token}/1")
    fill_slip(client, token)

    assert dossier_of(world).opinion.answered == 1


def test_group_with_a_bad_row_keeps_what_was_typed(world: World) -> None:
    given_opened_acceptance(world)
    page = shown(
        world.client(ACCEPTER).post(
            path(world, "group"),
            {"members-0-seat": "leader", "members-0-name": "黄雅文", "members-1-name": "郑明德"},
            status=400,
        )
    )

    assert "需要改正" in page.text
    assert "郑明德" in str(page.response.get_data(as_text=True))


def test_pass_button_is_disabled_with_its_reasons_before_anything_is_done(world: World) -> None:
    given_opened_acceptance(world)
    page = world.client(ACCEPTER).get(path(world, "pass"))

    assert "还没有服务对象的意见" in page.text
    assert "还没有外部专家的书面意见" in page.text
    assert "平台对验收小组的要求，法律没有规定" in page.text
    assert "不具备验收合格的条件" in page.text


def test_pass_page_asks_why_few_answered_where_few_did(world: World) -> None:
    given_judged_acceptance(world, answers=3)
    accepter = world.client(ACCEPTER)
    typed = {"place": "井岸站", "method": "查阅。", "conclusion": "符合约定。", "confirmed": "yes"}

    page = shown(accepter.post(path(world, "pass"), typed, status=400))

    assert page.text.count("请填写“答复率不足的说明”") == 2, "above the form and at the field"
    accepter.post(path(world, "pass"), {**typed, "low_response_reason": "三人住院，两次电话未接。"})
    assert acceptance_of(world).low_response_reason == "三人住院，两次电话未接。"


def test_open_page_before_the_evaluation_shows_why_not(embedded_served_world: World) -> None:
    world = embedded_served_world
    assert "才能验收" in world.client(ACCEPTER).get(path(world, "open")).text
    after_the_term(world)
    assert "末期评估还没有确认" in world.client(ACCEPTER).get(path(world, "open")).text


def test_provider_sees_no_opinion_before_the_decision(world: World) -> None:
    given_judged_acceptance(world)
    page = world.client(MEMBER).get(path(world))

    assert "采购人正在征求服务对象意见" in page.text
    assert "平均" not in page.text


def test_provider_reads_the_certificate_after_the_decision(world: World) -> None:
    given_passed_acceptance(world)
    page = world.client(MEMBER).get(path(world))

    assert "履约验收书" in page.text
    assert "平均 92.00 分" in page.text


def test_stranger_finds_no_acceptance(world: World) -> None:
    given_opened_acceptance(world)

    for username in ("jigou2", "zhuanjia1", "xitong", "guoku"):
        assert world.client(username).raw("GET", path(world)).status_code in (403, 404)


def test_provider_and_others_cannot_open_the_slips(world: World) -> None:
    given_opened_acceptance(world)

    for username in (MEMBER, APPROVER, "pinggu1"):
        assert world.client(username).raw("GET", path(world, "opinions")).status_code == 403


def test_refused_acceptance_tells_the_provider_what_to_mend(world: World) -> None:
    given_judged_acceptance(world)
    day = local_date(world.now) + timedelta(days=20)
    world.client(ACCEPTER).post(
        path(world, "refuse"),
        {
            "conclusion": "探访次数不足。",
            "rectification_demand": "补足探访。",
            "rectify_by": day.isoformat(),
            "confirmed": "yes",
        },
    )

    assert "补足探访。" in world.client(MEMBER).get(path(world)).text
    clerk = world.client(CLERK)
    decided = clerk.get(path(world, "opinions"))
    decided = shown(clerk.post(path(world, "slips"), page=decided, status=409))
    assert decided.heading == "服务对象意见"
    early = world.client(ACCEPTER)
    assert "还没有报送整改情况" in early.get(path(world, "reopen")).text
    refused = shown(early.post(path(world, "reopen"), {"reason": "已补足。"}, status=409))
    assert "还没有报送整改情况" in refused.text and "已补足。" in refused.text
    world.client(MEMBER).post(
        path(world, "rectification"), {"report": "已按名册逐人补足。", "confirmed": "yes"}
    )
    assert (
        "已按名册逐人补足。" in world.client(ACCEPTER).get(path(world, "rectification/return")).text
    )
    world.client(ACCEPTER).post(path(world, "reopen"), {"reason": "已补足并核实。"})
    assert acceptance_of(world).round == 2


def test_unreached_button_counts_the_attempt(world: World) -> None:
    given_opened_acceptance(world)
    client = world.client(CLERK)
    page = client.get(path(world, "opinions/2"))
    client.post(path(world, "opinions/2/unreached"), page=page)
    other_key = {"idempotency_key": "pressed-on-an-old-page"}
    old = shown(client.post(path(world, "opinions/2/unreached"), other_key, page=page, status=409))

    assert old.heading == "登记第 2 号意见卡"
    assert "重新打开" in old.text
    assert queries.slips_of(world.session, acceptance_of(world))[1].attempts == 1


def test_todo_leads_accepter_and_clerk(world: World) -> None:
    def verbs(username: str) -> list[str]:
        return [t.verb for t in todo(world.session, world.actor(username), world.now)]

    after_the_term(world)
    assert verbs(ACCEPTER) == ["启动履约验收"]
    assert verbs(CLERK) == []
    given_opened_acceptance(world)
    assert verbs(ACCEPTER) == ["办理履约验收"]
    assert verbs(CLERK) == ["登记服务对象意见"]
    assert verbs(MEMBER) == []


def test_todo_leads_the_group_to_sign_and_then_the_clerk_to_announce(world: World) -> None:
    def verbs(username: str) -> list[str]:
        return [t.verb for t in todo(world.session, world.actor(username), world.now)]

    given_passed_acceptance(world)
    assert verbs(ACCEPTER) == ["签署验收书"]
    assert verbs(CLERK) == []
    given_signed_certificate(world)
    assert verbs(ACCEPTER) == []
    assert verbs(CLERK) == ["公告验收结果"]


def test_todo_is_empty_once_everything_is_public(world: World) -> None:
    given_published_acceptance(world)

    for username in (ACCEPTER, CLERK):
        assert todo(world.session, world.actor(username), world.now) == []


def test_case_page_shows_the_acceptance(world: World) -> None:
    given_passed_acceptance(world)
    project = contract_of(world).project
    for username in (ACCEPTER, CLERK, APPROVER, MEMBER, "shenji"):
        panel = case.panel(world.session, world.actor(username), project, world.now)

        assert panel is not None
        page = world.client(username).get(f"/projects/{project.number}")
        assert "履约验收" in page.text


def test_queries_of_the_opinions_page_do_not_grow_with_answers(world: World) -> None:
    given_opened_acceptance(world)
    client = world.client(CLERK)
    given_answers(world, 1)
    client.get(path(world, "opinions"))
    few = counted(world, lambda: client.get(path(world, "opinions")))
    given_answers(world, 5)
    client.get(path(world, "opinions"))

    assert counted(world, lambda: client.get(path(world, "opinions"))) <= few
