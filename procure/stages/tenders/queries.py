"""What can be read of tenders: drafts by the buyer's side, published ones by everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Actor, Level, OrganisationKind, Permission
from procure.kernel.case_lines import Paper
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import PlanState, TenderState
from procure.kernel.records import read_as, read_each
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import Organisation, User
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.queries import paper_of, papers_where, printed
from procure.registers.projects.models import Project
from procure.registers.projects.queries import (
    Authors,
    buyers_in_view,
    get_project,
    oversees,
)
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.models import Plan
from procure.stages.plans.queries import EarliestStart, earliest_start
from procure.stages.tenders.content import (
    Factor,
    Instalment,
    Payments,
    Policy,
    Qualification,
    Requirement,
    Schedule,
    Scoring,
    SectionContent,
    SectionKey,
    Target,
    Targets,
)
from procure.stages.tenders.events import (
    TenderDrafted,
    TenderEdited,
    TenderSubmitted,
    stream_of_taker,
)
from procure.stages.tenders.models import (
    DocumentTaker,
    PaymentTerm,
    Tender,
    TenderCriterion,
    TenderKey,
    TenderTarget,
)
from procure.store import trail
from procure.store.lists import Source, equal, waiting_first
from procure.store.request_cache import once
from procure.store.rows import in_order

OPEN = "open"
"""A choice of the list beside the states: published, and the deadline is ahead."""
BEGUN = (TenderState.DRAFT, TenderState.SUBMITTED)
UNPUBLISHED = (*BEGUN, TenderState.DROPPED)
"""What nobody outside the buyer has seen."""
ENDED = (TenderState.FAILED, TenderState.TERMINATED, TenderState.DROPPED)
_WRITING = (TenderDrafted, TenderEdited, TenderSubmitted)
AUTHORS = Authors(Permission.TENDER_PUBLISH, tuple(kind.__name__ for kind in _WRITING))
"""Who wrote the document, in any round, or answers for its text."""

_DRAFTER, _PUBLISHER = aliased(User), aliased(User)
_FINANCE = aliased(Organisation)
"""Made once: an alias brings a copy of all columns with it."""


@dataclass(frozen=True)
class TenderRow:
    """A line of the list of tenders."""

    number: str
    title: str
    buyer: str
    method: ProcurementMethod
    ceiling_fen: int
    state: TenderState
    documents_until: date | None
    deadline_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TenderHead:
    """A tender with what stands around it. `authority` is the finance department that hears
    complaints, empty where the register does not tell which it is.
    """

    tender: Tender
    project: Project
    buyer: Organisation
    plan: Plan
    item: CatalogueItem
    drafted_by: str
    published_by: str
    authority: str = ""

    @property
    def earliest(self) -> EarliestStart | None:
        """The first lawful day of publication (T01); None while the intention is not public."""
        at = self.plan.intention_published_at
        return None if at is None else earliest_start(local_date(at))


@dataclass(frozen=True, kw_only=True)
class TenderDossier(TenderHead):
    """A tender with everything its document says."""

    criteria: tuple[TenderCriterion, ...]
    targets: tuple[TenderTarget, ...]
    payments: tuple[PaymentTerm, ...]

    @property
    def sections(self) -> tuple[SectionContent, ...]:
        """All sections as plain data."""
        tender = self.tender
        return (
            read_as(Requirement, tender),
            Targets(read_each(Target, self.targets)),
            read_as(Qualification, tender),
            read_as(Scoring, tender, factors=read_each(Factor, self.criteria)),
            Payments(read_each(Instalment, self.payments)),
            read_as(Schedule, tender),
            read_as(Policy, tender),
        )


@once
def find_tender(session: Session, project_id: str) -> Tender | None:
    """The newest tender of a project, whatever its state; None when it has none."""
    return session.scalars(
        select(Tender).where(Tender.project_id == project_id).order_by(Tender.round.desc()).limit(1)
    ).first()


def find_tender_dossier(session: Session, actor: Actor, project: Project) -> TenderDossier | None:
    """The newest tender the actor may read: a draft only for the buyer's side and its overseers."""
    tender = _find_readable(session, actor, project)
    return None if tender is None else dossier_of(session, tender, project)


def find_tender_head(session: Session, actor: Actor, project: Project) -> TenderHead | None:
    """The same without what its document says; two statements."""
    tender = _find_readable(session, actor, project)
    return None if tender is None else TenderHead(**_around(session, tender, project))


def _find_readable(session: Session, actor: Actor, project: Project) -> Tender | None:
    tender = find_tender(session, project.id)
    if tender is None:
        return None
    if tender.state in UNPUBLISHED and not oversees(session, actor, project.buyer_id):
        return None
    return tender


