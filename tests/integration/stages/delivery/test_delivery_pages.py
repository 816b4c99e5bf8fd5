"""The pages of delivery as each person sees and uses them."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from procure.kernel.lifecycle import MilestoneState, ServiceRecordState
from procure.stages.delivery import case, queries
from procure.stages.delivery.models import Recipient, ServiceRecord, StaffMember
from tests.factories.contracts import CLERK, MEMBER, contract_of
from tests.factories.delivery import (
    at_service,
    given_recipients,
    given_record,
    given_reported_milestone,
    given_staff,
    milestone_at,
    service,
    target_of,
)
from tests.factories.pages import typed
from tests.page_client import Page, tags
from tests.world import World


@pytest.fixture
def world(embedded_filed_world: World) -> World:
    """A filed contract; the clock stands at the evening of its first day."""
    at_service(embedded_filed_world)
    return embedded_filed_world


def path(world: World, page: str = "") -> str:
    """The address of a page of delivery."""
    start = f"/projects/{contract_of(world).project.number}/delivery"
    return f"{start}/{page}" if page else start


def statements(world: World, address: str) -> int:
    """How many statements a page needs."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    engine = world.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        world.client(CLERK).get(address)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return count


def test_supplier_registers_people_and_enters_a_service(world: World) -> None:
    client = world.client(MEMBER)
    day = contract_of(world).starts_on
    assert day is not None

    client.post(
        path(world, "staff/new"),
        {
            "rows-0-name": "何嘉仪",
            "rows-0-post": "社会工作者",
            "rows-0-certificate": "",
            "rows-0-joined_on": day.isoformat(),
        },
    )
    client.post(
        path(world, "recipients/new"),
        {
            "rows-0-name": "陈婆婆",
            "rows-0-station": "井岸站",
            "rows-0-care_class": "高龄独居",
            "rows-0-enrolled_on": day.isoformat(),
            "rows-0-code": "",
            "confirmed": "yes",
        },
    )
    staff = world.session.scalars(select(StaffMember)).one()
    person = world.session.scalars(select(Recipient)).one()
    form = client.get(path(world, "records/new"))
    client.post(
        path(world, "records/new"),
        typed(form)
        | {
            "target": target_of(world).id,
            "staff": staff.id,
            "recipient": person.id,
            "served_on": day.isoformat(),
            "started": "9：30",
            "ended": "1030",
            "place": "家中",
            "content": "探访",
        },
        page=form,
    )

    record = world.session.scalars(select(ServiceRecord)).one()
    assert (record.started_minute, record.ended_minute) == (570, 630)
    page = client.get(path(world, "records"))
    assert "F0001 陈*" in page.text
    assert "陈婆婆" not in page.text
    assert "09:30–10:30" in page.text


def test_record_form_with_mistakes_keeps_what_was_typed(world: World) -> None:
    given_staff(world)

    page = world.client(MEMBER).post(
        path(world, "records/new"),
        {"started": "25点", "ended": "10:00", "place": "家中", "content": "探访", "quantity": "1"},
        status=400,
    )

    assert isinstance(page, Page)
    assert "不是可以识别的时间" in page.text
    assert "请选择“服务目标”" in page.text
    assert typed(page)["place"] == "家中"


def test_clerk_accepts_and_rejects_several_at_once(world: World) -> None:
    staff, day = given_staff(world), contract_of(world).starts_on
    assert day is not None
    ids = [
        given_record(world, service(world, staff, day, started=at * 60, ended=at * 60 + 40)).id
        for at in (8, 9, 10)
    ]
    client = world.client(CLERK)

    page = client.get(path(world, "review"))
    client.post(path(world, "review"), {"records": ids[:2], "reason": ""})
    refused = client.post(
        path(world, "review"), {"records": ids[2:], "reason": "", "reject": "yes"}, status=400
    )
    client.post(path(world, "review"), {"records": ids[2:], "reason": "无签到", "reject": "yes"})

    assert "共有 3 条等待核实" in page.text
    assert isinstance(refused, Page)
    assert "不认可服务记录要写明理由" in refused.text
    states = {row.id: row.state for row in world.session.scalars(select(ServiceRecord))}
    assert [states[one] for one in ids] == [
        ServiceRecordState.ACCEPTED,
        ServiceRecordState.ACCEPTED,
        ServiceRecordState.REJECTED,
    ]
    assert "没有等待核实的服务记录" in client.get(path(world, "review")).text


