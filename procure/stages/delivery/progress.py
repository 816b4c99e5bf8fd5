"""How far a contract's targets are: sums, periods, step scores. Pure; queries feed it.

Persons (人数, each counted once) and person-times (人次) stand apart, as do volunteers' hours and the
work of staff.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from procure.kernel.vocabulary import PERIOD_MONTHS, Period
from procure.stages.contracts.drafting import last_day
from procure.stages.delivery.counting import PersonDay, count_each

STEPS: tuple[tuple[Fraction, Fraction], ...] = (
    (Fraction(1), Fraction(1)),
    (Fraction(4, 5), Fraction(2, 3)),
    (Fraction(3, 5), Fraction(1, 3)),
)
"""Completion against the part of the points it earns; below the last step none (6.5 [verified:W])."""


def step_score(done: int, planned: int) -> Fraction:
    """The part of the points that so much of a plan earns: 41 of 50 earn two thirds (V21)."""
    if planned <= 0:
        return Fraction(1)
    ratio = Fraction(done, planned)
    return next((part for floor, part in STEPS if ratio >= floor), Fraction(0))


@dataclass(frozen=True)
class TargetProgress:
    """One target: what was promised, and what the records say.

    `accepted` and `pending` are quantities in the target's unit; only accepted ones count.
    `person_times` adds people up, `persons` counts each listed recipient once.
    """

    target_id: str
    position: int
    what: str
    unit: str
    period: Period
    at_least: int
    each: str
    each_count: int
    condition: str
    total: int
    accepted: int = 0
    pending: int = 0
    person_times: int = 0
    persons: int = 0
    volunteer_hours: int = 0
    expected: int = 0
    """What should be done by today, in whole periods that are over."""
    uncounted: int = 0
    """What was accepted beyond what is asked for each person, or with too few people."""
    in_time: int | None = None
    """Of what counts, what lies in periods that are over; None where any day serves any period."""

    @property
    def ratio(self) -> Decimal:
        """Accepted quantity over the total, four places."""
        if self.total <= 0:
            return Decimal(1)
        whole = Decimal(self.accepted) / Decimal(self.total)
        return whole.quantize(Decimal("0.0001"), ROUND_HALF_UP)

    @property
    def due(self) -> int:
        """What the completion is held against: what is due by today, or the whole at the end."""
        return self.expected if 0 < self.expected < self.total else self.total

    @property
    def step(self) -> Fraction:
        """The part of the points that the completion earns by now (V21)."""
        return step_score(self._done, self.due)

    @property
    def is_behind(self) -> bool:
        """Whether less is accepted than the periods that are over asked for."""
        return self._done < self.expected

    @property
    def missing(self) -> int:
        """How much less it is than what the periods that are over asked for."""
        return max(0, self.expected - self._done)

    @property
    def _done(self) -> int:
        """What may serve what is due: a visit of this month does not mend an empty one before."""
        if self.in_time is None or not 0 < self.expected < self.total:
            return self.accepted
        return self.in_time


class PeriodStanding(StrEnum):
    """Where a period of a frequency target stands."""

    AHEAD = "ahead"
    RUNNING = "running"
    REACHED = "reached"
    SHORT = "short"
    CUT = "cut"
    """The contract ended within it, before its term."""


@dataclass(frozen=True)
class PeriodCheck:
    """One week, month or quarter of a target: what was due in it, what was accepted."""

    number: int
    first: date
    last: date
    required: int
    accepted: int
    pending: int
    standing: PeriodStanding

    @property
    def missing(self) -> int:
        """What is still lacking in the period."""
        return max(0, self.required - self.accepted)


def windows(period: Period, starts_on: date, ends_on: date) -> list[tuple[date, date]]:
    """The weeks, months, quarters or years of a term, counted from its first day; the last may be shorter.

    Months are the contract's own (9 July to 8 August), so that their number is that of the term.
    """
    if period is Period.CONTRACT:
        return [(starts_on, ends_on)]
    found: list[tuple[date, date]] = []
    first = starts_on
    while first <= ends_on:
        last = _last_of(period, starts_on, len(found) + 1)
        found.append((first, min(last, ends_on)))
        first = last + timedelta(days=1)
    if period is Period.WEEK and len(found) > 1 and (found[-1][1] - found[-1][0]).days < 6:
        # A week that the term cuts short asks for nothing of its own.
        cut = found.pop()
        found[-1] = (found[-1][0], cut[1])
    return found


def _last_of(period: Period, starts_on: date, count: int) -> date:
    if period is Period.WEEK:
        return starts_on + timedelta(days=7 * count - 1)
    return last_day(starts_on, count * PERIOD_MONTHS[period])


def check_periods(
    period: Period,
    required: int,
    starts_on: date,
    ends_on: date,
    by_day: Mapping[date, tuple[int, int]],
    today: date,
) -> list[PeriodCheck]:
    """Each period of a target with its standing today; `by_day` gives (accepted, pending)."""

    def counted(first: date, last: date) -> tuple[int, int]:
        found = [one for day, one in by_day.items() if first <= day <= last]
        return sum(done for done, _ in found), sum(open_ for _, open_ in found)

    return _checks(windows(period, starts_on, ends_on), required, counted, today)


def check_each(
    period: Period,
    at_least: int,
    required: int,
    starts_on: date,
    ends_on: date,
    days: Sequence[PersonDay],
    today: date,
) -> list[PeriodCheck]:
    """Each period of a target for each person: nobody's surplus serves another, or another month."""

    def counted(first: date, last: date) -> tuple[int, int]:
        found = [one for one in days if first <= one.day <= last]
        return count_each(found, at_least, required), sum(one.pending for one in found)

    return _checks(windows(period, starts_on, ends_on), required, counted, today)


def _checks(
    terms: Sequence[tuple[date, date]],
    required: int,
    counted: Callable[[date, date], tuple[int, int]],
    today: date,
) -> list[PeriodCheck]:
    checks = []
    for number, (first, last) in enumerate(terms, start=1):
        accepted, pending = counted(first, last)
        standing = _standing(required, accepted, first, last, today)
        checks.append(PeriodCheck(number, first, last, required, accepted, pending, standing))
    return checks


def _standing(required: int, accepted: int, first: date, last: date, today: date) -> PeriodStanding:
    if accepted >= required:
        return PeriodStanding.REACHED
    if today < first:
        return PeriodStanding.AHEAD
    return PeriodStanding.SHORT if today > last else PeriodStanding.RUNNING


def until_the_end(checks: Iterable[PeriodCheck], ended_on: date) -> list[PeriodCheck]:
    """The periods of a contract that ended early: none after its last day, and nothing is lacking in
    the one that it cut short.
    """
    return [
        check
        if check.last <= ended_on or check.standing is PeriodStanding.REACHED
        else replace(check, standing=PeriodStanding.CUT)
        for check in checks
        if check.first <= ended_on
    ]


def expected_by(period: Period, required: int, starts_on: date, ends_on: date, today: date) -> int:
    """What should be done by today: so much for every period that is over."""
    over = sum(last < today for _, last in windows(period, starts_on, ends_on))
    return over * required


def months_of_term(starts_on: date, ends_on: date) -> Sequence[tuple[date, date]]:
    """The contract's months, for charts."""
    return windows(Period.MONTH, starts_on, ends_on)
