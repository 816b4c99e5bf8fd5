"""Verbs of plans: draft, edit, send for approval, return, approve, make the intention public."""

from datetime import date
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_words
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.findings import Finding
from procure.kernel.laws import cite
from procure.kernel.lifecycle import CatalogueItemState, Stage, advance
from procure.kernel.text import require_text, titled
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.use_cases import start_term
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.queries import Purse
from procure.registers.funds.use_cases import reserve
from procure.registers.notices.models import Notice
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.queries import lots_of, oversees
from procure.registers.projects.use_cases import TITLE_LENGTH, enter_stage, open_project
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans import policies, queries
from procure.stages.plans.content import (
    PlanContent,
    check_plan,
    require_clear,
    require_lawful,
    warnings,
)
from procure.stages.plans.events import (
    IntentionPublished,
    PlanApproved,
    PlanDrafted,
    PlanEdited,
    PlanReturned,
    PlanSubmitted,
)
from procure.stages.plans.models import Plan
from procure.stages.plans.notice import intention_sections
from procure.store.holding import hold, hold_below, moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

explain_constraint(
    "ck_plan_two_people", "", "编制人和审核人不能是同一人。", policies.RULE_SEPARATION
)
explain_constraint("ck_plan_ceiling_in_budget", "ceiling", "最高限价不能超过采购预算。")
explain_constraint("ck_plan_term_at_most_36_months", "term_months", "服务期限应为 1 至 36 个月。")


class DraftPlan(Command):
    """Begin a plan and with it a project of the actor's own organisation."""

    content: PlanContent
    key: str = ""


class EditPlan(Command):
    """Replace the answers of a draft."""

    plan_id: str
    version: int
    content: PlanContent


class SubmitPlan(Command):
    """Send the plan to a second person."""

    plan_id: str
    version: int


class ReturnPlan(Command):
    """Send the plan back to its drafter with a reason."""

    plan_id: str
    version: int
    reason: str


class ApprovePlan(Command):
    """Approve the plan and reserve its money."""

    plan_id: str
    version: int
    opinion: str = ""


class PublishIntention(Command):
    """Make the intention public with the month in which the purchase is expected."""

    plan_id: str
    version: int
    expected_on: date


