"""Who may do what with a plan, and when; who wrote it and who approves it are two people.

`is_author` says that the trail names the actor among those who drafted, edited or sent the plan.
"""

from procure.kernel.access import Actor, Permission, carries, may_take_back
from procure.kernel.errors import IllegalTransition, Verdict, first_refusal, refused, refused_if
from procure.kernel.laws import cite
from procure.kernel.lifecycle import PlanState, may_step, may_take
from procure.registers.projects.models import Project
from procure.registers.projects.policies import is_buyer, not_closed
from procure.stages.plans.models import Plan, PlanAct, PlanChange

RULE_SEPARATION = cite("duties_apart")
RULE_INTENTION = "《关于开展政府采购意向公开工作的通知》（财库〔2020〕10号）"
RULE_KEPT = cite("files_kept")
RULE_ANNOUNCED = cite("document_changed")
RULE_BUYER = cite("who_buys")


def may_draft_plan(actor: Actor) -> Verdict:
    """Whether the actor may begin a plan for the own organisation."""
    return first_refusal(
        carries(actor, Permission.PLAN_DRAFT),
        refused_if(
            not actor.is_buyer, "您所在的单位不是购买主体，不能编制采购计划。", rule=RULE_BUYER
        ),
    )


def may_as_buyer(
    action: str, actor: Actor, plan: Plan, project: Project, *also: Verdict
) -> Verdict:
    """Whether a person of the buyer may take the step; `also` is what it asks besides."""
    return may_take(action, actor, plan.state, is_buyer(actor, project), *also)


def may_return_plan(actor: Actor, plan: Plan, project: Project, *, is_author: bool) -> Verdict:
    """Whether the actor may send the plan back."""
    two_people = _two_people(actor, plan, is_author)
    return may_as_buyer("return_plan", actor, plan, project, two_people)


def may_approve_plan(actor: Actor, plan: Plan, project: Project, *, is_author: bool) -> Verdict:
    """Whether the actor may approve the plan: never who drafted, edited or sent it (SOD-1)."""
    two_people = _two_people(actor, plan, is_author)
    return may_as_buyer("approve_plan", actor, plan, project, two_people)


def may_discard_plan(actor: Actor, plan: Plan, project: Project) -> Verdict:
    """Whether the actor may throw the draft away: only one that nobody was ever asked to judge."""
    return may_as_buyer(
        "discard_plan",
        actor,
        plan,
        project,
        refused_if(
            plan.submitted_at is not None,
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
        refused_if(
            pending,
            f"已经有人申请{pending.act.label if pending else ''}，还没有决定。",
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
    if pending is None:
        own = refused("没有待决定的申请。", error=IllegalTransition)
    else:
        own = may_take_back(actor, pending.proposed_by)
    return may_as_buyer("withdraw_plan_change", actor, plan, project, own)


def _may_become(act: PlanAct, plan: Plan) -> Verdict:
    if act is PlanAct.ADJUST:
        return may_step("change_plan", plan.state)
    if plan.state is PlanState.DRAFT and plan.submitted_at is None:
        return refused(
            "这份计划从未送审，不用申请取消。", remedy="请直接删除草稿。", error=IllegalTransition
        )
    return may_step("cancel_plan", plan.state)


def _not_out(project: Project, *, is_out: bool) -> Verdict:
    return first_refusal(
        not_closed(project),
        refused_if(
            is_out,
            "采购公告已经发布，不能调整或者取消采购计划。",
            rule=RULE_ANNOUNCED,
            remedy="需要停止的，请审核负责人终止采购活动；采购任务取消的，占用的预算同时退回。",
            error=IllegalTransition,
        ),
    )


def _two_people(actor: Actor, plan: Plan, is_author: bool) -> Verdict:
    return refused_if(
        actor.user_id == plan.drafted_by or is_author,
        "这份计划由您编制、修改或者送审，不能由您审核。",
        rule=RULE_SEPARATION,
        remedy="请由本单位的另一位审核负责人办理。",
    )