def test_clerk_judges_one_record_beside_its_evidence(world: World) -> None:
    day = contract_of(world).starts_on
    assert day is not None
    record = given_record(world, service(world, given_staff(world), day))
    client = world.client(CLERK)

    page = client.get(path(world, f"records/{record.id}/decide"))
    client.post(path(world, f"records/{record.id}/decide"), {"reason": ""}, page=page)

    assert "没有上传佐证材料" in page.text
    shown = client.get(path(world, f"records/{record.id}"))
    assert "已核实" in shown.text


def test_records_that_somebody_else_judged_are_named_so(world: World) -> None:
    staff, day = given_staff(world), contract_of(world).starts_on
    assert day is not None
    first, second = (
        given_record(world, service(world, staff, day, started=at * 60, ended=at * 60 + 40)).id
        for at in (8, 9)
    )
    client = world.client(CLERK)
    opened = client.get(path(world, "review"))
    single = client.get(path(world, f"records/{first}/decide"))
    client.post(path(world, "review"), {"records": [first], "reason": ""}, page=opened)

    both = {"records": [first, second], "reason": "两条一起"}
    page = client.post(path(world, "review"), both, page=opened, status=400)
    assert isinstance(page, Page)
    assert page.text.count("已经核实、不予认可或者撤回的，已不在列表中") == 2
    [chosen] = [one for one in page.root.iter() if one.get("name") == "records"]
    assert (chosen.get("value"), chosen.get("checked")) == (second, "")
    assert f"#{chosen.get('id')}" in page.links()
    assert "两条一起" in page.text

    client.post(path(world, "review"), {"records": [second], "reason": ""}, page=page)
    page = client.post(path(world, "review"), both, page=opened, status=400)
    assert isinstance(page, Page)
    assert "已不在列表中" in page.text
    assert "没有等待核实的服务记录" in page.text

    page = client.post(
        path(world, f"records/{first}/decide"), {"reason": "想了想"}, page=single, status=409
    )
    assert isinstance(page, Page)
    assert "没有办理成功，填写的内容都已保留" in page.text
    assert "想了想" in page.text
    buttons = [one.get("name") for one in page.root.iter() if one.tag.endswith("button")]
    assert "reject" not in buttons


def test_overview_draws_progress_and_checks_each_period(world: World) -> None:
    day = contract_of(world).starts_on
    assert day is not None
    record = given_record(world, service(world, given_staff(world), day))
    client = world.client(CLERK)
    client.post(path(world, "review"), {"records": [record.id], "reason": ""})
    world.at(day + timedelta(days=40))
    world.session.rollback()
    target = target_of(world)

    page = world.client(CLERK).get(path(world) + f"?target={target.position}")

    assert f"{target.what}：按期检查" in page.text
    assert "未达到，还差 1" in page.text
    assert "落后" in page.text
    assert "三分之二" in page.text


def test_milestone_goes_between_supplier_and_clerk(world: World) -> None:
    supplier, clerk = world.client(MEMBER), world.client(CLERK)

    supplier.post(path(world, "milestones/1"), {"report": "人员到岗。"})
    waits = clerk.get(path(world, "milestones/1"))
    clerk.post(path(world, "milestones/1"), {"agreed": "return", "reason": "缺照片"})
    again = supplier.get(path(world, "milestones/1"))
    supplier.post(path(world, "milestones/1"), {"report": "补充照片。"})
    clerk.post(path(world, "milestones/1"), {"agreed": "confirm", "reason": ""})

    assert "人员到岗。" in waits.text
    assert "缺照片" in again.text
    assert milestone_at(world).state is MilestoneState.MET


def test_milestone_out_of_turn_says_why_and_keeps_what_was_typed(world: World) -> None:
    supplier = world.client(MEMBER)
    opened = supplier.get(path(world, "milestones/1"))
    supplier.post(path(world, "milestones/1"), {"report": "人员到岗。"}, page=opened)

    page = supplier.post(
        path(world, "milestones/1"), {"report": "又写了一段。"}, page=opened, status=409
    )
    assert isinstance(page, Page)
    assert "没有办理成功" in page.text
    assert "又写了一段。" in page.text
    assert milestone_at(world).report == "人员到岗。"

    page = world.client("shenji").post(
        path(world, "milestones/1"), {"report": "不该我写"}, status=409
    )
    assert isinstance(page, Page)
    assert "报送履约节点" in page.text
    assert "节点由承接主体报送，采购人核实。" in page.text


