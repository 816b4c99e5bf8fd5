"""Who may stay connected to the web server: thousands who say nothing, and whoever comes new.

A browser keeps six connections open for minutes after its last page. Such connections cost a
descriptor and nothing else: they lie aside until something comes in on them, and when there is no
more room the one that has been silent longest makes place for a newcomer. A request that is being
answered is never cut, also when the server is told to stop: it says so first, takes nobody in any
more, finishes what it has begun and ends.

Nobody who answers requests waits for who reads the answers: an answer is put down whole, in a file
without a name where it is large, and the loop sends it as it is taken. The next request of the
same connection is taken up when it has been.
"""

import resource
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.trigger import trigger
from waitress.wasyncore import dispatcher

from procure.kernel.addresses import network_of
from procure.kernel.clock import SystemClock
from procure.web.bodies import Bodies
from procure.web.patience import Progress, Taking, surplus, untaken
from procure.web.proxies import PROXIES, Proxies

MOST_CONNECTIONS = 10_000
MOST_DESCRIPTORS = 32_768
OWN_DESCRIPTORS = 200
"""What the process needs besides connections: the database's, files, the fonts of the printer."""

IDLE_SECONDS = 120
"""How long a connection on which nothing is asked stays open while there is room."""
LINGER_SECONDS = 10
"""How long a refused upload is read on and thrown away, so that its sender gets to the answer."""
LOOK_SECONDS = 1
"""How often connections are looked after that have been waiting for too long."""
READ_BYTES = 65_536
HEAD_BYTES = 65_536
"""Of the request line and all header fields together."""
MOST_PIPELINED = 16
"""Requests sent on one connection before its answers; with the last of them the connection ends."""
ANSWER_IN_MEMORY = 256 * 1024
"""Bytes of an answer that wait in memory to be taken; more of them wait in a file."""

NOTICE_SECONDS = 2
"""How long a server that was told to stop says so before it takes nobody in any more."""
DRAIN_SECONDS = 30
"""How long it then goes on with what it has begun."""
ASKERS = 2
"""Threads that ask about requests which are still coming in."""
DRAINING = "procure.draining"
"""Key of the WSGI environment: whether the server was told to stop."""


def raise_descriptor_limit() -> None:
    """Let this process open as many descriptors as it may, up to what it can use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def room() -> int:
    """How many connections fit: each may come to need a second descriptor, for a spooled body."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, (soft - OWN_DESCRIPTORS) // 2))


class SetAside(dispatcher):  # type: ignore[misc]  # waitress has no types
    """The connections that wait for their client, watched by the kernel.

    The server's own loop asks every connection in turn, which with thousands of them would leave
    little time to answer anybody; it sees this one descriptor in their place. Belongs to the
    thread of the loop.
    """

    def __init__(self, sockets: dict[int, Any]) -> None:
        super().__init__(map=sockets)
        self._watched = select.epoll()
        self._channels: dict[int, Channel] = {}
        self._fileno = self._watched.fileno()
        self.connected = True
        self.add_channel()

    def __iter__(self) -> Iterator["Channel"]:
        """Those who wait, the longest silent first."""
        return iter(tuple(self._channels.values()))

    def __len__(self) -> int:
        return len(self._channels)

    def take(self, channel: "Channel") -> None:
        """Set a connection aside until its client says something."""
        if self._watched.closed:
            channel.will_close = True
            return
        descriptor = channel._fileno
        del self._map[descriptor]
        self._channels[descriptor] = channel
        self._watched.register(descriptor, select.EPOLLIN | select.EPOLLRDHUP)

    def give_back(self, channel: "Channel") -> None:
        """Let the loop see a connection again; nothing happens to one that was not set aside."""
        descriptor = channel._fileno
        if self._channels.pop(descriptor, None) is not None:
            self._watched.unregister(descriptor)
            self._map[descriptor] = channel

    def writable(self) -> bool:
        """There is nothing to write to a list."""
        return False

    def handle_read(self) -> None:
        """Read what has come in on connections that were aside."""
        for descriptor, _ in self._watched.poll(0):
            channel = self._channels.get(descriptor)
            if channel is None:
                continue
            try:
                self.give_back(channel)
                channel.handle_read_event()
            except Exception:
                channel.handle_error()

    def close(self) -> None:
        """Close the list and every connection on it."""
        for channel in self:
            channel.handle_close()
        self.del_channel()
        self._watched.close()


