"""What the public reads: notices found by words, open tenders, the heads of public chains."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text

from procure.desks.portal.bigrams import array_query, like_pattern, phrase_query
from procure.desks.portal.models import SearchEntry
from procure.kernel.access import VISITOR
from procure.kernel.case_lines import Paper
from procure.kernel.clock import EPOCH, from_micros
from procure.kernel.lifecycle import TenderState
from procure.kernel.paging import Page, PageRequest
from procure.kernel.text import words_of
from procure.kernel.vocabulary import NoticeKind, ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.queries import lines_of, papers_of
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.tenders.models import Tender
from procure.store.lists import BATCH, Order
from procure.store.trail import TrailEvent

NEWEST = 8
UNIX_JULIAN_DAY = 2_440_587.5
"""1970-01-01 in the day count that SQLite tells the time in."""
OPEN_SHOWN = 8

_ENTRY, _NOTICE = SearchEntry.__table__, Notice.__table__
_PROJECT, _BUYER = Project.__table__, Organisation.__table__
"""Lists are read through the tables: that skips the mapper, which costs more than the query."""

_BUYER_NAME = func.coalesce(_NOTICE.c.buyer_name, _BUYER.c.name)
"""The buyer as the notice names it, whatever it is called by now."""

_SORT_COLUMNS: dict[str, Any] = {
    "title": _NOTICE.c.title,
    "number": _NOTICE.c.number,
    "buyer": _BUYER_NAME,
}
"""By what a list can be sorted other than the order of publication."""

PAPERS_OF_KIND: dict[NoticeKind, frozenset[DocumentKind]] = {
    NoticeKind.TENDER: frozenset({DocumentKind.TENDER_DOCUMENT, DocumentKind.CONTRACT_DRAFT}),
    NoticeKind.RESULT: frozenset({DocumentKind.TENDER_DOCUMENT, DocumentKind.REVIEW_REPORT}),
    NoticeKind.CONTRACT: frozenset({DocumentKind.CONTRACT}),
    NoticeKind.ACCEPTANCE: frozenset({DocumentKind.ACCEPTANCE_CERTIFICATE}),
}
"""Which public papers of a project belong to which notice."""


class NoticeLine(NamedTuple):
    """A line of the public list; a tuple, for lists make many."""

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
    """What changes with every publication and with nothing else, be the publisher's clock behind."""
    newest, count = session.execute(select(func.max(SearchEntry.position), func.count())).one()
    return f"{newest}:{count}"


@dataclass(frozen=True, slots=True)
class Search:
    """A search as the database at hand is asked: what the statement is like, and its values.

    `verified` is how many words are looked for in the text itself.
    """

    embedded: bool
    narrowed: bool
    verified: int
    values: Mapping[str, object]


class PublicNotices:
    """The public notices, found by words and kind, newest first unless asked otherwise."""

    first: Order = "-published"

    def page(self, session: Session, asked: PageRequest) -> Page[NoticeLine]:
        """One page with the number of all notices, in one statement. A page beyond the last has no
        row to carry the number, which is asked for by itself.
        """
        search = _search(session, asked)
        query = _page_query(*_kind_of(search), asked.sort, asked.descending)
        wanted = {"size": asked.size, "start": asked.offset, **search.values}
        found = session.execute(query, wanted).all()
        if found:
            total = found[0].total
        else:
            total = session.scalar(_count(_hits(*_kind_of(search))), search.values) or 0
        return Page([NoticeLine(*row[:-1]) for row in found], total, asked)

    def every(self, session: Session, asked: PageRequest) -> Iterator[NoticeLine]:
        """All notices, in the order and with the filters of the page."""
        search = _search(session, asked)
        query = _lines(_hits(*_kind_of(search)), asked.sort, asked.descending)
        for row in session.execute(query.execution_options(yield_per=BATCH), search.values):
            yield NoticeLine(*row)


def newest_notices(session: Session, number: int = NEWEST) -> list[NoticeLine]:
    """The notices published last."""
    newest = _newest(_hits(embedded=False, narrowed=False, verified=0), descending=True)
    query = _lines(newest, "", descending=True)
    return [NoticeLine(*row) for row in session.execute(query, {"size": number, "start": 0})]


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
        OpenTender(number, title, buyer, ProcurementMethod(method).label, deadline_at)
        for number, title, buyer, method, deadline_at in session.execute(query)
        if deadline_at is not None
    ]


