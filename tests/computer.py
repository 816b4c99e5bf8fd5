"""Somebody at a computer, with cookies and form tokens as in production: everything over https."""

import re
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

PASSWORD = "七里香 开在后院 2019 夏"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Browser:
    """Somebody at a computer: keeps cookies and the token of the last page."""

    app: Flask
    address: str = "10.1.1.1"
    token: str = ""
    _client: Any = None

    def __post_init__(self) -> None:
        self._client = self.app.test_client()

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.ask("GET", path)

    def post(self, path: str, *, token: str | None = None, **data: Any) -> TestResponse:
        """Send a form with the token of the last page."""
        sent = {"csrf_token": self.token if token is None else token, **data}
        return self.ask("POST", path, data=sent)

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """Any request. It runs outside the test's application context, or `g` would be shared."""
        whence = {
            "base_url": "https://localhost",
            "headers": {"Referer": "https://localhost/", **more.pop("headers", {})},
            "environ_base": {"REMOTE_ADDR": self.address},
        }
        answer: TestResponse = Context().run(
            self._client.open, path, method=method, **whence, **more
        )
        found = TOKEN.search(answer.get_data().decode(errors="replace"))
        if found:
            self.token = found[1]
        return answer

    @property
    def secret(self) -> str:
        """The session's secret in the cookie, empty when nobody is in."""
        with self._client.session_transaction(base_url="https://localhost") as cookie:
            return str(cookie.get("_user_id", ""))

    def carry(self, secret: str) -> None:
        """Put a session's secret into the cookie, as a thief would."""
        with self._client.session_transaction(base_url="https://localhost") as cookie:
            cookie["_user_id"] = secret

    def sign_in(self, username: str, password: str = PASSWORD) -> TestResponse:
        """Fill in the sign-in page."""
        self.get("/login")
        return self.post("/login", username=username, password=password)

    def is_in(self) -> bool:
        """Whether the account page opens."""
        return self.get("/account").status_code == 200
