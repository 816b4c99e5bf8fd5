"""What can be read of a review: the panel by its members, prices not before all marks are locked.

Rulebook 1.16: the buyer's side reads all but single marks before the signing; a member reads the
bids after their declaration and only their own marks until all are locked; names of experts stay with
the buyer until the result is out; a loser reads its own total and rank.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission, Role
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import BY_ACTION, BidState, ReviewState, TenderState
from procure.registers.accounts.models import IS_HELD, Organisation, RoleGrant, User
from procure.registers.accounts.queries import organisations_above
from procure.registers.documents.audiences import PanelSeat, PanelSeats
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.queries import seats_of
from procure.registers.projects.models import Project
from procure.registers.projects.queries import get_project, oversees
from procure.stages.awards import policies
from procure.stages.awards.draw import (
    ACCOUNT_CLOSED,
    NO_LONGER_EXPERT,
    ORGANISATION_CLOSED,
    Candidate,
)
from procure.stages.awards.models import (
    BidCheck,
    BidderRelation,
    CandidatePassed,
    LowPriceReview,
    MemberAbsence,
    PanelMember,
    RankedBid,
    Review,
    Score,
)
from procure.stages.awards.ranking import is_valid
from procure.stages.awards.relations import Evidence
from procure.stages.awards.standing import REVEALED, MemberRow, ReviewCase
from procure.stages.bids.models import Bid, OpenedBid
from procure.stages.bids.policies import may_read_round
from procure.stages.bids.queries import OpenedRow, find_tender, opened_bids
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.queries import criteria_of
from procure.store import trail

OfBid = TypeVar("OfBid", BidCheck, LowPriceReview, CandidatePassed)

BUYER_SEAT_ROLES = (Role.CLERK, Role.ACCEPTER)
"""Who of the buyer may sit on a panel: not the approver, who decides on its report."""


def get_review_case(
    session: Session, actor: Actor, number: str, round_number: int | None = None
) -> ReviewCase:
    """The case for the buyer's side, its overseers and its panel; NotFound alike for others. Of the
    newest announced round, or of an earlier one.
    """
    project = get_project(session, actor, number)
    case = find_review_case(session, actor, project, round_number)
    if case is None:
        raise NotFound
    if round_number is not None:
        may_read_round(seats_of(session, actor, project.id), case.tender).require()
    return case


def find_review_case(
    session: Session, actor: Actor, project: Project, round_number: int | None = None
) -> ReviewCase | None:
    """The same, None when there is nothing for this reader; a fixed number of statements."""
    tender = find_tender(session, project.id, round_number)
    if tender is None or tender.opened_at is None:
        return None
    review = session.scalars(select(Review).where(Review.tender_id == tender.id)).one_or_none()
    case = ReviewCase(
        reader=actor,
        project=project,
        tender=tender,
        review=review,
        members=tuple(members_of(session, review.id)) if review else (),
        criteria=tuple(criteria_of(session, tender.id)),
        oversees=oversees(session, actor, project.buyer_id) and actor.may(Permission.REVIEW_VIEW),
    )
    return case if case.oversees or case.own is not None else None


def members_of(session: Session, *review_ids: str) -> list[MemberRow]:
    """All seats of panels, replaced ones included, by position."""
    rows = session.execute(
        select(PanelMember, User)
        .join(User, User.id == PanelMember.user_id)
        .where(PanelMember.review_id.in_(review_ids))
        .order_by(PanelMember.position, PanelMember.replaced_at.is_(None), PanelMember.id)
    )
    return [MemberRow(member, user) for member, user in rows]


def panel_seats(session: Session, actor: Actor, project_id: str) -> PanelSeats:
    """How the actor sits on the panels of the project's tenders: from their declaration on the bids
    of the newest are open to them, and prices once all marks are locked.
    """
    newest_tender = (
        select(Tender.id)
        .where(Tender.project_id == project_id, Tender.opened_at.is_not(None))
        .order_by(Tender.round.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = session.execute(
        select(
            Review.id,
            Review.tender_id,
            Review.state,
            PanelMember.has_conflict,
            PanelMember.replaced_at.is_not(None).label("is_replaced"),
            (Review.tender_id == newest_tender).label("is_newest"),
        )
        .join(PanelMember, PanelMember.review_id == Review.id)
        .where(Review.project_id == project_id, PanelMember.user_id == actor.user_id)
    ).all()
    seats = [
        (row, _seat_in(row.state, row.has_conflict))
        for row in found
        # Who was replaced for an absence is of the panel no more; who stepped aside keeps away.
        if row.has_conflict or not row.is_replaced
    ]
    newest = next((seat for row, seat in seats if row.is_newest), PanelSeat.NONE)
    judges = newest in (PanelSeat.JUDGING, PanelSeat.INFORMED)
    bids = select(OpenedBid.bid_id).where(OpenedBid.tender_id == newest_tender)
    return PanelSeats(
        newest,
        frozenset(session.scalars(bids)) if judges else frozenset(),
        frozenset(row.id for row, seat in seats if seat is PanelSeat.INFORMED),
        {row.tender_id: seat for row, seat in seats},
        next((row.tender_id for row, _ in seats if row.is_newest), None),
    )


def _seat_in(state: ReviewState, has_conflict: bool | None) -> PanelSeat:
    if has_conflict:
        return PanelSeat.STEPPED_ASIDE
    if has_conflict is None:
        return PanelSeat.KEPT_OUT
    return PanelSeat.INFORMED if state in REVEALED else PanelSeat.JUDGING


def expert_pool(session: Session) -> list[Candidate]:
    """All experts who can come in, by id: what a draw is made from."""
    rows = session.execute(
        select(User.id, User.name, User.employer, User.speciality)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(_is_expert(), User.is_active, Organisation.is_active)
        .order_by(User.id)
    )
    return [Candidate(*row) for row in rows]


def _is_expert() -> ColumnElement[bool]:
    grant = RoleGrant.__table__.c
    return (
        select(grant.id)
        .where(
            grant.user_id == User.id,
            grant.role == Role.EXPERT,
            grant.granted_at.is_not(None),
            grant.revoked_at.is_(None),
        )
        .exists()
    )


def unavailable_experts(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Who of these can no longer sit on a panel, with the reason in words; a draw that was recorded
    earlier does not know. One statement.
    """
    rows = session.execute(
        select(User.id, User.is_active, Organisation.is_active, _is_expert())
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(User.id.in_(sorted(ids)))
    )
    found = {}
    for user_id, is_active, is_open, is_expert in rows:
        if not is_active:
            found[user_id] = ACCOUNT_CLOSED
        elif not is_open:
            found[user_id] = ORGANISATION_CLOSED
        elif not is_expert:
            found[user_id] = NO_LONGER_EXPERT
    return found


