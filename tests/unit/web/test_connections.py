"""Idle connections cost nobody anything, and a request that is being answered is never cut."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any, BinaryIO

import pytest

from procure.kernel.clock import SystemClock
from procure.web import patience
from procure.web.connections import MOST_PIPELINED, raise_descriptor_limit
from procure.web.receiving import COMPLETE, make_server

HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
ASIDE = b"GET /aside HTTP/1.1\r\nHost: x\r\n"
LARGE_BYTES = 24 * 1024 * 1024


class _Site:
    """An application that greets, keeps somebody waiting, or sends more than a socket holds."""

    address: dict[str, Any] = {"host": "127.0.0.1", "port": 0}

    def __init__(self, **settings: Any) -> None:
        self.go = Event()
        self.is_busy = Event()
        self.larges = 0
        self.stamp = datetime.min
        self.server = make_server(self, **self.address, threads=2, **settings)
        self.thread = Thread(target=self.server.run)
        self.thread.start()

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        body = b"hello"
        self.stamp = environ[COMPLETE]
        if environ["PATH_INFO"] == "/slow":
            self.is_busy.set()
            self.go.wait(10)
        elif environ["PATH_INFO"] == "/large":
            self.larges += 1
            body = bytes(LARGE_BYTES)
        elif environ["PATH_INFO"] == "/aside":
            self._set_all_aside()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def _set_all_aside(self) -> None:
        """As the loop does when it looks between a thread's two last steps."""
        done = Event()

        def set_aside() -> None:
            for channel in self.server.active_channels.values():
                if channel._fileno in self.server._map:
                    self.server.aside.take(channel)
            done.set()

        self.server.trigger.pull_trigger(set_aside)
        assert done.wait(10)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.effective_port), 10)

    def close(self) -> None:
        self.go.set()
        if self.thread.is_alive():
            self.server.trigger.pull_trigger(self.server.close)
        self.end()

    def end(self) -> None:
        """Wait for a server that was told to stop."""
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.go.set()
        self.server.task_dispatcher.shutdown()


@pytest.fixture
def site() -> Iterator[_Site]:
    made = _Site()
    yield made
    made.close()


@pytest.fixture
def small_site() -> Iterator[_Site]:
    """A site with room for four connections."""
    made = _Site(connection_limit=4)
    yield made
    made.close()


def _ask(connection: socket.socket, request: bytes = HELLO) -> bytes:
    connection.sendall(request)
    return _answer(connection)


def _answer(connection: socket.socket) -> bytes:
    """The status line and the body of the next answer."""
    with connection.makefile("rb") as answer:
        return answer.readline().strip() + b" " + _next_of(answer)


def _next_of(answers: BinaryIO) -> bytes:
    """The body of the next answer of a connection, or of one whose status line was read."""
    length = 0
    while line := answers.readline().strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return answers.read(length)


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def _owing(site: _Site, count: int) -> list[Any]:
    """The connections whose clients have not taken all of their answers, once they are so many."""

    def found() -> list[Any]:
        return [one for one in tuple(site.server.active_channels.values()) if one.total_outbufs_len]

    _wait_until(lambda: len(found()) == count)
    return found()


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(10)


def test_newcomer_beside_hundreds_of_idle_browsers_is_answered_at_once(site: _Site) -> None:
    """Also with descriptors that select() could not name."""
    raise_descriptor_limit()
    with ExitStack() as browsers:
        idle = [browsers.enter_context(site.connect()) for _ in range(600)]
        started = time.monotonic()
        for connection in idle[:100]:
            assert _ask(connection) == b"HTTP/1.1 200 OK hello"
        hundred = time.monotonic() - started
        with site.connect() as newcomer:
            assert _ask(newcomer) == b"HTTP/1.1 200 OK hello"
        # Where the machine has little time for us, a hundred of those before took as long.
        assert time.monotonic() - started - hundred < max(1, hundred)
        assert max(site.server.active_channels) > 1024
        # None was closed for it: whoever comes back finds the connection as it was.
        assert _ask(idle[0]) == _ask(idle[-1]) == b"HTTP/1.1 200 OK hello"


def test_full_site_closes_the_connection_that_was_silent_longest(small_site: _Site) -> None:
    with ExitStack() as browsers:
        connections = [browsers.enter_context(small_site.connect()) for _ in range(4)]
        for connection in (*connections, connections[0]):
            _ask(connection)
            # Silent is who waits for their client again; the answer is there a moment before.
            _wait_until(lambda: len(small_site.server.aside) == len(connections))
        newcomer = browsers.enter_context(small_site.connect())
        assert _ask(newcomer) == b"HTTP/1.1 200 OK hello"
        assert [_is_closed(connection) for connection in connections] == [
            False,
            True,
            False,
            False,
        ]


def test_full_site_cuts_no_request_that_is_being_answered(small_site: _Site) -> None:
    with ExitStack() as browsers:
        busy = browsers.enter_context(small_site.connect())
        busy.sendall(SLOW)
        assert small_site.is_busy.wait(10)
        for _ in range(8):
            assert _ask(browsers.enter_context(small_site.connect())) == b"HTTP/1.1 200 OK hello"
        small_site.go.set()
        assert _answer(busy) == b"HTTP/1.1 200 OK hello"


def test_idle_connection_is_closed_when_its_time_is_over() -> None:
    site = _Site(channel_timeout=1)
    with site.connect() as connection:
        _ask(connection)
        assert connection.recv(1) == b""
    site.close()


