"""The table of steps: one row for each thing that a person can do, read wherever it is offered.

A room declares its rows in `steps.py`; label, office and states of a row are those of the lifecycle,
and its side of the case is that of the office. From the same rows follow the next steps of a page
and of the case, the lines of the desk, whose turn it is, and what a page calls the step it is for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from flask import current_app, request

from procure.kernel.access import BUYER_KINDS, Actor, OrganisationKind, Permission, kinds_with
from procure.kernel.case_lines import Task
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.errors import ALLOWED, Verdict
from procure.kernel.lifecycle import BY_ACTION, State, Transition
from procure.kernel.methods import told_in
from procure.kernel.vocabulary import ProcurementMethod
from procure.web.case_panel import NextStep

STEP_TABLE = "procure.step_table"
"""Where the application keeps all rows, by endpoint."""


class HasCase(Protocol):
    """A project, as far as its steps say whose it is."""

    @property
    def number(self) -> str:
        """By which people know it."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def buyer_id(self) -> str:
        """The organisation that buys."""


@dataclass(frozen=True)
class Facts:
    """What the steps of one thing of a case are asked about, for one reader; each room adds its own.

    `state` is the thing's, None while there is none; `at` completes the addresses of its pages.
    What is said of it is told in the words of the `method`, where that is known.
    `which` tells it from others of the case; `aside` and the `deadline` stand beside it on the desk,
    `note` below its buttons where a row says nothing else.
    """

    actor: Actor
    state: State | None
    case: HasCase
    _: KW_ONLY
    supplier_id: str | None = None
    method: ProcurementMethod | None = None
    at: Mapping[str, Any] = field(default_factory=dict)
    which: str = ""
    aside: str | None = ""
    note: str = ""
    deadline: DeadlineLine | None = None


Asked = TypeVar("Asked", bound=Facts)
Words = str | Callable[[Asked], str]


def _allowed(facts: Any) -> Verdict:
    return ALLOWED


def _always(facts: Any) -> bool:
    return True


@dataclass(frozen=True)
class StepOf(Generic[Asked]):
    """One row: the action of the lifecycle, the endpoint where it is taken, and what has to be asked
    besides office, side and state before it may be.

    What moves nothing on has no action (empty) and says its label and office itself.
    """

    action: str
    endpoint: str
    verdict: Callable[[Asked], Verdict] = _allowed
    _: KW_ONLY
    todo: Words[Asked] = ""
    """What the desk says while it waits for its office; empty where nobody has to take it."""
    also: tuple[str, ...] = ()
    """Other actions that are taken on the same page."""
    begins: str = ""
    """The page that leads to it, where it has one for each of several things."""
    label: Words[Asked] = ""
    """What it is called where the action's own label would tell but a half."""
    office: Permission | None = None
    """Whose it is, where no action says so."""
    when: Callable[[Asked], bool] = _always
    """What else has to be so for it to be offered at all."""
    only_allowed: bool = False
    """Whether it is left out while it is refused: nobody waits for it."""
    stays: bool = False
    """Whether the desk keeps it, with the reason, while it is refused."""
    note: str = ""
    """What stands below its button."""
    usual: bool | None = None
    """Whether it is part of the ordinary way, where the row does not tell by itself (`is_usual`)."""

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """The rows of the lifecycle that it stands for."""
        return tuple(BY_ACTION[one] for one in (self.action, *self.also) if one)

    @property
    def leads_back(self) -> bool:
        """Whether it takes back, ends or leaves what is under way."""
        row = BY_ACTION.get(self.action)
        return row is not None and row.leads_back

    @property
    def permission(self) -> Permission:
        """The office whose step it is."""
        return self.office or BY_ACTION[self.action].permission

    @property
    def is_usual(self) -> bool:
        """Whether every thing of its kind comes by it: it moves the thing on or somebody has to take
        it, and it leads neither back nor out.
        """
        if self.usual is not None:
            return self.usual
        ways = [one for one in self.transitions if not one.leads_back]
        moves = any(one.target is not None for one in ways)
        return bool(moves or (self.todo and (ways or not self.action)))

    @property
    def name(self) -> str:
        """What the step is called, whichever thing it is taken with."""
        if isinstance(self.label, str) and self.label:
            return self.label
        return BY_ACTION[self.action].label if self.action else ""


