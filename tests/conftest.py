"""Fixtures every test may use: a migrated database of either kind, people, a clock that stands."""

import gc
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from procure import app as application
from procure.kernel.clock import FixedClock
from procure.registers.documents import staging
from procure.render import pdf
from procure.store import migrate
from tests import postgres
from tests.handing_out import OneDatabaseEach
from tests.judging import Judge
from tests.once import made_once
from tests.place import passing_place
from tests.printing import Press
from tests.walked import WALKED_NOW, copy_of, walked_template
from tests.world import (
    START,
    LearntRule,
    World,
    build_world,
    copy_belongings,
    fill_template,
    sqlite_url,
)

# A shared machine may be slow; what is slow there is not wrong.
settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("suite")


def pytest_configure() -> None:
    """Folders of tests lie in memory, unless somebody says where they want them.

    Nothing of what is collected is rubbish: to look for some took a quarter of the time.
    """
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(passing_place()))
    gc.disable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneDatabaseEach | None:
    """Files that are handed out whole go by their database as well."""
    return OneDatabaseEach(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """What was loaded and collected stays to the end: looking through it for rubbish is in vain.

    A site with all it has read lives as long as its test, so that rubbish is not looked for at
    every seven hundred things either: that took a sixth of the time of a test of pages.
    """
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 10)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "popen-" in base.name else base


@pytest.fixture(scope="session")
def press(run_folder: Path) -> Press:
    """What the typesetter of the application has printed in this run."""
    folder = run_folder / "papers"
    folder.mkdir(exist_ok=True)
    return Press(folder)


@pytest.fixture(scope="session", autouse=True)
def print_alike_papers_once(press: Press) -> Iterator[None]:
    """The same data gives the same bytes, so a paper that was printed need not be printed again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf._worker, "render", press.render)
        yield


@pytest.fixture(scope="session", autouse=True)
def judge_alike_uploads_once(run_folder: Path) -> Iterator[None]:
    """What was said of some bytes is said of them again, without starting a process."""
    folder = run_folder / "judged"
    folder.mkdir(exist_ok=True)
    remembering = partial(staging.check_upload, how=Judge(folder).judge)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "check_upload", remembering)
        yield


@pytest.fixture(scope="session", autouse=True)
def learn_addresses_once() -> Iterator[None]:
    """Applications of this process have the same addresses, and compile them once together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "LateRule", LearntRule)
        yield


@pytest.fixture(scope="session")
def bare_sqlite(run_folder: Path) -> Path:
    """A migrated SQLite file with nobody in it, to be copied; made once for all test processes."""

    def make(folder: Path) -> Path:
        path = folder / "bare.db"
        migrate.upgrade(sqlite_url(path))
        return path

    return made_once(run_folder, "bare", make)


@pytest.fixture(scope="session")
def sqlite_template(bare_sqlite: Path, run_folder: Path) -> Path:
    """The same with the demonstration's people in it."""

    def make(folder: Path) -> Path:
        path = folder / "procure.db"
        shutil.copyfile(bare_sqlite, path)
        fill_template(sqlite_url(path), folder)
        return path

    return made_once(run_folder, "template", make)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this test process."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def bare_postgres(postgres_server: postgres.Server) -> postgres.Server:
    """The server with a migrated database called `registers`, with nobody in it."""
    migrate.upgrade(postgres_server.create("registers"))
    return postgres_server


@pytest.fixture(scope="session")
def postgres_template(
    bare_postgres: postgres.Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """The name of a migrated PostgreSQL database with the people in it, and its folder."""
    folder = tmp_path_factory.mktemp("template-pg")
    fill_template(bare_postgres.create("template_procure", template="registers"), folder)
    return "template_procure", folder


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database of this test alone."""
    copy_belongings(sqlite_template.parent, tmp_path)
    shutil.copyfile(sqlite_template, tmp_path / "procure.db")
    return sqlite_url(tmp_path / "procure.db")


@pytest.fixture
def postgres_database(
    postgres_server: postgres.Server,
    postgres_template: tuple[str, Path],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A PostgreSQL database of this test alone."""
    name, folder = postgres_template
    copy_belongings(folder, tmp_path)
    own = f"test_{abs(hash(request.node.nodeid)):x}"
    yield postgres_server.create(own, template=name)
    postgres_server.drop(own)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of this test alone, of each kind in turn."""
    kind = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2 March 2026, nine o'clock in China; tests move it forward."""
    return FixedClock(START)


@pytest.fixture
def world(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """The application on a database with the demonstration's people, on both databases."""
    yield from build_world(database_url, tmp_path, clock)


@pytest.fixture
def embedded_world(sqlite_database: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """The same on SQLite alone, for tests of pages that the database cannot change."""
    yield from build_world(sqlite_database, tmp_path, clock)


@pytest.fixture(scope="session")
def walked_folder(run_folder: Path) -> Path:
    """The demonstration parked at all its stages, walked once for all test processes."""
    return walked_template(run_folder)


@pytest.fixture
def walked(walked_folder: Path, tmp_path: Path) -> Iterator[World]:
    """A copy of the walked demonstration."""
    yield from build_world(copy_of(walked_folder, tmp_path), tmp_path, FixedClock(WALKED_NOW))


@pytest.fixture(scope="module")
def shared_walked(walked_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A copy of the walked demonstration that all tests of a module read and none changes."""
    folder = tmp_path_factory.mktemp("walked")
    yield from build_world(copy_of(walked_folder, folder), folder, FixedClock(WALKED_NOW))
