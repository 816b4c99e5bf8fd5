"""What is typed and not sent: a refused form shown again by an address, a draft come back to.

A form that was refused is kept, and its page opened by redirect: it can be reloaded and come back
to, and sends nothing a second time. What a person types is kept likewise while they type. Both are
kept on the server for that person alone (`procure/store/drafts.py`).
"""

import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, flash, g, redirect, request, session
from flask_login import current_user
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import FixedClock
from procure.kernel.errors import DomainError
from procure.store.drafts import find_draft, forget_drafts, save_draft
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permission_of, read_session, to_sign_in, wall_now
from procure.web.cookies import FIELD, person_of_token
from procure.web.fields.rows import ADD, BLOCK, REMOVE
from procure.web.forms import NOT_TYPED, ProcureForm, one_time_key
from procure.web.keys import EXTENSION, platform_key
from procure.web.typed import TYPED, Typed

AGAIN = "again"
"""Names, in an address, the refused form that the page shows again."""
CHOSEN = "draft"
"""Names, in an address, the fields that take over what a draft says; ALL for the whole draft."""
ALL = "all"
SHOWN_FOR = timedelta(minutes=10)
"""How long a refused form is shown again; what was typed is a draft for longer."""
OF_STEP = "procure_step"
"""The mark of views that take what is sent as a step or a press."""

NOT_SENT = "您刚才提交的内容没有办理：登录已经结束，或者换过一次登录。"

_STATUS = "again_status"
_NO_DRAFT = frozenset({"version", "idempotency_key", "file-remove", ADD, REMOVE})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Drafted:
    """What a person typed into a form and has not sent, at `saved_at`.

    `version` is that of the record when it was typed. What was refused as a new record is none of
    the next new one. `older` is what was typed before on other ground, and not decided about.
    """

    values: dict[str, list[str]]
    saved_at: datetime
    version: int = 0
    is_refused: bool = False
    older: "Drafted | None" = None

    def fits(self, version: int) -> bool:
        """Whether it goes into the form of a record of that version; else it is shown beside."""
        return self.version == version and not (version == 0 and self.is_refused)

    def to_record(self) -> dict[str, Any]:
        """The draft in plain values."""
        older = self.older.to_record() if self.older else None
        return {**asdict(self), "saved_at": self.saved_at.isoformat(), "older": older}

    @classmethod
    def from_record(cls, kept: Mapping[str, Any]) -> "Drafted":
        """The draft as it was kept."""
        older = cls.from_record(kept["older"]) if kept["older"] else None
        at = datetime.fromisoformat(kept["saved_at"])
        return cls(**{**kept, "saved_at": at, "older": older})


# --- a refused form, by its address ---


def has_address(form: ProcureForm) -> bool:
    """Whether the form is shown again by an address of its own; the answer itself must do for a file
    sent ahead of its form and in an outage, and where nothing is kept for anybody.
    """
    is_away = form.status == HTTPStatus.SERVICE_UNAVAILABLE
    return is_keeping() and not form.is_sent_ahead and not is_away


def shown_again(form: ProcureForm) -> Response | None:
    """To the page that shows the form with all that was typed and is said of it; None where it could
    not be kept, and what the request has read before is void.
    """
    return _again({"typed": asdict(form.typed())}, request.path, _as_draft(form))


def told_again(words: str, page: str) -> Response:
    """To the page on which a button was pressed, with why it was refused."""
    if (response := _again({"told": words}, page)) is not None:
        return response
    flash(words, "wrong")
    return redirect(page, HTTPStatus.SEE_OTHER)


def _again(
    content: Mapping[str, Any], path: str, beside: Mapping[str, Any] | None = None
) -> Response | None:
    if not is_keeping():
        return None
    token = _keep_for(owner(), {**content, "path": path}, beside or {})
    return redirect(_address(path, token), HTTPStatus.SEE_OTHER) if token else None


