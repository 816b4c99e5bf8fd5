"""Somebody at a computer, with cookies and form tokens as in production: everything over https."""

import re
from contextvars import Context
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from procure.web.drafting import AGAIN
from tests.factories.offered import read

PASSWORD = "七里香 开在后院 2019 夏"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Browser:
    """Somebody at a computer: keeps cookies, the token of the last page and what its form hides."""

    app: Flask
    address: str = "10.1.1.1"
    token: str = ""
    _client: Any = None
    _page: str = ""
    hidden: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._client = self.app.test_client()

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.ask("GET", path)

    def post(self, path: str, *, token: str | None = None, **data: Any) -> TestResponse:
        """Send a form with the token of the last page, and as that page offered it if it was its own."""
        hidden = self.hidden if path == self._page else {}
        sent = {**hidden, **data, "csrf_token": self.token if token is None else token}
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
        if answer.status_code == HTTPStatus.SEE_OTHER:
            return self.ask("GET", answer.location)
        text = answer.get_data().decode(errors="replace")
        if found := TOKEN.search(text):
            self.token = found[1]
        if method == "GET":
            # A refused form, shown again, is the page's own.
            self._page = page = path.partition(f"?{AGAIN}=")[0]
            own = [form.hidden for form in read(page, text).forms if form.action == page]
            self.hidden = own[-1] if own else {}
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
        """Fill in the sign-in page; who stands at it after a refusal need not open it again."""
        if self._page != "/login":
            self.get("/login")
        return self.post("/login", username=username, password=password)

    def is_in(self) -> bool:
        """Whether the account page opens."""
        return self.get("/account").status_code == 200
