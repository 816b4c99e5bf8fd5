"""What the public reads: notices found by words, open tenders, the heads of public chains."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, Select, and_, func, literal, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text

from procure.desks.portal.grams import array_query, phrase_query, words_of
from procure.desks.portal.models import SearchEntry
from procure.kernel.access import VISITOR
from procure.kernel.clock import EPOCH, from_micros
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import TenderState
from procure.kernel.paging import Page, PageRequest
from procure.kernel.vocabulary import METHOD_LABELS, NoticeKind, ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.queries import papers_of
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.tenders.models import Tender
from procure.store.trail import TrailEvent
from procure.web.presenters import Paper

SORTS = ("-published", "title", "number", "buyer")
FILTERS = ("kind",)

LONGEST_EXPORT = 100_000
NEWEST = 8
UNIX_JULIAN_DAY = 2_440_587.5
"""1970-01-01 in the day count that SQLite tells the time in."""
OPEN_SHOWN = 8

_SORT_COLUMNS: dict[str, Any] = {
    "published": SearchEntry.position,
    "title": Notice.title,
    "number": Notice.number,
    "buyer": Organisation.name,
}

PAPERS_OF_KIND: dict[NoticeKind, frozenset[DocumentKind]] = {
    NoticeKind.TENDER: frozenset({DocumentKind.TENDER_DOCUMENT}),
    NoticeKind.RESULT: frozenset({DocumentKind.TENDER_DOCUMENT, DocumentKind.REVIEW_REPORT}),
    NoticeKind.CONTRACT: frozenset({DocumentKind.CONTRACT}),
    NoticeKind.ACCEPTANCE: frozenset({DocumentKind.ACCEPTANCE_CERTIFICATE}),
}
"""Which public papers of a project belong to which notice."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A line of the public list."""

    number: str
    kind: NoticeKind
    title: str
    project_number: str
    buyer: str
    published_at: datetime
    period_until: date | None


@dataclass(frozen=True, slots=True)
class OpenTender:
    """A tender that takes bids now."""

    number: str
    title: str
    buyer: str
    method: str
    deadline_at: datetime


def stamp(session: Session) -> str:
    """What changes with every publication and with nothing else."""
    return str(session.scalar(select(func.max(SearchEntry.position))) or 0)


def list_notices(session: Session, request: PageRequest) -> Page[NoticeLine]:
    """One page of the notices, newest first unless asked otherwise; two statements."""
    hits = _hits(session, request)
    total = session.scalar(select(func.count()).select_from(hits)) or 0
    query = _lines(hits, request).offset(request.offset).limit(request.size)
    return Page([NoticeLine(*row) for row in session.execute(query)], total, request)


def export_notices(session: Session, request: PageRequest) -> Iterator[NoticeLine]:
    """The whole list for a file, in the order and with the filters of the page."""
    query = _lines(_hits(session, request), request).limit(LONGEST_EXPORT)
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield NoticeLine(*row)


def newest_notices(session: Session, number: int = NEWEST) -> list[NoticeLine]:
    """The notices published last."""
    request = PageRequest(size=number)
    query = _lines(_hits(session, request), request).limit(number)
    return [NoticeLine(*row) for row in session.execute(query)]


