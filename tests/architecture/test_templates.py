"""The rules every template keeps: small, without inline code, importing only what it uses."""

import ast
import re
from functools import cache
from pathlib import Path

from flask import Flask

from procure.kernel.clock import SystemClock
from procure.web import filters
from tests.sources import parsed

ROOT = Path(__file__).parents[2] / "templates"
PACKAGE = ROOT.parent / "procure"
TEMPLATES = sorted(ROOT.rglob("*.html"))
NAMES = [str(path.relative_to(ROOT)) for path in TEMPLATES]
LONGEST = 200
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
IMPORT = re.compile(r'\{%-?\s*from\s+"([^"]+)"\s+import\s+([^%]+?)\s*-?%\}')


@cache
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


def test_template_is_short_enough_to_read() -> None:
    lines = {name: (ROOT / name).read_text(encoding="utf-8").splitlines() for name in NAMES}
    assert not {name: len(found) for name, found in lines.items() if len(found) >= LONGEST}


def test_template_has_no_inline_style_or_script() -> None:
    inline = (
        r"\sstyle\s*=",
        "<style",
        r"<[^>]*\son[a-z]+\s*=",
        r"<script(?![^>]*\ssrc=)",
        "javascript:",
    )
    written = {name: EXPRESSION.sub("", source(name)) for name in NAMES}
    assert not [
        f"{name}: {form}"
        for name, text in written.items()
        for form in inline
        if re.search(form, text)
    ]


def test_template_uses_every_macro_it_imports() -> None:
    unused = [
        f"{name}: {used_as}"
        for name in NAMES
        for _, _, used_as in imported(name)
        if not re.search(rf"\b{re.escape(used_as)}\s*[(,)]", IMPORT.sub("", source(name)))
    ]
    assert not unused


def test_template_imports_only_macros_that_exist() -> None:
    absent = [
        f"{name}: {macro} of {file}"
        for name in NAMES
        for file, macro, _ in imported(name)
        if not re.search(rf"\{{%-?\s*macro\s+{re.escape(macro)}\s*\(", source(file))
    ]
    assert not absent


def test_only_status_turns_a_state_into_a_colour() -> None:
    colouring = [name for name in NAMES if "tone-" in source(name)]
    assert colouring == ["_macros/status.html"]


def test_only_money_formats_money() -> None:
    written = r"\|\s*(money|capitals)\b|\.fen"
    formatting = [name for name in NAMES if re.search(written, source(name))]
    assert formatting == ["_macros/money.html"]


def test_template_marks_nothing_as_safe() -> None:
    assert not [name for name in NAMES if re.search(r"\|\s*safe\b", source(name))]


def test_page_extends_a_layout_and_names_itself() -> None:
    pages = [
        name
        for name in NAMES
        if not name.startswith(("_", "emails/")) and not Path(name).name.startswith("_")
    ]
    assert pages
    for form in ("{% extends", "{% block title %}"):
        assert not [name for name in pages if form not in source(name)], form


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
    assert "badge_parts" in ours
    hidden = [
        f"{path.relative_to(PACKAGE)}:{call.lineno} {given.arg}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "views" in (path.stem, path.parent.name)
        for call in ast.walk(parsed(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for given in call.keywords
        if given.arg in ours
    ]

    assert hidden == []
