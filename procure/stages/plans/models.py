"""Table of plans with their demand."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import PlanState
from procure.kernel.vocabulary import BuyMode, PriceWay, ProcurementMethod
from procure.registers.funds.models import BudgetLine
from procure.registers.projects.models import Project
from procure.stages.catalogue.models import CatalogueItem
from procure.store.base import Identified, Model, Versioned
from procure.store.proposals import Refusable, refusable_by_two
from procure.store.types import CanonicalJson, one_of


class Plan(Identified, Versioned, Model):
    """What is to be bought in one project and why; drafter and approver are two people."""

    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="two_people"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("ceiling_fen > 0 AND ceiling_fen <= amount_fen", name="ceiling_in_budget"),
        CheckConstraint("term_months BETWEEN 1 AND 36", name="term_at_most_36_months"),
    )

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), unique=True)
    catalogue_item_id: Mapped[str] = mapped_column(ForeignKey("catalogue_item.id"))
    budget_line_id: Mapped[str] = mapped_column(ForeignKey("budget_line.id"))
    state: Mapped[PlanState] = mapped_column(one_of(PlanState, "plan_state"))
    method: Mapped[ProcurementMethod] = mapped_column(one_of(ProcurementMethod, "plan_method"))
    mode: Mapped[BuyMode] = mapped_column(one_of(BuyMode, "plan_mode"))
    price_way: Mapped[PriceWay] = mapped_column(one_of(PriceWay, "plan_price_way"))
    amount_fen: Mapped[int]
    ceiling_fen: Mapped[int]
    term_months: Mapped[int]
    expected_on: Mapped[date]
    requested_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    outline: Mapped[str] = mapped_column(Text)
    survey: Mapped[str] = mapped_column(Text)
    negative_list: Mapped[list[bool]] = mapped_column(CanonicalJson)
    term_conditions: Mapped[list[bool]] = mapped_column(CanonicalJson)
    funding_note: Mapped[str] = mapped_column(Text, default="")
    """Whence the money of other years than the line's comes, and on what paper."""
    ceiling_reason: Mapped[str] = mapped_column(Text, default="")
    surveyed_on: Mapped[date | None]
    """When the survey of the demand ended; unknown of what was planned before it was asked."""
    drafted_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    intention_published_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship(lazy="raise")
    catalogue_item: Mapped[CatalogueItem] = relationship(lazy="raise")
    budget_line: Mapped[BudgetLine] = relationship(lazy="raise")


class PlanAct(LabelledEnum):
    """What may become of a plan that was approved, by two persons."""

    ADJUST = "adjust", "调整采购计划"
    CANCEL = "cancel", "取消采购计划"


class PlanChange(Refusable, Model):
    """A change of an approved plan asked for by one person of the buyer and decided by another.

    `content` holds all answers as they are to be; empty when the plan is to be cancelled.
    """

    __table_args__ = refusable_by_two("plan_change", "plan_id")
    SUBJECT = "plan_id"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plan.id"))
    act: Mapped[PlanAct] = mapped_column(one_of(PlanAct, "plan_act"))
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
