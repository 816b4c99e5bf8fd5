"""What can be read of bids: one's own at any time, all others only once they are opened.

Nothing here counts, lists or hints at bids before the opening: a query that is not
the owner's begins at `OpenedBid`, which the opening writes.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import Paper
from procure.kernel.errors import Invalid, NotFound, Verdict
from procure.kernel.lifecycle import BidState, TenderState
from procure.kernel.numbering import normalise_number
from procure.kernel.records import read_as
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import Organisation, User
from procure.registers.accounts.queries import UNITS_BELOW
from procure.registers.documents.audiences import PanelSeat, PanelSeats
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.queries import paper_of, papers_where, seats_of
from procure.registers.projects.models import Lot, Project, ProjectParty
from procure.registers.projects.queries import get_project, oversees, read_number
from procure.stages.bids.content import unwrap
from procure.stages.bids.events import LOSS, WITHDRAWAL, stream_of
from procure.stages.bids.models import Bid, BidVersion, OpenedBid, OpeningObjections
from procure.stages.bids.policies import LOST, Bidder, may_read_opening
from procure.stages.tenders.models import DocumentTaker, Tender, TenderCriterion, TenderKey
from procure.stages.tenders.queries import UNPUBLISHED, criteria_of
from procure.stages.tenders.queries import find_tender as find_newest
from procure.store import trail
from procure.store.lists import Source, equal, waiting_first
from procure.store.request_cache import once
from procure.store.secrets import PlatformKey


@dataclass(frozen=True)
class TenderCase:
    """A project with its newest announced tender and the factors it is scored by."""

    project: Project
    tender: Tender
    criteria: tuple[TenderCriterion, ...]


@dataclass(frozen=True)
class VersionRow:
    """A sealed version as its owner sees it; `event_hash` is where it stands in the bid's chain."""

    sealed: BidVersion
    received_from: str
    event_hash: str


@dataclass(frozen=True)
class OwnBidRow:
    """A line of the list of one's own bids."""

    number: str
    project: str
    buyer: str
    state: BidState
    tender_state: TenderState
    deadline_at: datetime | None
    drafted_at: datetime
    round: int
    newest_round: int
    method: ProcurementMethod


@dataclass(frozen=True)
class OpenedRow:
    """An opened bid with its bidder."""

    opened: OpenedBid
    supplier: Organisation
    received_at: datetime

    @property
    def bid_id(self) -> str:
        """Which bid it is."""
        return self.opened.bid_id


def get_case(
    session: Session, actor: Actor, number: str, round_number: int | None = None
) -> TenderCase:
    """The project of that number with its newest announced tender, or with that of a round; NotFound
    before the announcement.
    """
    project = get_project(session, actor, number)
    tender = find_tender(session, project.id, round_number)
    if tender is None:
        raise NotFound
    return TenderCase(project, tender, tuple(criteria_of(session, tender.id)))


@once
def find_tender(
    session: Session, project_id: str, round_number: int | None = None
) -> Tender | None:
    """The newest tender of a project that was announced, or that of a round; None before that."""
    if round_number is None:
        newest = find_newest(session, project_id)
        if newest is None or newest.state not in UNPUBLISHED:
            return newest
    announced = select(Tender).where(
        Tender.project_id == project_id, Tender.state.not_in(UNPUBLISHED)
    )
    if round_number is not None:
        announced = announced.where(Tender.round == round_number)
    return session.scalars(announced.order_by(Tender.round.desc()).limit(1)).first()


def newest_round(session: Session, number: str) -> int | None:
    """Which round of the purchase with that number was announced last; None before the first."""
    return session.scalar(
        select(func.max(Tender.round))
        .join(Project, Project.id == Tender.project_id)
        .where(Project.number == read_number(number), Tender.state.not_in(UNPUBLISHED))
    )


def earlier_rounds(session: Session, tender: Tender) -> Sequence[Tender]:
    """The rounds of the purchase before this one, the first first; asks nothing of a first round."""
    if tender.round == 1:
        return ()
    return session.scalars(
        select(Tender)
        .where(
            Tender.project_id == tender.project_id,
            Tender.round < tender.round,
            Tender.state.not_in(UNPUBLISHED),
        )
        .order_by(Tender.round)
    ).all()


