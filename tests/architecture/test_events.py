"""Every step of the table has an event that somebody can read."""

import re

import pytest

from procure import wiring
from procure.kernel.events import EVENT_TYPES
from procure.kernel.lifecycle import TRANSITIONS

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_wiring_brings_every_package_with_its_events() -> None:
    assert wiring.SUBSCRIBERS
    assert len(EVENT_TYPES) >= len(TRANSITIONS)


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.action)
def test_step_has_an_event_with_a_label(row) -> None:
    assert row.event in EVENT_TYPES
    assert CHINESE.search(EVENT_TYPES[row.event].label)
