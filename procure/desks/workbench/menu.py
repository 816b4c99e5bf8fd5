"""The menu of each role and the bar above every page."""

from collections.abc import Callable
from functools import cache

from flask import current_app, request
from sqlalchemy.orm import Session

from procure.kernel.access import ROLE_LABELS, Actor, Permission, Role
from procure.web.access import current_actor, read_session, request_now
from procure.web.presenters import DeskBar, Link, MenuItem, PersonLine, SiteBar, instant_words

UNREAD = "procure.unread"
DRAFT_KEY = "procure.draft_key"

DESK_MENU: tuple[tuple[str, str, Permission], ...] = (
    ("我的待办", "/desk", Permission.SIGNED_IN),
    ("项目", "/projects", Permission.PROJECT_VIEW),
    ("采购计划", "/plans", Permission.BUDGET_VIEW),
    ("可投项目", "/tenders", Permission.BID_DRAFT),
    ("我的投标", "/bids", Permission.BID_VIEW_OWN),
    ("预算", "/budget", Permission.BUDGET_VIEW),
    ("合同", "/contracts", Permission.CONTRACT_VIEW),
    ("评估", "/evaluations", Permission.EVALUATION_VIEW),
    ("支付", "/payments", Permission.PAYMENT_VIEW),
    ("审计", "/audit", Permission.AUDIT_READ),
    ("核链", "/audit/verify", Permission.TRAIL_VERIFY),
    ("人员", "/admin/people", Permission.ACCOUNT_KEEP),
    ("单位", "/admin/organisations", Permission.ACCOUNT_KEEP),
    ("未送达邮件", "/admin/mail", Permission.ACCOUNT_KEEP),
    ("岗位授予", "/admin/grants", Permission.ROLE_GRANT),
    ("安全日志", "/admin/log", Permission.SECURITY_LOG_READ),
    ("目录", "/catalogue", Permission.SIGNED_IN),
    ("公告", "/notices", Permission.SIGNED_IN),
)

DESK_STARTS: tuple[tuple[str, str, Permission], ...] = (
    ("编制采购计划", "/plans/new", Permission.PLAN_DRAFT),
    ("查看可投项目", "/tenders", Permission.BID_DRAFT),
)
"""What somebody with nothing to do can begin of their own accord."""

PUBLIC_MENU: tuple[tuple[str, str], ...] = (
    ("首页", "/"),
    ("公告", "/notices"),
    ("指导性目录", "/catalogue"),
)


def _current(href: str) -> bool:
    if href == "/":
        return request.path == "/"
    return request.path == href or request.path.startswith(f"{href}/")


def menu_of(actor: Actor) -> tuple[MenuItem, ...]:
    """The entries whose pages this person may open."""
    entries = _entries(actor.permissions)
    nearest = max((href for _, href in entries if _current(href)), key=len, default="")
    return tuple(MenuItem(label, href, href == nearest) for label, href in entries)


def starts_of(actor: Actor) -> tuple[Link, ...]:
    """What this person can begin without being asked."""
    return tuple(Link(label, href) for label, href, needs in DESK_STARTS if actor.may(needs))


@cache
def _entries(permissions: frozenset[Permission]) -> tuple[tuple[str, str], ...]:
    """Label and address of what these permissions open; one answer for each set of roles."""
    return tuple((label, href) for label, href, needs in DESK_MENU if needs in permissions)


def bars() -> dict[str, object]:
    """What layouts ask for: the bar of the signed-in person and that of the site."""
    actor = current_actor()
    return {"desk": _desk_bar(actor) if actor.is_signed_in else None, "site": _site_bar()}


def _desk_bar(actor: Actor) -> DeskBar:
    unread: Callable[[Session, str], int] = current_app.extensions[UNREAD]
    draft_key: Callable[[str], str] = current_app.extensions[DRAFT_KEY]
    roles = "、".join(ROLE_LABELS[role] for role in Role if role in actor.roles)
    return DeskBar(
        person=PersonLine(actor.name, actor.organisation_name, roles),
        menu=menu_of(actor),
        inbox_count=unread(read_session(), actor.user_id),
        inbox_href="/inbox",
        account_href="/account",
        sign_out_href="/logout",
        person_key=draft_key(actor.user_id),
    )


def _site_bar() -> SiteBar:
    demo = current_app.config.get("PROCURE_DEMO_ACCOUNTS") is not None
    return SiteBar(
        menu=tuple(MenuItem(label, href, _current(href)) for label, href in PUBLIC_MENU),
        links=(Link("公告订阅", "/feeds/notices.atom"), Link("数据接口", "/api/openapi.json")),
        demo_note=f"现在是 {instant_words(request_now())}，人员和机构都是虚构的" if demo else "",
        demo_href="/demo/clock" if demo else "",
        sign_in_href="/login",
    )
