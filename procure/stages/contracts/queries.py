"""What can be read of contracts: one for its page, the list, what it came from, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from procure.kernel.access import Actor, Permission, Role
from procure.kernel.case_lines import Paper
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound, Verdict
from procure.kernel.lifecycle import ContractState
from procure.kernel.statute import timer
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.deadlines.queries import of_project
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.queries import find_paper, paper_of, papers_where, printed
from procure.registers.funds.models import AccountKind, BudgetLine
from procure.registers.funds.queries import standing_on
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project, ProjectParty
from procure.registers.projects.queries import Authors, buyers_in_view, get_project
from procure.stages.awards.models import Review
from procure.stages.bids.models import Bid, BidVersion, OpenedBid
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.contracts.events import ContractEdited, ContractIssued
from procure.stages.contracts.models import (
    Contract,
    ContractEarlyEnd,
    ContractMilestone,
    ContractPost,
    ContractShare,
    ContractTarget,
    Instalment,
)
from procure.stages.plans.models import Plan
from procure.stages.tenders import queries as tenders
from procure.stages.tenders.models import PaymentTerm, Tender, TenderTarget
from procure.store import trail
from procure.store.holding import hold, hold_below
from procure.store.lists import Source, equal
from procure.store.request_cache import once
from procure.store.rows import in_order

MISSING = "没有找到这份合同，或您无权查看。"

INSTRUMENT = "政府购买服务"
"""What a contract is called, before 合同; many a project is called so already."""

SIGNING, PUBLICATION, FILING, CHALLENGE = "T28", "T29", "T30", "T33"

_BUYER = aliased(Organisation)
"""Made once: an alias brings a copy of all columns with it."""

AUTHORS = Authors(
    Permission.CONTRACT_SIGN_BUYER, (ContractEdited.__name__, ContractIssued.__name__)
)
"""The events whose actor wrote the contract or sent its text; its first draft writes itself."""


@dataclass(frozen=True)
class ContractParts:
    """A contract with everything that stands in it, each list in its order."""

    contract: Contract
    targets: Sequence[ContractTarget]
    posts: Sequence[ContractPost]
    milestones: Sequence[ContractMilestone]
    instalments: Sequence[Instalment]
    shares: Sequence[ContractShare]


@dataclass(frozen=True)
class Origin:
    """Where a contract comes from: tender, plan, budget line, catalogue item, award."""

    tender: Tender
    plan: Plan
    line: BudgetLine
    item: CatalogueItem
    quoted_fen: int
    """The price bid, which the contract may not exceed."""
    result_notice: str
    papers: "AwardPapers | None" = None
    """The instruments the contract is made of; None before the result was announced."""


@dataclass(frozen=True)
class AwardPapers:
    """Document, bid and letter as they are on file: number, day and digest of each."""

    document_on: date
    document_sha256: str
    bid_version: int
    bid_received_on: date
    bid_sha256: str
    letter_no: str
    letter_on: date
    letter_sha256: str


@dataclass(frozen=True)
class CheckFacts:
    """What the check needs beside the contract itself."""

    tender_months: int
    term_conditions: Sequence[bool]
    quoted_fen: int
    reserved_fen: int
    signing_due_at: datetime | None
    document: str = ""
    """All that the document says in words."""


@dataclass(frozen=True)
class Award:
    """What an announced review gives a contract to be drafted from."""

    bid: Bid
    opened: OpenedBid
    tender: Tender
    project: Project
    plan: Plan
    supplier: Organisation
    buyer: Organisation
    targets: Sequence[TenderTarget]
    terms: Sequence[PaymentTerm]


@dataclass(frozen=True)
class Signature:
    """One side's signing as recorded: who, of whom, when, over which digest."""

    side: str
    name: str
    organisation: str
    at: datetime
    sha256: str
    event_hash: str