class Bell(trigger):  # type: ignore[misc]
    """Wakes the loop; in vain, and no harm done, when it has ended meanwhile."""

    def _physical_pull(self) -> None:
        with suppress(OSError):
            if not self._closed:
                super()._physical_pull()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that is set aside while it waits for its client."""

    server: "Server"
    request: Any
    close_when_flushed: bool
    is_refused = False
    lingers_until: float | None = None
    held_since: datetime | None = None
    """Since when its next request waits until the answer before has been taken."""
    _taking: Taking | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked on it, not even half."""
        return self.request is None and not self.requests and not self.total_outbufs_len

    @property
    def is_arriving(self) -> bool:
        """Whether a request is coming in."""
        return self.request is not None and not self.requests

    @property
    def progress(self) -> Progress:
        """How far the request has come in."""
        progress: Progress = self.request.progress
        return progress

    @property
    def taking(self) -> Taking:
        """How far what waits to be taken has been, since something has been waiting."""
        return self._taking or Taking(time.monotonic())

    @property
    def client(self) -> str:
        """Who is at the other end."""
        return network_of(self.addr[0])

    def readable(self) -> bool:
        """Never for the loop: what only waits to be read is set aside."""
        if super().readable():
            self.server.aside.take(self)
        return False

    def received(self, data: bytes) -> bool:
        """Take in what came; of a refused upload nothing more."""
        if self.lingers_until is not None or not super().received(data):
            return False
        with self.requests_lock:
            if len(self.requests) > MOST_PIPELINED:
                for request in self.requests[MOST_PIPELINED:]:
                    request.close()
                del self.requests[MOST_PIPELINED:]
                # The first may be being answered, the last is not.
                self.requests[-1].headers["CONNECTION"] = "close"
        return True

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the client takes at the moment, and note how much that was."""
        sent: int = super().send(data, do_close)
        self._taking = self.taking
        self._taking.taken += sent
        return sent

    def _flush_some(self, do_close: bool = True) -> bool:
        has_sent: bool = super()._flush_some(do_close)
        if not self.total_outbufs_len:
            self._taking = None
            self._let_go()
        return has_sent

    def _let_go(self) -> None:
        """Keep nothing of an answer that was taken whole; it would stay as long as the client."""
        if not self.outbuf_lock.acquire(blocking=False):
            return
        try:
            if self.connected and not self.total_outbufs_len and self.outbufs[-1].buf is not None:
                taken, fresh = self.outbufs[-1], OverflowableBuffer(self.adj.outbuf_overflow)
                self.outbufs[-1] = fresh
                taken.close()
        finally:
            self.outbuf_lock.release()

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Never wait: waitress would keep a thread until the client has read, or for ever."""

    def hold(self) -> None:
        """Let the next request wait until the client has taken the answer before."""
        self.held_since = SystemClock().now()

    def go_on(self) -> None:
        """Take up what was held, if the answer before has been taken. For the loop's thread.

        The wait was the client's own, so the request counts as received by so much later.
        """
        if self.held_since is None or self.total_outbufs_len or not self.connected:
            return
        late = SystemClock().now() - self.held_since
        self.held_since = None
        for request in self.requests:
            if request.complete_at is not None:
                request.complete_at += late
        self.server.add_task(self)

    def service(self) -> None:
        """Answer one request; what is left to send, and to close, is the loop's.

        It may have looked between this thread's last steps and set the connection aside too early.
        """
        self.is_refused = self.requests[0].refused is not None
        super().service()
        if self.total_outbufs_len or self.close_when_flushed or self.held_since:
            self.server.trigger.pull_trigger(self._look_again)

    def _look_again(self) -> None:
        self.server.aside.give_back(self)
        self.go_on()

    def give_up(self, status: HTTPStatus) -> None:
        """Stop taking in the request that is arriving; one without a head gets no answer."""
        if not self.request.headers_finished:
            self.handle_close()
            return
        self.server.aside.give_back(self)
        with self.requests_lock:
            self.request.refuse(status)
            self.requests.append(self.request)
            self.request = None
            if len(self.requests) == 1:
                self.server.add_task(self)

    def handle_write(self) -> None:
        """Send; the answer to a refused upload is not torn from its sender's hands.

        A connection closed with unread bytes is reset, and most senders then never see the answer.
        """
        if self.will_close or not (self.close_when_flushed and self.is_refused):
            super().handle_write()
            self.go_on()
            return
        self._flush_exception(self._flush_some)
        if self.connected and not self.total_outbufs_len:
            self.close_when_flushed = False
            self._linger()

    def _linger(self) -> None:
        self.lingers_until = time.monotonic() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.will_close = True

    def has_lingered(self, now: float) -> bool:
        """Whether the sender of a refused upload had time enough to get to the answer."""
        return self.lingers_until is not None and self.lingers_until < now

    def handle_close(self) -> None:
        """Close, and be on no list any more."""
        self.server.aside.give_back(self)
        super().handle_close()


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A listening socket that always takes newcomers in, until it is told to stop."""

    aside: SetAside
    bodies: Bodies | None = None
    proxies: Proxies | None = None
    asking: ThreadPoolExecutor
    accepting: bool
    trigger: Bell
    _next_look_at: float = 0
    _leaves_at: float | None = None
    _ends_at: float = 0

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.trigger.close()
        self.trigger = Bell(self._map)

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to stop."""
        return self._leaves_at is not None

    def stop(self, notice: float = NOTICE_SECONDS, patience: float = DRAIN_SECONDS) -> None:
        """Say that it will stop; take nobody in after `notice` seconds, end after `patience` more.

        Told a second time it ends at once. Only sets a mark, so that a signal may call it; the loop
        acts on it within a second.
        """
        now = time.monotonic()
        if self.is_leaving:
            notice = patience = 0
        self._ends_at = now + notice + patience
        self._leaves_at = now + notice

    def beside(self, question: Callable[[], None]) -> None:
        """Ask something beside the loop and before all requests that wait for a thread."""
        self.asking.submit(question)

    def add_task(self, task: Channel) -> None:
        """Answer the next request of a connection; not before its client took the answer before."""
        if task.total_outbufs_len:
            task.hold()
        else:
            super().add_task(task)

    def readable(self) -> bool:
        """Whether to take newcomers in; looks after the others by the way.

        The loop asks this unguarded: an exception here would end it, and the site.
        """
        try:
            self._look_after(time.monotonic())
        except Exception:
            self.logger.exception("connections could not be looked after")
        return bool(self.accepting)

    def _look_after(self, now: float) -> None:
        if now >= self._next_look_at:
            self._next_look_at = now + LOOK_SECONDS
            self.maintenance(time.time())
        if self._leaves_at is not None and now >= self._leaves_at:
            self._leave()

    def _leave(self) -> None:
        """Take nobody in any more; end when everybody has gone or the patience has."""
        if self.accepting:
            # Who has already knocked is let in.
            while self._accepted():
                pass
            self.socket.shutdown(socket.SHUT_RDWR)
            self.accepting = False
        self.aside.handle_read()
        for channel in self._own_aside():
            if channel.is_idle:
                channel.handle_close()
        if time.monotonic() >= self._ends_at:
            for channel in tuple(self.active_channels.values()):
                channel.handle_close()
        if not self.active_channels:
            self.close()

    def maintenance(self, now: float) -> None:
        """Close what has been silent for too long, and give up what takes longer than any line."""
        steady = time.monotonic()
        for channel in tuple(self.active_channels.values()):
            if channel.is_idle and channel.last_activity < now - self.adj.channel_timeout:
                channel.will_close = True
        for channel in self._own_aside():
            if channel.will_close or channel.has_lingered(steady):
                channel.handle_close()
            elif channel.is_arriving and channel.progress.is_overdue(steady):
                channel.give_up(HTTPStatus.REQUEST_TIMEOUT)
        for channel in surplus(filter(self._is_client, self._arriving()), steady):
            channel.give_up(HTTPStatus.TOO_MANY_REQUESTS)
        for channel in self._owed():
            if channel.taking.is_overdue(steady):
                channel.handle_close()
        for channel in untaken(filter(self._is_client, self._owed()), steady):
            channel.handle_close()

    def _owed(self) -> list[Channel]:
        """Those whose clients have not taken all of their answers, whatever else they ask."""
        return [one for one in self.active_channels.values() if one.total_outbufs_len]

    def _own_aside(self) -> list[Channel]:
        return [channel for channel in self.aside if channel.server is self]

    def _arriving(self) -> list[Channel]:
        return [channel for channel in self._own_aside() if channel.is_arriving]

    def _is_client(self, channel: Channel) -> bool:
        """Whether one client is behind a connection, not a proxy with many."""
        return self.proxies is None or not self.proxies.trusts(channel.addr[0])

    def handle_accept(self) -> None:
        """Take a newcomer in; without room somebody makes place."""
        self._accepted()

    def handle_error(self) -> None:
        """Go on: one newcomer who could not be let in is no reason to let nobody in."""
        _, _, what, where = self.compact_traceback()
        self.logger.error("a connection could not be taken in: %r %s", what, where)

    def _accepted(self) -> bool:
        before = len(self.active_channels)
        if before >= self.adj.connection_limit:
            self._make_place()
            before = len(self.active_channels)
        super().handle_accept()
        return len(self.active_channels) > before

    def _make_place(self) -> None:
        """Let the longest silent connection go, else the request that comes in slowest, else the
        answer that is taken slowest.
        """
        now = time.monotonic()
        idle = next((channel for channel in self.aside if channel.is_idle), None)
        goes = (
            idle
            or min(self._arriving(), key=lambda channel: channel.progress.rate(now), default=None)
            or min(self._owed(), key=lambda channel: channel.taking.rate(now), default=None)
        )
        if goes is not None:
            goes.handle_close()

    def close(self) -> None:
        """Stop taking newcomers in and let those go who wait for nothing."""
        for channel in self._own_aside():
            channel.handle_close()
        self.asking.shutdown(wait=False, cancel_futures=True)
        super().close()
        if not any(isinstance(other, Server) for other in self._map.values()):
            self.aside.close()