def test_overdue_list_names_the_lead_unit(world: World) -> None:
    world.at(milestone_at(world).due_on + timedelta(days=1))

    page = world.client(CLERK).get("/delivery/overdue")

    assert milestone_at(world).lead_unit in page.text
    assert "已逾期" in page.text
    assert "没有逾期的履约节点" in world.client("jigou2").get("/delivery/overdue").text


def test_export_carries_codes_and_no_names(world: World) -> None:
    day = contract_of(world).starts_on
    assert day is not None
    people = given_recipients(world)
    command = service(world, given_staff(world), day, recipient_id=people[0].id)
    given_record(world, command)

    for page in ("records", "recipients"):
        answer = world.client(CLERK).raw("GET", path(world, f"{page}?format=csv"))
        text = answer.data.decode("utf-8-sig")
        assert "F0001" in text
        assert "婆" not in text


def test_delivery_of_others_does_not_exist_for_strangers(world: World) -> None:
    for username in ("jigou2", "jiedao"):
        for page in ("", "records", "recipients", "staff", "milestones/1"):
            world.client(username).get(path(world, page), 404)


def test_registers_show_ratios_and_masked_names(world: World) -> None:
    given_staff(world)
    given_staff(world, "黎国强", "")
    given_recipients(world, 3)
    client = world.client("shenji")

    staff, people = client.get(path(world, "staff")), client.get(path(world, "recipients"))

    assert "50%" in staff.text
    assert "每名人员服务对象 1.5 人" in staff.text
    assert "陈*" in people.text
    assert "婆" not in people.text


def test_to_do_of_each_side_names_what_waits(world: World) -> None:
    day = contract_of(world).starts_on
    assert day is not None
    given_record(world, service(world, given_staff(world), day))
    given_reported_milestone(world)
    world.at(milestone_at(world, 2).due_on - timedelta(days=10))

    clerk = case.todo(world.session, world.actor(CLERK), world.now)
    supplier = case.todo(world.session, world.actor(MEMBER), world.now)

    assert [task.verb for task in clerk] == ["核实履约节点", "核实服务记录"]
    assert [task.verb for task in supplier] == ["报送履约节点"]
    assert supplier[0].deadline is not None
    project = contract_of(world).project
    panel = case.panel(world.session, world.actor("pinggu1"), project, world.now)
    assert panel is None
    page = world.client(MEMBER).get(f"/projects/{project.number}")
    assert "登记服务记录" in page.text


def test_lists_need_as_many_statements_for_many_rows(world: World) -> None:
    staff, day = given_staff(world), contract_of(world).starts_on
    assert day is not None
    given_record(world, service(world, staff, day, started=6 * 60, ended=6 * 60 + 10))
    pages = [path(world, page) for page in ("records", "review", "recipients", "")]
    for page in pages:
        world.client(CLERK).get(page)
    few = [statements(world, page) for page in pages]

    for minute in range(6):
        begin = 7 * 60 + minute * 10
        given_record(world, service(world, staff, day, started=begin, ended=begin + 10))
    given_recipients(world, 8)
    many = [statements(world, page) for page in pages]

    assert many == few
    assert queries.count_waiting(world.session, contract_of(world).id) == 7


def test_pages_of_delivery_show_which_of_them_is_open(world: World) -> None:
    client = world.client(CLERK)
    for page, current, kind in (
        ("", path(world), "page"),
        ("records", path(world, "records"), "page"),
        ("recipients", path(world, "recipients"), "page"),
        ("staff", path(world, "staff"), "page"),
        ("review", path(world, "records"), "true"),
    ):
        marked = [
            (link.get("href"), link.get("aria-current"))
            for link in tags(client.get(path(world, page)).root, "a")
            if link.get("aria-current") and "/delivery" in link.get("href", "")
        ]
        assert marked == [(current, kind)], page
