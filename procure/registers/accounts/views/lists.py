"""What the three administrators' lists share: one answer as a page or as a file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from procure.kernel.paging import Page, PageRequest, page_request
from procure.render import sheets
from procure.web.access import current_actor
from procure.web.exports import FORMATS, sheet_answer
from procure.web.listing import Filter, Listing
from procure.web.presenters import Column, Link, Row


@dataclass(frozen=True)
class ListPage:
    """A list as its page and its file need it; `row` draws a line, `cells` writes one."""

    title: str
    template: str
    noun: str
    measure: str
    sorts: tuple[str, ...]
    filters: tuple[Filter, ...]
    columns: Sequence[Column]
    sheet: Sequence[sheets.SheetColumn]
    find: Callable[[PageRequest], Page[Any]]
    export: Callable[[PageRequest], Iterable[Any]]
    row: Callable[[Any], Row]
    cells: Callable[[Any], Sequence[Any]]
    search_label: str
    empty: str
    action: Link | None = None


def answer(page: ListPage, **more: Any) -> ResponseReturnValue:
    """The list as the address asks for it: a page, or the whole of it as a file."""
    asked = page_request(request.args, page.sorts, tuple(item.name for item in page.filters))
    if kind := request.args.get("format"):
        rows = (page.cells(row) for row in page.export(asked))
        return sheet_answer(kind, page.title, page.sheet, rows, current_actor())
    found = page.find(asked)
    listing = Listing(
        path=request.path,
        page=found,
        columns=page.columns,
        rows=[page.row(row) for row in found.rows],
        filters=page.filters,
        noun=page.noun,
        measure=page.measure,
        caption=page.title,
        empty=page.empty,
        exports=FORMATS,
        search_label=page.search_label,
    )
    return render_template(
        page.template, title=page.title, listing=listing, action=page.action, **more
    )
