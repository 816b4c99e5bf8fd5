"""A form gives its command by the names of its fields: names and types of both agree, for every call
of `command` and `act` in the program, whether or not a test opens the page.
"""

import ast
import importlib
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from wtforms import Field, Form, HiddenField

from procure.kernel.money import Money
from procure.stages.acceptance.opinions import QUESTIONS
from procure.stages.delivery.forms import TimeField
from procure.stages.payments.models import CheckItem
from procure.stages.plans.forms import NEGATIVE_FIELDS
from procure.store.unit_of_work import UnitOfWork
from procure.web import forms
from procure.web.fields.choices import ChoiceField, ConfirmField, ManyChoicesField
from procure.web.fields.dates import DateField, DateTimeField
from procure.web.fields.files import FileField, FilesField
from procure.web.fields.numbers import DecimalField, HundredthsField, IntegerField, MoneyField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import HIDDEN, ProcureForm, command_of
from tests.sources import parsed

PROGRAM = Path("procure")
FROM_PAGE = {"version": int, "key": str}

GIVES: tuple[tuple[type[Field], type], ...] = (
    (TimeField, int),
    (DateTimeField, datetime),
    (DateField, date),
    (MoneyField, Money),
    (IntegerField, int),
    (HundredthsField, int),
    (DecimalField, Decimal),
    (ConfirmField, bool),
    (FileField, str),
    (TextField, str),
    (HiddenField, str),
)
"""What a field gives a command, the special kinds first. One that may be left blank gives None
beside it, save texts and files.
"""
NEVER_NONE = (TextField, HiddenField, FilesField, ConfirmField)
BY_TABLE = {question.ident for question in QUESTIONS} | set(NEGATIVE_FIELDS)
for _item in CheckItem:
    BY_TABLE |= {_item.value, f"{_item.value}_evidence"}
"""Fields that are read by the names of a table: the recipients' questions, the list of what is not
bought, the items of a payment's review.
"""

BY_HAND = {
    "DecideForm",  # one of two commands
    "OfferForm",  # money is kept in fen
    "ProposalForm",  # a field for each factor
    "StatementsForm",  # one box for each statement
    "TeamForm",  # uploads of now beside attachments of before
}
"""Forms with a method of their own for it, and why."""

OTHERS = {(bool, int), (datetime, date)}
"""What Python takes for the same and no command means."""


@dataclass(frozen=True)
class Call:
    """A call of `command` or `act`: the form, what it is to give, and what the call gives itself.

    `more` names a field of the form beside what is taken of it, nothing beside any other value.
    """

    where: str
    form: type[Form]
    kind: type
    subject: int
    more: Mapping[str, str]
    module: types.ModuleType


# --- who calls it ---


@dataclass(frozen=True)
class Scope:
    """What names mean where a call stands: the module, the form's class, a function's own names."""

    module: types.ModuleType
    own: type | None = None
    names: Mapping[str, ast.expr] = field(default_factory=dict)
    annotated: Mapping[str, ast.expr] = field(default_factory=dict)

    def inside(self, function: ast.FunctionDef) -> "Scope":
        """The same with the names that a function gives."""
        names, annotated = dict(self.names), dict(self.annotated)
        for one in (*function.args.args, *function.args.kwonlyargs):
            if one.annotation is not None:
                annotated[one.arg] = one.annotation
        for node in ast.walk(function):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                annotated[node.target.id] = node.annotation
            elif isinstance(node, ast.Assign):
                names |= _assigned(node.targets[0], node.value)
        return Scope(self.module, self.own, names, annotated)

    def evaluated(self, node: ast.expr) -> typing.Any:
        """What an expression of names is in the module."""
        return eval(ast.unparse(node), dict(vars(self.module)), {"self": self.own})  # noqa: S307

    def classes(self, node: ast.expr) -> set[type]:
        """The classes of which the value of an expression may be."""
        if isinstance(node, ast.Name):
            if node.id == "self" and self.own is not None:
                return {self.own}
            if node.id in self.annotated:
                return _classes(self.evaluated(self.annotated[node.id]))
            if node.id in self.names:
                return self.classes(self.names[node.id])
        if isinstance(node, ast.IfExp):
            return self.classes(node.body) | self.classes(node.orelse)
        if isinstance(node, ast.Call):
            return {one for called in self._called(node.func) for one in _classes(called)}
        raise LookupError(f"no class is told for {ast.unparse(node)}: annotate it")

    def commands(self, node: ast.expr) -> set[type]:
        """The commands that the verb of an expression takes."""
        if isinstance(node, ast.Name) and node.id in self.annotated:
            return {typing.get_args(self.evaluated(self.annotated[node.id]))[0][1]}
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.commands(self.names[node.id])
        if isinstance(node, ast.IfExp):
            return self.commands(node.body) | self.commands(node.orelse)
        return {command_of(self.evaluated(node))}

    def _called(self, node: ast.expr) -> Iterator[typing.Any]:
        """What calling an expression gives."""
        if isinstance(node, ast.Call):
            for given in self._called(node.func):
                yield from typing.get_args(given)
        elif isinstance(node, ast.IfExp):
            yield from self._called(node.body)
            yield from self._called(node.orelse)
        elif isinstance(node, ast.Name) and node.id in self.names:
            yield from self._called(self.names[node.id])
        elif isinstance(node, ast.Attribute) and not _is_path(node, self.module):
            for form in self.classes(node.value):
                yield _given_by(getattr(form, node.attr))
        else:
            yield _given_by(self.evaluated(node))


