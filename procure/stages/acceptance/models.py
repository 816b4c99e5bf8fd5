"""Tables of acceptance."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.lifecycle import AcceptanceState
from procure.store.base import Identified, Model, Removable, Versioned
from procure.store.types import CanonicalJson, one_of


class Acceptance(Identified, Versioned, Model):
    """The acceptance of a contract; `round` counts on when it is opened again after a refusal."""

    __tablename__ = "acceptance"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False, unique=True)
    state: Mapped[AcceptanceState] = mapped_column(
        one_of(AcceptanceState, "acceptance_state"), nullable=False
    )
    opened_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"), nullable=False)
    opened_at: Mapped[datetime] = mapped_column(nullable=False)
    sample: Mapped[dict[str, object]] = mapped_column(CanonicalJson, nullable=False)
    round: Mapped[int] = mapped_column(nullable=False, default=1)
    place: Mapped[str] = mapped_column(String(120), nullable=False, default="")
    method: Mapped[str] = mapped_column(Text, nullable=False, default="")
    items_saved_at: Mapped[datetime | None]
    opinion_excerpts: Mapped[str] = mapped_column(Text, nullable=False, default="")
    low_response_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    """Why it was decided although fewer than 60 % answered."""
    conclusion: Mapped[str] = mapped_column(Text, nullable=False, default="")
    rectification_demand: Mapped[str] = mapped_column(Text, nullable=False, default="")
    rectify_by: Mapped[date | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    certificate_document_id: Mapped[str | None] = mapped_column(ForeignKey("document.id"))
    published_at: Mapped[datetime | None]


class AcceptanceItem(Identified, Removable, Model):
    """One standard of the contract, looked at on its own (GPL-R art 45)."""

    __tablename__ = "acceptance_item"
    __table_args__ = (
        UniqueConstraint("acceptance_id", "position"),
        CheckConstraint(
            "(passed AND delivered >= promised) OR length(note) > 0", name="shortfall_has_note"
        ),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"), nullable=False)
    position: Mapped[int] = mapped_column(nullable=False)
    what: Mapped[str] = mapped_column(String(120), nullable=False)
    unit: Mapped[str] = mapped_column(String(10), nullable=False)
    promised: Mapped[int] = mapped_column(nullable=False)
    delivered: Mapped[int] = mapped_column(nullable=False)
    passed: Mapped[bool] = mapped_column(nullable=False)
    note: Mapped[str] = mapped_column(Text, nullable=False, default="")


class Seat(StrEnum):
    """In what capacity a member sits in the acceptance group."""

    LEADER = "leader"
    MEMBER = "member"
    EXPERT = "expert"


SEAT_LABELS = {Seat.LEADER: "组长", Seat.MEMBER: "成员", Seat.EXPERT: "外部专家"}


class AcceptanceExpert(Identified, Removable, Model):
    """A member of the acceptance group with the comment that is kept."""

    __tablename__ = "acceptance_expert"
    __table_args__ = (UniqueConstraint("acceptance_id", "position"),)

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"), nullable=False)
    position: Mapped[int] = mapped_column(nullable=False)
    seat: Mapped[Seat] = mapped_column(one_of(Seat, "acceptance_seat"), nullable=False)
    name: Mapped[str] = mapped_column(String(40), nullable=False)
    unit: Mapped[str] = mapped_column(String(100), nullable=False)
    title: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    comment: Mapped[str] = mapped_column(Text, nullable=False)


class OpinionChannel(StrEnum):
    """How a recipient answered."""

    CODE = "code"
    PHONE = "phone"
    PAPER = "paper"


CHANNEL_LABELS = {
    OpinionChannel.CODE: "扫码填写",
    OpinionChannel.PHONE: "电话访问",
    OpinionChannel.PAPER: "纸质意见卡",
}


class OpinionSlip(Identified, Versioned, Model):
    """A sampled recipient's slip; the token's digest lets it be used once, without an account."""

    __tablename__ = "opinion_slip"
    __table_args__ = (
        UniqueConstraint("acceptance_id", "round", "recipient_id"),
        UniqueConstraint("acceptance_id", "round", "position"),
        CheckConstraint("(answered_at IS NULL) = (channel IS NULL)", name="answer_has_channel"),
        CheckConstraint("(answered_at IS NULL) = (answers IS NULL)", name="answer_is_whole"),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"), nullable=False)
    round: Mapped[int] = mapped_column(nullable=False, default=1)
    position: Mapped[int] = mapped_column(nullable=False)
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), nullable=False)
    token_digest: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    printed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(nullable=False, default=0)
    """How often the recipient was called or visited without being reached."""
    channel: Mapped[OpinionChannel | None] = mapped_column(one_of(OpinionChannel, "channel"))
    answers: Mapped[list[int] | None] = mapped_column(CanonicalJson)
    comment: Mapped[str] = mapped_column(Text, nullable=False, default="")
    entered_by: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    answered_at: Mapped[datetime | None]
