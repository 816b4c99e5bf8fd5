"""Who may stay connected to the web server: thousands who say nothing, and whoever comes new.

A browser keeps six connections open for minutes after its last page. Such connections cost a
descriptor and nothing else: they lie aside until something comes in on them, and when there is no
more room the one that has been silent longest makes place for a newcomer. A request that is being
answered is never cut.
"""

import resource
import select
import time
from collections.abc import Iterator
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.wasyncore import dispatcher

MOST_CONNECTIONS = 10_000
MOST_DESCRIPTORS = 32_768
OWN_DESCRIPTORS = 200
"""What the process needs besides connections: the database's, files, the fonts of the printer."""

IDLE_SECONDS = 120
"""How long a connection on which nothing is asked stays open while there is room."""


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
            channel = self._channels[descriptor]
            self.give_back(channel)
            try:
                channel.handle_read_event()
            except Exception:
                channel.handle_error()

    def close(self) -> None:
        """Close the list and every connection on it."""
        for channel in self:
            channel.handle_close()
        self.del_channel()
        self._watched.close()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that is set aside while it waits for its client."""

    server: "Server"

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked on it, not even half."""
        return self.request is None and not self.requests and not self.total_outbufs_len

    def readable(self) -> bool:
        """Never for the loop: what only waits to be read is set aside."""
        if super().readable():
            self.server.aside.take(self)
        return False

    def service(self) -> None:
        """Answer one request; what could not be sent at once is the loop's to send."""
        super().service()
        if self.total_outbufs_len:
            self.server.trigger.pull_trigger(lambda: self.server.aside.give_back(self))

    def handle_close(self) -> None:
        """Close, and be on no list any more."""
        self.server.aside.give_back(self)
        super().handle_close()


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A listening socket that always takes newcomers in."""

    aside: SetAside
    next_channel_cleanup: float = 0

    def readable(self) -> bool:
        """Whether to take newcomers in; looks after the silent ones by the way."""
        now = time.time()
        if now >= self.next_channel_cleanup:
            self.next_channel_cleanup = now + self.adj.cleanup_interval
            self.maintenance(now)
        return bool(self.accepting)

    def maintenance(self, now: float) -> None:
        """Close what has been silent for too long.

        A connection that is not aside and has no request is one whose client takes no answer.
        """
        super().maintenance(now)
        for channel in self.aside:
            if channel.will_close:
                channel.handle_close()

    def handle_accept(self) -> None:
        """Take a newcomer in; without room the longest silent connection makes place."""
        if len(self.active_channels) >= self.adj.connection_limit:
            self._make_place()
        super().handle_accept()

    def _make_place(self) -> None:
        idle = next((channel for channel in self.aside if channel.is_idle), None)
        if idle is not None:
            idle.handle_close()

    def close(self) -> None:
        """Stop taking newcomers in and let those go who wait for nothing."""
        self.aside.close()
        super().close()


def listen(app: Any, channel_class: type[Channel], **settings: Any) -> Any:
    """A server for waitress's settings, bound and not yet running."""
    sockets: dict[int, Any] = {}
    adjustments = Adjustments(
        **{
            "connection_limit": room(),
            "channel_timeout": IDLE_SECONDS,
            "cleanup_interval": 1,
            "asyncore_use_poll": True,
            **settings,
        }
    )
    workers = ThreadedTaskDispatcher()
    workers.set_thread_count(adjustments.threads)
    aside = SetAside(sockets)
    servers = [
        Server(app, sockets, dispatcher=workers, adj=adjustments, sockinfo=address)
        for address in adjustments.listen
    ]
    for server in servers:
        server.aside = aside
        server.channel_class = channel_class
    if len(servers) == 1:
        return servers[0]
    addresses = [(server.effective_host, server.effective_port) for server in servers]
    return MultiSocketServer(sockets, adjustments, addresses, workers, servers[0].log_info)
