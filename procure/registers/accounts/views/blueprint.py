"""The blueprint of accounts, and what its views ask of the request."""

from datetime import timedelta
from typing import Final

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from procure.kernel.access import Actor
from procure.kernel.clock import FixedClock
from procure.registers.accounts.devices import (
    describe,
    lane_of,
    new_device,
    read_device,
    seal_device,
)
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.policies import IDLE, Missing
from procure.registers.accounts.queries import SignedIn
from procure.registers.accounts.use_cases.sign_in import Visit
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import address_parts, read_session, request_now, settings, wall_now
from procure.web.cookies import name_token

blueprint = Blueprint("accounts", __name__)

DEVICE_LIFE: Final = timedelta(days=400)
HELD_PAGES: Final = "held_pages"
MOST_HELD: Final = 8
HOME: Final = "workbench.index"
"""The page a person starts from."""


def hashing() -> Passwords:
    """How passwords are hashed in this installation."""
    return Passwords(settings().password_hash_cost)


def acting_as(actor: Actor, *, technical: bool = False) -> UnitOfWork:
    """A unit of work of somebody who is just coming in."""
    return UnitOfWork(read_session(), actor, FixedClock(request_now()), technical=technical)


def signed_in() -> SignedIn | None:
    """The sign-in of this request, whole or not."""
    present = current_user._get_current_object()
    return present if isinstance(present, SignedIn) else None


def safe_next() -> str:
    """The page to go on to: a path of this site or nothing."""
    target = request.args.get("next", "")
    parts = address_parts(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\"))
    is_ours = inside and not parts.netloc and not parts.scheme and target.isprintable()
    return target if is_ours else ""


def home() -> str:
    """Where a person starts."""
    return url_for(HOME) if HOME in current_app.view_functions else "/"


STEPS: Final = {
    Missing.CODE: "accounts.give_code",
    Missing.PASSWORD: "accounts.change_password",
    Missing.SECOND_FACTOR: "accounts.second_factor_page",
}


def onward(missing: Missing | None, target: str = "") -> AnyResponse:
    """To what the sign-in still lacks, else to the page that was wanted."""
    if missing is None:
        return redirect(target or home())
    return redirect(url_for(STEPS[missing], next=target or None))


# --- device and lane ---


def device_cookie() -> str:
    """The cookie's name; in production only this host can set it."""
    return "procure_device" if settings().is_demo else "__Host-procure-device"


def device() -> str:
    """The id of this device, empty for one that never signed in."""
    return read_device(request.cookies.get(device_cookie(), ""), settings().secret_key)


def visit(name: str = "") -> Visit:
    """Whence this request comes; a new device gets a name."""
    agent = describe(request.headers.get("User-Agent", "")[:400])
    return Visit(name or device() or new_device(), request.remote_addr or "", agent)


def lane(purpose: str, name: str) -> str:
    """The name under which tries at one account are counted."""
    return lane_of(purpose, name, settings().secret_key)


def enter(
    response: AnyResponse | str, secret: str, whence: Visit, *, anew_for: str = ""
) -> Response:
    """Put the session's secret into the cookie, and the device's name into its own.

    A new sign-in, of the person `anew_for`, forgets everything the browser carried before, so that
    nothing planted there lives on.
    """
    if anew_for:
        session.clear()
        name_token(anew_for)
    session["_user_id"] = secret
    answer = make_response(response)
    answer.set_cookie(
        device_cookie(),
        seal_device(whence.device, settings().secret_key),
        max_age=DEVICE_LIFE,
        secure=not settings().is_demo,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer


def step_up(*, holds_page: bool = False) -> AnyResponse | None:
    """To the page that asks for a one-time code, unless one was given in the last ten minutes.

    For the views of steps that move much: `return` what this gives when it gives anything. With
    `holds_page` the form of a page that was opened with a fresh code is taken as long as a page may
    be left open: for what is handed in at a deadline, where there is no next press of the button.
    """
    present, opened = signed_in(), request.method in ("GET", "HEAD")
    if present is None:
        return None
    if present.fresh_factor(wall_now()).ok:
        if holds_page and opened:
            session[HELD_PAGES] = {**_held_pages(), request.path: int(wall_now().timestamp())}
        return None
    if holds_page and not opened and request.path in _held_pages():
        return None
    back = request.full_path.rstrip("?") if opened else request.path
    return redirect(url_for("accounts.verify", next=back, unsent=None if opened else "yes"))


def _held_pages() -> dict[str, int]:
    """The pages that this browser opened with a fresh code, and when; the newest few."""
    kept: dict[str, int] = session.get(HELD_PAGES, {})
    since = wall_now().timestamp() - IDLE.total_seconds()
    young = sorted((at, path) for path, at in kept.items() if at >= since)
    return {path: at for at, path in young[-MOST_HELD:]}


def demand_fresh_factor() -> None:
    """The same for machines, which follow no page: raises Denied."""
    if (present := signed_in()) is not None:
        present.fresh_factor(wall_now()).require()
