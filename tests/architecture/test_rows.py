"""Repeated rows have one field, one macro and one script, so that each list of them keeps the place, moves the
focus into the new row, folds its long texts and takes a block of a spreadsheet, with and without JavaScript.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from procure.web.fields.choices import YesNoField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, TextField
from tests.factories.forms import every_form
from tests.sources import parsed

ROOT = Path(__file__).parents[2]
FIELD, MACRO, SCRIPT = (
    "procure/web/fields/rows.py",
    "templates/_macros/form.html",
    "static/js/rows.js",
)
BUTTONS = ("rows-add", "rows-remove")

READERS = {
    "procure/web/forms.py": {"FormField"},
    "static/js/draft.js": {"rows-block-"},
}
"""What walks through the rows of a form, and what keeps a block that waits, without arranging rows."""

LISTS = {"FieldList", "FormField"}
PLAIN_FORMS = {"Form", "PlainForm", "wtforms.Form"}
"""What WTForms has for rows; `RowsField` and `RowForm` stand for them."""
LOW = {"text", "choice", "money", "number", "date"}
"""Shapes that stand in a line."""
ARRANGES = {"append_entry", "pop_entry", "_add_entry"}

DRAWN = re.compile(
    r"""rows-add|rows-remove|rows-block|data-rows|row-fields|\.entries\b|max_entries
    |name="[^"]*\{\{\s?(?:loop\.index|number)""",
    re.VERBOSE,
)
"""Rows drawn by hand: their buttons, their box, or fields that are numbered in a loop."""

ARRANGED = re.compile(
    r"""rows-(?:add|remove|block-)|data-rows|dataset\.rows|row-fields|insertRow|deleteRow|cloneNode
    |createElement\("(?:tr|fieldset|select|textarea)"\)|insertAdjacentHTML|createContextualFragment""",
    re.VERBOSE,
)
"""Rows made or taken away by a script."""


def own_rows(source: str) -> Iterator[str]:
    """What of WTForms' own rows a module uses, which rows it arranges, and the names it gives buttons."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wtforms"):
            yield from (one.name for one in node.names if one.name in LISTS)
        elif isinstance(node, ast.ClassDef):
            yield from (name for name in map(ast.unparse, node.bases) if name in PLAIN_FORMS)
        elif isinstance(node, ast.Attribute) and node.attr in ARRANGES | LISTS:
            yield node.attr
        elif isinstance(node, ast.Constant) and node.value in BUTTONS:
            yield str(node.value)


def by_hand(place: str, text: str) -> set[str]:
    """What a file of the house does about rows that only the one field, macro or script does."""
    if place in (FIELD, MACRO, SCRIPT):
        return set()
    if place.endswith(".py"):
        found = set(own_rows(text))
    else:
        found = set((DRAWN if place.endswith(".html") else ARRANGED).findall(text))
    return found - READERS.get(place, set())


def test_rows_are_declared_drawn_and_arranged_in_one_place_each() -> None:
    files = [
        *(ROOT / "procure").rglob("*.py"),
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "static/js").rglob("*.js"),
    ]
    places = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files}

    assert {FIELD, MACRO, SCRIPT, *READERS} <= places.keys()
    assert {place: found for place, text in places.items() if (found := by_hand(place, text))} == {}


@pytest.mark.parametrize(
    ("place", "planted"),
    [
        ("procure/x/forms.py", "from wtforms import FieldList"),
        ("procure/x/forms.py", "from wtforms.fields import FormField as Part"),
        ("procure/x/forms.py", "import wtforms\nrows = wtforms.FieldList(inner)"),
        ("procure/x/forms.py", "from wtforms import Form\nclass Line(Form): pass"),
        ("procure/x/views.py", "form.rows.append_entry()"),
        ("procure/x/views.py", 'if "rows-add" in request.form: pass'),
        ("templates/x/edit.html", "{% for entry in form.rows.entries %}{% endfor %}"),
        ("templates/x/edit.html", '<button name="rows-add" value="rows">再加一行</button>'),
        ("templates/x/edit.html", '<input name="member-{{ loop.index0 }}-name">'),
        ("static/js/members.js", 'body.append(document.createElement("tr"));'),
        ("static/js/members.js", "list.append(list.lastElementChild.cloneNode(true));"),
        ("static/js/members.js", 'for (const b of all("[name=rows-add]")) b.hidden = true;'),
    ],
)
def test_rows_made_by_hand_are_found(place: str, planted: str) -> None:
    assert by_hand(place, planted)
    assert not by_hand(
        {"py": FIELD, "html": MACRO, "js": SCRIPT}[place.rpartition(".")[2]], planted
    )


def tall(row: RowForm) -> list[str]:
    """What keeps a row from being one line that opens for its long texts."""
    in_line = [field for field in row if field not in row.folded]
    return [
        field.name
        for field in in_line
        if field.shape not in LOW or getattr(field, "style", "select") != "select"
    ]


def test_every_row_is_a_line_that_opens_for_its_long_texts() -> None:
    rows = [kind for kind in every_form() if issubclass(kind, RowForm)]

    assert len(rows) > 8
    assert {kind.__name__: found for kind in rows if (found := tall(kind()))} == {}


def test_a_row_that_is_no_line_is_found() -> None:
    class Member(RowForm):
        name = TextField("姓名")
        agrees = YesNoField("是否同意", yes="同意", no="不同意")
        papers = RowsField(RowForm, "材料", minimum=1)
        comment = LongTextField("意见")

    assert tall(Member()) == ["agrees", "papers"]
