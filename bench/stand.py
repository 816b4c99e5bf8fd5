"""What benches of pages stand on: servers, a load on them, people signed in, tables of medians."""

import json
import os
import resource
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench.population import settings
from procure.app import create_app
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import SystemClock
from procure.registers.accounts.use_cases.sign_in import OpenSession, Visit, open_session
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests import postgres

CONNECTIONS = 8
WORKERS = 2
START_SECONDS = 30
TICKS = os.sysconf("SC_CLK_TCK")
SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}

#: Sends the lines of a file in turn: method, path, body and headers, parted by tabs.
LUA = """
local ready, at = {}, 0
function init()
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local parts, headers = {}, {}
    for part in string.gmatch(line .. "\\t", "([^\\t]*)\\t") do parts[#parts + 1] = part end
    for i = 4, #parts do
      local name, value = string.match(parts[i], "^([^:]+): (.*)$")
      headers[name] = value
    end
    local body = parts[3] ~= "" and parts[3] or nil
    ready[#ready + 1] = wrk.format(parts[1], parts[2], headers, body)
  end
end
function request()
  at = at % #ready + 1
  return ready[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %f %f %f %d %d\\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, summary.requests, e.status + e.connect + e.read + e.timeout))
end
"""


@dataclass(frozen=True)
class Call:
    """A request; `expects` must stand in its answer."""

    path: str
    expects: str
    method: str = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


@dataclass(frozen=True)
class Figure:
    """What one run of a case gave; `cpu` is server CPU in ms for each request."""

    rate: float
    p50: float
    p99: float
    cpu: float
    errors: int


class Load(Protocol):
    """Sends calls to a server for some time."""

    def probe(self, call: Call) -> None:
        """Send it once; SystemExit when the answer is not the one expected."""

    def run(self, calls: Sequence[Call], secs: float) -> Figure:
        """Send them in turn for so long."""


