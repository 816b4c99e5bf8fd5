"""Table of the demonstration's clock."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import Model


class DemonstrationClock(Model):
    """How far the demonstration's clock stands ahead of the machine's, in microseconds."""

    __tablename__ = "demonstration_clock"
    __table_args__ = (CheckConstraint("id = 1 AND ahead >= 0", name="one_row_never_behind"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ahead: Mapped[int] = mapped_column(nullable=False)
