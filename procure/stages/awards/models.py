"""Tables of reviews: panel, checks, scores, ranking. Points are hundredths."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import ReviewState
from procure.kernel.vocabulary import AbsenceKind
from procure.store.base import AppendOnly, Identified, Model, Removable, Versioned
from procure.store.types import CanonicalJson, id_type, one_of


class Review(Identified, Versioned, Model):
    """The review of one tender, from the draw to the announced result."""

    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> drawn_by", name="two_people"),
    )

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"), unique=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    state: Mapped[ReviewState] = mapped_column(one_of(ReviewState, "review_state"))
    draw: Mapped[dict[str, object]] = mapped_column(CanonicalJson)
    tie_seed: Mapped[str | None] = mapped_column(String(64))
    """What settles a shared rank: drawn when the last member has locked, known to nobody before."""
    drawn_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    drawn_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    scored_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    report_document_id: Mapped[str | None] = mapped_column(id_type())
    winner_bid_id: Mapped[str | None] = mapped_column(ForeignKey("bid.id"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    announced_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(Text, default="")

    @property
    def session_at(self) -> datetime:
        """When the panel meets, as set at the draw or later."""
        return datetime.fromisoformat(str(self.draw["session_at"]))


class Seat(LabelledEnum):
    """In what capacity a member sits on the panel (R-COM-1, R-COM-8)."""

    EXPERT = "expert", "评审专家"
    BUYER = "buyer", "采购人代表"


class PanelMember(Identified, Versioned, Model):
    """A seat of the panel; a replaced member's row stays."""

    __table_args__ = (
        UniqueConstraint("review_id", "user_id"),
        CheckConstraint("NOT (is_chair AND seat = 'buyer')", name="buyer_never_chairs"),
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    position: Mapped[int]
    seat: Mapped[Seat] = mapped_column(one_of(Seat, "seat"))
    is_chair: Mapped[bool] = mapped_column(default=False)
    declared_at: Mapped[datetime | None]
    has_conflict: Mapped[bool | None]
    conflict_reason: Mapped[str] = mapped_column(Text, default="")
    replaced_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    dissent: Mapped[str] = mapped_column(Text, default="")
    prices_sound: Mapped[bool | None]
    """Whether the member, asked at the signature, found no price clearly unreasonable; None where
    nobody was asked."""


class MemberAbsence(Identified, Model):
    """A member reported absent by the buyer's clerk, and what another person decided."""

    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> reported_by", name="two_people"),
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"), index=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("panel_member.id"))
    kind: Mapped[AbsenceKind] = mapped_column(one_of(AbsenceKind, "absence_kind"))
    reason: Mapped[str] = mapped_column(Text)
    reported_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    confirmed: Mapped[bool | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")


class BidCheck(Identified, Versioned, Model):
    """Qualification (by the buyer, O87 art 44) and conformity of one bid, with the reason."""

    __table_args__ = (
        UniqueConstraint("review_id", "bid_id"),
        CheckConstraint(
            "(qualified AND conforms) OR length(reason) > 0", name="refusal_has_reason"
        ),
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"))
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"))
    qualified: Mapped[bool]
    conforms: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, default="")
    checked_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime]


class BidderRelation(Identified, Model):
    """What a person found about two bidders that share something: whether they are of those who may
    not bid in one purchase (R-ELIG-2), with the reason, and the facts that were judged. A later
    finding replaces an earlier one until the checks are closed; the trail keeps each.
    """

    __table_args__ = (
        UniqueConstraint("review_id", "bid_id", "other_bid_id"),
        CheckConstraint("bid_id < other_bid_id", name="one_order"),
        CheckConstraint("length(reason) > 0", name="finding_has_reason"),
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"))
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"))
    other_bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"))
    facts: Mapped[list[str]] = mapped_column(CanonicalJson)
    is_barred: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]


class Score(Identified, Removable, Model):
    """One member's points for one factor of one bid, with the reason; frozen once locked."""

    __table_args__ = (
        UniqueConstraint("member_id", "bid_id", "criterion_id"),
        CheckConstraint("points >= 0 AND points <= 10000", name="points_range"),
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"), index=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("panel_member.id"))
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[str] = mapped_column(ForeignKey("tender_criterion.id"))
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


class RankedBid(Removable, Model):
    """A bid's place, as the scoring kernel computed it from locked scores."""

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"), primary_key=True)
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"), primary_key=True)
    rank: Mapped[int | None]
    price_points: Mapped[int]
    quality_points: Mapped[int]
    total_points: Mapped[int]
    evaluated_price_fen: Mapped[int]
    flags: Mapped[list[str]] = mapped_column(CanonicalJson)


class PassGround(LabelledEnum):
    """Why a candidate cannot be chosen, so that the next one may (R-AWD-7)."""

    DECLINED = "declined", "书面放弃"
    UNABLE = "unable", "因不可抗力不能履行合同"
    NO_BOND = "no_bond", "未按采购文件的规定提交履约保证金"
    INELIGIBLE = "ineligible", "查实不符合参加条件，或者有影响结果的违法行为"


class CandidatePassed(Identified, AppendOnly, Model):
    """A candidate who cannot be chosen: on which ground, with the proof, recorded by one person
    before another chooses the next.
    """

    __table_args__ = (
        UniqueConstraint("review_id", "bid_id"),
        CheckConstraint("length(reason) > 0", name="passing_has_reason"),
    )

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"))
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"))
    ground: Mapped[PassGround] = mapped_column(one_of(PassGround, "pass_ground"))
    reason: Mapped[str] = mapped_column(Text)
    document_id: Mapped[str] = mapped_column(ForeignKey("document.id"))
    recorded_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]


class LowPriceReview(Model):
    """What was asked and answered about an abnormally low price, and the panel's finding (LOW2)."""

    __table_args__ = (CheckConstraint("answer_until > asked_at", name="time_to_answer"),)

    review_id: Mapped[str] = mapped_column(ForeignKey("review.id"), primary_key=True)
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"), primary_key=True)
    asked_at: Mapped[datetime]
    answer_until: Mapped[datetime]
    explanation: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    reasonable: Mapped[bool]
    judged_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    judged_at: Mapped[datetime]
