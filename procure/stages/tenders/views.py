"""Pages of tenders.

| address | method | endpoint | who |
|---|---|---|---|
| /tenders | GET | tenders.index | everybody signed in to a case: open tenders, own ones |
| /projects/<number>/tender | GET | tenders.show | task list for the drafter's side, else reading page |
| /projects/<number>/tender/new | GET POST | tenders.draft | clerk |
| /projects/<number>/tender/sections/<section> | GET POST | tenders.edit | clerk |
| /projects/<number>/tender/check | GET POST | tenders.submit | clerk |
| /projects/<number>/tender/decision | GET POST | tenders.decide | approver, not the drafter |
| /projects/<number>/tender/dates | GET | tenders.dates | everybody who may read the tender |
| /projects/<number>/tender/take | POST | tenders.take | supplier |
| /projects/<number>/tender/document | GET | tenders.document | who has taken it, the buyer's side |
| /projects/<number>/tender/termination | GET POST | tenders.terminate | approver |
"""

from collections.abc import Mapping
from dataclasses import asdict

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import OrganisationKind, Permission
from procure.kernel.errors import NotFound, Verdict
from procure.kernel.lifecycle import TenderState
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.documents.models import DocumentKind
from procure.registers.documents.storage import file_store
from procure.registers.projects.queries import get_project, oversees
from procure.render.sheets import CellKind
from procure.stages.plans import queries as plans
from procure.stages.tenders import pages, policies, queries, wording
from procure.stages.tenders.case import facts_of
from procure.stages.tenders.checks import SectionFinding, check_tender
from procure.stages.tenders.content import (
    SectionContent,
    SectionKey,
    Targets,
    drop_stale_conditions,
    lines_of,
)
from procure.stages.tenders.forms import (
    SECTION_FORMS,
    DecideTenderForm,
    SectionForm,
    SubmitTenderForm,
    TerminateTenderForm,
)
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import TenderDossier, TenderRow
from procure.stages.tenders.steps import DECIDE, SUBMIT, TERMINATE
from procure.stages.tenders.use_cases import document_pickup, drafting, publishing, terminating
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import Col, choices_of
from procure.web.downloads import download
from procure.web.forms import ProcureForm
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Badge
from procure.web.step_table import offered
from procure.web.steps import Press, Step, press, step

PLATFORM_KEY = "procure.platform_key"

blueprint = Blueprint("tenders", __name__)


@blueprint.get("/tenders")
@permits(Permission.PROJECT_VIEW)
@shows_list("tenders/index.html")
def index() -> ListOf[TenderRow]:
    """Tenders one may bid for, or those in view."""
    actor = current_actor()
    audience = pages.audience_of(in_view=actor.is_buyer)
    states = pages.BUYER_STATE_FILTER if actor.is_buyer else pages.STATE_FILTER
    supplier = actor.organisation_kind is OrganisationKind.SUPPLIER
    return ListOf(
        title="采购公告",
        source=queries.tenders_in_view(actor, request_now()),
        columns=(
            Col("title", "项目名称", sort=True),
            Col("number", "项目编号", sort=True),
            Col("buyer", "采购人", sort=True),
            Col("method", "采购方式", lambda row: row.method.label),
            Col("ceiling", "最高限价", lambda row: row.ceiling_fen, CellKind.MONEY_FEN, sort=True),
            Col("documents_until", "文件提供到", kind=CellKind.DATE),
            Col("deadline", "截止时间", lambda row: row.deadline_at, CellKind.INSTANT, sort=True),
            Col("state", "状态", lambda row: Badge(row.state, audience=audience)),
        ),
        href=lambda row: url_for(".show", number=row.number),
        filters=(
            Filter("state", "状态", states),
            Filter("method", "采购方式", choices_of(ProcurementMethod)),
        ),
        search="查找名称或编号",
        noun="采购项目",
        measure="个",
        empty="现在没有可以参加的采购项目，新的公告发布后会出现在这里。",
        shows=lambda: {"supplier": supplier},
    )


@blueprint.get("/projects/<number>/tender")
@permits(Permission.PUBLIC)
def show(number: str) -> ResponseReturnValue:
    """The task list while the document is written, the reading page once it is public."""
    dossier = _dossier(number)
    if dossier.tender.state in queries.UNPUBLISHED:
        return _task_list(dossier)
    return _reading(dossier)


@step(blueprint, "/projects/<number>/tender/new", Permission.TENDER_DRAFT, "tenders/new.html")
def draft(number: str) -> Step[object]:
    """Begin the document."""
    session, actor = read_session(), current_actor()
    project = get_project(session, actor, number)
    dossier = plans.find_plan_dossier(session, actor, project)
    if dossier is None:
        raise NotFound("没有找到这个项目的采购计划，或您无权查看。")
    newest = queries.find_tender(session, project.id)
    form = ProcureForm()
    command = drafting.DraftTender(project.id, form.idempotency_key.data or "")
    return Step(
        form=form,
        verdict=policies.may_draft_tender(actor, dossier.plan, project, newest),
        act=lambda uow: drafting.draft_tender(uow, command),
        done="采购文件已建立，并按目录条目预填。请逐部分核对。",
        back=url_for(".show", number=number),
        shows=lambda: {"page": dossier, "again": newest is not None},
    )


