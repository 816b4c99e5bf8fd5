"""Tables of delivery."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.lifecycle import MilestoneState, ServiceRecordState
from procure.store.base import Identified, Model, Versioned
from procure.store.types import one_of


class Recipient(Identified, Versioned, Model):
    """A person served (服务对象); pages mask the name, exports carry the code only (PIPL art 28)."""

    __table_args__ = (UniqueConstraint("contract_id", "code"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    station: Mapped[str] = mapped_column(String(60))
    care_class: Mapped[str] = mapped_column(String(40))
    enrolled_on: Mapped[date]
    left_on: Mapped[date | None]


class StaffMember(Identified, Versioned, Model):
    """A worker of the supplier on this contract."""

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(40))
    certificate: Mapped[str] = mapped_column(String(60), default="")
    joined_on: Mapped[date]
    left_on: Mapped[date | None]


class Milestone(Identified, Versioned, Model):
    """A milestone as it goes: due, reported with evidence, confirmed by the buyer."""

    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> reported_by", name="two_people"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date]
    lead_unit: Mapped[str] = mapped_column(String(100), default="")
    assisting_unit: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[MilestoneState] = mapped_column(one_of(MilestoneState, "milestone_state"))
    report: Mapped[str] = mapped_column(Text, default="")
    reported_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]


class ServiceRecord(Identified, Versioned, Model):
    """One service given: who, for whom, what, where, when. Only accepted records count (R-EVD-1)."""

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

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("contract_target.id"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id"))
    recipient_id: Mapped[str | None] = mapped_column(ForeignKey("recipient.id"))
    served_on: Mapped[date]
    started_minute: Mapped[int]
    ended_minute: Mapped[int]
    place: Mapped[str] = mapped_column(String(100))
    quantity: Mapped[int]
    people: Mapped[int]
    volunteer_hours: Mapped[int] = mapped_column(default=0)
    content: Mapped[str] = mapped_column(Text)
    backfilled: Mapped[bool]
    not_payable: Mapped[bool] = mapped_column(default=False)
    """Entered more than 72 hours after the service; does not count unless said why (R-EVD-2)."""
    backfill_reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ServiceRecordState] = mapped_column(one_of(ServiceRecordState, "record_state"))
    recorded_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
    review_reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was rejected, or why it counts although it was entered more than 72 hours late."""
    ended_reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was withdrawn by who entered it, or why an evaluator found it untrue."""
