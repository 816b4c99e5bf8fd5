"""The questions that random walks ask of the rows find what is planted there."""

import pytest
from sqlalchemy import text

from tests.scenarios.invariants import Watcher
from tests.world import World

FAULTS = {
    "a failed evaluation whose money was paid": (
        "UPDATE evaluation SET grade = 'fail' WHERE kind = 'midterm' AND grade IS NOT NULL",
        "paid though midterm is confirmed fail",
    ),
    "an acceptance that was never announced": (
        "UPDATE acceptance SET state = 'passed', published_at = NULL WHERE state = 'published'",
        "paid though acceptance is passed",
    ),
    "a survey changed after the report was printed": (
        "UPDATE evaluation SET survey_sampled = survey_sampled + 1",
        "evaluation_report says satisfaction sampled",
    ),
    "a request paid by who approved it": (
        "UPDATE payment_request SET approved_by = (SELECT MIN(paid_by) FROM treasury_payment)",
        "too few hands",
    ),
    "a term that runs in a closed case": (
        "UPDATE deadline SET status = 'running', met_at = NULL, met_on = NULL WHERE id = ("
        "SELECT MIN(d.id) FROM deadline d JOIN project p ON p.id = d.project_id"
        " WHERE p.closed_at IS NOT NULL)",
        "runs though closed",
    ),
}
"""What is planted, and what has to be said of it."""


def complaints(world: World) -> str:
    """What somebody who looks for the first time finds wrong."""
    with pytest.raises(AssertionError) as found:
        Watcher().ask(world)
    return str(found.value)


def test_rows_that_differ_from_papers_ledger_and_gates_are_found(walked: World) -> None:
    Watcher().ask(walked)
    for what, (plant, said) in FAULTS.items():
        walked.session.execute(text(plant))
        walked.session.commit()
        assert said in complaints(walked), what


def test_cases_in_which_nobody_can_act_are_found(walked: World) -> None:
    """The only approver has left: neither today nor when time has passed anybody is offered a step."""
    Watcher().ask_dear(walked)
    walked.session.execute(
        text("UPDATE user_account SET is_active = false WHERE username = 'shenhe'")
    )
    walked.session.commit()
    with pytest.raises(AssertionError, match="nobody is ever offered a step in DMMZ-2026-005"):
        Watcher().ask_dear(walked)
