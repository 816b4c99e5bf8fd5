"""A deadline in words: how far away it is, and whether it is a door, a duty or a first lawful day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from procure.kernel.clock import local_date
from procure.kernel.day_words import day_words, time_words
from procure.kernel.workdays import CHINA, BasisDay, Due


class DeadlineKind(StrEnum):
    """What a date stands for: a door that closes, a duty to be done, the first lawful day, or a
    period that merely runs out (公告期限), which asks nothing of anybody.
    """

    GATE = "gate"
    DUTY = "duty"
    EARLIEST = "earliest"
    PERIOD = "period"


class Urgency(StrEnum):
    """How near a deadline is; status.html and the style sheet know how each looks."""

    MET = "met"
    AHEAD = "ahead"
    SOON = "soon"
    TODAY = "today"
    PAST = "past"
    LATE = "late"


SOON_WORKDAYS = 3

NEAR_DAYS = 90


@dataclass(frozen=True)
class DeadlineLine:
    """A deadline in words, with the law it rests on and the days it was counted over."""

    words: str
    on: date
    urgency: Urgency
    label: str = ""
    at: datetime | None = None
    rule: str = ""
    provisional: bool = False
    basis: tuple[BasisDay, ...] = ()
    basis_words: str = ""


def _distance_words(start: date, end: date) -> str:
    """How far it is from `start` to `end` (day 0 is not counted), in working days when it is near.

    Beyond a quarter nobody plans by working days, and their table may not be announced.
    """
    days = (end - start).days
    if days > NEAR_DAYS:
        return f"{days:,} 天"
    workdays = CHINA.between(start, end)
    return f"{workdays} 个工作日" if workdays else f"{days} 天（其间无工作日）"


def remaining_words(
    on: date,
    now: datetime,
    *,
    kind: DeadlineKind = DeadlineKind.GATE,
    at: datetime | None = None,
) -> str:
    """How far away a deadline is, in words.

    `on` is the last day (or, for EARLIEST, the first); `at` the exact instant where a time of day
    binds, else the end of the day. Whether a gate is over is decided by the instant, never by the
    day: 截止前 means before `at`.
    """
    today = local_date(now)
    day = day_words(on, today)
    moment = f"{day} {time_words(at)}" if at else day
    over = now >= at if at else on < today
    if kind is DeadlineKind.EARLIEST:
        return _earliest_words(on, today, moment, at=at, over=over)
    if kind is DeadlineKind.DUTY:
        return _duty_words(on, today, moment, at=at, over=over)
    ends = "届满" if kind is DeadlineKind.PERIOD else "截止"
    if over:
        return f"已于 {moment} {ends}"
    if on == today:
        return f"今天 {time_words(at) if at else '24:00'} {ends}"
    return f"还有 {_distance_words(today, on)}，{moment} {ends}"


def _earliest_words(on: date, today: date, moment: str, *, at: datetime | None, over: bool) -> str:
    if over or (on == today and at is None):
        return f"{moment} 起可以办理"
    if on == today and at is not None:
        return f"今天 {time_words(at)} 起可以办理"
    return f"还需等 {_distance_words(today, on)}，{moment} 起可以办理"


def _duty_words(on: date, today: date, moment: str, *, at: datetime | None, over: bool) -> str:
    due = f"应于 {moment} 前完成" if at else f"最迟应于 {moment} 完成"
    if over:
        late = f"已逾期 {_distance_words(on, today)}" if on < today else "今天已逾期"
        return f"{late}，{due}"
    if on == today:
        return f"今天到期，应于今天 {time_words(at) if at else '24:00'} 前完成"
    return f"还有 {_distance_words(today, on)}，{due}"


def _urgency(on: date, now: datetime, at: datetime | None, kind: DeadlineKind) -> Urgency:
    today = local_date(now)
    if now >= at if at else on < today:
        # A door that has closed on its day is nobody's fault; a duty not done by then is.
        return Urgency.LATE if kind is DeadlineKind.DUTY else Urgency.PAST
    if on == today:
        return Urgency.TODAY
    near = (on - today).days <= NEAR_DAYS and CHINA.between(today, on) <= SOON_WORKDAYS
    return Urgency.SOON if near else Urgency.AHEAD


def deadline_line(
    due: Due | date,
    now: datetime,
    *,
    label: str = "",
    kind: DeadlineKind = DeadlineKind.GATE,
    at: datetime | None = None,
    rule: str = "",
    met_on: date | None = None,
) -> DeadlineLine:
    """A deadline ready to be shown.

    A bare `date` is for dates that a paper states; a `Due` brings its arithmetic and whether it is
    provisional (暂定: the holiday table of that year has not been announced).
    """
    if isinstance(due, Due):
        on, provisional, basis, counted = due.on, due.provisional, due.basis, due.words
    else:
        on, provisional, basis, counted = due, False, (), ""
    today = local_date(now)
    if met_on is not None:
        words, urgency = f"已于 {day_words(met_on, today)} 完成", Urgency.MET
    else:
        words = remaining_words(on, now, kind=kind, at=at)
        urgency = _urgency(on, now, at, kind)
        if kind is DeadlineKind.EARLIEST or (
            kind is DeadlineKind.PERIOD and urgency is not Urgency.PAST
        ):
            # Waiting for a lawful day is nobody's lateness, and nobody need hurry for a notice.
            urgency = Urgency.AHEAD
    return DeadlineLine(words, on, urgency, label, at, rule, provisional, basis, counted)
