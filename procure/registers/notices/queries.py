"""What can be read of public notices: everything, by everybody."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from procure.kernel.errors import NotFound
from procure.kernel.events import canonical, plain
from procure.kernel.paging import Page, PageRequest
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.store.request_cache import once
from procure.store.search import says

SORTS = ("-published", "title", "number", "buyer")
FILTERS = ("kind",)

_BUYER_NAME = func.coalesce(Notice.buyer_name, Organisation.name)
"""The buyer as the notice names it."""

_SORT_COLUMNS: dict[str, Any] = {
    "published": Notice.published_at,
    "title": Notice.title,
    "number": Notice.number,
    "buyer": _BUYER_NAME,
}


@dataclass(frozen=True)
class NoticeRow:
    """A line of the list of notices."""

    id: str
    number: str
    kind: NoticeKind
    title: str
    project_number: str
    buyer: str
    published_at: datetime
    period_until: date | None


def notice_text(notice: Notice) -> str:
    """The one text form of a notice, which its digest is taken of; anybody can make it again."""
    content: Mapping[str, object] = {
        "number": notice.number,
        "kind": notice.kind,
        "title": notice.title,
        "project": notice.project_id,
        "published_at": notice.published_at,
        "period_until": notice.period_until,
        "sections": notice.sections,
    }
    return canonical(plain(content))


def digest_of(notice: Notice) -> str:
    """The SHA-256 of the notice's text in hexadecimal; equals `notice.sha256` while untouched."""
    return hashlib.sha256(notice_text(notice).encode()).hexdigest()


def list_notices(session: Session, request: PageRequest) -> Page[NoticeRow]:
    """One page of the notices, newest first unless asked otherwise; two statements."""
    conditions = _narrowed(request)
    total = session.scalar(select(func.count()).select_from(Notice).where(*conditions))
    column = _SORT_COLUMNS[request.sort or "published"]
    down = request.descending or not request.sort
    query = (
        select(
            Notice.id,
            Notice.number,
            Notice.kind,
            Notice.title,
            Project.number,
            _BUYER_NAME,
            Notice.published_at,
            Notice.period_until,
        )
        .join(Project, Project.id == Notice.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(*conditions)
        .order_by(column.desc() if down else column.asc(), Notice.id)
        .offset(request.offset)
        .limit(request.size)
    )
    return Page([NoticeRow(*row) for row in session.execute(query)], total or 0, request)


def get_notice(session: Session, number: str) -> Notice:
    """The notice of that number with its project and buyer; NotFound when there is none."""
    notice = session.scalars(
        select(Notice)
        .where(Notice.number == number.strip().upper())
        .options(joinedload(Notice.project).joinedload(Project.buyer))
    ).one_or_none()
    if notice is None:
        raise NotFound("没有找到这份公告。")
    return notice


@once
def of_project(session: Session, project_id: str) -> Sequence[Notice]:
    """The notices of a project in the order in which they were published."""
    return session.scalars(
        select(Notice)
        .where(Notice.project_id == project_id)
        .order_by(Notice.published_at, Notice.number)
    ).all()


def tender_is_out(session: Session, project_id: str) -> bool:
    """Whether a purchase stands announced: each round that failed or was ended has its notice too."""
    kinds = [notice.kind for notice in of_project(session, project_id)]
    over = kinds.count(NoticeKind.FAILURE) + kinds.count(NoticeKind.TERMINATION)
    return kinds.count(NoticeKind.TENDER) > over


def _narrowed(request: PageRequest) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    kind = request.chosen("kind", NoticeKind, "公告种类")
    if kind is not None:
        conditions.append(Notice.kind == kind)
    if request.search:
        conditions.append(says(request.search, Notice.title, Notice.number))
    return conditions
