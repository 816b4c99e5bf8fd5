"""Verbs that lead a plan back: take it back, throw a draft away, adjust or cancel by two persons."""

from collections.abc import Callable

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import PlanState, advance
from procure.kernel.text import require_text, titled
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.use_cases import cancel_terms
from procure.registers.funds.models import AccountKind, BudgetLine
from procure.registers.funds.queries import Purse
from procure.registers.funds.use_cases import release, reserve
from procure.registers.notices.models import Notice
from procure.registers.notices.queries import tender_is_out
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import close_project, discard_project
from procure.stages.plans import policies, queries
from procure.stages.plans.content import (
    ANNOUNCED,
    FIELD_WORDS,
    PlanContent,
    changed_fields,
    require_clear,
    require_lawful,
    warnings,
)
from procure.stages.plans.events import (
    IntentionOutdated,
    PlanCancelled,
    PlanChanged,
    PlanChangeProposed,
    PlanChangeRefused,
    PlanChangeWithdrawn,
    PlanDiscarded,
    PlanRecalled,
)
from procure.stages.plans.models import Plan, PlanAct, PlanChange
from procure.stages.plans.notice import cancellation_sections
from procure.stages.plans.use_cases import (
    carry_to_project,
    columns_of,
    findings_of,
    load,
    named,
    told_of,
)
from procure.store.holding import hold_all, take_up
from procure.store.proposals import decide, explain_proposal, propose, waiting_for, withdraw
from procure.store.unit_of_work import UnitOfWork

explain_proposal(PlanChange, "", "这份计划已经有一项申请等待决定。", policies.RULE_SEPARATION)


class RecallPlan(Command):
    """Take back a plan that was sent and is not yet judged."""

    plan_id: str
    version: int


class DiscardPlan(Command):
    """Throw away a draft that was never sent."""

    plan_id: str
    version: int
    reason: str


class ProposePlanChange(Command):
    """Ask that the plan say `content` from now on; without content, that it be cancelled."""

    plan_id: str
    version: int
    reason: str
    content: PlanContent | None = None


class WithdrawPlanChange(Command):
    """Take back what was asked for."""

    plan_id: str
    version: int


class DecidePlanChange(Command):
    """Agree to what was asked for, or refuse it with the reason."""

    plan_id: str
    version: int
    agreed: bool
    reason: str = ""


def recall_plan(uow: UnitOfWork, command: RecallPlan) -> Plan:
    """Take the plan back to be written on; what was sent stays in the trail."""
    plan, project = load(uow, command.plan_id)
    verdict = policies.may_as_buyer("recall_plan", uow.actor, plan, project)
    take_up(plan, command, verdict, "recall_plan")
    digest = queries.content_of(plan, project).digest
    uow.emit(PlanRecalled(subject_id=plan.id, project=project.id, digest=digest))
    return plan


def discard_plan(uow: UnitOfWork, command: DiscardPlan) -> Plan:
    """Throw a draft and its project away; the event keeps all it said, the number is not given again."""
    plan, project = load(uow, command.plan_id)
    take_up(plan, command, policies.may_discard_plan(uow.actor, plan, project))
    reason = _reason(command.reason, "删除")
    plan.state = advance("discard_plan", plan.state)
    uow.emit(
        PlanDiscarded(
            subject_id=plan.id,
            project=project.id,
            title=project.title,
            reason=reason,
            content=queries.content_of(plan, project).told,
        )
    )
    discard_project(uow, project)
    return plan


def propose_plan_change(uow: UnitOfWork, command: ProposePlanChange) -> PlanChange:
    """Ask that the plan be adjusted or cancelled, with the reason; another person decides.

    Raises Invalid for what no plan may say, for what speaks against it at this moment, and where
    nothing is to be changed.
    """
    plan, project = load(uow, command.plan_id)
    act = PlanAct.CANCEL if command.content is None else PlanAct.ADJUST
    verdict = policies.may_propose_change(
        uow.actor,
        plan,
        project,
        act,
        pending=waiting_for(uow.session, PlanChange, plan.id),
        is_out=tender_is_out(uow.session, project.id),
    )
    take_up(plan, command, verdict)
    reason = _reason(command.reason, "调整或者取消")
    changes = () if command.content is None else _checked(uow, plan, project, command.content)
    told = command.content.told if command.content else {}
    change = PlanChange(plan_id=plan.id, act=act, content=told, reason=reason)
    propose(uow, change, plan)
    uow.emit(
        PlanChangeProposed(
            subject_id=plan.id,
            project=project.id,
            change_id=change.id,
            act=act,
            act_words=act.label,
            reason=reason,
            changes=changes,
            digest=(command.content or queries.content_of(plan, project)).digest,
        )
    )
    return change


def withdraw_plan_change(uow: UnitOfWork, command: WithdrawPlanChange) -> None:
    """Take back what was asked for and nobody has decided."""
    plan, project = load(uow, command.plan_id)
    change = waiting_for(uow.session, PlanChange, plan.id)
    take_up(plan, command, policies.may_withdraw_change(uow.actor, plan, project, pending=change))
    assert change is not None
    withdraw(uow, change, plan)
    uow.emit(
        PlanChangeWithdrawn(
            subject_id=plan.id,
            project=project.id,
            change_id=change.id,
            act_words=change.act.label,
        )
    )


