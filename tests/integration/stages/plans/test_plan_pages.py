"""Pages of plans as clerk, approver and auditor see them, and how many queries they cost."""

from datetime import date

import pytest

from procure.kernel.money import Money
from procure.stages.plans.forms import NEGATIVE_FIELDS
from tests.factories.catalogue import given_item
from tests.factories.counting import counted
from tests.factories.plans import (
    given_announced_plan,
    given_approved_plan,
    given_budget_line,
    given_drafted_plan,
    given_submitted_plan,
    plan_content,
    project_of,
)
from tests.world import World


def answers(world: World) -> dict[str, str]:
    """A lawful form as a clerk fills it in, for a new plan."""
    return answers_for(given_item(world).id, given_budget_line(world).id)


def answers_for(item_id: str, line_id: str) -> dict[str, str]:
    """A lawful form about this item and budget line."""
    return {
        "title": "斗门区社区居家养老服务站（两站）项目",
        "catalogue_item_id": item_id,
        "requested_by": "井岸镇人民政府",
        "reason": "重点老年人一百二十人，独居空巢占六成。",
        "outline": "两个社区各运营一个居家养老服务站，服务期十二个月。",
        "survey": "一月调查三家机构并开两次座谈会。",
        "surveyed_on": "2026-01-31",
        "budget_line_id": line_id,
        "amount": "18万",
        "ceiling": "180,000",
        "method": "consultation",
        "mode": "project",
        "price_way": "low_price_first",
        "term_months": "12",
        "expected_on": "2026-04-20",
        **dict.fromkeys(NEGATIVE_FIELDS, "no"),
    }


def test_clerk_plans_from_form_to_intention_on_the_pages(world: World) -> None:
    clerk, base, typed = world.client("jingban"), "/projects/DMMZ-2026-001/plan", answers(world)
    empty = clerk.get("/plans/new")
    methods = [one for one in empty.root.iter() if one.get("name") == "method"]
    assert len(methods) > 1
    assert not any("checked" in one.attrib for one in methods), "how is bought is never preset"
    assert "是否不" not in empty.text
    answer = clerk.post("/plans/new", typed, page=empty)
    assert answer.headers["Location"] == base

    # In two tabs: the second is told what the first has saved, and counts when it is sent anew.
    tab = clerk.get(f"{base}/edit")
    clerk.post(f"{base}/edit", {**typed, "requested_by": "白蕉镇人民政府"}, page=tab)
    late = clerk.post(f"{base}/edit", typed, page=tab, status=409)
    assert "现在保存的内容：白蕉镇人民政府" in late.text
    clerk.post(f"{base}/edit", typed, page=late)
    assert "井岸镇人民政府" in clerk.get(base).text

    shown = clerk.get("/projects/DMMZ-2026-001/plan")
    assert "¥180,000.00" in shown.text
    assert "没有发现不符合规定的内容" in shown.text
    clerk.post("/projects/DMMZ-2026-001/plan/submit", {"confirmed": "yes"})
    lost = clerk.post(f"{base}/edit", {**typed, "title": "送审以后才写完"}, page=tab, status=409)
    assert "填写的内容都已保留" in lost.text
    assert "送审以后才写完" in [field.get("value") for field in lost.root.iter()]
    approver = world.client("shenhe")
    page = approver.get("/projects/DMMZ-2026-001/plan/decision")
    assert "省级" in page.text
    assert "¥200,000.00" in page.text
    judged = {"decision": "approve", "reason": "同意", "confirmed": "yes"}
    approver.post(f"{base}/decision", judged)
    again = approver.post(f"{base}/decision", judged, page=page, status=409)
    assert "没有办理成功" in again.text
    intention = clerk.get("/projects/DMMZ-2026-001/plan/intention")
    assert "2026年4月1日" in intention.text or "4月1日" in intention.text
    clerk.post(
        "/projects/DMMZ-2026-001/plan/intention", {"expected_on": "2026-04-20", "confirmed": "yes"}
    )
    assert "意向已公开" in clerk.get("/projects/DMMZ-2026-001/plan").text


def test_answering_yes_on_the_negative_list_keeps_everything_typed(embedded_world: World) -> None:
    world = embedded_world
    typed = {**answers(world), "negative_4": "yes"}
    page = world.client("jingban").post("/plans/new", typed, status=400)
    assert "不得列入政府购买服务" in page.text
    assert "《政府购买服务管理办法》第十条" in page.text
    assert typed["title"] in [field.get("value") for field in page.root.iter()]


def test_long_term_without_conditions_is_told_at_its_field(embedded_world: World) -> None:
    world = embedded_world
    page = world.client("jingban").post(
        "/plans/new",
        {**answers(world), "term_months": "36", "term_conditions": ["0", "1", "2"]},
        status=400,
    )
    assert "还缺：价格变化幅度小" in page.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "很多", "金额"),
        ("amount", "-5", "金额"),
        ("ceiling", "190000", "超过了采购预算"),
        ("term_months", "40", "1 至 36"),
        ("expected_on", "明年", "不是可以识别的日期"),
        ("catalogue_item_id", "x", "请从列出的选项中选择"),
        ("reason", "短", "至少 10 个字"),
    ],
)
def test_bad_answer_is_told_in_words(
    embedded_world: World, field: str, value: str, words: str
) -> None:
    world = embedded_world
    page = world.client("jingban").post("/plans/new", {**answers(world), field: value}, status=400)
    assert words in page.text


