"""Pages of tenders as their people see them, from the first section to the notice."""

from datetime import UTC, date, datetime

import pytest

from procure.kernel.clock import local
from procure.kernel.money import Money
from procure.stages.tenders.content import SectionKey, Targets
from procure.stages.tenders.use_cases.drafting import USUAL_QUALIFICATION
from tests.factories.bids import the_tender
from tests.factories.counting import counted
from tests.factories.plans import (
    given_announced_plan,
    given_budget_line,
    plan_content,
    project_of,
)
from tests.factories.tenders import (
    TARGETS,
    given_drafted_tender,
    given_submitted_tender,
    given_taken_document,
    given_written_tender,
    save,
    tender_project,
)
from tests.page_client import tags
from tests.world import World

POLICY = {
    "deduction_rate": "10",
    "low_mean": "50",
    "low_second": "50",
    "low_ceiling": "45",
}
SAVED = {
    SectionKey.REQUIREMENT: "珠海市斗门区井岸镇、白蕉镇",
    SectionKey.TARGETS: "困难老年人探访",
    SectionKey.QUALIFICATION: USUAL_QUALIFICATION,
    SectionKey.SCORING: "同类服务经验",
    SectionKey.PAYMENTS: "40",
    SectionKey.SCHEDULE: "2026-04-13 09:30",
    SectionKey.POLICY: "45",
}


def test_clerk_writes_and_sends_a_document_on_the_pages(world: World) -> None:
    plan = given_announced_plan(world)
    number = project_of(world, plan).number
    clerk = world.client("jingban")
    offered = clerk.get(f"/projects/{number}/tender/new")
    for _ in range(2):  # a button pressed twice is no second document and no fault
        clerk.post(f"/projects/{number}/tender/new", page=offered)
    page = clerk.get(f"/projects/{number}/tender")
    assert "共 7 个部分" in page.text
    base = f"/projects/{number}/tender/sections"
    shown = clerk.get(f"{base}/requirement")
    assert "每站至少配备一名" in shown.text
    clerk.post(
        f"{base}/requirement",
        {
            "requirement": "在两个社区各运营一个居家养老服务站。",
            "service_place": "斗门区井岸镇、白蕉镇",
            "staffing": "每站一名持证社会工作者",
            "acceptance_way": "邀请服务对象参与验收并公告结果",
            "start_within_days": "20",
        },
    )
    clerk.post(
        f"{base}/targets",
        {
            "rows-0-what": "站点开放",
            "rows-0-each": "站点",
            "rows-0-period": "week",
            "rows-0-at_least": "4",
            "rows-0-unit": "天",
            "rows-0-condition": "",
        },
    )
    clerk.post(
        f"{base}/qualification",
        {
            "qualification": "具有独立承担民事责任的能力；",
            "starred": "★ 每周开放不少于四天",
            "takes_consortia": "no",
        },
    )
    clerk.post(
        f"{base}/scoring",
        {
            "price_way": "low_price_first",
            "price_points": "10",
            "hours_floor": "",
            "factors-0-name": "服务方案",
            "factors-0-points": "90",
            "factors-0-objective": "no",
            "factors-0-standard": "写明人员、时间和步骤的九十分，缺一样扣三十分。",
            "factors-0-evidence": "服务方案",
        },
    )
    clerk.post(
        f"{base}/payments",
        {
            "rows-0-trigger": "signing",
            "rows-0-percent": "60",
            "rows-1-trigger": "acceptance",
            "rows-1-percent": "40",
        },
    )
    clerk.post(
        f"{base}/schedule",
        {
            "documents_until": "2026-04-09",
            "deadline_at": "2026-04-14 09:30",
            "opening_place": "区民政局二楼会议室",
            "validity_days": "90",
        },
    )
    clerk.post(f"{base}/policy", POLICY)
    done = clerk.get(f"/projects/{number}/tender")
    assert "已完成 7 个部分" in done.text
    check = clerk.get(f"/projects/{number}/tender/check")
    assert "每个站点每周不少于 4 天" in check.text
    clerk.post(f"/projects/{number}/tender/check", {"confirmed": "yes"})
    assert "等审核负责人发布" in clerk.get(f"/projects/{number}/tender").text


