"""What can be read of reminders: a person's inbox."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procure.desks.reminders.models import InboxMessage


def unread(session: Session, user_id: str) -> int:
    """How many messages wait unread in a person's inbox."""
    found = session.scalar(
        select(func.count()).where(InboxMessage.user_id == user_id, InboxMessage.read_at.is_(None))
    )
    return found or 0