def absences_of(session: Session, review_id: str) -> Sequence[MemberAbsence]:
    """The members reported absent, decided or not, oldest first."""
    return session.scalars(
        select(MemberAbsence)
        .where(MemberAbsence.review_id == review_id)
        .order_by(MemberAbsence.reported_at, MemberAbsence.id)
    ).all()


def pending_absence(session: Session, review_id: str, member_id: str) -> MemberAbsence | None:
    """What is reported of a member and not decided yet."""
    return session.scalars(
        select(MemberAbsence).where(
            MemberAbsence.review_id == review_id,
            MemberAbsence.member_id == member_id,
            MemberAbsence.decided_at.is_(None),
        )
    ).one_or_none()


def absences_to_decide(
    session: Session, actor: Actor
) -> Sequence[tuple[MemberAbsence, Review, Tender, Project]]:
    """What waits for a second person of the actor's own organisation, while the purchase runs."""
    return session.execute(
        select(MemberAbsence, Review, Tender, Project)
        .join(Review, Review.id == MemberAbsence.review_id)
        .join(Tender, Tender.id == Review.tender_id)
        .join(Project, Project.id == Review.project_id)
        .where(
            Project.buyer_id == actor.organisation_id,
            Tender.state == TenderState.OPENED,
            MemberAbsence.decided_at.is_(None),
            Review.state.in_(BY_ACTION["decide_absence"].sources),
        )
        .order_by(MemberAbsence.reported_at, MemberAbsence.id)
    ).all()


def replacements_of(session: Session, review: Review) -> list[Mapping[str, Any]]:
    """What the trail says of the replacements in a review, in their order."""
    told = trail.read_of(session, review.project_id, review.id, "PanelMemberReplaced")
    return [one.data for one in told]


def buyer_seats(session: Session, actor: Actor) -> Sequence[User]:
    """Who of the actor's organisation may be its representative: others than the actor, by name."""
    return session.scalars(
        select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(
            User.organisation_id == actor.organisation_id,
            User.id != actor.user_id,
            User.is_active,
            Organisation.is_active,
            RoleGrant.role.in_(BUYER_SEAT_ROLES),
            IS_HELD,
        )
        .distinct()
        .order_by(User.name, User.id)
    ).all()


def rows_of(session: Session, tender: Tender) -> list[OpenedRow]:
    """The opened bids of the tender; the caller has asked who reads."""
    return opened_bids(session, tender.id)


