"""The demonstration's clock: the machine's time plus what somebody has moved it forward by."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.kernel.clock import ShiftedClock
from procure.store.base import db
from procure.store.demonstration import DemonstrationClock


def ahead(session: Session) -> timedelta:
    """How far the clock stands ahead."""
    micros = session.execute(select(DemonstrationClock.ahead)).scalar()
    return timedelta(microseconds=micros or 0)


def move_ahead(session: Session, by: timedelta) -> None:
    """Move the clock forward; it never goes back.

    Raises ValueError for a step that is not forward. The caller commits.
    """
    if by <= timedelta(0):
        raise ValueError("the demonstration's clock only goes forward")
    row = session.get(DemonstrationClock, 1)
    micros = by // timedelta(microseconds=1)
    if row is None:
        session.add(DemonstrationClock(id=1, ahead=micros))
    else:
        row.ahead += micros


class MovableClock:
    """Reads the offset from the database, so that every process sees the same time."""

    def now(self) -> datetime:
        """The demonstration's present instant."""
        return ShiftedClock(ahead(db.session())).now()
