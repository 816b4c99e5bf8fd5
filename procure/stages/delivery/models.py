"""Tables of delivery."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.lifecycle import MilestoneState, ServiceRecordState
from procure.store.base import Identified, Model, Versioned
from procure.store.types import one_of


class Recipient(Identified, Versioned, Model):
    """A person served (服务对象); pages mask the name, exports carry the code only (PIPL art 28)."""

    __tablename__ = "recipient"
    __table_args__ = (UniqueConstraint("contract_id", "code"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False)
    code: Mapped[str] = mapped_column(String(20), nullable=False)
    name: Mapped[str] = mapped_column(String(40), nullable=False)
    station: Mapped[str] = mapped_column(String(60), nullable=False)
    care_class: Mapped[str] = mapped_column(String(40), nullable=False)
    enrolled_on: Mapped[date] = mapped_column(nullable=False)
    left_on: Mapped[date | None]


class StaffMember(Identified, Versioned, Model):
    """A worker of the supplier on this contract."""

    __tablename__ = "staff_member"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False, index=True)
    name: Mapped[str] = mapped_column(String(40), nullable=False)
    post: Mapped[str] = mapped_column(String(40), nullable=False)
    certificate: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    joined_on: Mapped[date] = mapped_column(nullable=False)
    left_on: Mapped[date | None]


class Milestone(Identified, Versioned, Model):
    """A milestone as it goes: due, reported with evidence, confirmed by the buyer."""

    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> reported_by", name="two_people"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False)
    position: Mapped[int] = mapped_column(nullable=False)
    title: Mapped[str] = mapped_column(String(80), nullable=False)
    due_on: Mapped[date] = mapped_column(nullable=False)
    lead_unit: Mapped[str] = mapped_column(String(100), nullable=False, default="")
    assisting_unit: Mapped[str] = mapped_column(String(100), nullable=False, default="")
    state: Mapped[MilestoneState] = mapped_column(
        one_of(MilestoneState, "milestone_state"), nullable=False
    )
    report: Mapped[str] = mapped_column(Text, nullable=False, default="")
    reported_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]


class ServiceRecord(Identified, Versioned, Model):
    """One service given: who, for whom, what, where, when. Only accepted records count (R-EVD-1)."""

    __tablename__ = "service_record"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("people >= 0", name="people_not_negative"),
        CheckConstraint(
            "ended_minute > started_minute AND started_minute >= 0 AND ended_minute <= 1440",
            name="time_of_day",
        ),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> recorded_by", name="two_people"),
        Index("ix_service_record_contract", "contract_id", "served_on", "id"),
        Index("ix_service_record_staff", "staff_id", "served_on"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), nullable=False)
    target_id: Mapped[str] = mapped_column(ForeignKey("contract_target.id"), nullable=False)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id"), nullable=False)
    recipient_id: Mapped[str | None] = mapped_column(ForeignKey("recipient.id"))
    served_on: Mapped[date] = mapped_column(nullable=False)
    started_minute: Mapped[int] = mapped_column(nullable=False)
    ended_minute: Mapped[int] = mapped_column(nullable=False)
    place: Mapped[str] = mapped_column(String(100), nullable=False)
    quantity: Mapped[int] = mapped_column(nullable=False)
    people: Mapped[int] = mapped_column(nullable=False)
    volunteer_hours: Mapped[int] = mapped_column(nullable=False, default=0)
    content: Mapped[str] = mapped_column(Text, nullable=False)
    backfilled: Mapped[bool] = mapped_column(nullable=False)
    not_payable: Mapped[bool] = mapped_column(nullable=False, default=False)
    """Entered more than 72 hours after the service; does not count unless said why (R-EVD-2)."""
    backfill_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    state: Mapped[ServiceRecordState] = mapped_column(
        one_of(ServiceRecordState, "record_state"), nullable=False
    )
    recorded_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"), nullable=False)
    recorded_at: Mapped[datetime] = mapped_column(nullable=False)
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
    review_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    """Why it was rejected, or why it counts although it was entered more than 72 hours late."""
    ended_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    """Why it was withdrawn by who entered it, or why an evaluator found it untrue."""
