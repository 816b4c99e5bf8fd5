"""Form tokens that are signed once: only where they have no term."""

import pytest
from flask import Flask
from flask_wtf import CSRFProtect

from procure.web import cookies


def made(term: int | None) -> Flask:
    app = Flask("procure")
    app.config.update(SECRET_KEY="only for tests", WTF_CSRF_TIME_LIMIT=term)
    CSRFProtect(app)
    return app


def test_start_with_form_tokens_that_expire_is_refused() -> None:
    with pytest.raises(RuntimeError, match="WTF_CSRF_TIME_LIMIT"):
        cookies.init_app(made(3600))


def test_start_with_form_tokens_without_term_keeps_signers() -> None:
    app = made(None)
    cookies.init_app(app)
    assert isinstance(app.session_interface, cookies.KeptSigner)
