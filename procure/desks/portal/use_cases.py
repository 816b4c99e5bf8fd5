"""What follows from a publication: the notice can be found."""

from collections.abc import Iterator

from sqlalchemy import insert, select, text

from procure.desks.portal.cache import note_publication
from procure.desks.portal.grams import SHORT, array_pieces, phrase_tokens, searchable
from procure.desks.portal.models import SearchEntry
from procure.kernel.vocabulary import NOTICE_LABELS
from procure.registers.accounts.models import Organisation
from procure.registers.notices.events import NoticePublished
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.store.unit_of_work import UnitOfWork

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
    words = text_of(notice, number, title, buyer)
    embedded = session.get_bind().dialect.name == "sqlite"
    position = session.scalar(
        insert(SearchEntry)
        .values(
            notice_id=notice.id,
            text=words,
            grams=None if embedded else array_pieces(words, notice.kind),
        )
        .returning(SearchEntry.position)
    )
    if embedded:
        session.execute(INDEX, {"position": position, "grams": phrase_tokens(words, notice.kind)})


def text_of(notice: Notice, project_number: str, project_title: str, buyer: str) -> str:
    """All that a notice can be found by, as the search compares it."""
    return searchable(
        (
            notice.title,
            notice.number,
            NOTICE_LABELS[notice.kind],
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
