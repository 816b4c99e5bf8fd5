"""A block of cells copied from a spreadsheet, read as rows of a form."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from procure.kernel.text import key


@dataclass(frozen=True)
class Block:
    """The rows of a block: the cells of each by the name of their column."""

    rows: tuple[dict[str, str], ...]
    beyond: tuple[int, ...] = ()
    """Which rows, counted from 1, have something right of the last column."""


def read_block(text: str, columns: Sequence[tuple[str, str]]) -> Block:
    """Read what a spreadsheet puts on the clipboard: a row a line, cells between tabs, a cell of
    several lines in quotes.

    `columns` are names and labels. A first row that holds labels says which column is which, in
    whatever order; without it they come in the order given.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [
        [cell.strip() for cell in line]
        for line in csv.reader(StringIO(plain), delimiter="\t")
        if any(cell.strip() for cell in line)
    ]
    names = [name for name, _ in columns]
    by_label = {key(label): name for name, label in columns}
    if lines and 2 * sum(key(cell) in by_label for cell in lines[0]) > len(lines[0]):
        names = [by_label.get(key(cell), "") for cell in lines.pop(0)]
    rows = (dict(zip(names, line, strict=False)) for line in lines)
    beyond = (number for number, line in enumerate(lines, start=1) if any(line[len(names) :]))
    return Block(
        tuple({name: cell for name, cell in row.items() if name} for row in rows), tuple(beyond)
    )
