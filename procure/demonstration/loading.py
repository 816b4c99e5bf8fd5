"""Fills an empty installation: people, catalogue, and the stories parked at several stages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from procure.demonstration.clock import move_ahead
from procure.demonstration.people import install_people, is_installed
from procure.demonstration.route import STOPS, Stop, walk_to
from procure.demonstration.steps.planning import load_catalogue
from procure.demonstration.story import load_story
from procure.demonstration.walk import Walk
from procure.desks.reminders.models import InboxMessage
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock, FixedClock, at_local, local_date
from procure.registers.documents.staging import DocumentStaging
from procure.store.demonstration import DemonstrationClock
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork

NEWS = timedelta(days=5)


@dataclass(frozen=True)
class Parked:
    """A story walked to a stop, under a title of its own."""

    story: str
    title: str
    stop: Stop


PARKED: tuple[Parked, ...] = (
    Parked("doumen-home-care", "斗门区社区居家养老服务站（两站）政府购买服务", Stop.END),
    Parked("doumen-home-care", "斗门区乾务镇社区居家养老服务站政府购买服务", Stop.ACCEPTANCE),
    Parked("doumen-home-care", "斗门区莲洲镇社区居家养老服务站政府购买服务", Stop.MIDTERM),
    Parked("doumen-home-care", "斗门区白藤街道居家养老服务站政府购买服务", Stop.SCORING),
    Parked("doumen-home-care", "斗门区井岸镇社区居家养老服务站政府购买服务", Stop.DECLARING),
    Parked("doumen-home-care", "斗门区斗门镇社区居家养老服务站政府购买服务", Stop.BIDDING),
    Parked("doumen-home-care", "斗门区白蕉镇居家养老服务站扩点政府购买服务", Stop.PLAN),
)


def start_for(stop: Stop, now: datetime) -> datetime:
    """The morning on which a walk must begin to stand at its stop by now."""
    return at_local(local_date(now) - timedelta(days=STOPS[stop].days_before))


def load(
    session: Session,
    key: PlatformKey,
    staging: DocumentStaging,
    now: datetime,
    progress: Callable[[str], None],
) -> bool:
    """Fill the installation unless it has people already; whether anything was done.

    Whoever is stopped before the end leaves the mark of it behind (`is_torn`).
    """
    if is_installed(session):
        return False
    mark_loading(session, FixedClock(now), True)
    latest = now
    first = min(start_for(parked.stop, now) for parked in PARKED)
    progress("正在建立机构和人员")
    install_people(session, FixedClock(first))
    for number, parked in enumerate(PARKED, start=1):
        progress(f"正在走第 {number} 个演示项目，共 {len(PARKED)} 个：{parked.title}")
        walk = Walk(
            session=session,
            key=key,
            staging=staging,
            story=load_story(parked.story),
            clock=FixedClock(start_for(parked.stop, now)),
            report=lambda line: None,
            title=parked.title,
        )
        load_catalogue(walk)
        walk_to(walk, parked.stop)
        latest = max(latest, walk.clock.now())
    if latest > now:
        # Holidays can stretch a walk beyond its allowance: the clock then starts where it ended.
        with UnitOfWork(session, SYSTEM_ACTOR, FixedClock(now), technical=True) as uow:
            move_ahead(uow.session, latest - now + timedelta(minutes=1))
    read_old_messages(session, now)
    mark_loading(session, FixedClock(now), False)
    return True


def read_old_messages(session: Session, now: datetime) -> None:
    """Mark what the people of the story acted on long ago as read: only news is not."""
    old = InboxMessage.created_at < now - NEWS
    with UnitOfWork(session, SYSTEM_ACTOR, FixedClock(now), technical=True) as uow:
        uow.session.execute(update(InboxMessage).where(old).values(read_at=InboxMessage.created_at))


def mark_loading(session: Session, clock: Clock, loading: bool) -> None:
    """Say that the demonstration is being filled or emptied, or that this has come to its end."""
    with UnitOfWork(session, SYSTEM_ACTOR, clock, technical=True) as uow:
        row = uow.session.get(DemonstrationClock, 1) or DemonstrationClock(id=1, ahead=0)
        row.loading = loading
        uow.session.add(row)


def is_torn(session: Session) -> bool:
    """Whether a filling or emptying was broken off."""
    return bool(session.scalar(select(DemonstrationClock.loading)))


def keeps_mark(session: Session) -> bool:
    """Whether the database has room for the mark: not while it is empty or of an early version."""
    found = inspect(session.connection())
    name = DemonstrationClock.__tablename__
    return found.has_table(name) and "loading" in {c["name"] for c in found.get_columns(name)}
