"""The test client every page test goes through: it checks each response as a careful reader would.

Valid HTML, one heading, a title that says where one is, a label for every field, no id twice, a
token in every form that posts, no style or script inside the page, the security headers, and no word
that only a programmer understands.
"""

import html
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import Element

from flask import g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import markup

TECHNICAL = re.compile(
    r"\b(None|null|undefined|NaN|Traceback|Exception|Error|error|Internal|Invalid|invalid|"
    r"required|field|draft|submitted|published|approved|returned|planned|recorded|Money|Decimal|"
    r"datetime|object at 0x|\w+State\.\w+)\b"
)
NOT_READ = {"script", "style", "svg", "title"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What a browser is told with every answer, word for word."""
FILE = {
    **HEADERS,
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
"""The same with a file that the browser shows."""
SAVED = {**FILE, "Content-Security-Policy": f"{FILE['Content-Security-Policy']}; sandbox"}
"""The same with a file to be saved."""


def told(response: TestResponse) -> dict[str, str | None]:
    """What an answer tells the browser of what it may do."""
    return {name: response.headers.get(name) for name in HEADERS}


def tags(root: Element, name: str) -> list[Element]:
    """All elements of a name below a root."""
    return list(root.iter(name))


def visible_text(element: Element) -> str:
    """What a reader sees of an element, blanks folded."""
    if element.tag in NOT_READ:
        return element.tail or ""
    inside = (element.text or "") + "".join(visible_text(child) for child in element)
    return inside + (element.tail or "")


_UNREAD = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


def quick_words(text: str) -> str:
    """The title and visible words of one of our own pages, without parsing it: a tenth of the work.

    Enough for walks over thousands of pages; that pages are well formed is checked page by page.
    """
    return " ".join(html.unescape(_UNREAD.sub(" ", text)).split())


@dataclass
class Page:
    """A parsed response."""

    response: TestResponse
    root: Element

    @property
    def text(self) -> str:
        """All visible words, blanks folded."""
        return " ".join(visible_text(tags(self.root, "body")[0]).split())

    @property
    def heading(self) -> str:
        """The page's heading."""
        return " ".join(visible_text(tags(self.root, "h1")[0]).split())

    def links(self) -> list[str]:
        """All addresses the page leads to."""
        return [link.get("href", "") for link in tags(self.root, "a")]

    def hidden(self, form: int = -1) -> dict[str, str]:
        """The hidden fields of a form (the last one unless told), as they would be sent."""
        chosen = [f for f in tags(self.root, "form") if f.get("method", "").lower() == "post"]
        return {
            field.get("name", ""): field.get("value", "")
            for field in tags(chosen[form], "input")
            if field.get("type") == "hidden"
        }


def check_html(text: str) -> Element:
    """Parse strictly and check what holds for every page."""
    root = markup.parse(text)
    headings = tags(root, "h1")
    assert len(headings) == 1, f"{len(headings)} h1"
    title = tags(root, "title")[0].text or ""
    assert "政府购买服务平台" in title, title
    assert root.get("lang") == "zh-Hans-CN"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), [name for name in ids if ids.count(name) > 1][:3]
    _check_fields(root)
    for element in root.iter():
        assert element.get("style") is None, f"style on {element.tag}"
        assert not [name for name in element.attrib if name.lower().startswith("on")]
    for table in tags(root, "table"):
        assert tags(table, "caption"), "table without a caption"
        for row in (row for body in tags(table, "tbody") for row in tags(body, "tr")):
            assert [head for head in tags(row, "th") if head.get("scope") == "row"], (
                "row without a head"
            )
    for script in tags(root, "script"):
        assert script.get("src"), "script inside the page"
    words = " ".join(visible_text(tags(root, "body")[0]).split())
    found = TECHNICAL.search(words)
    assert not found, f"technical word: {words[max(0, found.start() - 40) : found.end() + 40]}"
    return root


def _check_fields(root: Element) -> None:
    labelled = {label.get("for") for label in tags(root, "label")}
    wrapped = {id(field) for label in tags(root, "label") for field in label.iter()}
    for kind in ("input", "select", "textarea"):
        for field in tags(root, kind):
            if field.get("type") in ("hidden", "submit", "button"):
                continue
            named = (
                field.get("id") in labelled
                or field.get("aria-label")
                or field.get("aria-labelledby")
                or id(field) in wrapped
            )
            assert named, f"no label for {field.get('name')}"
    for form in tags(root, "form"):
        if form.get("method", "get").lower() == "post":
            names = {field.get("name") for field in tags(form, "input")}
            assert "csrf_token" in names, f"no token in form to {form.get('action')}"


def forget_request() -> None:
    """Let nothing of an earlier request be taken for part of the next.

    Tests hold one application context open, and with it what a request remembers: who made it and
    at what instant.
    """
    if has_app_context():
        for name in list(g):
            g.pop(name)


class Following(FlaskClient):
    """A client that goes on to the page of a refused form (303), as every browser does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """The answer, or the page that it leads to."""
        response = super().open(*args, **kwargs)
        if response.status_code != HTTPStatus.SEE_OTHER:
            return response
        forget_request()
        return super().open(response.location, method="GET")


class PageClient:
    """A browser without a screen: follows pages, sends forms with their hidden fields, checks all."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    @property
    def client(self) -> FlaskClient:
        """The test client, about to send a request of its own."""
        forget_request()
        return self._client

    def get(self, path: str, status: int = 200, **kwargs: Any) -> Page:
        """Open a page and check it."""
        return self._page(self.client.get(path, **kwargs), status)

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        page: Page | None = None,
        status: int = 302,
        form: int = -1,
    ) -> Page | TestResponse:
        """Send a form as the page at `path` (or the given page) offers it.

        Hidden fields are taken from the page. A redirect is returned as the response, anything else
        as a checked page.
        """
        offered = page or self.get(path)
        response = self.client.post(
            path, data={**offered.hidden(form), **(data or {})}, content_type="multipart/form-data"
        )
        if status in (301, 302, 303):
            shown = (
                response.get_data(as_text=True)[:0]
                if response.status_code == status
                else (self._reasons(response))
            )
            assert response.status_code == status, f"{response.status_code}: {shown}"
            return response
        return self._page(response, status)

    def raw(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """A request as it is, only the headers checked."""
        response = self.client.open(path, method=method, **kwargs)
        self._check_headers(response)
        return response

    def _page(self, response: TestResponse, status: int) -> Page:
        self._check_headers(response)
        assert response.status_code == status, (
            f"{response.status_code}: {response.headers.get('Location') or self._reasons(response)}"
        )
        assert response.mimetype == "text/html", response.mimetype
        return Page(response, check_html(response.get_data(as_text=True)))

    def _check_headers(self, response: TestResponse) -> None:
        saved = response.headers.get("Content-Disposition", "").startswith("attachment")
        shown = [HEADERS] if response.mimetype == "text/html" else [HEADERS, FILE]
        assert told(response) in ([SAVED] if saved else shown)

    def _reasons(self, response: TestResponse) -> str:
        root = markup.parse(response.get_data(as_text=True))
        bodies = tags(root, "main") or tags(root, "body")
        return " ".join(visible_text(bodies[0]).split())[:600] if bodies else ""