@step(
    blueprint,
    "/projects/<number>/tender/sections/<section>",
    Permission.TENDER_DRAFT,
    "tenders/section.html",
)
def edit(number: str, section: str) -> Step[object]:
    """One section, saved by itself."""
    dossier, key, now = _dossier(number), _section(section), request_now()
    tender, label = dossier.tender, key.label
    told = next(one for one in dossier.sections if one.key is key)
    form: SectionForm = SECTION_FORMS[key](version=tender.version, data=asdict(told))
    form.bound(pages.dates_on(dossier, now))
    return Step(
        form=form,
        verdict=policies.may_as_buyer("edit_tender", current_actor(), tender, dossier.project),
        act=form.act(drafting.edit_tender, tender.id, section=form.section),
        done=lambda _: f"“{label}”已保存。{_dropped_words(told, form.section())}",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "label": label,
            "lines": pages.all_lines(dossier, now) if key is SectionKey.SCHEDULE else (),
            "total": form.running_total(tender),
            "findings": pages.section_findings(dossier, _findings(dossier), key),
        },
    )


@step(blueprint, "/projects/<number>/tender/check", Permission.TENDER_DRAFT, "tenders/check.html")
def submit(number: str) -> Step[object]:
    """Everything at once and what breaks a rule, then send it for approval."""
    dossier, now = _dossier(number), request_now()
    form, hrefs = SubmitTenderForm(version=dossier.tender.version), _section_hrefs(number)
    return Step(
        form=form,
        verdict=policies.may_as_buyer(
            "submit_tender", current_actor(), dossier.tender, dossier.project
        ),
        act=form.act(drafting.submit_tender, dossier.tender.id),
        done="采购文件已送审，等审核负责人发布。",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "sections": pages.answer_sections(dossier, hrefs),
            "findings": pages.finding_lines(_findings(dossier), hrefs),
            "lines": pages.all_lines(dossier, now),
        },
    )


@step(
    blueprint,
    "/projects/<number>/tender/decision",
    Permission.TENDER_PUBLISH,
    "tenders/decide.html",
)
def decide(number: str) -> Step[Tender]:
    """Facts on the left, judgement on the right; publication counts from today."""
    dossier, actor, now = _dossier(number), current_actor(), request_now()
    is_author = queries.AUTHORS.include(read_session(), actor, dossier.project.id)
    form = DecideTenderForm(version=dossier.tender.version)
    returns = form.decision.data == "return"
    return Step(
        form=form,
        verdict=policies.may_return_tender(
            actor, dossier.tender, dossier.project, is_author=is_author
        ),
        act=form.act(publishing.return_tender, dossier.tender.id)
        if returns
        else lambda uow: publishing.publish_tender(
            uow,
            form.command(publishing.PublishTender, dossier.tender.id),
            current_app.extensions[PLATFORM_KEY],
        ),
        done="采购文件已退回，经办人会看到您写的理由。"
        if returns
        else "采购公告已发布，承接主体可以领取采购文件。",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "may_publish": policies.may_publish_tender(
                actor,
                dossier.tender,
                dossier.project,
                now,
                dossier.earliest.on if dossier.earliest else None,
                is_author=is_author,
            ),
            "facts": pages.head_facts(dossier),
            "sections": pages.answer_sections(dossier),
            "findings": pages.finding_lines(_findings(dossier)),
            "lines": pages.all_lines(dossier, now),
            "said": wording.said_of(dossier.tender),
        },
    )


@blueprint.get("/projects/<number>/tender/dates")
@permits(Permission.PUBLIC)
def dates(number: str) -> ResponseReturnValue:
    """Every date of the tender with its arithmetic and law."""
    dossier, now = _dossier(number), request_now()
    return render_template(
        "tenders/dates.html",
        page=dossier,
        lines=pages.all_lines(dossier, now),
        published=dossier.tender.published_at is not None,
        counted_from=pages.publication_day(dossier, now),
    )


@press(blueprint, "/projects/<number>/tender/take", Permission.BID_DRAFT)
def take(number: str) -> Press[object]:
    """Fetch the document for one's organisation."""
    command = document_pickup.TakeDocument(_dossier(number).tender.id)
    return Press(
        act=lambda uow: document_pickup.take_document(uow, command),
        done="采购文件已领取，可以打开和下载。领取情况在截止以前不对任何人公开。",
        back=url_for(".show", number=number),
        page=url_for(".show", number=number),
    )


