"""The list page's state: what its address says, and the addresses of its neighbours.

The address holds everything (page, sort, search, filters), so a list can be sent, kept and printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from procure.kernel.errors import Invalid
from procure.kernel.paging import Page, PageRequest
from procure.web.presenters import Column, Link, Row

EXPORT_NAMES = {"csv": "导出 CSV", "xlsx": "导出 Excel"}


@dataclass(frozen=True)
class Filter:
    """A drop-down above a list: the address's argument, its label and what may be chosen."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]

    def check(self, asked: PageRequest) -> None:
        """Raise Invalid for a value that the filter does not offer."""
        chosen = asked.filters.get(self.name)
        if chosen and chosen not in (key for key, _ in self.choices):
            raise Invalid(
                self.name,
                f"没有这种{self.label}。",
                remedy=f"请从列表上方选择{self.label}。",
            )


@dataclass(frozen=True)
class SortChoice:
    """One order a list can be put in, and whether it stands in it now."""

    text: str
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class Listing:
    """One page of a list with all it needs to draw itself.

    `page` is the kernel's page of query rows; `rows` are the same rows ready to be drawn.
    """

    path: str
    page: Page[object]
    columns: Sequence[Column]
    rows: Sequence[Row]
    filters: tuple[Filter, ...] = ()
    noun: str = "记录"
    measure: str = "条"
    caption: str = ""
    empty: str = "还没有任何记录。"
    empty_action: Link | None = None
    exports: tuple[str, ...] = ()
    search_label: str = "查找"

    @property
    def request(self) -> PageRequest:
        """What the address asks for."""
        return self.page.request

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter hides part of the list."""
        return bool(self.request.search or self.request.filters)

    @property
    def first(self) -> int:
        """The number of the first row shown, counted from 1; 0 when there is none."""
        return self.request.offset + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.request.offset + len(self.rows)

    def href(self, **changes: str | int) -> str:
        """The address of this list with some arguments changed; an empty value leaves one out."""
        sort = ("-" if self.request.descending else "") + self.request.sort
        arguments: dict[str, str | int] = {
            "q": self.request.search,
            **self.request.filters,
            "sort": sort,
            **changes,
        }
        kept = {name: value for name, value in arguments.items() if value not in ("", None)}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def page_href(self, number: int) -> str:
        """The address of another page of the same list."""
        return self.href(page=number)

    def sort_href(self, column: Column) -> str:
        """The address that sorts by a column, or turns the order when it is sorted by already."""
        turn = column.key == self.request.sort and not self.request.descending
        return self.href(sort=("-" if turn else "") + column.key)

    @property
    def sorts(self) -> tuple[SortChoice, ...]:
        """All orders this list can be put in, for screens too narrow to show the column heads."""
        asked = ("-" if self.request.descending else "") + self.request.sort
        return tuple(
            SortChoice(f"{column.label}（{words}）", self.href(sort=key), key == asked)
            for column in self.columns
            if column.sortable
            for key, words in ((column.key, "升序"), (f"-{column.key}", "降序"))
        )

    def aria_sort(self, column: Column) -> str:
        """How a column is sorted now, in the words of the aria-sort attribute."""
        if column.key != self.request.sort:
            return "none"
        return "descending" if self.request.descending else "ascending"

    def export_links(self) -> list[Link]:
        """The addresses of the whole list as files."""
        return [Link(EXPORT_NAMES[kind], self.href(format=kind)) for kind in self.exports]

    def kept_arguments(self) -> Mapping[str, str]:
        """What the filter line must carry along without showing it."""
        sort = ("-" if self.request.descending else "") + self.request.sort
        return {"sort": sort} if sort else {}

    def window(self) -> list[int | None]:
        """The page numbers to show, None where some are left out."""
        current, last = self.request.page, self.page.pages
        near = {1, last, *range(max(1, current - 2), min(last, current + 2) + 1)}
        numbers: list[int | None] = []
        for number in sorted(near):
            if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers
