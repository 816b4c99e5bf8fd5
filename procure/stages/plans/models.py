"""Table of plans with their demand."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.lifecycle import PlanState
from procure.kernel.vocabulary import BuyMode, PriceWay, ProcurementMethod
from procure.registers.funds.models import BudgetLine
from procure.registers.projects.models import Project
from procure.stages.catalogue.models import CatalogueItem
from procure.store.base import Identified, Model, Versioned
from procure.store.types import CanonicalJson, one_of


class Plan(Identified, Versioned, Model):
    """What is to be bought in one project and why; drafter and approver are two people."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="two_people"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("ceiling_fen > 0 AND ceiling_fen <= amount_fen", name="ceiling_in_budget"),
        CheckConstraint("term_months BETWEEN 1 AND 36", name="term_at_most_36_months"),
    )

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), nullable=False, unique=True)
    catalogue_item_id: Mapped[str] = mapped_column(ForeignKey("catalogue_item.id"), nullable=False)
    budget_line_id: Mapped[str] = mapped_column(ForeignKey("budget_line.id"), nullable=False)
    state: Mapped[PlanState] = mapped_column(one_of(PlanState, "plan_state"), nullable=False)
    method: Mapped[ProcurementMethod] = mapped_column(
        one_of(ProcurementMethod, "plan_method"), nullable=False
    )
    mode: Mapped[BuyMode] = mapped_column(one_of(BuyMode, "plan_mode"), nullable=False)
    price_way: Mapped[PriceWay] = mapped_column(one_of(PriceWay, "plan_price_way"), nullable=False)
    amount_fen: Mapped[int] = mapped_column(nullable=False)
    ceiling_fen: Mapped[int] = mapped_column(nullable=False)
    term_months: Mapped[int] = mapped_column(nullable=False)
    expected_on: Mapped[date] = mapped_column(nullable=False)
    requested_by: Mapped[str] = mapped_column(String(80), nullable=False)
    reason: Mapped[str] = mapped_column(Text, nullable=False)
    outline: Mapped[str] = mapped_column(Text, nullable=False)
    survey: Mapped[str] = mapped_column(Text, nullable=False)
    negative_list: Mapped[list[bool]] = mapped_column(CanonicalJson, nullable=False)
    term_conditions: Mapped[list[bool]] = mapped_column(CanonicalJson, nullable=False)
    funding_note: Mapped[str] = mapped_column(Text, nullable=False, default="")
    """Whence the money of other years than the line's comes, and on what paper."""
    ceiling_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    surveyed_on: Mapped[date | None]
    """When the survey of the demand ended; unknown of what was planned before it was asked."""
    drafted_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"), nullable=False)
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    intention_published_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship(lazy="raise")
    catalogue_item: Mapped[CatalogueItem] = relationship(lazy="raise")
    budget_line: Mapped[BudgetLine] = relationship(lazy="raise")
