"""Which process leads, and which of its jobs is due: by conditional updates, the same everywhere.

A leader that was stopped and wakes up again carries an old fence number; nothing it then asks for
is given.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import case, exists, or_, select, update
from sqlalchemy.orm import Session

from procure.desks.reminders.models import JobRun, SchedulerLease
from procure.kernel.clock import EPOCH, at_local, local, local_date
from procure.store.unit_of_work import UnitOfWork
from procure.store.upsert import insert_missing

NAME = "scheduler"
TERM = timedelta(seconds=10)
"""How long a leader leads without renewing: what a takeover after its sudden death waits for."""

DOUBTFUL = timedelta(minutes=5)
"""What lies further ahead was written by a clock that was wrong: no machine whose clock is so far from
the database's serves at all (`/readyz`), so no living leader wrote it.
"""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=30)
"""After how long a run that failed is tried again: twice as long each time."""

TOLD_AFTER = 3
"""Failures in a row after which somebody is told."""

OUTCOME_LENGTH = 300
MOST_COUNTED = 20
"""Beyond this nobody counts; the wait has long been its longest."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Every:
    """A rhythm: each so many seconds, counted from a fixed instant."""

    seconds: int

    def latest(self, now: datetime) -> datetime:
        """The latest planned instant that is not in the future."""
        step = timedelta(seconds=self.seconds)
        return EPOCH + (now - EPOCH) // step * step


@dataclass(frozen=True)
class Daily:
    """A rhythm: every day at a time of day in China."""

    at: time

    def latest(self, now: datetime) -> datetime:
        """The latest planned instant that is not in the future."""
        day = local_date(now)
        today = at_local(day, self.at)
        return today if today <= now else at_local(local(now).date() - timedelta(days=1), self.at)


Rhythm = Every | Daily


def lead(uow: UnitOfWork, holder: str) -> int | None:
    """Become or stay the leader; the fence number, None while another leads."""
    insert_missing(
        uow.session,
        SchedulerLease,
        [{"name": NAME, "holder": "", "until": uow.now, "fence": 0}],
    )
    mine = SchedulerLease.holder == holder
    ahead = SchedulerLease.until > uow.now + DOUBTFUL
    until = leads_until(uow.session)
    if until is not None and until > uow.now + DOUBTFUL:
        log.warning("the lead was taken until %s by a clock that was ahead: void", until)
    taken = uow.session.execute(
        update(SchedulerLease)
        .where(SchedulerLease.name == NAME, or_(mine, SchedulerLease.until <= uow.now, ahead))
        .values(
            holder=holder,
            until=uow.now + TERM,
            fence=case((mine, SchedulerLease.fence), else_=SchedulerLease.fence + 1),
        )
        .returning(SchedulerLease.fence)
    )
    return taken.scalar_one_or_none()


def resign(uow: UnitOfWork, holder: str) -> None:
    """Give the lead up at once, so that nobody has to wait for it to run out."""
    uow.session.execute(
        update(SchedulerLease)
        .where(SchedulerLease.name == NAME, SchedulerLease.holder == holder)
        .values(holder="", until=uow.now)
    )


def is_led(session: Session, now: datetime) -> bool:
    """Whether a process leads: one whose term runs, and was not set by a clock that was ahead."""
    until = leads_until(session)
    return until is not None and now < until <= now + DOUBTFUL


def leads_until(session: Session) -> datetime | None:
    """Until when the present leader leads: the heartbeat; None before the first one."""
    return session.scalar(select(SchedulerLease.until).where(SchedulerLease.name == NAME))


def claim(
    uow: UnitOfWork, job: str, planned_at: datetime, fence: int, *, lost: bool = False
) -> bool:
    """Take a planned run of a job; False when it was run, runs, waits to be tried again, or a newer
    leader is there.

    Of several planned instants that were missed only the latest is run: the work is derived from
    what is due, not from how often somebody looked. `lost` says that the leader's own last run ended
    and could not be noted.
    """
    insert_missing(
        uow.session,
        JobRun,
        [
            {
                "job": job,
                "planned_at": EPOCH,
                "fence": 0,
                "finished_at": EPOCH,
                "outcome": "",
                "failures": 0,
            }
        ],
    )
    stands = (
        select(SchedulerLease.fence)
        .where(SchedulerLease.name == NAME, SchedulerLease.fence == fence)
        .exists()
    )
    unfinished = JobRun.finished_at.is_(None)
    due = or_(
        JobRun.planned_at < planned_at,
        JobRun.planned_at > uow.now + DOUBTFUL,
        unfinished & (JobRun.fence < fence),
        unfinished & (JobRun.retry_at <= uow.now),
        *((unfinished,) if lost else ()),
    )
    taken = uow.session.execute(
        update(JobRun)
        .where(JobRun.job == job, stands, due)
        .values(planned_at=planned_at, fence=fence, finished_at=None, retry_at=None)
        .returning(JobRun.job)
    )
    return taken.scalar_one_or_none() is not None


def finish(uow: UnitOfWork, job: str, planned_at: datetime, fence: int, outcome: str) -> None:
    """Note how a run ended, unless a newer leader has taken it over."""
    uow.session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.planned_at == planned_at, JobRun.fence == fence)
        .values(finished_at=uow.now, outcome=outcome[:OUTCOME_LENGTH], failures=0)
    )


def fail(uow: UnitOfWork, job: str, planned_at: datetime, fence: int, outcome: str) -> int:
    """Note that a run failed: it is not finished, and tried again after a while.

    Gives how often it failed in a row; 0 when a newer leader has taken it over.
    """
    row = uow.session.get(JobRun, job, populate_existing=True)
    if row is None or (row.planned_at, row.fence) != (planned_at, fence):
        return 0
    row.retry_at = uow.now + min(FIRST_WAIT * 2**row.failures, LONGEST_WAIT)
    row.failures = min(row.failures + 1, MOST_COUNTED)
    row.outcome = outcome[:OUTCOME_LENGTH]
    return row.failures


def has_failing_job(session: Session) -> bool:
    """Whether a job has failed so often in a row that somebody should look."""
    return bool(session.scalar(select(exists().where(JobRun.failures >= TOLD_AFTER))))
