"""Tables of the catalogue: classes, items with their service standard, indicators."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.lifecycle import CatalogueItemState
from procure.kernel.vocabulary import BuyMode, Dimension, Period
from procure.store.base import Identified, Model, Removable, Versioned
from procure.store.types import one_of


class CatalogueClass(Model):
    """A first-level class; the eight of the Guangzhou opinion ship with the platform."""

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    description: Mapped[str] = mapped_column(String(200))


class CatalogueItem(Identified, Versioned, Model):
    """A service that may be bought, with its standard: for whom, by what steps, how
    good, how soon, who answers for it.
    """

    __table_args__ = (UniqueConstraint("code", "edition"),)

    class_code: Mapped[str] = mapped_column(ForeignKey("catalogue_class.code"))
    code: Mapped[str] = mapped_column(String(20))
    edition: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(20))
    mode: Mapped[BuyMode] = mapped_column(one_of(BuyMode, "item_mode"))
    commodity_code: Mapped[str] = mapped_column(String(20), default="")
    recipients: Mapped[str] = mapped_column(Text)
    procedure: Mapped[str] = mapped_column(Text)
    quality: Mapped[str] = mapped_column(Text)
    time_limit: Mapped[str] = mapped_column(Text)
    responsibility: Mapped[str] = mapped_column(Text)
    state: Mapped[CatalogueItemState] = mapped_column(one_of(CatalogueItemState, "item_state"))
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    @property
    def words(self) -> str:
        """The edition as papers and pages name it."""
        return f"{self.code} {self.name}（第 {self.edition} 版）"


class CatalogueIndicator(Identified, Removable, Model):
    """How delivery of an item is measured; weights of an item's indicators sum to 100 points.

    A frequency indicator says how often at least: `at_least` units a period for each
    station, listed person or the whole project; tenders take their targets from it.
    """

    __table_args__ = (
        UniqueConstraint("item_id", "position"),
        CheckConstraint("points > 0 AND points <= 10000", name="points_range"),
        CheckConstraint("(period IS NULL) = (at_least IS NULL)", name="frequency_whole"),
        CheckConstraint("at_least IS NULL OR at_least > 0", name="at_least_positive"),
    )

    item_id: Mapped[str] = mapped_column(ForeignKey("catalogue_item.id"))
    position: Mapped[int]
    dimension: Mapped[Dimension] = mapped_column(one_of(Dimension, "dimension"))
    name: Mapped[str] = mapped_column(String(80))
    points: Mapped[int]  # hundredths of a point
    standard: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(10), default="")
    period: Mapped[Period | None] = mapped_column(one_of(Period, "indicator_period"))
    at_least: Mapped[int | None]
    each: Mapped[str] = mapped_column(String(20), default="")
