"""A whole demonstration for tests that need every stage at once: walked once per run, then copied."""

import shutil
from datetime import date
from datetime import time as time_of_day
from pathlib import Path

from procure.app import PLATFORM_KEY, create_app
from procure.demonstration.loading import load
from procure.kernel.clock import FixedClock, at_local
from procure.store import migrate
from procure.store.base import db
from procure.web.fields.files import EXTENSION
from tests.once import made_once
from tests.world import config_for, sqlite_url

WALKED_NOW = at_local(date(2026, 11, 20), time_of_day(9, 0))


def walked_template(shared: Path) -> Path:
    """The folder of the walked installation; the first process to come makes it."""
    return made_once(shared, "walked", _walk)


def _walk(folder: Path) -> Path:
    walked_on(sqlite_url(folder / "procure.db"), folder)
    return folder


def walked_on(url: str, folder: Path) -> None:
    """Walk the demonstration on an empty database, its files in this folder."""
    migrate.upgrade(url)
    app = create_app(config_for(url, folder), clock=FixedClock(WALKED_NOW))
    with app.app_context():
        key = app.extensions[PLATFORM_KEY]
        staging = app.extensions[EXTENSION].staging
        load(db.session(), key, staging, WALKED_NOW, lambda words: None)
        db.session.remove()
        db.engine.dispose()


def copy_of(folder: Path, target: Path) -> str:
    """A copy of the walked installation for one test; its database's address."""
    shutil.copytree(folder, target, dirs_exist_ok=True)
    return sqlite_url(target / "procure.db")