def first_lot(session: Session, project_id: str) -> Lot:
    """The first lot of a project; every project has one."""
    return session.scalars(
        select(Lot).where(Lot.project_id == project_id).order_by(Lot.number).limit(1)
    ).one()


def bidder_of(session: Session, actor: Actor, project: Project, tender: Tender) -> Bidder:
    """How the actor's organisation stands to the buyer, the case and the tender; one statement."""
    asked = {
        "own": actor.organisation_id,
        "project": project.id,
        "tender": tender.id,
        "top": project.buyer_id,
    }
    rows = session.execute(_BIDDER, asked).all()
    if not rows:
        return Bidder(is_active=False)
    return read_as(
        Bidder,
        rows[0],
        parts=frozenset(row.part for row in rows if row.part is not None),
    )


def _bidder() -> Select[*tuple[Any, ...]]:
    """A row for each part the organisation has in the case, one without a part when it has none."""
    own, party, taking = Organisation.__table__, ProjectParty.__table__, DocumentTaker.__table__
    took = select(taking.c.id).where(
        taking.c.tender_id == bindparam("tender"), taking.c.supplier_id == bindparam("own")
    )
    return (
        select(
            *own.c["credit_code", "institution_class", "is_active"],
            own.c.id.in_(UNITS_BELOW).label("is_below_buyer"),
            took.exists().label("has_document"),
            party.c.part,
        )
        .join_from(
            own,
            party,
            and_(party.c.organisation_id == own.c.id, party.c.project_id == bindparam("project")),
            isouter=True,
        )
        .where(own.c.id == bindparam("own"))
    )


_BIDDER = _bidder()


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


@dataclass(frozen=True)
class HeldBid:
    """An own bid with its tender, whose row is held until the transaction ends.

    `versions` is how many were received before; `recipient` the key they are sealed to.
    """

    bid: Bid
    tender: Tender
    project: Project
    versions: int
    recipient: str | None


def hold_own_bid(session: Session, actor: Actor, bid_id: str) -> HeldBid:
    """The own bid of that id as it stands now; the opening waits for whoever holds it.

    One statement. NotFound alike for absent bids, those of others, and those of a tender that was
    announced anew.
    """
    row = session.execute(_HELD, {"bid": bid_id, "own": actor.organisation_id}).first()
    if row is None or row.Tender.round != row.newest:
        raise NotFound
    return HeldBid(row.Bid, row.Tender, row.Project, row.versions or 0, row.recipient)


def _newest_round(project_id: Any) -> ScalarSelect[int]:
    """The newest announced round of the project named by a column."""
    later = Tender.__table__.alias("later")
    return (
        select(func.max(later.c.round))
        .where(later.c.project_id == project_id, later.c.state.not_in(UNPUBLISHED))
        .scalar_subquery()
    )


def _held() -> Select[*tuple[Any, ...]]:
    version = BidVersion.__table__
    newest = _newest_round(Tender.project_id)
    versions = (
        select(func.max(version.c.number)).where(version.c.bid_id == Bid.id).scalar_subquery()
    )
    return (
        select(
            Bid,
            Tender,
            Project,
            newest.label("newest"),
            versions.label("versions"),
            TenderKey.__table__.c.recipient,
        )
        .join(Tender, Tender.id == Bid.tender_id)
        .join(Project, Project.id == Tender.project_id)
        .outerjoin(TenderKey.__table__, TenderKey.__table__.c.tender_id == Tender.id)
        .where(Bid.id == bindparam("bid"), Bid.supplier_id == bindparam("own"))
        .with_for_update(read=True, of=Tender)
        .execution_options(populate_existing=True)
    )


_HELD = _held()


class OwnBid(NamedTuple):
    """What a submission has to know of the own bid before it begins, with the project's number."""

    id: str
    version: int
    number: str


def find_own_bid_of(session: Session, actor: Actor, number: str) -> OwnBid | None:
    """The own bid for the newest announced tender of the project of that number, one statement."""
    try:
        wanted = normalise_number(number)
    except Invalid:
        return None
    row = session.execute(_OWN_BID, {"number": wanted, "own": actor.organisation_id}).first()
    return None if row is None or row.id is None else OwnBid(row.id, row.version, wanted)


