"""The pages of evaluations, clicked through as clerk, evaluator, lead, approver and provider."""

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from procure.kernel.lifecycle import EvaluationState
from procure.kernel.vocabulary import Grade
from procure.stages.delivery.models import Recipient
from procure.stages.delivery.use_cases.record import ReviewServices, accept_services
from procure.stages.evaluation import case
from procure.stages.evaluation.case import todo
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.counting import counted
from tests.factories.evaluation import (
    EVALUATOR,
    LEAD,
    evaluation_of,
    given_assigned_evaluation,
    given_record,
    given_submitted_evaluation,
    indicators_of,
)
from tests.factories.registers import pdf_file
from tests.world import World


@pytest.fixture
def world(embedded_served_world: World) -> World:
    """A contract in its first week of service."""
    return embedded_served_world


def path(world: World, page: str = "") -> str:
    """The address of a page of the mid-term evaluation."""
    start = f"/projects/{contract_of(world).project.number}/evaluations/midterm"
    return f"{start}/{page}" if page else start


def test_evaluation_is_clicked_from_assignment_to_confirmation(world: World) -> None:
    evaluator = world.actor(EVALUATOR).user_id
    world.client(CLERK).post(
        path(world, "assign"), {"evaluator_id": evaluator, "checked": "没有利害关系。"}
    )
    client = world.client(EVALUATOR)
    client.post(path(world, "declare"), {"confirmed": "yes"})
    overview = client.get(path(world))
    assert "评估任务" in overview.text
    assert "未开始" in overview.text

    evaluation = evaluation_of(world)
    for dimension in {row.dimension for row in indicators_of(world, evaluation)}:
        rows = [row for row in indicators_of(world, evaluation) if row.dimension is dimension]
        typed = {}
        for row in rows:
            typed[f"score_{row.position}"] = f"{Decimal(row.points) / 100 * Decimal('0.9'):.2f}"
            typed[f"reason_{row.position}"] = "查阅档案。"
        page = client.get(path(world, f"score/{dimension}"))
        assert "服务目标完成情况" in page.text
        client.post(path(world, f"score/{dimension}"), typed)
    client.post(path(world, "sample"), page=client.get(path(world, "records")))
    assert len(evaluation_of(world).sampled_ids) == 3
    client.post(path(world, "records"), {f"verdict_{at}": "true" for at in (1, 2, 3)})
    client.post(
        path(world, "visit"),
        {
            "visited_on": world.now.date().isoformat(),
            "survey_sampled": "6",
            "survey_answered": "5",
            "survey_satisfied": "5",
            "survey_channel": "入户访问",
        },
    )
    client.post(path(world, "summary"), {"overview": "两站开放。", "achievements": "全覆盖。"})
    assert "评分和报告内容已经齐全" in client.get(path(world, "check")).text

    lead = world.client(LEAD)
    lead.post(path(world, "declare"), {"confirmed": "yes"})
    lead.post(path(world, "check"), {"confirmed": "yes"})
    assert evaluation_of(world).state is EvaluationState.SUBMITTED
    decision = world.client(APPROVER).get(path(world, "decide"))
    assert "90.00 分" in decision.text
    world.client(APPROVER).post(path(world, "decide"), {"judgement": "confirm", "confirmed": "yes"})

    assert evaluation_of(world).grade is Grade.EXCELLENT
    assert "优秀" in world.client(MEMBER).get(path(world)).text


def test_records_page_tells_who_is_charged_and_nobody_else_whom_to_ask(world: World) -> None:
    """A secret visit (明查暗访) cannot ask the provider for the names; nobody else reads them."""
    person = world.session.scalars(select(Recipient).order_by(Recipient.code)).first()
    name, code = person.name, person.code
    visited = given_record(world, 8, person)
    with world.uow(CLERK) as uow:
        accept_services(uow, ReviewServices(contract_of(world).id, [visited]))
    given_assigned_evaluation(world)
    client = world.client(EVALUATOR)
    client.post(path(world, "sample"), page=client.get(path(world, "records")))

    page = client.get(path(world, "records")).text

    assert f"{code} {name}" in page
    assert page.count("集体活动") == 3
    assert "不要让承接主体知道抽中了谁" in page
    assert contract_of(world).buyer_phone in page
    for reader in (MEMBER, CLERK, APPROVER):
        response = world.client(reader).raw("GET", path(world, "records"))
        assert name not in response.get_data(as_text=True)


def test_draw_pressed_twice_shows_the_records_page_with_the_reason(world: World) -> None:
    given_assigned_evaluation(world)
    client = world.client(EVALUATOR)
    opened = client.get(path(world, "records"))
    client.post(path(world, "sample"), page=opened)
    drawn = evaluation_of(world).sampled_ids

    page = client.post(path(world, "sample"), page=opened, status=409)

    assert page.heading == "服务记录核查"
    assert "您刚刚在别的页面改过这条记录" in page.text
    assert "第 1 条：核查结论" in page.text
    assert evaluation_of(world).sampled_ids == drawn


