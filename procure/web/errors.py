"""Error pages: what happened, why (rule and article) and what to do, in one place and in Chinese.

Domain refusals, refusals of the web itself and the unexpected all end here, as a page or, for
machines, as JSON of one shape. Nothing else in the web catches them.
"""

import logging
import re
import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from procure.kernel.access import Permission
from procure.kernel.errors import (
    FROM_TASKS,
    REOPEN,
    Conflict,
    DeadlinePassed,
    Denied,
    DomainError,
    IllegalTransition,
    Invalid,
    NotFound,
    NotSaved,
    Stale,
    TooEarly,
    Unavailable,
)
from procure.store.base import db
from procure.store.db_errors import in_one_line, refusal_of
from procure.web.access import current_actor, page_before, permission_of, to_sign_in
from procure.web.bodies import SMALL_BODY, TooLargeForVisitors, TooManySlow
from procure.web.drafting import unsent
from procure.web.messages import for_visitors
from procure.web.patience import MOST_SLOW
from procure.web.presenters import Link

log = logging.getLogger(__name__)

TEMPLATE = "errors/error.html"
_CASE = re.compile(r"(/projects/[^/]+)(?:/|$)")


@dataclass(frozen=True)
class ErrorPage:
    """What an error page says. `number` is the request's, for whoever is asked for help."""

    status: int
    title: str
    message: str
    rule: str = ""
    remedy: str = ""
    number: str = ""
    links: tuple[Link, ...] = ()

    @property
    def remedy_for_visitors(self) -> str:
        """The same for somebody who is not signed in and has no list of tasks to go back to."""
        return for_visitors(self.remedy)


TITLES: dict[type[DomainError], tuple[int, str]] = {
    Denied: (403, "您不能办理这件事"),
    NotFound: (404, "没有找到这个页面"),
    IllegalTransition: (409, "现在还不能办理这一步"),
    DeadlinePassed: (409, "期限已过"),
    TooEarly: (409, "还没有到可以办理的时间"),
    Stale: (409, "内容已被他人修改"),
    Conflict: (409, "这件事已经办过"),
    NotSaved: (409, "没有保存成功"),
    Unavailable: (503, "平台暂时不能办理"),
    Invalid: (400, "填写的内容不符合要求"),
}

RETRY_SECONDS = 30
"""After how long whoever met an outage may ask again; a restart of the database takes less."""

TASKS_REMEDY = f"请{FROM_TASKS}。"

HTTP_PAGES: dict[int, tuple[str, str, str]] = {
    400: (
        "请求的内容不完整",
        "收到的内容不完整或格式不对，没有办理任何事项。",
        f"{REOPEN}，再试一次；从别处复制的网址请核对是否完整。",
    ),
    401: ("请先登录", "这个页面登录后才能查看。", "请登录后再打开。"),
    403: ("您不能查看这个页面", "您的岗位没有查看这个页面的权限。", TASKS_REMEDY),
    404: ("没有找到这个页面", "网址不存在，或者您无权查看。", f"请核对网址，或{FROM_TASKS}。"),
    405: (
        "不能这样打开这个页面",
        "这个网址只用来提交表单，不能直接打开。",
        "请返回上一页，点击页面上的按钮办理。",
    ),
    408: ("接收超时", "内容没有传完，没有办理任何事项。", "请检查网络后再提交一次。"),
    413: (
        "上传的内容太大",
        "提交的内容超过了允许的大小，没有保存。",
        "请压缩或拆分文件后重新上传；每个文件的上限写在上传栏目下方。",
    ),
    414: ("网址太长", "网址超过了允许的长度。", "请减少筛选条件后再试。"),
    415: ("不能识别的内容", "提交的内容不是平台能识别的格式。", "请通过页面上的表单提交。"),
    429: (
        "操作太频繁",
        "短时间内的请求次数超过了上限，为保护平台暂停受理。",
        "请等待一分钟后再试；已经提交成功的事项不受影响。",
    ),
    500: (
        "平台出了故障",
        "这是平台自身的问题，不是您操作的问题。这一步没有办理成功，此前保存的内容不受影响。",
        "请把下面的编号告诉平台管理员，由其查明后告知您结果。",
    ),
    503: (
        "平台暂停服务",
        "平台正在维护，或时间服务暂不可用，暂停受理以保证截止时间准确。",
        "请关注首页的恢复时间公告；期限受影响的，按公告的顺延安排办理。",
    ),
}

