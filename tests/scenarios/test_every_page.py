"""Every page of a case after every act of its story."""

from pathlib import Path

import pytest

from procure.demonstration.route import Stop, walk_to
from procure.demonstration.steps.planning import load_catalogue
from procure.kernel.clock import FixedClock
from tests.scenarios.looking_round import Visit
from tests.scenarios.story import a_walk_through
from tests.world import START, build_world


@pytest.mark.drill
def test_every_page_opens_after_every_act(sqlite_database: str, tmp_path: Path) -> None:
    """Some of them are opened in the suite, by `test_doumen_story`."""
    for world in build_world(sqlite_database, tmp_path, FixedClock(START)):
        visit = Visit(world, every=1)
        walk = a_walk_through(world, visit.after)
        load_catalogue(walk)
        walk_to(walk, Stop.END)
        assert visit.opened > 50_000
        assert visit.broken == []
