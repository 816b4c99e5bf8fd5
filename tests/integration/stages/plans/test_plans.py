"""Plans through their use cases on both databases: done, refused, wrong state, wrong person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.access import Level, Role
from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.lifecycle import PlanState, Stage
from procure.kernel.money import Money
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.queries import find_term
from procure.registers.funds import queries as funds
from procure.registers.funds.models import AccountKind
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import close_project
from procure.stages.plans import queries
from procure.stages.plans.models import Plan
from procure.stages.plans.use_cases import (
    ApprovePlan,
    DraftPlan,
    EditPlan,
    PublishIntention,
    ReturnPlan,
    SubmitPlan,
    approve_plan,
    draft_plan,
    edit_plan,
    publish_intention,
    return_plan,
    submit_plan,
)
from procure.store import trail
from tests.factories.catalogue import given_item
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


def events_of(world: World, plan: Plan) -> list[str]:
    """The names of what happened in the plan's project, oldest first."""
    return [link.event for link in trail.links_of_project(world.session, plan.project_id)]


def test_draft_plan_opens_a_numbered_project(world: World) -> None:
    plan = given_drafted_plan(world)
    project = project_of(world, plan)
    assert project.number == "DMMZ-2026-001"
    assert project.stage is Stage.PLAN
    assert project.budget_fen == plan.amount_fen
    assert not project.is_public
    assert "PlanDrafted" in events_of(world, plan)


def test_draft_plan_sent_twice_makes_one_plan(world: World) -> None:
    told = plan_content(world)
    with world.uow("jingban") as uow:
        first = draft_plan(uow, DraftPlan(told, "k" * 24)).id
    with world.uow("jingban") as uow:
        assert draft_plan(uow, DraftPlan(told, "k" * 24)).id == first


def test_draft_plan_by_others_is_denied(embedded_world: World) -> None:
    world = embedded_world
    told = plan_content(world)
    for username in ("shenhe", "yanshou", "yusuan", "jigou1", "shenji", "mulu"):
        with pytest.raises(Denied), world.uow(username) as uow:
            draft_plan(uow, DraftPlan(told))


def test_draft_plan_on_the_line_of_another_buyer_is_refused(embedded_world: World) -> None:
    world = embedded_world
    told = plan_content(world)
    with world.uow("mulu") as uow:
        assert uow.actor.organisation_id != world.actor("jingban").organisation_id
    world.session.execute(
        text("UPDATE budget_line SET buyer_id=:b"), {"b": world.actor("mulu").organisation_id}
    )
    world.session.commit()
    with pytest.raises(Invalid, match="本单位") as refused, world.uow("jingban") as uow:
        draft_plan(uow, DraftPlan(told))
    assert refused.value.field == "budget_line_id"


def test_draft_plan_of_an_unknown_item_is_refused(embedded_world: World) -> None:
    world = embedded_world
    told = replace(plan_content(world), catalogue_item_id="0" * 32)
    with pytest.raises(Invalid) as refused, world.uow("jingban") as uow:
        draft_plan(uow, DraftPlan(told))
    assert refused.value.field == "catalogue_item_id"


def test_unlawful_plan_leaves_nothing_behind(world: World) -> None:
    told = plan_content(world, negative_list=(True, *[False] * 5))
    with pytest.raises(Invalid), world.uow("jingban") as uow:
        draft_plan(uow, DraftPlan(told))
    assert world.session.scalar(select(func.count()).select_from(Plan)) == 0
    assert "ProjectOpened" not in {link.event for link in trail.read(world.session)}


def test_edit_plan_carries_title_and_budget_to_the_project(world: World) -> None:
    plan = given_drafted_plan(world)
    told = queries.content_of(plan, project_of(world, plan))
    changed = replace(
        told,
        title="居家养老服务（调整）",
        amount=Money.from_yuan(170_000),
        ceiling=Money.from_yuan(165_000),
    )
    with world.uow("jingban") as uow:
        edit_plan(uow, EditPlan(plan.id, plan.version, changed))
    project = project_of(world, plan)
    world.session.refresh(project)
    assert project.title == "居家养老服务（调整）"
    assert project.budget_fen == 17_000_000


def test_edit_plan_on_an_old_view_is_refused(world: World) -> None:
    plan = given_drafted_plan(world)
    told = queries.content_of(plan, project_of(world, plan))
    seen = plan.version
    with world.uow("jingban") as uow:
        edit_plan(uow, EditPlan(plan.id, seen, replace(told, term_months=11)))
    with pytest.raises(Stale), world.uow("jingban") as uow:
        edit_plan(uow, EditPlan(plan.id, seen, replace(told, term_months=10)))


