"""Stories as they ship."""

import re
from collections.abc import Iterator

import pytest

from procure.demonstration.story import load_story, story_names

BROKEN = re.compile(r"[\u4e00-\u9fff，。；、：]\s+[\u4e00-\u9fff]")


def texts(told: object) -> Iterator[str]:
    """Every text of a story, however deep."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for value in told.values():
            yield from texts(value)
    elif isinstance(told, list):
        for value in told:
            yield from texts(value)


@pytest.mark.parametrize("name", story_names())
def test_story_texts_have_no_blanks_between_characters(name: str) -> None:
    story = load_story(name)

    assert [text for text in texts([story.facts, story.invented]) if BROKEN.search(text)] == []
