"""我的待办 of every person of the walked demonstration, and of the first steps of a case."""

from datetime import date

import pytest
from sqlalchemy import event

from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.desks.reminders import waiting
from procure.desks.reminders.waiting import waiting_for_others
from procure.desks.workbench import queries
from procure.desks.workbench.menu import menu_of, starts_of
from procure.desks.workbench.views import SOURCES
from procure.kernel.access import Permission
from procure.kernel.lifecycle import (
    Aggregate,
    ContractState,
    PlanState,
    ReviewState,
    forward_step,
)
from procure.registers.deadlines.use_cases import start_term
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from procure.store.base import db
from tests.factories.awards import given_delivered_report
from tests.factories.bids import given_opened_bids, given_tender_for_bids, the_tender
from tests.factories.plans import given_budget_line, given_submitted_plan, plan_content
from tests.page_client import Page, visible_text
from tests.world import World

PEOPLE = [account.username for account in DEMONSTRATION_ACCOUNTS]


def desk_of(world: World, username: str) -> queries.DeskPage:
    session, actor, now = world.session, world.actor(username), world.now
    with world.app.test_request_context("/desk"):
        return queries.desk_page(session, actor, now, world.app.extensions[SOURCES])


def items(page: Page, kind: str) -> list[str]:
    found = []
    for element in page.root.iter():
        if element.get("class") == kind:
            found += [" ".join(visible_text(child).split()) for child in element]
    return found


@pytest.mark.parametrize("username", PEOPLE)
def test_desk_of_every_person_opens_and_every_button_leads_somewhere(
    shared_walked: World, username: str
) -> None:
    client = shared_walked.client(username)
    tasks = desk_of(shared_walked, username).tasks
    page = client.get("/desk")

    assert page.heading == "我的待办"
    pressed = [one for one in page.root.iter() if "btn-primary" in (one.get("class") or "").split()]
    assert len(pressed) == bool(tasks)
    assert ("/desk?format=csv" in page.links()) == (len(tasks) > 7)
    for at, task in enumerate(tasks):
        page = client.get(f"/desk?page={at // 20 + 1}") if at and at % 20 == 0 else page
        assert task.case
        assert task.number in page.text
        if task.verdict.ok:
            assert task.href in page.links()
            answer = client.raw("GET", task.href)
            assert answer.status_code == 200, (task, answer.status_code)
        else:
            assert task.verdict.reason in page.text


@pytest.mark.parametrize("username", PEOPLE)
def test_every_entry_of_a_persons_menu_and_all_they_can_begin_opens(
    shared_walked: World, username: str
) -> None:
    with shared_walked.app.test_request_context("/desk"):
        entries = menu_of(shared_walked.actor(username))
    starts = starts_of(shared_walked.actor(username))
    assert entries[0].label == "我的待办"
    for href in dict.fromkeys([*(one.href for one in entries), *(one.href for one in starts)]):
        answer = shared_walked.client(username).raw("GET", href)
        assert answer.status_code == 200, (href, answer.status_code)


@pytest.mark.parametrize(
    ("username", "verb"),
    [("mulu", "新增目录条目"), ("yusuan", "登记预算指标"), ("pinggu1", "查看绩效评价")],
)
def test_empty_desk_offers_the_usual_work(embedded_world: World, username: str, verb: str) -> None:
    page = embedded_world.client(username).get("/desk")

    assert "现在没有等您办理的事项。" in page.text
    assert verb in page.text and "查看办理步骤的说明" in page.text


def test_tasks_are_ordered_by_the_nearest_binding_date(shared_walked: World) -> None:
    for username in PEOPLE:
        dates = [
            task.deadline.on if task.deadline else date.max
            for task in desk_of(shared_walked, username).tasks
        ]
        assert dates == sorted(dates)


def test_somebody_has_something_to_do_in_the_demonstration(shared_walked: World) -> None:
    busy = {username for username in PEOPLE if desk_of(shared_walked, username).tasks}

    assert {"jingban", "shenhe"} <= busy
    # Whom the README sends to their desk find there what it promises.
    assert {"pinggu1", "pinggu2", "yanshou"} <= busy


def test_listed_expert_finds_a_declaration_and_a_bid_to_score(shared_walked: World) -> None:
    verbs = {task.verb for task in desk_of(shared_walked, "zhuanjia1").tasks}

    assert verbs == {"签署回避声明", "填写评分"}
    for task in desk_of(shared_walked, "zhuanjia1").tasks:
        assert task.deadline is not None
        assert task.deadline.words.startswith("评审") and task.deadline.words.endswith("开始")


def test_parked_evaluation_is_not_overdue(shared_walked: World) -> None:
    (task,) = desk_of(shared_walked, "pinggu1").tasks

    assert task.deadline is not None
    assert task.deadline.words.startswith("还有")


def test_evaluator_does_not_wait_for_the_lead_while_the_work_is_his(shared_walked: World) -> None:
    others = {
        username: [line.step for line in desk_of(shared_walked, username).waiting]
        for username in PEOPLE
    }

    assert "绩效评价：评估进行中" not in others.pop("pinggu1")
    assert [name for name, steps in others.items() if "绩效评价：评估进行中" in steps]


