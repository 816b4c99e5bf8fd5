"""Schedulers take turns: one leads, a killed one is replaced, nothing is doubled or missed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from procure import scheduler
from procure.desks.reminders import lease
from procure.desks.reminders.models import (
    InboxMessage,
    JobRun,
    MailStatus,
    OutboxMail,
    SchedulerLease,
)
from procure.desks.reminders.registry import Bench, Job
from procure.desks.reminders.reminder_thresholds import NIGHT
from procure.desks.reminders.staff import staff
from procure.kernel.access import Role
from procure.kernel.clock import SystemClock, local_date
from procure.kernel.errors import Unavailable
from procure.registers.documents.storage import StoreAway
from procure.store.base import db
from tests.factories.notices import given_project
from tests.factories.reminders import given_term
from tests.integration.desks.reminders.conftest import MailServer
from tests.world import World

ROOT = Path(__file__).resolve().parents[4]
PATIENCE = 90


def lead(world: World, holder: str) -> int | None:
    with world.uow("system") as uow:
        uow._technical = True
        return lease.lead(uow, holder)


def claim(world: World, job: str, fence: int, seconds: int = 0) -> bool:
    with world.uow("system") as uow:
        uow._technical = True
        return lease.claim(uow, job, world.now + timedelta(seconds=seconds), fence)


def later(world: World, seconds: float) -> None:
    world.clock.move_to(world.now + timedelta(seconds=seconds))


def test_first_to_ask_leads_until_the_term_runs_out(world: World) -> None:
    assert lead(world, "one") == 1
    assert lead(world, "two") is None
    later(world, lease.TERM.total_seconds() - 1)
    assert lead(world, "one") == 1
    later(world, lease.TERM.total_seconds())

    assert lead(world, "two") == 2
    assert lead(world, "one") is None


def test_leader_that_resigns_is_followed_at_once(world: World) -> None:
    lead(world, "one")
    with world.uow("system") as uow:
        uow._technical = True
        lease.resign(uow, "one")

    assert lead(world, "two") == 2


def test_planned_run_is_given_once_and_old_fences_get_none(world: World) -> None:
    fence = lead(world, "one")
    assert fence is not None
    assert claim(world, "job", fence)
    assert not claim(world, "job", fence)
    assert claim(world, "job", fence, seconds=60)
    later(world, 30)
    newer = lead(world, "two")
    assert newer is not None

    assert not claim(world, "job", fence, seconds=120)
    assert claim(world, "job", newer, seconds=30), "the run that was cut off is taken over"
    assert not claim(world, "job", newer, seconds=30)


def test_finished_run_is_not_taken_over(world: World) -> None:
    fence = lead(world, "one")
    assert fence is not None
    planned_at = world.now
    claim(world, "job", fence)
    with world.uow("system") as uow:
        uow._technical = True
        lease.finish(uow, "job", planned_at, fence, "done")
    later(world, 30)
    newer = lead(world, "two")
    assert newer is not None

    with world.uow("system") as uow:
        uow._technical = True
        assert not lease.claim(uow, "job", planned_at, newer)


def test_clock_that_stood_a_year_ahead_stops_nobody_once_it_is_right(world: World) -> None:
    there = world.now
    world.clock.instant = there + timedelta(days=365)
    fence = lead(world, "one")
    assert fence is not None
    assert claim(world, "job", fence)
    world.clock.instant = there
    assert not lease.is_led(world.session, world.now)

    newer = lead(world, "two")

    assert newer == fence + 1
    assert lease.is_led(world.session, world.now)
    assert claim(world, "job", newer)
    assert lead(world, "one") is None


def test_process_started_anew_under_the_same_host_and_number_leads_as_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler.os, "getpid", lambda: 1)
    first, second = (scheduler.Process(world.app, {}).holder for _ in range(2))
    assert first != second
    fence = lead(world, first)
    assert fence is not None
    assert claim(world, "trail.fsck", fence)
    later(world, 11)

    newer = lead(world, second)

    assert newer == fence + 1
    assert claim(world, "trail.fsck", newer), "the killed process left its job undone"


def test_failed_run_is_tried_again_and_told_when_it_goes_on_failing(world: World) -> None:
    tries: list[int] = []

    def fails_three_times(bench: Bench) -> str:
        tries.append(len(tries))
        if len(tries) <= lease.TOLD_AFTER:
            raise OSError("disk full")
        return "done"

    name = "trail.fsck"
    process = scheduler.Process(world.app, {name: Job(name, lease.Daily(NIGHT), fails_three_times)})
    process._clock = world.clock
    for minutes in (0, 0.5, 1, 3, 5, 7):
        later(world, 60 * minutes)
        process.renew()
        process.attempt(name)

    assert len(tries) == lease.TOLD_AFTER + 1
    world.session.rollback()
    run = world.session.scalars(select(JobRun).where(JobRun.job == name)).one()
    assert (run.outcome, run.failures) == ("done", 0)
    assert run.finished_at is not None
    told = select(InboxMessage).where(InboxMessage.kind == "job_failed")
    messages = world.session.scalars(told).all()
    assert {message.user_id for message in messages} == staff(world.session).everywhere(
        Role.SYSTEM_ADMIN
    )
    assert all("disk full" in message.words for message in messages)


def test_run_whose_end_could_not_be_noted_is_run_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def works(bench: Bench) -> str:
        ran.append("ran")
        return "done"

    def away(*_: object) -> None:
        raise Unavailable("the database is away")

    process = scheduler.Process(world.app, {"job": Job("job", lease.Daily(NIGHT), works)})
    process.renew()
    with monkeypatch.context() as patch:
        patch.setattr(lease, "finish", away)
        process.tick(lambda: process.attempt("job"))
    process.attempt("job")
    process.attempt("job")

    assert ran == ["ran", "ran"]


def test_job_that_fails_is_noted_and_does_not_stop_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []

    def fails(bench: Bench) -> str:
        raise OSError("disk full")

    def meets_an_outage(bench: Bench) -> str:
        raise StoreAway

    def works(bench: Bench) -> str:
        ran.append("works")
        return "done"

    jobs = {
        "fails": Job("fails", lease.Every(60), fails),
        "meets": Job("meets", lease.Every(60), meets_an_outage),
        "works": Job("works", lease.Every(60), works),
    }
    process = scheduler.Process(world.app, jobs)
    process.renew()
    for _ in range(3):
        for name in jobs:
            process.attempt(name)

    outcomes = dict(world.session.execute(select(JobRun.job, JobRun.outcome)).all())
    met = outcomes.pop("meets")
    assert met.startswith("StoreAway: ")
    assert outcomes == {"fails": "OSError: disk full", "works": "done"}
    # An outage is told in one line; what nobody foresaw with where it happened.
    logged = {record.getMessage(): record.exc_info for record in caplog.records}
    assert not logged[f"job meets failed: {met}"]
    assert logged["job fails failed: OSError: disk full"]
    assert ran == ["works"]


def test_every_job_of_the_wiring_can_be_run_by_hand(world: World) -> None:
    for name in scheduler.by_name():
        assert scheduler.run_once(world.app, name)


@contextmanager
def processes(
    world: World, mail: MailServer, number: int
) -> Iterator[list[subprocess.Popen[bytes]]]:
    url = db.engine.url.render_as_string(hide_password=False)
    command = [
        sys.executable,
        "-m",
        "tests.integration.desks.reminders.scheduler_process",
        url,
        str(world.folder),
        mail.url,
    ]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    running = [start() for _ in range(number)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def count(world: World, *conditions: object) -> int:
    world.session.rollback()
    return world.session.scalar(select(func.count()).select_from(InboxMessage)) or 0


def leader(world: World) -> int:
    world.session.rollback()
    holder = world.session.scalar(select(SchedulerLease.holder)) or ""
    return int((holder.split(":") + ["0"])[1])


def newest_fence(world: World) -> int:
    world.session.rollback()
    return world.session.scalar(select(SchedulerLease.fence)) or 0


def wait_until(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def turns(world: World, mail: MailServer, duties: int, kills: int) -> None:
    """Let schedulers work while their leaders are killed one after another."""
    tomorrow = local_date(SystemClock().now()) + timedelta(days=1)
    project = given_project(world)
    each = duties // (kills + 1)
    told, sent, fence = count(world), len(set(mail.ids)), newest_fence(world)
    number = told
    duties += told
    with processes(world, mail, kills + 1) as running:
        for turn in range(kills + 1):
            for _ in range(each if turn < kills else duties - number):
                given_term(world, tomorrow, project=project, subject=f"duty-{number}")
                number += 1
            wait_until(
                lambda: leader(world) in {p.pid for p in running if p.poll() is None}, "lead"
            )
            if turn < kills:
                os.kill(leader(world), signal.SIGKILL)
        wait_until(lambda: count(world) >= duties, "all duties told")
        wait_until(lambda: len(set(mail.ids)) - sent >= duties - told, "all mails sent")
        last = next(p for p in running if p.poll() is None)
        wait_until(
            lambda: (
                world.session.rollback()
                or not world.session.scalar(
                    select(func.count()).where(OutboxMail.status == MailStatus.WAITING)
                )
            ),
            "all mails noted as sent",
        )
        last.send_signal(signal.SIGTERM)
        assert last.wait(10) == 0
    assert count(world) == duties
    keys = world.session.execute(
        select(InboxMessage.subject_id, InboxMessage.occurrence, InboxMessage.user_id)
    ).all()
    assert len(set(keys)) == duties
    assert len(set(mail.ids)) - sent == duties - told
    assert world.session.scalar(select(SchedulerLease.holder)) == ""
    assert newest_fence(world) - fence >= kills + 1


def test_killed_leader_leaves_no_gap_and_no_double(world: World, mail_server: MailServer) -> None:
    turns(world, mail_server, duties=30, kills=1)


@pytest.mark.drill
def test_many_killed_leaders_leave_no_gap_and_no_double(
    world: World, mail_server: MailServer
) -> None:
    for _ in range(20):
        turns(world, mail_server, duties=50, kills=10)
