"""Sections of a record that are saved apart: two people in two of them, or one with two tabs, do not
collide; of two in the same one the second is told.

The record keeps its one version, which every save moves and every decision asks. Beside it stands
which versions were made by the saving of which section: a page is out of date for its section once
anything but other sections was changed since it was loaded.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.errors import Stale
from procure.store.base import Model
from procure.store.types import id_type
from procure.store.unit_of_work import UnitOfWork


class Sectioned(Protocol):
    """A record of which sections are saved apart."""

    id: str
    version: int


class SectionChange(Model):
    """That a version of a record was made by saving this section."""

    subject_id: Mapped[str] = mapped_column(id_type(), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    section: Mapped[str] = mapped_column(String(40), primary_key=True)
    changed_by: Mapped[str] = mapped_column(String(64))


def open_section(uow: UnitOfWork, record: Sectioned, section: str, seen: int | None) -> None:
    """Begin to save a section of a held record, on a page that was loaded with version `seen`.

    Raises Stale when the section, or the record otherwise than by its other sections, was changed
    since. None is for who looked at no page.
    """
    if seen is not None and seen != record.version:
        since = select(SectionChange).where(
            SectionChange.subject_id == record.id, SectionChange.version > seen
        )
        _refuse_old(record, section, seen, uow.session.scalars(since).all())
    uow.opened[record.id] = (section, record.version)


def save_section(uow: UnitOfWork, record: Sectioned, *also: str) -> None:
    """Move the record's version on by the section opened; `also` are others that follow from it."""
    section, before = uow.opened.pop(record.id)
    record.version += 1
    uow.session.flush()
    uow.session.add_all(
        SectionChange(
            subject_id=record.id, version=version, section=one, changed_by=uow.actor.user_id
        )
        for version in range(before + 1, record.version + 1)
        for one in (section, *also)
    )


def _refuse_old(
    record: Sectioned, section: str, seen: int, changes: Sequence[SectionChange]
) -> None:
    own = [one for one in changes if one.section == section]
    others = {one.version for one in changes} - {one.version for one in own}
    if seen > record.version or others != set(range(seen + 1, record.version + 1)):
        newest = max(own, key=lambda one: one.version, default=None)
        raise Stale(subject_id=record.id, changed_by=newest.changed_by if newest else "")
