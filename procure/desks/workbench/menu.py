"""The menu of each role and the bar above every page."""

from functools import cache, lru_cache

from flask import current_app, request

from procure.kernel.access import Actor, Permission, Role
from procure.kernel.case_lines import PersonLine
from procure.kernel.day_words import instant_words
from procure.kernel.lifecycle import label_of
from procure.web.access import current_actor, request_now, unread_count
from procure.web.presenters import DeskBar, Link, MenuItem, SiteBar

DESK_MENU: tuple[tuple[str, str, Permission], ...] = (
    ("我的待办", "/desk", Permission.SIGNED_IN),
    ("项目", "/projects", Permission.PROJECT_VIEW),
    ("采购计划", "/plans", Permission.BUDGET_VIEW),
    ("可参加的项目", "/tenders", Permission.BID_DRAFT),
    ("我的标书", "/bids", Permission.BID_VIEW_OWN),
    ("预算", "/budget", Permission.BUDGET_VIEW),
    ("合同", "/contracts", Permission.CONTRACT_VIEW),
    ("评估", "/evaluations", Permission.EVALUATION_VIEW),
    ("支付", "/payments", Permission.PAYMENT_VIEW),
    ("审计", "/audit", Permission.AUDIT_READ),
    ("核对存证链", "/audit/verify", Permission.TRAIL_VERIFY),
    ("人员", "/admin/people", Permission.ACCOUNT_KEEP),
    ("单位", "/admin/organisations", Permission.ACCOUNT_KEEP),
    ("未送达邮件", "/admin/mail", Permission.ACCOUNT_KEEP),
    ("岗位授予", "/admin/grants", Permission.ROLE_GRANT),
    ("安全日志", "/admin/log", Permission.SECURITY_LOG_READ),
    ("目录", "/catalogue", Permission.SIGNED_IN),
    ("公告", "/notices", Permission.SIGNED_IN),
)

DESK_STARTS: tuple[tuple[str, str, Permission], ...] = (
    (label_of("draft_item"), "/catalogue/new", Permission.CATALOGUE_KEEP),
    ("登记预算指标", "/budget/new", Permission.BUDGET_REGISTER),
    (label_of("draft_plan"), "/plans/new", Permission.PLAN_DRAFT),
    ("查看采购计划", "/plans", Permission.PLAN_APPROVE),
    ("查看可参加的项目", "/tenders", Permission.BID_DRAFT),
    ("查看履行中的合同", "/contracts", Permission.ACCEPTANCE_DECIDE),
    ("查看绩效评价", "/evaluations", Permission.EVALUATION_SCORE),
    ("查看支付申请", "/payments", Permission.PAYMENT_PAY),
    ("查看项目的经过和资金", "/audit", Permission.AUDIT_READ),
    ("新增单位", "/admin/organisations/new", Permission.ACCOUNT_KEEP),
    ("新增人员", "/admin/people/new", Permission.ACCOUNT_KEEP),
    ("查看岗位授予", "/admin/grants", Permission.ROLE_GRANT),
    ("查看安全日志", "/admin/log", Permission.SECURITY_LOG_READ),
    ("核对存证链", "/audit/verify", Permission.TRAIL_VERIFY),
    ("查看办理步骤的说明", "/help", Permission.SIGNED_IN),
)
"""What somebody with nothing to do can begin, or where their usual work begins."""

PUBLIC_MENU: tuple[tuple[str, str], ...] = (
    ("首页", "/"),
    ("公告", "/notices"),
    ("指导性目录", "/catalogue"),
)


LINKS = (
    Link("帮助", "/help"),
    Link("怎样开户", "/help#account"),
    Link("公告订阅", "/feeds/notices.atom"),
    Link("数据接口", "/api/openapi.json"),
)


def _current(href: str, path: str) -> bool:
    if href == "/":
        return path == "/"
    return path == href or path.startswith(f"{href}/")


def menu_of(actor: Actor) -> tuple[MenuItem, ...]:
    """The entries whose pages this person may open."""
    return _desk_menu(actor.permissions, request.path)


@lru_cache(maxsize=1024)
def _desk_menu(permissions: frozenset[Permission], path: str) -> tuple[MenuItem, ...]:
    """The menu on a page of what these permissions open; one answer for each set of roles."""
    entries = [(label, href) for label, href, needs in DESK_MENU if needs in permissions]
    nearest = max((href for _, href in entries if _current(href, path)), key=len, default="")
    return tuple(MenuItem(label, href, href == nearest) for label, href in entries)


@lru_cache(maxsize=1024)
def _public_menu(path: str) -> tuple[MenuItem, ...]:
    return tuple(MenuItem(label, href, _current(href, path)) for label, href in PUBLIC_MENU)


def starts_of(actor: Actor) -> tuple[Link, ...]:
    """What this person can begin without being asked."""
    return tuple(Link(label, href) for label, href, needs in DESK_STARTS if actor.may(needs))


@cache
def _offices(roles: frozenset[Role]) -> str:
    """The roles in words, in the order of the enum."""
    return "、".join(role.label for role in Role if role in roles)


def bars() -> dict[str, object]:
    """What layouts ask for: the bar of the signed-in person and that of the site."""
    actor = current_actor()
    return {"desk": _desk_bar(actor) if actor.is_signed_in else None, "site": _site_bar()}


def _desk_bar(actor: Actor) -> DeskBar:
    return DeskBar(
        person=PersonLine(actor.name, actor.organisation_name, _offices(actor.roles)),
        menu=menu_of(actor),
        inbox_count=unread_count(),
        inbox_href="/inbox",
        account_href="/account",
        sign_out_href="/logout",
    )


def _site_bar() -> SiteBar:
    demo = current_app.config.get("PROCURE_DEMO_ACCOUNTS") is not None
    return SiteBar(
        menu=_public_menu(request.path),
        links=LINKS,
        demo_note=f"现在是 {instant_words(request_now())}，人员和机构都是虚构的" if demo else "",
        demo_href="/demo/clock" if demo else "",
        sign_in_href="/login",
    )