def test_warnings_stand_on_the_page_before_sending(embedded_world: World) -> None:
    world = embedded_world
    plan = given_drafted_plan(
        world, plan_content(world, outline="派驻两名人员坐班，按月发放工资，由科室考勤。")
    )
    number = project_of(world, plan).number
    page = world.client("jingban").get(f"/projects/{number}/plan/submit")
    assert "以购买服务的名义用工" in page.text


@pytest.mark.parametrize("stored", [date(1, 1, 1), date(2100, 1, 1), date(9999, 12, 31)])
def test_plan_with_a_day_nobody_means_is_read_and_put_right(
    embedded_world: World, stored: date
) -> None:
    """As an earlier version took them."""
    world = embedded_world
    plan = given_submitted_plan(world)
    number = project_of(world, plan).number
    told = answers_for(plan.catalogue_item_id, plan.budget_line_id)
    clerk, approver = world.client("jingban"), world.client("shenhe")
    plan.expected_on = stored
    world.session.commit()
    for reader in (clerk, approver, world.client("shenji")):
        reader.get(f"/projects/{number}/plan")
        reader.get(f"/projects/{number}")
        reader.get("/plans")
    approver.post(f"/projects/{number}/plan/decision", {"decision": "return", "reason": "日期有误"})
    page = clerk.get(f"/projects/{number}/plan/edit")
    kept = clerk.post(
        f"/projects/{number}/plan/edit",
        told | {"expected_on": stored.isoformat()},
        page=page,
        status=400,
    )
    assert "请核对年份。" in kept.text
    clerk.post(f"/projects/{number}/plan/edit", told, page=page)


def test_drafter_sees_the_returned_reason_when_editing(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    number = project_of(world, plan).number
    world.client("shenhe").post(
        f"/projects/{number}/plan/decision", {"decision": "return", "reason": "请写明探访频次。"}
    )
    assert "请写明探访频次" in world.client("jingban").get(f"/projects/{number}/plan/edit").text


def test_approver_sees_why_a_decided_plan_cannot_be_judged(embedded_world: World) -> None:
    world = embedded_world
    plan = given_approved_plan(world)
    number = project_of(world, plan).number
    page = world.client("shenhe").get(f"/projects/{number}/plan/decision")
    assert "已批准，待公开意向" in page.text


def test_workbench_leads_each_person_to_the_next_step(embedded_world: World) -> None:
    world = embedded_world
    given_submitted_plan(world)
    assert "采购计划等您审核" in world.client("shenhe").get("/desk").text
    assert "采购计划等您审核" not in world.client("jingban").get("/desk").text


def test_case_page_shows_the_plan_to_the_buyer_alone_before_the_intention(
    embedded_world: World,
) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    number = project_of(world, plan).number
    assert "采购计划" in world.client("shenhe").get(f"/projects/{number}").text
    assert world.client("jigou1").raw("GET", f"/projects/{number}").status_code == 404


def test_public_case_page_names_no_reason_of_the_plan(embedded_world: World) -> None:
    world = embedded_world
    plan = given_announced_plan(world)
    page = world.client().get(f"/projects/{project_of(world, plan).number}")
    assert project_of(world, plan).title in page.text
    assert plan.reason not in page.text
    assert plan.survey not in page.text


def test_auditor_reads_the_plan_without_buttons(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    page = world.client("shenji").get(f"/projects/{project_of(world, plan).number}/plan")
    assert plan.reason in page.text
    assert "审核采购计划" not in page.text


def test_list_costs_the_same_queries_for_one_plan_and_for_five(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world, Money.from_yuan(5_000_000))
    given_drafted_plan(world, plan_content(world, line))
    clerk = world.client("jingban")
    clerk.get("/plans")
    one = counted(world, lambda: clerk.get("/plans"))
    for number in range(4):
        given_drafted_plan(world, plan_content(world, line, title=f"第{number}个项目"))
    clerk = world.client("jingban")
    clerk.get("/plans")
    five = counted(world, lambda: clerk.get("/plans"))
    assert five == one


def test_list_is_sorted_filtered_and_exported(embedded_world: World) -> None:
    world = embedded_world
    plan = given_drafted_plan(world)
    clerk = world.client("jingban")
    assert "还没有采购计划" not in clerk.get("/plans?sort=-amount&state=draft").text
    assert "没有符合条件" in clerk.get("/plans?state=approved").text
    sheet = clerk.raw("GET", "/plans?format=csv").get_data(as_text=True)
    assert project_of(world, plan).number in sheet
    assert clerk.raw("GET", "/plans?state=zzz").status_code == 400
