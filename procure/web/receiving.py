"""When a request came in: the instant its last byte was there, not when a thread took it up.

A bid counts as received when its body is complete. Behind eight busy threads a
request may wait; the wait is the platform's and must make nobody late. An upload that was opened
early and finished late is late all the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask

from procure.kernel.clock import SystemClock
from procure.web.connections import Channel, listen

COMPLETE = "procure.complete_at"
"""Key of the WSGI environment; no header a browser sends can set it."""

LONGEST_WAIT = timedelta(seconds=60)
"""A stamp older than this is not believed: something else than a queue is wrong."""


class StampedRequest(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request that remembers when it was complete."""

    complete_at: datetime | None = None

    def received(self, data: bytes) -> int:
        """Take in more of the request; the read that completes it is its stamp."""
        taken: int = super().received(data)
        if self.completed:
            self.complete_at = SystemClock().now()
        return taken


class StampedTask(WSGITask):  # type: ignore[misc]
    """Hands the stamp to the application."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment with the stamp in it."""
        environment: dict[str, Any] = super().get_environment()
        environment[COMPLETE] = self.request.complete_at
        return environment


class StampedChannel(Channel):
    """A connection whose requests are stamped."""

    parser_class = StampedRequest
    task_class = StampedTask


def make_server(app: Any, **settings: Any) -> Any:
    """A server that stamps requests, bound and not yet running.

    waitress buffers slow bodies before it spends a thread on them.
    """
    return listen(app, StampedChannel, **settings)


def waited(environment: Mapping[str, Any], now: datetime) -> timedelta:
    """How long the complete request has been waiting at the machine's instant `now`.

    Nothing for a request without stamp, or with one that no queue explains.
    """
    stamp: datetime | None = environment.get(COMPLETE)
    if stamp is None or not now - LONGEST_WAIT <= stamp <= now:
        return timedelta(0)
    return now - stamp