def test_edit_plan_after_sending_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    told = queries.content_of(plan, project_of(world, plan))
    with pytest.raises(IllegalTransition, match="待审核"), world.uow("jingban") as uow:
        edit_plan(uow, EditPlan(plan.id, plan.version, told))


def test_submit_plan_without_money_is_refused(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world, Money.from_yuan(100_000))
    plan = given_drafted_plan(world, plan_content(world, line))
    with pytest.raises(Invalid, match="不够本次采购"), world.uow("jingban") as uow:
        submit_plan(uow, SubmitPlan(plan.id, plan.version))
    world.session.refresh(plan)
    assert plan.state is PlanState.DRAFT


def test_return_plan_brings_it_back_with_the_reason(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    with world.uow("shenhe") as uow:
        return_plan(uow, ReturnPlan(plan.id, plan.version, "请补充需求调查的对象。"))
    world.session.refresh(plan)
    assert plan.state is PlanState.DRAFT
    assert plan.returned_reason == "请补充需求调查的对象。"
    with world.uow("jingban") as uow:
        submit_plan(uow, SubmitPlan(plan.id, plan.version))
    assert plan.returned_reason == ""


def test_return_plan_without_reason_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    with pytest.raises(Invalid) as refused, world.uow("shenhe") as uow:
        return_plan(uow, ReturnPlan(plan.id, plan.version, " "))
    assert refused.value.field == "reason"


def test_approve_plan_reserves_its_money_by_level(world: World) -> None:
    plan = given_approved_plan(world)
    reserved = funds.standing_on(world.session, plan.budget_line_id, AccountKind.RESERVED, plan.id)
    assert reserved == {
        Level.PROVINCE: 3_600_000,
        Level.CITY: 7_200_000,
        Level.DISTRICT: 7_200_000,
    }
    assert plan.approved_by == world.actor("shenhe").user_id
    assert trail.fsck(world.session) == []


def test_approve_plan_when_another_took_the_money_is_refused(world: World) -> None:
    line = given_budget_line(world, Money.from_yuan(300_000))
    first = given_submitted_plan(world, plan_content(world, line))
    second = given_submitted_plan(world, plan_content(world, line, title="另一个项目"))
    with world.uow("shenhe") as uow:
        approve_plan(uow, ApprovePlan(first.id, first.version))
    with pytest.raises(Invalid, match="不够本次采购"), world.uow("shenhe") as uow:
        approve_plan(uow, ApprovePlan(second.id, second.version))


def test_approve_plan_by_its_drafter_is_denied(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    world.session.execute(
        text("UPDATE plan SET drafted_by=:u"), {"u": world.actor("shenhe").user_id}
    )
    world.session.commit()
    world.session.refresh(plan)
    with pytest.raises(Denied, match="由您编制"), world.uow("shenhe") as uow:
        approve_plan(uow, ApprovePlan(plan.id, plan.version))


def test_approve_plan_by_who_edited_it_in_another_office_is_denied(world: World) -> None:
    """SOD-1 by person: the trail knows every hand, the plan only who began it."""
    plan = given_drafted_plan(world)
    with world.uow_in_role("shenhe", Role.CLERK) as uow:
        told = queries.content_of(plan, project_of(world, plan))
        edit_plan(uow, EditPlan(plan.id, plan.version, replace(told, title="改过的名称")))
    world.session.refresh(plan)
    with world.uow("jingban") as uow:
        submit_plan(uow, SubmitPlan(plan.id, plan.version))
    world.session.refresh(plan)

    with pytest.raises(Denied, match="由您编制、修改或者送审"), world.uow("shenhe") as uow:
        approve_plan(uow, ApprovePlan(plan.id, plan.version))
    with pytest.raises(Denied), world.uow("shenhe") as uow:
        return_plan(uow, ReturnPlan(plan.id, plan.version, "请改"))
    number = project_of(world, plan).number
    assert "由您编制、修改或者送审" in world.client("shenhe").get(f"/projects/{number}/plan").text


def test_database_refuses_one_person_as_drafter_and_approver(world: World) -> None:
    plan = given_approved_plan(world)
    with pytest.raises(DatabaseError, match="two_people"):
        world.session.execute(
            text("UPDATE plan SET approved_by=drafted_by WHERE id=:i"), {"i": plan.id}
        )
    world.session.rollback()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("ceiling_fen = amount_fen + 1", "ceiling_in_budget"),
        ("term_months = 37", "term_at_most_36_months"),
        ("amount_fen = 0", "amount_positive"),
    ],
)
def test_database_refuses_an_unlawful_plan(world: World, change: str, name: str) -> None:
    given_drafted_plan(world)
    with pytest.raises(DatabaseError, match=name):
        world.session.execute(text(f"UPDATE plan SET {change}"))  # noqa: S608
    world.session.rollback()