def test_schedule_page_refuses_a_deadline_before_the_lawful_day(embedded_world: World) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    path = f"/projects/{tender_project(world, tender).number}/tender/sections/schedule"
    page = world.client("jingban").post(
        path,
        {
            "documents_until": "2026-04-02",
            "deadline_at": "2026-04-05 09:30",
            "opening_place": "会议室",
            "validity_days": "90",
        },
        status=400,
    )
    assert "不能早于" in page.text
    assert "《政府采购竞争性磋商采购方式管理暂行办法》第十条" in page.text


def test_a_year_nobody_means_is_refused_and_one_stored_before_can_be_put_right(
    world: World,
) -> None:
    tender = given_written_tender(world)
    number = tender_project(world, tender).number
    clerk = world.client("jingban")
    base = f"/projects/{number}/tender"
    schedule = f"{base}/sections/schedule"
    answers = {
        "documents_until": "2026-04-09",
        "opening_place": "区民政局二楼会议室",
        "validity_days": "90",
    }
    typed = {**answers, "deadline_at": "2206-12-08 09:30"}
    refused = clerk.post(schedule, typed, status=400)
    assert "请核对年份。" in refused.text
    assert "2206-12-08 09:30" in refused.response.get_data(as_text=True)

    # As an earlier version would have kept it.
    tender.deadline_at = datetime(2206, 12, 8, 1, 30, tzinfo=UTC)
    world.session.commit()
    readers = [clerk, world.client("shenhe"), world.client("shenji")]
    for reader in readers:
        reader.get(base)
    assert "超出了能推算工作日的年份" in clerk.get(f"{base}/check").text
    for key in SectionKey:
        clerk.get(f"{base}/sections/{key}")
    clerk.post(schedule, {**answers, "deadline_at": "2026-04-14 09:30"})
    assert "能推算工作日的年份" not in clerk.get(f"{base}/check").text

    # Whatever the form takes, the pages of the case can be read.
    for day in ("2026-10-01 24:00", "2028-02-29 00:00", "2034-12-31 23:59", "2036-02-28 09:30"):
        clerk.post(schedule, {**answers, "deadline_at": day})
        for page in (base, f"{base}/check", schedule, f"/projects/{number}"):
            clerk.get(page)


@pytest.mark.parametrize("key", list(SectionKey))
def test_section_page_keeps_what_was_saved(embedded_world: World, key: SectionKey) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    number = tender_project(world, tender).number
    clerk = world.client("jingban")
    shown = clerk.get(f"/projects/{number}/tender/sections/{key.value}")
    assert shown.heading == key.label
    kept = {field.get("value") for field in tags(shown.root, "input")} | {
        (field.text or "").lstrip("\n") for field in tags(shown.root, "textarea")
    }
    assert SAVED[key] in kept


def test_scoring_page_says_what_the_marks_make_without_a_script(embedded_world: World) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    base = f"/projects/{tender_project(world, tender).number}/tender/sections"
    client = world.client("jingban")

    assert "合计 100 分，符合要求" in client.get(f"{base}/{SectionKey.SCORING}").text
    paid = client.get(f"{base}/{SectionKey.PAYMENTS}").text
    assert "合计 100%，符合要求；按最高限价 ¥180,000.00 计，合计 ¥180,000.00" in paid