@dataclass(frozen=True)
class ContractRow:
    """A line of the list of contracts."""

    number: str
    project_number: str
    title: str
    buyer: str
    supplier: str
    amount_fen: int
    state: ContractState
    starts_on: date | None
    ends_on: date | None
    settled_at: datetime | None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Contract: what this actor may know of.

    The buyer's side and its overseers, the contract's own supplier, and the assessors of the case.
    """
    if not actor.may(Permission.CONTRACT_VIEW):
        return Contract.id.is_(None)
    ways = [buyers_in_view(actor, Contract.buyer_id)]
    if actor.organisation_id:
        ways.append(Contract.supplier_id == actor.organisation_id)
    if actor.holds(Role.EVALUATOR, Role.LEAD_EVALUATOR):
        ways.append(
            and_(
                Contract.state != ContractState.DRAFT,
                Contract.project_id.in_(
                    select(ProjectParty.project_id).where(
                        ProjectParty.organisation_id == actor.organisation_id
                    )
                ),
            )
        )
    return or_(*ways)


def get_contract(session: Session, actor: Actor, number: str) -> Contract:
    """The contract of the project of that number, with project and parties.

    Raises NotFound when there is none (yet) or it is not for this actor.
    """
    project = get_project(session, actor, number)
    return _one(session, Contract.project_id == project.id, visible_to(actor))


@once
def find_of_project(session: Session, actor: Actor, project_id: str) -> Contract | None:
    """The contract of a project as far as the actor may know of it."""
    return session.scalars(
        _with_names().where(Contract.project_id == project_id, visible_to(actor))
    ).first()


def load_contract(session: Session, contract_id: str) -> Contract:
    """The contract of that id with project and parties, held for a verb that decides about it or
    about what hangs from it; NotFound when there is none.
    """
    hold(session, Contract, contract_id, MISSING)
    return _one(session, Contract.id == contract_id)


def load_unsigned(session: Session, contract_id: str) -> tuple[Contract, Tender]:
    """The same for a verb before the contract is in force, with the purchase that it comes from:
    while the one is worked on, the other is not ended.
    """
    tender_id = session.scalar(
        select(Bid.tender_id)
        .join(Contract, Contract.bid_id == Bid.id)
        .where(Contract.id == contract_id)
    )
    if tender_id is None:
        raise NotFound(MISSING)
    tender = hold_below(session, Tender, tender_id)
    return load_contract(session, contract_id), tender


def load_contract_below(session: Session, contract_id: str) -> Contract:
    """The same for a verb that adds a row below the contract."""
    hold_below(session, Contract, contract_id, MISSING)
    return _one(session, Contract.id == contract_id)


def contract_parts(session: Session, contract: Contract) -> ContractParts:
    """Everything that stands in a contract; five statements whatever its size."""
    return ContractParts(
        contract,
        targets_of(session, contract.id),
        in_order(session, ContractPost, ContractPost.contract_id == contract.id),
        milestones_of(session, contract.id),
        instalments_of(session, contract.id),
        shares_of(session, contract.id),
    )


def instrument_name(contract: Contract) -> str:
    """The one name of a contract in every notice, with no word of the project's title said twice."""
    return f"{contract.project.title.removesuffix(INSTRUMENT)}{INSTRUMENT}合同"


def targets_of(session: Session, contract_id: str) -> Sequence[ContractTarget]:
    """The targets of a contract in their order."""
    return in_order(session, ContractTarget, ContractTarget.contract_id == contract_id)


def instalments_of(session: Session, contract_id: str) -> Sequence[Instalment]:
    """The instalments of a contract in their order."""
    return in_order(session, Instalment, Instalment.contract_id == contract_id)


def shares_of(session: Session, contract_id: str) -> Sequence[ContractShare]:
    """What each level of government pays of a contract, in the order of splitting."""
    return in_order(session, ContractShare, ContractShare.contract_id == contract_id)


def milestones_of(session: Session, contract_id: str) -> Sequence[ContractMilestone]:
    """The milestones agreed, in their order."""
    return in_order(session, ContractMilestone, ContractMilestone.contract_id == contract_id)