class Servers(MultiSocketServer):  # type: ignore[misc]
    """The listening sockets of a name with several addresses."""

    def stop(self, notice: float = NOTICE_SECONDS) -> None:
        """Tell each of them to stop."""
        for server in tuple(self.map.values()):
            if isinstance(server, Server):
                server.stop(notice)


def listen(app: Any, channel_class: type[Channel], **settings: Any) -> Server | Servers:
    """A server for waitress's settings, bound and not yet running."""
    sockets: dict[int, Any] = {}
    adjustments = Adjustments(
        **{
            "connection_limit": room(),
            "channel_timeout": IDLE_SECONDS,
            "asyncore_use_poll": True,
            "recv_bytes": READ_BYTES,
            "max_request_header_size": HEAD_BYTES,
            "outbuf_overflow": ANSWER_IN_MEMORY,
            # The limits of `bodies` are closer, and have words.
            "max_request_body_size": sys.maxsize,
            # The application's `Proxies` do it, whatever server it runs under.
            "clear_untrusted_proxy_headers": False,
            **settings,
        }
    )
    workers = ThreadedTaskDispatcher()
    workers.set_thread_count(adjustments.threads)
    aside = SetAside(sockets)
    asking = ThreadPoolExecutor(ASKERS, thread_name_prefix="asking")
    servers = [
        Server(app, sockets, dispatcher=workers, adj=adjustments, sockinfo=address)
        for address in adjustments.listen
    ]
    for server in servers:
        server.aside = aside
        server.channel_class = channel_class
        server.asking = asking
        if isinstance(app, Flask):
            server.bodies = Bodies(app)
            server.proxies = app.extensions.get(PROXIES)
    if len(servers) == 1:
        return servers[0]
    addresses = [(server.effective_host, server.effective_port) for server in servers]
    return Servers(sockets, adjustments, addresses, workers, servers[0].log_info)
