"""How many statements a page costs: as many with many rows as with few, and never more than stated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from bench.population import FATES, MARK, Population, Sizes
from procure.app import PLATFORM_KEY
from procure.desks.casework.page_cache import CasePageCache
from procure.desks.casework.views import KEPT
from procure.kernel.clock import FixedClock
from procure.registers.projects.models import Project
from procure.store.base import db
from tests.integration.routes import rules
from tests.world import START, World, build_world, fill_template, sqlite_url

FEW = Sizes(tenders=20, bids=42, suppliers=10)
MANY = Sizes(tenders=90, bids=630, suppliers=40)
SEED = 20170

PEOPLE = (
    "jingban",
    "gys0001",
    "yusuan",
    "guoku",
    "pinggu1",
    "zhuanjia1",
    "mulu",
    "shenji",
    "xitong",
    "anquan",
    "shenjiguanli",
)
LIST_LIMIT = 6
DESK_LIMIT = 32
CASE_LIMIT = 22
"""The case page gathers the panels of all stages; its limit is that of a case under review."""


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that run inside the block."""
    said: list[str] = []

    def note(*given: Any) -> None:
        said.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def statements(world: World, path: str, person: str | None) -> int | None:
    """How many statements the page takes once caches are warm; None when it is no page of theirs."""
    client = world.client(person).client if person else world.app.test_client()
    # A cookie of any kind keeps visitors' pages from being answered out of the cache.
    headers = {} if person else {"Cookie": "seen=1"}
    for _ in range(2):
        db.session.rollback()
        # A case page is counted as its first reader finds it.
        world.app.extensions[KEPT] = CasePageCache()
        world.client(person)
        with counted() as said:
            response = (world.client(person).client if person else client).get(
                path, headers=headers
            )
        if response.status_code != 200 or response.mimetype != "text/html":
            return None
    return len(said)


def costs(world: World) -> dict[str, int]:
    """Statements of every list page and of the case page of every fate, by address and reader."""
    found: dict[str, int] = {}
    plain = sorted(
        {r.rule for r in rules(world.app) if "GET" in (r.methods or ()) and not r.arguments}
    )
    for path in plain:
        for person in (*PEOPLE, None):
            number = statements(world, path, person)
            if number is not None:
                found[f"{path} {person}"] = number
                break
    for fate in range(1, len(FATES) + 1):
        number = world.session.scalars(
            select(Project.number).where(Project.title.endswith(f"（{MARK} {fate}）"))
        ).one()
        for person in ("jingban", "gys0001", "shenji"):
            cost = statements(world, f"/projects/{number}", person)
            if cost is not None:
                found[f"case {fate} {person}"] = cost
    return found


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], dict[str, int]]:
    """The costs with few rows and with many."""
    return (
        _measure(tmp_path_factory.mktemp("few"), FEW),
        _measure(tmp_path_factory.mktemp("many"), MANY),
    )


def _measure(folder: Path, sizes: Sizes) -> dict[str, int]:
    url = sqlite_url(folder / "procure.db")
    fill_template(url, folder)
    for world in build_world(url, folder, FixedClock(START)):
        Population(world.session, world.app.extensions[PLATFORM_KEY], START, SEED).make(sizes)
        return costs(world)
    raise AssertionError


def test_page_with_more_rows_takes_no_more_statements(
    measured: tuple[dict[str, int], dict[str, int]],
) -> None:
    few, many = measured

    assert {"/projects jingban", "/notices jingban", "/bids gys0001", "/desk jingban"} <= set(few)
    grown = {page: (few[page], many[page]) for page in few if many[page] > few[page]}
    assert not grown


def test_page_takes_no_more_statements_than_stated(
    measured: tuple[dict[str, int], dict[str, int]],
) -> None:
    def limit(page: str) -> int:
        if page.startswith("case"):
            return CASE_LIMIT
        return DESK_LIMIT if page.startswith("/desk") else LIST_LIMIT

    dear = {page: number for page, number in measured[1].items() if number > limit(page)}
    assert not dear