def open_tenders(session: Session, now: datetime) -> list[OpenTender]:
    """The tenders whose deadline is ahead, the nearest first."""
    query = (
        select(Project.number, Project.title, Organisation.name, Tender.method, Tender.deadline_at)
        .join(Project, Project.id == Tender.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(Tender.state == TenderState.PUBLISHED, Tender.deadline_at > now)
        .order_by(Tender.deadline_at, Project.number)
        .limit(OPEN_SHOWN)
    )
    return [
        OpenTender(number, title, buyer, METHOD_LABELS[ProcurementMethod(method)], deadline_at)
        for number, title, buyer, method, deadline_at in session.execute(query)
        if deadline_at is not None
    ]


def papers_of_notice(session: Session, notice: Notice) -> list[Paper]:
    """The public papers that belong to a notice; the same for every reader (R-PUB-2)."""
    kinds = PAPERS_OF_KIND.get(notice.kind)
    if not kinds:
        return []
    subjects = session.scalars(
        select(Document.subject_id)
        .where(
            Document.project_id == notice.project_id,
            Document.kind.in_(kinds),
            Document.audience == DocumentAudience.PUBLIC,
        )
        .distinct()
    ).all()
    if not subjects:
        return []
    return papers_of(session, VISITOR, project_id=notice.project_id, subject_ids=subjects)


def heads_until(session: Session, until: datetime) -> list[tuple[str, str, int, str]]:
    """The heads of public projects' chains at an instant: (number, stream, seq, hash), by number.

    Only chains of projects stand here; a bid's chain is its bidder's business until the opening.
    """
    stream = literal("project:") + Project.id
    earlier = aliased(TrailEvent)
    last = (
        select(earlier.seq)
        .where(earlier.stream == stream, earlier.at < until)
        .order_by(earlier.seq.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )
    query = (
        select(Project.number, TrailEvent.stream, TrailEvent.seq, TrailEvent.hash)
        .join(TrailEvent, and_(TrailEvent.stream == stream, TrailEvent.seq == last))
        .where(Project.is_public)
        .order_by(Project.number)
    )
    return [(row.number, row.stream, row.seq, row.hash) for row in session.execute(query)]


def _hits(session: Session, request: PageRequest) -> CTE:
    """The positions of the notices that have all the words, as the database finds them best.

    They are made ready before they are sorted: the planner of PostgreSQL would otherwise walk the
    newest notices one by one, hoping to meet twenty that fit.
    """
    words, kind = words_of(request.search), _kind(request)
    if not words and not kind:
        return select(SearchEntry.position).cte("hits")
    if session.get_bind().dialect.name == "sqlite":
        found: Select[Any] = (
            select(literal_column("rowid").label("position"))
            .select_from(text("search_index"))
            .where(text("search_index MATCH :phrase").bindparams(phrase=phrase_query(words, kind)))
        )
        return found.cte("hits")
    wanted = array_query(words, kind)
    pieces = literal(list(wanted.pieces), ARRAY(Text))
    query = select(SearchEntry.position).where(
        SearchEntry.grams.op("@>")(pieces),
        *(SearchEntry.text.contains(word, autoescape=True) for word in wanted.verify),
    )
    return query.cte("hits").prefix_with("MATERIALIZED")


def _kind(request: PageRequest) -> str:
    kind = request.filters.get("kind", "")
    if kind and kind not in set(NoticeKind):
        raise Invalid("kind", "没有这种公告。", remedy="请从列表上方选择公告种类。")
    return kind


def _lines(hits: CTE, request: PageRequest) -> Select[*tuple[Any, ...]]:
    column = _SORT_COLUMNS[request.sort or "published"]
    down = request.descending or not request.sort
    lines: Select[*tuple[Any, ...]] = (
        select(
            Notice.number,
            Notice.kind,
            Notice.title,
            Project.number,
            Organisation.name,
            Notice.published_at,
            Notice.period_until,
        )
        .select_from(hits)
        .join(SearchEntry, SearchEntry.position == hits.c.position)
        .join(Notice, Notice.id == SearchEntry.notice_id)
        .join(Project, Project.id == Notice.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .order_by(column.desc() if down else column.asc(), SearchEntry.position.desc())
    )
    return lines


def database_time(session: Session) -> datetime:
    """What time the database thinks it is."""
    if session.get_bind().dialect.name == "sqlite":
        days = session.scalar(text("SELECT julianday('now')"))
        return EPOCH + timedelta(days=days - UNIX_JULIAN_DAY)
    micros = session.scalar(
        text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    )
    return from_micros(micros)
