"""How long the web server waits for a request that is still coming in, and for how many at a time.

Waiting costs little, so a slow line is welcome: twenty megabytes at 64 kilobits a second take
three quarters of an hour and are taken. Whoever keeps requests half sent on purpose is told from
that by a rate no line has, and by how many of them come from one address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeVar

HEAD_SECONDS = 30
"""From the first byte of a request to the end of its head."""
GRACE_SECONDS = 60
"""How long a body may stand still before its rate is looked at."""
LEAST_RATE = 1024
"""Bytes a second that a body must keep up, taken over all of it."""
BODY_SECONDS = 2 * 60 * 60
SLOW_SECONDS = 5
"""From when a request counts among the slow ones of its address."""
MOST_SLOW = 64
"""Slow requests of one address; beyond them those that come in slowest give way."""


@dataclass
class Progress:
    """How far a request has come in. Instants are seconds of the machine's steady clock."""

    began_at: float
    body_began_at: float | None = None
    received: int = 0

    def is_overdue(self, now: float) -> bool:
        """Whether it has taken longer than any honest line takes."""
        if self.body_began_at is None:
            return now - self.began_at > HEAD_SECONDS
        taken = now - self.body_began_at
        return taken > min(BODY_SECONDS, GRACE_SECONDS + self.received / LEAST_RATE)

    def is_slow(self, now: float) -> bool:
        """Whether it has been coming in for longer than a usual form takes."""
        return now - self.began_at > SLOW_SECONDS

    def rate(self, now: float) -> float:
        """Bytes a second since it began."""
        return self.received / max(now - self.began_at, 1e-9)


class Arriving(Protocol):
    """A connection on which a request is coming in."""

    @property
    def client(self) -> str:
        """The address it comes from."""

    @property
    def progress(self) -> Progress:
        """How far it has come in."""


Connection = TypeVar("Connection", bound=Arriving)


def surplus(arriving: Iterable[Connection], now: float) -> list[Connection]:
    """The slow requests that are too many of one client, slowest first."""
    slow = sorted(
        (one for one in arriving if one.progress.is_slow(now)),
        key=lambda one: (one.client, one.progress.rate(now)),
    )
    found: list[Connection] = []
    for _, of_client in groupby(slow, key=lambda one: one.client):
        waiting = list(of_client)
        found += waiting[: max(0, len(waiting) - MOST_SLOW)]
    return found
