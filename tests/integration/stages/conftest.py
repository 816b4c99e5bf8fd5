"""Worlds parked at a drafted and at a signed contract, for the stages from there on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.factories.contracts import (
    given_drafted_contract,
    given_filed_contract,
    given_issued_contract,
)
from tests.factories.evaluation import FINAL, given_confirmed_evaluation, given_served_contract
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
def drafted_on_sqlite(sqlite_template: Path, tmp_path_factory: Templates) -> Parked:
    """The story parked at the announced result, on SQLite."""
    folder = tmp_path_factory.mktemp("drafted")
    return park_on_sqlite(sqlite_template, folder, given_drafted_contract, START)


@pytest.fixture(scope="session")
def drafted_on_postgres(
    postgres_server: postgres.Server,
    postgres_template: tuple[str, Path],
    tmp_path_factory: Templates,
) -> Parked:
    """The story parked at the announced result, on PostgreSQL."""
    folder = tmp_path_factory.mktemp("drafted-pg")
    return park_on_postgres(
        postgres_server, postgres_template, folder, given_drafted_contract, START
    )


@pytest.fixture(scope="session")
def issued_on_sqlite(drafted_on_sqlite: Parked, tmp_path_factory: Templates) -> Parked:
    """The story parked at the contract sent for signature, on SQLite."""
    template = drafted_on_sqlite.folder / drafted_on_sqlite.database
    folder = tmp_path_factory.mktemp("issued")
    return park_on_sqlite(template, folder, given_issued_contract, drafted_on_sqlite.at)


@pytest.fixture(scope="session")
def filed_on_sqlite(drafted_on_sqlite: Parked, tmp_path_factory: Templates) -> Parked:
    """The story parked at the filed contract, on SQLite."""
    template = drafted_on_sqlite.folder / drafted_on_sqlite.database
    folder = tmp_path_factory.mktemp("filed")
    return park_on_sqlite(template, folder, given_filed_contract, drafted_on_sqlite.at)


@pytest.fixture(scope="session")
def filed_on_postgres(
    postgres_server: postgres.Server, drafted_on_postgres: Parked, tmp_path_factory: Templates
) -> Parked:
    """The story parked at the filed contract, on PostgreSQL."""
    source = (drafted_on_postgres.database, drafted_on_postgres.folder)
    folder = tmp_path_factory.mktemp("filed-pg")
    return park_on_postgres(
        postgres_server, source, folder, given_filed_contract, drafted_on_postgres.at
    )


@pytest.fixture(scope="session")
def served_on_sqlite(filed_on_sqlite: Parked, tmp_path_factory: Templates) -> Parked:
    """The story parked in the first week of service, on SQLite."""
    template = filed_on_sqlite.folder / filed_on_sqlite.database
    folder = tmp_path_factory.mktemp("served")
    return park_on_sqlite(template, folder, given_served_contract, filed_on_sqlite.at)


@pytest.fixture(scope="session")
def served_on_postgres(
    postgres_server: postgres.Server, filed_on_postgres: Parked, tmp_path_factory: Templates
) -> Parked:
    """The story parked in the first week of service, on PostgreSQL."""
    source = (filed_on_postgres.database, filed_on_postgres.folder)
    folder = tmp_path_factory.mktemp("served-pg")
    return park_on_postgres(
        postgres_server, source, folder, given_served_contract, filed_on_postgres.at
    )


def _evaluate(world: World) -> None:
    given_confirmed_evaluation(world, FINAL)


@pytest.fixture(scope="session")
def evaluated_on_sqlite(served_on_sqlite: Parked, tmp_path_factory: Templates) -> Parked:
    """The story parked at its confirmed final evaluation, on SQLite."""
    template = served_on_sqlite.folder / served_on_sqlite.database
    folder = tmp_path_factory.mktemp("evaluated")
    return park_on_sqlite(template, folder, _evaluate, served_on_sqlite.at)


@pytest.fixture(scope="session")
def evaluated_on_postgres(
    postgres_server: postgres.Server, served_on_postgres: Parked, tmp_path_factory: Templates
) -> Parked:
    """The story parked at its confirmed final evaluation, on PostgreSQL."""
    source = (served_on_postgres.database, served_on_postgres.folder)
    folder = tmp_path_factory.mktemp("evaluated-pg")
    return park_on_postgres(postgres_server, source, folder, _evaluate, served_on_postgres.at)


def _opened(request: pytest.FixtureRequest, at: str, folder: Path) -> Iterator[World]:
    parked: Parked = request.getfixturevalue(f"{at}_on_{request.param}")
    if request.param == "sqlite":
        yield from opened_on_sqlite(parked, folder)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    own = f"test_{abs(hash(request.node.nodeid)):x}"
    yield from opened_on_postgres(server, parked, folder, own)


@pytest.fixture(params=["sqlite", "postgres"])
def drafted_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a contract just drafted from the award, on both databases."""
    yield from _opened(request, "drafted", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def filed_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a contract in force, announced and filed, on both databases."""
    yield from _opened(request, "filed", tmp_path)


@pytest.fixture
def embedded_drafted_world(drafted_on_sqlite: Parked, tmp_path: Path) -> Iterator[World]:
    """The drafted contract on SQLite alone, for tests of pages."""
    yield from opened_on_sqlite(drafted_on_sqlite, tmp_path)


@pytest.fixture
def embedded_issued_world(issued_on_sqlite: Parked, tmp_path: Path) -> Iterator[World]:
    """The contract sent for signature on SQLite alone."""
    yield from opened_on_sqlite(issued_on_sqlite, tmp_path)


@pytest.fixture
def embedded_filed_world(filed_on_sqlite: Parked, tmp_path: Path) -> Iterator[World]:
    """The filed contract on SQLite alone, for tests of pages."""
    yield from opened_on_sqlite(filed_on_sqlite, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def served_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world in the first week of service, on both databases."""
    yield from _opened(request, "served", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def evaluated_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a confirmed final evaluation, on both databases."""
    yield from _opened(request, "evaluated", tmp_path)


@pytest.fixture
def embedded_served_world(served_on_sqlite: Parked, tmp_path: Path) -> Iterator[World]:
    """The first week of service on SQLite alone, for tests of pages."""
    yield from opened_on_sqlite(served_on_sqlite, tmp_path)


@pytest.fixture
def embedded_evaluated_world(evaluated_on_sqlite: Parked, tmp_path: Path) -> Iterator[World]:
    """The confirmed final evaluation on SQLite alone, for tests of pages."""
    yield from opened_on_sqlite(evaluated_on_sqlite, tmp_path)