def award_of_review(session: Session, review_id: str) -> Award:
    """What a contract is drafted from; NotFound when the review has no winner with an open bid."""
    row = session.execute(
        select(Bid, OpenedBid, Tender, Project, Plan)
        .join(Review, Bid.id == Review.winner_bid_id)
        .join(OpenedBid, OpenedBid.bid_id == Bid.id)
        .join(Tender, Tender.id == Review.tender_id)
        .join(Project, Project.id == Review.project_id)
        .join(Plan, Plan.project_id == Project.id)
        .where(Review.id == review_id)
    ).first()
    if row is None or row[1].price_fen is None:
        raise NotFound("没有找到成交结果，无法起草合同。")
    bid, opened, tender, project, plan = row
    return Award(
        bid,
        opened,
        tender,
        project,
        plan,
        session.get_one(Organisation, bid.supplier_id),
        session.get_one(Organisation, project.buyer_id),
        tenders.targets_of(session, tender.id),
        tenders.payments_of(session, tender.id),
    )


def origin_of(session: Session, contract: Contract) -> Origin:
    """Where the contract comes from; two statements."""
    tender, plan, line, item, quoted, review = session.execute(
        select(Tender, Plan, BudgetLine, CatalogueItem, OpenedBid.price_fen, Review)
        .join(Bid, Bid.tender_id == Tender.id)
        .join(OpenedBid, OpenedBid.bid_id == Bid.id)
        .join(Plan, Plan.project_id == Tender.project_id)
        .join(BudgetLine, BudgetLine.id == Plan.budget_line_id)
        .join(CatalogueItem, CatalogueItem.id == Plan.catalogue_item_id)
        .join(Review, Review.tender_id == Tender.id)
        .where(Bid.id == contract.bid_id)
    ).one()
    notice = session.scalar(
        select(func.max(Notice.number)).where(
            Notice.project_id == contract.project_id, Notice.kind == NoticeKind.RESULT
        )
    )
    return Origin(
        tender,
        plan,
        line,
        item,
        quoted or 0,
        notice or "",
        _papers_of(session, contract, tender, review),
    )


def award_printed(session: Session, contract: Contract) -> Verdict:
    """Whether the award notice, which the contract names by its digest, is printed."""
    return printed(session, project_id=contract.project_id, kind=DocumentKind.AWARD_NOTICE)


def _papers_of(
    session: Session, contract: Contract, tender: Tender, review: Review
) -> AwardPapers | None:
    kinds = (DocumentKind.TENDER_DOCUMENT, DocumentKind.AWARD_NOTICE)
    found = {
        document.kind: document
        for document in session.scalars(
            select(Document)
            .where(Document.subject_id.in_((tender.id, review.id)), Document.kind.in_(kinds))
            .order_by(Document.created_at)
        )
    }
    bid = session.scalars(
        select(BidVersion)
        .where(BidVersion.bid_id == contract.bid_id)
        .order_by(BidVersion.number.desc())
        .limit(1)
    ).first()
    if len(found) < len(kinds) or bid is None or tender.published_at is None:
        return None
    letter = found[DocumentKind.AWARD_NOTICE]
    said = letter.snapshot or {}
    return AwardPapers(
        document_on=local_date(tender.published_at),
        document_sha256=found[DocumentKind.TENDER_DOCUMENT].sha256,
        bid_version=bid.number,
        bid_received_on=local_date(bid.received_at),
        bid_sha256=bid.sha256,
        letter_no=str(said["notice_no"]),
        letter_on=local_date(review.announced_at)
        if review.announced_at
        else local_date(letter.created_at),
        letter_sha256=letter.sha256,
    )


def document_text(session: Session, contract: Contract) -> str:
    """All that the document and its plan say in words of what is bought."""
    origin = origin_of(session, contract)
    tender = origin.tender
    conditions = session.scalars(
        select(TenderTarget.condition).where(TenderTarget.tender_id == tender.id)
    )
    return "\n".join(
        (
            contract.project.title,
            origin.plan.outline,
            tender.requirement,
            tender.service_place,
            tender.staffing,
            tender.acceptance_way,
            *conditions,
        )
    )


