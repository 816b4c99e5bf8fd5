"""Plans led back: recalled, thrown away, adjusted and cancelled, through verbs and pages."""

from dataclasses import replace

import pytest

from procure.desks.auditing.contents import Names, kept_back, read_tables
from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.lifecycle import PlanState, TenderState
from procure.kernel.money import Money
from procure.kernel.vocabulary import NoticeKind, ProcurementMethod
from procure.registers.deadlines.queries import find_term
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import standing_on
from procure.registers.notices import queries as notices
from procure.registers.projects import queries as projects
from procure.stages.plans import queries
from procure.stages.plans.models import Plan, PlanAct, PlanChange
from procure.stages.plans.use_cases import ApprovePlan, SubmitPlan, approve_plan, submit_plan
from procure.stages.plans.use_cases.changing import (
    DecidePlanChange,
    DiscardPlan,
    ProposePlanChange,
    RecallPlan,
    WithdrawPlanChange,
    decide_plan_change,
    discard_plan,
    propose_plan_change,
    recall_plan,
    withdraw_plan_change,
)
from procure.store import trail
from procure.store.proposals import asked_of
from tests.factories.bids import the_tender
from tests.factories.plans import (
    given_announced_plan,
    given_approved_plan,
    given_budget_line,
    given_drafted_plan,
    given_submitted_plan,
    plan_content,
    project_of,
)
from tests.factories.tenders import given_submitted_tender
from tests.integration.stages.plans.test_plan_pages import answers_for
from tests.world import World

BEYOND = Money.from_yuan(2_000_000)
WHY = "财政追减预算，经局务会研究。"


def propose(world: World, plan: Plan, **changes: object) -> None:
    """The clerk asks for it; without changes that the plan be cancelled."""
    world.session.refresh(plan)
    content = replace(queries.content_of(plan, project_of(world, plan)), **changes)  # type: ignore[arg-type]
    with world.uow("jingban") as uow:
        propose_plan_change(
            uow, ProposePlanChange(plan.id, plan.version, WHY, content if changes else None)
        )


def decide(world: World, plan: Plan, username: str = "shenhe", *, agreed: bool = True) -> None:
    world.session.refresh(plan)
    with world.uow(username) as uow:
        decide_plan_change(
            uow, DecidePlanChange(plan.id, plan.version, agreed, "" if agreed else "不宜调整")
        )


def events_of(world: World, plan: Plan) -> list[trail.Link]:
    world.session.expire_all()
    return list(trail.links_of_project(world.session, plan.project_id))


def held(world: World, plan: Plan) -> int:
    return sum(
        standing_on(world.session, plan.budget_line_id, AccountKind.RESERVED, plan.id).values()
    )


def test_sent_plan_is_recalled_by_the_clerk_and_never_after_judgement(world: World) -> None:
    plan = given_submitted_plan(world)
    for username in ("shenhe", "jigou1"):
        with pytest.raises((Denied, NotFound)), world.uow(username) as uow:
            recall_plan(uow, RecallPlan(plan.id, plan.version))
    with pytest.raises(Stale), world.uow("jingban") as uow:
        recall_plan(uow, RecallPlan(plan.id, plan.version - 1))
    with world.uow("jingban") as uow:
        recall_plan(uow, RecallPlan(plan.id, plan.version))
    world.session.refresh(plan)
    assert plan.state is PlanState.DRAFT
    assert events_of(world, plan)[-1].event == "PlanRecalled"
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        discard_plan(uow, DiscardPlan(plan.id, plan.version, WHY))
    with world.uow("jingban") as uow:
        submit_plan(uow, SubmitPlan(plan.id, plan.version))
    world.session.refresh(plan)
    with world.uow("shenhe") as uow:
        approve_plan(uow, ApprovePlan(plan.id, plan.version))
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        recall_plan(uow, RecallPlan(plan.id, plan.version))


def test_draft_nobody_was_asked_about_is_thrown_away_with_its_content_kept(world: World) -> None:
    plan = given_drafted_plan(world)
    number, reason = project_of(world, plan).number, plan.reason
    with pytest.raises(Invalid), world.uow("jingban") as uow:
        discard_plan(uow, DiscardPlan(plan.id, plan.version, " "))
    with world.uow("jingban") as uow:
        discard_plan(uow, DiscardPlan(plan.id, plan.version, "重复录入"))
    kept = next(link for link in events_of(world, plan) if link.event == "PlanDiscarded")
    assert kept.data["content"]["reason"] == reason
    for username in ("jingban", "shenhe"):
        with pytest.raises(NotFound):
            projects.get_project(world.session, world.actor(username), number)
    assert projects.get_project(world.session, world.actor("shenji"), number).closed_at
    follower = given_drafted_plan(
        world, plan_content(world, given_budget_line(world, code="2080299-02"))
    )
    assert project_of(world, follower).number != number


