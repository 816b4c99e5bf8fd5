"""The scheduler's process: a tick, a leader, and the jobs of the wiring.

APScheduler gives the tick only. What is due is a question to the database, so a missed tick, a
second process or a killed one lose and double nothing.
"""

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from procure.desks.reminders import lease
from procure.desks.reminders.alarms import tell_failing
from procure.desks.reminders.registry import Bench, Job
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock, FixedClock
from procure.kernel.errors import DomainError, NotSaved, Unavailable
from procure.store.base import db
from procure.store.db_errors import in_one_line, refusal_of
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CLOCK, CONFIG, WALL_CLOCK
from procure.wiring import JOBS

RENEW_SECONDS = 2
TICK_SECONDS = 1
STOP_SECONDS = 2

log = logging.getLogger("procure.scheduler")


class Process:
    """One scheduler process: leads or waits to lead, and runs what is due while it leads."""

    def __init__(self, app: Flask, jobs: Mapping[str, Job]) -> None:
        self._app = app
        self._jobs = jobs
        self._clock: Clock = app.extensions[WALL_CLOCK]
        self._fence: int | None = None
        self._asked: dict[str, tuple[datetime, int]] = {}
        self._running = 0
        self._away = False
        self._quiet = threading.Condition()
        self._lost: set[str] = set()
        self._failing: set[str] = set()
        # A name of this start alone: in a container host and process number are the same each time.
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"
        self.stopping = threading.Event()

    def renew(self) -> None:
        """Become or stay the leader; one that cannot reach the database leads no longer."""
        fence = None
        try:
            with self._app.app_context(), self._technical() as uow:
                fence = lease.lead(uow, self.holder)
            if self._away:
                log.warning("the database is back")
            self._away = False
        finally:
            if fence != self._fence:
                log.info("fence %s, was %s", fence, self._fence)
            self._fence = fence

    def attempt(self, name: str) -> None:
        """Run a job when this process leads and the job is due."""
        fence = self._fence
        if fence is None or self.stopping.is_set():
            return
        planned_at = self._jobs[name].rhythm.latest(self._clock.now())
        asked = self._asked.get(name) == (planned_at, fence)
        if asked and name not in self._lost | self._failing:
            return
        with self._counted(), self._app.app_context():
            with self._technical() as uow:
                claimed = lease.claim(uow, name, planned_at, fence, lost=name in self._lost)
            self._asked[name] = planned_at, fence
            if claimed:
                self._lost.add(name)
                self._work(name, planned_at, fence)
                self._lost.discard(name)

    def tick(self, act: Callable[[], None]) -> None:
        """Do what a tick asks. The ticks go on every second: of a database that is away the log says
        so once, and once more when it answers again.
        """
        try:
            act()
        except (DomainError, SQLAlchemyError) as problem:
            if not isinstance(problem, NotSaved | Unavailable) and refusal_of(problem) is None:
                raise
            if not self._away:
                log.warning("the database is away: %s", in_one_line(problem))
            self._away = True

    def _work(self, name: str, planned_at: datetime, fence: int) -> None:
        try:
            outcome = self._jobs[name].run(self._bench())
        except Exception as failure:
            is_outage = isinstance(failure, Unavailable) or refusal_of(failure) is not None
            log.error(
                "job %s failed: %s",
                name,
                in_one_line(failure),
                exc_info=None if is_outage else failure,
            )
            self._failed(name, planned_at, fence, f"{type(failure).__name__}: {failure}")
        else:
            with self._technical() as uow:
                lease.finish(uow, name, planned_at, fence, outcome)
            self._failing.discard(name)

    def _failed(self, name: str, planned_at: datetime, fence: int, outcome: str) -> None:
        """Have a run tried again after a while; when it goes on failing, tell who can help."""
        with self._technical() as uow:
            failures = lease.fail(uow, name, planned_at, fence, outcome)
            if failures == lease.TOLD_AFTER:
                tell_failing(uow, name, planned_at, outcome)
        self._failing.add(name)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._quiet:
            self._running += 1
        try:
            yield
        finally:
            with self._quiet:
                self._running -= 1
                self._quiet.notify_all()

    def is_quiet(self, seconds: float) -> bool:
        """Whether no job runs any more, waited for as long as this."""
        with self._quiet:
            return self._quiet.wait_for(lambda: self._running == 0, timeout=seconds)

    def run_once(self, name: str) -> str:
        """Run a job now, whoever leads; what it did, in words."""
        with self._app.app_context():
            return self._jobs[name].run(self._bench())

    def resign(self) -> None:
        """Give up the lead."""
        with self._app.app_context(), self._technical() as uow:
            lease.resign(uow, self.holder)

    def _technical(self) -> UnitOfWork:
        """Bookkeeping goes by the machine's clock, whatever day the demonstration has."""
        clock = FixedClock(self._clock.now())
        return UnitOfWork(db.session(), SYSTEM_ACTOR, clock, technical=True)

    def _bench(self) -> Bench:
        extensions = self._app.extensions
        return Bench(db.session(), extensions[CLOCK], extensions[CONFIG], self.stopping)


def run(app: Flask) -> bool:
    """Run the ticks until the process is told to stop; then stop at once and give up the lead.

    Gives False when a job is still at work, as with a mail server that does not answer: the
    process need not wait for it, since whoever leads next takes the work over.
    """
    # A tick that finds the one before still at work has nothing to say.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    process = Process(app, by_name())
    scheduler = BlockingScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(len(JOBS) + 1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    renew = partial(process.tick, process.renew)
    scheduler.add_job(renew, "interval", seconds=RENEW_SECONDS)
    for job in JOBS:
        attempt = partial(process.tick, partial(process.attempt, job.name))
        scheduler.add_job(attempt, "interval", seconds=TICK_SECONDS)

    def stop(number: int, frame: FrameType | None) -> None:
        process.stopping.set()
        scheduler.shutdown(wait=False)

    previous = _listen(stop)
    try:
        process.renew()
        if not process.stopping.is_set():
            scheduler.start()
    finally:
        _listen_as_before(previous)
        quiet = process.is_quiet(STOP_SECONDS)
        process.resign()
    return quiet


def run_once(app: Flask, name: str) -> str:
    """Run one job by hand; what it did, in words. Raises KeyError for an unknown name."""
    return Process(app, by_name()).run_once(name)


def by_name() -> dict[str, Job]:
    """The jobs by their names."""
    return {job.name: job for job in JOBS}


_Handler = Callable[[int, FrameType | None], None]


def _listen(stop: _Handler) -> dict[int, object]:
    return {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}


def _listen_as_before(previous: Mapping[int, object]) -> None:
    for number, handler in previous.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
