"""Databases parked where a story stands, made once a run and copied for each test.

To bring a contract to its signature takes a dozen papers and several seconds; no test needs to walk
that way again.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine

from procure.kernel.clock import FixedClock
from procure.store.base import install
from tests import postgres
from tests.world import World, build_world, sqlite_url

DATABASE = "procure.db"
Walk = Callable[[World], object]


@dataclass(frozen=True)
class Parked:
    """A folder with secrets, papers and (for SQLite) the database; the instant it stands at."""

    folder: Path
    database: str
    at: datetime


ParkedAt = Callable[[str], Parked]
"""Gives what is parked at a place, by its name; nothing names the world without a story."""


def park(url: str, folder: Path, database: str, walk: Walk, start: datetime) -> Parked:
    """Walk a world to where it is to be parked, and leave it there."""
    clock = FixedClock(start)
    for world in build_world(url, folder, clock):
        walk(world)
    return Parked(folder, database, clock.now())


def park_on_sqlite(template: Path, folder: Path, walk: Walk, start: datetime) -> Parked:
    """Park a copy of a SQLite template; its folder's secrets and papers come along."""
    shutil.copytree(template.parent, folder, dirs_exist_ok=True)
    return park(sqlite_url(folder / template.name), folder, template.name, walk, start)


def park_on_postgres(
    server: postgres.Server, template: tuple[str, Path], folder: Path, walk: Walk, start: datetime
) -> Parked:
    """Park a copy of a PostgreSQL template, given as database name and folder."""
    name, source = template
    shutil.copytree(source, folder, dirs_exist_ok=True)
    made = f"parked_{folder.name.replace('-', '_')}"
    return park(server.create(made, template=name), folder, made, walk, start)


def opened_on_sqlite(parked: Parked, folder: Path) -> Iterator[World]:
    """A world of this test alone on a copy of a parked SQLite database."""
    shutil.copytree(parked.folder, folder, dirs_exist_ok=True)
    yield from build_world(sqlite_url(folder / parked.database), folder, FixedClock(parked.at))


def opened_on_postgres(
    server: postgres.Server, parked: Parked, folder: Path, own: str
) -> Iterator[World]:
    """A world of this test alone on a copy of a parked PostgreSQL database."""
    shutil.copytree(parked.folder, folder, dirs_exist_ok=True)
    url = server.create(own, template=parked.database)
    yield from build_world(url, folder, FixedClock(parked.at))
    server.drop(own)


def copied_on_sqlite(template: Path, folder: Path) -> Iterator[Engine]:
    """A connection to a copy of a SQLite database."""
    path = folder / "procure.db"
    shutil.copy(template, path)
    made = create_engine(f"sqlite:///{path}")
    install(made)
    yield made
    made.dispose()


def copied_on_postgres(server: postgres.Server, template: str) -> Iterator[Engine]:
    """A connection to a copy of a PostgreSQL database, which ends with it."""
    name = f"t{uuid4().hex[:12]}"
    made = engine_of(server.create(name, template=template))
    yield made
    made.dispose()
    server.drop(name)


def engine_of(address: str) -> Engine:
    """The application's own kind of connection to a database of a PostgreSQL server."""
    url = address.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(url, pool_size=25, max_overflow=5)