def opened_row(session: Session, case: ReviewCase, bid_id: str) -> OpenedRow:
    """One opened bid of the case; NotFound for any other."""
    found = next((row for row in rows_of(session, case.tender) if row.bid_id == bid_id), None)
    if found is None:
        raise NotFound("没有找到这份投标文件。")
    return found


def valid_rows(session: Session, case: ReviewCase) -> list[OpenedRow]:
    """The bids that passed the checks and are scored, in the order of `rows_of`."""
    checks = checks_of(session, case.started.id)
    return [
        row
        for row in rows_of(session, case.tender)
        if row.bid_id in checks and is_valid(checks[row.bid_id])
    ]


def checks_of(session: Session, review_id: str) -> dict[str, BidCheck]:
    """The findings about bids, by bid."""
    return _by_bid(session, BidCheck, review_id)


def _by_bid(session: Session, kind: type[OfBid], review_id: str) -> dict[str, OfBid]:
    rows = select(kind).where(kind.review_id == review_id).order_by(kind.bid_id)
    return {row.bid_id: row for row in session.scalars(rows)}


def relations_of(session: Session, review_id: str) -> dict[tuple[str, str], BidderRelation]:
    """What was found about bidders that share something, by their bids in order."""
    return {
        (row.bid_id, row.other_bid_id): row
        for row in session.scalars(
            select(BidderRelation)
            .where(BidderRelation.review_id == review_id)
            .order_by(BidderRelation.bid_id, BidderRelation.other_bid_id)
        )
    }


def evidence_of(session: Session, rows: Sequence[OpenedRow]) -> Evidence:
    """Who stands above each bidder in the register, and the attachments of each bid."""
    files: dict[str, dict[str, str]] = {}
    for bid_id, sha256, filename in session.execute(
        select(Document.subject_id, Document.sha256, Document.filename)
        .where(
            Document.subject_id.in_([row.bid_id for row in rows]),
            Document.kind == DocumentKind.BID_ATTACHMENT,
        )
        .order_by(Document.title, Document.id)
    ):
        files.setdefault(bid_id, {}).setdefault(sha256, filename)
    return Evidence(organisations_above(session, [row.supplier.id for row in rows]), files)


def scores_of(session: Session, review_id: str, member_id: str | None = None) -> Sequence[Score]:
    """Marks of a review, of one member when named."""
    query = select(Score).where(Score.review_id == review_id)
    if member_id is not None:
        query = query.where(Score.member_id == member_id)
    return session.scalars(query.order_by(Score.member_id, Score.bid_id, Score.criterion_id)).all()


def ranking_of(session: Session, review_id: str) -> Sequence[RankedBid]:
    """The ranking, best first, bids out of it last."""
    return session.scalars(
        select(RankedBid)
        .where(RankedBid.review_id == review_id)
        .order_by(RankedBid.rank.is_(None), RankedBid.rank, RankedBid.bid_id)
    ).all()


def low_price_reviews(session: Session, review_id: str) -> dict[str, LowPriceReview]:
    """What was found about abnormally low prices, by bid."""
    return _by_bid(session, LowPriceReview, review_id)


def low_waiting(session: Session, review_id: str) -> list[RankedBid]:
    """The low prices that are not judged yet, in the order of the ranking."""
    judged = low_price_reviews(session, review_id)
    ranked = ranking_of(session, review_id)
    return [row for row in ranked if policies.is_low(row) and row.bid_id not in judged]


def concluded_at(session: Session, review: Review) -> datetime:
    """Since when the conclusions that are signed stand as they are: the ranking, or the last finding
    about a low price.
    """
    judged = [one.judged_at for one in low_price_reviews(session, review.id).values()]
    assert review.scored_at is not None
    return max([review.scored_at, *judged])


def passed_over(session: Session, review_id: str) -> dict[str, CandidatePassed]:
    """The candidates who cannot be chosen, by bid."""
    return _by_bid(session, CandidatePassed, review_id)


def passed_words(passed: CandidatePassed) -> str:
    """On which ground a candidate cannot be chosen, and what happened."""
    return f"{passed.ground.label}：{passed.reason}"


def next_candidate(session: Session, review_id: str) -> RankedBid | None:
    """The first of the ranking who can still be chosen, None when none is left (R-AWD-1, R-AWD-7)."""
    out = passed_over(session, review_id)
    return next(
        (
            row
            for row in ranking_of(session, review_id)
            if row.rank is not None and row.bid_id not in out
        ),
        None,
    )


