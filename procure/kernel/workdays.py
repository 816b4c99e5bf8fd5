"""Working-day arithmetic with its working shown: 法定节假日, 调休, and how notices count days.

The rules are 民法典 articles 200 to 204: the day of the event is not counted; a period in months or
years ends on the corresponding day, or on the last day of a month that has none; a last day that is
a day off moves to the next working day (for tenders also O87 article 85); the last day ends at
24:00.

Which days are off comes from the State Council's yearly notices (`holiday_table`). For 2008 to 2017
the `holidays` package carries the notices and is taken as official: it was compared day by day with
a second source. Every other year from 1950 to 2099 is provisional: weekends and the statutory
holidays whose dates follow from 全国年节及纪念日放假办法, with days off in lieu of a holiday at a
weekend put on the next weekday, and no make-up working days. A provisional date says so and must be
computed again, with a notice, when the year is announced.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import holidays

from procure.kernel.day_words import date_word, weekday_word
from procure.kernel.errors import Invalid
from procure.kernel.holiday_table import OFFICIAL_YEARS, OfficialYear
from procure.kernel.labelled import LabelledEnum
from procure.kernel.laws import cite

FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2099
PACKAGED_YEARS: Final = range(2008, 2018)
"""Years whose notices are taken from the `holidays` package and count as official."""

CONDENSED_BEYOND: Final = 60
"""A basis in calendar days longer than this lists only its ends and the move."""

COUNTING_RULE: Final = cite("periods_counted")

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_LONGEST: Final = 60_000  # Days enough to cross the whole calendar.


class Unit(LabelledEnum):
    """The unit a period is counted in."""

    WORKDAY = "workday", "个工作日"
    DAY = "day", "日"
    MONTH = "month", "个月"
    YEAR = "year", "年"


class Kind(StrEnum):
    """Whether a period is the most or the least that must pass."""

    MAX = "max"
    MIN = "min"


class Counting(StrEnum):
    """Whether the day of the event itself counts.

    NEXT_DAY is the law (民法典 article 201) and what most notices do: documents out on 2023-05-16
    for five working days are given until 05-23. SAME_DAY is what some publicity notices do, and how
    a contract term runs: 2021-05-21 to 05-27 is five working days with the first one counted.
    """

    NEXT_DAY = "next_day"
    SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """Whether a day is worked, and why, in words for people."""

    date: date
    workday: bool
    why: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class BasisDay:
    """One line of the arithmetic behind a due date."""

    date: date
    counted: bool
    why: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch that a period does not count, both ends included, such as an expert appraisal."""

    first: date
    last: date
    why: str

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Due:
    """A computed date with its arithmetic.

    For an at-most period `on` is the last day on which the act is in time, until 24:00. For an
    at-least period `on` is the last day that the period must fill: an event that the period leads
    up to, such as a bid deadline, may be set on that day and not earlier; an
    act that needs the period to be over waits for `next_day`.
    """

    on: date
    provisional: bool
    basis: tuple[BasisDay, ...]
    words: str

    @property
    def next_day(self) -> date:
        """The first day after the period, which begins at the instant the period ends."""
        return self.on + _ONE_DAY


