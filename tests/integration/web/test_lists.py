"""Every declared list, walked: its page, each order, each choice, and its files with the same lines."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from procure.kernel.clock import FixedClock
from procure.registers.documents.storage import file_store
from procure.registers.funds.models import BudgetLine
from procure.web.lists import is_list
from tests.factories.auditing import CaseBuilder
from tests.integration.web.test_exports import LISTS, as_file, fill, rows_of
from tests.world import World, build_world

CELL = re.compile(
    r'<t[dh] [^>]*role="(?:cell|rowheader)" data-label="([^"]*)"[^>]*>(.*?)</t[dh]>', re.DOTALL
)
NOTE = re.compile(
    r'<span class="note">.*?</span>|<span class="visually-hidden">：[^<]*</span>(?=</a>)', re.DOTALL
)
"""What stands below the first cell, and what tells its link from others to those who hear it."""
ORDER = re.compile(r'href="[^"]*[?&;]sort=(-?[a-z_]+)')
CHOICE = re.compile(r'<select class="form-select" id="filter-(\w+)".*?</select>', re.DOTALL)
VALUE = re.compile(r'<option value="([^"]+)"')
SIDES = "/budget/{line}"
"""The file of a ledger holds every side of the movements on its page."""


def shown(text: str) -> list[dict[str, str]]:
    """The rows of a list page by the labels of their columns."""
    body = text.rpartition("<tbody")[2].partition("</tbody>")[0]
    rows = [dict(CELL.findall(NOTE.sub("", row))) for row in body.split("<tr ")[1:]]
    return [
        {
            label: " ".join(unescape(re.sub(r"<[^>]*>", "", cell)).split())
            for label, cell in row.items()
        }
        for row in rows
    ]


def same(on_page: str, in_file: str) -> bool:
    """Whether a cell of the page and one of the file say the same."""
    held = in_file.removeprefix("'").removeprefix("\t")
    if not held:
        return not re.search(r"\d{4}", on_page)
    if day := re.match(r"\d{4}-0?(\d+)-0?(\d+)", held):
        # A duty that was met is told by the day it was met; its file has the last day.
        return f"{day[1]}月{day[2]}日" in on_page or on_page.endswith("完成")
    if re.fullmatch(r"-?\d+(\.\d+)?", held):
        digits = re.sub(r"[^\d.]", "", on_page)
        return float(digits or 0) == float(held.strip("-"))
    # A digest stands in full in the file alone.
    return on_page == " ".join(held.split()) or held.startswith(on_page.replace(" ", "") or "-")


def check_same_lines(world: World, person: str | None, address: str) -> None:
    """The rows of the page stand in the file, in the same order, with the same cells."""
    page = shown(world.client(person).raw("GET", address).get_data(as_text=True))
    heading, *told = rows_of(world.client(person).raw("GET", as_file(address, "csv")))
    labels = [re.sub(r"（.*）$", "", name) for name in heading]
    assert len(page) == min(len(told), 20), address
    for row, cells in zip(page, told, strict=False):
        for label, cell in zip(labels, cells, strict=True):
            assert label not in row or same(row[label], cell), (address, label, row[label], cell)


def walk(world: World, person: str | None, address: str, *, ledger: bool) -> None:
    """The list as opened, in each order, narrowed by each choice; and what it does not offer."""
    client = world.client(person)
    text = client.get(address).response.get_data(as_text=True)
    mark = "&" if "?" in address else "?"
    check = (lambda *_: None) if ledger or "<tbody" not in text else check_same_lines
    check(world, person, address)
    for order in sorted(set(ORDER.findall(text))):
        for key in (order.removeprefix("-"), f"-{order.removeprefix('-')}"):
            check(world, person, f"{address}{mark}sort={key}")
    whole = address.partition("?")[0]
    for choices in CHOICE.finditer(text):
        for value in VALUE.findall(choices[0])[:3]:
            narrowed = f"{whole}?{choices[1]}={value}"
            assert client.raw("GET", narrowed).status_code == 200, narrowed
        client.get(f"{whole}?{choices[1]}=nonsense", status=400)
    client.get(f"{address}{mark}sort=nonsense", status=400)
    if "<tbody" in text:
        assert "没有第 999 页" in client.get(f"{address}{mark}page=999").text
    if "filter-q" in text:
        assert client.raw("GET", f"{address}{mark}q=服务").status_code == 200
    offered = re.findall(r'href="[^"]*format=(\w+)"', text)
    assert offered == (["csv", "xlsx"] if "<tbody" in text or offered else [])
    client.get(as_file(address, "pdf"), status=400)


def declared(app: Flask) -> set[str]:
    """The endpoints that show a declared list."""
    return {endpoint for endpoint, view in app.view_functions.items() if is_list(view)}


def test_every_declared_list_is_walked_here(shared_walked: World) -> None:
    world = shared_walked
    routes = world.app.url_map.bind("localhost")
    walked = {routes.match(fill(world, path).partition("?")[0])[0] for _, path in LISTS}

    assert walked == declared(world.app)


@pytest.mark.parametrize(("person", "path"), LISTS)
def test_list_shows_the_same_lines_on_its_page_and_in_its_file_in_every_order(
    shared_walked: World, person: str | None, path: str
) -> None:
    walk(shared_walked, person, fill(shared_walked, path), ledger=path == SIDES)


def test_lists_of_one_case_on_postgresql(
    postgres_database: str, tmp_path: Path, clock: FixedClock
) -> None:
    """The same statements on the other database; what is walked above stands on SQLite."""
    for world in build_world(postgres_database, tmp_path, clock):
        builder = CaseBuilder(world.session, file_store())
        case = builder.build("payment")
        world.clock.move_to(builder.clock.now())
        found = [(person, filled(world, path, case.number)) for person, path in LISTS]
        shown_to = [
            one for one in found if world.client(one[0]).raw("GET", one[1]).status_code == 200
        ]
        for person, address in shown_to:
            walk(world, person, address, ledger="/budget/" in address)
        assert len(shown_to) >= len(found) - 2, "the supplier of the walked case is another"


def filled(world: World, path: str, number: str) -> str:
    line = world.session.scalar(select(BudgetLine.id).limit(1))
    return path.format(number=number, served=number, line=line)
