"""What can be read of public notices: everything, by everybody."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from procure.kernel.errors import NotFound
from procure.kernel.events import canonical, plain
from procure.kernel.vocabulary import NoticeKind
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.store.request_cache import once


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