def test_answer_larger_than_the_socket_holds_arrives_whole(site: _Site) -> None:
    """The loop sends on what the thread could not, though the connection was set aside before."""
    with site.connect() as reader:
        reader.sendall(LARGE)
        [channel] = _owing(site, 1)
        assert channel.outbufs[0].overflowed
        assert len(_answer(reader)) == len(b"HTTP/1.1 200 OK ") + LARGE_BYTES
        _wait_until(lambda: not channel.outbufs[0].overflowed)
        assert _ask(reader) == b"HTTP/1.1 200 OK hello"


def test_who_reads_no_answer_keeps_nobody_waiting_and_gets_the_next_when_they_do(
    site: _Site,
) -> None:
    """More of them than threads; each is owed one answer, however many are asked for."""
    with ExitStack() as browsers:
        deaf = [browsers.enter_context(site.connect()) for _ in range(4)]
        for connection in deaf:
            connection.sendall(3 * LARGE + HELLO)
        with site.connect() as newcomer:
            for _ in range(20):
                assert _ask(newcomer) == b"HTTP/1.1 200 OK hello"
                time.sleep(0.01)
        assert site.larges <= len(deaf)
        assert all(channel.outbufs[0].overflowed for channel in _owing(site, len(deaf)))
        with deaf[0].makefile("rb") as answers:
            for _ in range(3):
                assert len(_next_of(answers)) == LARGE_BYTES
            assert _next_of(answers) == b"hello"
        assert _ask(deaf[0]) == b"HTTP/1.1 200 OK hello"
        assert site.larges <= len(deaf) + 2


def test_answer_that_is_not_taken_is_given_up_and_one_taken_slowly_is_not(
    site: _Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where requests wait behind it, and where silence alone would end the connection."""
    monkeypatch.setattr(patience, "GRACE_SECONDS", 2.5)
    monkeypatch.setattr(patience, "LEAST_RATE", LARGE_BYTES)
    site.server.adj.channel_timeout = 0.5
    with site.connect() as deaf, site.connect() as slow:
        deaf.sendall(2 * LARGE)
        slow.sendall(LARGE)
        with slow.makefile("rb") as answer:
            time.sleep(1.7)
            assert len(_next_of(answer)) == LARGE_BYTES
            slow.close()
        _wait_until(lambda: not site.server.active_channels)
        assert site.larges == 2


def test_of_many_requests_sent_at_once_some_are_answered_and_the_connection_ends(
    site: _Site,
) -> None:
    with site.connect() as hasty:
        hasty.sendall(100 * HELLO)
        with hasty.makefile("rb") as answers:
            assert [_next_of(answers) for _ in range(MOST_PIPELINED)] == [b"hello"] * MOST_PIPELINED
            assert answers.read() == b""


def test_request_does_not_count_as_received_while_its_sender_takes_no_answer(site: _Site) -> None:
    """Else a bid sent in time could be kept back, and let go when it suits its sender."""
    with site.connect() as deaf:
        sent_at = SystemClock().now()
        deaf.sendall(LARGE + HELLO)
        [channel] = _owing(site, 1)
        _wait_until(lambda: channel.held_since is not None)
        time.sleep(0.3)
        with deaf.makefile("rb") as answers:
            assert len(_next_of(answers)) == LARGE_BYTES
            assert _next_of(answers) == b"hello"
    assert site.stamp >= sent_at + timedelta(seconds=0.3)


def test_connection_that_is_to_end_ends_though_it_was_set_aside_too_early(site: _Site) -> None:
    with site.connect() as connection:
        connection.settimeout(10)
        answer = _ask(connection, ASIDE + b"Connection: close\r\n\r\n")
        assert answer == b"HTTP/1.1 200 OK hello"
        assert connection.recv(1) == b""


def test_failure_while_connections_are_looked_after_ends_nothing(
    site: _Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = Event()

    def fail(*_: object) -> None:
        failed.set()
        raise OSError("nothing foreseen")

    monkeypatch.setattr(site.server, "maintenance", fail)
    with site.connect() as connection:
        assert failed.wait(10)
        assert _ask(connection) == b"HTTP/1.1 200 OK hello"
    assert "connections could not be looked after" in caplog.messages


def test_upload_that_asks_first_is_told_to_go_on(site: _Site) -> None:
    with site.connect() as careful:
        head = (
            b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        )
        careful.sendall(head)
        assert careful.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert _ask(careful, b"abcd") == b"HTTP/1.1 200 OK hello"


def test_closed_site_lets_idle_browsers_go(site: _Site) -> None:
    with site.connect() as browser:
        _ask(browser)
        site.server.trigger.pull_trigger(site.server.close)
        assert browser.recv(1) == b""
        site.thread.join(10)
        assert not site.thread.is_alive()


class _Several(_Site):
    """A site that listens at two addresses."""

    address = {"listen": "127.0.0.1:0 127.0.0.2:0"}

    def connect_to(self, host: str) -> socket.socket:
        """A connection to one of the two."""
        port = dict(self.server.effective_listen)[host]
        return socket.create_connection((host, int(port)), 10)


def test_stopped_site_finishes_what_it_has_begun_at_each_address() -> None:
    site = _Several()
    with site.connect_to("127.0.0.1") as one, site.connect_to("127.0.0.2") as other:
        one.sendall(SLOW)
        assert site.is_busy.wait(10)
        assert _ask(other) == b"HTTP/1.1 200 OK hello"
        site.server.stop(0)
        assert other.recv(1) == b""
        site.go.set()
        assert _answer(one) == b"HTTP/1.1 200 OK hello"
    site.end()


def test_site_that_is_stopped_twice_waits_for_nobody() -> None:
    site = _Site()
    with site.connect() as one:
        one.sendall(SLOW)
        assert site.is_busy.wait(10)
        site.server.stop(0)
        site.server.stop(0)
        assert one.recv(1) == b""
    site.end()
