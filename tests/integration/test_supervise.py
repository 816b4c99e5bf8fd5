"""script/supervise.py: two processes that live and end together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "script" / "supervise.py"
PATIENCE = 60

#: Stands in for the command line: a server that answers, a scheduler that waits, both told by the
#: environment when to fail; each leaves its process number behind. The server is whole at its third
#: answer.
COMMAND_LINE = """
import os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
verb = sys.argv[1]
if verb in ("demo", "db"):
    print("演示账号：zhangsan")
    sys.exit(0)
Path(os.environ["NOTES"], verb).write_text(str(os.getpid()))
if verb == os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if verb == "serve":
    class Answers(BaseHTTPRequestHandler):
        asked = []
        def do_GET(self):
            self.asked.append(self.path)
            Path(os.environ["NOTES"], "asked").write_text(" ".join(self.asked))
            self.send_response(200 if len(self.asked) > 2 else 503)
            self.end_headers()
        def log_message(self, *said):
            pass
    server = ThreadingHTTPServer((sys.argv[3], int(sys.argv[5])), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
if verb == os.environ.get("FAILING"):
    time.sleep(0.5)
    sys.exit(3)
time.sleep(60)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    package = tmp_path / "procure"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text(COMMAND_LINE)
    started: list[subprocess.Popen[str]] = []

    def run(**environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), "--host", "127.0.0.1", "--port", str(port)],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(tmp_path),
                "PYTHONUNBUFFERED": "1",
                "NOTES": str(tmp_path),
                "PROCURE_MODE": "demo",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _alive(tmp_path: Path) -> list[str]:
    return [verb for verb in ("serve", "scheduler") if _is_alive((tmp_path / verb).read_text())]


def _is_alive(number: str) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _read_until_accounts(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline() + process.stdout.readline()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stop_signal_ends_both_processes_without_failure(
    start: Start, port: int, tmp_path: Path, stop: signal.Signals
) -> None:
    process = start()
    assert _read_until_accounts(process) == (
        f"平台已启动：http://127.0.0.1:{port}/\n演示账号：zhangsan\n"
    )
    assert _alive(tmp_path) == ["serve", "scheduler"]
    process.send_signal(stop)
    assert process.wait(15) == 0
    assert _alive(tmp_path) == []


def test_address_is_told_once_timers_run_too(start: Start, tmp_path: Path) -> None:
    _read_until_accounts(start())
    assert (tmp_path / "asked").read_text() == "/statusz /statusz /statusz"


def test_start_in_production_prints_the_address_and_no_accounts(start: Start, port: int) -> None:
    process = start(PROCURE_MODE="production")
    assert process.stdout is not None
    assert process.stdout.readline() == f"平台已启动：http://127.0.0.1:{port}/\n"
    process.terminate()
    output, _ = process.communicate(timeout=PATIENCE)
    assert output == ""


@pytest.mark.parametrize(("verb", "name"), [("serve", "网站"), ("scheduler", "定时任务")])
def test_process_that_ends_by_itself_stops_the_other_and_fails(
    start: Start, tmp_path: Path, verb: str, name: str
) -> None:
    process = start(FAILING=verb)
    _, messages = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"{name}意外退出，平台已停止。" in messages
    assert _alive(tmp_path) == []


def test_process_that_ignores_the_stop_is_ended_all_the_same(start: Start, tmp_path: Path) -> None:
    process = start(STUBBORN="scheduler")
    _read_until_accounts(process)
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert _alive(tmp_path) == []


def test_killed_supervisor_takes_both_processes_with_it(start: Start, tmp_path: Path) -> None:
    process = start()
    _read_until_accounts(process)
    process.kill()
    process.wait()
    _wait_until_alive(tmp_path, [])


def _wait_until_alive(tmp_path: Path, verbs: list[str]) -> None:
    patience = time.monotonic() + PATIENCE
    while _alive(tmp_path) != verbs:
        assert time.monotonic() < patience, _alive(tmp_path)
        time.sleep(0.05)


def test_start_on_a_taken_port_is_refused_before_anything_runs(
    start: Start, port: int, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", port)):
        process = start()
        _, messages = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"端口 {port} 已被占用" in messages
    assert not (tmp_path / "serve").exists()


def test_check_of_a_host_that_is_none_explains_which_to_use() -> None:
    checked = subprocess.run(
        [sys.executable, str(SCRIPT), "--check", "--host", "no such host", "--port", "8000"],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 1
    assert "监听地址无法识别：no such host" in checked.stderr
