"""When a request came in: the instant its last byte was there, not when a thread took it up.

A bid counts as received when its body is complete. Behind eight busy threads a
request may wait; the wait is the platform's and must make nobody late. An upload that was opened
early and finished late is late all the same.

What a request may bring is decided while it comes in (`bodies.py`), and how long it may take
(`patience.py`): what is refused never reaches the disk, and who refuses it says so in the
application's own words.
"""

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask

from procure.kernel.clock import SystemClock
from procure.web.bodies import MAX_BODY, REFUSED, SMALL_BODY, Bodies
from procure.web.connections import DRAINING, Channel, listen
from procure.web.patience import Progress

COMPLETE = "procure.complete_at"
"""Key of the WSGI environment; no header a browser sends can set it."""

ALARMING_WAIT = timedelta(seconds=60)
"""No queue explains more than this: something else is wrong, and somebody must look."""
LONGEST_WAIT = timedelta(minutes=15)
"""What is credited at most: a site stalled for so long is known to be down."""

log = logging.getLogger(__name__)


class StampedRequest(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request that remembers when it was complete, and that can be refused before it is."""

    complete_at: datetime | None = None
    refused: HTTPStatus | None = None
    limit = MAX_BODY

    def __init__(self, adjustments: Adjustments, channel: "StampedChannel") -> None:
        super().__init__(adjustments)
        self._channel = channel
        self.progress = Progress(began_at=time.monotonic())

    def received(self, data: bytes) -> int:
        """Take in more of the request; the read that completes it is its stamp."""
        taken: int = super().received(data)
        self.progress.received += taken
        if self.headers_finished and self.progress.body_began_at is None and not self.error:
            self.progress.body_began_at = time.monotonic()
            self._channel.judge(self)
        if self.is_too_large:
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.completed:
            self.complete_at = SystemClock().now()
            self.expect_continue = False
        # What comes after the head of a refused request is its body, never another request.
        return len(data) if self.refused else taken

    @property
    def is_too_large(self) -> bool:
        """Whether its body, as declared or as it comes in, is more than it may bring."""
        return max(self.content_length, self.body_bytes_received) >= self.limit

    @property
    def has_large_body(self) -> bool:
        """Whether more may come than everybody is allowed."""
        return self.chunked or self.content_length >= SMALL_BODY

    def refuse(self, status: HTTPStatus) -> None:
        """Keep nothing of the body; the application answers, and the connection ends."""
        self.close()
        self.refused = status
        self.error = None
        self.completed = True
        self.body_rcv = None
        self.content_length = self.body_bytes_received = 0
        self.expect_continue = False
        self.headers.pop("CONTENT_LENGTH", None)
        self.headers["CONNECTION"] = "close"


class StampedTask(WSGITask):  # type: ignore[misc]
    """Hands the application what only the server knows."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment with the stamp in it."""
        is_leaving = self.channel.server.is_leaving
        if is_leaving:
            self.request.headers["CONNECTION"] = "close"
        environment: dict[str, Any] = super().get_environment()
        environment[COMPLETE] = self.request.complete_at
        environment[REFUSED] = self.request.refused
        environment[DRAINING] = is_leaving
        return environment


class StampedChannel(Channel):
    """A connection whose requests are stamped, and judged by their heads."""

    task_class = StampedTask

    def parser_class(self, adjustments: Adjustments) -> StampedRequest:
        """The next request of this connection."""
        return StampedRequest(adjustments, self)

    def judge(self, request: StampedRequest) -> None:
        """Decide what a request may bring, now that its head is there.

        Whether a sign-in is still alive only the database knows: that is asked beside the reading,
        which no outage of the database may delay.
        """
        bodies: Bodies | None = self.server.bodies
        if bodies is None or not request.has_large_body:
            return
        head = StampedTask(self, request).get_environment()
        request.limit = bodies.limit(head)
        if request.limit > SMALL_BODY and not request.is_too_large:
            self.server.beside(lambda: self._ask(bodies, head, request))

    def _ask(self, bodies: Bodies, head: Mapping[str, Any], request: StampedRequest) -> None:
        try:
            is_signed_in = bodies.is_signed_in(head)
        except Exception:
            # The application meets the same outage, and has words for it.
            log.exception("could not ask who sends a large body")
            return
        if not is_signed_in:
            self.server.trigger.pull_trigger(lambda: self._narrow(request))

    def _narrow(self, request: StampedRequest) -> None:
        request.limit = SMALL_BODY
        if self.request is request and request.is_too_large:
            self.give_up(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def make_server(app: Any, **settings: Any) -> Any:
    """A server that stamps requests, bound and not yet running.

    waitress buffers slow bodies before it spends a thread on them.
    """
    return listen(app, StampedChannel, **settings)


def waited(environment: Mapping[str, Any], now: datetime) -> timedelta:
    """How long the complete request has been waiting at the machine's instant `now`.

    Nothing for a request without stamp, or with one from after `now`. The stamp is the server's own,
    so whoever stalls the site makes nobody late; from `ALARMING_WAIT` on it is an alarm in the log.
    Never more than `LONGEST_WAIT`, which is credited to what waited longer.
    """
    stamp: datetime | None = environment.get(COMPLETE)
    if stamp is None or stamp > now:
        return timedelta(0)
    if now - stamp > ALARMING_WAIT:
        log.error("a request waited %s for a thread", now - stamp)
    return min(now - stamp, LONGEST_WAIT)
