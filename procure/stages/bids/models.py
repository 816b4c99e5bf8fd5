"""Tables of bids: drafts, sealed versions, opened content."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.lifecycle import BidState
from procure.registers.accounts.models import Organisation
from procure.store.base import AppendOnly, Identified, Model, Versioned
from procure.store.types import CanonicalJson, id_type, one_of


class Bid(Identified, Versioned, Model):
    """A supplier's bid for a lot. The draft is encrypted at rest; only its owner reads it."""

    __table_args__ = (UniqueConstraint("tender_id", "lot_id", "supplier_id"),)

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"))
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[BidState] = mapped_column(one_of(BidState, "bid_state"))
    draft: Mapped[bytes] = mapped_column(LargeBinary)
    drafted_at: Mapped[datetime]

    supplier: Mapped[Organisation] = relationship(lazy="raise")


class BidVersion(Identified, AppendOnly, Model):
    """A sealed envelope as received; the last one before the deadline counts (O87 art 34)."""

    __table_args__ = (
        UniqueConstraint("bid_id", "number"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
    )

    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    received_at: Mapped[datetime]
    received_from: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    receipt: Mapped[dict[str, object]] = mapped_column(CanonicalJson)
    signature: Mapped[str] = mapped_column(String(200))


class BidReceiptPaper(AppendOnly, Model):
    """What the receipt of a version says on paper, and by which template, encrypted: the paper is
    printed when it is asked for, and is the same for ever.
    """

    version_id: Mapped[str] = mapped_column(ForeignKey("bid_version.id"), primary_key=True)
    paper: Mapped[bytes] = mapped_column(LargeBinary)


class OpeningObjections(AppendOnly, Model):
    """Whether a bidder objected to the opening or to its record, asked when it was over, and what was
    said and answered (O87 art 42).
    """

    __table_args__ = (CheckConstraint("has_any = (length(said) > 0)", name="said_if_any"),)

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"), primary_key=True)
    has_any: Mapped[bool]
    said: Mapped[str] = mapped_column(Text)
    document_id: Mapped[str] = mapped_column(id_type())
    recorded_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]


class OpenedBid(AppendOnly, Model):
    """What an opened bid said; written once, by the opening. A damaged one said nothing."""

    __table_args__ = (
        CheckConstraint(
            "damaged OR (price_fen IS NOT NULL AND price_fen > 0)", name="price_unless_damaged"
        ),
        CheckConstraint("damaged = (length(damage) > 0)", name="damage_has_reason"),
    )

    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"), index=True)
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    price_fen: Mapped[int | None]
    hours: Mapped[int | None]
    claims_deduction: Mapped[bool]
    project_manager: Mapped[str] = mapped_column(String(40))
    manager_experience: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[str] = mapped_column(Text)
    answers: Mapped[list[str]] = mapped_column(CanonicalJson)
    statements: Mapped[list[str]] = mapped_column(CanonicalJson)
    institution_class: Mapped[str] = mapped_column(String(20), default="")
    damaged: Mapped[bool] = mapped_column(default=False)
    damage: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[datetime]

    supplier: Mapped[Organisation] = relationship(lazy="raise")
