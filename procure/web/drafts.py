"""Where pages keep what is typed into them until it is sent.

| address | method | view | who |
|---|---|---|---|
| /drafts | POST | save | who may open the page that the form stands on; answers in JSON |
| /drafts/forget | POST | forget | the same |
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, abort, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from procure.kernel.access import Permission
from procure.kernel.day_words import time_words
from procure.kernel.errors import Invalid, NotFound
from procure.store.drafts import last_saved_at
from procure.web import drafting
from procure.web.access import (
    address_parts,
    current_actor,
    permission_of,
    permits,
    read_session,
    wall_now,
)
from procure.web.cookies import FIELD
from procure.web.drafting import OF_STEP
from procure.web.forms import version_number
from procure.web.steps import Press, as_bookkeeping, press

AT_MOST_EVERY = timedelta(milliseconds=300)
"""A page waits until a person stops typing; whoever sends more often is none, save as they leave."""

blueprint = Blueprint("drafts", __name__)


@blueprint.post("/drafts")
@permits(Permission.SIGNED_IN)
def save() -> Response:
    """Keep what stands in a form now; the time of day at which it was kept."""
    sent = _sent()
    if not isinstance(sent, dict):
        raise Invalid("", "没有收到填写的内容。", remedy="请再试一次。")
    address = address_parts(str(sent.get("address", "")))
    _require_form_at(address.path)
    last = last_saved_at(read_session(), current_actor().user_id)
    is_soon = last is not None and timedelta(0) <= wall_now() - last < AT_MOST_EVERY
    if is_soon and "leaving" not in request.args:
        abort(HTTPStatus.TOO_MANY_REQUESTS)
    drafting.keep_typed(
        address.path,
        _values(sent.get("values")),
        max(version_number(sent.get("version")), 0),
        parse_qs(address.query),
    )
    return jsonify(at=time_words(wall_now()))


@press(blueprint, "/drafts/forget", Permission.SIGNED_IN)
def forget() -> Press[None]:
    """Throw away what was typed and not sent; the page opens as the record is."""
    path = address_parts(request.form.get("forget", "")).path
    _require_form_at(path)
    return Press(
        act=lambda uow: drafting.forget_in(uow, path), back=path, page=path, carry=as_bookkeeping
    )


def _require_form_at(path: str) -> None:
    """Raises NotFound for an address without a form, Denied where its page is not for this reader."""
    if path.startswith("//"):
        # A browser takes it for the name of another site.
        raise NotFound
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="POST")
    except HTTPException:
        raise NotFound from None
    permission = permission_of(current_app, endpoint)
    if not hasattr(current_app.view_functions[endpoint], OF_STEP) or permission is None:
        raise NotFound
    if permission is not Permission.PUBLIC:
        current_actor().require(permission)


def _sent() -> Any:
    """What was sent as JSON; None where it is none, or is nested as no page nests it."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _values(sent: Any) -> dict[str, list[str]]:
    """The texts that were sent by name; anything else is left out, and half a sign is a ?."""
    named = sent.items() if isinstance(sent, dict) else ()
    return {
        _whole(name): [_whole(one) for one in several if isinstance(one, str)]
        for name, several in named
        if isinstance(several, list) and name != FIELD
    }


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()
