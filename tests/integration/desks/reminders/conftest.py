"""A workbench for jobs, and a real mail server whose mood a test decides."""

import asyncio
import dataclasses
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from procure.config import Config
from procure.desks.reminders.registry import Bench
from tests.world import World


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class MailServer:
    """A real SMTP server. `moods` are what it does with the next mails, then it takes them."""

    port: int
    moods: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    seen: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.taken]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.seen += 1
        mood = self.moods.pop(0) if self.moods else "take"
        if mood in ("take", "drop"):
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        if mood == "drop":
            server.transport.abort()
            return "250 too late"
        if mood == "hang":
            await asyncio.sleep(60)
        return {"4xx": "451 try again later", "5xx": "554 no"}.get(mood, "250 OK")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop(no_assert=True)


@pytest.fixture
def bench_with(world: World) -> Callable[..., Bench]:
    """A bench on the world, with settings of its own."""

    def make(**settings: Any) -> Bench:
        config: Config = world.app.extensions["procure.config"]
        return Bench(world.session, world.clock, dataclasses.replace(config, **settings))

    return make
