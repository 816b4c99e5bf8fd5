"""Field codes of Word: instructions in a text that Word carries out, however they are cut up."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from procure.registers.documents.judging.markup import Attributes, local_name
from procure.registers.documents.judging.targets import (
    leads_away,
    leads_to_web,
)

_RUNS = frozenset(
    {"DDE", "DDEAUTO", "LINK", "IMPORT", "INCLUDE", "INCLUDETEXT", "DATABASE", "EMBED"}
)
_FETCHES = frozenset({"INCLUDEPICTURE", "RD"})
_LEADING = _FETCHES | {"HYPERLINK"}
_EXPLAINING = frozenset({"\\o", "\\l", "\\t"})
"""Switches of a link before a tip, a mark in the text, a window."""

_WORDS = re.compile(r"""["“”]([^"“”]*)["“”]?|([^\s"“”]+)""")
_KEYWORD = re.compile(r"\s*(?:=|\S+\s|(?:IF|SET|REF|QUOTE|COMPARE|HYPERLINK|SYMBOL|SEQ)\Z)", re.I)
"""A first word that stands whole before another field begins: {= {PAGE} - 1}, {IF {PAGE} ...}."""

LONGEST_KEYWORD = 256
"""Letters within which the first word of an instruction stands."""

LONGEST_LOOSE = 1 << 15
"""Letters of an instruction without a field, which is looked at anew with every piece of it."""

_INSTRUCTIONS = frozenset({"instrText", "delInstrText"})


@dataclass(frozen=True)
class FieldCode:
    """One field: its instruction, and whether another field makes up its first word."""

    instruction: str
    made_up: bool = False

    @property
    def keyword(self) -> str:
        """The first word, in capitals."""
        words = self.instruction.replace('"', " ").split()
        return words[0].upper() if words else ""

    @property
    def runs(self) -> bool:
        """Whether it would start a program or read another file."""
        return self.made_up or self.keyword in _RUNS or self._leaves

    @property
    def fetches(self) -> bool:
        """Whether it shows a picture from the web."""
        return self.keyword in _FETCHES and any(map(leads_to_web, self._targets))

    @property
    def _leaves(self) -> bool:
        """Whether it leads to a share, or to a program."""
        return self.keyword in _LEADING and any(
            leads_away(target) and not leads_to_web(target) for target in self._targets
        )

    @property
    def _targets(self) -> list[str]:
        """The words behind the first, in quotation marks or not, but for what a switch explains."""
        words = [quoted or bare for quoted, bare in _WORDS.findall(self.instruction)]
        return [word for before, word in pairwise(words) if before.lower() not in _EXPLAINING]


@dataclass
class _Open:
    """A field whose end has not come yet. Its instruction may come letter by letter, with a field
    after each: what is long is put together once, at its end.
    """

    pieces: list[str] = field(default_factory=list)
    made_up: bool = False
    shows_result: bool = False
    _begins: str = ""

    def add(self, text: str) -> None:
        """More of its instruction."""
        self.pieces.append(text)
        if len(self._begins) < LONGEST_KEYWORD:
            self._begins += text[:LONGEST_KEYWORD]

    def holds_another(self) -> None:
        """Another field begins inside: the first word must stand whole by now."""
        self.made_up = self.made_up or not _KEYWORD.match(self._begins)


FIELD_ELEMENTS = _INSTRUCTIONS | {"fldSimple", "fldChar"}
"""The elements that fields are written with; no other need be shown to `FieldCodes`."""


class FieldCodes:
    """Collects the fields of one part as its elements come by."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._instructing = False
        self._loose = ""
        self._finished: list[FieldCode] = []

    def start(self, element: str, attributes: Attributes) -> None:
        """An element begins."""
        if element in _INSTRUCTIONS:
            self._instructing = True
        elif element == "fldSimple":
            self._finished.append(FieldCode(_said(attributes, "instr")))
        elif element == "fldChar":
            self._step(_said(attributes, "fldCharType"))

    def end(self, element: str) -> None:
        """An element ends."""
        if element in _INSTRUCTIONS:
            self._instructing = False
            if not self._open:
                too_long = len(self._loose) > LONGEST_LOOSE
                self._finished.append(FieldCode(self._loose, made_up=too_long))

    def text(self, text: str) -> None:
        """Text of the part."""
        if self._instructing and self._open:
            self._open[-1].add(text)
        elif self._instructing:
            # An instruction whose field began in another part, or nowhere.
            self._loose += text[: LONGEST_LOOSE + 1]

    def finished(self) -> list[FieldCode]:
        """The fields that became complete since the last call."""
        done, self._finished = self._finished, []
        return done

    def _step(self, step: str) -> None:
        if step == "begin":
            if self._open and not self._open[-1].shows_result:
                self._open[-1].holds_another()
            self._open.append(_Open())
        elif step in ("separate", "end") and self._open:
            inner = self._open[-1]
            if not inner.shows_result:
                self._finished.append(FieldCode("".join(inner.pieces), inner.made_up))
            inner.shows_result = True
            if step == "end":
                self._open.pop()


def _said(attributes: Attributes, wanted: str) -> str:
    return next((said for name, said in attributes.items() if local_name(name) == wanted), "")
