"""Articles stand in the book of law and nowhere else; what the program asks of it is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from procure.kernel.laws import LAWS, ROWS
from tests.sources import parsed

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = re.compile("第[一二三四五六七八九十百零〇0-9]+条")
ASKED = re.compile(r"\b(?:cite|quote|look_up)\(\s*[\"'](\w+)[\"']")
TITLES = {law.title for law in LAWS.values()}
"""A paper may have an article in its own name."""
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder, kind in (("procure", "*.py"), ("templates", "*.html"))
    for path in sorted((ROOT / folder).rglob(kind))
}


def constants(tree: ast.AST) -> Iterator[str]:
    """The texts of a module, without what it says of itself."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def articles_in(name: str, text: str) -> list[str]:
    """The articles that a module or template names by itself."""
    texts = constants(parsed(text)) if name.endswith(".py") else [text]
    return [found for each in texts if each not in TITLES for found in ARTICLE.findall(each)]


def test_no_article_is_written_outside_the_book() -> None:
    named = {name: found for name, text in SOURCES.items() if (found := articles_in(name, text))}
    assert not named, "write cite(…) instead, with its row in procure/kernel/book_of_law.toml"


def test_an_article_written_by_hand_is_noticed() -> None:
    planted = 'RULE = "《政府采购法》第六十一条"\nTOLD = f"{day}（《预算法》第13条）"\n'
    assert articles_in("planted.py", planted) == ["第六十一条", "第13条"]
    assert articles_in("planted.html", "<p>依据：《政府采购法》第六条。</p>") == ["第六条"]
    assert not articles_in("planted.py", '"""Says 第六条."""\nRULE = cite("duties_apart")\n')


def test_what_is_asked_is_in_the_book_and_the_book_has_nothing_idle() -> None:
    asked = {rule for text in SOURCES.values() for rule in ASKED.findall(text)}
    rules = {row.rule for row in ROWS}
    assert asked <= rules
    idle = {
        rule
        for rule in rules - asked
        if not any(f'"{rule}"' in text for name, text in SOURCES.items() if name.endswith(".py"))
    }
    assert not idle


def test_no_place_is_given_twice() -> None:
    keys = [(row.rule, row.method, row.since) for row in ROWS]
    assert len(keys) == len(set(keys))
