"""README's production chapter as printed: who follows it ends with the administrators signed in.

Every block runs as its own process, in order, against a PostgreSQL server of the test's own that
production would take. Changed is only where things are: hosts, passwords, ports and folders.
"""

import html
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from procure.registers.accounts import second_factor
from tests import postgres

ROOT = Path(__file__).parents[2]
CHAPTER = re.compile(r"^## 生产部署$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CHOSEN = "七里香 开在后院 2026 秋"
PATIENCE = 90


def blocks() -> list[str]:
    chapter = CHAPTER.search((ROOT / "README.md").read_text(encoding="utf-8"))
    return BLOCK.findall(chapter[1])


@pytest.fixture
def empty_server() -> Iterator[postgres.Server]:
    """A server that production would take, with nobody on it yet."""
    with postgres.server(safe=True) as server:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP ROLE {postgres.APPLICATION}")
        yield server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Reader:
    """Somebody who follows the chapter on this machine."""

    def __init__(self, server: postgres.Server, folder: Path, port: int) -> None:
        self._plumbing = (
            ("密码@数据库主机/procure", f"x@/procure?host={server.folder}"),
            ("/srv/procure", str(folder / "srv")),
            ("procure serve", f"procure serve --port {port}"),
        )
        inherited = {name: value for name, value in os.environ.items() if name[:8] != "PROCURE_"}
        self._environment = {
            **inherited,
            **{name: os.environ[name] for name in ("PROCURE_SYSROOT",) if name in os.environ},
            "PATH": f"{postgres.find_programs()}:{os.environ['PATH']}",
            "PGHOST": str(server.folder),
            "PGUSER": "postgres",
        }

    def start(self, block: str) -> "subprocess.Popen[str]":
        """A block in a shell of its own, without a terminal."""
        for printed, here in self._plumbing:
            block = block.replace(printed, here)
        return subprocess.Popen(
            ["sh", "-eu", "-c", block],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, block: str) -> str:
        """What a block prints; it must end well."""
        process = self.start(block)
        said, complaint = process.communicate("geheim\n" * 4, timeout=PATIENCE)
        assert process.returncode == 0, f"{block}\n{complaint}"
        return said

    @contextmanager
    def running(self, block: str) -> Iterator[None]:
        """A block that goes on until it is stopped."""
        process = self.start(block)
        try:
            yield
            assert process.poll() is None, process.communicate()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


class Browser:
    """A person's browser behind the site's nginx: cookies, forms, redirects."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self.path, self.status, self.text = "", 0, ""

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def post(self, path: str, **fields: str) -> str:
        form = {"csrf_token": TOKEN.search(self.text)[1], **fields}
        return self._ask("POST", path, urlencode(form))

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"http://127.0.0.1:{self._port}{self.path}"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self._keep_cookies(answer)
        self.text = answer.read().decode()
        self.path, self.status = path, answer.status
        connection.close()
        onward = answer.headers["Location"]
        return self.get(onward) if onward else self.text

    def _keep_cookies(self, answer: HTTPResponse) -> None:
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            assert "Secure" in cookie
            self._cookies[name] = value


def enter(browser: Browser, username: str, password: str) -> None:
    """What the chapter says the first sign-in asks: a password of one's own and an authenticator."""
    browser.get("/login")
    browser.post("/login", username=username, password=password)
    assert browser.path.startswith("/account/password"), browser.text
    browser.post(browser.path, old=password, new=CHOSEN, again=CHOSEN)
    assert browser.path.startswith("/account/second-factor"), browser.text
    page = browser.post(browser.path)
    secret = html.unescape(re.search(r"<code>([^<]+)</code>", page)[1]).replace(" ", "")
    code = second_factor.code_at(secret, int(time.time()) // 30)
    assert "备用码" in browser.post(browser.path, code=code)


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the site does not answer"
            time.sleep(0.1)


def test_chapter_followed_as_printed_lets_the_administrators_in(
    empty_server: postgres.Server, tmp_path: Path
) -> None:
    port = free_port()
    reader = Reader(empty_server, tmp_path, port)
    *setting_up, site, timers = blocks()
    assert "procure serve" in site
    assert "procure scheduler" in timers
    said = [reader.run(block) for block in setting_up]
    administrators = json.loads(said[-1])
    roles = [person["role"] for person in administrators]
    assert roles == ["system_admin", "security_admin", "security_admin", "audit_admin"]

    with reader.running(site), reader.running(timers):
        wait_for(port)
        for person in administrators:
            browser = Browser(port)
            enter(browser, person["username"], person["password"])
            assert person["username"] in browser.get("/account")
            assert browser.status == 200
            assert "安全管理员只有一位" not in browser.get("/desk")
        # The timers' process needs the database's account, the keys and the mail setting as well.
        assert json.loads(Browser(port).get("/readyz"))["checks"]["keys"] is True
