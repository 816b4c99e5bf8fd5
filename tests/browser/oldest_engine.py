"""Chromium 80, out of a package, driven over its pipe: what drives today's browsers knows it no more."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import brotli

from procure.config import CHECKOUT
from tests.chromium import FLAGS

PACKED = CHECKOUT / "node_modules/chrome-aws-lambda/bin/chromium.br"


@dataclass
class OldPage:
    """A page in the old engine, and what went wrong on it."""

    commands: IO[bytes]
    answers: IO[bytes]
    session: str = ""
    faults: list[str] = field(default_factory=list)
    _number: int = 0
    _loaded: bool = False

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command of the debugging protocol and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while True:
            heard = self._hear()
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                return dict(heard["result"])

    def _hear(self) -> dict[str, Any]:
        text = bytearray()
        while (sign := self.answers.read(1)) != b"\0":
            assert sign, "the old engine has ended"
            text += sign
        heard: dict[str, Any] = json.loads(text)
        if heard.get("method") == "Runtime.exceptionThrown":
            self.faults.append(str(heard["params"]["exceptionDetails"])[:300])
        if heard.get("method") == "Page.loadEventFired":
            self._loaded = True
        return heard

    def goes_to(self, address: str) -> None:
        """Open an address and wait until it has loaded."""
        self._loaded = False
        self.command("Page.navigate", url=address)
        self.waits()

    def waits(self) -> None:
        """Wait until the page that is under way has loaded."""
        while not self._loaded:
            self._hear()

    def leaves(self, script: str) -> None:
        """Do what leads to another page, and wait for it."""
        self._loaded = False
        self.says(script)
        self.waits()

    def says(self, script: str) -> Any:
        """What an expression gives on the page; a promise is waited for."""
        answer = self.command(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@contextmanager
def oldest_engine(folder: Path) -> Iterator[OldPage]:
    """Start the engine with an empty page."""
    program = folder / "chromium-80"
    program.write_bytes(brotli.decompress(PACKED.read_bytes()))
    program.chmod(0o700)
    hears, tells = os.pipe()
    answers, says = os.pipe()

    def pipes() -> None:
        # Far from the two numbers at which the engine looks for its pipe.
        os.dup2(os.dup2(hears, 100), 3)
        os.dup2(os.dup2(says, 101), 4)

    engine = subprocess.Popen(
        [
            program,
            *FLAGS,
            "--headless",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}/profile",
        ],
        preexec_fn=pipes,  # noqa: PLW1509 - it only gives two pipes their numbers
        close_fds=False,
        stderr=subprocess.DEVNULL,
    )
    os.close(hears)
    os.close(says)
    try:
        with os.fdopen(tells, "wb") as commands, os.fdopen(answers, "rb") as heard:
            page = OldPage(commands, heard)
            target = page.command("Target.createTarget", url="about:blank")["targetId"]
            attached = page.command("Target.attachToTarget", targetId=target, flatten=True)
            page.session = attached["sessionId"]
            page.command("Page.enable")
            page.command("Runtime.enable")
            yield page
    finally:
        engine.kill()
        engine.wait()