def _assigned(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    """What an assignment gives which name."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=False)
        return {name: one for each, of in pairs for name, one in _assigned(each, of).items()}
    return {}


def _is_path(node: ast.Attribute, module: types.ModuleType) -> bool:
    """Whether an attribute is that of something imported."""
    return isinstance(node.value, ast.Name) and node.value.id in vars(module)


def _given_by(called: typing.Any) -> typing.Any:
    return called if inspect.isclass(called) else typing.get_type_hints(called)["return"]


def _classes(annotation: typing.Any) -> set[type]:
    return {one for one in (typing.get_args(annotation) or (annotation,)) if inspect.isclass(one)}


def calls_in(module: types.ModuleType, source: str) -> Iterator[Call]:
    """Every call of `command` in a module."""
    yield from _calls(parsed(source), Scope(module))


def _calls(node: ast.AST, scope: Scope) -> Iterator[Call]:
    if isinstance(node, ast.ClassDef):
        scope = Scope(scope.module, getattr(scope.module, node.name, None))
    elif isinstance(node, ast.FunctionDef):
        scope = scope.inside(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        asked, of = node.args[0], node.func.value
        if ast.unparse(node) == "self.command(self.makes)":
            # What the kinds of such a form make is told by their classes.
            for form in typing.cast(type, scope.own).__subclasses__():
                where = f"{form.__module__}:{form.__name__}"
                yield Call(where, form, form.makes, 0, {}, scope.module)
        elif node.func.attr == "command":
            yield from _made(node, of, {scope.evaluated(asked)}, scope)
        elif node.func.attr == "act":
            yield from _made(node, of, scope.commands(asked), scope)
    for inner in ast.iter_child_nodes(node):
        yield from _calls(inner, scope)


def _made(node: ast.Call, of: ast.expr, kinds: set[type], scope: Scope) -> Iterator[Call]:
    where = f"{scope.module.__name__}:{node.lineno}"
    more = {one.arg: _field_of(one.value, of) for one in node.keywords if one.arg}
    for form in scope.classes(of):
        for kind in kinds:
            yield Call(where, form, kind, len(node.args) - 1, more, scope.module)


def _field_of(value: ast.expr, form: ast.expr) -> str:
    """The name of what is asked of the form itself."""
    own = isinstance(value, ast.Attribute) and ast.unparse(value.value) == ast.unparse(form)
    return value.attr if own and isinstance(value, ast.Attribute) else ""


def calls_of_the_program() -> list[Call]:
    """Every call in procure/, where forms are used."""
    found: list[Call] = []
    for path in sorted({*PROGRAM.rglob("*.py")} - {Path(forms.__file__).relative_to(Path.cwd())}):
        source = path.read_text()
        if ".command(" in source or ".act(" in source:
            module = importlib.import_module(".".join(path.with_suffix("").parts))
            found += calls_in(module, source)
    return found


# --- what is wrong with it ---


def faults(call: Call, calls: Sequence[Call]) -> Iterator[str]:
    """What the command misses, is given in another type, or never gets though the form asks for it.

    `calls` are all of the program: what a form asks for may go into another command.
    """
    hints = typing.get_type_hints(call.kind)
    named = {one.name: one for one in fields(call.kind)}
    if unknown := call.more.keys() - named.keys():
        yield f"{call.where}: {call.kind.__name__} has no {sorted(unknown)}"
    form = call.form()
    for name, one in list(named.items())[call.subject :]:
        taken = call.more.get(name, name)
        if name in call.more and taken not in form:
            continue
        given = FROM_PAGE.get(taken) or (types_of(form[taken]) if taken in form else None)
        has_default = one.default is not MISSING or one.default_factory is not MISSING
        if given is None and not has_default:
            yield f"{call.where}: {call.form.__name__} has no {name} for {call.kind.__name__}"
        elif given is not None and not fits(given, hints[name]):
            yield f"{call.where}: {taken} is {given}, {call.kind.__name__} wants {hints[name]}"
    yield from unheard(call, form, calls)


def unheard(call: Call, form: Form, calls: Sequence[Call]) -> Iterator[str]:
    """What the form asks for and nobody takes: what was typed would be dropped without a word."""
    names = {
        one.name
        for each in calls
        if issubclass(each.form, call.form) or issubclass(call.form, each.form)
        for one in fields(each.kind)
    }
    names |= {taken for each in calls for taken in each.more.values()}
    sources = inspect.getsource(call.module) + "".join(
        inspect.getsource(one) for one in call.form.__mro__ if one.__module__.startswith("procure.")
    )
    for one in form:
        by_hand = rf"\b{one.name}\.(data|taken)|[\"']{one.name}[\"']\]"
        if (
            one.name not in HIDDEN | BY_TABLE | names
            and not isinstance(one, ConfirmField)
            and not re.search(by_hand, sources)
        ):
            yield f"{call.where}: nothing takes {one.name} of {call.form.__name__}"


def types_of(one: Field) -> typing.Any:
    """The type of what a field gives."""
    if isinstance(one, ManyChoicesField):
        return tuple[_of_choices(one), ...]  # type: ignore[misc]
    if isinstance(one, FilesField) and not isinstance(one, FileField):
        return tuple[str, ...]
    if isinstance(one, RowsField):
        return tuple[_row_form(one).makes, ...]  # type: ignore[name-defined]
    kind = _of_choices(one) if isinstance(one, ChoiceField) else _of(one)
    blank = getattr(one, "optional", False) and not isinstance(one, NEVER_NONE)
    return kind | None if blank else kind


def _of(one: Field) -> type:
    return next(given for kind, given in GIVES if isinstance(one, kind))


def _of_choices(one: ChoiceField) -> typing.Any:
    """The types of what is on offer; ids where that is set by the page."""
    return typing.Union[tuple({type(choice.value) for choice in one.choices} or {str})]  # noqa: UP007


def _row_form(rows: RowsField) -> type[RowForm]:
    row: type[RowForm] = rows.entries[0].form.__class__
    return row


def fits(given: typing.Any, wanted: typing.Any) -> bool:
    """Whether every value of one type is a value of the other."""
    if isinstance(given, types.UnionType) or typing.get_origin(given) is typing.Union:
        return all(fits(one, wanted) for one in typing.get_args(given))
    if isinstance(wanted, types.UnionType) or typing.get_origin(wanted) is typing.Union:
        return any(fits(given, one) for one in typing.get_args(wanted))
    if typing.get_origin(given) is tuple:
        many = typing.get_origin(wanted) is not None and issubclass(
            tuple, typing.get_origin(wanted)
        )
        return many and fits(typing.get_args(given)[0], typing.get_args(wanted)[0])
    if not (inspect.isclass(given) and inspect.isclass(wanted)):
        return False
    return issubclass(given, wanted) and (given, wanted) not in OTHERS


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    app = Flask("procure")
    app.config.update(WTF_CSRF_ENABLED=False, SECRET_KEY="trial")
    with app.test_request_context():
        yield


def test_every_command_gets_from_its_form_what_it_asks_for() -> None:
    calls = calls_of_the_program()

    assert len(calls) > 120
    assert [words for call in calls for words in faults(call, calls)] == []


def test_forms_turn_into_commands_by_hand_only_where_they_differ() -> None:
    known = {call.form for call in calls_of_the_program()}
    written = {one.__name__ for form in known for one in form.__mro__ if "to_command" in vars(one)}

    assert written == BY_HAND


def test_rows_give_what_they_make() -> None:
    """Each row of a table by the same rule."""
    rows = [
        _row_form(one)
        for form in {call.form for call in calls_of_the_program()}
        for one in form()
        if isinstance(one, RowsField)
    ]
    made = [row for row in rows if row.makes is not None]
    calls = [
        Call(row.__name__, row, row.makes, 0, {}, importlib.import_module(row.__module__))
        for row in made
    ]

    assert made
    assert [words for call in calls for words in faults(call, calls)] == []


def _made_by_hand(source: str) -> list[str]:
    """The commands of a module's verbs that have no base class."""
    tree = parsed(source)
    taken = {
        ast.unparse(one.annotation)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for one in node.args.args
        if one.arg == "command" and one.annotation is not None
    }
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name in taken and not node.bases
    ]


