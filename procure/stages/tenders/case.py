"""What the case page shows of the tender, and what waits for whom."""

from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, OrganisationKind
from procure.kernel.case_lines import Paper, PersonLine, Task
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.lifecycle import PlanState, Stage, TenderState
from procure.kernel.methods import words_of
from procure.kernel.money import Money
from procure.kernel.paths import notice_path
from procure.kernel.vocabulary import NoticeKind
from procure.registers.documents.queries import papers_of
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.registers.projects.queries import oversees
from procure.stages.plans import queries as plans
from procure.stages.plans.models import Plan
from procure.stages.plans.queries import earliest_start
from procure.stages.tenders import pages, queries
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import TenderHead
from procure.stages.tenders.steps import BEGIN, TAKE, TENDER_STEPS, BeginningFacts, TenderFacts
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link
from procure.web.step_table import offered, tasks_of

NOTICES = (NoticeKind.TENDER, NoticeKind.TERMINATION)


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The tender: its document for the buyer's side, its notice and dates for everybody."""
    dossier = queries.find_tender_head(session, actor, project)
    in_view = oversees(session, actor, project.buyer_id)
    begin = _begin(session, actor, project, dossier) if in_view else ()
    if dossier is None:
        return CasePanel(Stage.TENDER, "采购文件", steps=begin) if begin else None
    return CasePanel(
        stage=Stage.TENDER,
        title="采购文件和公告",
        badge=Badge(dossier.tender.state, audience=pages.audience_of(in_view=in_view)),
        facts=_facts(dossier),
        steps=(*offered(TENDER_STEPS, facts_of(session, actor, dossier, now)), *begin),
        deadlines=_lines(dossier, now),
        papers=_papers(session, actor, dossier),
        people=_people(dossier) if in_view else (),
        links=_links(session, dossier),
    )


def _begin(
    session: Session, actor: Actor, project: Project, page: TenderHead | None
) -> tuple[NextStep, ...]:
    """The step that begins a document, once the intention is public and nothing else runs."""
    newest = None if page is None else page.tender
    if newest is not None and newest.state not in queries.ENDED:
        return ()
    plan = plans.find_plan(session, project.id)
    if plan is None or plan.state is not PlanState.INTENTION_PUBLISHED:
        return ()
    facts = BeginningFacts(actor, None, project, plan=plan, project=project, newest=newest)
    return offered((BEGIN,), facts)


def _facts(dossier: TenderHead) -> tuple[Fact, ...]:
    tender = dossier.tender
    return (
        Fact("采购方式", tender.method.label),
        Fact("最高限价", Money(tender.ceiling_fen)),
        Fact("服务地点", tender.service_place),
        Fact(f"{words_of(tender.method).opening}地点", tender.opening_place),
    )


def _lines(dossier: TenderHead, now: datetime) -> tuple[DeadlineLine, ...]:
    if dossier.tender.state is TenderState.PUBLISHED:
        return pages.public_lines(dossier, now)
    if dossier.tender.state in queries.UNPUBLISHED and dossier.earliest is not None:
        return pages.all_lines(dossier, now)[:1]
    return ()


def _papers(session: Session, actor: Actor, dossier: TenderHead) -> tuple[Paper, ...]:
    put_out = [
        notice.id
        for notice in notices.of_project(session, dossier.project.id)
        if notice.kind in NOTICES
    ]
    subjects = [dossier.tender.id, *put_out]
    return tuple(papers_of(session, actor, project_id=dossier.project.id, subject_ids=subjects))


def _people(dossier: TenderHead) -> tuple[tuple[str, PersonLine], ...]:
    people = [("采购文件编制", PersonLine(dossier.drafted_by, dossier.buyer.name))]
    if dossier.published_by:
        people.append(("审核发布", PersonLine(dossier.published_by, dossier.buyer.name)))
    return tuple(people)


def _links(session: Session, dossier: TenderHead) -> tuple[Link, ...]:
    number = dossier.project.number
    found = [
        Link(f"{notice.title}（{notice.number}）", notice_path(notice.number))
        for notice in notices.of_project(session, dossier.project.id)
        if notice.kind in NOTICES
    ]
    return (
        Link("查看采购文件", url_for("tenders.show", number=number)),
        Link("查看全部日期和算法", url_for("tenders.dates", number=number)),
        *found,
    )


def facts_of(session: Session, actor: Actor, page: TenderHead, now: datetime) -> TenderFacts:
    """What the steps of a tender are asked about."""
    tender, project = page.tender, page.project
    own = actor.organisation_id
    return TenderFacts(
        actor,
        tender.state,
        project,
        tender=tender,
        project=project,
        now=now,
        is_author=queries.AUTHORS.include(session, actor, project.id),
        taken=bool(own) and queries.find_taking(session, tender.id, own) is not None,
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The tenders that wait for this actor; for suppliers, those they may still take part in."""
    if actor.organisation_kind is OrganisationKind.SUPPLIER:
        return tasks_of(
            (TAKE,),
            [_waiting(actor, *row, now) for row in queries.open_tenders(session, actor, now)],
        )
    if not actor.is_buyer:
        return []
    rows = queries.waiting_tenders(session, actor)
    written = queries.AUTHORS.among(session, actor, [project.id for _, project in rows])
    waiting = [_waiting(actor, *row, now, is_author=row[1].id in written) for row in rows]
    begin = [
        BeginningFacts(
            actor,
            None,
            project,
            deadline=_earliest(plan, now),
            plan=plan,
            project=project,
            newest=None,
        )
        for plan, project in queries.plans_without_tender(session, actor)
    ]
    return [*tasks_of(TENDER_STEPS, waiting), *tasks_of((BEGIN,), begin)]


def _waiting(
    actor: Actor, tender: Tender, project: Project, now: datetime, *, is_author: bool = False
) -> TenderFacts:
    is_draft = tender.state is TenderState.DRAFT
    until = tender.documents_until
    return TenderFacts(
        actor,
        tender.state,
        project,
        aside=tender.returned_reason
        if is_draft
        else f"最高限价 {Money(tender.ceiling_fen).format()}",
        deadline=deadline_line(until, now, label="领取采购文件")
        if until is not None and tender.state is TenderState.PUBLISHED
        else None,
        tender=tender,
        project=project,
        now=now,
        is_author=is_author,
    )


def _earliest(plan: Plan, now: datetime) -> DeadlineLine | None:
    if plan.intention_published_at is None:
        return None
    start = earliest_start(local_date(plan.intention_published_at))
    return deadline_line(
        start.due,
        now,
        label="采购公告最早发布",
        kind=DeadlineKind.EARLIEST,
        rule=start.period.source,
    )
