"""The provider asks to be accepted and reports what was put right; each side has its own days."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, TooEarly
from procure.kernel.lifecycle import AcceptanceState
from procure.kernel.workdays import CHINA
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.stages.acceptance import queries
from procure.stages.acceptance.case import todo
from procure.stages.acceptance.models import AcceptanceRectification
from procure.stages.acceptance.use_cases.ask import (
    ApplyForAcceptance,
    ReportAmends,
    ReturnAmends,
    apply_for_acceptance,
    report_amends,
    return_amends,
)
from procure.stages.acceptance.use_cases.decide import (
    RefuseAcceptance,
    ReopenAcceptance,
    refuse_acceptance,
    reopen_acceptance,
)
from procure.stages.contracts.policies import last_service_day
from tests.factories.acceptance import (
    ACCEPTER,
    acceptance_of,
    after_the_term,
    given_answers,
    given_opened_acceptance,
)
from tests.factories.contracts import CLERK, MEMBER, contract_of
from tests.world import World


def running(world: World, *subjects: str) -> dict[str, Deadline]:
    """The terms that run of these things, by rule."""
    found = world.session.scalars(
        select(Deadline).where(
            Deadline.subject_id.in_(subjects), Deadline.status == TermStatus.RUNNING
        )
    )
    return {term.rule: term for term in found}


def test_application_and_rectification_give_each_side_its_days(evaluated_world: World) -> None:
    """验收申请 starts fifteen working days (words-and-gates 5.9); a report meets C-AMEND at once."""
    world = evaluated_world
    contract_id = contract_of(world).id
    command = ApplyForAcceptance(contract_id, "各项服务目标已经完成。")
    if local_date(world.now) <= last_service_day(contract_of(world)):
        with pytest.raises(TooEarly), world.uow(MEMBER) as uow:
            apply_for_acceptance(uow, command)
    after_the_term(world)
    [task] = todo(world.session, world.actor(MEMBER), world.now)
    assert task.verb == "申请验收"
    with pytest.raises(Denied), world.uow(CLERK) as uow:
        apply_for_acceptance(uow, command)
    page = f"/projects/{contract_of(world).project.number}/acceptance"
    world.client(MEMBER).post(
        f"{page}/apply", {"statement": "各项服务目标已经完成。", "confirmed": "yes"}
    )
    with pytest.raises(IllegalTransition, match="已经申请"), world.uow(MEMBER) as uow:
        apply_for_acceptance(uow, command)
    due_on = CHINA.due(local_date(world.now), 15).on
    assert running(world, contract_id)[queries.TERM_RULE].due_on == due_on
    world.at(CHINA.next_workday(local_date(world.now) + timedelta(days=3)))
    acceptance = given_opened_acceptance(world)
    assert queries.TERM_RULE not in running(world, contract_id)
    assert running(world, acceptance.id)[queries.TERM_RULE].due_on == due_on

    given_answers(world, 5)
    acceptance = acceptance_of(world)
    day = local_date(world.now) + timedelta(days=20)
    with world.uow(ACCEPTER) as uow:
        refuse_acceptance(
            uow, RefuseAcceptance(acceptance.id, acceptance.version, "不足。", "补足探访。", day)
        )
    assert set(running(world, acceptance.id)) == {queries.RECTIFY_RULE}
    refused = acceptance_of(world)
    with pytest.raises(TooEarly, match="还没有报送"), world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(refused.id, refused.version, "看过。"))
    with pytest.raises(Invalid, match="整改"), world.uow(MEMBER) as uow:
        report_amends(uow, ReportAmends(refused.id, refused.version, " "))
    with world.uow(MEMBER) as uow:
        report_amends(uow, ReportAmends(refused.id, refused.version, "已补足。"))
    reported = acceptance_of(world)
    assert reported.state is AcceptanceState.RECTIFIED
    assert set(running(world, reported.id)) == {queries.TERM_RULE}
    assert [one.verb for one in todo(world.session, world.actor(ACCEPTER), world.now)] == [
        "重新启动验收"
    ]
    assert todo(world.session, world.actor(MEMBER), world.now) == []

    with pytest.raises(Invalid, match="整改期限"), world.uow(ACCEPTER) as uow:
        return_amends(
            uow, ReturnAmends(reported.id, reported.version, "少两人。", local_date(world.now))
        )
    with world.uow(ACCEPTER) as uow:
        return_amends(uow, ReturnAmends(reported.id, reported.version, "还少两人。", day))
    returned = acceptance_of(world)
    assert returned.state is AcceptanceState.NOT_PASSED
    assert set(running(world, returned.id)) == {queries.RECTIFY_RULE}
    assert "还少两人。" in world.client(MEMBER).get(page).text
    with world.uow(MEMBER) as uow:
        report_amends(uow, ReportAmends(returned.id, returned.version, "两人也已补足。"))
    again = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(again.id, again.version, "已逐人核实。"))
    assert set(running(world, again.id)) == {queries.TERM_RULE}
    kept = world.session.scalars(select(AcceptanceRectification.returned_reason)).all()
    assert sorted(kept) == ["", "还少两人。"]
