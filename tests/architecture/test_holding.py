"""No verb decides on a row that it does not hold (`procure/store/holding.py`).

Read from the source: the first thing a verb does with an id of its command is to hold the row of
that id, itself or through a loader that does.
"""

import ast
from collections.abc import Sequence

import pytest

from tests.holds import BELOW, DECIDE, Hold, holds_of
from tests.verbs import Module, Verb, all_verbs, calls, resolved, verbs_of

HOLDING = frozenset(
    {"hold", "hold_below", "hold_all", "with_for_update", "holding", "hold_own_bid"}
)
"""`holding` is how a loader is told which; `hold_own_bid` has its statement made once, elsewhere."""

EXEMPT = {
    "registers/accounts/use_cases/adding.py::add_person": "an organisation is only named",
    "registers/accounts/use_cases/adding.py::checked": "asked by verbs that hold",
    "registers/accounts/use_cases/sign_in.py::end_session": "to end twice is to end once",
    "registers/accounts/use_cases/sign_in.py::sign_out": "to end twice is to end once",
    "registers/accounts/use_cases/watching.py::report_failure": "only tells",
    "registers/accounts/use_cases/watching.py::report_slowed": "only tells",
    "registers/funds/use_cases/__init__.py::register_budget_line": "an organisation is only named",
}
"""Verbs that hold nothing by the id of their command, and why."""


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


def test_every_verb_holds_its_row_before_it_reads_it() -> None:
    verbs = all_verbs()
    bare = {verb.name for verb in verbs if not is_held_first(verb)}

    assert len(verbs) > 100
    assert sorted(bare - EXEMPT.keys()) == []
    assert sorted(EXEMPT.keys() - bare) == [], "no exemption for what holds or is gone"


ORDER = (
    "Organisation",
    "User",
    "OrganisationRequest",
    "PersonRequest",
    "RoleGrant",
    "CredentialReset",
    "WebSession",
    "Plan",
    "CatalogueItem",
    "Tender",
    "Chain",
    "Bid",
    "Review",
    "Contract",
    "Milestone",
    "Recipient",
    "StaffMember",
    "ServiceRecord",
    "Evaluation",
    "Acceptance",
    "PaymentRequest",
    "Project",
    "BudgetLine",
)
"""In which order rows are held. Two verbs that both keep it queue, and never wait in a circle."""

HANGS = {"Review": "Tender"}
"""Rows that nobody holds without holding this one first to decide: who waits, waits there."""


def out_of_order(held: Sequence[Hold]) -> list[str]:
    """The kinds of row that are held after one that comes later.

    A project that is held before all others is the whole case: nobody comes to it from below then.
    """
    decided: set[str] = set()
    highest, wrong = 0, []
    for place, hold in enumerate(held):
        parent = HANGS.get(hold.kind)
        if hold.kind == "Project" and place == 0:
            continue
        if parent is not None:
            wrong += [] if parent in decided else [hold.kind]
        elif ORDER.index(hold.kind) < highest:
            wrong.append(hold.kind)
        else:
            highest = ORDER.index(hold.kind)
        if hold.how == DECIDE:
            decided.add(hold.kind)
    return wrong


def test_rows_are_held_in_one_order() -> None:
    held = {verb.name: holds_of(verb) for verb in all_verbs()}

    assert {name: wrong for name, rows in held.items() if (wrong := out_of_order(rows))} == {}
    assert {hold.kind for rows in held.values() for hold in rows} - HANGS.keys() == set(
        ORDER
    ) - HANGS.keys()


def test_a_document_that_is_put_out_is_held_from_its_case() -> None:
    """Who changes the plan comes to an unseen document from the project: as the one who publishes."""
    held = {verb.node.name: holds_of(verb) for verb in all_verbs()}

    for name in ("edit_plan", "decide_plan_change", "draft_tender", "publish_tender"):
        assert held[name][0] == Hold("Project", DECIDE), name


def test_rows_held_the_wrong_way_round_are_found() -> None:
    contract, line, project = (
        Hold("Contract", DECIDE),
        Hold("BudgetLine", DECIDE),
        Hold("Project", DECIDE),
    )

    assert out_of_order([contract, project, line]) == []
    assert out_of_order([contract, line, project]) == ["Project"]
    assert out_of_order([Hold("Tender", BELOW), Hold("Review", DECIDE)]) == ["Review"]


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
    take_up(plan, command, policies.may_edit_plan(uow.actor, plan))
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
