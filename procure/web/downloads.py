"""Files as answers: named for people, never cached, never run by the browser."""

from collections.abc import Iterable
from urllib.parse import quote

from werkzeug.wrappers import Response

from procure.kernel.text import visible

ALONE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What a file may fetch or embed when a browser shows it: nothing."""


def download(
    content: bytes | Iterable[bytes], filename: str, media_type: str, *, inline: bool = False
) -> Response:
    """The content as a file to save, or with `inline` to be shown by the browser itself.

    The name follows RFC 6266: in full for browsers of today, in ASCII for the others.
    """
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(filename, inline=inline)
    response.headers["Content-Security-Policy"] = ALONE if inline else f"{ALONE}; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def disposition(filename: str, *, inline: bool = False) -> str:
    """The Content-Disposition of a file of that name; control characters never get through."""
    name = visible(filename) or "文件"
    stem, dot, ending = name.rpartition(".")
    plain_ending = ending if dot and ending.isascii() and ending.isalnum() else ""
    plain = "".join(c for c in (stem or name) if c.isascii() and (c.isalnum() or c in "-_ "))
    fallback = (plain.strip() or "file") + (f".{plain_ending}" if plain_ending else "")
    way = "inline" if inline else "attachment"
    return f"{way}; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