class WorkCalendar:
    """Days worked and not worked in China, with the arithmetic of periods over them.

    Pure apart from a cache per year. Build another one to add a year to the shipped table.
    """

    def __init__(self, years: Iterable[OfficialYear] = OFFICIAL_YEARS) -> None:
        self._years = {table.year: table for table in sorted(years, key=lambda table: table.year)}
        self._arranged: dict[date, tuple[bool, str]] = {}
        for table in self._years.values():
            self._arrange(table)
        self._cache: dict[int, dict[date, DayVerdict]] = {}

    def _arrange(self, table: OfficialYear) -> None:
        for festival in table.festivals:
            for offset in range((festival.last - festival.first).days + 1):
                off = festival.first + timedelta(days=offset)
                self._arranged[off] = (False, f"{festival.name}放假")
            for worked in festival.worked:
                self._arranged[worked] = (True, f"{festival.name}调休上班")

    def is_official(self, year: int) -> bool:
        """Whether the year's holidays have been announced and are in the table."""
        return year in self._years or year in PACKAGED_YEARS

    def notices(self, year: int) -> tuple[str, ...]:
        """The State Council notices for the year, full titles with numbers, empty when unknown."""
        table = self._years.get(year)
        if table is None:
            return ()
        title = f"《国务院办公厅关于{year}年部分节假日安排的通知》"
        return tuple(
            f"{title}（{number}）" if at == 0 else f"{number}（调整{year}年放假安排）"
            for at, number in enumerate(table.notices)
        )

    def check(self, day: date) -> DayVerdict:
        """Whether people work on this day, and why. Raises Invalid outside 1950 to 2099."""
        _refuse_instant(day, "day")
        return self._check(day)

    def _check(self, day: date) -> DayVerdict:
        days = self._cache.get(day.year)
        if days is None:
            if not is_countable(day):
                raise Invalid(
                    "date",
                    f"只能推算 {FIRST_YEAR} 年至 {LAST_YEAR} 年的日期。",
                    COUNTING_RULE,
                    "请核对年份和期限长度。",
                )
            days = self._cache[day.year] = self._verdicts(day.year)
        return days[day]

    def _verdicts(self, year: int) -> dict[date, DayVerdict]:
        provisional = not self.is_official(year)
        special = dict(_packaged_days(year, provisional)) if year not in self._years else {}
        special |= {day: said for day, said in self._arranged.items() if day.year == year}
        verdicts = {}
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            workday, why = special.get(day) or (day.weekday() < _SATURDAY, weekday_word(day))
            # A day that a later notice has already arranged is settled even in an open year.
            open_still = provisional and day not in self._arranged
            verdicts[day] = DayVerdict(day, workday, why, open_still)
        return verdicts

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day."""
        return self.check(day).workday

    def next_workday(self, day: date) -> date:
        """The day itself when it is worked, else the first working day after it."""
        while not self.check(day).workday:
            day += _ONE_DAY
        return day

    def previous_workday(self, day: date) -> date:
        """The day itself when it is worked, else the last working day before it."""
        while not self.check(day).workday:
            day -= _ONE_DAY
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days pass from `start` to `end`: start not counted, end counted.

        Negative when `end` is earlier. `between(start, due(start, n).on)` is n.
        """
        self.check(start)
        self.check(end)
        if end < start:
            return -self.between(end, start)
        return sum(self._check(day).workday for day in _days(start + _ONE_DAY, end))

    def due(
        self,
        start: date,
        length: int,
        unit: Unit = Unit.WORKDAY,
        kind: Kind = Kind.MAX,
        *,
        counting: Counting = Counting.NEXT_DAY,
        pauses: Sequence[Pause] = (),
        moves: bool = True,
    ) -> Due:
        """The day on which a period that starts with an event on `start` ends.

        For both kinds a last day that falls on a day off moves to the next working day: for an
        at-most period the law says so, and for an at-least one it is the reading under which
        nobody's last day is a day off and no minimum is cut short. `moves=False` keeps the last day
        where it falls, as a contract term or a retention period does. `pauses` are not counted and
        are possible for workdays and days only. Raises Invalid for a length that is negative (or
        zero when the first day counts) and for dates outside 1950 to 2099.
        """
        _refuse_instant(start, "start")
        _check_length(length, counting)
        self._check(start)
        if pauses and unit in (Unit.MONTH, Unit.YEAR):
            raise Invalid("unit", "按月或按年计算的期限不能扣除中间的天数。", COUNTING_RULE)
        if unit is Unit.WORKDAY:
            basis = self._count_workdays(start, length, counting, pauses)
            settles = 0 if counting is Counting.SAME_DAY or length == 0 else 1
        else:
            if unit is Unit.DAY:
                basis = self._count_days(start, length, counting, pauses)
            else:
                basis = self._count_months(start, length * _months(unit), counting)
            settles = len(basis) - 1 if moves else len(basis)
        if moves:
            basis += self._move(basis[-1].date)
        words = _due_words(start, length, unit, kind, counting, basis[-1].date)
        return self._answer(basis, basis[settles:], words)

    def before(
        self, target: date, length: int, unit: Unit = Unit.WORKDAY, *, moves: bool = True
    ) -> Due:
        """The last day on which something may happen that must precede `target` by the period.

        It is the latest day whose `due` is not later than `target`; for working days, the latest
        working day. So a target on a day off is first drawn back to the working day before it
        (unless `moves` is false, in calendar units). Used for "at least 15 days before the
        deadline" and for reminders. Raises Invalid as `due` does.
        """
        _refuse_instant(target, "target")
        _check_length(length, Counting.NEXT_DAY)
        drawn = self.previous_workday(target) if moves or unit is Unit.WORKDAY else target
        if unit is Unit.WORKDAY:
            on = drawn
            for _ in range(length):
                on = self.previous_workday(on - _ONE_DAY)
            basis = self._count_workdays(on, length, Counting.NEXT_DAY, ())
        elif unit is Unit.DAY:
            on = drawn - timedelta(days=length)
            self._check(on)
            basis = self._count_days(on, length, Counting.NEXT_DAY, ())
        else:
            on = _latest_start(drawn, length * _months(unit))
            self._check(on)
            basis = self._count_months(on, length * _months(unit), Counting.NEXT_DAY)
        settles = 0 if unit is Unit.WORKDAY else len(basis) - (1 if moves else 0)
        basis += tuple(
            BasisDay(day, False, f"{self._check(day).why}，不计入")
            for day in _days(basis[-1].date + _ONE_DAY, target)
        )
        words = f"{date_word(target)}之前{length}{unit.label}，最迟为{date_word(on)}"
        return self._answer(basis, basis[settles:], words, on)

    def _count_workdays(
        self, start: date, length: int, counting: Counting, pauses: Sequence[Pause]
    ) -> tuple[BasisDay, ...]:
        basis = [] if counting is Counting.SAME_DAY else [_day_zero(start)]
        day = start if counting is Counting.SAME_DAY else start + _ONE_DAY
        left = length
        while left:
            verdict = self._check(day)
            pause = _pause_over(day, pauses)
            counted = verdict.workday and pause is None
            basis.append(BasisDay(day, counted, pause.why if pause else verdict.why))
            left -= counted
            day += _ONE_DAY
        return tuple(basis)

    def _count_days(
        self, start: date, length: int, counting: Counting, pauses: Sequence[Pause]
    ) -> tuple[BasisDay, ...]:
        basis = [] if counting is Counting.SAME_DAY else [_day_zero(start)]
        first = start if counting is Counting.SAME_DAY else start + _ONE_DAY
        if length > CONDENSED_BEYOND and not pauses:
            last = first + timedelta(days=length - 1)
            basis.append(BasisDay(first, True, f"第1日，{self._check(first).why}"))
            basis.append(BasisDay(last, True, f"第{length}日，{self._check(last).why}"))
            return tuple(basis)
        day, left = first, length
        while left:
            verdict = self._check(day)
            pause = _pause_over(day, pauses)
            basis.append(BasisDay(day, pause is None, pause.why if pause else verdict.why))
            left -= pause is None
            day += _ONE_DAY
        return tuple(basis)

    def _count_months(self, start: date, months: int, counting: Counting) -> tuple[BasisDay, ...]:
        """The ends only: the day of the event, and the corresponding day or the month's end."""
        last, corresponds = add_months(start, months)
        why = "期满月的对应日" if corresponds else "期满月没有对应日，以月末日为准"
        if counting is Counting.SAME_DAY:
            if corresponds:
                last -= _ONE_DAY
                why = "期满月对应日的前一日"
            opening = BasisDay(start, True, f"起始日计入，{self._check(start).why}")
        else:
            opening = _day_zero(start)
        if last == start:
            return (opening,)
        return (opening, BasisDay(last, True, f"{why}，{self._check(last).why}"))

    def _move(self, last: date) -> tuple[BasisDay, ...]:
        """The days over which a last day on a day off moves on; empty when it is worked."""
        on = self.next_workday(last)
        between = tuple(
            BasisDay(day, False, f"{self._check(day).why}，顺延")
            for day in _days(last + _ONE_DAY, on - _ONE_DAY)
        )
        if on == last:
            return ()
        return (*between, BasisDay(on, False, f"{self._check(on).why}，顺延后的最后一日"))

    def _answer(
        self,
        basis: tuple[BasisDay, ...],
        deciding: tuple[BasisDay, ...],
        words: str,
        on: date | None = None,
    ) -> Due:
        """Close the arithmetic: provisional when a day that decides it is not settled yet."""
        open_years = sorted(
            {line.date.year for line in deciding if self._check(line.date).provisional}
        )
        if open_years:
            years = "、".join(f"{year}年" for year in open_years)
            words += f"（暂定：{years}放假安排尚未公布或未收录，公布后重新推算）"
        return Due(on or basis[-1].date, bool(open_years), basis, words)


