"""What the database says of the installation it belongs to."""

from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from procure.registers.installation.models import Installation, Marks


def recorded_marks(session: Session) -> Marks | None:
    """The marks that keys and files have to carry; None for a database nobody has claimed yet."""
    newest = session.scalars(
        select(Installation).order_by(Installation.number.desc()).limit(1)
    ).first()
    return None if newest is None else newest.marks


def recorded_mode(session: Session) -> str:
    """In which mode the database was claimed; empty where it was not, or its schema is older."""
    found, name = inspect(session.connection()), Installation.__tablename__
    if not found.has_table(name) or "mode" not in {c["name"] for c in found.get_columns(name)}:
        return ""
    recorded = recorded_marks(session)
    return recorded.mode if recorded else ""


def installation_id(session: Session) -> UUID:
    """What this installation is called in feeds and calendars, whatever its address becomes: made of
    the mark of the folder of files that it was first given.
    """
    first = session.scalar(select(Installation.store).order_by(Installation.number).limit(1))
    return uuid5(NAMESPACE_OID, first or "")
