"""Budget lines and plans, each brought where a test needs it by the use cases of its people."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.money import Money
from procure.kernel.vocabulary import BuyMode, PriceWay, ProcurementMethod
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.use_cases import (
    RegisterBudgetLine,
    ShareDraft,
    register_budget_line,
)
from procure.registers.projects.models import Project
from procure.stages.plans.content import PlanContent
from procure.stages.plans.models import Plan
from procure.stages.plans.queries import earliest_start
from procure.stages.plans.use_cases import (
    ApprovePlan,
    DraftPlan,
    PublishIntention,
    SubmitPlan,
    approve_plan,
    draft_plan,
    publish_intention,
    submit_plan,
)
from tests.factories.catalogue import given_item
from tests.world import World

HOME_CARE_BUDGET = Money.from_yuan(180_000)
SHARES = ((Level.PROVINCE, 2), (Level.CITY, 4), (Level.DISTRICT, 4))


def given_budget_line(
    world: World,
    amount: Money = Money.from_yuan(1_000_000),
    *,
    code: str = "2080299-01",
    clerk: str = "jingban",
    shares: tuple[tuple[Level, int], ...] = SHARES,
) -> BudgetLine:
    """A line of the clerk's organisation, registered by the district's budget officer."""
    with world.uow("yusuan") as uow:
        line = register_budget_line(
            uow,
            RegisterBudgetLine(
                buyer_id=world.actor(clerk).organisation_id,
                year=local_date(world.now).year,
                code=code,
                name="社区居家养老服务经费",
                function_code="2081006",
                economic_code="50299",
                fund_source="一般公共预算",
                amount=amount,
                shares=tuple(ShareDraft(level, weight) for level, weight in shares),
            ),
        )
        return uow.session.get_one(BudgetLine, line.id)


def plan_content(world: World, line: BudgetLine | None = None, **changes: Any) -> PlanContent:
    """The answers of a lawful plan for two home-care stations; change what the test is about."""
    line = line or given_budget_line(world)
    code = changes.pop("item_code", "0201")
    content = PlanContent(
        title="斗门区社区居家养老服务站（两站）项目",
        catalogue_item_id=given_item(world, code).id,
        budget_line_id=line.id,
        amount=HOME_CARE_BUDGET,
        ceiling=HOME_CARE_BUDGET,
        method=ProcurementMethod.CONSULTATION,
        mode=BuyMode.PROJECT,
        price_way=PriceWay.LOW_PRICE_FIRST,
        term_months=12,
        expected_on=local_date(world.now) + timedelta(days=45),
        requested_by="井岸镇人民政府",
        reason="两个社区共有重点老年人一百二十人，独居和空巢的占六成，日间照料和探访缺口较大。",
        outline="在两个社区各运营一个居家养老服务站，为六十周岁以上老年人提供日间照料、探访、活动和志愿服务，服务期十二个月。",
        survey="2026年1月调查三家社会工作机构并召开两次居民座谈会，均认为经费和频次可行。",
        negative_list=(False,) * 6,
        term_conditions=(False,) * 4,
        surveyed_on=local_date(world.now) - timedelta(days=30),
    )
    return replace(content, **changes)


def given_drafted_plan(world: World, content: PlanContent | None = None) -> Plan:
    """A plan that its clerk has written down."""
    told = content or plan_content(world)
    with world.uow("jingban") as uow:
        return draft_plan(uow, DraftPlan(told))


def given_submitted_plan(world: World, content: PlanContent | None = None) -> Plan:
    """A plan that waits for the approver."""
    plan = given_drafted_plan(world, content)
    with world.uow("jingban") as uow:
        return submit_plan(uow, SubmitPlan(plan.id, plan.version))


def given_approved_plan(world: World, content: PlanContent | None = None) -> Plan:
    """A plan approved by the second person, its money reserved."""
    plan = given_submitted_plan(world, content)
    with world.uow("shenhe") as uow:
        return approve_plan(uow, ApprovePlan(plan.id, plan.version, "同意"))


def given_announced_plan(world: World, content: PlanContent | None = None) -> Plan:
    """A plan whose intention became public today."""
    plan = given_approved_plan(world, content)
    first = earliest_start(local_date(world.now)).on
    with world.uow("jingban") as uow:
        publish_intention(
            uow, PublishIntention(plan.id, plan.version, max(plan.expected_on, first))
        )
    world.session.refresh(plan)
    return plan


def project_of(world: World, plan: Plan) -> Project:
    """The plan's project."""
    return world.session.get_one(Project, plan.project_id)


def first_lawful_day(published_on: date) -> date:
    """The first day on which the activity may start (T01)."""
    return earliest_start(published_on).on
