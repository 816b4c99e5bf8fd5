"""Time: the only module that asks the system what time it is.

Instants are aware datetimes in UTC; what people read is Asia/Shanghai. A request or a job asks once
and keeps the answer, so that one act never sees two times.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def next_full_hour(instant: datetime) -> datetime:
    """The first full hour that is not before the instant."""
    hour = instant.replace(minute=0, second=0, microsecond=0)
    return hour if hour == instant else hour + timedelta(hours=1)


class Clock(Protocol):
    """What tells the time to use cases and pages."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's present instant in UTC."""
        return datetime.now(UTC)


@dataclass
class ShiftedClock:
    """The machine's clock plus an offset; only the demonstration uses it."""

    offset: timedelta

    def now(self) -> datetime:
        """The machine's instant moved by the offset."""
        return datetime.now(UTC) + self.offset


@dataclass
class FixedClock:
    """A clock that stands still until moved: one request, one job, or a story being walked."""

    instant: datetime

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.instant

    def move_to(self, instant: datetime) -> None:
        """Set the clock; a story never goes back in time.

        Raises ValueError when asked to go back.
        """
        if instant < self.instant:
            raise ValueError(f"clock asked to go back from {self.instant} to {instant}")
        self.instant = instant


def local(instant: datetime) -> datetime:
    """The same instant as people in China read it."""
    return instant.astimezone(SHANGHAI)


def local_date(instant: datetime) -> date:
    """The calendar day in China on which the instant falls."""
    return local(instant).date()


def at_local(day: date, clock_time: time = time(0, 0)) -> datetime:
    """The UTC instant of a wall-clock time in China."""
    return datetime.combine(day, clock_time, SHANGHAI).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of the day in China: the instant at which a period that ends on it is over (民法典 203)."""
    return at_local(day + timedelta(days=1))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(instant: datetime) -> int:
    """Whole microseconds since 1970 UTC: how instants are stored and compared."""
    delta = instant - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    """The instant of a stored number of microseconds."""
    return EPOCH + timedelta(microseconds=micros)