def start_within_days(session: Session, contract: Contract) -> int | None:
    """How many days after signing the document lets the service begin; None where it says nothing."""
    return session.scalar(
        select(Tender.start_within_days)
        .join(Bid, Bid.tender_id == Tender.id)
        .where(Bid.id == contract.bid_id)
    )


def challenge_until(session: Session, contract: Contract) -> date | None:
    """The last day on which a bidder may challenge the result (T33); None before it was announced."""
    until = session.scalar(
        select(func.max(Notice.period_until)).where(
            Notice.project_id == contract.project_id, Notice.kind == NoticeKind.RESULT
        )
    )
    return timer(CHALLENGE, until).due(until).on if until is not None else None


def budget_of(session: Session, contract: Contract) -> tuple[Plan, BudgetLine]:
    """The plan that reserved the contract's money and its budget line."""
    plan, line = session.execute(
        select(Plan, BudgetLine)
        .join(BudgetLine, BudgetLine.id == Plan.budget_line_id)
        .where(Plan.project_id == contract.project_id)
    ).one()
    return plan, line


def signing_term(session: Session, contract: Contract) -> Deadline | None:
    """The term of thirty days to sign in (T28), which the announcement of the result started."""
    return session.scalars(
        select(Deadline)
        .where(
            Deadline.project_id == contract.project_id,
            Deadline.rule == SIGNING,
            Deadline.status != TermStatus.CANCELLED,
        )
        .order_by(Deadline.due_at.desc(), Deadline.id)
    ).first()


def terms_of(session: Session, contract: Contract) -> list[Deadline]:
    """The terms of signing, publication and filing, whether running or met, by due instant."""
    return [
        term
        for term in of_project(session, contract.project_id)
        if term.rule in (SIGNING, PUBLICATION, FILING) and term.status is not TermStatus.CANCELLED
    ]


def running_terms(session: Session, project_ids: Sequence[str]) -> dict[tuple[str, str], Deadline]:
    """The running terms of signing, publication and filing by project and rule; one statement."""
    query = (
        select(Deadline)
        .where(
            Deadline.project_id.in_(project_ids),
            Deadline.rule.in_((SIGNING, PUBLICATION, FILING)),
            Deadline.status == TermStatus.RUNNING,
        )
        .order_by(Deadline.due_at.desc(), Deadline.id)
    )
    return {(term.project_id, term.rule): term for term in session.scalars(query)}


def check_facts(session: Session, parts: ContractParts, origin: Origin) -> CheckFacts:
    """What the check of a contract needs beside the contract."""
    reserved = standing_on(session, origin.line.id, AccountKind.RESERVED, origin.plan.id)
    term = signing_term(session, parts.contract)
    return CheckFacts(
        tender_months=origin.tender.term_months,
        term_conditions=tuple(origin.plan.term_conditions),
        quoted_fen=origin.quoted_fen,
        reserved_fen=sum(reserved.values()),
        signing_due_at=term.due_at if term is not None else None,
        document=document_text(session, parts.contract),
    )


def text_of(session: Session, contract: Contract) -> Paper | None:
    """The printed contract as a line of a page; None before it was issued."""
    return find_paper(session, contract.document_id) if contract.document_id else None


def papers_of_contract(session: Session, contract: Contract) -> list[Paper]:
    """The text as it stands, the copy that tells who signed it, and the record of how it ended."""
    lines = papers_where(session, subject_id=contract.id)
    standing = (contract.document_id, contract.signed_document_id)
    texts = [line for ident in standing for line in lines if line.id == ident]
    endings = [line for line in lines if line.kind is DocumentKind.CONTRACT_ENDING]
    return [paper_of(line) for line in (*texts, *endings)]


def digest_of_text(session: Session, contract: Contract) -> str:
    """The SHA-256 of the printed contract; NotFound before it was issued."""
    return document_of_text(session, contract).sha256


