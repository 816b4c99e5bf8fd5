"""Lists as the database gives them: scoped, narrowed, put in order and counted in one way.

A room's queries declare a `Source`; its page and its files are read of that one declaration
(`procure/web/lists.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    case,
    cast,
    func,
    literal_column,
    true,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from procure.kernel.paging import Page, PageRequest
from procure.store.search import says

Line = TypeVar("Line")
Line_co = TypeVar("Line_co", covariant=True)
Order = str | tuple[ColumnElement[Any], ...]

BATCH = 1000
"""How many rows of a file are read at a time."""


class Lines(Protocol[Line_co]):
    """What a list is read from: a page of it or all of it, as the address asks."""

    @property
    def first(self) -> Order:
        """The order of a list as first opened: a key, with "-" in front for descending, or its own."""

    def page(self, session: Session, asked: PageRequest) -> Page[Line_co]:
        """One page, with the number of all lines."""

    def every(self, session: Session, asked: PageRequest) -> Iterator[Line_co]:
        """All lines, in the order and with the filters of the page."""


@dataclass(frozen=True, kw_only=True)
class Source(Generic[Line]):
    """A list of the database. `lines` selects, of what its reader may see, what `line` is made of;
    `ident` tells any two lines apart, so that pages never overlap.
    """

    lines: Select[*tuple[Any, ...]]
    line: Callable[..., Line]
    ident: Any
    first: Order
    sorts: Mapping[str, Any]
    """By what the list may be ordered: the key in the address and its column, or several."""
    filters: Mapping[str, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)
    """What a choice above the list narrows it to; asked with "" where nothing is chosen."""
    search: Sequence[Any] = ()
    """The texts that words are looked for in."""
    complete: Callable[[Session, list[Line]], Iterable[Line]] | None = None
    """Adds what one statement cannot bring, to a page or a batch of a file at once."""

    def page(self, session: Session, asked: PageRequest) -> Page[Line]:
        """One page with the number of all lines, in one statement (two beyond the last page)."""
        narrowed = self._narrowed(asked)
        count = narrowed.with_only_columns(func.count(), maintain_column_froms=True)
        query = self._ordered(narrowed, asked).add_columns(count.correlate(None).scalar_subquery())
        found = session.execute(query.limit(asked.size).offset(asked.offset)).all()
        if found or asked.page == 1:
            total = found[0][-1] if found else 0
        else:
            total = session.scalar(count)
        lines = self._made(session, [row[:-1] for row in found])
        return Page(lines, total or 0, asked)

    def every(self, session: Session, asked: PageRequest) -> Iterator[Line]:
        """All lines, streamed."""
        query = self._ordered(self._narrowed(asked), asked)
        for batch in session.execute(query.execution_options(yield_per=BATCH)).partitions():
            yield from self._made(session, batch)

    def _made(self, session: Session, rows: Iterable[Iterable[Any]]) -> list[Line]:
        lines = [self.line(*row) for row in rows]
        return lines if self.complete is None else list(self.complete(session, lines))

    def _narrowed(self, asked: PageRequest) -> Select[*tuple[Any, ...]]:
        narrowed = self.lines
        for name, condition in self.filters.items():
            narrowed = narrowed.where(condition(asked.filters.get(name, "")))
        # A list in which nothing is looked for leaves words in its address alone.
        if asked.search and self.search:
            narrowed = narrowed.where(says(asked.search, *self.search))
        return narrowed

    def _ordered(
        self, narrowed: Select[*tuple[Any, ...]], asked: PageRequest
    ) -> Select[*tuple[Any, ...]]:
        order: tuple[ColumnElement[Any], ...]
        if asked.sort:
            order = self._by(asked.sort, descending=asked.descending)
        elif isinstance(self.first, str):
            order = self._by(self.first.removeprefix("-"), descending=self.first.startswith("-"))
        else:
            order = self.first
        return narrowed.order_by(*order, self.ident)

    def _by(self, key: str, *, descending: bool) -> tuple[ColumnElement[Any], ...]:
        found = self.sorts[key]
        columns = found if isinstance(found, tuple) else (found,)
        if descending:
            return tuple(column.desc().nulls_last() for column in columns)
        return tuple(column.asc().nulls_last() for column in columns)


def equal(column: Any) -> Callable[[str], ColumnElement[bool]]:
    """A filter on the lines whose column holds what was chosen."""
    return lambda chosen: column == chosen if chosen else true()


def waiting_first(is_open: ColumnElement[bool], day: Any) -> tuple[ColumnElement[Any], ...]:
    """What is still open by its day, the nearest first; then the rest, the latest day first."""
    return (
        case((is_open, 0), else_=1),
        case((is_open, day)).asc().nulls_last(),
        day.desc().nulls_last(),
    )


def summed(fen: Any) -> ColumnElement[int]:
    """The sum of a column of fen, 0 of nothing; a whole number on both databases."""
    return cast(func.coalesce(func.sum(fen), 0), BigInteger)


Table = Select[*tuple[Any, ...]]
"""A query whose columns are those of a sheet, in its order; it names the tables it joins from."""


def worded(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], labels: Mapping[str, str]
) -> ColumnElement[str]:
    """The words for a column's codes, put in by the database; a code without words stays empty."""
    words: dict[Any, Any] = {code: literal_column(f"'{w}'") for code, w in labels.items()}
    return case(words, value=type_coerce(column, String))
