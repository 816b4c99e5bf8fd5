"""Draws simple values and the rows of tables, the part of a list that grows with its rows.

Written in Python because a macro called for each of a hundred cells took two thirds of a list page's
time (bench/README.md). What is composed of parts (states, papers, people …) is value.html's.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from procure.kernel.day_words import date_words, instant_words
from procure.kernel.money import Money
from procure.kernel.number_words import number_words
from procure.web.presenters import Column, Row
from procure.web.words import iso, kind_of, money_words

SHORT, CODE = 12, 24
"""Up to how many characters a text and a code (项目编号) stand on one line."""

_NOTHING = Markup('<span class="nothing">未填写</span>')
_YES, _NO = Markup("是"), Markup("否")


def _text(value: object) -> str:
    """A text; one that is short, or a code, is never broken."""
    if value == "":
        return _NOTHING
    text = str(value)
    whole = len(text) <= SHORT or (text.isascii() and " " not in text and len(text) <= CODE)
    return f'<span class="text{" whole" if whole else ""}">{escape(value)}</span>'


def _instant(value: datetime) -> str:
    return f'<time datetime="{iso(value)}">{instant_words(value)}</time>'


def _date(value: date) -> str:
    return f'<time datetime="{iso(value)}">{date_words(value)}</time>'


def _number(value: int | Decimal) -> str:
    return f'<span class="number">{number_words(value)}</span>'


_DRAWN_AS: dict[str, Callable[[Any], str]] = {
    "nothing": lambda value: _NOTHING,
    "text": _text,
    "money": lambda value: f'<span class="money">{money_words(value)}</span>',
    "instant": _instant,
    "date": _date,
    "number": _number,
    "yes_no": lambda value: _YES if value else _NO,
}
_BY_TYPE: dict[type, Callable[[Any], str]] = {
    type(None): _DRAWN_AS["nothing"],
    str: _text,
    Money: _DRAWN_AS["money"],
    datetime: _instant,
    date: _date,
    int: _number,
}
"""The usual types, found without asking for their kind."""


def simple(value: object) -> Markup | None:
    """A simple value as the page shows it; None for one that is composed of parts."""
    draw = _BY_TYPE.get(type(value)) or _DRAWN_AS.get(kind_of(value))
    return None if draw is None else Markup(draw(value))  # noqa: S704 - texts are escaped above


def table_rows(
    columns: Sequence[Column], rows: Sequence[Row], composed: Callable[[object], str]
) -> Markup:
    """The rows of a table's body; `composed` draws what is not simple."""
    opened = _opened(columns)
    drawn = [tuple(_inside(cell, composed) for cell in row.cells) for row in rows]
    told = _told_apart(rows, drawn)
    parts = (part for each in zip(rows, drawn, told, strict=True) for part in _row(opened, *each))
    return Markup("".join(parts))  # noqa: S704 - every text is escaped where it is drawn


def _inside(cell: object, composed: Callable[[object], str]) -> str:
    draw = _BY_TYPE.get(type(cell)) or _DRAWN_AS.get(kind_of(cell))
    return composed(cell) if draw is None else draw(cell)


def _told_apart(rows: Sequence[Row], drawn: Sequence[tuple[str, ...]]) -> list[str]:
    """For each row what tells its link from others of the same words, to those who hear one link after
    another: the first of its second line and its cells that differs in all of them, else what differs.
    """
    alike: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.href:
            alike.setdefault(drawn[place][0], []).append(place)
    told = [""] * len(rows)
    for places in alike.values():
        if len(places) == 1:
            continue
        texts = [
            [str(escape(rows[place].note)), *map(_words, drawn[place][1:])] for place in places
        ]
        kinds = [len(set(column)) for column in zip(*texts, strict=True)]
        differs = [at for at, kind in enumerate(kinds) if kind > 1]
        in_all = [at for at in differs if kinds[at] == len(places)]
        for place, cells in zip(places, texts, strict=True):
            told[place] = "，".join(cells[at] for at in in_all[:1] or differs if cells[at])
    return told


def _words(drawn: str) -> str:
    return str(escape(Markup(drawn).striptags()))  # noqa: S704 - escaped where it was drawn


def _opened(columns: Sequence[Column]) -> tuple[str, ...]:
    """How the cells of each column begin; the first one of a row says what the row is about."""
    tags = ('th scope="row" role="rowheader"', *('td role="cell"' for _ in columns[1:]))
    return tuple(
        f'<{tag} data-label="{escape(column.label)}"'
        + (' class="numeric">' if column.numeric else ">")
        for tag, column in zip(tags, columns, strict=True)
    )


def _row(opened: Sequence[str], row: Row, cells: Sequence[str], told_apart: str) -> Iterator[str]:
    yield '<tr role="row" class="row-link">' if row.href else '<tr role="row">'
    for place, (head, inside) in enumerate(zip(opened, cells, strict=True)):
        yield head
        if place == 0 and row.href:
            unseen = f'<span class="visually-hidden">：{told_apart}</span>' if told_apart else ""
            yield f'<a class="row-anchor" href="{escape(row.href)}">{inside}{unseen}</a>'
        else:
            yield inside
        if place == 0 and row.note:
            yield f'<span class="note">{escape(row.note)}</span>'
        yield "</td>\n" if place else "</th>\n"
    yield "</tr>\n"
