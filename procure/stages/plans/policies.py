"""Who may do what with a plan, and when; who wrote it and who approves it are two people.

`is_author` says that the trail names the actor among those who drafted, edited or sent the plan.
"""

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import ALLOWED, IllegalTransition, Verdict, first_refusal, refused
from procure.kernel.laws import cite
from procure.kernel.lifecycle import PlanState, may_step, may_take
from procure.registers.projects.models import Project
from procure.registers.projects.policies import is_buyer
from procure.stages.plans.models import Plan, PlanAct, PlanChange

RULE_SEPARATION = cite("duties_apart")
RULE_INTENTION = "《关于开展政府采购意向公开工作的通知》（财库〔2020〕10号）"
RULE_KEPT = cite("files_kept")
RULE_ANNOUNCED = cite("document_changed")
RULE_BUYER = cite("who_buys")


def may_draft_plan(actor: Actor) -> Verdict:
    """Whether the actor may begin a plan for the own organisation."""
    buyer = (
        ALLOWED
        if actor.is_buyer
        else refused("您所在的单位不是购买主体，不能编制采购计划。", rule=RULE_BUYER)
    )
    return first_refusal(carries(actor, Permission.PLAN_DRAFT), buyer)


def may_edit_plan(actor: Actor, plan: Plan, project: Project) -> Verdict:
    """Whether the actor may change the plan."""
    return may_take("edit_plan", actor, plan.state, is_buyer(actor, project))


def may_submit_plan(actor: Actor, plan: Plan, project: Project) -> Verdict:
    """Whether the actor may send the plan for approval."""
    return may_take("submit_plan", actor, plan.state, is_buyer(actor, project))


def may_return_plan(actor: Actor, plan: Plan, project: Project, *, is_author: bool) -> Verdict:
    """Whether the actor may send the plan back."""
    return may_take(
        "return_plan",
        actor,
        plan.state,
        is_buyer(actor, project),
        _two_people(actor, plan, is_author),
    )


def may_approve_plan(actor: Actor, plan: Plan, project: Project, *, is_author: bool) -> Verdict:
    """Whether the actor may approve the plan: never who drafted, edited or sent it (SOD-1)."""
    return may_take(
        "approve_plan",
        actor,
        plan.state,
        is_buyer(actor, project),
        _two_people(actor, plan, is_author),
    )


def may_publish_intention(actor: Actor, plan: Plan, project: Project) -> Verdict:
    """Whether the actor may publish the intention."""
    return may_take("publish_intention", actor, plan.state, is_buyer(actor, project))


def may_recall_plan(actor: Actor, plan: Plan, project: Project) -> Verdict:
    """Whether the actor may take the plan back from who is to judge it."""
    return may_take("recall_plan", actor, plan.state, is_buyer(actor, project))


def may_discard_plan(actor: Actor, plan: Plan, project: Project) -> Verdict:
    """Whether the actor may throw the draft away: only one that nobody was ever asked to judge."""
    return may_take(
        "discard_plan",
        actor,
        plan.state,
        is_buyer(actor, project),
        ALLOWED
        if plan.submitted_at is None
        else refused(
            "这份计划送审过，审核人看过的计划不能删除。",
            rule=RULE_KEPT,
            remedy="不再采购的，请申请取消采购计划。",
            error=IllegalTransition,
        ),
    )


def may_propose_change(
    actor: Actor,
    plan: Plan,
    project: Project,
    act: PlanAct,
    *,
    pending: PlanChange | None,
    is_out: bool,
) -> Verdict:
    """Whether the actor may ask that the plan be adjusted or cancelled.

    `is_out` says that a tender of it stands announced: what suppliers work on is not changed below
    them, the purchase is ended first.
    """
    return first_refusal(
        carries(actor, Permission.PLAN_DRAFT),
        is_buyer(actor, project),
        _may_become(act, plan),
        _not_out(project, is_out=is_out),
        ALLOWED
        if pending is None
        else refused(
            f"已经有人申请{pending.act.label}，还没有决定。",
            remedy="请等审核负责人决定，或者由申请人撤回。",
            error=IllegalTransition,
        ),
    )


def may_decide_change(
    actor: Actor,
    plan: Plan,
    project: Project,
    *,
    pending: PlanChange | None,
    is_author: bool,
    is_out: bool,
) -> Verdict:
    """Whether the actor may decide on what was asked: who approves plans, and wrote none of it."""
    if pending is None:
        nothing = refused(
            "没有待决定的申请。", remedy="请由经办人先提出。", error=IllegalTransition
        )
        return first_refusal(carries(actor, Permission.PLAN_APPROVE), nothing)
    return first_refusal(
        carries(actor, Permission.PLAN_APPROVE),
        is_buyer(actor, project),
        _may_become(pending.act, plan),
        _not_out(project, is_out=is_out),
        _two_people(actor, plan, is_author or actor.user_id == pending.proposed_by),
    )


def may_withdraw_change(
    actor: Actor, plan: Plan, project: Project, *, pending: PlanChange | None
) -> Verdict:
    """Whether the actor may take back what was asked for and is not decided."""
    return may_take(
        "withdraw_plan_change",
        actor,
        plan.state,
        is_buyer(actor, project),
        ALLOWED if pending is not None else refused("没有待决定的申请。", error=IllegalTransition),
    )


def _may_become(act: PlanAct, plan: Plan) -> Verdict:
    if act is PlanAct.ADJUST:
        return may_step("change_plan", plan.state)
    if plan.state is PlanState.DRAFT and plan.submitted_at is None:
        return refused(
            "这份计划从未送审，不用申请取消。", remedy="请直接删除草稿。", error=IllegalTransition
        )
    return may_step("cancel_plan", plan.state)


def _not_out(project: Project, *, is_out: bool) -> Verdict:
    if project.closed_at is not None:
        return refused("这个项目已经办结。", error=IllegalTransition)
    if not is_out:
        return ALLOWED
    return refused(
        "采购公告已经发布，不能调整或者取消采购计划。",
        rule=RULE_ANNOUNCED,
        remedy="需要停止的，请审核负责人终止采购活动；采购任务取消的，占用的预算同时退回。",
        error=IllegalTransition,
    )


def _two_people(actor: Actor, plan: Plan, is_author: bool) -> Verdict:
    if actor.user_id != plan.drafted_by and not is_author:
        return ALLOWED
    return refused(
        "这份计划由您编制、修改或者送审，不能由您审核。",
        rule=RULE_SEPARATION,
        remedy="请由本单位的另一位审核负责人办理。",
    )