def takers_of(session: Session, tender_id: str) -> Sequence[str]:
    """The suppliers who took the document, by when they did."""
    return session.scalars(
        select(Organisation.name)
        .join(DocumentTaker, DocumentTaker.supplier_id == Organisation.id)
        .where(DocumentTaker.tender_id == tender_id)
        .order_by(DocumentTaker.taken_at, DocumentTaker.id)
    ).all()


def began_at(session: Session, review: Review) -> datetime:
    """When the panel began: when the first mark was saved, as the trail tells; the session's time
    before that.
    """
    saved = list(trail.read_of(session, review.project_id, review.id, "ScoresSaved"))
    return saved[0].at if saved else review.session_at


@dataclass(frozen=True)
class OwnResult:
    """What a bidder is told once the result is out: own total and rank, or why it was invalid;
    `passed` says why it was not chosen although its turn came.
    """

    review_id: str
    bid_id: str
    winner: str
    is_winner: bool
    total_points: int | None
    rank: int | None
    reason: str
    passed: str = ""


def find_own_result(session: Session, actor: Actor, tender_id: str) -> OwnResult | None:
    """The result for the actor's organisation, None before the announcement (O87 art 69)."""
    review = session.scalars(
        select(Review).where(Review.tender_id == tender_id, Review.state == ReviewState.ANNOUNCED)
    ).one_or_none()
    if review is None:
        return None
    return own_results(session, review).get(actor.organisation_id or "")


def own_results(session: Session, review: Review) -> dict[str, OwnResult]:
    """What each bidder of an announced review is told, by supplier; bids that were withdrawn or
    never sent are none.
    """
    rows = session.execute(
        select(Bid.id, Bid.supplier_id, Organisation.name)
        .join(Organisation, Organisation.id == Bid.supplier_id)
        .where(Bid.tender_id == review.tender_id, Bid.state == BidState.OPENED)
        .order_by(Bid.id)
    ).all()
    ranked = {row.bid_id: row for row in ranking_of(session, review.id) if row.rank is not None}
    checks = checks_of(session, review.id)
    passed = passed_over(session, review.id)
    winner = next(name for bid_id, _, name in rows if bid_id == review.winner_bid_id)
    found = {}
    for bid_id, supplier_id, _ in rows:
        placed, check = ranked.get(bid_id), checks.get(bid_id)
        found[supplier_id] = OwnResult(
            review.id,
            bid_id,
            winner,
            review.winner_bid_id == bid_id,
            placed.total_points if placed else None,
            placed.rank if placed else None,
            "" if check is None or (check.qualified and check.conforms) else check.reason,
            passed_words(passed[bid_id]) if bid_id in passed else "",
        )
    return found


def cases_of_member(session: Session, actor: Actor) -> list[ReviewCase]:
    """The reviews on whose panels the actor sits and something may wait for them, newest first."""
    rows = session.execute(
        select(Tender, Project, Review)
        .join(Review, Review.tender_id == Tender.id)
        .join(PanelMember, PanelMember.review_id == Review.id)
        .join(Project, Project.id == Review.project_id)
        .where(
            Tender.state == TenderState.OPENED,
            PanelMember.user_id == actor.user_id,
            PanelMember.replaced_at.is_(None),
            Review.state.in_((ReviewState.PANEL_DRAWN, ReviewState.CHECKED, ReviewState.SCORED)),
        )
        .order_by(Review.drawn_at.desc(), Review.id)
    )
    return _cases(session, actor, rows.all(), oversees=False)


def cases_of_buyer(session: Session, actor: Actor) -> list[ReviewCase]:
    """The opened tenders of the actor's own organisation whose review is not over."""
    rows = session.execute(
        select(Tender, Project, Review)
        .join(Project, Project.id == Tender.project_id)
        .outerjoin(Review, Review.tender_id == Tender.id)
        .where(
            Project.buyer_id == actor.organisation_id,
            Tender.state == TenderState.OPENED,
            (Review.id.is_(None))
            | Review.state.not_in((ReviewState.ANNOUNCED, ReviewState.FAILED, ReviewState.ENDED)),
        )
        .order_by(Tender.opened_at, Tender.id)
    )
    return _cases(session, actor, rows.all(), oversees=True)


def _cases(
    session: Session,
    actor: Actor,
    rows: Sequence[tuple[Tender, Project, Review | None]],
    *,
    oversees: bool,
) -> list[ReviewCase]:
    ids = [review.id for _, _, review in rows if review is not None]
    members = members_of(session, *ids) if ids else []
    return [
        ReviewCase(
            reader=actor,
            project=project,
            tender=tender,
            review=review,
            members=tuple(
                row for row in members if review is not None and row.member.review_id == review.id
            ),
            oversees=oversees,
        )
        for tender, project, review in rows
    ]
