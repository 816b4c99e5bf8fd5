"""Answers public pages out of the cache: for visitors without a cookie, with ETag and 304."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Response, current_app, make_response, request

from procure.desks.portal import queries
from procure.desks.portal.cache import KeptPage, PageCache
from procure.web.access import read_session, request_now, wall_now

CACHE = "procure.public_pages"


def ready(view: Callable[..., Any]) -> Callable[..., Response]:
    """Keep what a view shows to visitors until the next publication, and a minute at most.

    Whoever sends a cookie may be signed in and gets a page of their own, never kept.
    """

    @wraps(view)
    def answer(**arguments: str) -> Response:
        if request.cookies or request.args.get("format"):
            return make_response(view(**arguments))
        cache: PageCache = current_app.extensions[CACHE]
        stamp = cache.stamp(wall_now(), lambda: queries.stamp(read_session()))
        key = f"{request.full_path} {request_now():%Y-%m-%d %H:%M}"
        kept = cache.find(key, stamp)
        if kept is None:
            made = make_response(view(**arguments))
            if made.status_code != 200:
                return made
            body = made.get_data()
            digest = hashlib.sha256(body).hexdigest()[:32]
            kept = KeptPage(body, digest, made.content_type)
            cache.keep(key, stamp, kept)
        return _answer(kept)

    return answer


def _answer(kept: KeptPage) -> Response:
    response = Response(kept.body, content_type=kept.media_type)
    response.set_etag(kept.etag)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Cookie"
    return cast(Response, response.make_conditional(request))