def add_months(day: date, months: int) -> tuple[date, bool]:
    """The corresponding day so many months on, or that month's last day and False."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _out_of_range()
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)), day.day <= last


def _months(unit: Unit) -> int:
    return 12 if unit is Unit.YEAR else 1


def _latest_start(target: date, months: int) -> date:
    """The latest day from which so many months end on `target` or before."""
    start, _ = add_months(target, -months)
    while add_months(start + _ONE_DAY, months)[0] <= target:
        start += _ONE_DAY
    return start


def _days(first: date, last: date) -> Iterable[date]:
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


def is_countable(day: date) -> bool:
    """Whether periods can be counted from this day at all: the calendar ends at both sides."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _out_of_range() -> Invalid:
    return Invalid(
        "length",
        f"期限太长，只能推算到 {LAST_YEAR} 年底、{FIRST_YEAR} 年初。",
        COUNTING_RULE,
        "请核对期限长度和单位。",
    )


def _day_zero(start: date) -> BasisDay:
    return BasisDay(start, False, f"{weekday_word(start)}，当日不计入")


def _pause_over(day: date, pauses: Sequence[Pause]) -> Pause | None:
    return next((pause for pause in pauses if pause.covers(day)), None)


def _refuse_instant(day: date, name: str) -> None:
    # A datetime is a date to Python, but which day it is depends on the time zone.
    if isinstance(day, datetime) or not isinstance(day, date):
        raise TypeError(f"{name} must be a date, not {type(day).__name__}")


