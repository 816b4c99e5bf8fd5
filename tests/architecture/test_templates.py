"""The rules every template keeps: small, without inline code, importing only what it uses."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from procure.kernel.clock import SystemClock
from procure.web import filters

ROOT = Path(__file__).parents[2] / "templates"
PACKAGE = ROOT.parent / "procure"
TEMPLATES = sorted(ROOT.rglob("*.html"))
NAMES = [str(path.relative_to(ROOT)) for path in TEMPLATES]
LONGEST = 200
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
IMPORT = re.compile(r'\{%-?\s*from\s+"([^"]+)"\s+import\s+([^%]+?)\s*-?%\}')


def source(name: str) -> str:
    """A template's text without its comments."""
    return COMMENT.sub("", (ROOT / name).read_text(encoding="utf-8"))


def imported(name: str) -> list[tuple[str, str, str]]:
    """What a template imports: file, macro, and the name it is used under."""
    found = []
    for file, names in IMPORT.findall(source(name)):
        for one in names.replace(" with context", "").split(","):
            macro, _, alias = one.strip().partition(" as ")
            found.append((file, macro, alias or macro))
    return found


def test_templates_are_found() -> None:
    assert len(NAMES) > 30


@pytest.mark.parametrize("name", NAMES)
def test_template_is_short_enough_to_read(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) < LONGEST


@pytest.mark.parametrize("name", NAMES)
def test_template_has_no_inline_style_or_script(name: str) -> None:
    text = EXPRESSION.sub("", source(name))

    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "javascript:" not in text


@pytest.mark.parametrize("name", NAMES)
def test_template_uses_every_macro_it_imports(name: str) -> None:
    text = IMPORT.sub("", source(name))

    for _, _, used_as in imported(name):
        assert re.search(rf"\b{re.escape(used_as)}\s*[(,)]", text), f"{used_as} is not used"


@pytest.mark.parametrize("name", NAMES)
def test_template_imports_only_macros_that_exist(name: str) -> None:
    for file, macro, _ in imported(name):
        assert re.search(rf"\{{%-?\s*macro\s+{re.escape(macro)}\s*\(", source(file))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "_macros/status.html"])
def test_only_status_turns_a_state_into_a_colour(name: str) -> None:
    assert "tone-" not in source(name)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "_macros/money.html"])
def test_only_money_formats_money(name: str) -> None:
    assert not re.search(r"\|\s*(money|capitals)\b", source(name))
    assert ".fen" not in source(name)


@pytest.mark.parametrize("name", NAMES)
def test_template_marks_nothing_as_safe(name: str) -> None:
    assert not re.search(r"\|\s*safe\b", source(name))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("_")])
def test_page_extends_a_layout_and_names_itself(name: str) -> None:
    if Path(name).name.startswith("_") or name.startswith("emails/"):
        return
    text = source(name)

    assert "{% extends" in text
    assert "{% block title %}" in text


def test_every_template_is_rendered_or_included() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.html"))
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))

    # The style guide's pages are named by their address.
    named = [name for name in NAMES if not name.startswith("styleguide/")]
    assert not [name for name in named if f'"{name}"' not in pages + code]


def test_every_macro_is_called_somewhere() -> None:
    pages = "".join(source(name) for name in NAMES)

    macros = re.findall(r"\{%-?\s*macro\s+(\w+)\s*\(", pages)
    assert macros
    assert not [one for one in macros if len(re.findall(rf"\b{one}\b", pages)) < 2]


def test_tokens_are_the_only_place_that_names_a_colour() -> None:
    for sheet in (ROOT.parent / "static" / "css").glob("*.css"):
        if sheet.name != "tokens.css":
            text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
            assert not re.search(r":[^;{}]*#[0-9a-fA-F]{3,8}\b", text), sheet.name


def test_no_page_hides_what_every_template_calls() -> None:
    """A value handed to a page under a global's name would take its place in the layouts too."""
    app = Flask("procure", static_folder=str(ROOT.parent / "static"))
    everywhere = set(app.jinja_env.globals)
    filters.init_app(app, now=SystemClock().now)
    ours = set(app.jinja_env.globals) - everywhere
    assert "drawn" in ours
    hidden = [
        f"{path.relative_to(PACKAGE)}:{call.lineno} {given.arg}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "views" in (path.stem, path.parent.name)
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for given in call.keywords
        if given.arg in ours
    ]

    assert hidden == []
