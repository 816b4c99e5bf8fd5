"""The platform as it is run: the real `procure serve` in a process of its own, spoken to by socket."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from procure.config import COOKIE_KEY
from tests.world import config_for

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120
COMMAND = [sys.executable, "-P", "-m", "procure.cli"]


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Served:
    """A running web server."""

    port: int
    process: "subprocess.Popen[bytes]"

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def visitor(self, address: str = "127.0.0.1") -> "Visitor":
        """Somebody with a browser of their own, who comes from this address."""
        return Visitor("127.0.0.1", self.port, address=address)

    def stop(self) -> None:
        """Ask it to stop, as a supervisor does."""
        self.process.send_signal(signal.SIGTERM)

    def spooled_bytes(self) -> int:
        """How much it keeps in files that have no name, as those of half received bodies."""
        total = 0
        for link in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                if "(deleted)" in str(link.readlink()):
                    total += link.stat().st_size
            except FileNotFoundError:
                continue
        return total


@dataclass
class Visitor:
    """A client that keeps its cookies, and one connection for each request."""

    host: str
    port: int
    trust: ssl.SSLContext | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: SimpleCookie = field(default_factory=SimpleCookie)
    address: str = ""

    def ask(
        self, path: str, body: bytes | None = None, method: str = "", **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request; the answer and its body."""
        connection = self._connection()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            told["Cookie"] = self.cookie
        verb = method or ("GET" if body is None else "POST")
        connection.request(verb, path, body, {**self.headers, **told})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        return answer, said

    def _connection(self) -> HTTPConnection:
        source = (self.address, 0) if self.address else None
        if self.trust is None:
            return HTTPConnection(self.host, self.port, PATIENCE, source_address=source)
        return HTTPSConnection(
            self.host, self.port, timeout=PATIENCE, source_address=source, context=self.trust
        )

    @property
    def cookie(self) -> str:
        """What this client carries."""
        return "; ".join(f"{name}={kept.value}" for name, kept in self.cookies.items())

    def token(self, path: str) -> str:
        """The form token of a page."""
        _, page = self.ask(path)
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, page[:500]
        return found[1].decode()

    def sign_in(self, username: str) -> None:
        """Enter by one click, as the demonstration allows."""
        answer, _ = self.ask(
            f"/login/demo/{username}",
            f"csrf_token={self.token('/login')}".encode(),
            Content_Type="application/x-www-form-urlencoded",
        )
        assert answer.status == 302

    def prove(self, username: str, password: str) -> tuple[HTTPResponse, str]:
        """Fill in the sign-in page and send it; the answer and its page."""
        typed = {"csrf_token": self.token("/login"), "username": username, "password": password}
        answer, page = self.ask(
            "/login",
            urlencode(typed).encode(),
            Content_Type="application/x-www-form-urlencoded",
        )
        return answer, page.decode()

    def status(self, path: str) -> int:
        """The status of a page."""
        return self.ask(path)[0].status

    def json(self, path: str) -> Any:
        """What a machine's address says."""
        return json.loads(self.ask(path)[1])


@contextmanager
def served(url: str, folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve an installation from its folder until the block ends."""
    port = free_port()
    # Test installations are set up with a key of their own; a process reads it from the folder.
    kept = folder / "secrets" / COOKIE_KEY
    kept.write_text(config_for(url, folder).secret_key)
    kept.chmod(0o600)
    inherited = {name: value for name, value in os.environ.items() if name[:8] != "PROCURE_"}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), *options],
        cwd=ROOT,
        env={
            **inherited,
            "PYTHONPATH": str(ROOT),
            "PROCURE_DATABASE_URL": url,
            "PROCURE_DATA_DIR": str(folder),
            "PROCURE_SECRET_DIR": str(folder / "secrets"),
            **environment,
        },
        stderr=subprocess.DEVNULL,
    )
    running = Served(port, process)
    try:
        _wait_until_it_answers(running)
        yield running
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(running: Served) -> None:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            running.connect().close()
            return
        except ConnectionRefusedError:
            assert running.process.poll() is None, "the server ended by itself"
            assert time.monotonic() < patience, "the server does not answer"
            time.sleep(0.05)
