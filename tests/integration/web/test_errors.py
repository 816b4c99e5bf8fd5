"""Error pages: the right status, what happened, why and what to do, never in English."""

import logging
import re
import sqlite3

import psycopg
import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge, TooManyRequests

from procure.kernel.case_lines import PersonLine
from procure.kernel.errors import (
    Conflict,
    DeadlinePassed,
    Denied,
    IllegalTransition,
    Invalid,
    NotFound,
    NotSaved,
    Stale,
    TooEarly,
    Unavailable,
)
from procure.web.presenters import DeskBar
from tests import markup

RULE = "《政府采购法》第三十五条"
RAISED: dict[str, tuple[Exception, int]] = {
    "denied": (Denied("审核人不能是起草人。", rule=RULE, remedy="请转给他人办理。"), 403),
    "not-found": (NotFound(), 404),
    "transition": (IllegalTransition("公告还没有发布。"), 409),
    "late": (DeadlinePassed("截止时间已过。", rule=RULE), 409),
    "early": (TooEarly("质疑期未满。"), 409),
    "stale": (Stale(), 409),
    "conflict": (Conflict("已经提交过。"), 409),
    "race": (NotSaved(), 409),
    "outage": (Unavailable(), 503),
    "unanswered": (Unavailable(is_certain=False), 503),
    "lost": (OperationalError("SELECT 1", {}, psycopg.OperationalError("gone")), 503),
    "deadlock": (OperationalError("SELECT 1", {}, psycopg.errors.DeadlockDetected()), 503),
    "pool": (PoolExhausted("QueuePool limit"), 503),
    "fault": (ProgrammingError("SELECT x", {}, psycopg.errors.UndefinedTable()), 500),
    "invalid": (Invalid("page", "页码不对。"), 400),
    "large": (RequestEntityTooLarge(), 413),
    "method": (MethodNotAllowed(valid_methods=["POST"]), 405),
    "busy": (TooManyRequests(retry_after=60), 429),
    "teapot": (Exception(), 500),
}
BUSY = sqlite3.OperationalError("database is locked")
BUSY.sqlite_errorcode = sqlite3.SQLITE_BUSY
RAISED |= {
    "driver": (psycopg.OperationalError("gone"), 503),
    "driver-shutdown": (psycopg.errors.AdminShutdown(), 503),
    "driver-busy": (BUSY, 503),
    "driver-fault": (psycopg.errors.UndefinedTable(), 500),
}
ENGLISH = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture
def failing(app: Flask) -> Flask:
    @app.route("/fail/<name>")
    @app.route("/api/fail/<name>")
    def fail(name: str) -> str:
        raise RAISED[name][0]

    @app.route("/abort/<int:code>")
    def stop(code: int) -> str:
        abort(code)

    @app.post("/guarded")
    def guarded() -> str:
        return "办好了"

    return app


@pytest.fixture
def visitor(failing: Flask) -> FlaskClient:
    failing.config["PROPAGATE_EXCEPTIONS"] = False
    return failing.test_client()


def body_words(page: bytes) -> str:
    """The words of a page's body, without the request's number."""
    tree = markup.parse(page)
    for code in tree.iter("code"):
        code.text = ""
    return " ".join("".join(tree.find("body").itertext()).split())


@pytest.mark.parametrize("name", RAISED)
def test_page_every_refusal_has_its_status_and_speaks_chinese(
    visitor: FlaskClient, name: str
) -> None:
    answer = visitor.get(f"/fail/{name}")

    assert answer.status_code == RAISED[name][1]
    assert not ENGLISH.search(body_words(answer.data))
    assert "怎么办" in body_words(answer.data)


@pytest.mark.parametrize("name", ["denied", "late"])
def test_page_of_a_refusal_says_what_why_and_what_to_do(visitor: FlaskClient, name: str) -> None:
    refusal = RAISED[name][0]

    words = body_words(visitor.get(f"/fail/{name}").data)

    assert str(refusal) in words
    assert RULE in words


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 410, 414, 415, 418, 422, 431, 502, 503])
def test_page_every_refusal_of_the_web_speaks_chinese(visitor: FlaskClient, code: int) -> None:
    answer = visitor.get(f"/abort/{code}")

    assert answer.status_code == code
    assert not ENGLISH.search(body_words(answer.data))


