"""A browser, a served installation, and people who meet in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from procure.kernel.clock import FixedClock
from tests.browser.looking import Looker
from tests.browser.pages import PATIENCE, Cast
from tests.browser.site import Site, served
from tests.chromium import launch
from tests.walked import WALKED_NOW, copy_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The story comes first: it takes longest, and needs not the walked demonstration.

    Of two processes that begin with files that do, one would wait for the other's walk.
    """
    story = Path(__file__).with_name("test_story.py")
    items.sort(key=lambda item: item.path != story)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for all browser tests."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """The kinds of page that this process has looked at in full, in whichever test."""
    return set()


@pytest.fixture
def site(sqlite_database: str, tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    """A fresh installation with the demonstration's people, served on a free port."""
    with served(sqlite_database, tmp_path, clock) as running:
        yield running


@pytest.fixture
def cast(site: Site, chromium: Browser, seen: set[str]) -> Iterator[Cast]:
    """The people of the site."""
    people = Cast(site, chromium, Looker(seen))
    yield people
    people.leave()


@pytest.fixture(scope="module")
def walked_cast(
    walked_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    seen: set[str],
) -> Iterator[Cast]:
    """People at a copy of the demonstration with its cases at every stage."""
    folder = tmp_path_factory.mktemp("walked")
    with served(copy_of(walked_folder, folder), folder, FixedClock(WALKED_NOW)) as running:
        people = Cast(running, chromium, Looker(seen))
        yield people
        people.leave()