def _check_length(length: int, counting: Counting) -> None:
    if type(length) is not int:
        raise TypeError(f"length must be int, not {type(length).__name__}")
    if length < 0:
        raise Invalid("length", "期限长度不能是负数。", COUNTING_RULE, "请填写零或正整数。")
    if length == 0 and counting is Counting.SAME_DAY:
        raise Invalid("length", "当日计入的期限至少为 1。", COUNTING_RULE, "请填写正整数。")
    if length > _LONGEST:
        raise _out_of_range()


def _due_words(
    start: date, length: int, unit: Unit, kind: Kind, counting: Counting, on: date
) -> str:
    opening = "当日起算" if counting is Counting.SAME_DAY else "的次日起算"
    period = f"自{date_word(start)}{opening}，满{length}{unit.label}"
    if kind is Kind.MIN:
        return f"{period}，最早为{date_word(on)}"
    return f"{period}，最迟为{date_word(on)}24:00"


def _packaged_days(year: int, provisional: bool) -> Iterable[tuple[date, tuple[bool, str]]]:
    """Days off and make-up days of a year that is not in our own table."""
    known = holidays.country_holidays("CN", years=year, language="zh_CN")
    for day, name in known.items():
        yield day, (False, _packaged_why(name, provisional))
    if not provisional:
        for day in known.weekend_workdays:
            if day.year == year:
                yield day, (True, "调休上班")


def _packaged_why(name: str, provisional: bool) -> str:
    if name.startswith("休息日"):
        return "调休放假"
    festival = name.replace("农历", "").replace("; ", "、")
    if not provisional:
        return f"{festival.removesuffix('（补假）')}放假"
    if festival.endswith("（补假）"):
        return f"{festival.removesuffix('（补假）')}补假（推定）"
    return f"{festival}（法定节假日）"


CHINA: Final = WorkCalendar()
"""The shipped calendar; the functions below are its methods."""

check = CHINA.check
due = CHINA.due
before = CHINA.before
between = CHINA.between
is_workday = CHINA.is_workday
is_official = CHINA.is_official
notices = CHINA.notices
next_workday = CHINA.next_workday
previous_workday = CHINA.previous_workday
