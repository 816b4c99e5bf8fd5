"""The words of an enumeration stand on its members, not in a table beside it."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.test_source import SOURCES, name_of, tree_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _keys(table: ast.Dict) -> set[tuple[str, str]]:
    return {
        (key.value.id, key.attr)
        for key in table.keys
        if isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name)
    }


def _worded(table: ast.Dict) -> bool:
    return all(CHINESE.search(ast.unparse(value)) for value in table.values)


def tables_of_words(tree: ast.Module) -> Iterator[str]:
    """Where a module that declares an enumeration has a table with words for all its members."""
    members = {
        node.name: {
            (node.name, ast.unparse(line.targets[0]))
            for line in node.body
            if isinstance(line, ast.Assign)
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and node.keys and _worded(node):
            keys = _keys(node)
            if keys and keys in members.values() and len(keys) == len(node.keys):
                yield f"{node.lineno} {keys.pop()[0]}"


def test_words_of_an_enumeration_stand_on_its_members() -> None:
    beside = {
        name_of(path): found for path in SOURCES if (found := list(tables_of_words(tree_of(path))))
    }
    assert beside == {}


def test_table_of_words_beside_an_enumeration_is_found() -> None:
    planted = """
class Song(StrEnum):
    SAD = "sad"
    GAY = "gay"

SONG_LABELS = {Song.SAD: "悲", Song.GAY: "喜"}
SAD_ONLY = {Song.SAD: "悲"}
KEYS = {Song.SAD: "minor", Song.GAY: "major"}
"""
    assert list(tables_of_words(ast.parse(planted))) == ["6 Song"]
