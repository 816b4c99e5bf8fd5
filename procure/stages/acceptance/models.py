"""Tables of acceptance."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.lifecycle import AcceptanceState
from procure.store.base import Identified, Model, Versioned
from procure.store.types import CanonicalJson, one_of


class Acceptance(Identified, Versioned, Model):
    """The acceptance of a contract."""

    __tablename__ = "acceptance"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False, unique=True)
    state: Mapped[AcceptanceState] = mapped_column(
        one_of(AcceptanceState, "acceptance_state"), nullable=False
    )
    opened_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"), nullable=False)
    opened_at: Mapped[datetime] = mapped_column(nullable=False)
    sample: Mapped[dict[str, object]] = mapped_column(CanonicalJson, nullable=False)
    conclusion: Mapped[str] = mapped_column(Text, nullable=False, default="")
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    certificate_document_id: Mapped[str | None] = mapped_column(ForeignKey("document.id"))
    published_at: Mapped[datetime | None]


class AcceptanceItem(Identified, Model):
    """One standard of the contract, looked at on its own (GPL-R art 45)."""

    __tablename__ = "acceptance_item"
    __table_args__ = (
        UniqueConstraint("acceptance_id", "position"),
        CheckConstraint("passed OR length(note) > 0", name="failure_has_note"),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"), nullable=False)
    position: Mapped[int] = mapped_column(nullable=False)
    what: Mapped[str] = mapped_column(String(120), nullable=False)
    promised: Mapped[str] = mapped_column(String(120), nullable=False)
    delivered: Mapped[str] = mapped_column(String(120), nullable=False)
    passed: Mapped[bool] = mapped_column(nullable=False)
    note: Mapped[str] = mapped_column(Text, nullable=False, default="")


class AcceptanceExpert(Identified, Model):
    """A member of the acceptance group with the comment that is kept (seed S2)."""

    __tablename__ = "acceptance_expert"
    __table_args__ = (UniqueConstraint("acceptance_id", "position"),)

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"), nullable=False)
    position: Mapped[int] = mapped_column(nullable=False)
    name: Mapped[str] = mapped_column(String(40), nullable=False)
    unit: Mapped[str] = mapped_column(String(80), nullable=False)
    title: Mapped[str] = mapped_column(String(40), nullable=False, default="")
    comment: Mapped[str] = mapped_column(Text, nullable=False)


class OpinionChannel(StrEnum):
    """How a recipient answered."""

    CODE = "code"
    PHONE = "phone"
    PAPER = "paper"


class OpinionSlip(Identified, Model):
    """A sampled recipient's slip; the token's digest lets it be used once, without an account."""

    __tablename__ = "opinion_slip"
    __table_args__ = (
        UniqueConstraint("acceptance_id", "recipient_id"),
        CheckConstraint("(answered_at IS NULL) = (channel IS NULL)", name="answer_has_channel"),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"), nullable=False)
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"), nullable=False)
    token_digest: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    channel: Mapped[OpinionChannel | None] = mapped_column(one_of(OpinionChannel, "channel"))
    answers: Mapped[list[int] | None] = mapped_column(CanonicalJson)
    comment: Mapped[str] = mapped_column(Text, nullable=False, default="")
    entered_by: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    answered_at: Mapped[datetime | None]
