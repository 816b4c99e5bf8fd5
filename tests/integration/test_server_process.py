"""What the web server stands: idle browsers, slow senders, strangers' gigabytes, and being stopped.

Played against the real `procure serve`. The quick forms take seconds; those marked `drill` last as
long as an attack does.
"""

import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from procure.web.bodies import MAX_BODY, SMALL_BODY
from procure.web.connections import raise_descriptor_limit
from procure.web.patience import GRACE_SECONDS, MOST_SLOW, SLOW_SECONDS
from tests.served import PATIENCE, Served, served
from tests.world import copy_belongings, sqlite_url

MEGABYTE = 1024 * 1024
SLOW_CLIENTS = 120
DEAF_CLIENTS = 16
#: What a form with a file looks like on the wire.
UPLOAD = "multipart/form-data; boundary=x"
LARGE = b"--x\r\nContent-Disposition: form-data; name=other\r\n\r\n" + bytes(MEGABYTE // 2)


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all who only attack it."""
    folder = tmp_path_factory.mktemp("served")
    copy_belongings(sqlite_template.parent, folder)
    shutil.copyfile(sqlite_template, folder / "procure.db")
    with served(sqlite_url(folder / "procure.db"), folder) as running:
        raise_descriptor_limit()
        yield running


def _seconds(site: Served, path: str = "/notices") -> float:
    began = time.monotonic()
    assert site.visitor().status(path) == 200
    return time.monotonic() - began


def _at_once(site: Served) -> float:
    """What may pass for at once: a second, or ten times what a page takes alone where that is more.

    Who is kept waiting by others waits for half a minute or for ever. A machine with no processor to
    spare is slow to everybody.
    """
    _seconds(site)
    return max(1.0, 10 * max(_seconds(site) for _ in range(3)))


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95) - 1]


def _keep_alive(site: Served, browsers: ExitStack) -> socket.socket:
    connection = browsers.enter_context(site.connect())
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b"}\n"):
        answer += connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200")
    return connection


def test_newcomer_beside_five_hundred_idle_browsers_is_answered_within_a_second(
    site: Served,
) -> None:
    """Seventeen people with six connections each used to shut the site for everybody else."""
    at_once = _at_once(site)
    with ExitStack() as browsers:
        for _ in range(500):
            _keep_alive(site, browsers)
        assert max(_seconds(site) for _ in range(5)) < at_once


def test_who_reads_no_answer_keeps_nobody_else_waiting(site: Served) -> None:
    """As many as there are threads ask for a large file again and again, and take nothing of it."""
    ask = b"GET /static/vendor/echarts.min.js HTTP/1.1\r\nHost: x\r\n\r\n"
    at_once = _at_once(site)
    with ExitStack() as stack:
        for _ in range(DEAF_CLIENTS):
            deaf = stack.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", site.port))
            deaf.sendall(40 * ask)
        time.sleep(2)
        assert max(_seconds(site, path) for path in 3 * ("/notices", "/healthz")) < 2 * at_once


def _slow_clients(site: Served, stack: ExitStack) -> list[socket.socket]:
    """Every third keeps the head half sent, the others a form's body."""
    clients = [stack.enter_context(site.connect()) for _ in range(SLOW_CLIENTS)]
    for place, client in enumerate(clients):
        head = b"POST /login HTTP/1.1\r\nHost: x\r\n"
        rest = b"X-Slow: a" if place % 3 == 0 else b"Content-Length: 60000\r\n\r\na"
        client.sendall(head + rest)
    return clients


def _send_a_byte(clients: list[socket.socket]) -> list[socket.socket]:
    """Those whom the server still listens to."""
    listening = []
    for client in clients:
        try:
            client.sendall(b"a")
            client.settimeout(0)
            client.recv(1)
        except BlockingIOError:
            listening.append(client)
        except OSError:
            continue
    return listening


def test_slow_senders_keep_nobody_else_waiting(site: Served) -> None:
    """One hundred and twenty requests that are never finished, from one address."""
    at_once = _at_once(site)
    with ExitStack() as stack:
        clients = _slow_clients(site, stack)
        waits = []
        ends = time.monotonic() + SLOW_SECONDS + 2
        while time.monotonic() < ends:
            waits.append(_seconds(site))
            time.sleep(0.2)
        assert _p95(waits) < at_once
        # Of one address only so many may be slow at once; the others are told to go.
        sent_away = set(clients) - set(_send_a_byte(clients))
        assert len(sent_away) >= SLOW_CLIENTS - MOST_SLOW
        told = [client for place, client in enumerate(clients) if place % 3 and client in sent_away]
        told[0].settimeout(PATIENCE)
        assert "从您所在的网络同时有 64 个以上没有传完的提交" in _all_of(told[0]).decode()


@pytest.mark.drill
def test_slow_senders_are_let_go_when_no_line_is_that_slow(site: Served) -> None:
    """A byte every ten seconds for more than a minute."""
    with ExitStack() as stack:
        clients = _slow_clients(site, stack)
        waits = []
        began = time.monotonic()
        while time.monotonic() - began < GRACE_SECONDS + 20:
            waits += [_seconds(site) for _ in range(10)]
            clients = _send_a_byte(clients)
            time.sleep(10)
        assert _p95(waits) < 1
        assert clients == []


HEADS = {
    "a visitor's form": b"POST /login HTTP/1.1\r\nContent-Length: 300000000",
    "a visitor's form in pieces": b"POST /login HTTP/1.1\r\nTransfer-Encoding: chunked",
    "an address that is none": b"POST /no/such/page HTTP/1.1\r\nContent-Length: 300000000",
    "an address that takes no form": b"POST /notices HTTP/1.1\r\nContent-Length: 300000000",
    "a page asked for": b"GET /notices HTTP/1.1\r\nContent-Length: 300000000",
    "who asks first": b"POST /login HTTP/1.1\r\nContent-Length: 300000000\r\nExpect: 100-continue",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_strangers_body_is_refused_by_its_head_and_never_kept(site: Served, head: bytes) -> None:
    with site.connect() as stranger:
        stranger.sendall(head + b"\r\nHost: x\r\n\r\n")
        if b"chunked" in head:
            for _ in range(40):
                stranger.sendall(b"%x\r\n%b\r\n" % (SMALL_BODY, bytes(SMALL_BODY)))
        answer = _all_of(stranger)
        assert site.spooled_bytes() < MEGABYTE
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert "没有登录时一次最多提交 64 KB" in answer.decode()


def test_sender_of_a_refused_upload_gets_to_the_answer(site: Served) -> None:
    """Who sends on without listening is not cut off before the answer."""
    answer, page = site.visitor().ask("/login", bytes(30 * MEGABYTE))
    assert answer.status == 413
    assert "请先登录" in page.decode()


def test_largest_form_of_somebody_signed_in_is_taken_and_one_byte_more_is_not(
    site: Served,
) -> None:
    auditor = site.visitor()
    auditor.sign_in("shenji")

    taken, page = auditor.ask("/audit/verify", form_of(MAX_BODY - 1), Content_Type=UPLOAD)
    assert taken.status == 400  # the form token is missing, which is known by reading the form
    assert "表单已经失效" in page.decode()
    refused, page = auditor.ask("/audit/verify", form_of(MAX_BODY), Content_Type=UPLOAD)
    assert refused.status == 413
    assert "请压缩或拆分文件后重新上传" in page.decode()


def form_of(size: int) -> bytes:
    """A form of this many bytes with one file in it."""
    start = b'--x\r\nContent-Disposition: form-data; name="package"; filename="a.zip"\r\n\r\n'
    end = b"\r\n--x--\r\n"
    return start + bytes(size - len(start) - len(end)) + end


def test_upload_of_somebody_who_has_left_is_refused(site: Served) -> None:
    """The cookie is still well signed; only the database knows that the sign-in ended."""
    person = site.visitor()
    person.sign_in("shenji")
    before = person.cookie
    token = f"csrf_token={person.token('/')}".encode()
    person.ask("/logout", token, Content_Type="application/x-www-form-urlencoded")
    with site.connect() as left:
        left.sendall(
            b"POST /audit/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n"
            b"Referer: http://x/audit/verify\r\nCookie: %b\r\n\r\n" % before.encode()
        )
        answer = _all_of(left)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert "您还没有登录，或者登录已经过期" in answer.decode()
    assert '<a href="/audit/verify">返回刚才的页面</a>' in answer.decode()


def _all_of(connection: socket.socket) -> bytes:
    answer = b""
    while piece := connection.recv(MEGABYTE):
        answer += piece
    return answer


def test_stopped_server_says_so_first_and_cuts_nobody(sqlite_database: str, tmp_path: Path) -> None:
    """Sixty pages asked for, one form half sent and one browser idle when the stop comes."""
    with served(sqlite_database, tmp_path) as site, ExitStack() as stack:
        half = stack.enter_context(site.connect())
        half.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        idle = _keep_alive(site, stack)
        with ThreadPoolExecutor(60) as people:
            asked = [people.submit(site.visitor().status, "/notices") for _ in range(60)]
            time.sleep(0.15)
            site.stop()
            answer, said = site.visitor().ask("/readyz")
            assert (answer.status, b"draining" in said) == (503, True)
            assert [one.result() for one in asked] == [200] * 60
        assert idle.recv(1) == b""
        _wait_until_nobody_is_let_in(site)
        half.sendall(b"cd")
        assert _all_of(half).startswith(b"HTTP/1.1 400 ")
        assert site.process.wait(PATIENCE) == 0


def _wait_until_nobody_is_let_in(site: Served) -> None:
    for _ in range(10 * PATIENCE):
        try:
            site.connect().close()
        except ConnectionRefusedError:
            return
        time.sleep(0.1)
    pytest.fail("newcomers are let in for ever")
