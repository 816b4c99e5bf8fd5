"""Worlds parked at a published tender whose document three suppliers have taken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.factories.bids import given_tender_for_bids
from tests.factories.parking import (
    Parked,
    opened_on_postgres,
    opened_on_sqlite,
    park_on_postgres,
    park_on_sqlite,
)
from tests.world import START, World

Templates = pytest.TempPathFactory


@pytest.fixture(scope="session")
def receiving_on_sqlite(sqlite_template: Path, tmp_path_factory: Templates) -> Parked:
    """A consultation that takes bids, on SQLite."""
    folder = tmp_path_factory.mktemp("receiving")
    return park_on_sqlite(sqlite_template, folder, given_tender_for_bids, START)


@pytest.fixture(scope="session")
def receiving_on_postgres(
    postgres_server: postgres.Server,
    postgres_template: tuple[str, Path],
    tmp_path_factory: Templates,
) -> Parked:
    """The same on PostgreSQL."""
    folder = tmp_path_factory.mktemp("receiving-pg")
    return park_on_postgres(
        postgres_server, postgres_template, folder, given_tender_for_bids, START
    )


@pytest.fixture(params=["sqlite", "postgres"])
def receiving_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world in which a tender takes bids, on both databases."""
    parked: Parked = request.getfixturevalue(f"receiving_on_{request.param}")
    if request.param == "sqlite":
        yield from opened_on_sqlite(parked, tmp_path)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    own = f"test_{abs(hash(request.node.nodeid)):x}"
    yield from opened_on_postgres(server, parked, tmp_path, own)


@pytest.fixture
def embedded_receiving_world(receiving_on_sqlite: Parked, tmp_path: Path) -> Iterator[World]:
    """The same on SQLite alone, for tests of pages."""
    yield from opened_on_sqlite(receiving_on_sqlite, tmp_path)
