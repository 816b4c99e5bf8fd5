"""Fills the blanks of every route with real, foreign and absent things, for matrix and fuzz."""

from collections.abc import Iterator
from functools import cache

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from procure.kernel.access import Permission
from procure.registers.accounts.models import Organisation, RoleGrant, User, WebSession
from procure.registers.documents.models import Document
from procure.registers.funds.models import BudgetLine
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.store.base import Base
from procure.web.access import PUBLIC_ENDPOINTS
from tests.permissions import needed

ABSENT = "0" * 32
LIBRARY = PUBLIC_ENDPOINTS | {"styleguide.sample", "health.standing"}
"""Not walked: assets, samples of style, and the timers' standing: none runs beside the tests."""

OTHER_WORDS: dict[str, list[str]] = {
    "filename": ["css/tokens.css"],
    "page": ["list"],
    "username": ["jingban"],
    "secret": ["x"],
    "token": ["x" * 43],
    "kind": ["midterm", "final"],
    "version": ["1"],
    "sha256": ["a" * 64],
    "code": ["0201"],
    "edition": ["1"],
    "position": ["1"],
    "instalment": ["1"],
    "level": ["city"],
    "round": ["1"],
    "question": ["1"],
    "step": ["1"],
    "name": ["x"],
    "section": ["requirement", "targets"],
    "dimension": ["output", "management"],
    "role": ["clerk"],
}

NOWHERE = {
    "role": "nobody",
    "code": "9999",
    "position": "987654",
    "edition": "987654",
    "version": "987654",
}
"""Words for blanks of an address that leads to nothing."""

ODD_QUERIES = [
    "?page=0",
    "?page=-1",
    "?page=99999999999999999999",
    "?page=%00",
    "?sort=password",
    "?sort=-",
    "?q=" + "a" * 3000,
    "?q=%27%22%3C%3E%25_%5C",
    "?q=%ff%fe",
    "?format=exe",
    "?stage=nothing&kind=nothing&year=x",
    "?next=//evil.example/",
    "?a[]=1&a[]=2",
]
"""What nobody means to ask."""


def rules(app: Flask) -> list[Rule]:
    """The rules of our own pages."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in LIBRARY]


@cache
def tables_by_stem() -> dict[str, type]:
    """A model for each `<stem>_id` that a route may ask for."""
    found = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    return found | {
        "user": User,
        "person": User,
        "organisation": Organisation,
        "grant": RoleGrant,
        "session": WebSession,
        "line": BudgetLine,
        "document": Document,
        "item": found["catalogue_item"],
        "record": found["service_record"],
        "staff": found["staff_member"],
        "member": found["panel_member"],
        "request": found["payment_request"],
        "slip": found["opinion_slip"],
        "reset": found.get("credential_reset", RoleGrant),
        "message": found["inbox_message"],
        "mail": found["outbox_mail"],
    }


_found: dict[tuple[str, type, str], list[str]] = {}


def known(session: Session, model: type, name: str) -> list[str]:
    """Some of what a database holds of a kind, as it was when first asked: one name serves many
    routes, and what is made on the way changes nothing about where a walk leads.
    """
    kept = str(session.get_bind().engine.url), model, name
    if kept not in _found:
        column = getattr(model, name)
        most = 3 if name == "id" else None
        _found[kept] = list(session.scalars(select(column).order_by(column).limit(most)))
    return _found[kept]


def forget() -> None:
    """Ask anew what a database holds: for who goes on making things in it."""
    _found.clear()


def words_for(session: Session, rule: Rule, name: str) -> list[str]:
    """Values for one blank of a route: a few of those that exist, in a stable order."""
    choices = getattr(rule._converters.get(name), "items", None)
    if choices:
        return sorted(choices)
    if name == "number":
        return known(session, Notice if "/notices" in rule.rule else Project, "number")
    if name.endswith("_id"):
        return known(session, tables_by_stem()[name.removesuffix("_id")], "id") or [ABSENT]
    return OTHER_WORDS[name]


def addresses(session: Session, rule: Rule, most: int = 8) -> Iterator[str]:
    """Addresses of a route over existing things, at most so many."""
    filled: list[dict[str, str]] = [{}]
    for name in sorted(rule.arguments):
        words = words_for(session, rule, name)
        filled = [{**values, name: word} for values in filled for word in words]
    step = max(1, len(filled) // most)
    for values in filled[::step][:most]:
        yield build(rule, values)


def absent_address(rule: Rule) -> str | None:
    """An address of a route over something that does not exist; None when it has no blanks."""
    if not rule.arguments:
        return None
    values = {}
    for name in rule.arguments:
        choices = getattr(rule._converters.get(name), "items", None)
        if choices:
            values[name] = sorted(choices)[0]
        elif name == "number":
            values[name] = "NONE-1999-999"
        elif name in NOWHERE:
            values[name] = NOWHERE[name]
        else:
            values[name] = ABSENT if name.endswith("_id") else OTHER_WORDS.get(name, ["x"])[-1]
    return build(rule, values)


def build(rule: Rule, values: dict[str, str]) -> str:
    """The address of a route with its blanks filled."""
    converted = {
        name: int(value) if "int" in type(rule._converters[name]).__name__.lower() else value
        for name, value in values.items()
    }
    domain, path = rule.build(converted, append_unknown=False)
    return str(path)


def needs(rule: Rule) -> Permission:
    """The permission a route asks for, by the table that is reviewed."""
    return needed()[rule.endpoint]