def _keep_for(owner_id: str, content: Mapping[str, Any], beside: Mapping[str, Any]) -> str | None:
    """Keep what a page shows once more; the token that it is opened with, None when it is not kept."""
    token = one_time_key()
    with _told_in_the_log():
        _save(owner_id, {**beside, f"{AGAIN}:{token}": content})
        return token
    return None


def _address(path: str, token: str) -> str:
    """Where something is shown again: the page's own address, what is asked for in it included."""
    asked = _asked(AGAIN, CHOSEN) if path == request.path else []
    return f"{path}?{urlencode([*asked, (AGAIN, token)])}"


def _asked(*without: str) -> list[tuple[str, str]]:
    return [(name, one) for name, one in request.args.items(multi=True) if name not in without]


def _take_up() -> None:
    """Lay out for the page that is opened what it is to show again."""
    token = request.args.get(AGAIN, "")
    if request.method not in ("GET", "HEAD") or not token or not is_keeping():
        return
    found = find_draft(read_session(), platform_key(), owner(), f"{AGAIN}:{token}")
    if found is None or found.saved_at < wall_now() - SHOWN_FOR:
        return
    kept = found.content
    if kept["path"] != request.path:
        return
    if "typed" in kept:
        setattr(g, TYPED, Typed(**kept["typed"]))
    else:
        flash(kept["told"], "wrong")
        setattr(g, _STATUS, HTTPStatus.CONFLICT)


def _with_status(response: Response) -> Response:
    status = g.get(_STATUS)
    if status is not None and response.status_code == HTTPStatus.OK:
        response.status_code = status
    return response


# --- a form whose sender is not signed in any more ---


def unsent() -> tuple[str, str]:
    """Keep what was sent when nobody was signed in, or by a page of a sign-in that is over.

    The person it was drawn for, told by the page's own token, and the address at which they, and
    nobody else, find it again; both empty when nothing was kept.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    can_open = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    person = person_of_token(request.form.get(FIELD, ""))
    if not person or not can_open or not hasattr(view, OF_STEP):
        return "", ""
    names = request.form.keys() - NOT_TYPED
    typed = Typed(
        {name: request.form.getlist(name) for name in names},
        messages={"": [[NOT_SENT, "", "请核对后再提交一次。"]]},
        status=HTTPStatus.CONFLICT,
    )
    token = _keep_for(person, {"typed": asdict(typed), "path": request.path}, {})
    return (person, _address(request.path, token)) if token else ("", "")


def _lead_back() -> Response | None:
    """To the sign-in page, and from there back to the form as it was sent."""
    endpoint = request.endpoint or ""
    if request.method != "POST" or current_actor().is_signed_in or not is_keeping():
        return None
    if permission_of(current_app, endpoint) in (None, Permission.PUBLIC):
        return None
    _, target = unsent()
    return to_sign_in(target) if target else None


# --- drafts ---


def draft_of(form: ProcureForm) -> Drafted | None:
    """What this person has typed at this address and not sent; None while the page shows a form again."""
    if not is_kept(form) or form.holds_typed:
        return None
    return _find(current_actor().user_id, request.path)


def is_kept(form: ProcureForm) -> bool:
    """Whether what is typed into a form is kept for whoever fills it in."""
    return is_keeping() and current_actor().is_signed_in and form.may_be_kept


def _find(owner_id: str, path: str) -> Drafted | None:
    found = find_draft(read_session(), platform_key(), owner_id, _name(path))
    return Drafted.from_record(found.content) if found else None


def keep(form: ProcureForm) -> None:
    """Keep what was sent and not carried out, since its page leads elsewhere first."""
    if drafted := _as_draft(form):
        with _told_in_the_log():
            _save(current_actor().user_id, drafted)


def _as_draft(form: ProcureForm) -> dict[str, dict[str, Any]]:
    """What was sent and not carried out, under its name; of a new record as one that was refused."""
    if not is_kept(form):
        return {}
    is_refused = not form.is_rearranged
    asked, version = request.args.to_dict(flat=False), form.sent_version
    return _drafted(request.path, form.typed().values, version, asked, is_refused)


def keep_typed(
    path: str, values: Mapping[str, list[str]], version: int, asked: Mapping[str, list[str]]
) -> None:
    """Keep what stands in the form at an address, `asked` being what follows its question mark.

    Raises Invalid when it is too large.
    """
    _save(current_actor().user_id, _drafted(path, values, version, asked))


def _drafted(
    path: str,
    values: Mapping[str, list[str]],
    version: int,
    asked: Mapping[str, list[str]],
    is_refused: bool = False,
) -> dict[str, dict[str, Any]]:
    """What is kept of a form, under its name. What was kept before and does not fit the record any
    more stays beside the new until it is decided about, on a page that shows all of it.
    """
    continues = AGAIN in asked or ALL in asked.get(CHOSEN, ())
    before = _find(current_actor().user_id, path)
    older = before.older if before else None
    if before is not None and not continues and not before.fits(version):
        older, before = before, None
    draft = Drafted(
        {
            name: list(several)
            for name, several in values.items()
            if name not in _NO_DRAFT and not name.startswith(BLOCK)
        },
        wall_now(),
        version,
        is_refused or (before is not None and before.is_refused),
        None if older is None or older.values == values else older,
    )
    return {_name(path): draft.to_record()}


def forget(path: str) -> None:
    """Throw away what was typed at an address and is sent now."""
    owner_id = current_actor().user_id if is_keeping() else ""
    if not owner_id or _find(owner_id, path) is None:
        return
    with _told_in_the_log(), _unit_of_work() as uow:
        forget_in(uow, path)


def forget_in(uow: UnitOfWork, path: str) -> None:
    """Throw away what this person typed at an address, and what the present page shows again."""
    token = request.args.get(AGAIN, "")
    forget_drafts(uow, uow.actor.user_id, _name(path), f"{AGAIN}:{token}")


@contextmanager
def typed_again(typed: Typed) -> Iterator[None]:
    """Within it the page's form holds what was typed before."""
    setattr(g, TYPED, typed)
    try:
        yield
    finally:
        delattr(g, TYPED)


