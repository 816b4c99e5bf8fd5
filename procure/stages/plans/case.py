"""What the case page shows of the plan, and what waits for whom."""

from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine, Task
from procure.kernel.lifecycle import PlanState, Stage
from procure.kernel.money import Money
from procure.kernel.vocabulary import METHOD_LABELS, NoticeKind
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.stages.plans import pages, policies, queries
from procure.stages.plans.models import PLAN_ACT_LABELS, Plan
from procure.stages.plans.queries import PlanDossier
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link, Quantity


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The plan for those in whose view the buyer is; the public reads the intention notice."""
    dossier = queries.find_plan_dossier(session, actor, project)
    if dossier is None:
        return None
    plan = dossier.plan
    line = pages.start_line(dossier, now)
    address = url_for("plans.show", number=project.number)
    found = [
        Link(f"{notice.title}（{notice.number}）", f"/notices/{notice.number}")
        for notice in notices.of_project(session, project.id)
        if notice.kind is NoticeKind.INTENTION
    ]
    return CasePanel(
        stage=Stage.PLAN,
        title="采购计划",
        badge=Badge(plan.state),
        facts=(
            Fact("购买的服务", f"{dossier.item.code} {dossier.item.name}"),
            Fact("采购预算", Money(plan.amount_fen)),
            Fact("最高限价", Money(plan.ceiling_fen)),
            Fact("采购方式", METHOD_LABELS[plan.method]),
            Fact("服务期限", Quantity(plan.term_months, "个月")),
            Fact("需求提出单位", plan.requested_by),
        ),
        steps=tuple(_steps(session, actor, dossier, now)),
        deadlines=(line,) if line else (),
        people=_people(dossier),
        links=(Link("查看采购计划", address), *found),
    )


def _people(dossier: PlanDossier) -> tuple[tuple[str, PersonLine], ...]:
    buyer = dossier.buyer.name
    people = [("计划编制", PersonLine(dossier.drafted_by, buyer))]
    if dossier.approved_by:
        people.append(("计划审核", PersonLine(dossier.approved_by, buyer)))
    return tuple(people)


def _steps(session: Session, actor: Actor, dossier: PlanDossier, now: datetime) -> list[NextStep]:
    plan, project = dossier.plan, dossier.project
    number = project.number
    pending = queries.pending_change(session, plan.id)
    if pending is not None and actor.may(Permission.PLAN_APPROVE):
        verdict = policies.may_decide_change(
            actor,
            plan,
            project,
            pending=pending,
            is_author=project.id in queries.written_by(session, actor, [project.id]),
            is_out=notices.tender_is_out(session, project.id),
        )
        href = url_for("plans.decide_change", number=number)
        return [NextStep("审核采购计划的调整或者取消", href, verdict)]
    if plan.state is PlanState.DRAFT and actor.may(Permission.PLAN_DRAFT):
        verdict = policies.may_submit_plan(actor, plan, project, now)
        return [NextStep("送审采购计划", url_for("plans.submit", number=number), verdict)]
    if plan.state is PlanState.SUBMITTED and actor.may(Permission.PLAN_APPROVE):
        is_author = project.id in queries.written_by(session, actor, [project.id])
        verdict = policies.may_approve_plan(actor, plan, project, now, is_author=is_author)
        return [NextStep("审核采购计划", url_for("plans.decide", number=number), verdict)]
    if plan.state is PlanState.APPROVED and actor.may(Permission.INTENTION_PUBLISH):
        verdict = policies.may_publish_intention(actor, plan, project, now)
        return [NextStep("公开采购意向", url_for("plans.publish", number=number), verdict)]
    return []


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The plans that wait for this actor."""
    if not (actor.may(Permission.PLAN_DRAFT) or actor.may(Permission.PLAN_APPROVE)):
        return []
    waiting = queries.waiting_plans(session, actor)
    written = queries.written_by(session, actor, [project.id for _, project in waiting])
    found = [
        task
        for plan, project in waiting
        if (task := _task(actor, plan, project, now, project.id in written)) is not None
    ]
    return [*_changes_to_decide(session, actor), *found]


def _changes_to_decide(session: Session, actor: Actor) -> list[Task]:
    """What was asked for of approved plans and waits for another person."""
    asked = queries.waiting_changes(session, actor)
    written = queries.written_by(session, actor, [project.id for _, _, project in asked])
    return [
        Task(
            project.title,
            project.number,
            f"有人申请{PLAN_ACT_LABELS[change.act]}，等您决定",
            "审核采购计划的调整或者取消",
            url_for("plans.decide_change", number=project.number),
            note=change.reason,
            verdict=policies.may_decide_change(
                actor,
                plan,
                project,
                pending=change,
                is_author=project.id in written,
                is_out=notices.tender_is_out(session, project.id),
            ),
        )
        for change, plan, project in asked
    ]


def _task(
    actor: Actor, plan: Plan, project: Project, now: datetime, is_author: bool
) -> Task | None:
    number = project.number
    if plan.state is PlanState.DRAFT and actor.may(Permission.PLAN_DRAFT):
        returned = plan.returned_reason
        return Task(
            project.title,
            number,
            "采购计划被退回，请修改后再送审" if returned else "采购计划还没有送审",
            "修改采购计划" if returned else "继续编制采购计划",
            url_for("plans.show", number=number),
            note=returned,
        )
    if plan.state is PlanState.SUBMITTED and actor.may(Permission.PLAN_APPROVE):
        return Task(
            project.title,
            number,
            "采购计划等您审核",
            "审核采购计划",
            url_for("plans.decide", number=number),
            note=f"采购预算 {Money(plan.amount_fen).format()}",
            verdict=policies.may_approve_plan(actor, plan, project, now, is_author=is_author),
        )
    if plan.state is PlanState.APPROVED and actor.may(Permission.INTENTION_PUBLISH):
        return Task(
            project.title,
            number,
            "采购计划已批准，等您公开采购意向",
            "公开采购意向",
            url_for("plans.publish", number=number),
            note="意向公开满 30 日才能开始采购",
        )
    return None
