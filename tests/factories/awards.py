"""Reviews, each brought where a test needs it by the use cases of its people."""

from collections.abc import Mapping

from sqlalchemy import select

from procure.registers.accounts.models import User
from procure.stages.awards import queries
from procure.stages.awards.models import PanelMember, RankedBid, Review
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.decision import (
    AnnounceResult,
    DecideWinner,
    announce_result,
    decide_winner,
)
from procure.stages.awards.use_cases.panel import (
    DeclareInterest,
    DrawPanel,
    declare_interest,
    draw_panel,
)
from procure.stages.awards.use_cases.replacing import ReplaceMember, replace_member
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.awards.use_cases.scores import (
    Mark,
    SaveScores,
    lock_scores,
    save_scores,
)
from procure.stages.bids.models import OpenedBid
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import criteria_of
from tests.world import World


def given_panel(world: World, tender: Tender, experts: int = 3) -> Review:
    """A panel drawn for a session at once."""
    with world.uow("jingban") as uow:
        review = draw_panel(uow, DrawPanel(tender.id, world.now, experts))
    return the_review(world, review.id)


def given_panel_with_buyer(world: World, tender: Tender, username: str) -> Review:
    """The same of two experts and a person of the buyer."""
    seated = world.actor(username).user_id
    command = DrawPanel(tender.id, world.now, 2, seated, "授权书〔2026〕3号")
    with world.uow("jingban") as uow:
        review = draw_panel(uow, command)
    return the_review(world, review.id)


def given_buyer_stepped_aside(world: World, tender: Tender, username: str) -> Review:
    """A person of the buyer declared a conflict, and the next of the draw took the seat."""
    review = given_panel_with_buyer(world, tender, username)
    with world.uow(username) as uow:
        leaving = declare_interest(
            uow, DeclareInterest(review.id, has_conflict=True, reason="配偶在投标人处任职")
        )
    with world.uow("jingban") as uow:
        replace_member(uow, ReplaceMember(review.id, leaving.id))
    return the_review(world, review.id)


def given_declared_panel(world: World, tender: Tender) -> Review:
    """A panel whose members all declared to have no conflict; one drawn before is taken."""
    review = drawn_for(world, tender) or given_panel(world, tender)
    for username in experts_of(world, review):
        with world.uow(username) as uow:
            declare_interest(uow, DeclareInterest(review.id, has_conflict=False))
    return the_review(world, review.id)


def given_checked_bids(
    world: World, tender: Tender, refusals: Mapping[str, str] | None = None
) -> Review:
    """All bids judged; `refusals` maps bids that do not qualify to the reason."""
    review = given_declared_panel(world, tender)
    for bid_id in bids_of(world, tender):
        reason = (refusals or {}).get(bid_id, "")
        with world.uow("jingban") as uow:
            check_bid(uow, CheckBid(review.id, bid_id, not reason, not reason, reason))
    with world.uow("jingban") as uow:
        complete_checks(uow, CompleteChecks(review.id, None))
    return the_review(world, review.id)


def in_session(world: World, review: Review) -> None:
    """Move the clock to when the panel meets, unless that has passed."""
    world.clock.instant = max(world.clock.instant, review.session_at)


def given_scores(
    world: World, review: Review, username: str, points: Mapping[str, tuple[int, ...]]
) -> None:
    """One member's marks in hundredths, by bid, in the order of the factors."""
    in_session(world, review)
    tender = world.session.get_one(Tender, review.tender_id)
    criteria = criteria_of(world.session, tender.id)
    for bid_id, given in points.items():
        marks = tuple(
            Mark(criterion.id, one, f"对照标准核对{criterion.name}")
            for criterion, one in zip(criteria, given, strict=True)
        )
        with world.uow(username) as uow:
            save_scores(uow, SaveScores(review.id, bid_id, marks))


def given_lock(world: World, review: Review, username: str) -> bool:
    """One member locks; whether it was the last."""
    with world.uow(username) as uow:
        return lock_scores(uow, review.id)


def usual_points(world: World, tender: Tender, seat: int = 0) -> dict[str, tuple[int, ...]]:
    """Marks that differ between members on the subjective factor only."""
    return {
        bid_id: (3_000 + 100 * place + 50 * seat, 2_000 + 100 * place, 1_500)
        for place, bid_id in enumerate(bids_of(world, tender))
    }


def given_ranked_bids(
    world: World, tender: Tender, refusals: Mapping[str, str] | None = None
) -> Review:
    """Every member has scored and locked."""
    review = given_checked_bids(world, tender, refusals)
    for seat, username in enumerate(experts_of(world, review)):
        points = usual_points(world, tender, seat)
        valid = {bid: given for bid, given in points.items() if bid not in (refusals or {})}
        given_scores(world, review, username, valid)
        given_lock(world, review, username)
    return the_review(world, review.id)


def given_delivered_report(
    world: World, tender: Tender, refusals: Mapping[str, str] | None = None
) -> Review:
    """Every member has signed; the report is with the buyer."""
    review = given_ranked_bids(world, tender, refusals)
    for username in experts_of(world, review):
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))
    return the_review(world, review.id)


def given_decided_winner(
    world: World, tender: Tender, refusals: Mapping[str, str] | None = None
) -> Review:
    """The approver took the first of the ranking."""
    review = given_delivered_report(world, tender, refusals)
    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, review.version, first_bid(world, review)))
    return the_review(world, review.id)


def given_announced_result(
    world: World, tender: Tender, refusals: Mapping[str, str] | None = None
) -> Review:
    """The result is public."""
    review = given_decided_winner(world, tender, refusals)
    with world.uow("jingban") as uow:
        announce_result(uow, AnnounceResult(review.id, review.version))
    return the_review(world, review.id)


def drawn_for(world: World, tender: Tender) -> Review | None:
    """The review of a tender, once its panel is drawn."""
    return world.session.scalars(select(Review).where(Review.tender_id == tender.id)).one_or_none()


def the_review(world: World, review_id: str) -> Review:
    """The review as it stands in the database."""
    world.session.rollback()
    return world.session.get_one(Review, review_id)


def experts_of(world: World, review: Review) -> list[str]:
    """The usernames of the seated members, in the order of their seats."""
    return list(
        world.session.scalars(
            select(User.username)
            .join(PanelMember, PanelMember.user_id == User.id)
            .where(PanelMember.review_id == review.id, PanelMember.replaced_at.is_(None))
            .order_by(PanelMember.position)
        )
    )


def seat_of(world: World, review: Review, username: str) -> PanelMember:
    """The seat of that person."""
    rows = queries.members_of(world.session, review.id)
    return next(row.member for row in rows if row.user.username == username)


def bids_of(world: World, tender: Tender) -> list[str]:
    """The opened bids by price, the highest first."""
    return list(
        world.session.scalars(
            select(OpenedBid.bid_id)
            .where(OpenedBid.tender_id == tender.id)
            .order_by(OpenedBid.price_fen.desc(), OpenedBid.bid_id)
        )
    )


def first_bid(world: World, review: Review) -> str:
    """The bid that came first."""
    return world.session.scalars(
        select(RankedBid.bid_id).where(RankedBid.review_id == review.id, RankedBid.rank == 1)
    ).one()
