"""The signatures of cookies and forms: the same as the libraries', made once where once is enough.

Flask makes a signer for every request, Flask-WTF signs a session's form token for every page; both
together took a twelfth of a list page (bench/README.md). What is signed, with what and for whom is
left to them.
"""

from functools import lru_cache

from flask import Flask, current_app, g, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

FIELD = "csrf_token"
SALT = "wtf-csrf-token"
"""What Flask-WTF salts the signatures of form tokens with."""


class KeptSigner(SecureCookieSessionInterface):
    """Session cookies signed and read with one signer for each key."""

    def __init__(self) -> None:
        self._signers: dict[object, URLSafeTimedSerializer | None] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of the application's present keys."""
        keys = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if keys not in self._signers:
            self._signers[keys] = super().get_signing_serializer(app)
        return self._signers[keys]


@lru_cache(maxsize=4096)
def _signed(secret_key: str, token: str) -> str:
    """A session's form token, signed. Form tokens have no term, so one signature does."""
    signature = URLSafeTimedSerializer(secret_key, salt=SALT).dumps(token)
    return str(signature)


def form_token() -> str:
    """The form token of this request's session, as forms carry it."""
    token = session.get(FIELD)
    if FIELD not in g and isinstance(token, str):
        setattr(g, FIELD, _signed(current_app.config["SECRET_KEY"], token))
    found: str = generate_csrf()
    return found


def init_app(app: Flask) -> None:
    """Use both; after CSRFProtect, whose function for templates is replaced.

    Raises RuntimeError where form tokens have a term: a kept signature would outlive it.
    """
    if app.config["WTF_CSRF_TIME_LIMIT"] is not None:
        raise RuntimeError("WTF_CSRF_TIME_LIMIT must be None: signed form tokens are kept")
    app.session_interface = KeptSigner()
    app.context_processor(lambda: {FIELD: form_token})
