"""A verb that was sent from a page takes up its row by one call (`take_up` in `procure/store/holding.py`),
which asks the policy and looks at the version: no verb can do one and forget the other.

Read from the source. Who saves a section of a record opens that section instead.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.verbs import Module, Verb, all_verbs, calls, resolved, verbs_of

BEGINNINGS = frozenset({"take_up", "open_section"})

OF_A_SHEET = {
    "stages/awards/use_cases/checks.py::check_bid": "the version is that of one bid's check",
    "stages/awards/use_cases/scores.py::save_scores": "the version is that of one member's sheet",
}
"""Verbs whose page shows something without a row of its own, which has a version all the same."""


def is_from_page(verb: Verb) -> bool:
    """Whether the verb's command carries the version of the page it was given on."""
    return any(
        isinstance(field, ast.AnnAssign) and ast.unparse(field.target) == "version"
        for node in verb.module.tree.body
        if isinstance(node, ast.ClassDef) and node.name in _kinds(verb)
        for field in node.body
    )


def _kinds(verb: Verb) -> set[str]:
    given = next(one for one in verb.node.args.args if one.arg == verb.command)
    return {one.id for one in ast.walk(given) if isinstance(one, ast.Name)}


def called(node: ast.AST) -> set[str]:
    """The names of the functions that a piece of source calls."""
    return {ast.unparse(one.func).rpartition(".")[2] for one in calls(node)}


def bodies(
    module: Module, node: ast.FunctionDef, seen: frozenset[str] = frozenset()
) -> Iterator[ast.FunctionDef]:
    """A function, and those of its own module that it calls."""
    yield node
    for call in calls(node):
        home, function = resolved(module, call)
        if home is module and function is not None and function.name not in seen | {node.name}:
            yield from bodies(module, function, seen | {node.name})


def is_taken_up(verb: Verb) -> bool:
    """Whether the verb begins by one of the calls, itself or by a part of its own module."""
    return any(called(one) & BEGINNINGS for one in bodies(verb.module, verb.node))


def moved_by_hand(verb: Verb) -> list[str]:
    """The rows that a verb takes up and at once moves to their next state itself: nothing was read
    in between that could have asked for the state they had.
    """
    taken = ""
    moved = []
    for one in verb.node.body:
        call = one.value if isinstance(one, ast.Expr) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "take_up":
            taken = ast.unparse(call.args[0])
        elif isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == f"{taken}.state":
            moved.append(taken)
        elif called(one) - {"require_text"}:
            taken = ""
    return moved


def test_every_verb_of_a_page_takes_up_its_row() -> None:
    from_page = [verb for verb in all_verbs() if is_from_page(verb)]
    bare = {verb.name for verb in from_page if not is_taken_up(verb)}

    assert len(from_page) > 80
    assert sorted(bare - OF_A_SHEET.keys()) == []
    assert sorted(OF_A_SHEET.keys() - bare) == [], "no exemption for what is taken up or is gone"


def test_a_row_is_moved_where_it_is_taken_up() -> None:
    assert [verb.name for verb in all_verbs() if moved_by_hand(verb)] == []


PLANTED = """
@dataclass(frozen=True)
class ReturnPlan:
    plan_id: str
    version: int

def _begin(uow, plan, command):
    take_up(plan, command, policies.may_return_plan(uow.actor, plan))

def return_plan(uow, command: ReturnPlan):
    plan = hold(uow.session, Plan, command.plan_id)
    {begins}
    plan.returned_reason = command.reason
"""


@pytest.mark.parametrize(
    ("begins", "taken", "by_hand"),
    [
        ('take_up(plan, command, may_return(uow.actor, plan), "return_plan")', True, []),
        ("_begin(uow, plan, command)", True, []),
        ("open_section(uow, plan, 'title', command.version)", True, []),
        ("may_return(uow.actor, plan).require()", False, []),
        ("may_return(uow.actor, plan).require(); check(plan.version, command)", False, []),
        (
            "take_up(plan, command, may_return(plan)); plan.state = advance('return', plan.state)",
            True,
            ["plan"],
        ),
    ],
)
def test_a_verb_that_begins_by_hand_is_found(begins: str, taken: bool, by_hand: list[str]) -> None:
    (verb,) = verbs_of(Module.of("planted.py", PLANTED.replace("{begins}", begins)))

    assert is_from_page(verb)
    assert is_taken_up(verb) is taken
    assert moved_by_hand(verb) == by_hand
