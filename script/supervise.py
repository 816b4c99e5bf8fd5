"""Run the web server and the scheduler beside each other until somebody stops them.

Called by script/server once everything is set up. It prints where the platform answers and the
demonstration accounts, passes a stop (Ctrl-C, TERM, a closed terminal) on to both processes, and
ends with a failure when either of them ends by itself: a platform whose timers stand still is not
left running as if it were whole. Should it be killed itself, both are told to stop by the kernel;
until they have, they hold the lock by which script/server knows that the data are in use.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from types import FrameType

COMMAND = [sys.executable, "-P", "-m", "procure.cli"]
POLL_SECONDS = 0.1
READY_SECONDS = 60
WHOLE_SECONDS = 10

#: What the platform calls its two processes when it speaks to people.
SERVER = "网站"
SCHEDULER = "定时任务"

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1

#: How long each may take to stop: the server says so for two seconds and then has thirty to finish
#: what it has begun (procure/web/connections.py).
STOP_SECONDS = {SERVER: 40, SCHEDULER: 5}


class StopRequested(Exception):
    """Somebody asked the platform to stop; nothing failed."""


def _request_stop(signum: int, frame: FrameType | None) -> None:
    raise StopRequested


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def explain_unusable(host: str, port: int) -> str | None:
    """Say in words why nothing can listen on this address, or None when it is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        return f"监听地址无法识别：{host}。请用本机的地址，例如 127.0.0.1 或 0.0.0.0。"
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            return f"没有使用端口 {port} 的权限。请换一个 1024 以上的端口，例如 --port 8001。"
        except OSError:
            return (
                f"{host} 的端口 {port} 已被占用，或不是本机的地址。请换一个端口，例如 --port 8001。"
            )
    return None


def local_address(host: str, port: int) -> tuple[str, int]:
    """Give the address at which this machine reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port


def _answers(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False


def _is_whole(address: tuple[str, int]) -> bool:
    asked = HTTPConnection(*address, timeout=1)
    try:
        asked.request("GET", "/statusz")
        return asked.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def _first_ended(processes: dict[str, subprocess.Popen[bytes]]) -> str | None:
    return next((name for name, process in processes.items() if process.poll() is not None), None)


def _wait_until_ready(
    processes: dict[str, subprocess.Popen[bytes]], address: tuple[str, int]
) -> bool:
    """Wait until the server answers; False when a process ended or the patience did.

    Then until timers run as well, for a while: where something is amiss the page that answers tells
    more than a platform that does not start.
    """
    patience = time.monotonic() + READY_SECONDS
    while not _answers(address):
        if _first_ended(processes) is not None or time.monotonic() > patience:
            return False
        time.sleep(POLL_SECONDS)
    patience = time.monotonic() + WHOLE_SECONDS
    while not _is_whole(address) and time.monotonic() < patience:
        if _first_ended(processes) is not None:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _announce(address: tuple[str, int]) -> None:
    name, port = address
    print(f"平台已启动：http://{f'[{name}]' if ':' in name else name}:{port}/", flush=True)
    if os.environ.get("PROCURE_MODE") == "demo":
        subprocess.run([*COMMAND, "demo", "--accounts"], check=False)
    _say("按 Ctrl-C 停止。")


def _stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    asked_at = time.monotonic()
    for name, process in processes.items():
        try:
            process.wait(timeout=max(0.0, asked_at + STOP_SECONDS[name] - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with(parent: int) -> None:
    """In a process that is about to become one of the two: stop when `parent` is no more."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _start(*command: str, held: list[int]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the supervisor alone, which then stops both in order.
    return subprocess.Popen(
        [*COMMAND, *command],
        start_new_session=True,
        pass_fds=held,
        preexec_fn=partial(_end_with, os.getpid()),  # noqa: PLW1509  there is one thread only
    )


def supervise(host: str, port: int, held: list[int]) -> int:
    """Run both processes; 0 when stopped on request, 1 when one of them ended by itself.

    `held` are descriptors of locks that last as long as any of the processes.
    """
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _request_stop)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        processes[SERVER] = _start("serve", "--host", host, "--port", str(port), held=held)
        processes[SCHEDULER] = _start("scheduler", held=held)
        address = local_address(host, port)
        if _wait_until_ready(processes, address):
            _announce(address)
            while _first_ended(processes) is None:
                time.sleep(POLL_SECONDS)
        ended = _first_ended(processes)
        if ended is None:
            _say(f"{SERVER}在 {READY_SECONDS} 秒内没有应答，平台已停止。")
        else:
            _say(f"{ended}意外退出，平台已停止。原因见上面的输出。")
        return 1
    except StopRequested:
        _say("平台已停止。")
        return 0
    finally:
        # A second Ctrl-C must not leave a process behind.
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        _stop(processes)


def main(argv: list[str] | None = None) -> int:
    """Parse the arguments; with --check only say whether the address can be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--check", action="store_true", help="only look whether the port is free")
    parser.add_argument(
        "--held", type=int, action="append", default=[], help="descriptor of a lock to hold"
    )
    options = parser.parse_args(argv)
    obstacle = explain_unusable(options.host, options.port)
    if obstacle is not None:
        _say(obstacle)
        return 1
    return 0 if options.check else supervise(options.host, options.port, options.held)


if __name__ == "__main__":
    sys.exit(main())