def test_approve_plan_twice_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_approved_plan(world)
    with pytest.raises(IllegalTransition), world.uow("shenhe") as uow:
        approve_plan(uow, ApprovePlan(plan.id, plan.version))


def test_approve_plan_by_others_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    for username in ("jingban", "yanshou", "jigou1", "shenji"):
        with pytest.raises((Denied, NotFound)), world.uow(username) as uow:
            approve_plan(uow, ApprovePlan(plan.id, plan.version))


def test_publish_intention_makes_the_project_public_and_starts_the_term(world: World) -> None:
    plan = given_announced_plan(world)
    project = project_of(world, plan)
    world.session.refresh(project)
    assert project.is_public
    found = notices.of_project(world.session, project.id)
    assert [notice.kind for notice in found] == [NoticeKind.INTENTION]
    rows = dict(found[0].sections[0]["rows"])
    assert rows["预算金额（万元）"] == "18"
    term = find_term(world.session, plan.id, "T01")
    assert term is not None
    assert term.due_on == date(2026, 4, 1)


def test_publish_intention_for_a_month_before_the_lawful_day_is_refused(
    embedded_world: World,
) -> None:
    world = embedded_world
    plan = given_approved_plan(world)
    with pytest.raises(Invalid, match="最早") as refused, world.uow("jingban") as uow:
        publish_intention(
            uow,
            PublishIntention(plan.id, plan.version, local_date(world.now) + timedelta(days=29)),
        )
    assert refused.value.field == "expected_on"


def test_publish_intention_before_approval_is_refused(embedded_world: World) -> None:
    world = embedded_world
    plan = given_submitted_plan(world)
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        publish_intention(uow, PublishIntention(plan.id, plan.version, date(2026, 6, 1)))


def test_plan_of_another_district_is_not_found(world: World) -> None:
    plan = given_drafted_plan(world)
    number = project_of(world, plan).number
    for username in ("jigou1", "pinggu1", "zhuanjia1"):
        with pytest.raises(NotFound):
            queries.get_plan_dossier(world.session, world.actor(username), number)
    assert queries.get_plan_dossier(world.session, world.actor("shenji"), number).plan.id == plan.id


def test_splitting_is_seen_across_plans_of_one_line_and_class(world: World) -> None:
    line = given_budget_line(world, Money.from_yuan(5_000_000))
    big = Money.from_yuan(1_600_000)
    given_submitted_plan(world, plan_content(world, line, amount=big, ceiling=big))
    plan = given_drafted_plan(world, plan_content(world, line, title="第二个项目"))
    project, item = project_of(world, plan), given_item(world)
    around = queries.surroundings_of(world.session, plan, project, line, item, world.now)
    assert around.others == big
    assert around.others_count == 1


def test_plan_of_another_class_is_no_splitting(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world, Money.from_yuan(5_000_000))
    given_submitted_plan(world, plan_content(world, line, item_code="0501"))
    plan = given_drafted_plan(world, plan_content(world, line))
    project, item = project_of(world, plan), given_item(world)
    around = queries.surroundings_of(world.session, plan, project, line, item, world.now)
    assert around.others_count == 0


def test_purchase_given_up_without_award_is_no_splitting(embedded_world: World) -> None:
    """The same plan anew after 任务取消 is not a second purchase."""
    world = embedded_world
    line = given_budget_line(world, Money.from_yuan(5_000_000))
    ended = given_submitted_plan(world, plan_content(world, line))
    with world.uow("shenhe") as uow:
        close_project(uow, uow.session.get_one(Project, ended.project_id))
    plan = given_drafted_plan(world, plan_content(world, line))
    project, item = project_of(world, plan), given_item(world)
    around = queries.surroundings_of(world.session, plan, project, line, item, world.now)
    assert (around.others, around.others_count) == (Money(0), 0)


@pytest.mark.parametrize(
    ("credit_code", "yuan"),
    [
        ("11440403007022229R", 4_000_000),
        ("11430100007022229R", 2_000_000),
        (None, 2_000_000),
    ],
)
def test_open_tender_amount_is_that_of_the_buyers_place(
    embedded_world: World, credit_code: str | None, yuan: int
) -> None:
    """政府采购法 art 27; Guangdong's own amount, elsewhere the least that may be set."""
    buyer = Organisation(credit_code=credit_code)
    found = queries.open_tender_threshold(buyer, local_date(embedded_world.now))
    assert found.money == Money.from_yuan(yuan)