def test_what_waits_for_others_is_never_the_readers_own_step(shared_walked: World) -> None:
    looked_at = 0
    for username in PEOPLE:
        actor = shared_walked.actor(username)
        for line in waiting_for_others(shared_walked.session, actor, shared_walked.now)[0]:
            looked_at += 1
            assert line.on_whom
            assert shared_walked.client(username).get(line.href)
    assert looked_at > 10


def test_outsiders_hear_nothing_of_payments_and_reviews(shared_walked: World) -> None:
    for username in ("pinggu1", "pinggu2", "zhuanjia1"):
        actor = shared_walked.actor(username)
        lines = waiting_for_others(shared_walked.session, actor, shared_walked.now)[0]
        assert not [line for line in lines if line.step.startswith(("支付申请", "评审"))]


def test_visitor_is_led_to_the_sign_in_page(embedded_world: World) -> None:
    answer = embedded_world.client().raw("GET", "/desk")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")


def test_person_without_anything_reads_so(embedded_world: World) -> None:
    page = embedded_world.client("zhuanjia7").get("/desk")

    assert "现在没有等您办理的事项" in page.text
    assert "等待他人办理" not in page.text


def test_submitted_plan_waits_for_the_approver_and_the_clerk_sees_on_whom(world: World) -> None:
    given_submitted_plan(world)

    assert [task.step for task in desk_of(world, "shenhe").tasks]
    (line,) = desk_of(world, "jingban").waiting
    assert (line.step, line.on_whom) == ("采购计划：待审核", "审核负责人")
    page = world.client("jingban").get("/desk")
    assert items(page, "tasks tasks-waiting")[0].endswith("等待审核负责人")


def test_published_tender_waits_for_its_opening_not_for_the_end_of_its_notice(
    published_world: World,
) -> None:
    world = published_world
    tender = the_tender(world)

    lines = [line for line in desk_of(world, "shenhe").waiting if line.step.startswith("采购项目")]

    assert len(lines) == 1
    assert lines[0].on_whom == "采购经办人"
    assert lines[0].deadline is not None
    assert tender.deadline_at is not None
    assert "开启" in lines[0].deadline.label, "the words of a consultation"


def test_cut_list_of_what_waits_for_others_keeps_what_is_due_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 2)
    line = given_budget_line(world)
    plans = [given_submitted_plan(world, plan_content(world, line)) for _ in range(4)]
    for plan, day in ((plans[3], 20), (plans[2], 30)):
        with world.uow("jingban") as uow:
            start_term(
                uow,
                project_id=plan.project_id,
                subject_id=plan.id,
                rule="C-X",
                label="审核",
                starts_on=date(2026, 3, 2),
                due_on=date(2026, 3, day),
            )

    page = desk_of(world, "jingban")

    dates = [line.deadline.on for line in page.waiting if line.deadline]
    assert dates == [date(2026, 3, 20), date(2026, 3, 30)]
    assert page.more_waiting == 2
    assert "另有 2 项" in world.client("jingban").get("/desk").text


def test_review_of_a_purchase_that_ended_waits_for_nobody(embedded_world: World) -> None:
    world = embedded_world
    tender = given_opened_bids(world, given_tender_for_bids(world))
    given_delivered_report(world, tender)
    before = [waiting.step for waiting in desk_of(world, "jingban").waiting]
    with world.uow("shenhe") as uow:
        version = uow.session.get_one(Tender, tender.id).version
        terminate_tender(uow, TerminateTender(tender.id, version, "采购任务因重大变故取消", False))

    assert any(step.startswith("评审") for step in before)
    assert desk_of(world, "jingban").waiting == ()


def test_strangers_organisation_sees_nothing_of_a_hidden_case(world: World) -> None:
    given_submitted_plan(world)

    for username in ("jigou1", "pinggu1", "mulu"):
        found = desk_of(world, username)
        assert (found.tasks, found.waiting) == ((), ())


def test_number_of_statements_does_not_grow_with_cases(embedded_world: World) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(connection, cursor, statement, *rest):
            seen.append(statement)

        embedded_world.session.rollback()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            desk_of(embedded_world, "jingban")
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    line = given_budget_line(embedded_world)
    plan = given_submitted_plan(embedded_world, plan_content(embedded_world, line))
    few = statements()
    for _ in range(3):
        given_submitted_plan(embedded_world, plan_content(embedded_world, line))
    with embedded_world.uow("jingban") as uow:
        start_term(
            uow,
            project_id=plan.project_id,
            subject_id=plan.id,
            rule="C-X",
            label="审核",
            starts_on=date(2026, 3, 2),
            due_on=date(2026, 3, 30),
            permission=Permission.PLAN_APPROVE,
        )

    assert statements() == few


def test_forward_step_skips_the_ways_back() -> None:
    assert forward_step(Aggregate.PLAN, PlanState.SUBMITTED).action == "approve_plan"
    assert forward_step(Aggregate.CONTRACT, ContractState.ISSUED).action == "sign_contract_supplier"
    assert forward_step(Aggregate.REVIEW, ReviewState.ANNOUNCED) is None


def test_auditor_without_tasks_is_led_to_the_cases(embedded_world: World) -> None:
    page = embedded_world.client("shenji").get("/desk")
    assert "现在没有等您办理的事项" in page.text
    assert "查看项目的经过和资金" in page.text
    assert "/audit" in page.links()
