"""Worlds parked where the stories of the stages begin: each is walked once, and copied."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
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
from tests.factories.contracts import (
    given_drafted_contract,
    given_filed_contract,
    given_issued_contract,
)
from tests.factories.evaluation import FINAL, given_confirmed_evaluation, given_served_contract
from tests.factories.parking import (
    Parked,
    ParkedAt,
    Walk,
    opened_on_postgres,
    opened_on_sqlite,
    park_on_postgres,
    park_on_sqlite,
)
from tests.factories.payments import given_approved_request, given_payments
from tests.factories.tenders import at_opening, given_published_tender
from tests.once import made_once
from tests.world import START, World


def _open(world: World) -> None:
    given_opened_bids(world, the_tender(world))


def _open_with_a_low_price(world: World) -> None:
    tender = the_tender(world)
    for number, price in ((1, 7_000_000), (2, 17_200_000), (3, 17_900_000)):
        given_submitted_bid(world, tender, number, price_fen=price)
    at_opening(world, tender)
    open_now(world, tender)


def _rank(world: World) -> None:
    given_ranked_bids(world, the_tender(world))


def _evaluate(world: World) -> None:
    given_confirmed_evaluation(world, FINAL)


def _fail(world: World) -> None:
    given_confirmed_evaluation(world, ratio=Decimal("0.5"))


PLACES: Mapping[str, tuple[str, Walk]] = {
    "published": ("", given_published_tender),
    "receiving": ("", given_tender_for_bids),
    "opened": ("receiving", _open),
    "lowest": ("receiving", _open_with_a_low_price),
    "ranked": ("opened", _rank),
    "drafted": ("", given_drafted_contract),
    "issued": ("drafted", given_issued_contract),
    "filed": ("drafted", given_filed_contract),
    "served": ("filed", given_served_contract),
    "approved": ("served", given_approved_request),
    "paid": ("approved", given_payments),
    "confirmed": ("served", given_confirmed_evaluation),
    "failed": ("served", _fail),
    "evaluated": ("served", _evaluate),
}
"""Where a story may be parked: the place it goes on from, nothing for a world without one, and how."""


@pytest.fixture(scope="session")
def parked_on_sqlite(sqlite_template: Path, run_folder: Path) -> ParkedAt:
    """Where a story is parked on SQLite; walked there at the first asking, for all processes."""
    start = Parked(sqlite_template.parent, sqlite_template.name, START)

    def at(name: str) -> Parked:
        if not name:
            return start
        before, walk = PLACES[name]

        def make(folder: Path) -> Parked:
            source = at(before)
            return park_on_sqlite(source.folder / source.database, folder, walk, source.at)

        return made_once(run_folder, f"parked-{name}", make)

    return at


@pytest.fixture(scope="session")
def parked_on_postgres(
    postgres_server: postgres.Server,
    postgres_template: tuple[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> ParkedAt:
    """The same on the PostgreSQL server of this process."""
    database, folder = postgres_template
    made = {"": Parked(folder, database, START)}

    def at(name: str) -> Parked:
        if name not in made:
            before, walk = PLACES[name]
            source = at(before)
            made[name] = park_on_postgres(
                postgres_server,
                (source.database, source.folder),
                tmp_path_factory.mktemp(f"{name}-pg"),
                walk,
                source.at,
            )
        return made[name]

    return at


def _opened(request: pytest.FixtureRequest, at: str, folder: Path) -> Iterator[World]:
    parked: ParkedAt = request.getfixturevalue(f"parked_on_{request.param}")
    if request.param == "sqlite":
        yield from opened_on_sqlite(parked(at), folder)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    own = f"test_{abs(hash(request.node.nodeid)):x}"
    yield from opened_on_postgres(server, parked(at), folder, own)


@pytest.fixture(params=["sqlite", "postgres"])
def published_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a published tender, on the day of its notice, on both databases."""
    yield from _opened(request, "published", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def receiving_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world in which a tender takes bids, three suppliers having its document, on both databases."""
    yield from _opened(request, "receiving", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def either_opened_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with three opened bids, on both databases."""
    yield from _opened(request, "opened", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def drafted_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a contract just drafted from the award, on both databases."""
    yield from _opened(request, "drafted", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def filed_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a contract in force, announced and filed, on both databases."""
    yield from _opened(request, "filed", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def served_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world in the first week of service, on both databases."""
    yield from _opened(request, "served", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def approved_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world in which the first instalment waits for the treasury, on both databases."""
    yield from _opened(request, "approved", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def paid_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world in which every level has paid the first instalment, on both databases."""
    yield from _opened(request, "paid", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def confirmed_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a confirmed midterm evaluation, on both databases."""
    yield from _opened(request, "confirmed", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def failed_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a confirmed midterm evaluation that is failed, on both databases."""
    yield from _opened(request, "failed", tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def evaluated_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with a confirmed final evaluation, on both databases."""
    yield from _opened(request, "evaluated", tmp_path)


@pytest.fixture
def embedded_published_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The published tender on SQLite alone, as are those below: for tests of pages."""
    yield from opened_on_sqlite(parked_on_sqlite("published"), tmp_path)


@pytest.fixture
def embedded_receiving_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """A tender that takes bids."""
    yield from opened_on_sqlite(parked_on_sqlite("receiving"), tmp_path)


@pytest.fixture
def opened_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """A world with three opened bids."""
    yield from opened_on_sqlite(parked_on_sqlite("opened"), tmp_path)


@pytest.fixture
def lowest_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """A world in which one of three opened bids is far under the others."""
    yield from opened_on_sqlite(parked_on_sqlite("lowest"), tmp_path)


@pytest.fixture
def ranked_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """A world with every member's marks locked: a finished ranking."""
    yield from opened_on_sqlite(parked_on_sqlite("ranked"), tmp_path)


@pytest.fixture
def embedded_drafted_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The drafted contract."""
    yield from opened_on_sqlite(parked_on_sqlite("drafted"), tmp_path)


@pytest.fixture
def embedded_issued_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The contract sent for signature."""
    yield from opened_on_sqlite(parked_on_sqlite("issued"), tmp_path)


@pytest.fixture
def embedded_filed_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The filed contract."""
    yield from opened_on_sqlite(parked_on_sqlite("filed"), tmp_path)


@pytest.fixture
def embedded_served_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The first week of service."""
    yield from opened_on_sqlite(parked_on_sqlite("served"), tmp_path)


@pytest.fixture
def embedded_approved_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The first instalment before the treasury."""
    yield from opened_on_sqlite(parked_on_sqlite("approved"), tmp_path)


@pytest.fixture
def embedded_paid_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The first instalment paid."""
    yield from opened_on_sqlite(parked_on_sqlite("paid"), tmp_path)


@pytest.fixture
def embedded_confirmed_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The confirmed midterm evaluation."""
    yield from opened_on_sqlite(parked_on_sqlite("confirmed"), tmp_path)


@pytest.fixture
def embedded_failed_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The failed midterm evaluation."""
    yield from opened_on_sqlite(parked_on_sqlite("failed"), tmp_path)


@pytest.fixture
def embedded_evaluated_world(parked_on_sqlite: ParkedAt, tmp_path: Path) -> Iterator[World]:
    """The confirmed final evaluation."""
    yield from opened_on_sqlite(parked_on_sqlite("evaluated"), tmp_path)
