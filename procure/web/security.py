"""Headers on every response, and limits on every request."""

from http import HTTPStatus

from flask import Flask, g, request
from werkzeug.wrappers import Response

from procure.config import Config
from procure.web import bodies, compression
from procure.web.bodies import MAX_BODY
from procure.web.proxies import PROXIES, Proxies

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

ASSETS = frozenset({"static", "bootstrap.static"})
"""Endpoints of files whose address names their version."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

MAX_FORM_MEMORY = 2 * 1024 * 1024
MAX_FORM_PARTS = 2000


def init_app(app: Flask, config: Config) -> None:
    """Set cookie rules and limits, and put the headers on whatever leaves the house."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="procure" if config.is_demo else "__Host-procure",
        SESSION_COOKIE_SECURE=not config.is_demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_MEMORY,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=not config.is_demo,
    )

    proxies = app.extensions[PROXIES] = Proxies(config.trusted_proxies)
    app.wsgi_app = proxies.of(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.before_request(bodies.refuse)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not config.is_demo:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
            )
        if request.endpoint in ASSETS and response.status_code < HTTPStatus.BAD_REQUEST:
            kept = "max-age=31536000, immutable" if "v" in request.args else "max-age=3600"
            response.headers["Cache-Control"] = f"public, {kept}"
            compression.pack(response)
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        if "request_id" in g:
            response.headers["X-Request-Id"] = g.request_id
        return response