def get_tender_dossier(session: Session, actor: Actor, number: str) -> TenderDossier:
    """The newest tender of the project of that number; NotFound when hidden or missing."""
    dossier = find_tender_dossier(session, actor, get_project(session, actor, number))
    if dossier is None:
        raise NotFound("这个项目还没有发布采购文件。")
    return dossier


def dossier_of(session: Session, tender: Tender, project: Project) -> TenderDossier:
    """A tender with everything its document says; four statements."""
    return TenderDossier(
        **_around(session, tender, project),
        criteria=tuple(criteria_of(session, tender.id)),
        targets=tuple(targets_of(session, tender.id)),
        payments=tuple(payments_of(session, tender.id)),
    )


def _around(session: Session, tender: Tender, project: Project) -> dict[str, Any]:
    """The fields of a tender's head; one statement."""
    buyer, plan, item, drafted_by, published_by, authority = session.execute(
        select(
            Organisation,
            Plan,
            CatalogueItem,
            _DRAFTER.name,
            _PUBLISHER.name,
            _only_finance_department(),
        )
        .select_from(Tender)
        .join(Plan, Plan.project_id == Tender.project_id)
        .join(CatalogueItem, CatalogueItem.id == Plan.catalogue_item_id)
        .join(Organisation, Organisation.id == project.buyer_id)
        .join(_DRAFTER, _DRAFTER.id == Tender.drafted_by)
        .outerjoin(_PUBLISHER, _PUBLISHER.id == Tender.published_by)
        .where(Tender.id == tender.id)
    ).one()
    return {
        "tender": tender,
        "project": project,
        "buyer": buyer,
        "plan": plan,
        "item": item,
        "drafted_by": drafted_by,
        "published_by": published_by or "",
        "authority": authority or "",
    }


def _only_finance_department() -> ScalarSelect[str | None]:
    """The name of the finance department of the buyer's level of government, where there is one and
    no second; a street office has none of its own and looks to its district's.
    """
    level = case((Organisation.level == Level.STREET, Level.DISTRICT), else_=Organisation.level)
    return (
        select(func.min(_FINANCE.name))
        .where(
            _FINANCE.kind == OrganisationKind.FINANCE,
            _FINANCE.is_active,
            _FINANCE.level == level,
        )
        .having(func.count() == 1)
        .correlate(Organisation)
        .scalar_subquery()
    )


def criteria_of(session: Session, tender_id: str) -> Sequence[TenderCriterion]:
    """The quality factors of a tender in their order."""
    return in_order(session, TenderCriterion, TenderCriterion.tender_id == tender_id)


def targets_of(session: Session, tender_id: str) -> Sequence[TenderTarget]:
    """The targets of a tender in their order."""
    return in_order(session, TenderTarget, TenderTarget.tender_id == tender_id)


def payments_of(session: Session, tender_id: str) -> Sequence[PaymentTerm]:
    """The instalments of a tender in their order."""
    return in_order(session, PaymentTerm, PaymentTerm.tender_id == tender_id)


@once
def find_taking(session: Session, tender_id: str, supplier_id: str) -> DocumentTaker | None:
    """The taking of a tender's document by one supplier: its own business before the opening."""
    return session.scalars(
        select(DocumentTaker).where(
            DocumentTaker.tender_id == tender_id, DocumentTaker.supplier_id == supplier_id
        )
    ).one_or_none()


def taker_heads(session: Session, tender_id: str) -> dict[str, tuple[int, str]]:
    """The ends of the chains of all who took a tender's document, for the event that ends that."""
    ids = session.scalars(select(DocumentTaker.id).where(DocumentTaker.tender_id == tender_id))
    return trail.heads(session, sorted(map(stream_of_taker, ids)))


def takers_of(session: Session, tender: Tender) -> list[tuple[str, datetime]]:
    """Who took the document and when, by time; empty before the opening (O87 art 28)."""
    if tender.opened_at is None:
        return []
    query = (
        select(Organisation.name, DocumentTaker.taken_at)
        .join(Organisation, Organisation.id == DocumentTaker.supplier_id)
        .where(DocumentTaker.tender_id == tender.id)
        .order_by(DocumentTaker.taken_at, Organisation.name)
    )
    return [(name, at) for name, at in session.execute(query)]


def saved_sections(session: Session, tender_id: str) -> frozenset[SectionKey]:
    """The sections somebody has looked through and saved; the others stand as prefilled."""
    links = trail.read(
        session,
        trail.TrailEvent.subject_id == tender_id,
        trail.TrailEvent.event == TenderEdited.__name__,
    )
    return frozenset(SectionKey(link.data["section"]) for link in links)


