"""What can be read of bids: one's own at any time, all others only once they are opened.

Nothing here counts, lists or hints at bids before the opening (security.md S5): a query that is not
the owner's begins at `OpenedBid`, which the opening writes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import BidState, TenderState
from procure.kernel.paging import Page, PageRequest
from procure.registers.accounts.models import Organisation, User
from procure.registers.accounts.queries import organisations_below
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.projects.models import Lot, Project
from procure.registers.projects.queries import get_project, oversees, parts_of
from procure.stages.bids.events import stream_of
from procure.stages.bids.models import Bid, BidVersion, OpenedBid
from procure.stages.bids.policies import Bidder
from procure.stages.tenders.models import Tender, TenderCriterion
from procure.stages.tenders.queries import UNPUBLISHED, criteria_of, find_taking
from procure.store import trail

SORTS = ("-deadline", "project", "state", "saved")
FILTERS = ("state",)

_SORT_COLUMNS = {
    "deadline": Tender.deadline_at,
    "project": Project.title,
    "state": Bid.state,
    "saved": Bid.drafted_at,
}


@dataclass(frozen=True)
class TenderCase:
    """A project with its newest announced tender and the factors it is scored by."""

    project: Project
    tender: Tender
    criteria: tuple[TenderCriterion, ...]


@dataclass(frozen=True)
class VersionRow:
    """A sealed version as its owner sees it; `event_hash` is where it stands in the bid's chain."""

    id: str
    number: int
    sha256: str
    size: int
    received_at: datetime
    received_from: str
    receipt: dict[str, object]
    signature: str
    event_hash: str


@dataclass(frozen=True)
class OwnBidRow:
    """A line of the list of one's own bids."""

    id: str
    number: str
    project: str
    buyer: str
    state: BidState
    tender_state: TenderState
    deadline_at: datetime | None
    drafted_at: datetime


@dataclass(frozen=True)
class OpenedRow:
    """An opened bid with its bidder and what was received of it."""

    bid_id: str
    supplier: Organisation
    opened: OpenedBid
    number: int
    sha256: str
    received_at: datetime


def get_case(session: Session, actor: Actor, number: str) -> TenderCase:
    """The project of that number with its announced tender; NotFound before the announcement."""
    project = get_project(session, actor, number)
    tender = find_tender(session, project.id)
    if tender is None:
        raise NotFound
    return TenderCase(project, tender, tuple(criteria_of(session, tender.id)))


def find_tender(session: Session, project_id: str) -> Tender | None:
    """The newest tender of a project that was announced, None before that."""
    return session.scalars(
        select(Tender)
        .where(Tender.project_id == project_id, Tender.state.not_in(UNPUBLISHED))
        .order_by(Tender.round.desc())
        .limit(1)
    ).first()


def first_lot(session: Session, project_id: str) -> Lot:
    """The first lot of a project; every project has one."""
    return session.scalars(
        select(Lot).where(Lot.project_id == project_id).order_by(Lot.number).limit(1)
    ).one()


def bidder_of(session: Session, actor: Actor, project: Project, tender: Tender) -> Bidder:
    """How the actor's organisation stands to the buyer, the case and the tender."""
    organisation = session.get(Organisation, actor.organisation_id or "")
    if organisation is None:
        return Bidder(is_active=False)
    return Bidder(
        parts=parts_of(session, actor, project.id),
        credit_code=organisation.credit_code,
        is_active=organisation.is_active,
        is_below_buyer=organisation.id in organisations_below(session, project.buyer_id),
        has_document=find_taking(session, tender.id, organisation.id) is not None,
    )


def find_own_bid(session: Session, actor: Actor, tender_id: str) -> Bid | None:
    """The bid of the actor's organisation, None when it has none."""
    if not actor.may(Permission.BID_VIEW_OWN):
        return None
    return session.scalars(
        select(Bid).where(Bid.tender_id == tender_id, Bid.supplier_id == actor.organisation_id)
    ).one_or_none()


def get_own_bid(session: Session, actor: Actor, bid_id: str) -> Bid:
    """The bid of that id when it is the actor's organisation's; NotFound alike for all others."""
    bid = session.scalars(
        select(Bid).where(Bid.id == bid_id, Bid.supplier_id == actor.organisation_id)
    ).one_or_none()
    if bid is None:
        raise NotFound
    return bid


def versions_of(session: Session, bid: Bid) -> list[VersionRow]:
    """The sealed versions of a bid, the newest first; ask `is_own` or the opening before."""
    link = trail.TrailEvent
    hashes = {
        row.seq: row.hash
        for row in session.execute(
            select(link.seq, link.hash).where(
                link.stream == stream_of(bid.id), link.event == "BidSubmitted"
            )
        )
    }
    rows = session.execute(
        select(BidVersion, User.name)
        .join(User, User.id == BidVersion.received_from)
        .where(BidVersion.bid_id == bid.id)
        .order_by(BidVersion.number.desc())
    )
    return [
        VersionRow(
            version.id,
            version.number,
            version.sha256,
            version.size,
            version.received_at,
            name,
            version.receipt,
            version.signature,
            hashes.get(_seq_of(version), ""),
        )
        for version, name in rows
    ]