def test_adjusting_takes_two_people_and_moves_the_money(world: World) -> None:
    plan = given_approved_plan(world)
    before, line = held(world, plan), plan.budget_line_id
    smaller = Money.from_yuan(150_000)
    propose(world, plan, amount=smaller, ceiling=smaller)
    assert held(world, plan) == before
    with pytest.raises(Denied), world.uow("jingban") as uow:
        decide_plan_change(uow, DecidePlanChange(plan.id, plan.version, True))
    with pytest.raises(IllegalTransition):
        propose(world, plan, term_months=6)
    decide(world, plan)
    world.session.refresh(plan)
    assert (plan.amount_fen, held(world, plan)) == (smaller.fen, smaller.fen)
    assert project_of(world, plan).budget_fen == smaller.fen
    assert (
        sum(standing_on(world.session, line, AccountKind.AVAILABLE).values())
        == (Money.from_yuan(1_000_000) - smaller).fen
    )
    changed = next(link for link in events_of(world, plan) if link.event == "PlanChanged")
    assert ["采购预算", "¥180,000.00", "¥150,000.00"] in [
        list(one) for one in changed.data["changes"]
    ]
    assert plan.state is PlanState.APPROVED
    other = given_budget_line(world, code="2080299-09")
    propose(world, plan, budget_line_id=other.id)
    decide(world, plan)
    world.session.refresh(plan)
    assert plan.budget_line_id == other.id
    assert held(world, plan) == smaller.fen
    assert sum(standing_on(world.session, line, AccountKind.RESERVED).values()) == 0
    kept = kept_back(world.session, plan.project_id)
    package = read_tables(world.session, plan.project_id, kept, Names({}), frozenset())
    assert {row["id"] for row in package["budget_line"]} == {line, other.id}


def test_adjusting_what_is_unlawful_or_nothing_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_approved_plan(world)
    for changes, field in (
        ({"ceiling": Money.from_yuan(190_000)}, "ceiling"),
        ({"term_months": 24}, "term_conditions"),
        ({"amount": BEYOND, "ceiling": BEYOND}, ""),
        ({"title": project_of(world, plan).title}, ""),
    ):
        with pytest.raises(Invalid) as refused:
            propose(world, plan, **changes)
        assert refused.value.field == field, changes


def test_adjusting_what_was_announced_wants_the_intention_anew(world: World) -> None:
    plan = given_announced_plan(world)
    propose(world, plan, ceiling=Money.from_yuan(170_000))
    decide(world, plan)
    world.session.refresh(plan)
    assert plan.state is PlanState.INTENTION_PUBLISHED, "the ceiling is not announced"
    propose(world, plan, title="斗门区居家养老服务（两站）项目")
    decide(world, plan)
    world.session.refresh(plan)
    assert plan.state is PlanState.APPROVED
    assert plan.intention_published_at is None
    term = find_term(world.session, plan.id, queries.INTENTION_RULE)
    assert term is None or term.status.value == "cancelled"
    number = project_of(world, plan).number
    first = queries.earliest_start(local_date(world.now)).on
    world.client("jingban").post(
        f"/projects/{number}/plan/intention", {"expected_on": first.isoformat(), "confirmed": "yes"}
    )
    world.session.expire_all()
    told = notices.of_project(world.session, plan.project_id)[-1]
    assert told.title == "斗门区居家养老服务（两站）项目采购意向变更公告"
    assert "本公告代替" in str(told.sections)


def test_unpublished_document_follows_the_plan(world: World) -> None:
    tender = given_submitted_tender(world)
    plan = queries.find_plan(world.session, tender.project_id)
    assert plan is not None
    propose(world, plan, ceiling=Money.from_yuan(170_000), method=ProcurementMethod.OPEN_TENDER)
    decide(world, plan)
    world.session.refresh(tender)
    assert tender.state is TenderState.DRAFT
    assert (tender.ceiling_fen, tender.method) == (17_000_000, ProcurementMethod.OPEN_TENDER)
    assert WHY in tender.returned_reason
    propose(world, plan)
    decide(world, plan)
    world.session.refresh(tender)
    assert tender.state is TenderState.DROPPED
    assert (
        world.client().raw("GET", f"/projects/{project_of(world, plan).number}/tender").status_code
        == 404
    )
    assert "采购文件" not in world.client("jingban").get("/desk").text


