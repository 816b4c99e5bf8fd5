"""A contract ended before its term: two persons of the buyer, and what is no longer due."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, IllegalTransition, Invalid, Stale
from procure.kernel.lifecycle import EvaluationState, MilestoneState
from procure.kernel.vocabulary import EarlyEndKind, EvaluationKind
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.documents.models import Document, DocumentKind
from procure.stages.contracts import case, policies
from procure.stages.contracts.models import ContractEarlyEnd
from procure.stages.contracts.use_cases.end import (
    DecideEarlyEnd,
    ProposeEarlyEnd,
    decide_early_end,
    propose_early_end,
)
from procure.stages.delivery.models import Milestone
from procure.stages.delivery.queries import progress
from procure.stages.evaluation.queries import latest_of
from procure.store import trail
from tests.factories.contracts import APPROVER, CLERK, MEMBER, SIGNATORY, contract_of
from tests.world import World


def proposal(world: World, days: int = 30, reason: str = "双方协商一致。") -> ProposeEarlyEnd:
    """That the services end so many days after the first."""
    contract = contract_of(world)
    assert contract.starts_on is not None
    return ProposeEarlyEnd(
        contract.id,
        contract.version,
        EarlyEndKind.AGREED,
        contract.starts_on + timedelta(days=days),
        reason,
    )


def propose(world: World, days: int = 30) -> None:
    """The clerk proposes it."""
    with world.uow(CLERK) as uow:
        propose_early_end(uow, proposal(world, days))


def decision(world: World, *, agreed: bool, reason: str = "") -> DecideEarlyEnd:
    """What the approver makes of it."""
    contract = contract_of(world)
    return DecideEarlyEnd(contract.id, contract.version, agreed, reason)


def test_early_end_is_decided_by_another_and_ends_what_was_due_later(served_world: World) -> None:
    """From the proposal over a refusal to the end, its milestones, evaluations and terms."""
    world = served_world
    before = contract_of(world)
    assert policies.last_service_day(before) == before.ends_on
    for username in (APPROVER, MEMBER, "yanshou"):
        with pytest.raises(Denied), world.uow(username) as uow:
            propose_early_end(uow, proposal(world))
    for wrong in (proposal(world, -1), proposal(world, 400), proposal(world, reason=" ")):
        with pytest.raises(Invalid), world.uow(CLERK) as uow:
            propose_early_end(uow, wrong)
    with pytest.raises(IllegalTransition), world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=True))

    old = decision(world, agreed=True)
    propose(world)
    with pytest.raises(IllegalTransition, match="还没有决定"), world.uow(CLERK) as uow:
        propose_early_end(uow, proposal(world))
    with pytest.raises(Denied), world.uow(CLERK) as uow:
        decide_early_end(uow, decision(world, agreed=True))
    with pytest.raises(Stale), world.uow(APPROVER) as uow:
        decide_early_end(uow, old)
    with pytest.raises(Invalid, match="理由"), world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=False))
    with world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=False, reason="乙方还没有书面同意。"))
    assert contract_of(world).ended_early_on is None

    propose(world)
    [task] = [
        one
        for one in case.todo(world.session, world.actor(APPROVER), world.now)
        if "提前终止" in one.verb
    ]
    assert task.verdict is not None
    assert task.verdict.ok
    with world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=True))

    contract = contract_of(world)
    day = policies.last_service_day(contract)
    assert day == contract.ended_early_on != contract.ends_on
    later = world.session.scalars(select(Milestone).where(Milestone.due_on > day)).all()
    assert later
    assert {one.state for one in later} == {MilestoneState.CANCELLED}
    latest = latest_of(world.session, contract.id)
    assert latest[EvaluationKind.MIDTERM].state is EvaluationState.CANCELLED
    final = latest[EvaluationKind.FINAL]
    assert final.state is EvaluationState.SCHEDULED
    assert day <= final.due_on <= max(day, local_date(world.now) + timedelta(days=30))
    cancelled = [one.id for one in later] + [latest[EvaluationKind.MIDTERM].id]
    running = world.session.scalars(
        select(Deadline.id).where(
            Deadline.subject_id.in_(cancelled), Deadline.status == TermStatus.RUNNING
        )
    ).all()
    assert running == []
    with pytest.raises(IllegalTransition, match="已经提前终止"), world.uow(CLERK) as uow:
        propose_early_end(uow, proposal(world))
    told = [
        link.event
        for link in trail.read(
            world.session,
            trail.TrailEvent.project_id == contract.project_id,
            trail.TrailEvent.subject_id == contract.id,
        )
    ]
    assert told[-4:] == [
        "EarlyEndProposed",
        "EarlyEndRefused",
        "EarlyEndProposed",
        "ContractEndedEarly",
    ]
    with pytest.raises(DBAPIError, match="decided once"):
        world.session.execute(text("UPDATE contract_early_end SET reason = 'another'"))
    world.session.rollback()
    assert len(world.session.scalars(select(ContractEarlyEnd)).all()) == 2


def test_early_end_before_verified_services_and_after_the_term_is_refused(
    served_world: World,
) -> None:
    world = served_world
    contract = contract_of(world)
    assert contract.ends_on is not None
    propose(world, days=0)
    with pytest.raises(Invalid, match="已核实的服务"), world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=True))
    world.at(contract.ends_on + timedelta(days=1))
    with pytest.raises(IllegalTransition, match="已经届满"), world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=True))


def test_early_end_is_proposed_decided_and_read_on_pages(embedded_served_world: World) -> None:
    world = embedded_served_world
    address = f"/projects/{contract_of(world).project.number}/contract"
    day = proposal(world).last_on
    world.client(CLERK).post(
        f"{address}/early-end",
        {"last_on": day.isoformat(), "kind": "buyer_cause", "reason": "预算收回。"},
    )
    assert "预算收回" not in world.client(SIGNATORY).get(address).text
    assert "预算收回" in world.client(APPROVER).get(f"{address}/early-end/decision").text
    world.client(APPROVER).post(
        f"{address}/early-end/decision", {"agreed": "yes", "confirmed": "yes"}
    )
    for person in (CLERK, APPROVER, SIGNATORY):
        text_of_page = world.client(person).get(address).text
        for words in ("预算收回", "甲方原因", "合同提前终止记录", "（已签署）"):
            assert words in text_of_page, (person, words)
    [record] = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.CONTRACT_ENDING)
    )
    said = record.snapshot
    assert said is not None
    cancelled = world.session.scalars(
        select(Milestone.title).where(Milestone.state == MilestoneState.CANCELLED)
    )
    assert {one["what"] for one in said["cancelled"]} == {
        "中期评估",
        *(f"履约节点：{title}" for title in cancelled),
    }
    assert said["unpaid_fen"] == contract_of(world).amount_fen
    # Without services there is neither evaluation nor acceptance to settle by.
    assert "没有提供服务的，结算办结" in said["effect"]
    assert [one["person"] for one in said["steps"]] == [
        world.actor(CLERK).name,
        world.actor(APPROVER).name,
    ]
    page = world.client(SIGNATORY).get(address)
    assert f"/documents/{record.id}" in page.response.text


def test_delivery_reckons_and_says_nothing_beyond_the_early_end(
    embedded_served_world: World,
) -> None:
    """Half a year later what nobody had to do any more was told as missing and overdue."""
    world = embedded_served_world
    propose(world, days=60)
    with world.uow(APPROVER) as uow:
        decide_early_end(uow, decision(world, agreed=True))
    address = f"/projects/{contract_of(world).project.number}/delivery"
    at_the_end = contract_of(world).ended_early_on
    assert at_the_end is not None
    world.at(at_the_end + timedelta(days=1))
    first = progress(world.session, contract_of(world).id, local_date(world.now))
    world.at(at_the_end + timedelta(days=200))
    later = progress(world.session, contract_of(world).id, local_date(world.now))

    assert [row.expected for row in later] == [row.expected for row in first]
    assert [row.is_behind for row in later] == [row.is_behind for row in first]
    page = world.client(CLERK).get(address).text
    assert f"已提前终止，服务最后一日 {at_the_end.year}年" in page
    cancelled = world.session.scalars(
        select(Milestone.title).where(Milestone.state == MilestoneState.CANCELLED)
    ).all()
    assert page.count("不再要求") == len(cancelled) > 0
