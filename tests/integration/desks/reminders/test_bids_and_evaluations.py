"""Unsent bids are their bidder's secret; evaluations climb to the superior when nobody makes them."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from procure.desks.reminders.jobs import derive_reminders
from procure.desks.reminders.models import InboxMessage
from procure.desks.reminders.queries import unread
from procure.desks.reminders.registry import Bench
from procure.desks.reminders.reminder_thresholds import reminder_day
from procure.kernel.clock import local
from procure.kernel.lifecycle import EvaluationState
from procure.kernel.workdays import CHINA
from procure.registers.accounts.models import User
from procure.stages.evaluation.models import Evaluation
from tests.factories.bids import given_started_bid, given_submitted_bid, the_tender
from tests.world import World


def derive(world: World) -> None:
    derive_reminders(Bench(world.session, world.clock, world.app.extensions["procure.config"]))


def told(world: World, kind: str, subject_id: str | None = None) -> set[tuple[str, str]]:
    """(person, the last part of the occurrence) of all messages of a kind."""
    query = select(User.username, InboxMessage.occurrence).join(
        User, User.id == InboxMessage.user_id
    )
    query = query.where(InboxMessage.kind == kind)
    if subject_id is not None:
        query = query.where(InboxMessage.subject_id == subject_id)
    return {(name, key.partition("/")[2]) for name, key in world.session.execute(query)}


def test_unsent_bid_is_told_to_its_own_bidder_a_day_and_two_hours_before(
    receiving_world: World,
) -> None:
    world = receiving_world
    tender = the_tender(world)
    bid = given_started_bid(world, tender, 1)
    given_submitted_bid(world, tender, 2)
    assert tender.deadline_at is not None
    deadline = tender.deadline_at
    seen = []
    for before in (timedelta(hours=30), timedelta(hours=23), timedelta(hours=1), timedelta(0)):
        world.clock.move_to(deadline - before)
        derive(world)
        seen.append(sorted(key for name, key in told(world, "bid") if name == "jigou1"))

    assert seen == [[], ["24h"], ["24h", "2h"], ["24h", "2h"]]
    assert {name for name, _ in told(world, "bid")} == {"jigou1", "fuzeren1"}
    openings = select(InboxMessage).where(
        InboxMessage.user_id == world.actor("jingban").user_id,
        InboxMessage.title.startswith("响应文件开启时间"),
    )
    reminders = world.session.scalars(openings).all()
    assert reminders
    for reminder in reminders:
        assert f"响应文件开启时间（{local(deadline):%H:%M}）" in reminder.title
        assert f"响应文件开启时间（{local(deadline):%H:%M}）" in reminder.words
    rows = world.session.scalars(select(InboxMessage).where(InboxMessage.kind == "bid")).all()
    assert {row.subject_id for row in rows} == {bid.id}
    assert "尚未提交" in rows[0].title
    assert "截止以后平台不接收" in rows[0].words


def test_reminder_of_a_bid_that_missed_its_deadline_waits_for_nobody(
    embedded_receiving_world: World,
) -> None:
    """O87 art 33: nothing is taken after the deadline, so nothing is left to do."""
    world = embedded_receiving_world
    tender = the_tender(world)
    given_started_bid(world, tender, 1)
    assert tender.deadline_at is not None
    world.clock.move_to(tender.deadline_at - timedelta(hours=1))
    derive(world)
    world.session.rollback()
    reader = world.actor("jigou1").user_id

    assert unread(world.session, reader, world.now) == 1
    assert "1 条未读" in world.client("jigou1").get("/inbox").text
    world.clock.move_to(tender.deadline_at)
    assert unread(world.session, reader, world.now) == 0
    page = world.client("jigou1").get("/inbox").text
    assert "没有未读消息" in page and "已失效：" in page


@pytest.fixture
def evaluation(walked: World) -> Iterator[Evaluation]:
    """An evaluation of the walked demonstration that is not yet confirmed, due in the future."""
    now = reminder_day(walked.now)
    found = walked.session.scalars(
        select(Evaluation)
        .where(
            Evaluation.state.in_((EvaluationState.ASSIGNED, EvaluationState.SCHEDULED)),
            Evaluation.due_on > now + timedelta(days=1),
        )
        .order_by(Evaluation.due_on, Evaluation.id)
    ).first()
    assert found is not None, "the demonstration parks a project before its evaluation"
    return found


def on(world: World, day: date) -> None:
    if day > reminder_day(world.now):
        world.at(day)
    derive(world)


def test_evaluation_is_told_at_its_thresholds_and_climbs_when_overdue(
    walked: World, evaluation: Evaluation
) -> None:
    world, subject, due_on = walked, evaluation.id, evaluation.due_on
    day = max(due_on - timedelta(days=20), reminder_day(world.now))
    while day <= due_on + timedelta(days=12):
        on(world, day)
        day += timedelta(days=1)

    spoken = {key for _, key in told(world, "evaluation", subject)}
    left = CHINA.between(max(due_on - timedelta(days=20), reminder_day(world.now)), due_on)
    assert {"5", "2", "0"} <= spoken
    assert ("10" in spoken) or left < 10
    late = {key for key in spoken if key.startswith("late/")}
    assert {"late/1", "late/2", "late/3", "late/5"} <= late <= {*late, "late/10"}
    assert {("shenhe", "1/0"), ("shenhe", "1/1")} <= told(world, "escalation", subject)


def test_evaluation_is_told_to_whoever_is_at_it(walked: World, evaluation: Evaluation) -> None:
    on(walked, evaluation.due_on)

    people = {name for name, _ in told(walked, "evaluation", evaluation.id)}
    expected = (
        {"jingban"}
        if evaluation.state is EvaluationState.SCHEDULED
        else {"pinggu2"} | ({"pinggu1"} if evaluation.evaluator_id else set())
    )
    assert people == expected
    assert told(walked, "term", evaluation.id) == set()


AT_DESK = {
    EvaluationState.SCHEDULED: {"jingban"},
    EvaluationState.ASSIGNED: {"pinggu1", "pinggu2"},
    EvaluationState.SUBMITTED: {"shenhe"},
    EvaluationState.CONFIRMED: set(),
}


def test_evaluation_waits_unread_only_for_whom_it_waits(
    walked: World, evaluation: Evaluation
) -> None:
    """Who did their part is done, whoever comes after them; who has to see to it is so at the end."""
    world, people = walked, ("jingban", "pinggu1", "pinggu2", "shenhe")
    assessor = world.actor("pinggu1").organisation_id
    ids = {name: world.actor(name).user_id for name in people}
    common = {"subject_id": evaluation.id, "title": "评估", "words": "评估", "path": "/desk"}
    common |= {"occurrence": "test", "created_at": world.now}
    before = {name: unread(world.session, ids[name], world.now) for name in people}
    session = world.session
    for name in people:
        session.add(InboxMessage(kind="evaluation", user_id=ids[name], **common))
    session.add(InboxMessage(kind="escalation", user_id=ids["shenhe"], **common))
    session.flush()

    for state, there in AT_DESK.items():
        session.execute(
            update(Evaluation)
            .where(Evaluation.id == evaluation.id)
            .values(state=state, assessor_id=assessor)
        )
        waiting = {name: unread(session, ids[name], world.now) - before[name] for name in people}
        watched = state is not EvaluationState.CONFIRMED
        assert waiting == {
            name: int(name in there) + int(name == "shenhe" and watched) for name in people
        }, state
    session.rollback()
