"""No verb decides on a row that it does not hold (`procure/store/holding.py`).

Read from the source: the first thing a verb does with an id of its command is to hold the row of
that id, itself or through a loader that does.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "procure"
HOLDING = frozenset(
    {"hold", "hold_below", "hold_all", "with_for_update", "holding", "hold_own_bid"}
)
"""`holding` is how a loader is told which; `hold_own_bid` has its statement made once, elsewhere."""

EXEMPT = {
    "desks/reminders/use_cases.py::read_message": "nobody but its reader changes a message",
    "registers/accounts/use_cases/people.py::add_person": "an organisation is only named",
    "registers/accounts/use_cases/people.py::checked": "asked by verbs that hold",
    "registers/accounts/use_cases/sign_in.py::end_session": "to end twice is to end once",
    "registers/accounts/use_cases/sign_in.py::sign_out": "to end twice is to end once",
    "registers/accounts/use_cases/watching.py::report_failure": "only tells",
    "registers/accounts/use_cases/watching.py::report_slowed": "only tells",
    "registers/funds/use_cases/__init__.py::register_budget_line": "an organisation is only named",
}
"""Verbs that hold nothing by the id of their command, and why."""


@dataclass(frozen=True)
class Verb:
    """A function of a room's use cases that is given the id of a row in its command."""

    module: "Module"
    node: ast.FunctionDef
    command: str

    @property
    def name(self) -> str:
        """Where it stands and what it is called."""
        return f"{self.module.place}::{self.node.name}"


@dataclass(frozen=True)
class Module:
    """A file of source: its functions, and what the names in it that come from elsewhere mean."""

    place: str
    functions: Mapping[str, ast.FunctionDef]
    tree: ast.Module
    imported: Mapping[str, str]

    @classmethod
    def of(cls, place: str, source: str) -> "Module":
        """The module of a piece of source."""
        tree = ast.parse(source)
        named = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
        imported = {
            alias.asname or alias.name: f"{one.module}.{alias.name}"
            for one in tree.body
            if isinstance(one, ast.ImportFrom)
            for alias in one.names
        }
        return cls(place, named, tree, imported)


@cache
def module_at(dotted: str) -> Module | None:
    """The module of that name, None for what is no module of ours."""
    base = PACKAGE.parent / dotted.replace(".", "/")
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if dotted.startswith("procure.") and path.exists():
            return Module.of(str(path.relative_to(PACKAGE)), path.read_text(encoding="utf-8"))
    return None


def holds(module: Module, call: ast.Call, within: frozenset[str] = frozenset()) -> bool:
    """Whether a call holds a row, itself or by what it calls in turn."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if name in HOLDING:
        return True
    home, function = resolved(module, call)
    if home is None or function is None or f"{home.place}::{name}" in within:
        return False
    inside = within | {f"{home.place}::{name}"}
    return any(holds(home, one, inside) for one in calls(function))


def resolved(module: Module, call: ast.Call) -> tuple[Module | None, ast.FunctionDef | None]:
    """The function of ours that is called, with its module."""
    if isinstance(call.func, ast.Name):
        name = call.func.id
        if name in module.functions:
            return module, module.functions[name]
        home, _, name = module.imported.get(name, ".").rpartition(".")
    elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        home, name = module.imported.get(call.func.value.id, ""), call.func.attr
    else:
        return None, None
    found = module_at(home)
    if found is not None and name not in found.functions and name in found.imported:
        home, _, name = found.imported[name].rpartition(".")
        found = module_at(home)
    return found, None if found is None else found.functions.get(name)


def calls(node: ast.AST) -> list[ast.Call]:
    """What is called in a piece of source."""
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def commands_with_ids(tree: ast.Module) -> set[str]:
    """The dataclasses of a module with a field that names a row."""
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and field.target.id.endswith("_id")
            for field in node.body
        )
    }


def verbs_of(module: Module) -> Iterator[Verb]:
    """The public functions of a module that are given a command with the id of a row."""
    commands = commands_with_ids(module.tree)
    for name, node in module.functions.items():
        for given in node.args.args[1:]:
            kinds = {one.id for one in ast.walk(given) if isinstance(one, ast.Name)}
            if not name.startswith("_") and kinds & commands:
                yield Verb(module, node, given.arg)


def uses_id(node: ast.AST, command: str) -> bool:
    """Whether a piece of source reads an id of the command."""
    return any(
        isinstance(one, ast.Attribute)
        and one.attr.endswith("_id")
        and isinstance(one.value, ast.Name)
        and one.value.id == command
        for one in ast.walk(node)
    )


def is_held_first(verb: Verb) -> bool:
    """Whether the first statement that reads an id of the command holds a row."""
    first = next((one for one in verb.node.body if uses_id(one, verb.command)), None)
    return first is None or any(holds(verb.module, one) for one in calls(first))


def all_verbs() -> list[Verb]:
    """Every verb of every room."""
    rooms = [
        room for part in ("stages", "registers", "desks") for room in (PACKAGE / part).iterdir()
    ]
    paths = [path for room in rooms for path in room.glob("use_cases*/**/*.py")]
    paths += [path for room in rooms for path in room.glob("use_cases.py")]
    modules = (module_at(dotted(path)) for path in sorted(paths))
    return [verb for module in modules if module is not None for verb in verbs_of(module)]


def dotted(path: Path) -> str:
    """The name under which a file is imported."""
    return str(path.relative_to(PACKAGE.parent).with_suffix("")).replace("/", ".")


def test_every_verb_holds_its_row_before_it_reads_it() -> None:
    verbs = all_verbs()
    bare = {verb.name for verb in verbs if not is_held_first(verb)}

    assert len(verbs) > 100
    assert sorted(bare - EXEMPT.keys()) == []
    assert sorted(EXEMPT.keys() - bare) == [], "no exemption for what holds or is gone"


PLANTED = """
from procure.registers.projects.use_cases import enter_stage

def _load(uow, plan_id):
    return hold(uow.session, Plan, plan_id), None

@dataclass(frozen=True)
class ChangePlan:
    plan_id: str
    version: int

def change_plan(uow, command: ChangePlan):
    {loads}
    policies.may_edit_plan(uow.actor, plan).require()
    check_version(plan, command.version)
    enter_stage(uow, plan.project, Stage.PLAN)
"""


@pytest.mark.parametrize(
    ("loads", "right"),
    [
        ("plan = hold(uow.session, Plan, command.plan_id)", True),
        ("plan, project = _load(uow, command.plan_id)", True),
        ("plan = uow.session.get(Plan, command.plan_id)", False),
        (
            "plan = uow.session.get_one(Plan, command.plan_id); hold(uow.session, Plan, plan.id)",
            False,
        ),
        ("plan = uow.session.scalars(select(Plan).where(Plan.id == command.plan_id)).one()", False),
    ],
)
def test_a_verb_that_loads_its_row_without_holding_it_is_found(loads: str, right: bool) -> None:
    (verb,) = verbs_of(Module.of("planted.py", PLANTED.replace("{loads}", loads)))

    assert is_held_first(verb) is right
