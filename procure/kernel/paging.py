"""What a list page asks for and what it gets: plain values between the web, the store and queries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from procure.kernel.errors import Invalid
from procure.kernel.text import UNSTORABLE, clean

PAGE_SIZE = 20
MAX_PAGE = 1_000_000

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True)
class PageRequest:
    """A page of a list as its address states it: page from 1, sort key, direction, search, filters."""

    page: int = 1
    size: int = PAGE_SIZE
    sort: str = ""
    descending: bool = False
    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.size


@dataclass(frozen=True)
class Page(Generic[Row_co]):
    """One page of rows with the count of all."""

    rows: Sequence[Row_co]
    total: int
    request: PageRequest

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.request.size))


def page_request(
    arguments: Mapping[str, str], sorts: Sequence[str], filters: Sequence[str] = ()
) -> PageRequest:
    """Read a page request out of an address's arguments.

    `sorts` are the keys that may be sorted by, the first being the default ("" for an order of the
    list's own); a leading "-" means descending. Raises Invalid for a page that is no number or a key that is not
    offered.
    """
    text = arguments.get("page", "1") or "1"
    if not re.fullmatch(r"0{0,20}[1-9][0-9]{0,6}", text, re.ASCII) or int(text) > MAX_PAGE:
        raise Invalid(
            "page", f"页码应当是 1 到 {MAX_PAGE} 的整数。", remedy="请从列表下方的页码进入。"
        )
    sort = arguments.get("sort", "") or sorts[0]
    descending = sort.startswith("-")
    key = sort.removeprefix("-")
    if key not in {name.removeprefix("-") for name in sorts}:
        raise Invalid("sort", "不能按这一列排序。", remedy="请点击列表表头选择排序。")
    search = clean(arguments.get("q", ""))
    if len(search) > 100 or UNSTORABLE.search(search):
        raise Invalid(
            "q",
            "查找的文字太长或含有无法识别的字符。",
            remedy="请用不超过 100 个字查找。",
        )
    chosen = {name: arguments[name] for name in filters if arguments.get(name)}
    return PageRequest(int(text), PAGE_SIZE, key, descending, search, chosen)
