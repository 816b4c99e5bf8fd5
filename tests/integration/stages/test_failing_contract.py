"""A contract that fails half-way: nobody gets its money out by hurrying the later steps on."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from procure.desks.reminders.duties import duties
from procure.desks.reminders.staff import staff
from procure.kernel.errors import DomainError
from procure.kernel.vocabulary import EvaluationKind
from procure.stages.acceptance.use_cases.collect import OpenAcceptance, open_acceptance
from procure.stages.evaluation.use_cases.schedule import assign_evaluation
from procure.stages.payments.models import TreasuryPayment
from procure.stages.payments.use_cases.request import request_payment
from tests.factories.acceptance import ACCEPTER
from tests.factories.contracts import CLERK, MEMBER, contract_of
from tests.factories.evaluation import (
    EVALUATOR,
    assignment,
    evaluation_of,
    given_assigned_evaluation,
    given_confirmed_evaluation,
    in_final_window,
)
from tests.factories.payments import asking, given_met_milestones, line_of
from tests.factories.reminders import unmet_duties
from tests.world import World

FAILING = Decimal("0.59")


def refused(world: World, username: str, act: Callable[..., Any], command: object) -> str:
    """What somebody is told whose act is refused."""
    with pytest.raises(DomainError) as said, world.uow(username) as uow:
        act(uow, command)
    return str(said.value)


def paid_so_far(world: World) -> int:
    """What the treasury has paid, in fen."""
    return world.session.scalar(select(func.sum(TreasuryPayment.amount_fen))) or 0


def test_failing_contract_gets_nothing_past_its_failed_midterm(paid_world: World) -> None:
    """R-GZ-6, 《政府采购法实施条例》 art 45: each wrong step is refused, in month six and in the last."""
    world = paid_world
    given_met_milestones(world)
    given_confirmed_evaluation(world, ratio=FAILING)
    first = line_of(world, 1).instalment.amount_fen

    def nothing_moves() -> None:
        final = evaluation_of(world, EvaluationKind.FINAL)
        refused(world, CLERK, assign_evaluation, assignment(world, final))
        refused(world, ACCEPTER, open_acceptance, OpenAcceptance(contract_of(world).id))
        for position in (2, 3):
            refused(world, MEMBER, request_payment, asking(world, position))
        assert paid_so_far(world) == first
        with world.app.test_request_context():
            assert not unmet_duties(world.session, world.now)

    final = evaluation_of(world, EvaluationKind.FINAL)
    assert "末期评估最早于" in refused(world, CLERK, assign_evaluation, assignment(world, final))
    assert "中期评估" in refused(world, MEMBER, request_payment, asking(world, 2))
    nothing_moves()
    in_final_window(world)
    final = evaluation_of(world, EvaluationKind.FINAL)
    assert "中期评估" in refused(world, CLERK, assign_evaluation, assignment(world, final))
    nothing_moves()
    world.at(evaluation_of(world, EvaluationKind.FINAL).due_on, 16)
    nothing_moves()


def test_final_evaluation_behind_an_unfinished_midterm_is_the_duty_of_who_holds_that(
    embedded_served_world: World,
) -> None:
    """The clerk cannot charge anybody with the final one before; the evaluator can move it on."""
    world = embedded_served_world
    given_assigned_evaluation(world)
    world.at(evaluation_of(world, EvaluationKind.FINAL).due_on, 16)

    final, *_ = (one for one in duties(world.session, world.now) if one.label == "末期评估")
    held_by = staff(world.session).at_any(final.desks)
    assert world.actor(EVALUATOR).user_id in held_by
    assert world.actor(CLERK).user_id not in held_by
