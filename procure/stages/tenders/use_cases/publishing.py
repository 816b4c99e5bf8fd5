"""Deciding on the tender document: return it, or publish it with key, papers, notice and terms."""

from dataclasses import replace

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.methods import words_of
from procure.kernel.text import require_text, titled
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import User
from procure.registers.deadlines.use_cases import meet_term
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.use_cases import order_paper
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.use_cases import enter_stage
from procure.stages.plans.policies import RULE_SEPARATION
from procure.stages.plans.queries import INTENTION_RULE
from procure.stages.tenders import papers, policies, queries
from procure.stages.tenders.checks import RETURN_IT, check_tender, require_clear, warning_words
from procure.stages.tenders.content import digest_of_sections
from procure.stages.tenders.contract_text import contract_text
from procure.stages.tenders.dates import rules_of
from procure.stages.tenders.events import TenderPublished, TenderReturned
from procure.stages.tenders.keys import SealingKey, make_key
from procure.stages.tenders.models import Tender, TenderKey
from procure.stages.tenders.notice import Announcement, notice_sections
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import digest_of_scheme
from procure.stages.tenders.terms import start_terms
from procure.stages.tenders.use_cases.drafting import load, load_whole_case
from procure.store.holding import take_up
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint("ck_tender_two_people", "", "编制人和发布人不能是同一人。", RULE_SEPARATION)
explain_constraint(
    "ck_tender_published_has_dates",
    "",
    "没有公告时间和投标截止时间的采购文件不能发布。",
    policies.RULE_DOCUMENTS,
)


class ReturnTender(Command):
    """Send the document back to its drafter with a reason."""

    tender_id: str
    version: int
    reason: str


class PublishTender(Command):
    """Publish the document; the day is today and every date is counted from it."""

    tender_id: str
    version: int


def return_tender(uow: UnitOfWork, command: ReturnTender) -> Tender:
    """Send the document back; a reason is required."""
    tender, project = load(uow, command.tender_id)
    is_author = queries.AUTHORS.include(uow.session, uow.actor, project.id)
    verdict = policies.may_return_tender(uow.actor, tender, project, is_author=is_author)
    take_up(tender, command, verdict, "return_tender")
    reason = require_text(
        command.reason, "reason", "退回的必须写明理由。", remedy="写清哪一部分要改、怎样改。"
    )
    tender.returned_reason = reason
    uow.emit(TenderReturned(subject_id=tender.id, project=project.id, reason=reason))
    return tender


def publish_tender(uow: UnitOfWork, command: PublishTender, platform_key: PlatformKey) -> Tender:
    """Publish: order document and notice to be printed, make the key, start the terms, put the notice up.

    Dates are checked against today, not against the day the document was written (T03/T04,
    T09/T10). Raises Denied to who wrote any of it, TooEarly before T01 has run out, Invalid with the first
    finding that blocks.
    """
    tender, project = load_whole_case(uow, command.tender_id)
    dossier = queries.dossier_of(uow.session, tender, project)
    earliest = dossier.earliest
    is_author = queries.AUTHORS.include(uow.session, uow.actor, project.id)
    verdict = policies.may_publish_tender(
        uow.actor, tender, project, uow.now, earliest.on if earliest else None, is_author=is_author
    )
    take_up(tender, command, verdict)
    findings = check_tender(dossier, local_date(uow.now))
    require_clear(findings, RETURN_IT)
    key = make_key(platform_key)
    told = _announcement(uow, dossier, key)
    tender.state = advance("publish_tender", tender.state)
    tender.published_by = uow.actor.user_id
    tender.published_at = uow.now
    uow.session.add(
        TenderKey(
            tender_id=tender.id, recipient=key.recipient, wrapped=key.wrapped, made_at=uow.now
        )
    )
    told = replace(told, contract_sha256=_order_contract(uow, dossier, told).snapshot_sha256)
    document = _order(uow, dossier, told)
    notice = publish_notice(
        uow,
        project=project,
        kind=NoticeKind.TENDER,
        title=titled(project.title, words_of(tender.method).notice),
        sections=notice_sections(dossier, told, document.snapshot_sha256),
        period_days_rule=rules_of(tender.method).notice,
    )
    start_terms(uow, tender, project, told.deadline_at)
    meet_term(uow, dossier.plan.id, INTENTION_RULE)
    enter_stage(uow, project, Stage.BID)
    uow.emit(
        TenderPublished.of(
            tender,
            criteria_sha256=digest_of_scheme(tender, dossier.criteria),
            content_sha256=digest_of_sections(dossier.sections),
            published_on=told.published_on,
            payments=tuple((row.percent, row.trigger.value) for row in dossier.payments),
            recipient=key.recipient,
            notice=notice.number,
            notice_sha256=notice.sha256,
            document_id=document.id,
            document_snapshot_sha256=document.snapshot_sha256,
            warnings=warning_words(findings),
        )
    )
    return tender


def _announcement(uow: UnitOfWork, dossier: TenderDossier, key: SealingKey) -> Announcement:
    tender = dossier.tender
    drafter = uow.session.get_one(User, tender.drafted_by)
    if tender.documents_until is None or tender.deadline_at is None:
        raise Invalid("", "采购文件还没有填写时间。", policies.RULE_DOCUMENTS)
    return Announcement(
        now=uow.now,
        published_on=local_date(uow.now),
        documents_until=tender.documents_until,
        deadline_at=tender.deadline_at,
        contact=drafter.name,
        recipient=key.recipient,
    )


def _order_contract(uow: UnitOfWork, dossier: TenderDossier, told: Announcement) -> PaperOrder:
    """Have the contract's text printed, open where only the award can fill it in."""
    project = dossier.project
    template, data = contract_text(dossier, told.published_on)
    return order_paper(
        uow,
        template,
        data,
        project_id=project.id,
        subject_id=dossier.tender.id,
        kind=DocumentKind.CONTRACT_DRAFT,
        title=titled(project.title, f"合同文本（草案）{_again(dossier)}"),
        filename=f"{project.number}合同文本（草案）.pdf",
        audience=DocumentAudience.PUBLIC,
    )


def _again(dossier: TenderDossier) -> str:
    return f"（第 {dossier.tender.round} 次）" if dossier.tender.round > 1 else ""


def _order(uow: UnitOfWork, dossier: TenderDossier, told: Announcement) -> PaperOrder:
    """Have the tender document printed; it is what the event names."""
    project, tender = dossier.project, dossier.tender
    words = words_of(tender.method).document
    return order_paper(
        uow,
        papers.DOCUMENT_TEMPLATE,
        papers.document_data(dossier, told),
        project_id=project.id,
        subject_id=tender.id,
        kind=DocumentKind.TENDER_DOCUMENT,
        title=titled(project.title, f"{words}{_again(dossier)}"),
        filename=f"{project.number}{words}.pdf",
        audience=DocumentAudience.PARTIES,
    )
