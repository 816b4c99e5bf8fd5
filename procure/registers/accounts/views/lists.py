"""What the three administrators' lists share: one answer as a page or as a file."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from procure.kernel.errors import Invalid
from procure.kernel.paging import Page, PageRequest, page_request
from procure.render import sheets
from procure.web.access import current_actor
from procure.web.downloads import download
from procure.web.listing import Filter, Listing
from procure.web.presenters import Column, Link, Row

log = logging.getLogger(__name__)

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    sheet: Sequence[sheets.Column]
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
        return _file(page, kind, asked)
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
        exports=("csv", "xlsx"),
        search_label=page.search_label,
    )
    return render_template(
        page.template, title=page.title, listing=listing, action=page.action, **more
    )


def _file(page: ListPage, kind: str, asked: PageRequest) -> ResponseReturnValue:
    rows = (page.cells(row) for row in page.export(asked))
    log.info("export list=%s format=%s actor=%s", page.title, kind, current_actor().user_id)
    if kind == "csv":
        return download(b"".join(sheets.write_csv(page.sheet, rows)), f"{page.title}.csv", CSV)
    if kind == "xlsx":
        file = BytesIO()
        sheets.write_xlsx(page.sheet, rows, file, sheet=page.title)
        return download(file.getvalue(), f"{page.title}.xlsx", XLSX)
    raise Invalid("format", "只能导出 CSV 或 Excel 文件。", remedy="请使用列表上方的导出链接。")
