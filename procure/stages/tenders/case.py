"""What the case page shows of the tender, and what waits for whom."""

from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, OrganisationKind, Permission
from procure.kernel.case_lines import Paper, PersonLine, Task
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.lifecycle import PlanState, Stage, TenderState
from procure.kernel.methods import words_of
from procure.kernel.money import Money
from procure.kernel.vocabulary import METHOD_LABELS, NoticeKind
from procure.registers.documents.queries import papers_of
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.registers.projects.queries import oversees
from procure.stages.plans import queries as plans
from procure.stages.plans.models import Plan
from procure.stages.plans.queries import earliest_start
from procure.stages.tenders import pages, policies, queries
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import TenderHead
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link

NOTICES = (NoticeKind.TENDER, NoticeKind.TERMINATION)


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The tender: its document for the buyer's side, its notice and dates for everybody."""
    dossier = queries.find_tender_head(session, actor, project)
    in_view = oversees(session, actor, project.buyer_id)
    begin = _begin(session, actor, project, dossier, now) if in_view else ()
    if dossier is None:
        return CasePanel(Stage.TENDER, "采购文件", steps=begin) if begin else None
    return CasePanel(
        stage=Stage.TENDER,
        title="采购文件和公告",
        badge=Badge(dossier.tender.state, audience=pages.audience_of(in_view=in_view)),
        facts=_facts(dossier),
        steps=(*_steps(session, actor, dossier, now), *begin),
        deadlines=_lines(dossier, now),
        papers=_papers(session, actor, dossier),
        people=_people(dossier) if in_view else (),
        links=_links(session, dossier),
    )


def _begin(
    session: Session, actor: Actor, project: Project, dossier: TenderHead | None, now: datetime
) -> tuple[NextStep, ...]:
    """The step that begins a document, for clerks, once the intention is public."""
    if not actor.may(Permission.TENDER_DRAFT) or (
        dossier is not None and dossier.tender.state not in queries.ENDED
    ):
        return ()
    plan = plans.find_plan(session, project.id)
    if plan is None or plan.state is not PlanState.INTENTION_PUBLISHED:
        return ()
    newest = None if dossier is None else dossier.tender
    verdict = policies.may_draft_tender(actor, plan, project, newest, now)
    label = "编制采购文件" if dossier is None else "重新编制采购文件"
    return (NextStep(label, url_for("tenders.draft", number=project.number), verdict),)


def _facts(dossier: TenderHead) -> tuple[Fact, ...]:
    tender = dossier.tender
    return (
        Fact("采购方式", METHOD_LABELS[tender.method]),
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
        Link(f"{notice.title}（{notice.number}）", f"/notices/{notice.number}")
        for notice in notices.of_project(session, dossier.project.id)
        if notice.kind in NOTICES
    ]
    return (
        Link("查看采购文件", url_for("tenders.show", number=number)),
        Link("查看全部日期和算法", url_for("tenders.dates", number=number)),
        *found,
    )


def _steps(session: Session, actor: Actor, dossier: TenderHead, now: datetime) -> list[NextStep]:
    tender, project = dossier.tender, dossier.project
    number = project.number
    if tender.state is TenderState.DRAFT and actor.may(Permission.TENDER_DRAFT):
        verdict = policies.may_edit_tender(actor, tender, project, now)
        return [NextStep("继续编制采购文件", url_for("tenders.show", number=number), verdict)]
    if tender.state is TenderState.SUBMITTED and actor.may(Permission.TENDER_PUBLISH):
        is_author = project.id in queries.written_by(session, actor, [project.id])
        verdict = policies.may_decide_tender(actor, tender, project, now, is_author=is_author)
        return [NextStep("审核采购文件", url_for("tenders.decide", number=number), verdict)]
    if (
        tender.state is TenderState.PUBLISHED
        and actor.organisation_kind is OrganisationKind.SUPPLIER
        and queries.find_taking(session, tender.id, actor.organisation_id) is None
    ):
        verdict = policies.may_take_document(actor, tender, now)
        return [NextStep("领取采购文件", url_for("tenders.show", number=number), verdict)]
    return []


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The tenders that wait for this actor; for suppliers, those they may still take part in."""
    waiting = _own_waiting(session, actor)
    written = queries.written_by(session, actor, [project.id for _, project in waiting])
    tasks = [
        task
        for tender, project in waiting
        if (task := _task(actor, tender, project, now, project.id in written)) is not None
    ]
    if actor.may(Permission.TENDER_DRAFT):
        tasks += [
            _begin_task(actor, plan, project, now)
            for plan, project in queries.plans_without_tender(session, actor)
        ]
    if actor.organisation_kind is OrganisationKind.SUPPLIER and actor.may(Permission.BID_DRAFT):
        tasks += [
            _take_task(actor, tender, project, now)
            for tender, project in queries.open_tenders(session, actor, now)
        ]
    return tasks


def _own_waiting(session: Session, actor: Actor) -> list[tuple[Tender, Project]]:
    if actor.may(Permission.TENDER_DRAFT) or actor.may(Permission.TENDER_PUBLISH):
        return list(queries.waiting_tenders(session, actor))
    return []


def _task(
    actor: Actor, tender: Tender, project: Project, now: datetime, is_author: bool
) -> Task | None:
    number = project.number
    if tender.state is TenderState.DRAFT and actor.may(Permission.TENDER_DRAFT):
        returned = tender.returned_reason
        return Task(
            project.title,
            number,
            "采购文件被退回，请修改后再送审" if returned else "采购文件正在编制",
            "修改采购文件" if returned else "继续编制采购文件",
            url_for("tenders.show", number=number),
            note=returned,
        )
    if tender.state is TenderState.SUBMITTED and actor.may(Permission.TENDER_PUBLISH):
        return Task(
            project.title,
            number,
            "采购文件等您审核发布",
            "审核采购文件",
            url_for("tenders.decide", number=number),
            note=f"最高限价 {Money(tender.ceiling_fen).format()}",
            verdict=policies.may_decide_tender(actor, tender, project, now, is_author=is_author),
        )
    return None


def _begin_task(actor: Actor, plan: Plan, project: Project, now: datetime) -> Task:
    line = None
    if plan.intention_published_at is not None:
        start = earliest_start(local_date(plan.intention_published_at))
        line = deadline_line(
            start.due,
            now,
            label="采购公告最早发布",
            kind=DeadlineKind.EARLIEST,
            rule=start.period.source,
        )
    again = project.stage is not Stage.PLAN
    return Task(
        project.title,
        project.number,
        "上次采购没有成交，可以重新编制采购文件" if again else "采购意向已公开，可以编制采购文件",
        "重新编制采购文件" if again else "编制采购文件",
        url_for("tenders.draft", number=project.number),
        deadline=line,
    )


def _take_task(actor: Actor, tender: Tender, project: Project, now: datetime) -> Task:
    line = None
    if tender.documents_until is not None:
        line = deadline_line(tender.documents_until, now, label="领取采购文件")
    return Task(
        project.title,
        project.number,
        "正在采购，可以领取采购文件",
        "查看采购文件",
        url_for("tenders.show", number=project.number),
        deadline=line,
        note=f"最高限价 {Money(tender.ceiling_fen).format()}",
    )
