"""When a duty is to be spoken of: the rungs before its day, the rungs after it, then once a week.

Pure arithmetic. An occasion names itself, so that the same one is never spoken of twice; after a
gap only the present one is spoken of, not all that were missed. What is late is spoken of on working
days only: at first often, then weekly, to whoever holds it and to those above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from procure.kernel.clock import local_date
from procure.kernel.workdays import CHINA, WorkCalendar

MORNING = timedelta(hours=8)
"""The day of reminders begins at eight: nobody is written to at midnight."""

NIGHT = time(2, 30)
"""When the nightly jobs are planned, in China."""

TERM_DAYS = (5, 2, 0)
EVALUATION_DAYS = (10, 5, 2, 0)
"""Working days before the last day of a legal term, and of an evaluation."""

LATE_DAYS = (1, 2, 3)
"""Working days overdue at which whoever holds it is told again, before it becomes once a week."""

WEEK = 5
"""Working days between two reminders of what is long overdue."""

SUPERIOR_AFTER = 1
PARENT_AFTER = 5
"""Working days overdue after which the superior, and the organisation above, are told; then weekly."""

DRAFT_HOURS = (24, 2)
"""Hours before the bid deadline at which the holder of an unsent draft is told."""

TOO_MANY = 20
"""With more overdue duties than this a person gets one summary a day."""

AHEAD = timedelta(days=45)
"""How far ahead duties are looked at: beyond any threshold, holidays included."""


@dataclass(frozen=True)
class Occasion:
    """A reason to speak of a duty; `key` is the same whenever the reason is."""

    key: str
    is_overdue: bool = False


def reminder_day(now: datetime) -> date:
    """The day reminders count from."""
    return local_date(now - MORNING)


def occasion_of(
    due_on: date, day: date, thresholds: Sequence[int], *, work: WorkCalendar = CHINA
) -> Occasion | None:
    """The present occasion of a duty; None while it is further away than the first threshold, and on
    the days off after its day.
    """
    if day > due_on:
        late = work.between(due_on, day)
        rung = late - late % WEEK or max((at for at in LATE_DAYS if at <= late), default=0)
        return Occasion(f"{due_on:%Y%m%d}/late/{rung}", is_overdue=True) if rung else None
    left = work.between(day, due_on)
    crossed = [threshold for threshold in thresholds if left <= threshold]
    return Occasion(f"{due_on:%Y%m%d}/{min(crossed)}") if crossed else None


def escalations_of(
    due_on: date, day: date, *, work: WorkCalendar = CHINA
) -> tuple[tuple[int, str], ...]:
    """Which steps upwards an overdue duty has reached (SUPERIOR_AFTER, PARENT_AFTER), each with the
    key of its present occasion: a new one every week.
    """
    late = work.between(due_on, day) if day > due_on else 0
    return tuple(
        (step, f"{due_on:%Y%m%d}/{step}/{late // WEEK}")
        for step in (SUPERIOR_AFTER, PARENT_AFTER)
        if late >= step
    )


def digest_occasion(day: date) -> str:
    """The occasion of a summary: one a week."""
    year, week, _ = day.isocalendar()
    return f"{year}W{week:02}"


def draft_occasion(deadline_at: datetime, now: datetime) -> Occasion | None:
    """The present occasion of an unsent bid, None until the day before and after the deadline."""
    left = deadline_at - now
    crossed = [hours for hours in DRAFT_HOURS if timedelta(0) < left <= timedelta(hours=hours)]
    return Occasion(f"{deadline_at:%Y%m%d%H%M}/{min(crossed)}h") if crossed else None
