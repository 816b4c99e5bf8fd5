"""What a view needs of the request: who acts, what time it is, the session, the unit of work.

Every endpoint names the permission it needs; one that names none keeps the application from
starting (deny by default).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from procure.config import Config
from procure.kernel.access import VISITOR, Actor, Permission
from procure.kernel.clock import Clock, FixedClock, SystemClock
from procure.kernel.errors import NotFound
from procure.store.base import db, reading
from procure.store.unit_of_work import UnitOfWork
from procure.web.receiving import waited

View = TypeVar("View", bound=Callable[..., Any])
CLOCK = "procure.clock"
CONFIG = "procure.config"
WALL_CLOCK = "procure.wall_clock"
_MARK = "procure_permission"
LARGEST_NUMBER = 2**63 - 1
PUBLIC_ENDPOINTS = frozenset({"static", "bootstrap.static"})
"""Endpoints that libraries make; everything else marks itself with `permits`."""


def permits(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission its caller must carry."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The permission an endpoint names, None when it names none."""
    if endpoint in PUBLIC_ENDPOINTS:
        return Permission.PUBLIC
    view = app.view_functions.get(endpoint)
    found: Permission | None = getattr(view, _MARK, None)
    return found


def settings() -> Config:
    """The installation's settings."""
    found: Config = current_app.extensions[CONFIG]
    return found


def request_now() -> datetime:
    """The instant at which this request was complete, asked of the clock once.

    Time it has spent waiting for a thread is taken off: what was sent in time is in time.
    """
    if "now" not in g:
        clock: Clock = current_app.extensions[CLOCK]
        g.now = clock.now() - waited(request.environ, SystemClock().now())
    instant: datetime = g.now
    return instant


def wall_now() -> datetime:
    """The instant by the clocks people carry: what sign-ins and one-time codes are judged by.

    Differs from `request_now` in the demonstration only, whose procedure runs ahead.
    """
    if "wall_now" not in g:
        clock: Clock = current_app.extensions[WALL_CLOCK]
        g.wall_now = clock.now()
    instant: datetime = g.wall_now
    return instant


def current_actor() -> Actor:
    """Who makes this request; a visitor when nobody is signed in."""
    return current_user.actor if current_user.is_authenticated else VISITOR


def unread_count() -> int:
    """How many messages waited for whoever makes this request when it began."""
    return current_user.unread if current_user.is_authenticated else 0


def read_session() -> Session:
    """The database session of this request, to read from."""
    return reading(db.session())


def unit_of_work(*, technical: bool = False) -> UnitOfWork:
    """A unit of work for this request's actor at this request's instant."""
    return UnitOfWork(
        read_session(), current_actor(), FixedClock(request_now()), technical=technical
    )


def guard() -> Response | None:
    """Refuse a request whose actor does not carry the endpoint's permission.

    A visitor is led to the sign-in page and back; Denied for anybody else. NotFound for an address
    that no database can look up.
    """
    if request.endpoint is None or request.routing_exception is not None:
        return None
    if not all(_can_be_looked_up(value) for value in (request.view_args or {}).values()):
        raise NotFound
    permission = permission_of(current_app, request.endpoint)
    if permission is Permission.PUBLIC:
        return None
    if permission is None:
        raise RuntimeError(f"endpoint {request.endpoint} names no permission")
    actor = current_actor()
    if not actor.is_signed_in and _wants_page():
        return to_sign_in(_wanted())
    actor.require(permission)
    return None


def to_sign_in(target: str | None = None) -> Response:
    """To the sign-in page, and from there on to the target.

    Whoever sent a form learns there that it was not carried out: their sign-in had ended.
    """
    unsent = None if request.method in ("GET", "HEAD") else "yes"
    return redirect(url_for("accounts.sign_in", next=target, unsent=unsent))


def _wanted() -> str:
    """The page to come back to after signing in: this one, or the one whose form was sent here."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    return page_before() or request.path


def address_parts(text: str) -> SplitResult:
    """What an address is made of that somebody else wrote; of nothing where it is none."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def page_before() -> str:
    """The address on this site from which the request came, else nothing."""
    before = address_parts(request.referrer or "")
    # A browser takes what begins with two slashes for the name of another site.
    is_local = before.path.startswith("/") and not before.path.startswith("//")
    if before.netloc != request.host or not is_local:
        return ""
    return f"{before.path}?{before.query}" if before.query else before.path


def _can_be_looked_up(value: object) -> bool:
    """Whether both databases take a part of an address as a parameter: PostgreSQL refuses a text
    with a zero byte, either of them a number beyond 64 bits.
    """
    if isinstance(value, int):
        return value <= LARGEST_NUMBER
    return not (isinstance(value, str) and "\x00" in value)


def _wants_page() -> bool:
    return not request.path.startswith("/api/")


def check_endpoints(app: Flask) -> None:
    """Stop the start when any endpoint names no permission."""
    unlisted = sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if permission_of(app, rule.endpoint) is None
    )
    if unlisted:
        raise RuntimeError(f"endpoints without a permission: {', '.join(unlisted)}")
