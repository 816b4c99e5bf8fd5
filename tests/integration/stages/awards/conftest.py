"""Worlds parked at three opened bids, and at a finished ranking."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.factories.awards import given_ranked_bids
from tests.factories.bids import (
    given_opened_bids,
    given_submitted_bid,
    given_tender_for_bids,
    open_now,
    the_tender,
)
from tests.factories.parking import (
    Parked,
    opened_on_postgres,
    opened_on_sqlite,
    park_on_postgres,
    park_on_sqlite,
)
from tests.factories.tenders import at_opening
from tests.world import START, World

Templates = pytest.TempPathFactory


def _open(world: World) -> None:
    given_opened_bids(world, given_tender_for_bids(world))


def _open_with_a_low_price(world: World) -> None:
    tender = given_tender_for_bids(world)
    for number, price in ((1, 7_000_000), (2, 17_200_000), (3, 17_900_000)):
        given_submitted_bid(world, tender, number, price_fen=price)
    at_opening(world, tender)
    open_now(world, tender)


def _rank(world: World) -> None:
    given_ranked_bids(world, the_tender(world))


@pytest.fixture(scope="session")
def opened_on(sqlite_template: Path, tmp_path_factory: Templates) -> Parked:
    """Three opened bids of a consultation, on SQLite."""
    return park_on_sqlite(sqlite_template, tmp_path_factory.mktemp("opened"), _open, START)


@pytest.fixture(scope="session")
def ranked_on(opened_on: Parked, tmp_path_factory: Templates) -> Parked:
    """The same with every member's marks locked."""
    template = opened_on.folder / opened_on.database
    return park_on_sqlite(template, tmp_path_factory.mktemp("ranked"), _rank, opened_on.at)


@pytest.fixture(scope="session")
def lowest_on(sqlite_template: Path, tmp_path_factory: Templates) -> Parked:
    """Three opened bids, one far under the others, on SQLite."""
    folder = tmp_path_factory.mktemp("lowest")
    return park_on_sqlite(sqlite_template, folder, _open_with_a_low_price, START)


@pytest.fixture
def lowest_world(lowest_on: Parked, tmp_path: Path) -> Iterator[World]:
    """A world in which one of three opened bids is far under the others."""
    yield from opened_on_sqlite(lowest_on, tmp_path)


@pytest.fixture(scope="session")
def opened_on_pg(
    postgres_server: postgres.Server,
    postgres_template: tuple[str, Path],
    tmp_path_factory: Templates,
) -> Parked:
    """Three opened bids of a consultation, on PostgreSQL."""
    folder = tmp_path_factory.mktemp("opened-pg")
    return park_on_postgres(postgres_server, postgres_template, folder, _open, START)


@pytest.fixture
def opened_world(opened_on: Parked, tmp_path: Path) -> Iterator[World]:
    """A world with three opened bids, on SQLite."""
    yield from opened_on_sqlite(opened_on, tmp_path)


@pytest.fixture
def ranked_world(ranked_on: Parked, tmp_path: Path) -> Iterator[World]:
    """A world with a finished ranking, on SQLite."""
    yield from opened_on_sqlite(ranked_on, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def either_opened_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with three opened bids, on both databases."""
    if request.param == "sqlite":
        yield from opened_on_sqlite(request.getfixturevalue("opened_on"), tmp_path)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    parked: Parked = request.getfixturevalue("opened_on_pg")
    own = f"test_{abs(hash(request.node.nodeid)):x}"
    yield from opened_on_postgres(server, parked, tmp_path, own)
