"""The platform behind the real nginx, with the site file that ships."""

import gzip
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from procure.web.bodies import MAX_BODY
from tests.integration.test_server_process import UPLOAD, form_of
from tests.nginx import NAME, Front, in_front_of
from tests.served import PATIENCE, ROOT, Visitor, free_port, served
from tests.world import copy_belongings, sqlite_url

MEGABYTE = 1024 * 1024
PROXY, CLIENT, INVENTED = "127.0.0.1", "127.0.0.2", "198.51.100.9"
YEAR = "max-age=31536000; includeSubDomains"


@pytest.fixture(scope="module")
def front(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One nginx in front of one server."""
    folder = tmp_path_factory.mktemp("behind")
    copy_belongings(sqlite_template.parent, folder)
    (folder / "procure.db").write_bytes(sqlite_template.read_bytes())
    with (
        served(sqlite_url(folder / "procure.db"), folder, PROCURE_TRUSTED_PROXY=PROXY) as site,
        in_front_of(site.port, folder / "nginx") as front,
    ):
        yield front


@pytest.fixture(scope="module")
def auditor(front: Front) -> Visitor:
    """Somebody signed in who says to come from somewhere else."""
    person = front.visitor(CLIENT, X_Forwarded_For=INVENTED, X_Forwarded_Proto="http")
    person.sign_in("shenji")
    return person


def test_list_of_sign_ins_shows_the_clients_address_and_no_invented_one(auditor: Visitor) -> None:
    _, page = auditor.ask("/account")
    assert CLIENT in page.decode()
    assert PROXY not in page.decode()
    assert INVENTED not in page.decode()


@pytest.mark.parametrize("size", [10 * MEGABYTE, MAX_BODY - 1])
def test_upload_below_the_platforms_limit_reaches_the_platform(auditor: Visitor, size: int) -> None:
    """nginx's own limit is one megabyte when nobody says otherwise, and speaks English."""
    answer, page = auditor.ask("/audit/verify", form_of(size), Content_Type=UPLOAD)
    assert answer.status == 400  # the form token is missing, which is known by reading the form
    assert "表单已经失效" in page.decode()


def test_upload_at_the_limit_and_a_strangers_are_refused_in_the_platforms_words(
    front: Front, auditor: Visitor
) -> None:
    answer, page = auditor.ask("/audit/verify", form_of(MAX_BODY), Content_Type=UPLOAD)
    assert (answer.status, "请压缩或拆分文件后重新上传" in page.decode()) == (413, True)
    answer, page = front.visitor(CLIENT).ask("/login", bytes(30 * MEGABYTE))
    assert (answer.status, "请先登录" in page.decode()) == (413, True)


def head_alone(front: Front, path: str, *lines: str) -> str:
    """What nginx says to these lines; the body that they may announce is never sent."""
    asked = "\r\n".join((f"{path} HTTP/1.1", f"Host: {NAME}", *lines, "Connection: close", "", ""))
    with (
        socket.create_connection((NAME, front.secure_port), PATIENCE) as plain,
        front.trust.wrap_socket(plain, server_hostname=NAME) as line,
    ):
        line.sendall(asked.encode())
        return b"".join(iter(lambda: line.recv(65536), b"")).decode()


@pytest.mark.parametrize("megabytes", [66, 70, 2048])
def test_body_beyond_every_limit_is_refused_in_the_platforms_words(
    front: Front, auditor: Visitor, megabytes: int
) -> None:
    """Four scans of 18 MB together got nginx's own refusal, in English, without a word what to do."""
    length = f"Content-Length: {megabytes * MEGABYTE}"
    told = head_alone(front, "POST /audit/verify", f"Cookie: {auditor.cookie}", length)
    assert told.startswith("HTTP/1.1 413 ")
    assert "请压缩或拆分文件后重新上传" in told
    stranger = head_alone(front, "POST /login", length)
    assert stranger.startswith("HTTP/1.1 413 ")
    assert "请先登录" in stranger


@pytest.mark.parametrize(
    ("path", "line", "status", "said"),
    [
        # Within one TLS record: unread bytes at the close would reset the line before the answer.
        ("GET /", f"Cookie: a={'b' * 12_000}", 400, "清除浏览器里本站的 Cookie"),
        ("GET /", "Content-Length: many", 400, "浏览器发来的请求不能识别"),
        (f"GET /{'a' * 12_000}", "Accept: text/html", 414, "网址太长"),
        ("GET /static/gone.css", "Accept: text/css", 404, "没有找到这个文件"),
        ("POST /static/css/tokens.css", "Content-Length: 0", 405, "不能这样打开"),
    ],
)
def test_what_nginx_refuses_by_itself_it_refuses_in_plain_words(
    front: Front, path: str, line: str, status: int, said: str
) -> None:
    told = head_alone(front, path, line)
    assert told.startswith(f"HTTP/1.1 {status} ")
    assert said in told
    assert "怎么办" in told


def test_network_with_too_many_requests_at_once_is_told_so(tmp_path: Path) -> None:
    """Two hundred wait for a platform that takes connections and does not answer."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=4096) as silent,
        in_front_of(silent.getsockname()[1], tmp_path / "nginx") as front,
        ExitStack() as waiting,
    ):
        for _ in range(200):
            plain = waiting.enter_context(
                socket.create_connection((NAME, front.secure_port), PATIENCE)
            )
            line = waiting.enter_context(front.trust.wrap_socket(plain, server_hostname=NAME))
            line.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        told = head_alone(front, "GET /")
    assert told.startswith("HTTP/1.1 429 ")
    assert "同时打开的连接太多" in told


def test_what_the_platform_refuses_itself_is_left_as_it_said_it(front: Front) -> None:
    answer, page = front.visitor(CLIENT).ask("/nowhere")
    assert (answer.status, "登录后再打开" in page.decode()) == (404, True)


def test_platform_that_is_not_there_is_told_in_plain_words(tmp_path: Path) -> None:
    with in_front_of(free_port(), tmp_path / "nginx") as front:
        visitor = front.visitor(CLIENT)
        for body in (None, b"typed=much"):
            answer, page = visitor.ask("/desk", body)
            assert answer.status == 502
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers.get_all("Strict-Transport-Security") == [YEAR]
            assert "请过一分钟再打开" in page.decode()
        for style in re.findall(r'href="(/static/[^"]+)"', page.decode()):
            assert visitor.status(style) == 200


def test_pages_are_compressed_secured_and_told_once(front: Front) -> None:
    answer, page = front.visitor(CLIENT).ask("/notices", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "公告" in gzip.decompress(page).decode()
    assert answer.headers.get_all("Strict-Transport-Security") == [YEAR]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "nginx/" not in (answer.headers["Server"] or "")


def test_static_files_are_served_compressed_and_kept(front: Front) -> None:
    path = "css/tokens.css"
    visitor = front.visitor(CLIENT)
    answer, style = visitor.ask(f"/static/{path}?v=1", Accept_Encoding="gzip")
    assert gzip.decompress(style) == (ROOT / "static" / path).read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers.get_all("Strict-Transport-Security") == [YEAR]
    assert visitor.ask(f"/static/{path}")[0].headers["Cache-Control"] == "public, max-age=3600"
    assert visitor.status("/static/../procure/config.py") == 404


def test_plain_text_is_sent_on_to_the_secure_address(front: Front) -> None:
    answer, _ = Visitor(NAME, front.plain_port).ask("/notices?page=2")
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/notices?page=2")
