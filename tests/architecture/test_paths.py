"""Where a page is, is written in one place, and every path that is asked for leads somewhere."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect

from procure.kernel import paths
from tests.permissions import addressed_app
from tests.sources import parsed

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "procure").rglob("*.py"))
PATHS = {
    name: made for name, made in vars(paths).items() if name.endswith("_path") and name[0] != "_"
}
UNKNOWN = ("1", "midterm")
"""What stands for a part that only the running program knows: a number, a kind."""

BEGINNINGS = {"procure/web/rounds.py": 1}
"""Where pages begin that have none of their own there: those of a round."""


def is_path(node: ast.AST) -> bool:
    """Whether a text begins like the path of a page; the rule of an address names its parts."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value[:1] == "/"
        and node.value[1:2].isalpha()
        and "<" not in node.value
    )


def by_hand(source: str) -> list[int]:
    """The lines in which a path is put together."""
    found = []
    for node in ast.walk(parsed(source)):
        match node:
            case ast.JoinedStr(values=[first, _, *_]):
                made = is_path(first)
            case ast.BinOp(left=first, op=ast.Add() | ast.Mod()):
                made = is_path(first)
            case ast.Call(func=ast.Attribute(value=first, attr="format" | "join")):
                made = is_path(first)
            case _:
                made = False
        if made:
            found.append(node.lineno)
    return found


def test_no_path_is_put_together_by_hand() -> None:
    found = {str(file.relative_to(ROOT)): by_hand(file.read_text("utf-8")) for file in MODULES}
    assert {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "planted",
    [
        'back = f"/projects/{number}/review"',
        'back = "/projects/" + number',
        'back = "/projects/%s/review" % number',
        'back = "/projects/{}".format(number)',
    ],
)
def test_a_path_put_together_by_hand_is_found(planted: str) -> None:
    assert by_hand(planted) == [1]
    assert by_hand('step(f"/opinion/<token>/{last}")') == []


def possible(part: ast.expr, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """What a part of a path may be."""
    if isinstance(part, ast.Constant):
        return (str(part.value),)
    if isinstance(part, ast.IfExp):
        return (*possible(part.body, unknown), *possible(part.orelse, unknown))
    return unknown


def asked_for(source: str) -> Iterator[tuple[int, set[str]]]:
    """The paths that a module asks for by name: the line, and what each may come to."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            made = PATHS.get(node.func.id)
            if made is not None:
                first, *below = node.args
                # Only a page below may be left out.
                more = (possible(one, ("", *UNKNOWN)) for one in below)
                parts = product(possible(first, UNKNOWN), *more)
                yield node.lineno, {made(*one) for one in parts}


def leads_somewhere(pages: MapAdapter, path: str) -> bool:
    """Whether a page has this path."""
    try:
        pages.match(path, method="GET")
    except (MethodNotAllowed, RequestRedirect):
        return True
    except NotFound:
        return False
    return True


def lost(app: Flask, source: str) -> list[int]:
    """The lines that ask for a path that no page has, whatever is put into it."""
    pages = app.url_map.bind("")
    return [
        line
        for line, found in asked_for(source)
        if not any(leads_somewhere(pages, path) for path in found)
    ]


def test_every_path_that_is_asked_for_leads_somewhere(tmp_path: Path) -> None:
    app = addressed_app(tmp_path)
    sources = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in MODULES}

    found = {file: len(lines) for file, text in sources.items() if (lines := lost(app, text))}
    assert found == BEGINNINGS
    assert sum(1 for text in sources.values() for _ in asked_for(text)) > len(PATHS)
    assert lost(app, 'case_path(number, "conract")\nnotice_path(number)') == [1]
    assert lost(app, 'admin_path("resets" if is_reset else "grants", grant_id)') == []
    assert lost(app, 'admin_path("mails" if is_mail else "grantz", grant_id)') == [1]
