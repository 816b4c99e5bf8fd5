"""What follows from a publication: the notice can be found."""

from collections.abc import Iterator

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from procure.desks.portal.bigrams import SHORT, array_pieces, phrase_tokens, searchable
from procure.desks.portal.cache import note_publication
from procure.desks.portal.models import SearchEntry
from procure.kernel.clock import to_micros
from procure.registers.accounts.models import Organisation
from procure.registers.notices.events import NoticePublished
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.store.unit_of_work import UnitOfWork

SECOND = 1_000_000
INDEX = text("INSERT INTO search_index (rowid, grams) VALUES (:position, :grams)")


def on_notice_published(uow: UnitOfWork, event: NoticePublished) -> None:
    """Make a notice findable in the transaction that publishes it."""
    index_notice(uow, uow.session.get_one(Notice, event.subject_id))
    uow.after_commit(note_publication)


def index_notice(uow: UnitOfWork, notice: Notice) -> None:
    """Put a notice into the search index of the database at hand."""
    session = uow.session
    number, title, buyer = session.execute(
        select(Project.number, Project.title, Organisation.name)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(Project.id == notice.project_id)
    ).one()
    words = text_of(notice, number, title, notice.buyer_name or buyer)
    embedded = session.get_bind().dialect.name == "sqlite"
    position = _position_of(session, notice)
    session.execute(
        insert(SearchEntry).values(
            position=position,
            notice_id=notice.id,
            text=words,
            grams=None if embedded else array_pieces(words, notice.kind),
        )
    )
    if embedded:
        session.execute(INDEX, {"position": position, "grams": phrase_tokens(words, notice.kind)})


def _position_of(session: Session, notice: Notice) -> int:
    """The microsecond of publication; within a second the next free one."""
    at = to_micros(notice.published_at)
    newest = session.scalar(
        select(func.max(SearchEntry.position)).where(SearchEntry.position.between(at, at + SECOND))
    )
    return at if newest is None else newest + 1


def text_of(notice: Notice, project_number: str, project_title: str, buyer: str) -> str:
    """All that a notice can be found by, as the search compares it."""
    return searchable(
        (
            notice.title,
            notice.number,
            notice.kind.label,
            project_number,
            project_title,
            buyer,
            *_short_values(notice),
        )
    )


def _short_values(notice: Notice) -> Iterator[str]:
    """Names, places, dates and amounts of the notice; long prose is not searched."""
    for section in notice.sections:
        rows = section["rows"]
        assert isinstance(rows, list)
        yield from (value for _, value in rows if len(value) <= SHORT)
