"""What people have typed and not sent: kept on the server for them alone, until it is sent.

Nothing of it stays in a browser, which is shared, nor can it be read in a copy of the database: the
content is wrapped by the platform's key, and where it belongs is kept as a digest. It is nobody's
record, so saving it is technical bookkeeping and no event.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from procure.kernel.errors import Invalid
from procure.store.base import Identified, Model, Removable, rows_changed
from procure.store.secrets import PlatformKey
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork
from procure.store.upsert import insert_missing

LARGEST = 2 * 1024 * 1024
"""Bytes of one draft: what a form may bring besides its files."""
MOST = 60
"""Drafts of one owner; the oldest makes room."""
KEPT_FOR = timedelta(days=14)


class Draft(Identified, Removable, Model):
    """One thing that one owner has typed."""

    __table_args__ = (UniqueConstraint("owner_id", "place"),)

    owner_id: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Saved:
    """What was kept, and when."""

    content: dict[str, Any]
    saved_at: datetime


def save_draft(
    uow: UnitOfWork, key: PlatformKey, owner_id: str, name: str, content: Mapping[str, Any]
) -> None:
    """Keep something under its name in place of what was kept there; for a technical unit of work.

    Raises Invalid when it is too large.
    """
    plain = json.dumps([owner_id, name, content], ensure_ascii=False).encode()
    if len(plain) > LARGEST:
        raise Invalid("", "填写的内容太长，没有保存。", remedy="请删减，或者把长的内容改为附件。")
    changed = {"content": key.wrap(plain), "saved_at": uow.now}
    row = {"id": new_id(), "owner_id": owner_id, "place": _place(name), **changed}
    if insert_missing(uow.session, Draft, [row]):
        others = select(Draft.id).where(Draft.owner_id == owner_id, Draft.id != row["id"])
        surplus = others.order_by(Draft.saved_at.desc(), Draft.id).offset(MOST - 1)
        uow.session.execute(delete(Draft).where(Draft.id.in_(surplus.scalar_subquery())))
    else:
        uow.session.execute(update(Draft).where(*_is(owner_id, name)).values(changed))


def find_draft(session: Session, key: PlatformKey, owner_id: str, name: str) -> Saved | None:
    """What was kept for this owner under that name; None when there is nothing to be read."""
    row = session.execute(select(Draft.content, Draft.saved_at).where(*_is(owner_id, name))).first()
    if row is None:
        return None
    try:
        whose, what, content = json.loads(key.unwrap(row.content))
    except ValueError:
        # Another key's: as good as gone.
        return None
    # A row that was moved to somebody else opens to nobody.
    return Saved(content, row.saved_at) if (whose, what) == (owner_id, name) else None


def forget_drafts(uow: UnitOfWork, owner_id: str, *names: str) -> None:
    """Throw away what was sent or is not wanted."""
    places = [_place(name) for name in names]
    uow.session.execute(delete(Draft).where(Draft.owner_id == owner_id, Draft.place.in_(places)))


def purge_drafts(uow: UnitOfWork) -> int:
    """Throw away what nobody came back for; how much that was. For a technical unit of work."""
    return rows_changed(uow.session, delete(Draft).where(Draft.saved_at < uow.now - KEPT_FOR))


def last_saved_at(session: Session, owner_id: str) -> datetime | None:
    """When this owner last saved anything."""
    newest = select(Draft.saved_at).where(Draft.owner_id == owner_id)
    return session.scalar(newest.order_by(Draft.saved_at.desc()).limit(1))


def _is(owner_id: str, name: str) -> tuple[Any, Any]:
    return Draft.owner_id == owner_id, Draft.place == _place(name)


def _place(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