NOT_TAKEN_IN: dict[type[HTTPException], tuple[str, str, str]] = {
    TooLargeForVisitors: (
        "没有登录，不能上传",
        f"您还没有登录，或者登录已经过期。没有登录时一次最多提交 {SMALL_BODY // 1024} KB，这次提交的内容没有保存。",
        "请先登录，再回到刚才填写的页面，重新选择文件提交。页面显示过“已自动保存”的，填写的文字会自动恢复。",
    ),
    TooManySlow: (
        "同一网络里的上传太多",
        f"从您所在的网络同时有 {MOST_SLOW} 个以上没有传完的提交，其中最慢的先停下，您的是其中之一。没有保存。",
        "请等其他上传结束后再提交，或换一个网络。",
    ),
}
"""Requests that the server stopped while they were coming in, where the status alone says too little."""

REFERRER_PAGE = (
    "不能确认是从本站提交的，没有提交成功",
    "为防止别的网站冒用您的身份，加密访问时平台要核对提交来自本站的页面；"
    "浏览器没有说明来源，或说的是别的网址。您提交的内容没有办理。",
    "请在浏览器里允许向本站发送来源页面（Referer），停用拦截它的插件，再从本站的页面提交；"
    "所有人都遇到时，请管理员检查反向代理是否转告了域名（Host）。",
)

CSRF_PAGE = (
    "表单已经失效，没有提交成功",
    "为防止他人冒用您的身份提交，表单只在打开它的那次登录中有效："
    "您已退出登录、在别处重新登录，或登录已过期，这张表单就失效了。您提交的内容没有办理。",
    f"{REOPEN}，核对内容后再提交一次。页面显示过“已自动保存”的，填写的文字会自动恢复。",
)


SIGNED_OUT_PAGE = (
    "登录已经结束，没有提交成功",
    "您的登录已经过期，或者已在别处退出。您提交的内容没有办理。",
    "请重新登录，登录后回到刚才填写的页面，核对后再提交一次。页面显示过“已自动保存”的，填写的文字会自动恢复。",
)


def request_number() -> str:
    """The number of this request, the same in the log and on the page."""
    if not g.get("request_id"):
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def wants_json() -> bool:
    """Whether a machine is asking: under /api/, or one that takes nothing but JSON."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return bool(accepted) and accepted["application/json"] > 0 and not accepted.accept_html


def page_of_refusal(refusal: DomainError) -> ErrorPage:
    """The page of a domain refusal, in the refusal's own words."""
    status, title = next(
        (TITLES[kind] for kind in type(refusal).__mro__ if kind in TITLES),
        (400, "不能办理这件事"),
    )
    remedy = refusal.remedy or f"请返回上一页核对，或{FROM_TASKS}。"
    return ErrorPage(
        status,
        title,
        refusal.message,
        refusal.rule or "",
        remedy,
        request_number(),
        () if isinstance(refusal, NotFound) else _way_back(),
    )


def _way_back() -> tuple[Link, ...]:
    """Where somebody who came too early or too late can see how things stand now."""
    case = _CASE.match(request.path)
    return (Link("打开这个项目", case[1]),) if case and case[1] != request.path else ()


def page_of_status(status: int) -> ErrorPage:
    """The page of a refusal by the web itself."""
    family = 500 if status >= 500 else 400
    title, message, remedy = HTTP_PAGES.get(status) or HTTP_PAGES[family]
    return ErrorPage(status, title, message, "", remedy, request_number())


def answer(page: ErrorPage) -> Response:
    """The page, or the same words as JSON."""
    if wants_json():
        return _answer_in_json(page)
    return make_response(render_template(TEMPLATE, error=page), page.status)


def _answer_in_json(page: ErrorPage) -> Response:
    words = {"message": page.message, "rule": page.rule or None, "remedy": page.remedy or None}
    if page.status >= 500:
        words["number"] = page.number
    response = jsonify({"error": words})
    response.status_code = page.status
    return response


