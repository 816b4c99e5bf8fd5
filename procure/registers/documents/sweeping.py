"""Leftovers in the store of files, of processes that were killed: found by night.

A write that was not finished and an upload without its row are removed. A file that nothing in the
database names is only set aside, since a database restored from yesterday knows less than the store.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from procure.kernel.clock import from_micros
from procure.registers.documents.models import StagedFile
from procure.registers.documents.storage import LEFTOVERS, STAGING, UNFINISHED, FileStore, is_digest
from procure.store.base import Base

UNFINISHED_FOR = timedelta(hours=1)
"""A write, and the row of an upload after it, take seconds."""
STRAY_AFTER = timedelta(days=1)
LOOKED_BACK = timedelta(days=9)
"""How old a file is at most when it is first found to be nobody's: a week of nights to find it."""
SET_ASIDE_FOR = timedelta(days=180)
AT_ONCE = 400

InUse = Callable[[Collection[str]], Collection[str]]
"""Of these digests, those that something names where no column shows it."""


@dataclass
class Swept:
    """How many of each were found."""

    unfinished: int = 0
    waiting: int = 0
    strays: int = 0


def sweep(session: Session, store: FileStore, now: datetime, in_use: InUse) -> Swept:
    """Remove what is left over and set aside what nothing names; `now` is the machine's own time.

    Raises StoreAway when the folder is not this installation's.
    """
    store.require_ours()
    found = Swept()
    suspects: list[Path] = []
    for path, age in _files(store.root, now):
        if path.name.startswith(UNFINISHED):
            found.unfinished += _remove(path) if age > UNFINISHED_FOR else 0
        elif path.parent.name == STAGING:
            if age > UNFINISHED_FOR and session.get(StagedFile, path.name) is None:
                found.waiting += _remove(path)
        elif path.parent.name == LEFTOVERS:
            if age > SET_ASIDE_FOR:
                _remove(path)
        elif is_digest(path.name) and STRAY_AFTER < age < LOOKED_BACK:
            suspects.append(path)
    named = named_in_tables(session, [path.name for path in suspects])
    strays = [path.name for path in suspects if path.name not in named]
    kept = in_use(strays) if strays else ()
    for digest in strays:
        if digest not in kept:
            store.set_aside(digest)
            found.strays += 1
    return found


def named_in_tables(session: Session, digests: Collection[str]) -> set[str]:
    """Those of the digests that stand in any column made for a digest, whatever its table."""
    columns = [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("sha256") and isinstance(column.type, String)
    ]
    named: set[str] = set()
    left = iter(digests)
    while batch := list(islice(left, AT_ONCE)):
        for column in columns:
            named.update(session.scalars(select(column).where(column.in_(batch))))
    return named


def _files(root: Path, now: datetime) -> Iterator[tuple[Path, timedelta]]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            # Whoever works in the store meanwhile may take it away.
            with suppress(FileNotFoundError):
                yield path, now - from_micros(path.stat().st_mtime_ns // 1000)


def _remove(path: Path) -> bool:
    path.unlink(missing_ok=True)
    return True
