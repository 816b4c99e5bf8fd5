"""What can be done with a tender, by whom and where: the rows that pages and desks are drawn from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.lifecycle import Stage, TenderState, label_of
from procure.registers.projects.models import Project
from procure.stages.plans.models import Plan
from procure.stages.tenders import policies
from procure.stages.tenders.models import Tender
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class TenderFacts(Facts):
    """A tender for one reader; `is_author` says that the trail names them among its writers, `taken`
    that their organisation fetched the document.
    """

    tender: Tender
    project: Project
    now: datetime
    is_author: bool = False
    taken: bool = False


@dataclass(frozen=True, kw_only=True)
class BeginningFacts(Facts):
    """A plan whose tender may be begun, or begun again after the `newest` one ended."""

    plan: Plan
    project: Project
    newest: Tender | None

    @property
    def is_again(self) -> bool:
        """Whether the purchase was put out before."""
        return self.project.stage is not Stage.PLAN

    @property
    def named(self) -> str:
        """What beginning is called, the first time and again."""
        return f"{'重新' if self.is_again else ''}{label_of('draft_tender')}"


# fmt: off
BEGIN: StepOf[BeginningFacts] = StepOf("draft_tender", "tenders.draft",
    lambda it: policies.may_draft_tender(it.actor, it.plan, it.project, it.newest),
    todo=lambda it: f"上次采购没有成交，可以{it.named}" if it.is_again else f"采购意向已公开，可以{it.named}",
    label=lambda it: it.named)

EDIT: StepOf[TenderFacts] = StepOf("edit_tender", "tenders.edit",
    todo=lambda it: (f"采购文件{'被退回，请修改后再' if it.tender.returned_reason else '等您填写并'}送审"), begins="tenders.show")
SUBMIT: StepOf[TenderFacts] = StepOf("submit_tender", "tenders.submit")
DECIDE: StepOf[TenderFacts] = StepOf("publish_tender", "tenders.decide",
    lambda it: policies.may_return_tender(it.actor, it.tender, it.project, is_author=it.is_author), todo="采购文件等您审核发布",
    also=("return_tender",), label="审核采购文件")
TAKE: StepOf[TenderFacts] = StepOf("", "tenders.take", lambda it: policies.may_take_document(it.actor, it.tender, it.now), todo="正在采购，可以领取采购文件",
    begins="tenders.show", label="领取采购文件", office=Permission.BID_DRAFT,
    when=lambda it: it.tender.state is TenderState.PUBLISHED and not it.taken)
TERMINATE: StepOf[TenderFacts] = StepOf("terminate_tender", "tenders.terminate",
    lambda it: policies.may_terminate_tender(it.actor, it.tender, it.project),
    when=lambda it: policies.is_undecided(it.tender, it.project))

TENDER_STEPS = (EDIT, DECIDE, TAKE)
"""What the case and the desk offer."""
STEPS: tuple[StepOf[Any], ...] = (BEGIN, *TENDER_STEPS, SUBMIT, TERMINATE)
