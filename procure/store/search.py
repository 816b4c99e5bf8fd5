"""The one way in which lists look for the words above them."""

from typing import Any

from sqlalchemy import ColumnElement, or_


def says(search: str, *texts: Any, number: Any) -> ColumnElement[bool]:
    """Rows of which a text holds the words, or the number in whatever case it was typed.

    Takes columns of tables or models; a `%` typed by the reader is only a sign.
    """
    return or_(
        *(text.contains(search, autoescape=True) for text in texts),
        number.contains(search.upper(), autoescape=True),
    )