def children(pid: int) -> list[int]:
    """A process and all below it."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting.extend(map(int, task.read_text().split()))
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU seconds these processes have used."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


@dataclass
class Served:
    """A server process and what counts as its CPU; asked by wrk over loopback."""

    port: int
    pids: Callable[[], list[int]]

    def probe(self, call: Call) -> None:
        """Ask once over a socket of its own."""
        said = self._ask(call)
        head, _, body = said.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status != call.status or call.expects not in body.decode(errors="replace"):
            raise SystemExit(f"{call.method} {call.path}: {status}\n{body.decode()[-2000:]}")

    def _ask(self, call: Call) -> bytes:
        lines = [f"{call.method} {call.path} HTTP/1.0", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in call.headers]
        body = call.body.encode()
        if body:
            lines.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def run(self, calls: Sequence[Call], secs: float) -> Figure:
        """A run of wrk, one thread."""
        with tempfile.TemporaryDirectory() as folder:
            script, requests = Path(folder, "load.lua"), Path(folder, "requests")
            script.write_text(LUA)
            requests.write_text("\n".join(map(_line, calls)))
            before = cpu_seconds(self.pids())
            said = subprocess.run(
                [
                    "wrk",
                    "-t1",
                    f"-c{CONNECTIONS}",
                    f"-d{max(1, round(secs))}s",
                    "--timeout",
                    "10s",
                    "-s",
                    str(script),
                    f"http://127.0.0.1:{self.port}",
                ],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, "BENCH_REQUESTS": str(requests)},
            ).stdout
            used = cpu_seconds(self.pids()) - before
        result = next((line.split() for line in said.splitlines() if line.startswith("RESULT")), [])
        if not result:
            raise SystemExit(f"wrk said: {said}")
        rate, p50, p99 = map(float, result[1:4])
        number, errors = int(result[4]), int(result[5])
        return Figure(rate, p50, p99, used * 1000 / max(1, number), errors)


def _line(call: Call) -> str:
    headers = [f"{name}: {value}" for name, value in call.headers]
    return "\t".join((call.method, call.path, call.body, *headers))


@dataclass
class InProcess:
    """An application called in this very process, one request after the other."""

    app: Flask

    def _send(self, call: Call) -> tuple[int, bytes]:
        builder = EnvironBuilder(
            call.path, method=call.method, data=call.body or None, headers=list(call.headers)
        )
        parts, status, _ = run_wsgi_app(self.app.wsgi_app, builder.get_environ(), buffered=True)
        return int(status.split()[0]), b"".join(parts)

    def probe(self, call: Call) -> None:
        """Call once."""
        status, body = self._send(call)
        if status != call.status or call.expects not in body.decode(errors="replace"):
            raise SystemExit(f"{call.method} {call.path}: {status}\n{body.decode()[-2000:]}")

    def run(self, calls: Sequence[Call], secs: float) -> Figure:
        """Call in turn; the CPU is this process's alone."""
        took: list[float] = []
        errors, at = 0, 0
        used, begun = time.process_time(), time.perf_counter()
        while (now := time.perf_counter()) - begun < secs or not took:
            status, _ = self._send(calls[at % len(calls)])
            errors += status >= 400
            took.append((time.perf_counter() - now) * 1000)
            at += 1
        cpu = (time.process_time() - used) * 1000 / len(took)
        took.sort()
        rate = len(took) / (time.perf_counter() - begun)
        return Figure(rate, statistics.median(took), took[len(took) * 99 // 100], cpu, errors)


def has_wrk() -> bool:
    """Whether a load can be made over loopback."""
    return shutil.which("wrk") is not None


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def gunicorn(
    factory: str, environment: Mapping[str, str], also: Callable[[], list[int]] = list
) -> Iterator[Served]:
    """gunicorn with two synchronous workers; `also` are processes that work for it."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "--log-level", "error"),
            *("-b", f"127.0.0.1:{port}", factory),
        ],
        env={**os.environ, **environment},
    )
    try:
        _await_port(port, process)
        yield Served(port, lambda: children(process.pid) + also())
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


@contextmanager
def databases(kinds: Sequence[str], folder: Path) -> Iterator[dict[str, tuple[str, Any]]]:
    """Empty databases by kind, each with its address and what tells its server's processes."""
    found: dict[str, tuple[str, Any]] = {}
    if "sqlite" in kinds:
        found["sqlite"] = (f"sqlite:///{folder / 'procure.db'}", list)
    if "postgresql" not in kinds:
        yield found
        return
    postgres.SETTINGS.update(SAFE)
    with postgres.server() as server:
        head = (server.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
        found["postgresql"] = (server.create("bench"), lambda: children(int(head)))
        yield found


def project() -> Flask:
    """The application that the environment names; what gunicorn serves."""
    return create_app(settings(os.environ["BENCH_URL"], Path(os.environ["BENCH_FOLDER"])))


def cookies_of(app: Flask, user_ids: Sequence[str]) -> list[tuple[tuple[str, str], ...]]:
    """Headers of requests by these people: a session cookie and the token their forms carry."""
    signer: Any = app.session_interface
    serializer = signer.get_signing_serializer(app)
    tokens = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
    found = []
    clock = SystemClock()
    for user_id in user_ids:
        visit = Visit(device="bench", address="127.0.0.1", agent="bench")
        with UnitOfWork(db.session(), SYSTEM_ACTOR, clock, technical=True) as uow:
            secret = open_session(
                uow, OpenSession(user_id, visit, clock.now(), factor_required=False)
            )
        raw = secrets.token_hex(20)
        cookie = serializer.dumps({"_user_id": secret, "_fresh": True, "csrf_token": raw})
        name = app.config["SESSION_COOKIE_NAME"]
        found.append((("Cookie", f"{name}={cookie}"), ("X-CSRFToken", tokens.dumps(raw))))
    return found


def measured(cases: Mapping[str, Callable[[], Figure]], rounds: int) -> dict[str, Figure]:
    """Medians of interleaved rounds, A B C A B C …; errors are summed."""
    figures: dict[str, list[Figure]] = {name: [] for name in cases}
    for turn in range(rounds):
        for name, run in cases.items():
            figures[name].append(run())
            said = figures[name][-1]
            print(
                f"  {turn + 1} {name}: {said.rate:,.0f}/s, {said.cpu:.2f} ms CPU", file=sys.stderr
            )
    return {
        name: Figure(
            *(
                statistics.median(getattr(one, what) for one in several)
                for what in ("rate", "p50", "p99", "cpu")
            ),
            errors=sum(one.errors for one in several),
        )
        for name, several in figures.items()
    }


def machine() -> str:
    """What the run stood on, for the head of a table."""
    others = os.getloadavg()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    said = {"cores": os.cpu_count(), "load": round(others, 1), "bench_peak_mib": peak}
    return json.dumps(said)