def decide_plan_change(uow: UnitOfWork, command: DecidePlanChange) -> None:
    """Carry out what another person asked for, or refuse it with the reason.

    Raises Denied to who asked or wrote any of the plan, Invalid when the change no longer fits.
    """
    plan, project = load(uow, command.plan_id)
    change = waiting_for(uow.session, PlanChange, plan.id)
    verdict = policies.may_decide_change(
        uow.actor,
        plan,
        project,
        pending=change,
        is_author=queries.AUTHORS.include(uow.session, uow.actor, project.id),
        is_out=tender_is_out(uow.session, project.id),
    )
    take_up(plan, command, verdict)
    assert change is not None
    if not command.agreed:
        change.refusal = _reason(command.reason, "不同意")
    decide(uow, change, plan, agreed=command.agreed)
    if command.agreed:
        _CARRY_OUT[change.act](uow, plan, project, change)
        return
    uow.emit(
        PlanChangeRefused(
            subject_id=plan.id,
            project=project.id,
            change_id=change.id,
            act_words=change.act.label,
            reason=change.refusal,
        )
    )


def _adjust(uow: UnitOfWork, plan: Plan, project: Project, change: PlanChange) -> None:
    before, content = queries.content_of(plan, project), PlanContent.read(change.content)
    changes = _checked(uow, plan, project, content)
    found = warnings(findings_of(uow, plan, project, content))
    item, line = named(uow, content, project.buyer_id, plan.catalogue_item_id)
    former = uow.session.get_one(BudgetLine, plan.budget_line_id)
    plan.state = advance("change_plan", plan.state)
    for name, value in columns_of(content).items():
        setattr(plan, name, value)
    plan.approved_by, plan.approved_at = uow.actor.user_id, uow.now
    carry_to_project(uow, project, content)
    if (former.id, before.amount) != (line.id, content.amount):
        # Both at once and in order: another plan may go from this line to that one.
        hold_all(uow.session, BudgetLine, BudgetLine.id.in_({former.id, line.id}))
        release(uow, Purse(former, project, plan.id))
        reserve(uow, Purse(line, project, plan.id), plan.amount_fen)
    uow.emit(
        PlanChanged.of(
            plan,
            **told_of(project, item, line, content),
            change_id=change.id,
            proposed_by=change.proposed_by,
            reason=change.reason,
            changes=changes,
            warnings=found,
        )
    )
    told = [name for name in changed_fields(before, content) if name in ANNOUNCED]
    if plan.state is PlanState.INTENTION_PUBLISHED and told:
        _outdate(uow, plan, project, told)


def _outdate(uow: UnitOfWork, plan: Plan, project: Project, told: list[str]) -> None:
    """The public gets its thirty days for what is really meant to be bought (财库〔2020〕10号)."""
    plan.state = advance("outdate_intention", plan.state)
    plan.intention_published_at = None
    cancel_terms(uow, plan.id, queries.INTENTION_RULE)
    words = tuple(FIELD_WORDS[name] for name in told)
    uow.emit(IntentionOutdated(subject_id=plan.id, project=project.id, changed=words))


def _cancel(uow: UnitOfWork, plan: Plan, project: Project, change: PlanChange) -> None:
    line = uow.session.get_one(BudgetLine, plan.budget_line_id)
    purse = Purse(line, project, plan.id)
    held = sum(purse.held(uow.session, AccountKind.RESERVED).values())
    plan.state = advance("cancel_plan", plan.state)
    release(uow, purse)
    cancel_terms(uow, plan.id)
    notice = _announce(uow, project, change.reason)
    uow.emit(
        PlanCancelled(
            subject_id=plan.id,
            project=project.id,
            change_id=change.id,
            proposed_by=change.proposed_by,
            reason=change.reason,
            released_fen=held,
            notice=notice.number if notice else "",
            notice_sha256=notice.sha256 if notice else "",
        )
    )
    close_project(uow, project)


_CARRY_OUT: dict[PlanAct, Callable[[UnitOfWork, Plan, Project, PlanChange], None]] = {
    PlanAct.ADJUST: _adjust,
    PlanAct.CANCEL: _cancel,
}


def _announce(uow: UnitOfWork, project: Project, reason: str) -> Notice | None:
    """Who read the intention reads that nothing will be bought; None where it never was public."""
    intention = queries.intention_of(uow.session, project.id)
    if intention is None:
        return None
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    return publish_notice(
        uow,
        project=project,
        kind=NoticeKind.CANCELLATION,
        title=titled(project.title, "采购意向取消公告"),
        sections=cancellation_sections(project, buyer, intention, reason),
    )


def _checked(
    uow: UnitOfWork, plan: Plan, project: Project, content: PlanContent
) -> tuple[tuple[str, str, str], ...]:
    """What would be changed: answer, before, after. Invalid when the plan may not say that."""
    named(uow, content, project.buyer_id, plan.catalogue_item_id)
    require_lawful(content)
    require_clear(findings_of(uow, plan, project, content))
    changes = queries.told_changes(uow.session, queries.content_of(plan, project), content)
    if not changes:
        raise Invalid("", "没有改动任何一项。", remedy="请改好要调整的内容再提交。")
    return changes


def _reason(text: str, act: str) -> str:
    return require_text(text, "change_reason", f"请写明{act}的理由。", policies.RULE_SEPARATION)
