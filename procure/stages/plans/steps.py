"""What can be done with a plan, by whom and where: the rows that pages and desks are drawn from."""

from dataclasses import dataclass
from typing import Any

from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import PlanState
from procure.registers.projects.models import Project
from procure.stages.plans import policies
from procure.stages.plans.models import Plan, PlanAct, PlanChange
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class PlanFacts(Facts):
    """A plan for one reader; `is_author` says that the trail names them among its writers, `is_out`
    that a tender of it stands announced.
    """

    plan: Plan
    project: Project
    is_author: bool = False
    pending: PlanChange | None = None
    is_out: bool = False

    def may_propose(self, act: PlanAct) -> Verdict:
        """Whether the reader may ask for that change."""
        return policies.may_propose_change(
            self.actor, self.plan, self.project, act, pending=self.pending, is_out=self.is_out
        )


def _may_decide_change(it: PlanFacts) -> Verdict:
    return policies.may_decide_change(
        it.actor, it.plan, it.project, pending=it.pending, is_author=it.is_author, is_out=it.is_out
    )


# fmt: off
PLAN_STEPS: tuple[StepOf[PlanFacts], ...] = (
    StepOf("change_plan", "plans.decide_change", _may_decide_change,
        todo=lambda it: (f"有人申请{it.pending.act.label}，等您决定" if it.pending else ""),
        also=("cancel_plan", "refuse_plan_change"), label="审核采购计划的调整或者取消", when=lambda it: it.pending is not None, usual=False),
    StepOf("submit_plan", "plans.submit",
        todo=lambda it: (f"采购计划{'被退回，请修改后再' if it.plan.returned_reason else '等您'}送审")),
    StepOf("approve_plan", "plans.decide",
        lambda it: policies.may_approve_plan(it.actor, it.plan, it.project, is_author=it.is_author), todo="采购计划等您审核",
        also=("return_plan",), label="审核采购计划"),
    StepOf("publish_intention", "plans.publish", todo="采购计划已批准，等您公开采购意向"),
)
"""The way on."""

PLAN_CHANGES: tuple[StepOf[PlanFacts], ...] = (
    StepOf("edit_plan", "plans.edit"),
    StepOf("recall_plan", "plans.recall"),
    StepOf("discard_plan", "plans.discard", when=lambda it: it.plan.submitted_at is None),
    StepOf("withdraw_plan_change", "plans.withdraw_change", when=lambda it: it.pending is not None),
    StepOf("propose_plan_change", "plans.adjust", lambda it: it.may_propose(PlanAct.ADJUST),
        label=f"申请{PlanAct.ADJUST.label}",
        when=lambda it: it.pending is None and it.plan.state is not PlanState.DRAFT),
    StepOf("propose_plan_change", "plans.cancel", lambda it: it.may_propose(PlanAct.CANCEL),
        label=f"申请{PlanAct.CANCEL.label}",
        when=lambda it: it.pending is None and it.plan.submitted_at is not None),
)
"""What changes the plan or leads back; nobody waits for it."""

STEPS: tuple[StepOf[Any], ...] = (
    StepOf[PlanFacts]("draft_plan", "plans.draft"),
    *PLAN_STEPS,
    *PLAN_CHANGES,
)