def test_commands_are_made_from_their_base_class() -> None:
    found = {path: _made_by_hand(path.read_text("utf-8")) for path in PROGRAM.rglob("*.py")}

    assert {path: names for path, names in found.items() if names} == {}


# --- planted offenders ---


def test_a_command_made_by_hand_is_found() -> None:
    planted = (
        "@dataclass(frozen=True)\nclass Approve:\n    plan_id: str\n\n"
        "class Recall(Command):\n    plan_id: str\n\n"
        "def approve(uow: UnitOfWork, command: Approve) -> None: ...\n"
        "def recall(uow: UnitOfWork, command: Recall) -> None: ...\n"
    )

    assert _made_by_hand(planted) == ["Approve"]


@dataclass(frozen=True)
class Trial:
    """A command of a trial."""

    trial_id: str
    version: int
    held_on: date
    note: str = ""


class GoodForm(ProcureForm):
    """One that fits."""

    held_on = DateField("日期")
    note = LongTextField("说明", optional=True)
    confirmed = ConfirmField("确认")


class BlankForm(GoodForm):
    """A day that may be left blank, where the command wants one."""

    held_on = DateField("日期", optional=True)


class WrongForm(GoodForm):
    """Another type."""

    held_on = DateTimeField("时间")
    note = IntegerField("说明")


