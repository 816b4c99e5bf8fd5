"""Uploads that wait for their form: kept at once, so that a failing form loses no file.

Bookkeeping of its own: an upload is stored in its own transaction, whatever becomes of the form.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.config import Config
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock, SystemClock
from procure.kernel.errors import Invalid
from procure.kernel.uploads import AS_IT_CAME, Reception, told_name
from procure.registers.documents import storage
from procure.registers.documents.content import LARGEST, check_upload
from procure.registers.documents.judging.turns import Turns
from procure.registers.documents.models import StagedFile
from procure.render.fonts import printable_characters
from procure.store.base import db
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork
from procure.web.fields.files import MOST_WAITING, MOST_WAITING_BYTES, WAITING_WORDS
from procure.web.messages import FieldMessage

KEPT_FOR = timedelta(days=2)
FRESH_FOR = timedelta(hours=1)
"""How long an upload is safe from making room for its owner's newer ones."""


@dataclass(frozen=True)
class Waiting:
    """An upload that belongs to no record yet."""

    token: str
    filename: str
    size: int
    digest: str
    media_type: str
    path: Path
    reception: Reception = AS_IT_CAME

    @property
    def said(self) -> str:
        """What became of it, in words; "" when there is nothing to tell."""
        return self.reception.words

    def open(self) -> BinaryIO:
        """The content, verified, from its beginning.

        Raises storage.StoreAway when it cannot be had, storage.DamagedFile when altered.
        """
        try:
            content = self.path.read_bytes()
        except OSError as fault:
            raise storage.StoreAway from fault
        if hashlib.sha256(content).hexdigest() != self.digest:
            raise storage.DamagedFile
        return BytesIO(content)


class DocumentStaging:
    """The staging store of upload fields: rows in the database, bytes beside the file store."""

    def __init__(
        self,
        config: Config,
        *,
        mark: str = "",
        sessions: Callable[[], Session] | None = None,
        clock: Clock | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._store = storage.configure(config.storage_url, mark)
        self._sessions = sessions or _own_session
        self._clock = clock or SystemClock()
        self._turns = turns or Turns()

    def turn(self, owner: str) -> AbstractContextManager[None]:
        """A person's turn to put files here. Raises turns.Busy when they get none now."""
        return self._turns.taken_by(owner)

    def put(self, content: IO[bytes], filename: str, owner: str) -> str:
        """Judge an upload, keep it under a clean name and return its token.

        Raises ValueError with a FieldMessage, as fields of forms do, for a file that is not taken.
        """
        name, notes = told_name(filename, printable_characters())
        given = content.read(LARGEST + 1)
        # Who may keep no more does not have more looked at; the database is not held meanwhile.
        with self._sessions() as session:
            _forgotten(session, owner, len(given), self._clock.now())
        try:
            upload = check_upload(given, name)
        except Invalid as refusal:
            raise ValueError(
                FieldMessage(refusal.message, refusal.rule or "", refusal.remedy or "")
            ) from refusal
        with self._sessions() as session:
            making_room = _forgotten(session, owner, len(upload.content), self._clock.now())
            token = new_id()
            self._store.write(self._store.aside(token), upload.content)
            with UnitOfWork(session, SYSTEM_ACTOR, self._clock, technical=True) as uow:
                for row in session.scalars(
                    select(StagedFile).where(StagedFile.id.in_(making_room))
                ):
                    drop_staged(uow, row)
                session.add(
                    StagedFile(
                        id=token,
                        owner_id=owner,
                        filename=name,
                        media_type=upload.media_type,
                        size=len(upload.content),
                        sha256=hashlib.sha256(upload.content).hexdigest(),
                        at=uow.now,
                        reception=upload.reception.telling(notes),
                    )
                )
        return token

    def get(self, token: str, owner: str) -> Waiting | None:
        """The upload of this owner that waits under the token, None when there is none."""
        with self._sessions() as session:
            return find_waiting(session, self._store, token, owner)


def _forgotten(session: Session, owner: str, size: int, now: datetime) -> list[str]:
    """Which of a person's uploads make room for one of this size: the oldest, as far as needed.

    Raises ValueError with a FieldMessage when those of the last hour alone take it all: whoever is
    at work on a form keeps what is in it, and an honest one never gets there.
    """
    mine = select(StagedFile.id, StagedFile.size, StagedFile.at).where(StagedFile.owner_id == owner)
    waiting = session.execute(mine.order_by(StagedFile.at, StagedFile.id)).all()
    number, together = len(waiting) + 1, sum(row.size for row in waiting) + size
    found = []
    for row in waiting:
        if number <= MOST_WAITING and together <= MOST_WAITING_BYTES:
            break
        if row.at > now - FRESH_FOR:
            raise ValueError(
                FieldMessage(
                    f"您有 {len(waiting)} 个上传后没有提交的文件，到了每人 {WAITING_WORDS} 的上限。",
                    remedy="请先提交手上的表单；一小时以前选好而没有提交的文件，会自动让出位置。",
                )
            )
        found.append(row.id)
        number, together = number - 1, together - row.size
    return found


def find_waiting(
    session: Session, store: storage.FileStore, token: str, owner: str
) -> Waiting | None:
    """A waiting upload of this owner, read in the given session."""
    row = session.get(StagedFile, token)
    if row is None or row.owner_id != owner:
        return None
    path = store.aside(row.id)
    return Waiting(row.id, row.filename, row.size, row.sha256, row.media_type, path, row.reception)


def purge_staged(uow: UnitOfWork, *, before: datetime | None = None) -> int:
    """Throw away uploads nobody came back for; how many there were. For a technical unit of work.

    `before` is the instant up to which they are old, two days ago when left out.
    """
    limit = before or uow.now - KEPT_FOR
    old = uow.session.scalars(select(StagedFile).where(StagedFile.at < limit)).all()
    for row in old:
        drop_staged(uow, row)
    return len(old)


def drop_staged(uow: UnitOfWork, row: StagedFile) -> None:
    """Take an upload out of staging; its bytes go once that is committed."""
    path = storage.file_store().aside(row.id)
    uow.session.delete(row)
    uow.after_commit(lambda: path.unlink(missing_ok=True))


def _own_session() -> Session:
    return Session(db.engine)
