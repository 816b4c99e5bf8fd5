"""The one way in which lists look for the words above them."""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from procure.kernel.text import PASSED_OVER, SAME_SIGN, key, words_of

KEY_FUNCTION = "name_key"
"""Under which SQLite finds `procure.kernel.text.key`; each connection is told of it."""


class Key(FunctionElement[str]):
    """`procure.kernel.text.key` of a text, worked out by the database."""

    type = String()
    inherit_cache = True


@compiles(Key)
def _key_on_sqlite(element: Key, compiler: SQLCompiler, **options: Any) -> str:
    return f"{KEY_FUNCTION}({compiler.process(element.clauses, **options)})"


@compiles(Key, "postgresql")
def _key_on_postgresql(element: Key, compiler: SQLCompiler, **options: Any) -> str:
    """The same rule in the words of PostgreSQL, out of the same tables."""
    text = compiler.process(element.clauses, **options)
    passed = f"regexp_replace(normalize({text}, NFKC), {_quoted(_CLASS)}, '', 'g')"
    return f"lower(translate({passed}, {_quoted(_FROM)}, {_quoted(_TO)}))"


_CLASS = "[" + "".join(f"\\U{first or 1:08X}-\\U{last:08X}" for first, last in PASSED_OVER) + "]"
_FROM = "".join(map(chr, SAME_SIGN))
_TO = "".join(SAME_SIGN.values())


def _quoted(text: str) -> str:
    """A text as a literal of a statement whose parameters are marked with %."""
    return f"'{text.replace(chr(39), chr(39) * 2).replace('%', '%%')}'"


def same_name(column: Any, name: str) -> ColumnElement[bool]:
    """Rows whose name is another way of writing this one."""
    return Key(column) == key(name)


def says(search: str, *texts: Any) -> ColumnElement[bool]:
    """Rows of which every word typed stands in one of the texts, however it is written: with
    brackets, dots and figures of any width, old forms, or blanks in other places.

    Takes columns of tables or models; a `%` typed by the reader is only a sign.
    """
    keys = [Key(text) for text in texts]
    found = (
        or_(*(key.contains(word, autoescape=True) for key in keys)) for word in words_of(search)
    )
    return and_(true(), *found)
