"""Public data for machines: read only, the same notices as on the pages.

| address | method | endpoint | who |
|---|---|---|---|
| /api/notices | GET | api.notices | everybody |
| /api/notices/<number> | GET | api.notice | everybody |
| /api/checkpoints | GET | api.checkpoints | everybody |
| /api/openapi.json | GET | api.openapi | everybody |
"""

import hashlib
import json
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from procure.desks.portal import queries
from procure.desks.portal.cached_response import ready
from procure.desks.portal.openapi import describe
from procure.desks.portal.pages import notice_list
from procure.desks.portal.queries import NoticeLine
from procure.kernel.access import Permission
from procure.kernel.clock import local
from procure.kernel.events import Json, canonical
from procure.registers.notices.queries import get_notice, notice_text
from procure.web.access import permits, read_session, request_now, settings
from procure.web.keys import platform_key

blueprint = Blueprint("api", __name__, url_prefix="/api")


def _line(line: NoticeLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "kind": line.kind.value,
        "kind_label": line.kind.label,
        "title": line.title,
        "project": line.project_number,
        "buyer": line.buyer,
        "published_at": local(line.published_at).isoformat(),
        "period_until": line.period_until.isoformat() if line.period_until else None,
        "url": f"{settings().public_url}/api/notices/{line.number}",
        "html_url": f"{settings().public_url}/notices/{line.number}",
    }


@blueprint.get("/notices")
@permits(Permission.PUBLIC)
@ready
def notices() -> Response:
    """One page of the notices, with the arguments of the page for people."""
    declared = notice_list()
    wanted = declared.asked(request.args)
    found = declared.source.page(read_session(), wanted)
    return jsonify(
        page=wanted.page,
        pages=found.pages,
        total=found.total,
        notices=[_line(line) for line in found.rows],
    )


@blueprint.get("/notices/<number>")
@permits(Permission.PUBLIC)
def notice(number: str) -> Response:
    """One notice in full; `text` is what `sha256` is the digest of."""
    found = get_notice(read_session(), number)
    project = found.project
    line = NoticeLine(
        found.number,
        found.kind,
        found.title,
        project.number,
        found.buyer,
        found.published_at,
        found.period_until,
    )
    return jsonify(
        **_line(line), sections=found.sections, sha256=found.sha256, text=notice_text(found)
    )


@blueprint.get("/checkpoints")
@permits(Permission.PUBLIC)
@ready
def checkpoints() -> Response:
    """The heads of public projects' chains at the last full hour, signed by the platform.

    Whoever keeps a copy can later tell whether history was rewritten. The hour hides when within
    it something happened; chains of bids stand nowhere before their opening.
    """
    hour = request_now().replace(minute=0, second=0, microsecond=0)
    heads: list[Json] = [
        {"project": number, "stream": stream, "seq": seq, "hash": link}
        for number, stream, seq, link in queries.heads_until(read_session(), hour)
    ]
    said = canonical({"at": hour.isoformat(), "heads": heads})
    key = platform_key()
    return jsonify(
        **json.loads(said),
        text_sha256=hashlib.sha256(said.encode()).hexdigest(),
        signature=key.sign(said.encode()),
        public_key=key.public_key,
    )


@blueprint.get("/openapi.json")
@permits(Permission.PUBLIC)
def openapi() -> Response:
    """The description of these data in OpenAPI 3.1."""
    return jsonify(describe(settings().public_url))