def test_page_tells_whom_to_ask_and_sends_a_visitor_to_sign_in(
    failing: Flask, visitor: FlaskClient
) -> None:
    failing.jinja_env.globals["support_contact"] = "运行中心，电话 0756-0000001"
    page = visitor.get("/no/such/page?q=一")
    words = body_words(page.data)

    assert "向谁求助运行中心，电话 0756-0000001" in words
    assert "我的待办" not in words
    assert "登录后再打开" in words
    assert b'href="/login?next=/no/such/page%3Fq%3D' in page.data
    assert "登录后再打开" not in body_words(visitor.get("/abort/503").data)


@pytest.mark.parametrize(
    "address", [*(f"/fail/{name}" for name in RAISED), "/abort/400", "/abort/403", "/abort/404"]
)
def test_page_sends_nobody_to_a_desk_he_has_not(visitor: FlaskClient, address: str) -> None:
    """A recipient with a link of their own, or a visitor, cannot follow such a remedy."""
    assert "我的待办" not in body_words(visitor.get(address).data)


def test_page_of_an_expired_form_tells_a_visitor_to_come_by_his_own_link(
    failing: Flask, visitor: FlaskClient
) -> None:
    failing.config["WTF_CSRF_ENABLED"] = True

    words = body_words(visitor.post("/guarded").data)

    assert "我的待办" not in words
    assert "请从原来的链接或网址重新打开这一页，核对内容后再提交一次" in words


def test_page_of_a_stale_record_sends_the_desks_people_to_their_desk(
    failing: Flask, visitor: FlaskClient
) -> None:
    @failing.context_processor
    def signed_in() -> dict[str, object]:
        return {"desk": DeskBar(PersonLine("林秋月", "白藤街道办事处", "采购经办人"))}

    assert "请从“我的待办”、项目页或列表重新打开" in body_words(visitor.get("/fail/stale").data)


def test_page_unknown_address_is_not_found(visitor: FlaskClient) -> None:
    answer = visitor.get("/no/such/page")

    assert answer.status_code == 404
    assert "没有找到这个页面" in body_words(answer.data)


def test_page_wrong_method_keeps_its_allow_header(visitor: FlaskClient) -> None:
    answer = visitor.get("/guarded")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_page_too_many_requests_keeps_its_waiting_time(visitor: FlaskClient) -> None:
    assert visitor.get("/fail/busy").headers["Retry-After"] == "60"


