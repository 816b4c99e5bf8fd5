"""Which process leads, and which of its jobs is due: by conditional updates, the same everywhere.

A leader that was stopped and wakes up again carries an old fence number; nothing it then asks for
is given.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from procure.desks.reminders.models import JobRun, SchedulerLease
from procure.kernel.clock import EPOCH, at_local, local, local_date
from procure.store.unit_of_work import UnitOfWork
from procure.store.upsert import insert_missing

NAME = "scheduler"
TERM = timedelta(seconds=10)
"""How long a leader leads without renewing: what a takeover after its sudden death waits for."""

OUTCOME_LENGTH = 300


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
    taken = uow.session.execute(
        update(SchedulerLease)
        .where(SchedulerLease.name == NAME, or_(mine, SchedulerLease.until <= uow.now))
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


def leads_until(session: Session) -> datetime | None:
    """Until when the present leader leads: the heartbeat; None before the first one."""
    return session.scalar(select(SchedulerLease.until).where(SchedulerLease.name == NAME))


def claim(uow: UnitOfWork, job: str, planned_at: datetime, fence: int) -> bool:
    """Take a planned run of a job; False when it was run, runs, or a newer leader is there.

    Of several planned instants that were missed only the latest is run: the work is derived from
    what is due, not from how often somebody looked.
    """
    insert_missing(
        uow.session,
        JobRun,
        [{"job": job, "planned_at": EPOCH, "fence": 0, "finished_at": EPOCH, "outcome": ""}],
    )
    stands = (
        select(SchedulerLease.fence)
        .where(SchedulerLease.name == NAME, SchedulerLease.fence == fence)
        .exists()
    )
    abandoned = JobRun.finished_at.is_(None) & (JobRun.fence < fence)
    taken = uow.session.execute(
        update(JobRun)
        .where(JobRun.job == job, stands, or_(JobRun.planned_at < planned_at, abandoned))
        .values(planned_at=planned_at, fence=fence, finished_at=None)
        .returning(JobRun.job)
    )
    return taken.scalar_one_or_none() is not None


def finish(uow: UnitOfWork, job: str, planned_at: datetime, fence: int, outcome: str) -> None:
    """Note how a run ended, unless a newer leader has taken it over."""
    uow.session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.planned_at == planned_at, JobRun.fence == fence)
        .values(finished_at=uow.now, outcome=outcome[:OUTCOME_LENGTH])
    )
