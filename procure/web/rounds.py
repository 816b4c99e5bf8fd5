"""Rounds of a purchase in addresses.

The plain address of a case is about its newest announced round. What an ended round showed stays
readable, by whoever could read it, under /projects/<number>/rounds/<k>/…; nothing is done there.
"""

from collections.abc import Collection
from typing import Any

from flask import Flask, g

PLAIN = "/projects/<number>"
NUMBERED = f"{PLAIN}/rounds/<int:round>"


def asked_round() -> int | None:
    """The round that this request's address names, None for the newest."""
    asked: int | None = g.get("asked_round")
    return asked


def case_address(number: str) -> str:
    """Where the pages of this request's case begin, its round included."""
    asked = asked_round()
    return f"/projects/{number}" if asked is None else round_address(number, asked)


def round_address(number: str, round_number: int) -> str:
    """Where the pages of one round of a case begin."""
    return f"/projects/{number}/rounds/{round_number}"


def offer_rounds(app: Flask, endpoints: Collection[str]) -> None:
    """Give these pages a second address that names the round; their views ask `asked_round`."""
    for rule in list(app.url_map.iter_rules()):
        if rule.endpoint in endpoints and "GET" in (rule.methods or ()):
            address = rule.rule.replace(PLAIN, NUMBERED, 1)
            app.add_url_rule(address, endpoint=rule.endpoint, methods=["GET"])

    def take_round(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if endpoint in endpoints:
            g.asked_round = (values or {}).pop("round", None)

    app.url_value_preprocessor(take_round)
