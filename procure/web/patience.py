"""How long the web server waits for a request that is still coming in and for an answer that is still
being taken, and for how many at a time.

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
"""How long a body, or an answer, may stand still before its rate is looked at."""
LEAST_RATE = 1024
"""Bytes a second that a body, or an answer, must keep up, taken over all of it."""
BODY_SECONDS = 2 * 60 * 60
SLOW_SECONDS = 5
"""From when a request counts among the slow ones of its address."""
MOST_SLOW = 64
"""Slow requests of one address; beyond them those that come in slowest give way."""
MOST_UNTAKEN = 1024 * 1024 * 1024
"""Bytes of answers that one address lets wait; beyond them those that are taken slowest give way."""


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
        return now - self.body_began_at > min(BODY_SECONDS, _allowed(self.received))

    def is_slow(self, now: float) -> bool:
        """Whether it has been coming in for longer than a usual form takes."""
        return now - self.began_at > SLOW_SECONDS

    def rate(self, now: float) -> float:
        """Bytes a second since it began."""
        return self.received / max(now - self.began_at, 1e-9)


@dataclass
class Taking:
    """How far an answer has been taken, since `began_at` on the machine's steady clock."""

    began_at: float
    taken: int = 0

    def is_overdue(self, now: float) -> bool:
        """Whether taking it lasts longer than over any honest line.

        Without a limit of its own: unlike what is sent, an answer has a known end.
        """
        return now - self.began_at > _allowed(self.taken)

    def rate(self, now: float) -> float:
        """Bytes a second since it began."""
        return self.taken / max(now - self.began_at, 1e-9)


def _allowed(carried: int) -> float:
    """Seconds in which a line may have carried so many bytes and no more."""
    return GRACE_SECONDS + carried / LEAST_RATE


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


class Owed(Protocol):
    """A connection whose client has not taken all of its answer."""

    @property
    def client(self) -> str:
        """The address it belongs to."""

    @property
    def taking(self) -> Taking:
        """How far the answer has been taken."""

    @property
    def total_outbufs_len(self) -> int:
        """Bytes that are still to be taken."""


Debt = TypeVar("Debt", bound=Owed)


def untaken(owed: Iterable[Debt], now: float) -> list[Debt]:
    """The answers beyond what may wait for one client, those taken slowest; never its only one."""
    found: list[Debt] = []
    waiting: dict[str, int] = {}
    for one in sorted(owed, key=lambda one: one.taking.rate(now), reverse=True):
        before = waiting.get(one.client, 0)
        if before and before + one.total_outbufs_len > MOST_UNTAKEN:
            found.append(one)
        else:
            waiting[one.client] = before + one.total_outbufs_len
    return found