def _own_bid() -> Select[*tuple[Any, ...]]:
    bid, tender, project = Bid.__table__, Tender.__table__, Project.__table__
    return (
        select(*bid.c["id", "version"])
        .select_from(project)
        .join(tender, tender.c.project_id == project.c.id)
        .outerjoin(bid, and_(bid.c.tender_id == tender.c.id, bid.c.supplier_id == bindparam("own")))
        .where(project.c.number == bindparam("number"), tender.c.state.not_in(UNPUBLISHED))
        .order_by(tender.c.round.desc())
        .limit(1)
    )


_OWN_BID = _own_bid()


class SignedReceipt(NamedTuple):
    """A receipt with its signature and the hash of the event that names it."""

    receipt: dict[str, object]
    signature: str
    event_hash: str


def receipt_of(session: Session, bid_id: str, version_id: str) -> SignedReceipt:
    """The receipt of a version with its place in the bid's chain; one statement."""
    asked = {"version": version_id, "stream": stream_of(bid_id)}
    rows = session.execute(_RECEIPT, asked).all()
    return next(
        SignedReceipt(row.receipt, row.signature, row.hash)
        for row in rows
        if row.seq == _seq_of(row.receipt)
    )


def _receipt() -> Select[*tuple[Any, ...]]:
    """A row for each submission in the chain; the receipt says which is its own."""
    version, link = BidVersion.__table__, trail.TrailEvent.__table__
    return (
        select(*version.c["receipt", "signature"], *link.c["seq", "hash"])
        .join_from(
            version,
            link,
            and_(link.c.stream == bindparam("stream"), link.c.event == "BidSubmitted"),
        )
        .where(version.c.id == bindparam("version"))
        .order_by(link.c.seq.desc())
    )


_RECEIPT = _receipt()


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
        VersionRow(version, name, hashes.get(_seq_of(version.receipt), ""))
        for version, name in rows
    ]


@dataclass(frozen=True)
class ShutOutRow:
    """A signed note about a bid that was in time and not stored, about one that was taken back in
    time and opened all the same, or about one that the platform lost, as its owner reads it.
    """

    note_id: str
    received_at: datetime
    deadline_at: datetime
    opened_at: datetime | None
    note: Mapping[str, object]
    signature: str

    @property
    def is_withdrawal(self) -> bool:
        """Whether what could not be done was taking the bid back; notes of old say nothing."""
        return self.note.get("act") == WITHDRAWAL

    @property
    def is_loss(self) -> bool:
        """Whether the bid was stored and lost by the platform before it was opened."""
        return self.note.get("act") == LOSS


def shut_outs_of(session: Session, bid: Bid) -> list[ShutOutRow]:
    """The notes of a bid, oldest first; ask `is_own` before."""
    link = trail.TrailEvent
    return [
        ShutOutRow(
            one.data["note_id"],
            datetime.fromisoformat(one.data["received_at"]),
            datetime.fromisoformat(one.data["deadline_at"]),
            datetime.fromisoformat(one.data["opened_at"]) if one.data["opened_at"] else None,
            json.loads(one.data["note"]),
            one.data["signature"],
        )
        for one in trail.read(session, link.stream == stream_of(bid.id), link.event == "BidShutOut")
    ]


@dataclass(frozen=True)
class RefusedOpening:
    """An opening that was not held: where it stands in the project's chain, and what was found."""

    seq: int
    at: datetime
    tried_by: str
    away: tuple[str, ...]
    damaged: tuple[Mapping[str, Any], ...]
    missing: tuple[Mapping[str, Any], ...]


def find_refused_opening(session: Session, tender: Tender) -> RefusedOpening | None:
    """The newest try to open the tender that failed for its envelopes, None when none did."""
    found = list(trail.read_of(session, tender.project_id, tender.id, "OpeningRefused"))
    if not found:
        return None
    newest = found[-1]
    return RefusedOpening(
        newest.seq,
        newest.at,
        newest.actor_id,
        tuple(newest.data["away"]),
        tuple(newest.data["damaged"]),
        tuple(newest.data.get("missing", ())),
    )


def missing_since(session: Session, tender: Tender) -> datetime | None:
    """When the last of the envelopes that wait to be confirmed as lost was first found missing."""
    first: dict[str, datetime] = {}
    for link in trail.read_of(session, tender.project_id, tender.id, "OpeningRefused"):
        for one in link.data.get("missing", ()):
            first.setdefault(one["version"], link.at)
    waiting = {one["version"] for one in unconfirmed_damage(session, tender)}
    return max((at for version, at in first.items() if version in waiting), default=None)


