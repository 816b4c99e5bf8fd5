"""Days and instants as people read them; every place that names one takes its words from here."""

from datetime import date, datetime

from procure.kernel.clock import local, local_date

WEEKDAYS = "一二三四五六日"


def day_in_words(day: date) -> str:
    """A day as papers and the time line write it: 2026年4月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def month_words(day: date) -> str:
    """The month of a day: 2026年11月."""
    return f"{day.year}年{day.month}月"


def weekday_word(day: date) -> str:
    """周一 to 周日."""
    return f"周{WEEKDAYS[day.weekday()]}"


def date_word(day: date) -> str:
    """For people: 2025年12月19日（周五）."""
    return f"{day_in_words(day)}（{weekday_word(day)}）"


def date_words(day: date) -> str:
    """A day as people read it in full: 2026年11月26日 周四."""
    return f"{day_in_words(day)} {weekday_word(day)}"


def formal_day(day: date) -> str:
    """A day as notices and papers write it: 2025年10月9日（星期四）."""
    return f"{day_in_words(day)}（星期{WEEKDAYS[day.weekday()]}）"


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
