"""Who may do what with a plan, and when; who wrote it and who approves it are two people.

`wrote` says that the trail names the actor among those who drafted, edited or sent the plan.
"""

from datetime import datetime

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import ALLOWED, Verdict, first_refusal, refused
from procure.kernel.lifecycle import may_step
from procure.registers.projects.models import Project
from procure.registers.projects.policies import is_buyer
from procure.stages.plans.models import Plan

RULE_SEPARATION = "《政府采购法》第六十一条"
RULE_INTENTION = "《关于开展政府采购意向公开工作的通知》（财库〔2020〕10号）"
RULE_BUYER = "《政府购买服务管理办法》第五条"


def may_draft_plan(actor: Actor) -> Verdict:
    """Whether the actor may begin a plan for the own organisation."""
    buyer = (
        ALLOWED
        if actor.is_buyer
        else refused("您所在的单位不是购买主体，不能编制采购计划。", rule=RULE_BUYER)
    )
    return first_refusal(carries(actor, Permission.PLAN_DRAFT), buyer)


def may_edit_plan(actor: Actor, plan: Plan, project: Project, now: datetime) -> Verdict:
    """Whether the actor may change the plan."""
    return first_refusal(
        carries(actor, Permission.PLAN_DRAFT),
        is_buyer(actor, project),
        may_step("edit_plan", plan.state),
    )


def may_submit_plan(actor: Actor, plan: Plan, project: Project, now: datetime) -> Verdict:
    """Whether the actor may send the plan for approval."""
    return first_refusal(
        carries(actor, Permission.PLAN_DRAFT),
        is_buyer(actor, project),
        may_step("submit_plan", plan.state),
    )


def may_return_plan(
    actor: Actor, plan: Plan, project: Project, now: datetime, *, wrote: bool
) -> Verdict:
    """Whether the actor may send the plan back."""
    return first_refusal(
        carries(actor, Permission.PLAN_APPROVE),
        is_buyer(actor, project),
        may_step("return_plan", plan.state),
        _two_people(actor, plan, wrote),
    )


def may_approve_plan(
    actor: Actor, plan: Plan, project: Project, now: datetime, *, wrote: bool
) -> Verdict:
    """Whether the actor may approve the plan: never who drafted, edited or sent it (SOD-1)."""
    return first_refusal(
        carries(actor, Permission.PLAN_APPROVE),
        is_buyer(actor, project),
        may_step("approve_plan", plan.state),
        _two_people(actor, plan, wrote),
    )


def may_publish_intention(actor: Actor, plan: Plan, project: Project, now: datetime) -> Verdict:
    """Whether the actor may publish the intention."""
    return first_refusal(
        carries(actor, Permission.INTENTION_PUBLISH),
        is_buyer(actor, project),
        may_step("publish_intention", plan.state),
    )


def _two_people(actor: Actor, plan: Plan, wrote: bool) -> Verdict:
    if actor.user_id != plan.drafted_by and not wrote:
        return ALLOWED
    return refused(
        "这份计划由您编制、修改或者送审，不能由您审核。",
        rule=RULE_SEPARATION,
        remedy="请由本单位的另一位审核负责人办理。",
    )
