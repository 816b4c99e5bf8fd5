"""When a request counts as received: with its last byte, whatever waits in front of it."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest

from procure.kernel.clock import SystemClock
from procure.web.receiving import ALARMING_WAIT, COMPLETE, LONGEST_WAIT, make_server, waited

NOW = datetime(2026, 3, 23, 1, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (NOW, timedelta(0)),
        (NOW - SECOND, SECOND),
        (NOW - 10 * ALARMING_WAIT, 10 * ALARMING_WAIT),
        (NOW - LONGEST_WAIT, LONGEST_WAIT),
        (NOW - LONGEST_WAIT - SECOND, LONGEST_WAIT),
        (NOW + SECOND, timedelta(0)),
        (None, timedelta(0)),
    ],
)
def test_waited_credits_the_wait_up_to_the_limit(
    stamp: datetime | None, expected: timedelta
) -> None:
    assert waited({COMPLETE: stamp}, NOW) == expected
    assert waited({}, NOW) == timedelta(0)


def test_wait_that_no_queue_explains_is_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    """It used to be credited nothing: sent in time, judged late, and nobody was told."""
    waited({COMPLETE: NOW - ALARMING_WAIT}, NOW)
    assert caplog.messages == []
    waited({COMPLETE: NOW - 2 * ALARMING_WAIT}, NOW)
    assert caplog.messages == ["a request waited 0:02:00 for a thread"]


class _Site:
    """An application of one thread that notes stamps and can be kept busy."""

    def __init__(self) -> None:
        self.stamps: list[datetime] = []
        self.served_at: list[datetime] = []
        self.go = Event()
        self.busy = Event()
        self.server = make_server(self, host="127.0.0.1", port=0, threads=1)
        self.thread = Thread(target=self.server.run)
        self.thread.start()

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/busy":
            self.busy.set()
            self.go.wait(10)
        else:
            self.stamps.append(environ[COMPLETE])
            self.served_at.append(SystemClock().now())
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.effective_port), 10)


@pytest.fixture
def site() -> Iterator[_Site]:
    made = _Site()
    yield made
    made.go.set()
    made.server.trigger.pull_trigger(made.server.close)
    made.thread.join(10)
    made.server.task_dispatcher.shutdown()


def test_request_is_stamped_with_its_last_byte_not_its_first(site: _Site) -> None:
    with site.connect() as slow:
        slow.sendall(b"POST /bid HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        # No answer: by now the server has read all that was sent.
        slow.settimeout(0.2)
        with pytest.raises(TimeoutError):
            slow.recv(1)
        half = SystemClock().now()
        slow.settimeout(10)
        slow.sendall(b"cd")
        assert slow.recv(15) == b"HTTP/1.1 200 OK"

    assert half <= site.stamps[0] <= site.served_at[0]


def test_request_that_waits_for_a_thread_is_stamped_before_the_wait(site: _Site) -> None:
    with site.connect() as first, site.connect() as second:
        first.sendall(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
        assert site.busy.wait(10)
        second.sendall(b"POST /bid HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
        second.settimeout(0.2)
        with pytest.raises(TimeoutError):
            second.recv(1)
        freed = SystemClock().now()
        site.go.set()
        second.settimeout(10)
        assert second.recv(15) == b"HTTP/1.1 200 OK"

    assert site.stamps[0] < freed <= site.served_at[0]