def papers_of_notice(session: Session, notice: Notice) -> list[Paper]:
    """The public papers that belong to a notice; the same for every reader (R-PUB-2)."""
    beside = PAPERS_OF_KIND.get(notice.kind, frozenset())
    subjects = {
        line.subject_id
        for line in lines_of(session, notice.project_id)
        if line.kind in beside and line.audience is DocumentAudience.PUBLIC
    }
    return papers_of(
        session, VISITOR, project_id=notice.project_id, subject_ids=[notice.id, *subjects]
    )


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


def _search(session: Session, request: PageRequest) -> Search:
    """What the request asks the database at hand for."""
    words, kind = words_of(request.search), request.filters.get("kind", "")
    embedded = session.get_bind().dialect.name == "sqlite"
    if not words and not kind:
        return Search(embedded, False, 0, {})
    if embedded:
        return Search(embedded, True, 0, {"phrase": phrase_query(words, kind)})
    wanted = array_query(words, kind)
    verify = {f"verify{at}": like_pattern(word) for at, word in enumerate(wanted.verify)}
    return Search(embedded, True, len(verify), {"pieces": list(wanted.pieces), **verify})


def _kind_of(search: Search) -> tuple[bool, bool, int]:
    """What the statement of a search depends on."""
    return search.embedded, search.narrowed, search.verified


def _hits(embedded: bool, narrowed: bool, verified: int) -> FromClause:
    """The positions of the notices that have all the words, as the database finds them best.

    On PostgreSQL they are made ready before they are sorted: its planner would otherwise walk the
    newest notices one by one, hoping to meet twenty that fit. SQLite's index gives them in order of
    itself and counts them without a copy, so it is asked twice instead. Where nothing is asked for
    they are the entries themselves, which must not be copied to be counted.
    """
    if not narrowed:
        return _ENTRY.alias("hits")
    if embedded:
        found: Select[Any] = (
            select(literal_column("rowid").label("position"))
            .select_from(text("search_index"))
            .where(text("search_index MATCH :phrase"))
        )
        return found.subquery("hits")
    query = select(_ENTRY.c.position).where(
        _ENTRY.c.grams.op("@>")(bindparam("pieces", type_=ARRAY(Text))),
        *(_ENTRY.c.text.like(bindparam(f"verify{at}"), escape="/") for at in range(verified)),
    )
    return query.cte("hits").prefix_with("MATERIALIZED")


def _count(hits: FromClause) -> Select[int]:
    return select(func.count()).select_from(hits)


@lru_cache(maxsize=128)
def _page_query(
    embedded: bool, narrowed: bool, verified: int, sort: str, descending: bool
) -> Select[*tuple[Any, ...]]:
    """The statement of a page, kept: building it would cost as much as running it.

    In the order of publication the page is cut before anything is looked up beside it: twenty
    notices are joined, not every hit.
    """
    hits = _hits(embedded, narrowed, verified)
    total = _count(hits).scalar_subquery().label("total")
    if _by_publication(sort):
        newest = _newest(hits, _is_downward(sort, descending))
        return _lines(newest, sort, descending).add_columns(total)
    lines = _lines(hits, sort, descending).add_columns(total)
    return lines.limit(bindparam("size")).offset(bindparam("start"))


def _newest(hits: FromClause, descending: bool) -> CTE:
    """A page of the hits in the order of publication."""
    column = hits.c.position
    order = column.desc() if descending else column.asc()
    cut = select(column).order_by(order).limit(bindparam("size")).offset(bindparam("start"))
    return cut.cte("page")


def _by_publication(sort: str) -> bool:
    return sort not in _SORT_COLUMNS


def _is_downward(sort: str, descending: bool) -> bool:
    """A request without a sort key is the list as first opened: newest first."""
    return descending or not sort


def _lines(hits: FromClause, sort: str, descending: bool) -> Select[*tuple[Any, ...]]:
    column = _ENTRY.c.position if _by_publication(sort) else _SORT_COLUMNS[sort]
    down = _is_downward(sort, descending)
    lines: Select[*tuple[Any, ...]] = (
        select(
            *_NOTICE.c["number", "kind", "title"],
            _PROJECT.c.number.label("project_number"),
            _BUYER_NAME.label("name"),
            *_NOTICE.c["published_at", "period_until"],
        )
        .select_from(hits)
        .join(_ENTRY, _ENTRY.c.position == hits.c.position)
        .join(_NOTICE, _NOTICE.c.id == _ENTRY.c.notice_id)
        .join(_PROJECT, _PROJECT.c.id == _NOTICE.c.project_id)
        .join(_BUYER, _BUYER.c.id == _PROJECT.c.buyer_id)
        .order_by(column.desc() if down else column.asc(), _ENTRY.c.position.desc())
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