@dataclass(frozen=True)
class ShutOutRow:
    """A signed note about a bid that was in time and not stored, as its owner reads it."""

    note_id: str
    received_at: datetime
    note: str
    signature: str


def shut_outs_of(session: Session, bid: Bid) -> list[ShutOutRow]:
    """The notes of a bid, oldest first; ask `is_own` before."""
    link = trail.TrailEvent
    return [
        ShutOutRow(
            one.data["note_id"],
            datetime.fromisoformat(one.data["received_at"]),
            one.data["note"],
            one.data["signature"],
        )
        for one in trail.read(session, link.stream == stream_of(bid.id), link.event == "BidShutOut")
    ]


def _seq_of(version: BidVersion) -> int:
    chain = version.receipt["chain"]
    assert isinstance(chain, dict)
    return int(chain["seq"])


def newest_version(session: Session, bid_id: str) -> BidVersion | None:
    """The version that counts, None before the first."""
    return session.scalars(
        select(BidVersion)
        .where(BidVersion.bid_id == bid_id)
        .order_by(BidVersion.number.desc())
        .limit(1)
    ).first()


def list_own_bids(session: Session, actor: Actor, request: PageRequest) -> Page[OwnBidRow]:
    """One page of the bids of the actor's organisation; two statements whatever the size."""
    conditions: list[ColumnElement[bool]] = [Bid.supplier_id == actor.organisation_id]
    state = request.filters.get("state")
    if state in set(BidState):
        conditions.append(Bid.state == BidState(state))
    if request.search:
        conditions.append(
            or_(
                Project.title.contains(request.search, autoescape=True),
                Project.number.contains(request.search.upper(), autoescape=True),
            )
        )
    joined = (
        select(
            Bid.id,
            Project.number,
            Project.title,
            Organisation.name,
            Bid.state,
            Tender.state,
            Tender.deadline_at,
            Bid.drafted_at,
        )
        .join(Tender, Tender.id == Bid.tender_id)
        .join(Project, Project.id == Tender.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(*conditions)
    )
    total = session.scalar(select(func.count()).select_from(joined.subquery()))
    column = _SORT_COLUMNS[request.sort or "deadline"]
    rows = session.execute(
        joined.order_by(column.desc() if request.descending else column.asc(), Bid.id)
        .offset(request.offset)
        .limit(request.size)
    )
    return Page([OwnBidRow(*row) for row in rows], total or 0, request)


def opened_bids(session: Session, tender_id: str) -> list[OpenedRow]:
    """The opened bids of a tender by name; empty before the opening. Ask a policy first."""
    newest = (
        select(BidVersion.bid_id, func.max(BidVersion.number).label("number"))
        .group_by(BidVersion.bid_id)
        .subquery()
    )
    rows = session.execute(
        select(OpenedBid, Organisation, BidVersion)
        .join(Organisation, Organisation.id == OpenedBid.supplier_id)
        .join(newest, newest.c.bid_id == OpenedBid.bid_id)
        .join(
            BidVersion,
            (BidVersion.bid_id == newest.c.bid_id) & (BidVersion.number == newest.c.number),
        )
        .where(OpenedBid.tender_id == tender_id)
        .order_by(Organisation.name, OpenedBid.bid_id)
    )
    return [
        OpenedRow(
            opened.bid_id, supplier, opened, version.number, version.sha256, version.received_at
        )
        for opened, supplier, version in rows
    ]


def attachments_by_bid(session: Session, project_id: str) -> dict[str, list[Document]]:
    """The attachments of opened bids by bid; empty before the opening. Ask a policy first."""
    found: dict[str, list[Document]] = {}
    for document in session.scalars(
        select(Document)
        .where(Document.project_id == project_id, Document.kind == DocumentKind.BID_ATTACHMENT)
        .order_by(Document.title, Document.id)
    ):
        found.setdefault(document.subject_id, []).append(document)
    return found


def reads_opening(session: Session, actor: Actor, project: Project) -> bool:
    """Whether the actor reads the case as its buyer or for audit; finance has no part in bids."""
    return actor.may(Permission.REVIEW_VIEW) and oversees(session, actor, project.buyer_id)


def drafts_waiting(session: Session, actor: Actor) -> list[tuple[Bid, Tender, Project]]:
    """The bids of the actor's organisation that are not handed in, deadlines first."""
    return [
        (bid, tender, project)
        for bid, tender, project in session.execute(
            select(Bid, Tender, Project)
            .join(Tender, Tender.id == Bid.tender_id)
            .join(Project, Project.id == Tender.project_id)
            .where(
                Bid.supplier_id == actor.organisation_id,
                Bid.state.in_((BidState.DRAFT, BidState.WITHDRAWN)),
                Tender.state == TenderState.PUBLISHED,
            )
            .order_by(Tender.deadline_at, Bid.id)
        )
    ]


def tenders_to_open(session: Session, actor: Actor) -> list[tuple[Tender, Project]]:
    """The published tenders of the actor's own organisation by deadline, whether due or not."""
    return [
        (tender, project)
        for tender, project in session.execute(
            select(Tender, Project)
            .join(Project, Project.id == Tender.project_id)
            .where(
                Project.buyer_id == actor.organisation_id,
                Tender.state == TenderState.PUBLISHED,
            )
            .order_by(Tender.deadline_at, Tender.id)
        )
    ]