def draft_plan(uow: UnitOfWork, command: DraftPlan) -> Plan:
    """Open a project and write down its plan.

    Raises Denied for who may not plan, Invalid for what no plan may say (R 3.2, R-CON-2, R-PRE-2).
    The same request sent again gives back the first plan.
    """
    policies.may_draft_plan(uow.actor).require()
    content = command.content
    request = request_of("draft_plan", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return queries.get_plan(uow.session, earlier)
    item, line = named(uow, content, uow.actor.organisation_id)
    require_lawful(content)
    buyer = uow.session.get_one(Organisation, uow.actor.organisation_id)
    project = open_project(uow, title=content.title, buyer=buyer, budget_fen=content.amount.fen)
    enter_stage(uow, project, Stage.PLAN)
    plan = Plan(
        project_id=project.id,
        state=advance("draft_plan", None),
        drafted_by=uow.actor.user_id,
        **columns_of(content),
    )
    uow.session.add(plan)
    uow.emit(PlanDrafted.of(plan, **told_of(project, item, line, content)))
    uow.keep_result(request, plan.id)
    return plan


def edit_plan(uow: UnitOfWork, command: EditPlan) -> Plan:
    """Replace the answers of a draft; the project's title and budget follow."""
    plan, project = load(uow, command.plan_id)
    take_up(plan, command, policies.may_as_buyer("edit_plan", uow.actor, plan, project))
    content = command.content
    item, line = named(uow, content, project.buyer_id)
    require_lawful(content)
    plan.state = advance("edit_plan", plan.state)
    for name, value in columns_of(content).items():
        setattr(plan, name, value)
    carry_to_project(uow, project, content)
    moved(plan)
    uow.emit(PlanEdited.of(plan, **told_of(project, item, line, content)))
    return plan


def submit_plan(uow: UnitOfWork, command: SubmitPlan) -> Plan:
    """Send the plan for approval; raises Invalid with the first finding that blocks."""
    plan, project = load(uow, command.plan_id)
    take_up(plan, command, policies.may_as_buyer("submit_plan", uow.actor, plan, project))
    findings = findings_of(uow, plan, project)
    require_clear(findings)
    plan.state = advance("submit_plan", plan.state)
    plan.submitted_at = uow.now
    plan.returned_reason = ""
    uow.emit(
        PlanSubmitted.of(
            plan,
            digest=queries.content_of(plan, project).digest,
            warnings=warnings(findings),
        )
    )
    return plan


def return_plan(uow: UnitOfWork, command: ReturnPlan) -> Plan:
    """Send the plan back; a reason is required."""
    plan, project = load(uow, command.plan_id)
    is_author = queries.AUTHORS.include(uow.session, uow.actor, project.id)
    verdict = policies.may_return_plan(uow.actor, plan, project, is_author=is_author)
    take_up(plan, command, verdict, "return_plan")
    reason = require_text(
        command.reason, "reason", "退回的必须写明理由。", remedy="写清哪一项要改、怎样改。"
    )
    plan.returned_reason = reason
    uow.emit(PlanReturned(subject_id=plan.id, project=project.id, reason=reason))
    return plan


def approve_plan(uow: UnitOfWork, command: ApprovePlan) -> Plan:
    """Approve the plan and reserve its money on the budget line (政府采购法 art 33, 预算法 art 13).

    Raises Denied to who wrote any of it, Invalid when the line has not that much left.
    """
    plan, project = load(uow, command.plan_id)
    is_author = queries.AUTHORS.include(uow.session, uow.actor, project.id)
    take_up(plan, command, policies.may_approve_plan(uow.actor, plan, project, is_author=is_author))
    findings = findings_of(uow, plan, project)
    require_clear(findings)
    line = uow.session.get_one(BudgetLine, plan.budget_line_id)
    plan.state = advance("approve_plan", plan.state)
    plan.approved_by = uow.actor.user_id
    plan.approved_at = uow.now
    reserve(uow, Purse(line, project, plan.id), plan.amount_fen)
    uow.emit(
        PlanApproved(
            subject_id=plan.id,
            project=project.id,
            drafted_by=plan.drafted_by,
            budget_line=f"{line.code} {line.name}",
            amount_fen=plan.amount_fen,
            digest=queries.content_of(plan, project).digest,
            opinion=command.opinion.strip(),
            warnings=warnings(findings),
        )
    )
    return plan


def publish_intention(uow: UnitOfWork, command: PublishIntention) -> Notice:
    """Publish the intention at least 30 days before the activity (T01) and make the project public.

    Raises Invalid when the month that is announced would come before the first lawful day.
    """
    plan, project = load(uow, command.plan_id)
    take_up(plan, command, policies.may_as_buyer("publish_intention", uow.actor, plan, project))
    today = local_date(uow.now)
    earliest = queries.earliest_start(today)
    if command.expected_on < earliest.on:
        raise Invalid(
            "expected_on",
            f"意向从今天起公开满 30 日，采购活动最早 {date_words(earliest.on)}开始，"
            "预计采购时间不能更早。",
            policies.RULE_INTENTION,
            f"请填写 {date_words(earliest.on)}或以后的日期。",
        )
    item = uow.session.get_one(CatalogueItem, plan.catalogue_item_id)
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    before = queries.intention_of(uow.session, project.id)
    plan.state = advance("publish_intention", plan.state)
    plan.expected_on = command.expected_on
    plan.intention_published_at = uow.now
    notice = publish_notice(
        uow,
        project=project,
        kind=NoticeKind.INTENTION,
        title=titled(project.title, f"采购意向{'变更' if before else ''}公告"),
        sections=intention_sections(plan, project, buyer, item, before),
    )
    start_term(
        uow,
        project_id=project.id,
        subject_id=plan.id,
        rule=queries.INTENTION_RULE,
        starts_on=today,
        permission=Permission.TENDER_DRAFT,
        organisation_id=project.buyer_id,
    )
    uow.emit(
        IntentionPublished(
            subject_id=plan.id,
            project=project.id,
            notice=notice.number,
            notice_sha256=notice.sha256,
            amount_fen=plan.amount_fen,
            expected_on=plan.expected_on,
            earliest_on=earliest.on,
        )
    )
    return notice


def findings_of(
    uow: UnitOfWork, plan: Plan, project: Project, content: PlanContent | None = None
) -> tuple[Finding, ...]:
    """What speaks at this moment against the plan, or against what it is to say instead."""
    content = content or queries.content_of(plan, project)
    line = uow.session.get_one(BudgetLine, content.budget_line_id)
    item = uow.session.get_one(CatalogueItem, content.catalogue_item_id)
    around = queries.surroundings_of(uow.session, plan, project, line, item, uow.now)
    return check_plan(content, around)


def load(uow: UnitOfWork, plan_id: str) -> tuple[Plan, Project]:
    """The plan with its project, both held; NotFound when it is not in the actor's view."""
    project_id = queries.get_plan(uow.session, plan_id).project_id
    project = hold(uow.session, Project, project_id)
    plan = hold(uow.session, Plan, plan_id, queries.MISSING)
    if not oversees(uow.session, uow.actor, project.buyer_id):
        raise NotFound(queries.MISSING)
    return plan, project


def named(
    uow: UnitOfWork, content: PlanContent, buyer_id: str, kept_item: str = ""
) -> tuple[CatalogueItem, BudgetLine]:
    """The item and line a plan names; Invalid when it may not name them.

    `kept_item` was approved with the plan and may have been replaced in the catalogue since.
    """
    if not content.title.strip() or len(content.title) > TITLE_LENGTH:
        raise Invalid("title", f"项目名称要填写，最多 {TITLE_LENGTH} 个字。")
    item = uow.session.get(CatalogueItem, content.catalogue_item_id)
    if item is not None:
        # Nobody retires it while it is named.
        hold_below(uow.session, CatalogueItem, item.id)
    if item is None or (item.state is not CatalogueItemState.PUBLISHED and item.id != kept_item):
        raise Invalid(
            "catalogue_item_id",
            "只能购买现行目录里的事项。",
            cite("catalogue"),
            "请从列出的目录条目中选择；没有的，请向目录管理员提出。",
        )
    line = uow.session.get(BudgetLine, content.budget_line_id)
    if line is None or line.buyer_id != buyer_id:
        raise Invalid(
            "budget_line_id",
            "没有预算不得采购，请选择本单位已经下达的预算。",
            f"{cite('within_budget')}、{cite('spend_by_budget')}",
            "请从列出的预算中选择；没有的，请财政部门先登记预算。",
        )
    return item, line


def carry_to_project(uow: UnitOfWork, project: Project, content: PlanContent) -> None:
    project.title = content.title.strip()
    project.budget_fen = content.amount.fen
    for lot in lots_of(uow.session, project.id):
        lot.title = project.title
        lot.budget_fen = content.amount.fen


def columns_of(content: PlanContent) -> dict[str, Any]:
    """The answers in the columns of a plan; the project has the title."""
    told = {
        **vars(content),
        "amount_fen": content.amount.fen,
        "ceiling_fen": content.ceiling.fen,
        "negative_list": list(content.negative_list),
        "term_conditions": list(content.term_conditions),
    }
    return {
        name: said.strip() if type(said) is str else said
        for name, said in told.items()
        if name not in ("title", "amount", "ceiling")
    }


def told_of(
    project: Project, item: CatalogueItem, line: BudgetLine, content: PlanContent
) -> dict[str, str]:
    """What the events on a plan's content tell beside its columns."""
    return {
        "title": project.title,
        "catalogue_item": item.words,
        "budget_line": f"{line.code} {line.name}",
        "digest": content.digest,
    }