def label_of_page() -> str:
    """What the step is called that the page of this request is for; empty where no row says so."""
    rows: Mapping[str, StepOf[Any]] = current_app.extensions.get(STEP_TABLE, {})
    row = rows.get(request.endpoint or "")
    return row.name if row is not None else ""


def offered(rows: Iterable[StepOf[Asked]], facts: Asked, on: str = "") -> tuple[NextStep, ...]:
    """The steps of this reader's offices, in the order of the rows, refused ones with the reason;
    on the page of the endpoint `on` without those that begin there.
    """
    found = []
    for row in rows:
        if not _is_theirs(row, facts) or (row.begins and row.begins == on):
            continue
        verdict = row.verdict(facts)
        if verdict.ok or not row.only_allowed:
            label = _label(row, facts)
            label = f"{label}（{facts.which}）" if facts.which else label
            note, awaited = row.note or facts.note, bool(_said(row.todo, facts))
            back = row.leads_back and not awaited
            found.append(NextStep(label, _href(row, facts), verdict, note, awaited, back))
    return tuple(found)


def tasks_of(rows: Iterable[StepOf[Asked]], found: Iterable[Asked]) -> list[Task]:
    """The lines of this reader's desk: of each thing the first step that waits for them and that
    they may take.
    """
    tasks = (_task(rows, facts) for facts in found)
    return [task for task in tasks if task is not None]


def _task(rows: Iterable[StepOf[Asked]], facts: Asked) -> Task | None:
    for row in rows:
        if not _is_theirs(row, facts) or not (words := _said(row.todo, facts)):
            continue
        verdict = row.verdict(facts)
        if verdict.ok or row.stays:
            return Task(
                case=facts.case.title,
                number=facts.case.number,
                step=f"{facts.which}：{words}" if facts.which else words,
                verb=_label(row, facts),
                href=_href(row, facts),
                deadline=facts.deadline,
                note=facts.aside or "",
                verdict=verdict,
            )
    return None


def _is_theirs(row: StepOf[Asked], facts: Asked) -> bool:
    """Whether it is the reader's office and side, and the thing stands where the step begins."""
    starts = row.transitions
    return (
        facts.actor.may(row.permission)
        and _is_on_side(row.permission, facts)
        and (not starts or any(_starts_from(one, facts.state) for one in starts))
        and row.when(facts)
    )


def _is_on_side(permission: Permission, facts: Facts) -> bool:
    """Whether the reader's organisation is the one of the case whose office it is; treasury, panel
    and assessors are told by the verdicts.
    """
    kinds, own = kinds_with(permission), facts.actor.organisation_id
    if kinds == {OrganisationKind.SUPPLIER}:
        return facts.supplier_id in (None, own)
    return facts.case.buyer_id == own or not kinds <= BUYER_KINDS


def _starts_from(row: Transition, state: State | None) -> bool:
    return state in row.sources if row.sources else state is None


def _said(words: Words[Asked], facts: Asked) -> str:
    said = words if isinstance(words, str) else words(facts)
    return said if facts.method is None else told_in(facts.method, said)


def _label(row: StepOf[Asked], facts: Asked) -> str:
    return _said(row.label or row.name, facts)


def _href(row: StepOf[Asked], facts: Asked) -> str:
    """The address of a step; of the map itself, for desks are read outside of requests too."""
    pages = current_app.url_map.bind("")
    return pages.build(row.begins or row.endpoint, {"number": facts.case.number, **facts.at})
