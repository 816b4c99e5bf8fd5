"""What a person can do stands in one table: who, where, in which state, under which words.

`procure/kernel/lifecycle.py` says what moves what, the rooms' `steps.py` where it is done.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from procure import wiring
from procure.desks.reminders.turns import PREPARED_WITH
from procure.desks.steps import STEPS
from procure.kernel.access import Permission
from procure.kernel.lifecycle import (
    BY_ACTION,
    STATES,
    TRANSITIONS,
    Aggregate,
    PlanState,
    forward_step,
)
from procure.web.access import CONFIG, permission_of
from procure.web.routing import LateRule
from procure.web.step_table import StepOf
from tests.sources import parsed
from tests.world import config_for

ROOT = Path(__file__).parents[2]

FOLLOWS = {
    "outdate_intention": "a plan that is changed has to be announced anew",
    "follow_plan": "a plan that is changed changes its tender",
    "drop_tender": "a plan that is cancelled takes its tender along",
    "fail_tender": "an opening, or a review, with too few bids",
    "open_bid": "the opening opens each",
    "rank_bids": "the last mark that is locked",
    "reopen_scoring": "a member replaced after the marks were locked",
    "fail_review": "a check that leaves too few bids",
    "end_review": "a purchase that is ended",
    "draft_contract": "an announced result",
    "complete_contract": "the last payment",
    "reopen_contract": "a reversal of the last payment",
    "plan_milestone": "a contract that both have signed",
    "cancel_milestone": "a contract that ends early or is settled",
    "void_service": "an evaluator's finding, written with the records",
    "restore_service": "the same finding, taken back",
    "schedule_evaluation": "a contract that both have signed; a further round by evaluation.again",
    "cancel_evaluation": "a contract that ends early or is settled",
    "bring_forward": "a contract that ends early",
    "settle_payment": "the payment of the last share",
    "cancel_payment": "a contract that is settled",
}
"""Actions that nobody takes by themselves, and what they follow from."""

SEVERAL = {"declare_interest", "propose_plan_change", "sign_contract_buyer"}
"""Actions whose page belongs to another row as well, or that have two pages."""

ONE_DOOR = {
    "contracts.sign": "both sides sign on one page",
    "delivery.milestone": "who reports and who judges open the same milestone",
    "payments.reversal": "another treasurer decides, or the buyer's approver",
    "payments.decide_refund": "another treasurer decides, or the buyer's approver",
}
"""Pages for two offices: the verdict of a row tells them apart."""

BY_HAND = {
    "procure/registers/accounts/todo.py": 3,
    "procure/registers/funds/todo.py": 1,
    "procure/registers/funds/views.py": 3,
}
"""What no lifecycle knows of: what administrators decide, and what becomes of budget lines."""

OTHER_WORDS = {
    "procure/kernel/methods.py": {"开标"},
}
"""Labels that are words of another table."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    made = Flask("procure")
    made.url_rule_class = LateRule
    made.extensions[CONFIG] = config_for("sqlite://", tmp_path_factory.mktemp("steps"))
    wiring.connect(made)
    return made


def unplaced(steps: tuple[StepOf[object], ...]) -> tuple[set[str], set[str]]:
    """The actions that no row stands for, and those that several do."""
    count = Counter(row.action for step in steps for row in step.transitions)
    persons = {row.action for row in TRANSITIONS} - FOLLOWS.keys()
    return persons - count.keys(), {action for action, times in count.items() if times > 1}


def test_every_step_that_a_person_takes_has_its_row() -> None:
    missing, twice = unplaced(STEPS)

    assert missing == set()
    assert twice <= SEVERAL
    assert not {row.action for step in STEPS for row in step.transitions} & FOLLOWS.keys()


def test_a_step_without_row_and_one_with_two_are_found() -> None:
    fewer = tuple(step for step in STEPS if step.action != "decide_winner")
    more = (*STEPS, StepOf("recall_plan", "plans.show"))

    assert unplaced(fewer)[0] == {"decide_winner"}
    assert "recall_plan" in unplaced(more)[1]


def wrong_doors(app: Flask, steps: tuple[StepOf[object], ...]) -> list[str]:
    """The rows whose page is not there, or opens to another office."""
    return [
        step.endpoint
        for step in steps
        if step.endpoint not in ONE_DOOR
        and permission_of(app, step.endpoint) is not step.permission
    ]


