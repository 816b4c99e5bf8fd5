"""How large a request's body may be, judged by its head before any of it is kept.

Papers are uploaded by people who are signed in, to an address that takes forms. Whatever else
comes with a body, a visitor's sign-in or a stranger's gigabyte, has the little room that a form
without files needs.
"""

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Flask, abort, request
from flask_login import current_user
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

MAX_BODY = 64 * 1024 * 1024
"""Bytes at which a body is too large for everybody: the server's figure and Flask's."""
SMALL_BODY = 64 * 1024
"""The same for whoever is not signed in, and for an address that takes no form."""

REFUSED = "procure.refused"
"""Key of the WSGI environment: the status with which the server stopped taking a request in."""


class TooLargeForVisitors(RequestEntityTooLarge):
    """More than somebody may send who is not signed in."""


class TooManySlow(TooManyRequests):
    """One of too many requests that come in slowly from one network."""


class Bodies:
    """What the application lets requests bring; `head` is the WSGI environment without a body."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def limit(self, head: Mapping[str, Any]) -> int:
        """At how many bytes the body is too large by its head. Asks nobody: called between two reads of a socket."""
        asked = self._app.request_class(_without_body(head))
        if asked.method != "POST" or not self._has_form(asked.environ):
            return SMALL_BODY
        session = self._app.session_interface.open_session(self._app, asked)
        return MAX_BODY if session and "_user_id" in session else SMALL_BODY

    def _has_form(self, environment: dict[str, Any]) -> bool:
        try:
            self._app.url_map.bind_to_environ(environment).match()
        except HTTPException:
            return False
        return True

    def is_signed_in(self, head: Mapping[str, Any]) -> bool:
        """Whether the sign-in that the head names is alive; asks the database."""
        with self._app.request_context(_without_body(head)):
            return bool(current_user.is_authenticated)


def _without_body(head: Mapping[str, Any]) -> dict[str, Any]:
    return {**head, "wsgi.input": BytesIO()}


def refuse() -> None:
    """Say no to a request that the server did not take in, before anything reads its form."""
    status = request.environ.get(REFUSED)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and not current_user.is_authenticated:
        raise TooLargeForVisitors
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise TooManySlow
    if status is not None:
        abort(status)