class LackingForm(ProcureForm):
    """A field short, and one that nothing takes."""

    lost = TextField("白填的一栏")


def verb(uow: UnitOfWork, command: Trial) -> None:
    """What takes it."""


Verb = Callable[[UnitOfWork, Trial], None]

PLANTED = """
def view(trial, form: {form}, other: Verb):
    return form.{asked}, trial.id{more})
"""


@pytest.mark.parametrize(
    "asked", ["command(Trial", "act(verb", "act(other", "act(verb if trial else other"]
)
@pytest.mark.parametrize(
    ("form", "more", "wrong"),
    [
        ("GoodForm", "", ()),
        ("BlankForm", "", ("held_on is",)),
        ("WrongForm", "", ("held_on is", "note is")),
        ("LackingForm", "", ("has no held_on", "nothing takes lost")),
        ("GoodForm", ", hold_on=trial.day", ("has no ['hold_on']",)),
        ("LackingForm", ", held_on=trial.day", ("nothing takes lost",)),
        ("LackingForm", ", held_on=form.lost", ("lost is",)),
        ("LackingForm", ", held_on=trial.day, note=form.lost", ()),
    ],
)
def test_a_form_that_does_not_fit_its_command_is_found(
    asked: str, form: str, more: str, wrong: tuple[str, ...]
) -> None:
    module = importlib.import_module(__name__)
    calls = list(calls_in(module, PLANTED.format(asked=asked, form=form, more=more)))

    found = [words for call in calls for words in faults(call, calls)]

    assert len(calls) == 1
    assert len(found) == len(wrong)
    assert all(part in words for part, words in zip(wrong, found, strict=True))


def test_a_form_of_which_no_class_is_told_is_found() -> None:
    source = "def view(form):\n    return form.command(Trial)\n"

    with pytest.raises(LookupError, match="annotate"):
        list(calls_in(importlib.import_module(__name__), source))
