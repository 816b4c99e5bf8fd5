"""Budget line, plan, approval, intention."""

from datetime import timedelta

from sqlalchemy import select

from procure.demonstration.walk import Walk
from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import CatalogueItemState, Stage
from procure.kernel.money import Money
from procure.kernel.vocabulary import (
    LONG_TERM_CONDITIONS,
    NEGATIVE_LIST,
    PriceWay,
    ProcurementMethod,
)
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.use_cases import RegisterBudgetLine, ShareDraft, register_budget_line
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.catalogue.use_cases import load_shipped_catalogue
from procure.stages.plans import queries as plans
from procure.stages.plans.content import PlanContent
from procure.stages.plans.models import Plan
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

SURVEYED_BEFORE = 30
"""How many days before the plan the story's survey ended."""


def load_catalogue(walk: Walk) -> None:
    """Take in the shipped catalogue, unless it is there."""
    with walk.as_("mulu") as uow:
        load_shipped_catalogue(uow)


def register_money(walk: Walk) -> None:
    """The budget officer registers the line of the year, unless it is there."""
    told = walk.told["budget_line"]
    buyer = walk.organisation_of(walk.buyer)
    year = walk.today.year
    known = walk.session.scalars(
        select(BudgetLine).where(
            BudgetLine.buyer_id == buyer.id,
            BudgetLine.year == year,
            BudgetLine.code == told["code"],
        )
    ).first()
    if known is not None:
        walk.made["budget_line"] = known.id
        return
    amount = Money.parse(told["amount"])
    with walk.as_("yusuan") as uow:
        line = register_budget_line(
            uow,
            RegisterBudgetLine(
                buyer_id=buyer.id,
                year=year,
                code=told["code"],
                name=told["name"],
                function_code=told["function_code"],
                economic_code=told["economic_code"],
                fund_source=told["fund_source"],
                amount=amount,
                shares=tuple(
                    ShareDraft(Level(share["level"]), share["weight"]) for share in told["shares"]
                ),
            ),
        )
        walk.made["budget_line"] = line.id
    walk.say("yusuan", Stage.PLAN, "登记预算指标和分担比例", amount)


def submit_the_plan(walk: Walk) -> None:
    """The clerk drafts the plan with its demand and sends it to be approved."""
    told = walk.told
    item = walk.one(
        CatalogueItem,
        CatalogueItem.code == told["catalogue_item"],
        CatalogueItem.state == CatalogueItemState.PUBLISHED,
    )
    amount = Money.parse(walk.story.facts["budget_per_year"])
    with walk.as_("jingban") as uow:
        plan = draft_plan(
            uow,
            DraftPlan(
                PlanContent(
                    title=walk.title,
                    catalogue_item_id=item.id,
                    budget_line_id=walk.made["budget_line"],
                    amount=amount,
                    ceiling=Money.parse(told["ceiling"]),
                    method=ProcurementMethod(told["method"]),
                    mode=item.mode,
                    price_way=PriceWay(told["price_way"]),
                    term_months=walk.story.facts["term_months"],
                    expected_on=plans.earliest_start(walk.today).on,
                    requested_by=told["requested_by"],
                    reason=told["reason"].strip(),
                    outline=told["outline"].strip(),
                    survey=told["survey"].strip(),
                    negative_list=(False,) * len(NEGATIVE_LIST),
                    term_conditions=(False,) * len(LONG_TERM_CONDITIONS),
                    surveyed_on=walk.today - timedelta(days=SURVEYED_BEFORE),
                )
            ),
        )
        walk.made["plan"] = plan.id
        walk.project_id = plan.project_id
    walk.say("jingban", Stage.PLAN, f"编制采购计划 {walk.project.number}", amount)
    with walk.as_("jingban") as uow:
        submit_plan(uow, SubmitPlan(plan.id, _plan(walk).version))
    walk.say("jingban", Stage.PLAN, "送审采购计划")


def approve_the_plan(walk: Walk) -> None:
    """The approver, another person, approves; the money is reserved."""
    walk.workdays_later(1, 10)
    with walk.as_("shenhe") as uow:
        plan = _plan(walk)
        approve_plan(uow, ApprovePlan(plan.id, plan.version, "需求明确，预算有保障，同意。"))
    walk.say("shenhe", Stage.PLAN, "批准采购计划，占用预算", Money(_plan(walk).amount_fen))


def announce_the_intention(walk: Walk) -> None:
    """The clerk publishes the intention, thirty days before the activity may begin (T01)."""
    walk.workdays_later(1)
    earliest = plans.earliest_start(local_date(walk.clock.now()))
    with walk.as_("jingban") as uow:
        plan = _plan(walk)
        notice = publish_intention(uow, PublishIntention(plan.id, plan.version, earliest.on))
        walk.made["intention"] = notice.number
    walk.made["activity_from"] = earliest.on
    walk.say("jingban", Stage.PLAN, f"公开采购意向，{earliest.on.isoformat()} 起可以开展采购活动")


def _plan(walk: Walk) -> Plan:
    return walk.session.get_one(Plan, walk.made["plan"])
