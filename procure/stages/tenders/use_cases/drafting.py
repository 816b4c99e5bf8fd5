"""Writing the tender document: begin it from the plan, edit it section by section, send it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import delete, select

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, NotFound
from procure.kernel.laws import cite
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.records import read_each
from procure.kernel.vocabulary import PriceWay
from procure.registers.projects.models import Project
from procure.registers.projects.queries import oversees
from procure.registers.projects.use_cases import enter_stage
from procure.stages.catalogue import queries as catalogue
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem
from procure.stages.plans import queries as plans
from procure.stages.plans.models import Plan
from procure.stages.tenders import policies, queries
from procure.stages.tenders.checks import check_tender, require_clear, warning_words
from procure.stages.tenders.content import (
    Schedule,
    SectionContent,
    SectionKey,
    Target,
    Targets,
    digest_of_section,
    digest_of_sections,
    drop_stale_conditions,
)
from procure.stages.tenders.events import TenderDrafted, TenderEdited, TenderSubmitted
from procure.stages.tenders.models import PaymentTerm, Tender, TenderCriterion, TenderTarget
from procure.store.holding import hold, take_up
from procure.store.sections import open_section, save_section
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

explain_constraint(
    "uq_tender_project_id_round", "", f"这个项目的采购文件刚刚已由其他人建立，{REOPEN}。"
)

MISSING = "没有找到这个项目，或您无权查看。"
NOT_FOUND = "没有找到这个采购项目。"

USUAL_QUALIFICATION = """具有独立承担民事责任的能力，提供法人登记证书或者营业执照；
具有良好的商业信誉和健全的财务会计制度，提供财务报表或者书面声明；
具有履行合同所必需的设备和专业技术能力，提供书面承诺；
有依法缴纳税收和社会保障资金的良好记录，提供证明或者书面承诺；
参加采购活动前三年内，在经营活动中没有重大违法记录，提供书面声明；
未被列入失信被执行人、重大税收违法失信主体、政府采购严重违法失信行为记录名单；
单位负责人为同一人或者存在直接控股、管理关系的不同供应商，不得参加同一合同项下的采购活动；
为本项目提供过整体设计、规范编制或者项目管理、监测等服务的，不得参加本项目。"""
"""The conditions of 政府采购法 art 22 and 实施条例 art 17, 18; the clerk adds what the project needs."""

USUAL_ACCEPTANCE = f"""采购人在合同期满后组织验收，对照服务目标和服务标准逐项核对，出具验收书。
验收时邀请服务对象参与并出具意见，征求意见的服务对象不少于总数的 10%，验收结果向社会公告（{cite("acceptance_by_contract")}）。
验收不合格的，承接主体在三十日内整改，整改后重新验收。"""

USUAL_DEDUCTION = 1_000
"""The least deduction for small enterprises, in hundredths of a percent (财库〔2022〕19号)."""

USUAL_START_DAYS = 30
"""Days from signing within which the service usually begins; the clerk sets what the project needs."""

USUAL_PRICE_POINTS = {
    PriceWay.LOW_PRICE_FIRST: 1_000,
    PriceWay.RATIO_TO_MAX: 1_500,
    PriceWay.FIXED: 0,
}


class DraftTender(Command):
    """Begin the tender document of a project whose intention is public; `key` makes a repeat of
    the same request count once.
    """

    project_id: str
    key: str = ""


class EditTender(Command):
    """Save one section."""

    tender_id: str
    version: int
    section: SectionContent


class SubmitTender(Command):
    """Send the document to a second person."""

    tender_id: str
    version: int


def draft_tender(uow: UnitOfWork, command: DraftTender) -> Tender:
    """Begin the document, prefilled from the plan and the catalogue item.

    A second round after a failed or ended one starts from what the first said, without its dates.
    The same request sent again gives back the first document.
    """
    project = hold(uow.session, Project, command.project_id, MISSING)
    plan = plans.find_plan(uow.session, command.project_id)
    if plan is None or not oversees(uow.session, uow.actor, project.buyer_id):
        raise NotFound(MISSING)
    request = request_of("draft_tender", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return uow.session.get_one(Tender, earlier)
    before = queries.find_tender(uow.session, project.id)
    policies.may_draft_tender(uow.actor, plan, project, before).require()
    item = uow.session.get_one(CatalogueItem, plan.catalogue_item_id)
    tender = Tender(
        project_id=project.id,
        round=1 if before is None else before.round + 1,
        state=advance("draft_tender", None),
        method=plan.method,
        budget_fen=plan.amount_fen,
        ceiling_fen=plan.ceiling_fen,
        term_months=plan.term_months,
        start_within_days=USUAL_START_DAYS,
        drafted_by=uow.actor.user_id,
        price_way=plan.price_way,
    )
    uow.session.add(tender)
    if before is None:
        _prefill(uow, tender, plan, item)
    else:
        _carry_over(uow, tender, queries.dossier_of(uow.session, before, project).sections)
    enter_stage(uow, project, Stage.TENDER)
    uow.emit(TenderDrafted.of(tender, plan_id=plan.id, catalogue_item=item.words))
    uow.keep_result(request, tender.id)
    return tender


def edit_tender(uow: UnitOfWork, command: EditTender) -> Tender:
    """Save one section; the others stay as they are.

    A condition that was left standing beside a new service is dropped (`drop_stale_conditions`).
    Raises Invalid for figures that cannot be stored; what the law says of the whole is asked when
    the document is sent.
    """
    tender, project = load(uow, command.tender_id)
    policies.may_as_buyer("edit_tender", uow.actor, tender, project).require()
    section = command.section
    open_section(uow, tender, section.key, command.version)
    tender.state = advance("edit_tender", tender.state)
    if isinstance(section, Targets):
        present = read_each(Target, queries.targets_of(uow.session, tender.id))
        section, _ = drop_stale_conditions(section, Targets(present))
    _write(uow, tender, section)
    save_section(uow, tender)
    uow.emit(
        TenderEdited(
            subject_id=tender.id,
            project=project.id,
            section=section.key.value,
            section_words=section.key.label,
            digest=digest_of_section(section),
        )
    )
    return tender


def submit_tender(uow: UnitOfWork, command: SubmitTender) -> Tender:
    """Send the document for approval; raises Invalid with the first finding that blocks."""
    tender, project = load(uow, command.tender_id)
    take_up(tender, command, policies.may_as_buyer("submit_tender", uow.actor, tender, project))
    dossier = queries.dossier_of(uow.session, tender, project)
    today = local_date(uow.now)
    findings = check_tender(dossier, max(today, dossier.earliest.on) if dossier.earliest else today)
    require_clear(findings)
    tender.state = advance("submit_tender", tender.state)
    tender.submitted_at = uow.now
    tender.returned_reason = ""
    uow.emit(
        TenderSubmitted(
            subject_id=tender.id,
            project=project.id,
            digest=digest_of_sections(dossier.sections),
            warnings=warning_words(findings),
        )
    )
    return tender


def load(
    uow: UnitOfWork, tender_id: str, holding: Callable[..., Tender] = hold
) -> tuple[Tender, Project]:
    """The tender, held, with its project; NotFound for those who may not know of it.

    `holding` is `hold_below` for who only adds below it.
    """
    tender = holding(uow.session, Tender, tender_id, NOT_FOUND)
    project = uow.session.get_one(Project, tender.project_id)
    hidden = tender.state in queries.UNPUBLISHED or not project.is_public
    if hidden and not oversees(uow.session, uow.actor, project.buyer_id):
        raise NotFound(NOT_FOUND)
    return tender, project


def load_whole_case(uow: UnitOfWork, tender_id: str) -> tuple[Tender, Project]:
    """The same for who puts the document out, with the project held first, as by who changes the
    plan: that one comes to the document from the project, and must not find it half published.
    """
    project_id = uow.session.scalar(select(Tender.project_id).where(Tender.id == tender_id))
    if project_id is None:
        raise NotFound(NOT_FOUND)
    hold(uow.session, Project, project_id)
    return load(uow, tender_id)


def _prefill(uow: UnitOfWork, tender: Tender, plan: Plan, item: CatalogueItem) -> None:
    tender.requirement = "\n".join(
        (
            plan.outline,
            "服务对象：",
            item.recipients,
            "服务程序：",
            item.procedure,
            "质量标准：",
            item.quality,
            "时限要求：",
            item.time_limit,
            "责任：",
            item.responsibility,
        )
    )
    tender.service_place = ""
    tender.qualification = USUAL_QUALIFICATION
    tender.acceptance_way = USUAL_ACCEPTANCE
    tender.price_points = USUAL_PRICE_POINTS[plan.price_way]
    if plan.price_way is PriceWay.LOW_PRICE_FIRST:
        tender.deduction_rate = USUAL_DEDUCTION
    uow.session.flush()
    indicators = catalogue.indicators_of(uow.session, item.id)
    uow.session.add_all(_targets_from(tender.id, indicators))


def _targets_from(tender_id: str, indicators: Sequence[CatalogueIndicator]) -> list[TenderTarget]:
    """The frequency indicators of the item as first targets."""
    counted = [row for row in indicators if row.period is not None and row.at_least is not None]
    return [
        TenderTarget(
            tender_id=tender_id,
            position=position,
            what=row.name,
            unit=row.unit,
            period=row.period,
            at_least=row.at_least,
            each=row.each,
            condition=row.evidence,
        )
        for position, row in enumerate(counted, start=1)
    ]


def _carry_over(uow: UnitOfWork, tender: Tender, sections: Sequence[SectionContent]) -> None:
    uow.session.flush()
    for section in sections:
        _write(uow, tender, _without_dates(section))


def _without_dates(section: SectionContent) -> SectionContent:
    if isinstance(section, Schedule):
        return replace(section, documents_until=None, deadline_at=None)
    return section


def _write(uow: UnitOfWork, tender: Tender, section: SectionContent) -> None:
    """Each answer into the column of its name, rows into their own table."""
    for name, value in vars(section).items():
        if (section.key, name) in _TABLES:
            _replace(uow, _TABLES[section.key, name], tender, value)
        # A document of before it was asked says nothing of when the service begins.
        elif name != "start_within_days" or value is not None:
            setattr(tender, name, value)


Table = type[TenderCriterion] | type[TenderTarget] | type[PaymentTerm]
_TABLES: dict[tuple[SectionKey, str], Table] = {
    (SectionKey.TARGETS, "rows"): TenderTarget,
    (SectionKey.SCORING, "factors"): TenderCriterion,
    (SectionKey.PAYMENTS, "rows"): PaymentTerm,
}


def _replace(uow: UnitOfWork, kind: Table, tender: Tender, rows: Sequence[object]) -> None:
    uow.session.execute(delete(kind).where(kind.tender_id == tender.id))
    uow.session.add_all(
        kind(tender_id=tender.id, position=position, **vars(row))
        for position, row in enumerate(rows, start=1)
    )