def _answer_bare(page: ErrorPage) -> Response:
    """The page without anything that asks the database, which may be what has failed."""
    if wants_json():
        return _answer_in_json(page)
    template = current_app.jinja_env.get_template(TEMPLATE)
    return make_response(template.render(error=page), page.status)


def on_refusal(refusal: DomainError) -> ResponseReturnValue:
    """A rule of the procedure said no, or the database could not carry it out."""
    if isinstance(refusal, Unavailable):
        return _answer_outage(refusal)
    return answer(page_of_refusal(refusal))


def _answer_outage(refusal: Unavailable) -> Response:
    log.warning("unavailable request=%s endpoint=%s", request_number(), request.endpoint)
    back = page_before()
    links = (Link("返回刚才的页面", back),) if back else ()
    response = _answer_bare(replace(page_of_refusal(refusal), links=links))
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_public() -> bool:
    endpoint = request.endpoint or ""
    return permission_of(current_app, endpoint) in (None, Permission.PUBLIC)


def on_csrf(problem: CSRFError) -> ResponseReturnValue:
    """The form's token is missing, old or somebody else's."""
    log.info("form token refused request=%s reason=%s", request_number(), problem.description)
    ended = not _is_public() and not current_user.is_authenticated
    is_from_elsewhere = "referrer" in (problem.description or "")
    title, message, remedy = (
        SIGNED_OUT_PAGE if ended else REFERRER_PAGE if is_from_elsewhere else CSRF_PAGE
    )
    # Only a page of our own says whose it is, and its form is filled in again for them alone.
    person, target = ("", "") if is_from_elsewhere else unsent()
    if target and ended:
        return to_sign_in(target)
    if target and person == current_actor().user_id:
        return redirect(target, HTTPStatus.SEE_OTHER)
    back = page_before()
    links = (Link("重新登录" if ended else "返回刚才的页面", back),) if back else ()
    return answer(ErrorPage(400, title, message, "", remedy, request_number(), links))


def on_http(problem: HTTPException) -> ResponseReturnValue:
    """The web itself said no; redirects and ready answers pass through."""
    if problem.response is not None or problem.code is None or problem.code < 400:
        return problem
    response = answer(_page_of_problem(problem, problem.code))
    for name, value in problem.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _page_of_problem(problem: HTTPException, status: int) -> ErrorPage:
    words = NOT_TAKEN_IN.get(type(problem))
    if words is None:
        return page_of_status(status)
    title, message, remedy = words
    back = page_before()
    links = (Link("返回刚才的页面", back),) if back else ()
    return ErrorPage(status, title, message, "", remedy, request_number(), links)


def on_unexpected(problem: Exception) -> ResponseReturnValue:
    """The database failed outside a unit of work, or the program itself did.

    Rows streamed through the driver's own cursor bring the driver's own errors. What nobody foresaw
    is logged with the request's number, which the page shows.
    """
    refusal = refusal_of(problem)
    if refusal is not None:
        log.warning("database failed request=%s %s", request_number(), in_one_line(problem))
        # Whoever only reads has lost no race that could be run again at once.
        return _answer_outage(refusal if isinstance(refusal, Unavailable) else Unavailable())
    log.error(
        "unexpected failure request=%s endpoint=%s",
        request_number(),
        request.endpoint,
        exc_info=problem,
    )
    return _answer_bare(page_of_status(500))


def on_database_error(problem: DBAPIError) -> ResponseReturnValue:
    """A lost connection is replaced once for a request that only reads; all else is a failure.

    Connections are not tested at each use (`store/base.py`), so this is where a restarted database
    shows first.
    """
    if (
        not problem.connection_invalidated
        or request.method not in ("GET", "HEAD")
        or "asked_again" in g
    ):
        return on_unexpected(problem)
    g.asked_again = True
    log.warning("connection lost, asking again request=%s", request_number())
    db.session.remove()
    try:
        refused = current_app.preprocess_request()
        return current_app.dispatch_request() if refused is None else refused
    except Exception as again:
        return current_app.handle_user_exception(again)


def init_app(app: Flask) -> None:
    """Register every error page."""
    app.register_error_handler(DomainError, on_refusal)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_unexpected)