def test_approver_publishes_on_the_decision_page(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    number = tender_project(world, tender).number
    approver = world.client("shenhe")
    early = approver.post(
        f"/projects/{number}/tender/decision",
        {"decision": "publish", "confirmed": "yes"},
        status=409,
    )
    assert "还不满 30 日" in early.text
    world.at(date(2026, 4, 1))
    approver = world.client("shenhe")
    page = approver.get(f"/projects/{number}/tender/decision")
    assert "从今天发布算起" in page.text
    approver.post(
        f"/projects/{number}/tender/decision", {"decision": "publish", "confirmed": "yes"}
    )
    public = world.client().get(f"/projects/{number}/tender")
    assert "正在采购" in public.text
    assert "领取磋商文件" in public.text


def test_return_without_a_reason_stays_on_the_page(embedded_world: World) -> None:
    world = embedded_world
    tender = given_submitted_tender(world)
    number = tender_project(world, tender).number
    approver = world.client("shenhe")
    path = f"/projects/{number}/tender/decision"
    page = approver.post(path, {"decision": "return", "reason": ""}, status=400)
    assert "退回的必须写明理由" in page.text
    approver.post(path, {"decision": "return", "reason": "评分因素“服务方案”要写明分段。"})
    clerk = world.client("jingban").get(f"/projects/{number}/tender")
    assert "要写明分段" in clerk.text


def test_supplier_takes_the_document_and_downloads_it(published_world: World) -> None:
    world = published_world
    tender = the_tender(world)
    number = tender_project(world, tender).number
    supplier = world.client("jigou1")
    refused = supplier.raw("GET", f"/projects/{number}/tender/document")
    assert refused.status_code == 403
    page = supplier.get(f"/projects/{number}/tender")
    assert "领取采购文件" in page.text
    assert "同类服务经验" not in page.text
    supplier.post(f"/projects/{number}/tender/take", page=page)
    opened = supplier.get(f"/projects/{number}/tender").text
    assert "贵单位已领取采购文件" in opened
    assert "同类服务经验" in opened
    answer = supplier.raw("GET", f"/projects/{number}/tender/document")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert answer.mimetype == "application/pdf"


def test_takers_are_hidden_before_the_opening(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    given_taken_document(world, tender, "jigou1")
    number = tender_project(world, tender).number
    name = world.actor("jigou1").organisation_name
    for reader in ("jingban", "shenhe", "jigou2", "shenji", None):
        client = world.client(reader)
        for path in (f"/projects/{number}/tender", f"/projects/{number}"):
            assert name not in client.get(path).text, (reader, path)


def test_draft_is_not_found_by_outsiders(embedded_world: World) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    number = tender_project(world, tender).number
    for reader in ("jigou1", "zhuanjia1", None):
        answer = world.client(reader).raw("GET", f"/projects/{number}/tender")
        assert answer.status_code == 404, reader


def test_dates_page_shows_the_arithmetic(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    number = tender_project(world, tender).number
    page = world.client().get(f"/projects/{number}/tender/dates")
    for words in ("采购公告最早发布", "公告期限届满", "响应截止最早", "第十条", "不计"):
        assert words in page.text
    assert tender.deadline_at is not None
    assert f"{local(tender.deadline_at):%H:%M}" in page.text


def test_open_tenders_are_listed_for_suppliers(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    page = world.client("jigou1").get("/tenders")
    assert tender_project(world, tender).title in page.text
    assert tender.deadline_at is not None
    world.clock.move_to(tender.deadline_at)
    assert "现在没有可以参加的采购项目" in world.client("jigou1").get("/tenders").text


def test_list_of_tenders_is_exported(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    answer = world.client("jigou1").raw("GET", "/tenders?format=csv")
    assert tender_project(world, tender).number in answer.get_data(as_text=True)


def test_termination_page_ends_the_purchase(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    number = tender_project(world, tender).number
    approver = world.client("shenhe")
    path = f"/projects/{number}/tender/termination"
    approver.get(path)
    approver.post(
        path, {"reason": "经费统筹调整，任务取消。", "cancelled": "True", "confirmed": "yes"}
    )
    page = world.client().get(f"/projects/{number}/tender")
    assert "已终止" in page.text
    assert "任务取消" in page.text


def test_list_costs_the_same_queries_for_one_tender_and_for_three(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world, Money.from_yuan(5_000_000))
    given_drafted_tender(world, plan_content(world, line))
    clerk = world.client("jingban")
    clerk.get("/tenders")
    one = counted(world, lambda: clerk.get("/tenders"))
    for number in range(2):
        given_drafted_tender(world, plan_content(world, line, title=f"第{number}个项目"))
    clerk.get("/tenders")
    three = counted(world, lambda: clerk.get("/tenders"))
    assert three == one


def test_section_page_costs_the_same_queries_with_more_rows(embedded_world: World) -> None:
    world = embedded_world
    tender = given_written_tender(world)
    path = f"/projects/{tender_project(world, tender).number}/tender/check"
    clerk = world.client("jingban")
    clerk.get(path)
    few = counted(world, lambda: clerk.get(path))
    save(world, tender, Targets(TARGETS.rows * 8))
    many = counted(world, lambda: clerk.get(path))
    assert many == few


def test_unknown_section_is_not_found(embedded_world: World) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    number = tender_project(world, tender).number
    answer = world.client("jingban").raw("GET", f"/projects/{number}/tender/sections/nothing")
    assert answer.status_code == 404
