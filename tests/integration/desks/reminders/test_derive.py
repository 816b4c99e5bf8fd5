"""Duties become messages: the right people, once, whatever happened in between."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from procure.desks.reminders.jobs import check_trail, clean_up, derive_reminders
from procure.desks.reminders.messages import missing_messages
from procure.desks.reminders.models import InboxMessage, OutboxMail
from procure.desks.reminders.registry import Bench
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import Permission
from procure.registers.accounts.models import User
from procure.registers.deadlines.use_cases import meet_term
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests.factories.notices import given_project
from tests.factories.reminders import given_term
from tests.world import World

FRIDAY = date(2026, 3, 13)
BenchWith = Callable[..., Bench]


def inbox_of(world: World, username: str) -> list[InboxMessage]:
    actor = world.actor(username)
    return list(
        world.session.scalars(
            select(InboxMessage)
            .where(InboxMessage.user_id == actor.user_id)
            .order_by(InboxMessage.created_at, InboxMessage.occurrence)
        )
    )


def occurrences(world: World, username: str) -> list[str]:
    return [message.occurrence for message in inbox_of(world, username)]


def test_term_is_spoken_of_at_five_two_zero_working_days_and_then_climbs(
    world: World, bench_with: BenchWith
) -> None:
    given_term(world, FRIDAY)
    for day in range(4, 18):
        world.at(date(2026, 3, day))
        for hour in (9, 15):
            world.at(date(2026, 3, day), hour)
            derive_reminders(bench_with())

    assert occurrences(world, "jingban") == [
        "20260313/5",
        "20260313/2",
        "20260313/0",
        "20260313/late/1",
        "20260313/late/2",
    ]
    assert occurrences(world, "shenhe") == ["20260313/1/0"]


def test_message_names_case_date_and_page(world: World, bench_with: BenchWith) -> None:
    term = given_term(world, FRIDAY)
    world.at(date(2026, 3, 11))
    derive_reminders(bench_with())

    (message,) = inbox_of(world, "jingban")

    assert message.title.startswith("报送季度报告，还有 2 个工作日")
    assert "斗门区居家养老服务" in message.words
    assert message.path.startswith("/projects/DMMZ-2026-")
    assert message.project_id == term.project_id


def test_only_those_whose_duty_it_is_are_told(world: World, bench_with: BenchWith) -> None:
    given_term(world, date(2026, 3, 2), permission=Permission.WINNER_DECIDE)
    derive_reminders(bench_with())

    assert len(inbox_of(world, "shenhe")) == 1
    everybody = world.session.scalars(select(InboxMessage.user_id)).all()
    assert set(everybody) == {world.actor("shenhe").user_id}


def test_term_that_binds_nobody_is_not_spoken_of(world: World, bench_with: BenchWith) -> None:
    given_term(world, date(2026, 3, 2), permission=None)

    assert derive_reminders(bench_with()) == "没有新的提醒"


def test_met_term_is_spoken_of_no_more(world: World, bench_with: BenchWith) -> None:
    term = given_term(world, date(2026, 3, 2))
    with world.uow("jingban") as uow:
        meet_term(uow, term.subject_id, term.rule)

    assert derive_reminders(bench_with()) == "没有新的提醒"


def test_gap_of_two_weeks_brings_one_message_of_the_present_day(
    world: World, bench_with: BenchWith
) -> None:
    given_term(world, FRIDAY)
    world.at(date(2026, 3, 20))
    derive_reminders(bench_with())

    assert occurrences(world, "jingban") == ["20260313/late/5"]


def test_deactivated_person_gets_none(world: World, bench_with: BenchWith) -> None:
    given_term(world, date(2026, 3, 2))
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        uow.session.get_one(User, world.actor("jingban").user_id).is_active = False
    user_id = world.session.scalar(select(User.id).where(User.username == "jingban"))

    derive_reminders(bench_with())

    found = world.session.scalars(select(InboxMessage).where(InboxMessage.user_id == user_id))
    assert found.all() == []


def test_second_process_that_found_the_same_adds_nothing(
    world: World, bench_with: BenchWith
) -> None:
    given_term(world, date(2026, 3, 2))
    found = missing_messages(world.session, world.now)
    bench = bench_with(mail_url="smtp://127.0.0.1:1")

    for expected in (1, 0):
        with bench.uow(technical=True) as uow:
            assert put_messages(uow, found, by_mail=True) == expected

    assert len(world.session.scalars(select(InboxMessage)).all()) == 1
    assert len(world.session.scalars(select(OutboxMail)).all()) == 1


@pytest.mark.parametrize(("number", "single"), [(20, 20), (21, 0)])
def test_more_than_twenty_overdue_duties_become_one_summary(
    world: World, bench_with: BenchWith, number: int, single: int
) -> None:
    project = given_project(world)
    for at in range(number):
        given_term(world, date(2026, 3, 2), project=project, subject=f"s{at}")
    world.at(date(2026, 3, 4))
    derive_reminders(bench_with())

    kinds = [message.kind for message in inbox_of(world, "jingban")]

    assert kinds.count("term") == single
    assert kinds.count("digest") == (0 if single else 1)
    if not single:
        (digest,) = inbox_of(world, "jingban")
        assert digest.title == "您有 21 件事项已经逾期"
        assert "另有 1 件" in digest.words
        assert digest.path == "/desk"


def test_number_of_statements_does_not_grow_with_duties(
    world: World, bench_with: BenchWith
) -> None:
    project = given_project(world)
    given_term(world, FRIDAY, project=project)
    seen: list[int] = []
    for number in (1, 12):
        for at in range(number):
            given_term(world, FRIDAY, project=project, subject=f"n{number}-{at}")
        counted = _count(world)
        seen.append(counted)

    assert seen[0] == seen[1]


def _count(world: World) -> int:
    statements: list[str] = []

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    world.session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        missing_messages(world.session, world.now + timedelta(days=7))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)


def test_nightly_check_tells_the_audit_administrator_once(
    world: World, bench_with: BenchWith
) -> None:
    given_project(world)

    assert check_trail(bench_with()) == "存证链核对完成，全部记录链完好"
    check_trail(bench_with())

    assert [message.path for message in inbox_of(world, "shenjiguanli")] == ["/audit/verify"]


def test_cleaning_up_leaves_what_is_young(world: World, bench_with: BenchWith) -> None:
    world.client("jingban")

    assert clean_up(bench_with()).startswith(
        "清除未提交的上传 0 个、未提交的草稿 0 份、旧登录记录 0 条"
    )
    world.at(date(2026, 12, 1))
    assert "旧登录记录 1 条" in clean_up(bench_with())
