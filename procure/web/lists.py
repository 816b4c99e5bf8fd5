"""Lists as their rooms declare them: one declaration for the page, CSV and XLSX.

A view under `@shows_list` gives a `ListOf`: where its lines come from, its columns, what it may be
narrowed by. Search, filters, order and page stand in the address; `format=csv` or `xlsx` gives the
whole list with the same lines in the same order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from flask import render_template, request
from werkzeug.wrappers import Response

from procure.kernel.paging import PageRequest, page_request
from procure.kernel.records import read_as
from procure.render import sheets
from procure.store.lists import Lines, Table
from procure.web.access import current_actor, read_session
from procure.web.columns import Col, in_file, on_page, rows_of
from procure.web.exports import FORMATS, sheet_answer
from procure.web.listing import Filter, Listing
from procure.web.presenters import Link

Line = TypeVar("Line")
Given = ParamSpec("Given")

_MARK = "procure_list"


def _nothing_more() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, kw_only=True)
class ListOf(Generic[Line]):
    """A list. `title` is its caption and, unless `file` is another, the name of its files; `href`
    leads on from a line; `noun` and `measure` count lines (份采购计划); `search` says what is looked
    through, "" where nothing is. `shows` gives the page what its template asks for besides
    `listing`; it runs only when the page is drawn.
    """

    title: str
    source: Lines[Line]
    columns: tuple[Col[Line], ...]
    href: Callable[[Line], str] | None = None
    filters: tuple[Filter, ...] = ()
    search: str = ""
    noun: str = "记录"
    measure: str = "条"
    empty: str = "还没有任何记录。"
    empty_action: Link | None = None
    file: str = ""
    whole: tuple[Sequence[sheets.SheetColumn], Table] | None = None
    """What the files hold where that is another table than the page's, written by the database:
    columns and query. A ledger has each side of a movement in its file, and a million of them.
    """
    shows: Callable[[], Mapping[str, object]] = _nothing_more

    def asked(self, arguments: Mapping[str, str]) -> PageRequest:
        """What an address asks of the list. Raises Invalid for what the list does not offer."""
        first = self.source.first if isinstance(self.source.first, str) else ""
        keys = [col.key for col in self.columns if col.sort]
        asked = page_request(arguments, (first, *keys), [one.name for one in self.filters])
        for one in self.filters:
            one.check(asked)
        return asked


def shows_list(
    template: str,
) -> Callable[[Callable[Given, ListOf[Any]]], Callable[Given, str | Response]]:
    """Make the view of a declared list: its page, or the whole of it as a file."""

    def declare(view: Callable[Given, ListOf[Any]]) -> Callable[Given, str | Response]:
        @wraps(view)
        def page(*given: Given.args, **named: Given.kwargs) -> str | Response:
            return _answer(view(*given, **named), template)

        setattr(page, _MARK, True)
        return page

    return declare


def is_list(view: Callable[..., Any]) -> bool:
    """Whether a view shows a declared list."""
    return getattr(view, _MARK, False)


def _answer(declared: ListOf[Line], template: str) -> str | Response:
    asked = declared.asked(request.args)
    if kind := request.args.get("format"):
        return _file(declared, asked, kind)
    return render_template(template, listing=_drawn(declared, asked), **declared.shows())


def _file(declared: ListOf[Line], asked: PageRequest, kind: str) -> Response:
    name, actor = declared.file or declared.title, current_actor()
    if declared.whole is not None:
        return sheet_answer(kind, name, *declared.whole, actor)
    columns = [col for col in declared.columns if in_file(col)]
    rows = (
        [col.in_file(line) for col in columns]
        for line in declared.source.every(read_session(), asked)
    )
    heads = [col.sheet_column for col in columns]
    return sheet_answer(kind, name, heads, rows, actor)


def _drawn(declared: ListOf[Line], asked: PageRequest) -> Listing:
    found = declared.source.page(read_session(), asked)
    return read_as(
        Listing,
        declared,
        path=request.script_root + request.path,
        page=found,
        columns=tuple(col.head for col in declared.columns if on_page(col)),
        rows=rows_of(declared.columns, found.rows, declared.href),
        caption=declared.title,
        exports=FORMATS,
        search_label=declared.search,
    )
