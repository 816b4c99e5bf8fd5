"""What the database says of the installation it belongs to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.registers.installation.models import Installation, Marks


def recorded_marks(session: Session) -> Marks | None:
    """The marks that keys and files have to carry; None for a database nobody has claimed yet."""
    newest = session.scalars(
        select(Installation).order_by(Installation.number.desc()).limit(1)
    ).first()
    return None if newest is None else newest.marks
