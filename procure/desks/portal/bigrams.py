"""Cuts text into pairs of neighbouring characters, and says how each database asks for them.

Every pair counts, across letters, digits and signs alike, so that a search finds exactly what a
scan for the same letters would find: two-character words, single characters and rare ones too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from procure.kernel.text import fold

BREAK = "\n"
"""Stands between the parts of a text and at its end; no search can contain it."""

SHORT = 80
"""Values of a notice longer than this are prose and are not searched."""


def searchable(parts: Iterable[str]) -> str:
    """The parts of a notice as one searchable text; nothing is found across two parts."""
    return BREAK.join(folded for part in parts if (folded := fold(part)))


def pairs(text: str) -> list[str]:
    """Every character with the one after it."""
    return [text[at : at + 2] for at in range(len(text) - 1)]


@dataclass(frozen=True)
class ArrayQuery:
    """A search for PostgreSQL: pieces that all must be there, and words to be looked for in the
    text itself, because their pieces might also stand apart.
    """

    pieces: tuple[str, ...]
    verify: tuple[str, ...]


def array_pieces(text: str, kind: str) -> list[str]:
    """What PostgreSQL indexes of a text: characters, pairs and the kind of notice."""
    found = {piece for piece in (*text, *pairs(text)) if BREAK not in piece}
    return [f"#{kind}", *sorted(found)]


def array_query(words: Sequence[str], kind: str) -> ArrayQuery:
    """The search of PostgreSQL for words in notices of a kind (of all kinds when empty)."""
    pieces = {piece for word in words for piece in (pairs(word) or [word])}
    return ArrayQuery(
        (*((f"#{kind}",) if kind else ()), *sorted(pieces)),
        tuple(word for word in words if len(word) > 2),
    )


def like_pattern(word: str) -> str:
    """A word as a pattern for LIKE … ESCAPE '/'."""
    plain = word.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"%{plain}%"


def _code(piece: str) -> str:
    """Characters as letters and digits, of one width each, which no tokenizer takes apart."""
    return "".join(f"{ord(letter):06x}" for letter in piece)


def phrase_tokens(text: str, kind: str) -> str:
    """What SQLite indexes of a text: its pairs in order, after the kind of notice."""
    return " ".join((f"kind{kind}", *map(_code, pairs(text + BREAK))))


def phrase_query(words: Sequence[str], kind: str) -> str:
    """The search of SQLite: each word is the run of its pairs, a single character any pair that
    begins with it.
    """
    terms = [f'"kind{kind}"'] if kind else []
    for word in words:
        run = pairs(word)
        terms.append(f'"{" ".join(map(_code, run))}"' if run else f'"{_code(word)}" *')
    return " AND ".join(terms)
