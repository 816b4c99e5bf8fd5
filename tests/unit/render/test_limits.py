"""What a form lets through a paper carries: no paper has a limit of its own below a form's."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from procure.render.documents import load_template, template_names
from procure.render.fields import TemplateField
from procure.web.fields.text import MOST_LINES

ROOT = Path(__file__).parents[3]
SOURCES = {path: path.read_text("utf-8") for path in sorted(ROOT.glob("procure/**/*.py"))}
#: Widest of what a paper puts together of one form's texts: a panel's reasons, one a member.
TOGETHER = 6
#: A slice of a text that a person wrote would cut it without a word.
CUT = re.compile(r"\[: ?([0-9]{2,}|[A-Z_]{2,})\]")


@cache
def _largest(*kinds: str) -> int:
    """The largest `maximum` written down for a field of these kinds anywhere."""
    return max(
        int(str(keyword.value.value))
        for source in SOURCES.values()
        if "maximum=" in source
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds
        for keyword in node.keywords
        if keyword.arg == "maximum" and isinstance(keyword.value, ast.Constant)
    )


def _fields(fields: Mapping[str, TemplateField]) -> Iterator[TemplateField]:
    for each in fields.values():
        yield each
        yield from _fields(each.fields)


@pytest.mark.parametrize("name", template_names())
def test_paper_carries_the_longest_text_and_the_most_rows_of_any_form(name: str) -> None:
    for field in _fields(load_template(name).fields):
        assert field.max_length >= TOGETHER * _largest("TextField", "LongTextField", "CodeField")
        assert field.max_items >= max(MOST_LINES, _largest("RowsField"))


@pytest.mark.parametrize("path", [each for each in SOURCES if each.stem in {"paper", "papers"}])
def test_no_paper_is_made_from_texts_cut_short(path: Path) -> None:
    assert CUT.findall(SOURCES[path]) == []