def test_decision_from_an_old_page_comes_back_with_the_reason_and_what_was_typed(
    world: World,
) -> None:
    given_submitted_evaluation(world)
    client = world.client(APPROVER)
    opened = client.get(path(world, "decide"))
    typed = {"judgement": "return", "reason": "请补充走访照片。"}
    client.post(path(world, "decide"), typed, page=opened)

    page = client.post(
        path(world, "decide"), typed | {"reason": "另请补充问卷。"}, page=opened, status=409
    )

    assert "没有办理成功，填写的内容都已保留" in page.text
    assert "另请补充问卷。" in page.text
    assert evaluation_of(world).returned_reason == "请补充走访照片。"


def test_records_page_keeps_a_doubt_without_reason(world: World) -> None:
    given_assigned_evaluation(world)
    client = world.client(EVALUATOR)
    client.post(path(world, "sample"), page=client.get(path(world, "records")))
    typed = {"verdict_1": "false", "rest_conclusion": "其余的还要再看。"}
    page = client.post(path(world, "records"), typed, status=400)

    assert "不属实和无法核实的，要写明理由" in page.text
    assert "其余的还要再看。" in page.text


def test_scoring_page_with_a_bad_score_keeps_what_was_typed(world: World) -> None:
    evaluation = given_assigned_evaluation(world)
    row = indicators_of(world, evaluation)[0]
    address = path(world, f"score/{row.dimension}")
    typed = {f"score_{row.position}": "5000", f"reason_{row.position}": "理由写了很长。"}
    page = world.client(EVALUATOR).post(address, typed, status=400)

    assert "理由写了很长。" in page.text
    assert "需要改正" in page.text


def test_scoring_page_without_reason_says_so_at_the_field(world: World) -> None:
    evaluation = given_assigned_evaluation(world)
    row = indicators_of(world, evaluation)[0]
    address = path(world, f"score/{row.dimension}")
    page = world.client(EVALUATOR).post(address, {f"score_{row.position}": "1"}, status=400)

    assert "还要写明理由" in page.text


def test_evidence_beside_the_scores_leads_to_the_entries(world: World) -> None:
    evaluation = given_assigned_evaluation(world)
    row = indicators_of(world, evaluation)[0]
    client = world.client(EVALUATOR)
    address = path(world, f"score/{row.dimension}")
    delivery = address.partition("/evaluations/")[0] + "/delivery"
    page = client.get(address).response.get_data(as_text=True)

    for ledger in ("", "/records", "/recipients", "/staff"):
        assert f'href="{delivery}{ledger}"' in page
        client.get(delivery + ledger)


def test_submit_button_is_disabled_with_the_reason_while_scores_are_open(world: World) -> None:
    given_assigned_evaluation(world)
    page = world.client(LEAD).get(path(world, "check"))

    assert "还有" in page.text
    assert "没有评分" in page.text
    drawn = page.response.get_data(as_text=True)
    reason = re.search(r'aria-disabled="true" aria-describedby="([\w-]+)"', drawn)
    assert reason is not None
    assert f'id="{reason[1]}"' in drawn


def test_provider_sees_no_score_before_confirmation(world: World) -> None:
    given_submitted_evaluation(world)
    page = world.client(MEMBER).get(path(world))

    assert "评估正在进行" in page.text
    assert "90.00" not in page.text
    assert "优秀" not in page.text
    listed = world.client(MEMBER).get("/evaluations")
    assert "90" not in listed.text.replace("2026", "")


def test_stranger_finds_no_evaluation(world: World) -> None:
    for username in ("jigou2", "zhuanjia1", "xitong", "mulu"):
        response = world.client(username).raw("GET", path(world))

        assert response.status_code in (403, 404)


def test_assessor_before_the_assignment_finds_nothing(world: World) -> None:
    assert world.client(EVALUATOR).raw("GET", path(world)).status_code == 404


def test_unknown_kind_is_not_found(world: World) -> None:
    address = path(world).replace("midterm", "yearly")

    assert world.client(CLERK).raw("GET", address).status_code == 404


def test_failed_evaluation_leads_provider_and_clerk_to_the_next_round(
    embedded_failed_world: World,
) -> None:
    world = embedded_failed_world
    assert "报送整改情况" in world.client(MEMBER).get(path(world)).text
    evidence = {"evidence": (io.BytesIO(pdf_file()), "探访记录.pdf")}
    world.client(MEMBER).post(
        path(world, "rectification"), {"note": "已补齐探访记录。", **evidence}
    )
    assert "评估整改材料 1" in world.client(CLERK).get(path(world)).text
    desk = world.client(CLERK).get("/desk").text
    assert "审阅整改情况，安排复评" in desk
    assert "已于" not in desk, "the provider's days, which were kept, are none of the clerk's"
    due = world.now.date().isoformat()
    world.client(CLERK).post(path(world, "again"), {"due_on": due})

    assert evaluation_of(world).round == 2
    world.clock.move_to(world.now + timedelta(days=3))
    for address in (path(world), path(world).partition("/evaluations/")[0]):
        assert "已逾期" in world.client(CLERK).get(address).text, "the overdue round shows its day"
    page = world.client(CLERK).get(path(world))
    assert "此前的评估" in page.text
    assert "不合格" in page.text


