"""What the macros draw: small frozen values, and the functions that put dates and sizes into words.

A page builds these out of its queries; templates only lay them out. Instants are aware UTC, shown
in Beijing time; money is `Money`; nothing here knows a table or a stage.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from procure.kernel.clock import local, local_date
from procure.kernel.errors import ALLOWED, Verdict
from procure.kernel.lifecycle import Audience, State, Tone, state_words
from procure.kernel.workdays import CHINA, BasisDay, Due

WEEKDAYS = "一二三四五六日"
SITE_NAME = "政府购买服务平台"


# --- words -------------------------------------------------------------------------------------


def date_words(day: date) -> str:
    """A day as people read it in full: 2026年11月26日 周四."""
    return f"{day.year}年{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def formal_day(day: date) -> str:
    """A day as notices and papers write it: 2025年10月9日（星期四）."""
    return f"{day.year}年{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）"


def day_words(day: date, today: date) -> str:
    """A day near today: 11月26日, with its year only when that differs from today's."""
    words = f"{day.month}月{day.day}日"
    return words if day.year == today.year else f"{day.year}年{words}"


def time_words(instant: datetime) -> str:
    """The time of day in Beijing: 17:30, with seconds only when there are any."""
    shown = local(instant)
    return f"{shown:%H:%M:%S}" if shown.second else f"{shown:%H:%M}"


def instant_words(instant: datetime) -> str:
    """An instant in Beijing time: 2026年11月26日 周四 17:30."""
    return f"{date_words(local_date(instant))} {time_words(instant)}"


def size_words(size: int) -> str:
    """A file's size in bytes as people read it: 640 字节, 12.5 KB, 3.2 MB."""
    if size < 1000:
        return f"{size} 字节"
    for unit, step in (("KB", 1000), ("MB", 1000**2)):
        tenths = (size * 10 + step // 2) // step
        if tenths < 10_000:
            return f"{tenths // 10}.{tenths % 10} {unit}"
    tenths = (size * 10 + 1000**3 // 2) // 1000**3
    return f"{tenths // 10}.{tenths % 10} GB"


def short_digest(digest: str) -> str:
    """The beginning of a sha256 in groups of four, enough to compare by eye."""
    return " ".join(digest[start : start + 4] for start in range(0, min(len(digest), 12), 4))


# --- values ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Badge:
    """A state to show: a lifecycle state worded for its reader, or a bare tone with words."""

    state: State | Tone
    words: str = ""
    audience: Audience = Audience.BUYER


@dataclass(frozen=True)
class Link:
    """Words that lead to a page."""

    text: str
    href: str


@dataclass(frozen=True)
class Quantity:
    """A number with its unit: 1,280 小时."""

    amount: int | Decimal
    unit: str


@dataclass(frozen=True)
class Percent:
    """A fraction shown as a percentage: Decimal("0.85") is 85%."""

    fraction: Decimal


@dataclass(frozen=True)
class PersonLine:
    """A person as pages name them: name, organisation, function."""

    name: str
    organisation: str = ""
    role: str = ""
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """A document to open: size in bytes, digest the sha256 in hexadecimal; `original` is that of
    the bytes as they came, where the platform cleaned them.
    """

    name: str
    kind: str
    size: int
    digest: str
    href: str = ""
    at: datetime | None = None
    by: str = ""
    note: str = ""
    sealed: bool = False
    original: str = ""


def badge_parts(
    state: State | Tone, words: str = "", audience: Audience | str = ""
) -> tuple[str, str]:
    """A state's tone and its words for a reader.

    Raises ValueError for a bare tone without words: a state is never shown by its raw name.
    """
    if isinstance(state, Tone):
        if not words:
            raise ValueError(f"tone {state} needs words")
        return str(state), words
    said = state_words(state)
    return str(said.tone), words or said.for_audience(Audience(audience or Audience.BUYER))


# --- deadlines ---------------------------------------------------------------------------------


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


# --- parts of pages ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """One line of a key–value list; `value` is any kind of value that value.html draws."""

    label: str
    value: object
    note: str = ""
    href: str = ""
    change_href: str = ""


class StepStanding(StrEnum):
    """Where a stage stands in a case."""

    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"
    SKIPPED = "skipped"
    HELD = "held"


@dataclass(frozen=True)
class StageStep:
    """One stage of the stage bar, with its date or its few words."""

    label: str
    standing: StepStanding
    note: str = ""
    on: date | None = None
    href: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """What happened: when, who, what, and which paper came of it."""

    at: datetime
    what: str
    who: PersonLine | None = None
    detail: str = ""
    stage: str = ""
    papers: tuple[Paper, ...] = ()
    href: str = ""


@dataclass(frozen=True)
class Task:
    """A line of 我的待办: the case, the step, its date and one button."""

    case: str
    number: str
    step: str
    verb: str
    href: str
    deadline: DeadlineLine | None = None
    note: str = ""
    verdict: Verdict = ALLOWED


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody else, and on whom."""

    case: str
    number: str
    step: str
    on_whom: str
    href: str = ""
    deadline: DeadlineLine | None = None


class SectionState(StrEnum):
    """How far a section of a long job is."""

    NOT_STARTED = "not_started"
    DOING = "doing"
    DONE = "section_done"
    NEEDS_CHANGE = "needs_change"


@dataclass(frozen=True)
class Section:
    """One section of a task list: one page of related questions."""

    title: str
    href: str
    state: SectionState
    note: str = ""


class FindingLevel(StrEnum):
    """How much a broken rule weighs."""

    BLOCK = "block"
    CONFIRM = "confirm"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing a check found: what, which rule, what to do, where."""

    level: FindingLevel
    message: str
    rule: str = ""
    remedy: str = ""
    href: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer on a check page, with the way back to change it."""

    label: str
    value: object
    change_href: str = ""


@dataclass(frozen=True)
class AnswerSection:
    """The answers of one section on a check page."""

    title: str
    answers: tuple[Answer, ...]
    change_href: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a list; numbers stand on the right with tabular figures."""

    key: str
    label: str
    numeric: bool = False
    sortable: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a list: values in the order of the columns; the first one carries the link."""

    cells: tuple[object, ...]
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A figure: the drawing, what it says in one sentence, and the numbers it is drawn from."""

    title: str
    svg: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class FlowStep:
    """One amount on its way: budget line, contract, instalment or payment."""

    label: str
    amount: object
    note: str = ""
    href: str = ""
    badge: Badge | None = None


# --- around the page ---------------------------------------------------------------------------


@dataclass(frozen=True)
class MenuItem:
    """An entry of the menu."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class DeskBar:
    """The top bar of a signed-in person. `person_key` tells their kept drafts from others'."""

    person: PersonLine
    menu: tuple[MenuItem, ...] = ()
    inbox_count: int = 0
    inbox_href: str = ""
    account_href: str = ""
    sign_out_href: str = ""
    person_key: str = ""


@dataclass(frozen=True)
class SiteBar:
    """What stands on every page: the public menu, the footer's links, the demonstration's mark."""

    name: str = SITE_NAME
    home_href: str = "/"
    menu: tuple[MenuItem, ...] = ()
    links: tuple[Link, ...] = field(default_factory=tuple)
    demo_note: str = ""
    demo_href: str = ""
    sign_in_href: str = ""
