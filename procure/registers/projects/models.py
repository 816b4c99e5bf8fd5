"""Tables of projects, lots, parties and stages entered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import Organisation
from procure.store.base import Identified, Model, Versioned
from procure.store.types import one_of


class Project(Identified, Versioned, Model):
    """One purchase from plan to last payment; its number is what people know it by."""

    __table_args__ = (
        CheckConstraint("budget_fen > 0", name="budget_positive"),
        Index("ix_project_buyer", "buyer_id", "created_at"),
        Index("ix_project_stage", "stage", "created_at"),
        Index("ix_project_created", "created_at", "id"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    budget_fen: Mapped[int]
    stage: Mapped[Stage] = mapped_column(one_of(Stage, "project_stage"))
    created_at: Mapped[datetime]
    is_public: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    """When its plan was thrown away as a draft; the number is never given again."""

    buyer: Mapped[Organisation] = relationship(lazy="raise")

    @property
    def has_result(self) -> bool:
        """Whether the result of the purchase is announced."""
        return not self.stage.is_before(Stage.CONTRACT)


class Lot(Identified, Model):
    """A part of a project that is awarded on its own; a project has at least one."""

    __table_args__ = (UniqueConstraint("project_id", "number"),)

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    budget_fen: Mapped[int]


class Part(LabelledEnum):
    """In what capacity an organisation belongs to a case, and so may see it."""

    BUYER = "buyer", "采购人"
    SUPPLIER = "supplier", "承接主体"
    ASSESSOR = "assessor", "第三方评估机构"


class ProjectParty(Identified, Model):
    """An organisation that belongs to a case.

    Bidders stand here only once they have won: before that nobody may learn from this table who
    takes part.
    """

    __table_args__ = (
        UniqueConstraint("project_id", "organisation_id", "part"),
        Index("ix_project_party_organisation", "organisation_id", "project_id"),
    )

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    part: Mapped[Part] = mapped_column(one_of(Part, "party_part"))
    since: Mapped[datetime]


class StageEntry(Identified, Model):
    """When a project first entered a stage; the dates under the stage bar."""

    __table_args__ = (UniqueConstraint("project_id", "stage"),)

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    stage: Mapped[Stage] = mapped_column(one_of(Stage, "entered_stage"))
    entered_at: Mapped[datetime]
