"""Mail over a real server in every mood: nothing lost, nothing doubled, nobody's business delayed."""

import smtplib
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Update, select, update

from procure.desks.reminders import mail as mails
from procure.desks.reminders.jobs import derive_reminders
from procure.desks.reminders.mail import DEACTIVATED, MOST_TRIES, send_due
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.desks.reminders.registry import Bench
from procure.registers.accounts.models import User
from procure.store.unit_of_work import UnitOfWork
from procure.web.presenters import SITE_NAME
from tests.factories.notices import given_project
from tests.factories.reminders import given_term
from tests.integration.desks.reminders.conftest import MailServer, free_port
from tests.world import World

TODAY = date(2026, 3, 2)
ADDRESS = "chen@doumen.example"
BenchWith = Callable[..., Bench]


@pytest.fixture
def world(embedded_world: World) -> World:
    """The server's moods are the same on either database."""
    return embedded_world


def given_mails(world: World, bench: Bench, number: int = 1, label: str = "报送季度报告") -> None:
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        clerk = uow.session.get_one(User, world.actor("jingban").user_id)
        clerk.email = ADDRESS
    project = given_project(world)
    for at in range(number):
        given_term(world, TODAY, project=project, subject=f"s{at}", label=label)
    derive_reminders(bench)


def outbox(world: World) -> list[OutboxMail]:
    world.session.rollback()
    world.session.expire_all()
    return list(world.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def later(world: World, minutes: int) -> None:
    world.clock.move_to(world.now + timedelta(minutes=minutes))


def test_mail_arrives_with_its_chinese_words_and_a_stable_id(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url, public_url="https://procure.example")
    given_mails(world, bench)

    assert send_due(bench) == "已发送 1 封，未成功 0 封"

    (mail,) = mail_server.taken
    (row,) = outbox(world)
    assert mail["To"] == ADDRESS
    number, _, act = mail["Subject"].partition(" ")
    assert number.startswith("DMMZ-2026-")
    assert act.startswith("报送季度报告，今天到期")
    assert mail["From"].addresses[0].display_name == SITE_NAME
    assert mail["Date"].endswith("+0800")
    assert mail["Message-ID"] == f"<{row.id}@procure.example>"
    body = mail.get_content()
    assert "陈晓岚：" in body
    assert "https://procure.example/projects/DMMZ-2026-" in body
    assert row.status is MailStatus.SENT
    assert send_due(bench) == "已发送 0 封，未成功 0 封"


def test_title_with_a_line_break_cannot_add_a_header(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench, label="报告\r\nBcc: all@example.invalid")
    send_due(bench)

    (mail,) = mail_server.taken
    assert mail["Bcc"] is None
    assert "Bcc: all@example.invalid" in mail["Subject"]


def test_address_nobody_can_be_reached_at_is_given_up_at_once_with_its_fault(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    """As an earlier version stored them: the address is at fault, not the server."""
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench, 2)
    first, second = outbox(world)
    for mail, address in ((first, f"\u202amailto:{ADDRESS}\u202c"), (second, "a@中国.cn")):
        with bench.uow(technical=True) as uow:
            others = update(OutboxMail).where(OutboxMail.id != mail.id)
            uow.session.execute(others.values(next_try_at=world.now + timedelta(hours=1)))
            its = update(OutboxMail).where(OutboxMail.id == mail.id)
            uow.session.execute(its.values(next_try_at=world.now))
            uow.session.execute(reached_at(world, address))
        send_due(bench)

    assert [mail["To"] for mail in mail_server.taken] == [ADDRESS]
    given_up = next(row for row in outbox(world) if row.id == second.id)
    assert (given_up.status, given_up.tries) == (MailStatus.GIVEN_UP, 0)
    assert "“中”、“国”" in given_up.last_error


def test_address_corrected_meanwhile_is_where_the_mail_goes(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench, 2)
    mail_server.moods = ["5xx"] * MOST_TRIES * 2
    for _ in range(MOST_TRIES):
        send_due(bench)
        later(world, 4 * 60)
    client = world.client("xitong")
    again, waits = outbox(world)
    with bench.uow(technical=True) as uow:
        uow.session.execute(reached_at(world, "chen.new@doumen.example"))
        its = update(OutboxMail).where(OutboxMail.id == waits.id)
        uow.session.execute(its.values(status=MailStatus.WAITING, next_try_at=world.now))
    mail_server.moods = []

    client.post(f"/admin/mail/{again.id}", page=client.get("/admin/mail"))
    send_due(bench)

    assert [mail["To"] for mail in mail_server.taken] == ["chen.new@doumen.example"] * 2
    assert {row.address for row in outbox(world)} == {"chen.new@doumen.example"}


def reached_at(world: World, address: str) -> Update:
    person = world.actor("jingban").user_id
    return update(User).where(User.id == person).values(email=address)


def test_a_login_that_fails_is_called_so() -> None:
    said = mails._words(smtplib.SMTPAuthenticationError(535, b"Login fail"))
    assert said == "邮件服务器不接受平台的登录名或授权码，代码 535"


def test_server_that_cannot_be_reached_costs_no_tries(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    dead = bench_with(mail_url=f"smtp://127.0.0.1:{free_port()}")
    given_mails(world, dead, 3)
    for _ in range(40):
        assert send_due(dead) in ("与邮件服务器的连接中断或无法建立", "已发送 0 封，未成功 0 封")
        later(world, 1)
    assert {(row.status, row.tries) for row in outbox(world)} == {(MailStatus.WAITING, 0)}

    later(world, 2)
    send_due(bench_with(mail_url=mail_server.url))

    assert len(set(mail_server.ids)) == len(mail_server.ids) == 3


def test_mail_is_not_sent_in_clear_over_the_network(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    """A server that is not this machine's and offers no STARTTLS gets nothing, and is named."""
    elsewhere = Controller(mail_server, hostname="127.0.0.2", port=mail_server.port)
    elsewhere.start()
    bench = bench_with(mail_url=f"smtp://127.0.0.2:{mail_server.port}")
    given_mails(world, bench)

    said = send_due(bench)
    elsewhere.stop(no_assert=True)

    assert said == "邮件服务器不支持加密（STARTTLS），邮件没有发送"
    assert mail_server.seen == 0
    (row,) = outbox(world)
    assert (row.status, row.tries, row.last_error) == (MailStatus.WAITING, 0, said)


def test_refusals_are_tried_again_until_all_are_through(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench, 6)
    mail_server.moods = ["4xx", "5xx", "drop", "take", "5xx", "4xx", "drop", "4xx"]

    for _ in range(12):
        send_due(bench)
        later(world, 3)

    rows = outbox(world)
    assert {row.status for row in rows} == {MailStatus.SENT}
    assert {identity.strip("<>").partition("@")[0] for identity in mail_server.ids} == {
        row.id for row in rows
    }


def test_hanging_server_delays_and_does_not_lose(
    world: World, bench_with: BenchWith, mail_server: MailServer, monkeypatch
) -> None:
    monkeypatch.setattr(mails, "TIMEOUT_SECONDS", 0.5)
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench, 2)
    mail_server.moods = ["hang"]

    assert send_due(bench) == "已发送 1 封，未成功 1 封"
    later(world, 2)
    assert send_due(bench) == "已发送 1 封，未成功 0 封"

    assert len(set(mail_server.ids)) == 2


def test_mail_refused_every_time_is_given_up_and_shown_without_its_content(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench)
    mail_server.moods = ["5xx"] * 50
    for _ in range(MOST_TRIES):
        send_due(bench)
        later(world, 4 * 60)

    (row,) = outbox(world)
    assert (row.status, row.tries) == (MailStatus.GIVEN_UP, MOST_TRIES)
    assert row.last_error == "邮件服务器拒收，代码 554"
    assert mail_server.seen == MOST_TRIES
    derive_reminders(bench)
    administrator = world.actor("xitong").user_id
    told = world.session.scalars(
        select(InboxMessage.title).where(InboxMessage.user_id == administrator)
    ).all()
    assert told == ["最近一天有 1 封提醒邮件没有送达"]
    page = world.client("xitong").get("/admin/mail")
    assert ADDRESS in page.text
    assert "报送季度报告" not in page.text


def test_administrator_has_a_given_up_mail_sent_again(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench)
    mail_server.moods = ["5xx"] * MOST_TRIES
    for _ in range(MOST_TRIES):
        send_due(bench)
        later(world, 4 * 60)
    (row,) = outbox(world)
    client = world.client("xitong")

    client.post(f"/admin/mail/{row.id}", page=client.get("/admin/mail"))
    send_due(bench)

    assert len(mail_server.ids) == 1
    assert "没有未送达的邮件" in client.get("/admin/mail").text


def test_person_deactivated_meanwhile_gets_no_mail(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench)
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        uow.session.get_one(User, world.actor("jingban").user_id).is_active = False

    send_due(bench)

    assert mail_server.taken == []
    assert outbox(world)[0].last_error == DEACTIVATED


def test_two_senders_at_once_send_each_mail_once(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench, 4)
    due = mails._due(bench.session, bench.clock.now())

    assert send_due(bench) == "已发送 4 封，未成功 0 封"
    assert not any(mails._claim(bench, waiting.id) for waiting in due)
    assert len(mail_server.ids) == 4


def test_status_address_tells_mails_that_wait_too_long_and_not_how_many(
    world: World, bench_with: BenchWith, mail_server: MailServer
) -> None:
    bench = bench_with(mail_url=mail_server.url)
    given_mails(world, bench)

    def mail_goes_out() -> bool:
        said = world.client().raw("GET", "/statusz").json
        assert said["checks"].keys() == {"scheduler", "jobs", "mail"}
        return bool(said["checks"]["mail"])

    assert mail_goes_out()
    later(world, 11)
    assert not mail_goes_out()
    send_due(bench)
    assert mail_goes_out()
