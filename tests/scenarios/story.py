"""The story of the demonstration, told in a test's own world."""

from collections.abc import Callable

from procure.app import PLATFORM_KEY
from procure.demonstration.story import load_story
from procure.demonstration.walk import Walk
from procure.web.fields.files import EXTENSION
from tests.world import World

STORY = "doumen-home-care"


def a_walk_through(world: World, report: Callable[[str], object]) -> Walk:
    """The story with this world's people, database and clock; each act is reported in a line."""
    story = load_story(STORY)
    return Walk(
        session=world.session,
        key=world.app.extensions[PLATFORM_KEY],
        staging=world.app.extensions[EXTENSION].staging,
        story=story,
        clock=world.clock,
        report=report,
        title=story.title,
    )