@dataclass(frozen=True)
class ConfirmedDamage:
    """Who confirmed that an envelope is damaged or lost and cannot be restored, when and how they
    know.
    """

    by: str
    at: datetime
    reason: str
    damage: str


def confirmed_damage(session: Session, tender: Tender) -> dict[str, ConfirmedDamage]:
    """The envelopes whose damage or loss a second person confirmed, by version; the last word counts."""
    return {
        one["version"]: ConfirmedDamage(
            link.content["actor"]["name"], link.at, link.data["reason"], one["damage"]
        )
        for link in trail.read_of(session, tender.project_id, tender.id, "DamageConfirmed")
        for one in link.data["damaged"]
    }


def unconfirmed_damage(session: Session, tender: Tender) -> tuple[Mapping[str, Any], ...]:
    """What the newest refused opening found damaged or missing and nobody has confirmed yet."""
    found = find_refused_opening(session, tender)
    if found is None or not (found.damaged or found.missing):
        return ()
    confirmed = confirmed_damage(session, tender)
    return tuple(
        one
        for one in (*found.damaged, *found.missing)
        if one["version"] not in confirmed
        or (one["damage"] == LOST) != (confirmed[one["version"]].damage == LOST)
    )


def _seq_of(receipt: Mapping[str, object]) -> int:
    chain = receipt["chain"]
    assert isinstance(chain, dict)
    return int(chain["seq"])


def _is_newest() -> ColumnElement[bool]:
    """Of the versions of a bid, the one that counts."""
    any_of = BidVersion.__table__.alias("any_of")
    newest = select(func.max(any_of.c.number)).where(any_of.c.bid_id == BidVersion.bid_id)
    return BidVersion.number == newest.scalar_subquery()


_IS_NEWEST = _is_newest()


def newest_version(session: Session, bid_id: str) -> BidVersion | None:
    """The version that counts, None before the first."""
    return session.scalars(
        select(BidVersion).where(BidVersion.bid_id == bid_id, _IS_NEWEST)
    ).first()


