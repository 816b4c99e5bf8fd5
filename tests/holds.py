"""Which rows a verb holds, in what order, read from the source through all that it calls or sets off.

Two verbs meet at the first kind of row that both hold and one of them holds to decide: there the
second waits, whatever the two do afterwards. All pairs that meet alike are of one kind, and one race
shows for all of them whether the second looks again.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement

from procure.wiring import SUBSCRIBERS
from tests.verbs import Module, Verb, all_verbs, module_at, resolved

DECIDE, BELOW = "decide", "below"
HOW = {"hold": DECIDE, "hold_all": DECIDE, "hold_below": BELOW}
NAMED = {"hold_own_bid": ("Tender", BELOW), "head_of": ("Chain", DECIDE)}
"""A loader whose statement is made once, elsewhere; the chain of events of who names its newest."""


BELONGING = frozenset({"held", "free_of"})
"""What holds rows of an aggregate that is held already, its terms: nobody meets there first."""


@dataclass(frozen=True)
class Hold:
    """A row of a kind held: to decide about it, or to add below it."""

    kind: str
    how: str


@dataclass(frozen=True)
class Meeting:
    """Where two verbs meet: the kind of row, and how each holds it, in alphabetical order."""

    kind: str
    how: tuple[str, str]


Given = Mapping[str, str]
"""What the names of a function's parameters mean, as far as they name a kind or a way to hold."""


def holds_of(verb: Verb) -> tuple[Hold, ...]:
    """The rows a verb holds, each kind where it is held first."""
    return _of_function(verb.module, verb.node, {})


def meeting(one: tuple[Hold, ...], other: tuple[Hold, ...]) -> Meeting | None:
    """Where two verbs with these rows meet; None where neither waits for the other."""
    others = {hold.kind: hold.how for hold in other}
    for hold in one:
        how = (hold.how, others.get(hold.kind, ""))
        if all(how) and DECIDE in how:
            return Meeting(hold.kind, (min(how), max(how)))
    return None


def meetings() -> dict[Meeting, set[tuple[str, str]]]:
    """Every way in which two verbs can meet, with the pairs that do, by name."""
    found: dict[Meeting, set[tuple[str, str]]] = {}
    held = {verb.name: holds_of(verb) for verb in all_verbs()}
    for one, other in combinations_with_replacement(sorted(held), 2):
        where = meeting(held[one], held[other])
        if where is not None:
            found.setdefault(where, set()).add((one, other))
    return found


_known: dict[tuple[str, str, tuple[tuple[str, str], ...]], tuple[Hold, ...]] = {}
"""What was found already: by module, function and what its parameters mean."""


def _of_function(module: Module, function: ast.FunctionDef, given: Given) -> tuple[Hold, ...]:
    names = [one.arg for one in reversed(function.args.args)]
    usual = [ast.unparse(one) for one in reversed(function.args.defaults)]
    meant = {**dict(zip(names, usual, strict=False)), **given}
    key = (module.place, function.name, tuple(sorted(meant.items())))
    if key not in _known:
        # Who calls itself holds nothing more by that.
        _known[key] = ()
        first: dict[str, Hold] = {}
        for call in _in_order(function):
            for hold in _of_call(module, call, meant):
                first.setdefault(hold.kind, hold)
        _known[key] = tuple(first.values())
    return _known[key]


def _in_order(node: ast.AST) -> Iterator[ast.Call]:
    """The calls of a piece of source as they are carried out: what is given before who is given it."""
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)
    if isinstance(node, ast.Call):
        yield node


def _of_call(module: Module, call: ast.Call, given: Given) -> Sequence[Hold]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    name = given.get(name, name)
    if name in HOW:
        kind = ast.unparse(call.args[1])
        return [Hold(given.get(kind, kind), HOW[name])]
    if name in NAMED:
        return [Hold(*NAMED[name])]
    if name in BELONGING:
        return []
    if name == "with_for_update":
        return [Hold(_selected(call), DECIDE)]
    if name == "emit":
        return _of_event(call)
    home, function = resolved(module, call)
    if home is None or function is None:
        return []
    return _of_function(home, function, _given(call, function, given))


def _selected(call: ast.Call) -> str:
    """The kind of row that a statement of its own selects."""
    chosen = next(
        one
        for one in ast.walk(call)
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "select"
    )
    return ast.unparse(chosen.args[0]).partition(".")[0]


def _given(call: ast.Call, function: ast.FunctionDef, given: Given) -> Given:
    """Which parameters of a function are given a kind of row, or a way to hold."""
    names = [one.arg for one in function.args.args]
    told: dict[str, ast.expr] = dict(zip(names, call.args, strict=False))
    told |= {one.arg: one.value for one in call.keywords if one.arg is not None}
    words = {name: one.id for name, one in told.items() if isinstance(one, ast.Name)}
    meant = {name: given.get(word, word) for name, word in words.items()}
    return {name: word for name, word in meant.items() if word in HOW or word[0].isupper()}


def _of_event(call: ast.Call) -> list[Hold]:
    found: list[Hold] = []
    for handler in _handlers().get(_event_of(call.args[0]), ()):
        home = module_at(handler.__module__)
        if home is not None and handler.__name__ in home.functions:
            found += _of_function(home, home.functions[handler.__name__], {})
    return found


def _event_of(told: ast.expr) -> str:
    """The name of an event that is made in place, of its fields or of rows."""
    if not isinstance(told, ast.Call):
        return ""
    named = told.args[0] if ast.unparse(told.func) == "read_as" else told.func
    return ast.unparse(named).removesuffix(".of").rpartition(".")[2]


@cache
def _handlers() -> dict[str, list[Callable[..., None]]]:
    found: dict[str, list[Callable[..., None]]] = {}
    for kind, handler in SUBSCRIBERS:
        found.setdefault(kind.__name__, []).append(handler)
    return found
