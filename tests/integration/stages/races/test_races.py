"""Two people in the same moment, one pair of verbs and more for each aggregate (PostgreSQL).

SQLite keeps writers apart from the beginning of a unit of work, so none of this can happen there.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from procure.kernel.errors import DomainError, NotSaved
from procure.store import trail
from procure.store.base import db, install
from tests import postgres
from tests.factories.parking import Parked, ParkedAt, opened_on_postgres
from tests.racing import DONE, NOWHERE, Ended, Pair, before_hold, race, without_holding
from tests.world import World, as_application, share_compiled

from .all_pairs import PAIRS

RUNS = int(os.environ.get("RACES", "200"))
"""How often the full form runs each pair, held at every place and not held at all, in both orders."""

by_name = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


def ways(pair: Pair) -> list[tuple[Pair, str]]:
    """A pair in both orders, held wherever the leading act can be held."""
    turned = replace(pair, first=pair.second, second=pair.first)
    return [(pair, place) for place in pair.places] + [(turned, pair.places[0])]


def run(world: World, pair: Pair, place: str, url: str) -> Ended:
    """One race, and what must be so afterwards."""
    ended = race(world, pair.first, pair.second, place, url)
    assert len(ended.done) in pair.wins, (place, ended.outcomes)
    for outcome in ended.outcomes.values():
        assert outcome == DONE or is_a_refusal(outcome), (place, ended.outcomes)
    pair.right(world, ended)
    return ended


def is_a_refusal(outcome: str) -> bool:
    """Whether it is a refusal that tells who came second what has changed: no fault, no deadlock."""
    kind = outcome.partition(":")[0]
    kinds = {one.__name__ for one in DomainError.__subclasses__()}
    return kind in kinds - {NotSaved.__name__}


@contextmanager
def started(server: postgres.Server, park: Parked, folder: Path) -> Iterator[World]:
    """A world for all races of a pair, each of which gets a copy of the parked story to itself."""
    steps = opened_on_postgres(server, park, folder, "race")
    try:
        world = next(steps)
        db.engine.dispose()
        yield world
    finally:
        next(steps, None)


@contextmanager
def copied(world: World, server: postgres.Server, park: Parked, number: int) -> Iterator[str]:
    """The address of a new copy of a parked story, which the application uses in here."""
    name = f"{park.database}_{number}"
    url = server.create(name, template=park.database)
    engine = create_engine(as_application(url))
    install(engine)
    db.engines[None] = engine
    share_compiled(world.app)
    try:
        yield url
    finally:
        db.session.remove()
        engine.dispose()
        server.drop(name)


@by_name
def test_two_at_once_leave_nothing_half_done(
    pair: Pair, parked: ParkedAt, postgres_server: postgres.Server, tmp_path: Path
) -> None:
    park = parked(pair.at)
    with started(postgres_server, park, tmp_path) as world:
        for number, (way, place) in enumerate(ways(pair)):
            with copied(world, postgres_server, park, number) as url:
                run(world, way, place, url)
                world.session.rollback()
                assert trail.fsck(world.session) == []


def shows(world: World, pair: Pair, place: str, url: str) -> bool:
    """Whether a race goes wrong where no row is held: both decide, and are told or kept out late."""
    with without_holding(db.engine):
        try:
            return bool(run(world, pair, place, url).late)
        except AssertionError:
            return True


def is_shown(server: postgres.Server, park: Parked, pair: Pair, folder: Path) -> bool:
    """Whether one of the ways to run a pair shows that its rows are not held."""
    with started(server, park, folder) as world:
        for number, (way, place) in enumerate(ways(pair)):
            with copied(world, server, park, number) as url:
                if shows(world, way, place, url):
                    return True
    return False


QUICK = [
    pair
    for pair in PAIRS
    if pair.name
    in (
        "worker: two services at the same hour",
        "catalogue item: take out of use, name in a plan",
        "plan: approve, recall",
    )
]


@pytest.mark.parametrize("pair", QUICK, ids=lambda pair: pair.name)
def test_a_race_goes_wrong_where_no_row_is_held(
    pair: Pair, parked: ParkedAt, postgres_server: postgres.Server, tmp_path: Path
) -> None:
    assert is_shown(postgres_server, parked(pair.at), pair, tmp_path)


@pytest.mark.drill
@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if not pair.about_order], ids=lambda pair: pair.name
)
def test_every_race_goes_wrong_where_no_row_is_held(
    pair: Pair, parked: ParkedAt, postgres_server: postgres.Server, tmp_path: Path
) -> None:
    assert is_shown(postgres_server, parked(pair.at), pair, tmp_path)


@pytest.mark.drill
@by_name
def test_two_at_once_two_hundred_times(
    pair: Pair, parked: ParkedAt, postgres_server: postgres.Server, tmp_path: Path
) -> None:
    park = parked(pair.at)
    turned = ways(pair)[-1][0]
    every = [
        *((way, before_hold(number)) for number in range(2, 9) for way in (pair, turned)),
        *ways(pair),
        *((way, NOWHERE) for way in (pair, turned)),
    ]
    with started(postgres_server, park, tmp_path) as world:
        ended = Counter[tuple[str, ...]]()
        for number in range(RUNS):
            way, place = every[number % len(every)]
            with copied(world, postgres_server, park, number) as url:
                ended[place, *run(world, way, place, url).done] += 1
                world.session.rollback()
                if number % 20 == 0:
                    assert trail.fsck(world.session) == []
    print(f"{pair.name}: {dict(ended)}")
