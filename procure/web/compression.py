"""Style sheets and scripts in as few bytes as they go: a first visit on a slow line waits for them.

Pages are left to nginx (script/deploy/nginx.conf).
"""

import gzip
from functools import lru_cache
from http import HTTPStatus

from flask import request
from werkzeug.wrappers import Response

TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
SMALLEST = 500
"""Bytes below which packing gains nothing."""

FILES = 64
"""More than there are."""


@lru_cache(maxsize=FILES)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def pack(response: Response) -> None:
    """Pack the file that is being sent, where the browser takes it so."""
    if (
        response.status_code != HTTPStatus.OK
        or response.mimetype not in TYPES
        or (response.content_length or 0) < SMALLEST
    ):
        return
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return
    response.direct_passthrough = False
    response.set_data(_packed(response.get_data()))
    response.content_encoding = "gzip"
    # Not the same bytes any more, but the same file.
    response.set_etag(response.get_etag()[0] or "", weak=True)