def test_announced_purchase_is_neither_adjusted_nor_cancelled(
    embedded_published_world: World,
) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    plan = queries.find_plan(world.session, tender.project_id)
    assert plan is not None
    with pytest.raises(IllegalTransition, match="采购公告已经发布"):
        propose(world, plan, term_months=6)
    with pytest.raises(IllegalTransition, match="采购公告已经发布"):
        propose(world, plan)


def test_cancelling_frees_the_money_and_tells_the_public(world: World) -> None:
    plan = given_announced_plan(world)
    project = project_of(world, plan)
    propose(world, plan)
    decide(world, plan, agreed=False)
    world.session.refresh(plan)
    assert plan.state is PlanState.INTENTION_PUBLISHED
    propose(world, plan)
    with world.uow("jingban") as uow:
        world.session.refresh(plan)
        withdraw_plan_change(uow, WithdrawPlanChange(plan.id, plan.version))
    propose(world, plan)
    decide(world, plan)
    world.session.refresh(plan)
    world.session.refresh(project)
    assert plan.state is PlanState.CANCELLED
    assert held(world, plan) == 0
    assert project.closed_at is not None
    (told,) = (
        one
        for one in notices.of_project(world.session, project.id)
        if one.kind is NoticeKind.CANCELLATION
    )
    assert told.number == f"{project.number}-QX01"
    assert WHY in world.client().get(f"/notices/{told.number}").text
    for address in (f"/projects/{project.number}", f"/projects/{project.number}/plan"):
        page = world.client("jingban").get(address).text
        assert "采购活动最早开始" not in page, "nothing begins any more"
    rows = asked_of(world.session, PlanChange, plan.id)
    assert sorted(row.confirmed for row in rows) == [False, False, True]
    assert {row.act for row in rows} == {PlanAct.CANCEL}


def test_plan_that_was_never_public_is_cancelled_without_notice(embedded_world: World) -> None:
    world = embedded_world
    plan = given_approved_plan(world)
    propose(world, plan)
    decide(world, plan)
    assert notices.of_project(world.session, plan.project_id) == []
    assert not project_of(world, plan).is_public


def test_clerk_and_approver_lead_a_plan_back_on_the_pages(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    address = f"/projects/{project_of(world, plan).number}/plan"
    clerk, approver = world.client("jingban"), world.client("shenhe")
    assert "收回采购计划" in clerk.get(address).text
    clerk.post(f"{address}/recall", {})
    clerk.post(f"{address}/submit", {"confirmed": "yes"})
    approver.post(
        f"{address}/decision", {"decision": "approve", "reason": "同意", "confirmed": "yes"}
    )
    assert "申请调整采购计划" in clerk.get(address).text
    page = clerk.get(f"{address}/adjust")
    answers = answers_for(plan.catalogue_item_id, plan.budget_line_id) | {"ceiling": "170000"}
    kept = clerk.post(f"{address}/adjust", answers, page=page, status=400)
    assert "170000" in str(kept.response.get_data(as_text=True)) or "170,000" in kept.text
    clerk.post(f"{address}/adjust", {**answers, "change_reason": WHY}, page=page)
    assert "审核采购计划的调整" in approver.get("/desk").text
    asked = approver.get(f"{address}/change")
    assert "¥170,000.00" in asked.text
    assert WHY in asked.text
    refused = approver.post(f"{address}/change", {"agreed": "no"}, page=asked, status=400)
    assert "请写明不同意的理由" in refused.text
    approver.post(f"{address}/change", {"agreed": "yes"}, page=asked)
    world.session.expire_all()
    assert plan.ceiling_fen == 17_000_000
    clerk.post(f"{address}/cancel", {"change_reason": WHY})
    clerk.post(f"{address}/change/withdraw", {})
    clerk.post(f"{address}/cancel", {"change_reason": WHY})
    approver.post(f"{address}/change", {"agreed": "yes"})
    assert "已取消" in clerk.get(address).text
    assert "同意" in clerk.get(address).text
