"""The signatures of cookies and forms: the same as the libraries', made once where once is enough.

Flask makes a signer for every request, Flask-WTF signs a session's form token for every page; both
together took a twelfth of a list page (bench/README.md). What is signed, with what and for whom is
left to them.
"""

import secrets
from functools import lru_cache

from flask import Flask, current_app, g, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer

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


def name_token(user_id: str) -> None:
    """Give a new sign-in its form token, which names whose pages carry it."""
    session[FIELD] = f"{secrets.token_hex(20)}.{user_id}"


def person_of_token(token: str) -> str:
    """The person for whom a page with this form token was drawn, whether their sign-in lives or
    not; empty for a visitor's page, and for what this platform has not signed.
    """
    try:
        said = URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT).loads(token)
    except BadData:
        return ""
    return str(said).partition(".")[2]


def init_app(app: Flask) -> None:
    """Use both; after CSRFProtect, whose function for templates is replaced.

    Raises RuntimeError where form tokens have a term: a kept signature would outlive it.
    """
    if app.config["WTF_CSRF_TIME_LIMIT"] is not None:
        raise RuntimeError("WTF_CSRF_TIME_LIMIT must be None: signed form tokens are kept")
    app.session_interface = KeptSigner()
    app.context_processor(lambda: {FIELD: form_token})
