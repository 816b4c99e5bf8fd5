"""Rounds of a purchase in addresses.

The plain address of a case is about its newest announced round. What an ended round showed stays
readable, by whoever could read it, under /projects/<number>/rounds/<k>/…; nothing is done there.
"""

from collections.abc import Callable, Collection
from typing import Any

from flask import Flask, g, redirect, request
from werkzeug.wrappers import Response

from procure.kernel.errors import ALLOWED, IllegalTransition, Verdict, refused
from procure.kernel.paths import case_path

PLAIN = "/projects/<number>"
NUMBERED = f"{PLAIN}/rounds/<int:round>"


def asked_round() -> int | None:
    """The round that this request's address names, None for the newest."""
    asked: int | None = g.get("asked_round")
    return asked


def case_address(number: str) -> str:
    """Where the pages of this request's case begin, its round included."""
    asked = asked_round()
    return case_path(number) if asked is None else round_address(number, asked)


def round_address(number: str, round_number: int) -> str:
    """Where the pages of one round of a case begin."""
    return case_path(number, "rounds", round_number)


def only_read() -> Verdict:
    """Whether anything can be done at this request's address; those of a round are for reading."""
    asked = asked_round()
    if asked is None:
        return ALLOWED
    return refused(
        f"这里是第 {asked} 次采购留下的页面，只供查阅。",
        remedy="要办理的事项，请从项目页进入。",
        error=IllegalTransition,
    )


def offer_rounds(
    app: Flask, endpoints: Collection[str], newest_of: Callable[[str], int | None]
) -> None:
    """Give these pages a second address that names the round; their views ask `asked_round`.

    The newest round, by the number of its project, has the plain address and no other.
    """
    for rule in list(app.url_map.iter_rules()):
        if rule.endpoint in endpoints and "GET" in (rule.methods or ()):
            address = rule.rule.replace(PLAIN, NUMBERED, 1)
            app.add_url_rule(address, endpoint=rule.endpoint, methods=["GET"])

    def take_round(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if endpoint in endpoints:
            g.asked_round = (values or {}).pop("round", None)

    def lead_to_newest() -> Response | None:
        asked = asked_round()
        if asked is None:
            return None
        number: str = (request.view_args or {})["number"]
        if asked != newest_of(number):
            return None
        return redirect(request.path.replace(round_address(number, asked), case_path(number), 1))

    app.url_value_preprocessor(take_round)
    app.before_request(lead_to_newest)
