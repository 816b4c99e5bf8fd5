"""Tables of payment requests and treasury payments."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.access import Level
from procure.kernel.lifecycle import PaymentRequestState
from procure.store.base import AppendOnly, Identified, Model, Versioned
from procure.store.types import one_of


class PaymentRequest(Identified, Versioned, Model):
    """A request for one instalment; who asks, who checks and who approves are different people."""

    __tablename__ = "payment_request"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint(
            "approved_by IS NULL OR (approved_by <> requested_by AND approved_by <> reviewed_by)",
            name="two_people",
        ),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> requested_by", name="two_sides"),
        Index(
            "uq_payment_request_instalment",
            "instalment_id",
            unique=True,
        ),
        Index("ix_payment_request_contract", "contract_id"),
        Index("ix_payment_request_state", "state"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False)
    instalment_id: Mapped[str] = mapped_column(ForeignKey("instalment.id"), nullable=False)
    number: Mapped[str] = mapped_column(String(50), nullable=False, unique=True)
    amount_fen: Mapped[int] = mapped_column(nullable=False)
    state: Mapped[PaymentRequestState] = mapped_column(
        one_of(PaymentRequestState, "request_state"), nullable=False
    )
    invoice_number: Mapped[str] = mapped_column(String(40), nullable=False, unique=True)
    invoice_on: Mapped[date] = mapped_column(nullable=False)
    invoice_document_id: Mapped[str] = mapped_column(ForeignKey("document.id"), nullable=False)
    purpose: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    requested_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"), nullable=False)
    requested_at: Mapped[datetime] = mapped_column(nullable=False)
    """When it came in, or came back corrected: the payer's days run from here."""
    returned_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    approval_note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    sheet_document_id: Mapped[str | None] = mapped_column(ForeignKey("document.id"))
    paid_at: Mapped[datetime | None]


class TreasuryPayment(Identified, AppendOnly, Model):
    """One level's share of a request, paid by a treasury order (预算法 art 61)."""

    __tablename__ = "treasury_payment"
    __table_args__ = (
        UniqueConstraint("payment_request_id", "level"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    payment_request_id: Mapped[str] = mapped_column(
        ForeignKey("payment_request.id"), nullable=False
    )
    level: Mapped[Level] = mapped_column(one_of(Level, "payment_level"), nullable=False)
    amount_fen: Mapped[int] = mapped_column(nullable=False)
    order_number: Mapped[str] = mapped_column(String(40), nullable=False, unique=True)
    payee_name: Mapped[str] = mapped_column(String(100), nullable=False)
    payee_account: Mapped[str] = mapped_column(String(40), nullable=False)
    paid_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"), nullable=False)
    paid_at: Mapped[datetime] = mapped_column(nullable=False)