def own_bids(actor: Actor, now: datetime) -> Source[OwnBidRow]:
    """The bids of the actor's organisation, those that close first on top."""
    is_open = and_(Tender.state == TenderState.PUBLISHED, Tender.deadline_at > now)
    return Source(
        lines=select(
            Project.number,
            Project.title,
            Organisation.name,
            Bid.state,
            Tender.state,
            Tender.deadline_at,
            Bid.drafted_at,
            Tender.round,
            _newest_round(Tender.project_id).label("newest_round"),
            Tender.method,
        )
        .join(Tender, Tender.id == Bid.tender_id)
        .join(Project, Project.id == Tender.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(Bid.supplier_id == actor.organisation_id),
        line=OwnBidRow,
        ident=Bid.id,
        first=waiting_first(is_open, Tender.deadline_at),
        sorts={
            "deadline": Tender.deadline_at,
            "project": Project.title,
            "state": Bid.state,
            "saved": Bid.drafted_at,
        },
        filters={"state": equal(Bid.state)},
        search=(Project.title, Project.number),
    )


def opened_bids(session: Session, tender_id: str) -> list[OpenedRow]:
    """The opened bids of a tender by name; empty before the opening. Ask a policy first."""
    rows = session.execute(
        select(OpenedBid, Organisation, BidVersion.received_at)
        .join(Organisation, Organisation.id == OpenedBid.supplier_id)
        .join(BidVersion, and_(BidVersion.bid_id == OpenedBid.bid_id, _IS_NEWEST))
        .where(OpenedBid.tender_id == tender_id)
        .order_by(Organisation.name, OpenedBid.bid_id)
    )
    return [OpenedRow(*row) for row in rows]


def attachments_of(session: Session, bid_id: str) -> list[Paper]:
    """The attachments of an opened bid, not who put them on file; none before the opening. Ask a
    policy first.
    """
    found = papers_where(session, subject_id=bid_id, kind=DocumentKind.BID_ATTACHMENT)
    found.sort(key=lambda one: (one.title, one.id))
    return [paper_of(one._replace(by=None)) for one in found]


def objections_to(session: Session, tender_id: str) -> OpeningObjections | None:
    """What was answered about objections to the opening, None before anybody was asked."""
    return session.get(OpeningObjections, tender_id)


def opening_record_of(session: Session, tender_id: str) -> Document | None:
    """The record printed at the opening itself."""
    return session.scalars(
        select(Document)
        .where(Document.subject_id == tender_id, Document.kind == DocumentKind.OPENING_RECORD)
        .order_by(Document.created_at, Document.id)
        .limit(1)
    ).first()


def opening_for(
    session: Session, actor: Actor, project: Project, tender: Tender
) -> tuple[Verdict, PanelSeat]:
    """Whether the actor may see who bid what, and their seat on the tender's panel. They oversee the
    case as its buyer or for audit; finance has no part in bids.
    """
    sees = actor.may(Permission.REVIEW_VIEW) and oversees(session, actor, project.buyer_id)
    seats = seats_of(session, actor, project.id) if sees else PanelSeats()
    seat = seats.for_round(tender.id)
    return may_read_opening(tender, oversees=sees, seat=seat), seat


def drafts_waiting(session: Session, actor: Actor) -> Sequence[tuple[Bid, Tender, Project]]:
    """The bids of the actor's organisation that are not handed in, deadlines first."""
    waiting = (
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
    return session.execute(waiting).all()


def tenders_without_bid(session: Session, actor: Actor) -> Sequence[tuple[Tender, Project]]:
    """The published tenders whose document the actor's organisation took and for which it has not
    begun a bid, deadlines first; one statement.
    """
    own = actor.organisation_id
    begun = select(Bid.id).where(Bid.tender_id == Tender.id, Bid.supplier_id == own).exists()
    taken = (
        select(Tender, Project)
        .join(Project, Project.id == Tender.project_id)
        .join(DocumentTaker, DocumentTaker.tender_id == Tender.id)
        .where(
            DocumentTaker.supplier_id == own,
            Tender.state == TenderState.PUBLISHED,
            ~begun,
        )
        .order_by(Tender.deadline_at, Tender.id)
    )
    return session.execute(taken).all()


def saved_after_sealing(
    session: Session, actor: Actor
) -> Sequence[tuple[Bid, Tender, Project, BidVersion]]:
    """The sealed bids of the actor's organisation whose draft was saved later, with what is sealed.

    Whether what was saved differs from what is sealed only the draft itself can tell.
    """
    saved = (
        select(Bid, Tender, Project, BidVersion)
        .join(Tender, Tender.id == Bid.tender_id)
        .join(Project, Project.id == Tender.project_id)
        .join(BidVersion, and_(BidVersion.bid_id == Bid.id, _IS_NEWEST))
        .where(
            Bid.supplier_id == actor.organisation_id,
            Bid.state == BidState.SUBMITTED,
            Bid.drafted_at >= BidVersion.received_at,
            Tender.state == TenderState.PUBLISHED,
        )
        .order_by(Tender.deadline_at, Bid.id)
    )
    return session.execute(saved).all()


def openings_with_damage(session: Session, actor: Actor) -> Sequence[tuple[Tender, Project]]:
    """The tenders of the actor's own organisation whose opening was refused for its envelopes and
    is still to be held.
    """
    link = trail.TrailEvent
    refused = (link.subject_id == Tender.id, link.event == "OpeningRefused")
    return tenders_to_open(session, actor, select(link.seq).where(*refused).exists())


def tenders_to_open(
    session: Session, actor: Actor, *conditions: ColumnElement[bool]
) -> Sequence[tuple[Tender, Project]]:
    """The published tenders of the actor's own organisation by deadline, whether due or not."""
    own = (
        select(Tender, Project)
        .join(Project, Project.id == Tender.project_id)
        .where(
            Project.buyer_id == actor.organisation_id,
            Tender.state == TenderState.PUBLISHED,
            *conditions,
        )
        .order_by(Tender.deadline_at, Tender.id)
    )
    return session.execute(own).all()


def kept_by_drafts(session: Session, key: PlatformKey, kept: Collection[str]) -> set[str]:
    """Those of the digests under which a bidder's draft keeps the encrypted copy of an attachment."""
    named = {
        file.kept
        for blob in session.scalars(select(Bid.draft).execution_options(yield_per=100))
        for draft in (unwrap(blob, key),)
        for content in (draft.present, draft.sealed)
        for file in (content.files if content else ())
    }
    return named & set(kept)
