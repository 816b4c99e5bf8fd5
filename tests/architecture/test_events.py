"""Every step of the table has an event that somebody can read, in words written as data."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import procure
from procure import wiring
from procure.kernel.events import EVENT_TYPES, Event
from procure.kernel.lifecycle import TRANSITIONS
from procure.kernel.phrases import Each, known_form, places
from tests.sources import parsed

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_wiring_brings_every_package_with_its_events() -> None:
    assert wiring.SUBSCRIBERS
    assert len(EVENT_TYPES) >= len(TRANSITIONS)


def test_step_has_an_event_with_a_label() -> None:
    for row in TRANSITIONS:
        assert row.event in EVENT_TYPES, row.action
        assert CHINESE.search(EVENT_TYPES[row.event].label), row.action


def faults(says: str, facts: set[str], kind: Any) -> Iterator[str]:
    """What of a phrase nobody could fill in."""
    for name, form in places(says):
        if name not in facts:
            yield f"{{{name}}} is no fact of it"
        if form and not known_form(form):
            yield f"{{{name}:{form}}} is no way to write a fact"
        if (
            form in ("label", "each")
            and name not in {"label": kind.labels, "each": kind.each}[form]
        ):
            yield f"{{{name}:{form}}} has no words declared"


def test_every_phrase_can_be_filled_in() -> None:
    wrong = {}
    for kind in EVENT_TYPES.values():
        if kind.facts_of.__func__ is not Event.facts_of.__func__:  # type: ignore[attr-defined]
            continue
        facts = {item.name for item in fields(kind)} | set(kind.earlier)
        if found := list(faults(kind.says, facts, kind)):
            wrong[kind.__name__] = found
    assert not wrong


def test_phrase_that_cannot_be_filled_in_is_found() -> None:
    class Planted:
        labels = {"kind": {"a": "甲"}}
        each = {"rows": Each("{0}")}

    said = "{kind:label}，{nobody}，{act:label}，{rows:each}，{sum:gold}，{sum:money}"
    assert list(faults(said, {"kind", "act", "rows", "sum"}, Planted)) == [
        "{nobody} is no fact of it",
        "{act:label} has no words declared",
        "{sum:gold} is no way to write a fact",
    ]


def words_by_hand(source: str) -> list[str]:
    """Where a module of events makes words itself instead of declaring them."""
    found = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FunctionDef) and node.name == "words_of":
            found.append(f"{node.lineno} words_of")
        if isinstance(node, ast.JoinedStr) and CHINESE.search(ast.unparse(node)):
            found.append(f"{node.lineno} {ast.unparse(node)}")
    return found


def test_events_declare_their_words() -> None:
    modules = sorted(Path(procure.__file__).parent.glob("*/**/events.py"))
    assert len(modules) > 18
    by_hand = {
        str(path): found
        for path in modules
        if "kernel" not in path.parts and (found := words_by_hand(path.read_text("utf-8")))
    }
    assert not by_hand


def test_words_made_by_hand_are_found() -> None:
    planted = """
class PlanSung(ProjectEvent):
    @classmethod
    def words_of(cls, data):
        return f"唱了 {data['songs']} 首"
"""
    assert len(words_by_hand(planted)) == 2
