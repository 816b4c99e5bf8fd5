"""Days and instants, typed in any of the usual ways or picked."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import has_request_context

from procure.kernel.clock import SHANGHAI, SystemClock, local, local_date
from procure.kernel.day_words import date_words, instant_words
from procure.web.access import request_now
from procure.web.fields.base import TypedField
from procure.web.messages import FieldMessage

_DAY = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})"
_TIME = r"(\d{1,2})[:时](\d{1,2})(?::(\d{1,2})|分)?"
_DATE_PATTERN = re.compile(_DAY, re.ASCII)
# A blank, a T or the 日 stands between: without it the hour could be the last figure of the day.
_INSTANT_PATTERN = re.compile(rf"(?:{_DAY})(?:\s+|\s*T\s*|(?<=日)){_TIME}", re.ASCII)


YEARS = 10
"""How far from today a day may be where a field is not told otherwise: further is a slip."""


def _today() -> date:
    """The day of the request, or of the machine when a form is read outside of one."""
    return local_date(request_now() if has_request_context() else SystemClock().now())


def _years_from(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28))


class DateField(TypedField):
    """A day, typed in any of the usual ways or picked; `earliest` and `latest` are included.

    Without them a day lies within ten years of today. Beyond that it is not even taken as a value:
    no page ever has to count from a year that nobody meant.
    """

    shape = "date"
    inputmode = "text"

    def __init__(
        self,
        label: str,
        *,
        earliest: date | None = None,
        latest: date | None = None,
        rule: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.earliest = earliest
        self.latest = latest
        self.rule = rule

    def words(self, value: Any) -> str:
        """The value as people read it."""
        return date_words(value)

    def unreadable(self) -> FieldMessage:
        """What to say of a text that is no day."""
        return FieldMessage(
            f"“{self.label.text}”不是可以识别的日期。",
            remedy="应当像 2026-11-26 或 2026年11月26日 这样填写。",
        )

    def parse(self, text: str) -> date:
        """Read a day."""
        found = _DATE_PATTERN.fullmatch(text)
        if not found:
            raise ValueError(self.unreadable())
        day = self._day(found.groups()[:6])
        self._refuse_far(day)
        return day

    def _refuse_far(self, day: date) -> None:
        today = _today()
        first = min(_years_from(today, -YEARS), _day_of(self.earliest or today))
        last = max(_years_from(today, YEARS), _day_of(self.latest or today))
        if not first <= day <= last:
            raise ValueError(
                FieldMessage(
                    f"“{self.label.text}”应当在 {date_words(first)} 至 {date_words(last)} 之间。",
                    remedy="请核对年份。",
                )
            )

    def _day(self, groups: Sequence[str | None]) -> date:
        year, month, day = (int(group) for group in groups if group)
        try:
            return date(year, month, day)
        except ValueError as problem:
            raise ValueError(
                FieldMessage(
                    f"“{self.label.text}”填写的日期在日历上不存在。", remedy="请核对月份和日期。"
                )
            ) from problem

    def show(self, value: Any) -> str:
        """The day as the picker and the keyboard both take it."""
        return str(value.isoformat())

    def check(self, value: Any) -> FieldMessage | None:
        """Compare with the lawful range."""
        label = self.label.text
        if self.earliest is not None and value < self.earliest:
            words = f"“{label}”不能早于 {self.words(self.earliest)}。"
        elif self.latest is not None and value > self.latest:
            words = f"“{label}”不能晚于 {self.words(self.latest)}。"
        else:
            return None
        remedy = f"请填写{self._range_words()}的日期。" if self.both else "请改写后再提交。"
        return FieldMessage(words, self.rule, remedy)

    @property
    def both(self) -> bool:
        """Whether the range has two ends."""
        return self.earliest is not None and self.latest is not None

    def _range_words(self) -> str:
        if self.both:
            return f" {self.words(self.earliest)} 至 {self.words(self.latest)} 之间"
        if self.earliest is not None:
            return f"不早于 {self.words(self.earliest)}"
        if self.latest is not None:
            return f"不晚于 {self.words(self.latest)}"
        return ""

    def range_hint(self) -> str:
        """The lawful range in words, with its law."""
        words = self._range_words().strip()
        return f"{words}（{self.rule}）" if words and self.rule else words


def _day_of(bound: date | datetime) -> date:
    return local_date(bound) if isinstance(bound, datetime) else bound


class DateTimeField(DateField):
    """An instant typed in Beijing time, kept in UTC; 24:00 is the end of the day."""

    shape = "datetime"

    def words(self, value: datetime) -> str:
        """The instant as people read it."""
        return instant_words(value)

    def unreadable(self) -> FieldMessage:
        """What to say of a text that is no instant."""
        return FieldMessage(
            f"“{self.label.text}”不是可以识别的时间。",
            remedy="应当像 2026-11-26 17:30 这样填写日期和时间。",
        )

    def parse(self, text: str) -> datetime:
        """Read a wall-clock time of Beijing."""
        found = _INSTANT_PATTERN.fullmatch(text)
        if not found:
            raise ValueError(self.unreadable())
        groups = found.groups()
        day = self._day(groups[:6])
        hour, minute, second = int(groups[6]), int(groups[7]), int(groups[8] or 0)
        ends_day = (hour, minute, second) == (24, 0, 0)
        self._refuse_far(day)
        try:
            clock_time = time(0) if ends_day else time(hour, minute, second)
            moved = day + timedelta(days=1) if ends_day else day
            return datetime.combine(moved, clock_time, SHANGHAI).astimezone(UTC)
        except ValueError as problem:
            raise ValueError(
                FieldMessage(
                    f"“{self.label.text}”填写的时间不存在。",
                    remedy="小时填 0 至 24，分钟填 0 至 59。",
                )
            ) from problem

    def show(self, value: datetime) -> str:
        """The instant in Beijing time."""
        shown = local(value)
        return f"{shown:%Y-%m-%d %H:%M:%S}" if shown.second else f"{shown:%Y-%m-%d %H:%M}"