def find_document(session: Session, tender_id: str) -> Document | None:
    """The printed tender document, None before publication."""
    kind = DocumentKind.TENDER_DOCUMENT
    return session.scalars(select(Document).filter_by(subject_id=tender_id, kind=kind)).first()


def require_printed(session: Session, tender_id: str) -> None:
    """Raise TooEarly while the tender document is being printed."""
    kind = DocumentKind.TENDER_DOCUMENT
    printed(session, subject_id=tender_id, kind=kind).require()


def papers_out(session: Session, tender_id: str) -> dict[DocumentKind, Paper]:
    """What was printed of a tender, by what it is; nothing before publication."""
    return {one.kind: paper_of(one) for one in papers_where(session, subject_id=tender_id)}


def find_key(session: Session, tender_id: str) -> TenderKey | None:
    """The tender's key row; its secret half is wrapped and of no use here."""
    return session.get(TenderKey, tender_id)


def tenders_in_view(actor: Actor, now: datetime) -> Source[TenderRow]:
    """The tenders the actor may read, those that close first on top; suppliers see what they may
    still take part in unless they ask for another state.
    """
    is_open = and_(Tender.state == TenderState.PUBLISHED, Tender.deadline_at > now)
    unasked = is_open if actor.organisation_kind is OrganisationKind.SUPPLIER else true()

    def in_state(state: str) -> ColumnElement[bool]:
        if state == OPEN:
            return is_open
        return Tender.state == state if state else unasked

    return Source(
        lines=select(
            Project.number,
            Project.title,
            Organisation.name,
            Tender.method,
            Tender.ceiling_fen,
            Tender.state,
            Tender.documents_until,
            Tender.deadline_at,
        )
        .join(Project, Project.id == Tender.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(_readable(actor)),
        line=TenderRow,
        ident=Tender.id,
        first=waiting_first(is_open, Tender.deadline_at),
        sorts={
            "deadline": Tender.deadline_at,
            "number": Project.number,
            "title": Project.title,
            "buyer": Organisation.name,
            "ceiling": Tender.ceiling_fen,
        },
        filters={
            "state": in_state,
            "method": equal(Tender.method),
        },
        search=(Project.title, Project.number),
    )


def waiting_tenders(session: Session, actor: Actor) -> Sequence[tuple[Tender, Project]]:
    """The own organisation's tenders that wait for this actor, oldest first."""
    states = []
    if actor.may(Permission.TENDER_DRAFT):
        states.append(TenderState.DRAFT)
    if actor.may(Permission.TENDER_PUBLISH):
        states.append(TenderState.SUBMITTED)
    rows = session.execute(
        select(Tender, Project)
        .join(Project, Project.id == Tender.project_id)
        .where(Project.buyer_id == actor.organisation_id, Tender.state.in_(states))
        .order_by(Project.created_at, Project.id)
    )
    return [(tender, project) for tender, project in rows]


def plans_without_tender(session: Session, actor: Actor) -> Sequence[tuple[Plan, Project]]:
    """The own organisation's announced plans for which no tender runs or succeeded."""
    alive = select(Tender.project_id).where(Tender.state.not_in(ENDED))
    rows = session.execute(
        select(Plan, Project)
        .join(Project, Project.id == Plan.project_id)
        .where(
            Project.buyer_id == actor.organisation_id,
            Project.closed_at.is_(None),
            Plan.state == PlanState.INTENTION_PUBLISHED,
            Project.id.not_in(alive),
        )
        .order_by(Plan.intention_published_at, Plan.id)
    )
    return [(plan, project) for plan, project in rows]


def open_tenders(
    session: Session, actor: Actor, now: datetime, limit: int = 20
) -> Sequence[tuple[Tender, Project]]:
    """Tenders whose document this supplier can still take and has not, the nearest deadline first."""
    taken = select(DocumentTaker.tender_id).where(
        DocumentTaker.supplier_id == actor.organisation_id
    )
    rows = session.execute(
        select(Tender, Project)
        .join(Project, Project.id == Tender.project_id)
        .where(
            Tender.state == TenderState.PUBLISHED,
            Tender.deadline_at > now,
            Tender.documents_until >= local_date(now),
            Tender.id.not_in(taken),
        )
        .order_by(Tender.deadline_at, Tender.id)
        .limit(limit)
    )
    return [(tender, project) for tender, project in rows]


def _readable(actor: Actor) -> ColumnElement[bool]:
    return or_(Tender.state.not_in(UNPUBLISHED), buyers_in_view(actor, Project.buyer_id))