def test_page_unexpected_failure_is_logged_under_the_number_it_shows(
    visitor: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        page = visitor.get("/fail/teapot").get_data(as_text=True)

    number = re.search(r"<code>([0-9a-f]{12})</code>", page)[1]
    assert number in caplog.text


@pytest.mark.parametrize(
    "name",
    ["outage", "unanswered", "lost", "pool", "driver", "driver-shutdown", "driver-busy"],
)
def test_page_of_an_outage_asks_for_patience_and_nothing_of_the_database(
    failing: Flask, visitor: FlaskClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    @failing.context_processor
    def broken() -> dict[str, object]:
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError("gone"))

    with caplog.at_level(logging.WARNING):
        answer = visitor.get(f"/fail/{name}", headers={"Referer": "http://localhost/plans/new"})

    assert answer.headers["Retry-After"] == "30"
    page = answer.get_data(as_text=True)
    assert re.search(r"<code>([0-9a-f]{12})</code>", page)[1] in caplog.text
    assert 'href="/plans/new"' in page
    assert "gone" not in page


def test_json_of_an_outage_has_its_status_and_its_number(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/fail/lost")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "暂时不能" in answer.json["error"]["message"]
    assert re.fullmatch(r"[0-9a-f]{12}", answer.json["error"]["number"])


def test_json_of_a_lost_race_asks_for_the_same_again(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/fail/race")

    assert answer.status_code == 409
    assert "没有保存成功" in answer.json["error"]["message"]
    assert answer.json["error"]["remedy"] == "请再提交一次。"


def test_page_unexpected_failure_of_the_frame_itself_still_answers(
    failing: Flask, visitor: FlaskClient
) -> None:
    @failing.context_processor
    def broken() -> dict[str, object]:
        raise RuntimeError("database is gone")

    answer = visitor.get("/fail/teapot")

    assert answer.status_code == 500
    assert "平台出了故障" in body_words(answer.data)
    assert "database" not in answer.get_data(as_text=True)


def test_page_signed_in_person_keeps_the_menu(failing: Flask, visitor: FlaskClient) -> None:
    @failing.context_processor
    def signed_in() -> dict[str, object]:
        return {"desk": DeskBar(PersonLine("林秋月", "白藤街道办事处", "采购经办人"))}

    words = body_words(visitor.get("/fail/denied").data)

    assert "林秋月" in words
    assert "回到我的待办" in words


def test_json_api_answers_in_the_same_words(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/fail/denied")

    assert answer.status_code == 403
    assert answer.json == {
        "error": {"message": "审核人不能是起草人。", "rule": RULE, "remedy": "请转给他人办理。"}
    }


def test_json_only_for_those_who_take_nothing_else(visitor: FlaskClient) -> None:
    machine = visitor.get("/fail/stale", headers={"Accept": "application/json"})
    browser = visitor.get(
        "/fail/stale", headers={"Accept": "text/html,application/json;q=0.9,*/*;q=0.8"}
    )

    assert machine.is_json
    assert machine.json["error"]["message"].startswith("这条记录刚刚被其他人改过")
    assert browser.mimetype == "text/html"


def test_json_unexpected_failure_gives_the_number_and_no_cause(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/fail/teapot")

    assert answer.status_code == 500
    assert re.fullmatch(r"[0-9a-f]{12}", answer.json["error"]["number"])
    assert answer.json["error"]["rule"] is None


def test_csrf_refusal_offers_the_way_back(failing: Flask, visitor: FlaskClient) -> None:
    failing.config["WTF_CSRF_ENABLED"] = True

    answer = visitor.post("/guarded", headers={"Referer": "http://localhost/tenders/1/edit?tab=2"})

    assert answer.status_code == 400
    assert "没有提交成功" in body_words(answer.data)
    assert "登录已过期，这张表单就失效了" in body_words(answer.data)
    assert 'href="/tenders/1/edit?tab=2"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("referer", [None, "https://elsewhere.example/x"])
def test_form_that_comes_encrypted_from_elsewhere_says_what_the_browser_keeps_back(
    failing: Flask, visitor: FlaskClient, referer: str | None
) -> None:
    """Its token is right: signing in again, as for an expired form, would lead nowhere."""
    failing.config.update(WTF_CSRF_ENABLED=True, WTF_CSRF_SSL_STRICT=True)
    failing.add_url_rule("/token", "token", generate_csrf)
    token = visitor.get("/token", base_url="https://localhost").get_data(as_text=True)

    headers = {"Referer": referer} if referer else {}
    answer = visitor.post(
        "/guarded", data={"csrf_token": token}, headers=headers, base_url="https://localhost"
    )

    assert answer.status_code == 400
    assert "请在浏览器里允许向本站发送来源页面（Referer）" in body_words(answer.data)


def test_refusal_within_a_project_leads_back_to_it(failing: Flask, visitor: FlaskClient) -> None:
    @failing.route("/projects/<number>/plan/submit")
    def submit(number: str) -> str:
        raise IllegalTransition("采购计划已经送审。")

    page = visitor.get("/projects/DMMZ-2026-001/plan/submit").get_data(as_text=True)

    assert '<a href="/projects/DMMZ-2026-001">打开这个项目</a>' in page


@pytest.mark.parametrize(
    "referer",
    [
        "http://elsewhere.example/x",
        "http://localhost//elsewhere.example/x",
        "javascript:alert(1)",
        "",
    ],
)
def test_csrf_refusal_never_leads_to_another_site(
    failing: Flask, visitor: FlaskClient, referer: str
) -> None:
    failing.config["WTF_CSRF_ENABLED"] = True

    page = visitor.post("/guarded", headers={"Referer": referer}).get_data(as_text=True)

    assert ">返回刚才的页面</a>" not in page
    assert "elsewhere" not in page


def test_redirects_pass_through_untouched(failing: Flask, visitor: FlaskClient) -> None:
    failing.add_url_rule("/folder/", "folder", lambda: "里面")

    assert visitor.get("/folder").status_code == 308
