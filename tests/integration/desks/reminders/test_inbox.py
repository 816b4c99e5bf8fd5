"""The inbox page and the calendar: one's own messages, nobody else's."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select

from procure.desks.reminders.calendar import duties_of, write_calendar
from procure.desks.reminders.jobs import derive_reminders
from procure.desks.reminders.models import InboxMessage
from procure.desks.reminders.queries import unread
from procure.desks.reminders.registry import Bench
from procure.registers.accounts.models import User
from procure.registers.deadlines.use_cases import cancel_terms, meet_term
from procure.registers.installation.queries import installation_id
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests.factories.bids import the_tender
from tests.factories.notices import given_project
from tests.factories.reminders import given_term
from tests.world import World

TODAY = date(2026, 3, 2)
BenchWith = Callable[..., Bench]


@pytest.fixture
def world(embedded_world: World) -> World:
    """What the pages show is the same on either database."""
    return embedded_world


def given_messages(world: World, bench: Bench, number: int = 1) -> None:
    project = given_project(world)
    for at in range(number):
        given_term(world, TODAY, project=project, subject=f"s{at}")
    derive_reminders(bench)


def calendar_path(world: World, username: str) -> str:
    text = world.client(username).get("/inbox").text
    start = text.index("/calendar/")
    return text[start : text.index(".ics", start) + 4]


def test_inbox_without_messages_says_when_there_will_be_some(world: World) -> None:
    page = world.client("jingban").get("/inbox")

    assert "还没有消息" in page.text
    assert "/calendar/" in page.text


def test_inbox_shows_ones_own_messages_alone(world: World, bench_with: BenchWith) -> None:
    given_messages(world, bench_with())

    assert "报送季度报告，今天到期" in world.client("jingban").get("/inbox").text
    assert "报送季度报告" not in world.client("shenhe").get("/inbox").text
    assert "报送季度报告" not in world.client("xitong").get("/inbox").text


def test_opening_a_message_marks_it_read_and_leads_to_the_case(
    world: World, bench_with: BenchWith
) -> None:
    given_messages(world, bench_with(), 2)
    client = world.client("jingban")
    page = client.get("/inbox")
    message = world.session.scalars(select(InboxMessage)).first()
    assert message is not None

    answer = client.post(f"/inbox/{message.id}", page=page)

    assert answer.headers["Location"] == message.path
    assert "1 条未读" in client.get("/inbox").text


def test_message_of_somebody_else_is_not_found(world: World, bench_with: BenchWith) -> None:
    given_messages(world, bench_with())
    message = world.session.scalars(select(InboxMessage)).one()
    client = world.client("shenhe")
    own = client.get("/desk")

    client.post(f"/inbox/{message.id}", page=own, status=404)

    world.session.expire_all()
    assert world.session.get_one(InboxMessage, message.id).read_at is None


def test_all_messages_are_marked_read_at_once(world: World, bench_with: BenchWith) -> None:
    given_messages(world, bench_with(), 3)
    client = world.client("jingban")

    client.post("/inbox/read", page=client.get("/inbox"))

    assert "没有未读消息" in client.get("/inbox").text
    assert unread(world.session, world.actor("jingban").user_id, world.now) == 0


def test_inbox_pages_and_filters_unread(world: World, bench_with: BenchWith) -> None:
    given_messages(world, bench_with(), 25)
    client = world.client("jingban")

    (only_unread,) = [link for link in client.get("/inbox").links() if "show=unread" in link]
    assert "25 条未读" in client.get(only_unread).text
    assert client.get("/inbox?page=2&show=unread").text.count("未读：") == 5
    client.get("/inbox?show=nonsense", status=400)


def test_reminder_of_a_duty_that_was_done_is_not_unread_but_stays(
    world: World, bench_with: BenchWith
) -> None:
    given_messages(world, bench_with(), 3)
    client = world.client("jingban")
    with world.uow("jingban") as uow:
        meet_term(uow, "s0", "C-TEST")
        cancel_terms(uow, "s1", "C-TEST")

    page = client.get("/inbox").text

    assert "1 条未读" in page
    assert (page.count("未读："), page.count("已办结："), page.count("已失效：")) == (1, 1, 1)
    assert "已办结" not in client.get("/inbox?show=unread").text
    assert "已办结" in client.raw("GET", "/inbox?format=csv").get_data(as_text=True)
    assert unread(world.session, world.actor("jingban").user_id, world.now) == 1


def test_looking_at_the_inbox_changes_nothing(world: World, bench_with: BenchWith) -> None:
    given_messages(world, bench_with())
    writes: list[str] = []

    def note(connection, cursor, statement, *rest):
        if statement.split()[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            writes.append(statement)

    client = world.client("jingban")
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.get("/inbox")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert [w for w in writes if "inbox_message" in w] == []


def test_unread_count_is_one_statement_by_index(world: World) -> None:
    seen: list[tuple[str, Any]] = []

    def note(connection, cursor, statement, parameters, *rest):
        seen.append((statement, parameters))

    world.session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        unread(world.session, "nobody", world.now)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    [(asked, given)] = [one for one in seen if one[0].startswith("SELECT")]
    plan = world.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", given)
    assert any("USING INDEX ix_inbox_message_unread" in row[-1] for row in plan)


def test_calendar_lists_the_terms_that_wait_for_its_owner(world: World) -> None:
    given_term(world, date(2026, 3, 20), label="公告；合同,第一次")
    path = calendar_path(world, "jingban")

    answer = world.client().raw("GET", path)

    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "no-store"
    for line in answer.data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    text = answer.get_data(as_text=True).replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:公告；合同\\,第一次：斗门区居家养老服务" in text
    assert "DTSTART;VALUE=DATE:20260320" in text
    empty = world.client().raw("GET", calendar_path(world, "shenhe")).get_data(as_text=True)
    assert "BEGIN:VEVENT" not in empty
    assert "BEGIN:VTIMEZONE" in empty, "a calendar holds at least one component (RFC 5545)"


def test_calendar_gives_an_opening_its_hour_and_a_name_that_stays(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    tender = the_tender(world)
    given_term(world, date(2026, 3, 20), label="斗门区　莲洲镇", subject="other")
    assert tender.deadline_at is not None

    def entries(public_url: str) -> str:
        found = duties_of(world.session, world.actor("jingban").user_id, world.now)
        installation = installation_id(world.session)
        return write_calendar(found, public_url, installation, world.now).replace("\r\n ", "")

    text = entries("https://a.example")
    uids = re.findall("UID:.*", text)
    assert f"DTSTART:{tender.deadline_at:%Y%m%dT%H%M%SZ}" in text
    assert "斗门区 莲洲镇" in text
    assert uids == re.findall("UID:.*", entries("https://b.example"))
    assert "example" not in "".join(uids)


def test_calendar_of_a_guessed_or_altered_secret_is_not_found(world: World) -> None:
    path = calendar_path(world, "jingban")
    user_id = world.actor("jingban").user_id

    for wrong in (
        path.replace(path[-5], "0" if path[-5] != "0" else "1", 1),
        f"/calendar/{user_id}.ics",
        f"/calendar/{user_id}{'0' * 32}.ics",
        "/calendar/x.ics",
        "/calendar/%E4%B8%AD.ics",
    ):
        assert world.client().raw("GET", wrong).status_code == 404


def test_new_password_makes_the_old_calendar_address_worthless(world: World) -> None:
    path = calendar_path(world, "jingban")
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        uow.session.get_one(User, world.actor("jingban").user_id).password_hash = "another"

    assert world.client().raw("GET", path).status_code == 404


def test_pages_of_mail_are_the_system_administrators_alone(world: World) -> None:
    world.client("jingban").get("/admin/mail", status=403)
    assert "没有未送达的邮件" in world.client("xitong").get("/admin/mail").text
