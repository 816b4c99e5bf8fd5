"""A visit to the place of service: form, event, paper on the page of the acceptance."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid
from procure.registers.documents.models import Document
from procure.stages.acceptance.use_cases.decide import pass_acceptance
from procure.stages.acceptance.use_cases.visit import TEMPLATE, NoteVisit, note_visit
from tests.factories.acceptance import (
    ACCEPTER,
    acceptance_of,
    given_judged_acceptance,
    given_opened_acceptance,
    passing,
)
from tests.factories.contracts import CLERK, MEMBER, contract_of
from tests.world import World


def visit_on(world: World, days: int = 0) -> NoteVisit:
    """A visit so many days from today."""
    day = local_date(world.now) + timedelta(days=days)
    return NoteVisit(acceptance_of(world).id, day, "井岸站", "站点开放，档案齐全。")


def test_visit_is_noted_on_its_page_and_its_record_stands_with_the_acceptance(
    evaluated_world: World,
) -> None:
    world = evaluated_world
    given_opened_acceptance(world)
    base = f"/projects/{contract_of(world).project.number}/acceptance"
    clerk, today = world.client(CLERK), local_date(world.now)
    assert "登记现场查看" in clerk.get(base).text

    typed = {"visited_on": today.isoformat(), "place": "井岸站", "found": "站点开放。"}
    clerk.post(f"{base}/visit", typed)

    assert "现场查看记录" in clerk.get(base).text
    paper = world.session.scalars(select(Document).where(Document.template == TEMPLATE)).one()
    assert paper.snapshot is not None
    assert paper.snapshot["found"] == "站点开放。"
    assert (
        "井岸站"
        in world.client(ACCEPTER).get(f"/projects/{contract_of(world).project.number}").text
    )


def test_visit_is_refused_to_others_at_another_time_and_for_a_day_to_come(
    evaluated_world: World,
) -> None:
    world = evaluated_world
    given_judged_acceptance(world)
    with pytest.raises(Denied), world.uow(MEMBER) as uow:
        note_visit(uow, visit_on(world))
    with pytest.raises(Invalid, match="今天以后"), world.uow(CLERK) as uow:
        note_visit(uow, visit_on(world, 1))
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    with pytest.raises(IllegalTransition), world.uow(CLERK) as uow:
        note_visit(uow, visit_on(world))