@blueprint.get("/projects/<number>/tender/document")
@permits(Permission.PUBLIC)
def document(number: str) -> ResponseReturnValue:
    """The printed document, for those who may open it."""
    dossier = _dossier(number)
    _document_verdict(dossier).require()
    queries.require_printed(read_session(), dossier.tender.id)
    found = queries.find_document(read_session(), dossier.tender.id)
    if found is None:
        raise NotFound("采购文件还没有发布。")
    return download(file_store().read(found.sha256), found.filename, found.media_type)


@step(
    blueprint,
    "/projects/<number>/tender/termination",
    Permission.TENDER_TERMINATE,
    "tenders/terminate.html",
)
def terminate(number: str) -> Step[object]:
    """End the purchase with a reason and a public notice."""
    dossier, actor = _dossier(number), current_actor()
    form = TerminateTenderForm(version=dossier.tender.version)
    return Step(
        form=form,
        verdict=policies.may_terminate_tender(actor, dossier.tender, dossier.project),
        act=form.act(terminating.terminate_tender, dossier.tender.id),
        done="采购活动已终止，终止公告已发布。",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "rule": policies.termination_rule(dossier.tender),
            "said": wording.said_of(dossier.tender),
        },
    )


def _dropped_words(before: SectionContent, told: SectionContent) -> str:
    """Which conditions of replaced services were not taken over."""
    if not isinstance(before, Targets) or not isinstance(told, Targets):
        return ""
    _, dropped = drop_stale_conditions(told, before)
    if not dropped:
        return ""
    names = "、".join(f"“{name}”" for name in dropped)
    return f"{names}换了服务项目，原来项目的完成条件没有保留，需要的请重新填写。"


def _task_list(dossier: TenderDossier) -> ResponseReturnValue:
    actor, now = current_actor(), request_now()
    number = dossier.project.number
    findings = _findings(dossier)
    return render_template(
        "tenders/tasks.html",
        page=dossier,
        sections=pages.task_sections(
            dossier,
            findings,
            _section_hrefs(number),
            queries.saved_sections(read_session(), dossier.tender.id),
        ),
        answers=pages.answer_sections(dossier),
        findings=pages.finding_lines(findings, _section_hrefs(number)),
        lines=pages.all_lines(dossier, now),
        steps=offered((SUBMIT, DECIDE), facts_of(read_session(), actor, dossier, now)),
        drafts=dossier.tender.state is TenderState.DRAFT and actor.may(Permission.TENDER_DRAFT),
    )


def _reading(dossier: TenderDossier) -> ResponseReturnValue:
    session, actor, now = read_session(), current_actor(), request_now()
    tender = dossier.tender
    in_view = oversees(session, actor, dossier.project.buyer_id)
    printed = queries.papers_out(session, tender.id)
    opens = _document_verdict(dossier)
    key = queries.find_key(session, tender.id)
    return render_template(
        "tenders/show.html",
        page=dossier,
        audience=pages.audience_of(in_view=in_view),
        facts=pages.head_facts(dossier),
        lines=pages.public_lines(dossier, now),
        opens=opens,
        taken=_taken(dossier),
        paper=printed.get(DocumentKind.TENDER_DOCUMENT),
        contract=printed.get(DocumentKind.CONTRACT_DRAFT),
        key=key.recipient if key else "",
        supplier=actor.organisation_kind is OrganisationKind.SUPPLIER,
        may_take=policies.may_take_document(actor, tender, now),
        steps=offered((TERMINATE,), facts_of(session, actor, dossier, now)),
        targets=pages.target_table(dossier),
        factors=pages.factor_table(dossier),
        payments=pages.payment_table(dossier),
        demands=lines_of(tender.qualification),
        starred=lines_of(tender.starred),
        takers=queries.takers_of(session, tender) if in_view else [],
        said=wording.said_of(tender),
        remedies=pages.remedies(dossier, now),
    )


def _document_verdict(dossier: TenderDossier) -> Verdict:
    session, actor = read_session(), current_actor()
    return policies.may_read_document(
        actor,
        dossier.tender,
        in_view=oversees(session, actor, dossier.project.buyer_id),
        taken=_taken(dossier),
        announced=dossier.project.has_result,
    )


def _taken(dossier: TenderDossier) -> bool:
    organisation = current_actor().organisation_id
    if not organisation:
        return False
    return queries.find_taking(read_session(), dossier.tender.id, organisation) is not None


def _dossier(number: str) -> TenderDossier:
    return queries.get_tender_dossier(read_session(), current_actor(), number)


def _findings(dossier: TenderDossier) -> tuple[SectionFinding, ...]:
    return check_tender(dossier, pages.publication_day(dossier, request_now()))


def _section(name: str) -> SectionKey:
    try:
        return SectionKey(name)
    except ValueError as unknown:
        raise NotFound("采购文件没有这一部分。") from unknown


def _section_hrefs(number: str) -> Mapping[SectionKey, str]:
    return {key: url_for("tenders.edit", number=number, section=key.value) for key in SectionKey}
