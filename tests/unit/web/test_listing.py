"""A list's addresses hold its state."""

import pytest

from procure.kernel.errors import Invalid
from procure.kernel.paging import Page, page_request
from procure.web.listing import Filter, Listing
from procure.web.presenters import Column, Row

NAME = Column("name", "项目", sortable=True)
DUE = Column("due", "期限", sortable=True)


def listing(total: int = 128, **arguments: str) -> Listing:
    asked = page_request(arguments, ("due", "name"), ("state",))
    rows = tuple(Row((f"项目{n}", "")) for n in range(min(total, asked.size)))
    return Listing("/projects", Page(rows, total, asked), (NAME, DUE), rows, exports=("csv",))


def test_page_href_keeps_search_filter_and_order() -> None:
    shown = listing(q="养老", state="draft", sort="-name", page="2")

    assert shown.page_href(3) == "/projects?q=%E5%85%BB%E8%80%81&state=draft&sort=-name&page=3"


def test_sort_href_second_click_turns_the_order_and_starts_at_page_one() -> None:
    assert listing(sort="name", page="4").sort_href(NAME) == "/projects?sort=-name"
    assert listing(sort="-name").sort_href(NAME) == "/projects?sort=name"
    assert listing(sort="name").sort_href(DUE) == "/projects?sort=due"


def test_aria_sort_only_the_sorted_column_says_how() -> None:
    shown = listing(sort="-name")

    assert shown.aria_sort(NAME) == "descending"
    assert shown.aria_sort(DUE) == "none"


def test_sorts_offer_both_orders_of_each_column_and_mark_the_present_one() -> None:
    choices = listing(q="a", sort="-name").sorts

    assert [(one.text, one.is_chosen) for one in choices] == [
        ("项目（升序）", False),
        ("项目（降序）", True),
        ("期限（升序）", False),
        ("期限（降序）", False),
    ]
    assert choices[2].href == "/projects?q=a&sort=due"


def test_export_links_take_the_whole_narrowed_list() -> None:
    (link,) = listing(q="a").export_links()

    assert link.href == "/projects?q=a&sort=due&format=csv"


def test_window_long_list_leaves_out_the_middle() -> None:
    assert listing(400, page="10").window() == [1, None, 8, 9, 10, 11, 12, None, 20]
    assert listing(60).window() == [1, 2, 3]


def test_first_and_last_count_from_one() -> None:
    shown = listing(page="2")

    assert (shown.first, shown.last) == (21, 40)


def test_first_empty_list_is_zero() -> None:
    assert listing(0).first == 0


def test_narrowed_only_by_search_or_filter() -> None:
    assert listing(q="a").narrowed
    assert listing(state="draft").narrowed
    assert not listing(sort="name", page="2").narrowed


def test_filter_takes_what_it_offers_and_refuses_the_rest_in_words() -> None:
    grades = Filter("grade", "等次", (("good", "良"), ("poor", "差")))

    for chosen in ({}, {"grade": ""}, {"grade": "good"}):
        grades.check(page_request(chosen, ("due",), ("grade",)))
    with pytest.raises(Invalid, match="没有这种等次"):
        grades.check(page_request({"grade": "x"}, ("due",), ("grade",)))
