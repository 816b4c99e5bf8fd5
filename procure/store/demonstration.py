"""Table of the demonstration: its clock, and whether it is being loaded.

It is part of every schema and of every account's rights, so it stands with the store; only demo
mode ever writes or reads it (`procure/demonstration/clock.py`).
"""

from sqlalchemy import CheckConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import Model


class DemonstrationClock(Model):
    """How far the demonstration's clock stands ahead of the machine's, in microseconds.

    `loading` stays true where the loading was broken off: what is there is torn.
    """

    __table_args__ = (CheckConstraint("id = 1 AND ahead >= 0", name="one_row_never_behind"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ahead: Mapped[int]
    loading: Mapped[bool] = mapped_column(default=False, server_default=false())
