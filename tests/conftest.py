"""Fixtures every test may use: a migrated database of either kind, people, a clock that stands."""

import gc
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import has_request_context
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from procure import app as application
from procure.kernel.clock import FixedClock
from procure.render import pdf
from procure.render.documents import DocumentTemplate, RenderedDocument, snapshot_of
from procure.store.base import WRITES, db
from tests import postgres
from tests.place import passing_place
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
    """Folders of tests lie in memory, unless somebody says where they want them."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(passing_place()))


def pytest_collection_finish() -> None:
    """What was loaded and collected stays to the end: looking through it for rubbish is in vain."""
    gc.collect()
    gc.freeze()


def is_writing(session: Session) -> bool:
    """Whether the session is within a unit of work."""
    if not session.in_transaction():
        return False
    return bool(session.connection().get_execution_options().get(WRITES))


@pytest.fixture(scope="session", autouse=True)
def print_alike_papers_once() -> Iterator[None]:
    """The same data gives the same bytes, so a paper that was printed need not be printed again.

    Only the shared typesetter remembers; tests of typesetting bring their own. No request prints
    while it holds rows: others would wait for the typesetter.
    """
    printed: dict[tuple[str, str], RenderedDocument] = {}
    really = pdf._worker.render

    def render(template: DocumentTemplate, data: Mapping[str, Any]) -> RenderedDocument:
        assert not (has_request_context() and is_writing(db.session())), template.reference
        key = template.sha256, snapshot_of(data)
        if key not in printed:
            printed[key] = really(template, data)
        return printed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf._worker, "render", render)
        yield


@pytest.fixture(scope="session", autouse=True)
def learn_addresses_once() -> Iterator[None]:
    """Applications of this process have the same addresses, and compile them once together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "LateRule", LearntRule)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the demonstration's people in it."""
    path = tmp_path_factory.mktemp("template") / "procure.db"
    fill_template(sqlite_url(path), path.parent)
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this test process."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """The name of a migrated PostgreSQL database with the people in it, and its folder."""
    folder = tmp_path_factory.mktemp("template-pg")
    fill_template(postgres_server.create("template_procure"), folder)
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
def walked_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration parked at all its stages, walked once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "popen-" in base.name else base
    return walked_template(shared)


@pytest.fixture
def walked(walked_folder: Path, tmp_path: Path) -> Iterator[World]:
    """A copy of the walked demonstration."""
    yield from build_world(copy_of(walked_folder, tmp_path), tmp_path, FixedClock(WALKED_NOW))


@pytest.fixture(scope="module")
def shared_walked(walked_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A copy of the walked demonstration that all tests of a module read and none changes."""
    folder = tmp_path_factory.mktemp("walked")
    yield from build_world(copy_of(walked_folder, folder), folder, FixedClock(WALKED_NOW))
