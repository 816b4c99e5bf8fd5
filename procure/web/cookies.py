"""The form token of a sign-in: Flask-WTF signs it, and it names whose pages carry it."""

import secrets

from flask import current_app, session
from itsdangerous import BadData, URLSafeTimedSerializer

FIELD = "csrf_token"
SALT = "wtf-csrf-token"
"""What Flask-WTF salts the signatures of form tokens with."""


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
