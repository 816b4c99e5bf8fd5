"""The full hour that a page proposes is never over when the form is sent."""

from datetime import UTC, datetime

import pytest

from procure.kernel.clock import next_full_hour


@pytest.mark.parametrize(
    ("hour", "minute", "second", "day", "full"),
    [(9, 0, 0, 8, 9), (9, 0, 1, 8, 10), (9, 59, 59, 8, 10), (23, 30, 0, 9, 0)],
)
def test_next_full_hour(hour: int, minute: int, second: int, day: int, full: int) -> None:
    now = datetime(2026, 4, 8, hour, minute, second, 7 if second else 0, tzinfo=UTC)

    assert next_full_hour(now) == datetime(2026, 4, day, full, tzinfo=UTC)