def chosen_fields() -> frozenset[str]:
    """The fields that are to take over what the draft says; ALL stands for every one."""
    return frozenset(request.args.getlist(CHOSEN))


def draft_address(field: str) -> str:
    """This page with one more field, or all of them, as the draft says."""
    return f"{request.path}?{urlencode([*_asked(AGAIN), (CHOSEN, field)])}"


def owner() -> str:
    """For whom this request keeps something: the person, or the browser of who has no name here."""
    if current_user.is_authenticated:
        return str(current_actor().user_id)
    visit = str(session.get(FIELD) or secrets.token_hex())
    return f"visit:{hashlib.sha256(visit.encode()).hexdigest()}"


def is_keeping() -> bool:
    """Whether this application keeps anything: one that has only the web's own parts has no database."""
    return EXTENSION in current_app.extensions


def _name(path: str) -> str:
    return f"form:{path}"


def _save(owner_id: str, contents: Mapping[str, Mapping[str, Any]]) -> None:
    with _unit_of_work() as uow:
        for name, content in contents.items():
            save_draft(uow, platform_key(), owner_id, name, content)


@contextmanager
def _told_in_the_log() -> Iterator[None]:
    """What cannot be kept costs nobody the page itself."""
    try:
        yield
    except DomainError as refusal:
        log.warning("what was typed could not be kept: %s", refusal)


def _unit_of_work() -> UnitOfWork:
    """Bookkeeping, by the clocks people carry. What the request has read before is void after it."""
    clock = FixedClock(wall_now())
    return UnitOfWork(read_session(), current_actor(), clock, technical=True)


def init_app(app: Flask) -> None:
    """Show again what was kept; before the guard, which leads visitors away."""
    app.before_request(_lead_back)
    app.before_request(_take_up)
    app.after_request(_with_status)
    app.jinja_env.globals["draft_address"] = draft_address