def test_report_confirmed_unchanged_is_listed_once(embedded_confirmed_world: World) -> None:
    world = embedded_confirmed_world
    project = contract_of(world).project

    for username in (CLERK, LEAD, MEMBER):
        page = world.client(username).get(path(world)).text
        shown = case.panel(world.session, world.actor(username), project, world.now)
        assert "（送审）" not in page
        assert [paper.name for paper in shown.papers] == ["中期评估报告"]


def test_failed_result_without_a_demand_is_told_at_the_field(world: World) -> None:
    given_submitted_evaluation(world, ratio=Decimal("0.5"))
    page = world.client(APPROVER).post(
        path(world, "decide"), {"judgement": "confirm", "confirmed": "yes"}, status=400
    )

    assert "要写明整改要求" in page.text


def test_todo_names_each_persons_step(world: World) -> None:
    steps = {}
    for username in (CLERK, EVALUATOR, APPROVER, MEMBER):
        steps[username] = todo(world.session, world.actor(username), world.now)
    assert [task.verb for task in steps[CLERK]] == ["委派评估机构"], "the final one not yet"
    assert all(task.deadline is not None for task in steps[CLERK])
    assert not steps[EVALUATOR]
    assert not steps[APPROVER]

    given_submitted_evaluation(world)
    waiting = todo(world.session, world.actor(APPROVER), world.now)
    assert [task.verb for task in waiting] == ["审阅评估报告"]


def test_case_page_shows_both_evaluations(embedded_confirmed_world: World) -> None:
    world = embedded_confirmed_world
    for username in (CLERK, APPROVER, MEMBER, "yanshou", "shenji"):
        actor = world.actor(username)
        panel = case.panel(world.session, actor, contract_of(world).project, world.now)

        assert panel is not None
        assert [fact.label for fact in panel.facts] == ["中期评估", "末期评估"]
        page = world.client(username).get(f"/projects/{contract_of(world).project.number}")
        assert "绩效评价" in page.text


def test_assessor_is_led_only_to_the_evaluation_it_was_given(world: World) -> None:
    """The other one's page is not theirs to read: a link there led nowhere."""
    given_assigned_evaluation(world)
    panel = case.panel(world.session, world.actor(EVALUATOR), contract_of(world).project, world.now)

    assert panel is not None
    assert [fact.label for fact in panel.facts] == ["中期评估"]
    for link in panel.links:
        assert world.client(EVALUATOR).get(link.href)


def test_visitor_sees_no_evaluation_on_the_case_page(embedded_confirmed_world: World) -> None:
    world = embedded_confirmed_world
    project = contract_of(world).project
    page = world.client().get(f"/projects/{project.number}")

    assert project.title in page.text
    assert "优秀" not in page.text
    assert "优秀" in world.client(CLERK).get(path(world)).text


def test_queries_of_the_scoring_page_do_not_grow_with_records(world: World) -> None:
    evaluation = given_assigned_evaluation(world)
    row = indicators_of(world, evaluation)[0]
    address = path(world, f"score/{row.dimension}")
    client = world.client(EVALUATOR)
    client.get(address)
    few = counted(world, lambda: client.get(address))
    for hour in (7, 8, 10):
        given_record(world, hour)
    client.get(address)

    assert counted(world, lambda: client.get(address)) <= few


def test_list_shows_filters_and_sorts(world: World) -> None:
    client = world.client(CLERK)
    assert "共 2 次评估" in client.get("/evaluations").text
    assert "共 1 次评估" in client.get("/evaluations?kind=final&sort=-due").text
    assert client.raw("GET", "/evaluations?kind=yearly").status_code == 400


def test_assign_with_nothing_chosen_is_told_and_keeps_the_text(world: World) -> None:
    page = world.client(CLERK).post(
        path(world, "assign"), {"checked": "已核对登记信息。"}, status=400
    )

    assert "已核对登记信息。" in page.text
    assert evaluation_of(world).state is EvaluationState.SCHEDULED


def test_list_as_a_file_keeps_open_results_from_the_provider(world: World) -> None:
    given_submitted_evaluation(world)
    own = world.client(MEMBER).raw("GET", "/evaluations?format=csv").get_data(as_text=True)
    buyers = world.client(CLERK).raw("GET", "/evaluations?format=csv").get_data(as_text=True)

    assert ",90," in buyers
    assert ",90," not in own
    assert "待确认" not in own
    assert world.client(CLERK).raw("GET", "/evaluations?format=doc").status_code == 400


def test_filter_does_not_tell_the_provider_that_a_report_lies_there(world: World) -> None:
    given_submitted_evaluation(world)
    client = world.client(MEMBER)

    assert "共 1 次评估" in client.get("/evaluations?state=assigned").text
    assert "没有符合条件" in client.get("/evaluations?state=submitted").text
