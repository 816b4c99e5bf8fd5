"""What the case page shows of the plan, and what waits for whom."""

from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import PersonLine, Task
from procure.kernel.lifecycle import PlanState, Stage
from procure.kernel.money import Money
from procure.kernel.paths import notice_path
from procure.kernel.vocabulary import NoticeKind
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.stages.plans import pages, queries
from procure.stages.plans.models import Plan, PlanChange
from procure.stages.plans.queries import PlanDossier
from procure.stages.plans.steps import PLAN_STEPS, PlanFacts
from procure.store.proposals import waiting_for
from procure.web.case_panel import CasePanel
from procure.web.presenters import Badge, Fact, Link, Quantity
from procure.web.step_table import offered, tasks_of


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The plan for those in whose view the buyer is; the public reads the intention notice."""
    dossier = queries.find_plan_dossier(session, actor, project)
    if dossier is None:
        return None
    plan = dossier.plan
    line = pages.start_line(dossier, now)
    address = url_for("plans.show", number=project.number)
    found = [
        Link(f"{notice.title}（{notice.number}）", notice_path(notice.number))
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
            Fact("采购方式", plan.method.label),
            Fact("服务期限", Quantity(plan.term_months, "个月")),
            Fact("需求提出单位", plan.requested_by),
        ),
        steps=offered(PLAN_STEPS, facts_of(session, actor, dossier)),
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


def facts_of(session: Session, actor: Actor, page: PlanDossier) -> PlanFacts:
    """What the steps of a plan are asked about."""
    project = page.project
    return PlanFacts(
        actor,
        page.plan.state,
        project,
        plan=page.plan,
        project=project,
        is_author=queries.AUTHORS.include(session, actor, project.id),
        pending=waiting_for(session, PlanChange, page.plan.id),
        is_out=notices.tender_is_out(session, project.id),
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The plans that wait for this actor, and what was asked for of approved ones."""
    if not actor.is_buyer:
        return []
    waiting = [
        *queries.waiting_changes(session, actor),
        *((None, *row) for row in queries.waiting_plans(session, actor)),
    ]
    written = queries.AUTHORS.among(session, actor, [project.id for *_, project in waiting])
    found = [
        PlanFacts(
            actor,
            plan.state,
            project,
            aside=_aside(plan, change),
            plan=plan,
            project=project,
            is_author=project.id in written,
            pending=change,
            is_out=change is not None and notices.tender_is_out(session, project.id),
        )
        for change, plan, project in waiting
    ]
    return tasks_of(PLAN_STEPS, found)


def _aside(plan: Plan, change: PlanChange | None) -> str | None:
    """What is said beside a plan on the desk, by what it waits for."""
    if change is not None:
        return change.reason
    if plan.state is PlanState.DRAFT:
        return plan.returned_reason
    if plan.state is PlanState.APPROVED:
        return "意向公开满 30 日才能开始采购"
    return f"采购预算 {Money(plan.amount_fen).format()}"