def document_of_text(session: Session, contract: Contract) -> Document:
    """The document row of the printed contract; NotFound before it was issued."""
    document = session.get(Document, contract.document_id) if contract.document_id else None
    if document is None:
        raise NotFound("合同文本还没有生成。")
    return document


def signatures_of(session: Session, contract: Contract) -> list[Signature]:
    """The signings as the trail holds them, in order: the record of signatures (签署记录)."""
    sides = {"ContractSignedBySupplier": "乙方", "ContractSigned": "甲方"}
    links = trail.read(
        session,
        trail.TrailEvent.project_id == contract.project_id,
        trail.TrailEvent.subject_id == contract.id,
        trail.TrailEvent.event.in_(sides),
    )
    return [
        Signature(
            sides[link.event],
            link.data["signatory"],
            link.data["organisation"],
            link.at,
            link.data["sha256"],
            link.hash,
        )
        for link in links
    ]


def contracts_in_view(actor: Actor) -> Source[ContractRow]:
    """The contracts the actor may know of; of a draft the supplier learns only on the case page."""
    told = (
        true()
        if actor.organisation_kind is None or actor.is_buyer
        else Contract.state != ContractState.DRAFT
    )
    return Source(
        lines=select(
            Contract.number,
            Project.number,
            Project.title,
            _BUYER.name,
            Organisation.name,
            Contract.amount_fen,
            Contract.state,
            Contract.starts_on,
            Contract.ends_on,
            Contract.settled_at,
        )
        .join(Project, Project.id == Contract.project_id)
        .join(_BUYER, _BUYER.id == Contract.buyer_id)
        .join(Organisation, Organisation.id == Contract.supplier_id)
        .where(visible_to(actor), told),
        line=ContractRow,
        ident=Contract.id,
        first="-number",
        sorts={
            "number": Contract.number,
            "title": Project.title,
            "supplier": Organisation.name,
            "amount": Contract.amount_fen,
            "starts": Contract.starts_on,
            "ends": Contract.ends_on,
        },
        filters={"state": equal(Contract.state)},
        search=(Project.title, Contract.number),
    )


def waiting(session: Session, actor: Actor) -> list[tuple[Contract, ContractEarlyEnd | None]]:
    """Contracts in whose states somebody of the actor's organisation has something to do, each with
    the undecided proposal to end it early; one statement.
    """
    undecided = and_(
        ContractEarlyEnd.contract_id == Contract.id, ContractEarlyEnd.decided_at.is_(None)
    )
    found = session.execute(
        _with_names()
        .add_columns(ContractEarlyEnd)
        .outerjoin(ContractEarlyEnd, undecided)
        .where(
            or_(
                Contract.buyer_id == actor.organisation_id,
                Contract.supplier_id == actor.organisation_id,
            ),
            or_(
                ContractEarlyEnd.id.is_not(None),
                Contract.state.in_(
                    (
                        ContractState.DRAFT,
                        ContractState.ISSUED,
                        ContractState.SUPPLIER_SIGNED,
                        ContractState.SIGNED,
                        ContractState.PUBLISHED,
                    )
                ),
            ),
        )
        .order_by(Contract.number)
    )
    return [(contract, proposal) for contract, proposal in found]


def _with_names() -> Select[Contract]:
    return select(Contract).options(
        joinedload(Contract.project),
        joinedload(Contract.buyer),
        joinedload(Contract.supplier),
    )


def _one(session: Session, *conditions: ColumnElement[bool]) -> Contract:
    contract = session.scalars(_with_names().where(*conditions)).first()
    if contract is None:
        raise NotFound(MISSING)
    return contract


def writers_of(session: Session, project_id: str) -> set[str]:
    """The ids of everybody who filled in or issued the contract of a project, as the trail tells."""
    link = trail.TrailEvent
    query = (
        select(link.actor_id)
        .where(link.project_id == project_id, link.event.in_(AUTHORS.events))
        .distinct()
    )
    return {ident for ident in session.scalars(query) if ident}
