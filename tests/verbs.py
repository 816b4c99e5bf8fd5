"""The verbs of all rooms as they stand in the source, for what is to be true of each of them."""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.sources import parsed

PACKAGE = Path(__file__).parents[1] / "procure"


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
        tree = parsed(source)
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


def imported_commands(module: Module) -> set[str]:
    """The same of those that a module has from another: one that several verbs are given."""
    found = set()
    for name, whole in module.imported.items():
        home = module_at(whole.rpartition(".")[0]) if ".use_cases" in whole else None
        if home is not None and name in commands_with_ids(home.tree):
            found.add(name)
    return found


def verbs_of(module: Module) -> Iterator[Verb]:
    """The public functions of a module that are given a command with the id of a row; in a stage, or
    the id alone. In the registers such functions are what verbs are made of.
    """
    commands = commands_with_ids(module.tree) | imported_commands(module)
    for name, node in module.functions.items():
        for given in node.args.args[1:]:
            kinds = {one.id for one in ast.walk(given) if isinstance(one, ast.Name)}
            is_id = given.arg.endswith("_id") and "stages/" in module.place
            names_row = kinds & commands or is_id
            if not name.startswith("_") and names_row:
                yield Verb(module, node, given.arg)


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


def name_of(verb: Callable[..., Any]) -> str:
    """The name of a verb that is at hand, as `Verb.name` gives it."""
    path = Path(inspect.getfile(verb))
    place = path.relative_to(PACKAGE) if path.is_relative_to(PACKAGE) else path.name
    return f"{place}::{verb.__name__}"