def test_the_page_of_a_step_is_there_and_opens_to_its_office(app: Flask) -> None:
    assert wrong_doors(app, STEPS) == []
    assert {step.endpoint for step in STEPS} >= ONE_DOOR.keys()
    assert all(step.begins in app.view_functions for step in STEPS if step.begins)
    offices = {step.permission for step in STEPS for row in step.transitions if not step.office}
    assert offices <= {row.permission for row in TRANSITIONS}


def test_a_page_that_opens_to_another_office_is_found(app: Flask) -> None:
    planted = (StepOf("submit_plan", "plans.decide"), StepOf("submit_plan", "plans.nowhere"))
    assert wrong_doors(app, planted) == ["plans.decide", "plans.nowhere"]


def test_what_moves_nothing_on_says_its_office_and_its_name() -> None:
    assert [
        step.endpoint for step in STEPS if not (step.action or (step.office and step.name))
    ] == []
    assert {step.permission for step in STEPS} <= set(Permission)


def silent(steps: tuple[StepOf[object], ...]) -> list[str]:
    """The states in which a thing waits for an office whose desk says nothing of it."""
    told: dict[object, set[Permission]] = {}
    anywhere = {step.permission for step in steps if step.todo and not step.action}
    for step in steps:
        for row in step.transitions if step.todo else ():
            for state in row.sources:
                told.setdefault((row.aggregate, state), set()).add(step.permission)
    return [
        f"{aggregate}: {state}"
        for aggregate, states in STATES.items()
        for state in states
        if aggregate is not Aggregate.CATALOGUE_ITEM
        and (onward := forward_step(aggregate, state)) is not None
        and {onward.permission, PREPARED_WITH.get(onward.permission)}.isdisjoint(
            told.get((aggregate, state), set()) | anywhere
        )
    ]


def test_who_is_reminded_finds_the_step_on_their_desk() -> None:
    assert silent(STEPS) == []


def test_a_turn_that_no_desk_tells_of_is_found() -> None:
    assert silent(tuple(step for step in STEPS if step.action != "approve_plan")) == [
        f"{Aggregate.PLAN}: {PlanState.SUBMITTED}"
    ]


def offered_by_hand(source: str) -> int:
    """How many lines or buttons a module makes without a row."""
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("NextStep", "Task")
        for node in ast.walk(parsed(source))
    )


def test_every_button_and_every_line_of_a_desk_comes_from_a_row() -> None:
    found = {
        str(file.relative_to(ROOT)): times
        for file in sorted((ROOT / "procure").rglob("*.py"))
        if file.name not in ("step_table.py", "styleguide.py")
        and (times := offered_by_hand(file.read_text("utf-8")))
    }
    assert found == BY_HAND


def test_a_button_made_by_hand_is_found() -> None:
    assert offered_by_hand('found.append(NextStep("送审采购计划", href, verdict))') == 1


LABELS = {row.label for row in TRANSITIONS}
WRITTEN = re.compile(r'(?<=["“>}])[^"“”<>{}]+(?=["”<{])')


def repeated(source: str, *, is_template: bool) -> Iterator[str]:
    """The labels of the lifecycle that a file writes again."""
    if is_template:
        yield from (found for found in WRITTEN.findall(source) if found in LABELS)
        return
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Constant) and node.value in LABELS:
            yield str(node.value)


def test_no_label_is_written_twice() -> None:
    modules = [
        file
        for file in sorted((ROOT / "procure").rglob("*.py"))
        if file.name not in ("lifecycle.py", "events.py", "styleguide.py")
        and "demonstration" not in file.parts
    ]
    templates = [
        file
        for file in sorted((ROOT / "templates").rglob("*.html"))
        if "styleguide" not in file.parts
    ]
    found = {}
    for file in (*modules, *templates):
        place = str(file.relative_to(ROOT))
        again = set(repeated(file.read_text("utf-8"), is_template=file.suffix == ".html"))
        if again := again - OTHER_WORDS.get(place, set()):
            found[place] = again
    assert found == {}


def test_a_label_written_again_is_found() -> None:
    label = BY_ACTION["submit_plan"].label
    assert list(repeated(f'title = "{label}"', is_template=False)) == [label]
    assert list(repeated(f'{{{{ action("{label}", href) }}}}', is_template=True)) == [label]
    assert list(repeated(f"<h1>{label}</h1>", is_template=True)) == [label]
