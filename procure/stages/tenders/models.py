"""Tables of tenders: document, scoring scheme, targets, payment terms, who fetched it, its key."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.lifecycle import TenderState
from procure.kernel.vocabulary import PaymentTrigger, Period, PriceWay, ProcurementMethod
from procure.registers.projects.models import Project
from procure.store.base import Identified, Model, Removable, Versioned
from procure.store.types import one_of


class Tender(Identified, Versioned, Model):
    """One round of a project's tender. `deadline_at` alone decides submission, the release of the
    key and what is shown; once announced it stays, in the database too (trigger
    `tender_dates_kept`). Points are hundredths, rates are ten-thousandths.
    """

    __table_args__ = (
        UniqueConstraint("project_id", "round"),
        CheckConstraint("published_by IS NULL OR published_by <> drafted_by", name="two_people"),
        CheckConstraint("ceiling_fen <= budget_fen", name="ceiling_in_budget"),
        CheckConstraint(
            "state IN ('draft','submitted','dropped') OR"
            " (published_at IS NOT NULL AND deadline_at IS NOT NULL)",
            name="published_has_dates",
        ),
        Index("ix_tender_deadline", "state", "deadline_at"),
    )

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[TenderState] = mapped_column(one_of(TenderState, "tender_state"))
    method: Mapped[ProcurementMethod] = mapped_column(one_of(ProcurementMethod, "tender_method"))
    price_way: Mapped[PriceWay] = mapped_column(one_of(PriceWay, "tender_price_way"))
    budget_fen: Mapped[int]
    ceiling_fen: Mapped[int]
    term_months: Mapped[int]
    start_within_days: Mapped[int | None]
    """Days from signing within which the service begins; None in documents of before it was asked."""
    requirement: Mapped[str] = mapped_column(Text, default="")
    service_place: Mapped[str] = mapped_column(String(200), default="")
    staffing: Mapped[str] = mapped_column(Text, default="")
    qualification: Mapped[str] = mapped_column(Text, default="")
    starred: Mapped[str] = mapped_column(Text, default="")
    takes_consortia: Mapped[bool] = mapped_column(default=False, server_default=false())
    acceptance_way: Mapped[str] = mapped_column(Text, default="")
    price_points: Mapped[int] = mapped_column(default=0)
    hours_floor: Mapped[int | None]
    deduction_rate: Mapped[int] = mapped_column(default=0)
    low_mean: Mapped[int] = mapped_column(default=5000)
    low_second: Mapped[int] = mapped_column(default=5000)
    low_ceiling: Mapped[int] = mapped_column(default=4500)
    validity_days: Mapped[int] = mapped_column(default=90)
    opening_place: Mapped[str] = mapped_column(String(200), default="")
    documents_until: Mapped[date | None]
    deadline_at: Mapped[datetime | None]
    drafted_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    published_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(Text, default="")

    project: Mapped[Project] = relationship(lazy="raise")


class TenderCriterion(Identified, Removable, Model):
    """A quality factor of the scoring scheme with its bands (R-SC-2); price stands in `Tender`."""

    __table_args__ = (
        UniqueConstraint("tender_id", "position"),
        CheckConstraint("points > 0 AND points <= 10000", name="points_range"),
    )

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    points: Mapped[int]
    objective: Mapped[bool]
    standard: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(String(200), default="")


class TenderTarget(Identified, Removable, Model):
    """A concrete target of the service: what, how much, how often."""

    __table_args__ = (
        UniqueConstraint("tender_id", "position"),
        CheckConstraint("at_least > 0", name="at_least_positive"),
    )

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"))
    position: Mapped[int]
    what: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(10))
    period: Mapped[Period] = mapped_column(one_of(Period, "target_period"))
    at_least: Mapped[int]
    each: Mapped[str] = mapped_column(String(20), default="")
    condition: Mapped[str] = mapped_column(String(200), default="")


class PaymentTerm(Identified, Removable, Model):
    """An instalment as announced; percents (ten-thousandths) of a tender sum to 10 000."""

    __table_args__ = (
        UniqueConstraint("tender_id", "position"),
        CheckConstraint("percent > 0 AND percent <= 10000", name="percent_range"),
    )

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"))
    position: Mapped[int]
    percent: Mapped[int]
    trigger: Mapped[PaymentTrigger] = mapped_column(one_of(PaymentTrigger, "term_trigger"))


class DocumentTaker(Identified, Model):
    """A supplier who fetched the tender document; hidden from everybody until opening (R 1.16)."""

    __table_args__ = (UniqueConstraint("tender_id", "supplier_id"),)

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    taken_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    taken_at: Mapped[datetime]


class TenderKey(Model):
    """The key bids of a tender are sealed to; the secret half is wrapped and is released only by the
    row that holds the deadline.
    """

    tender_id: Mapped[str] = mapped_column(ForeignKey("tender.id"), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(100))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
