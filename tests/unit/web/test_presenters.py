"""Dates, distances and sizes in words."""

from datetime import UTC, date, datetime, time

import pytest

from procure.kernel.clock import at_local
from procure.kernel.day_words import date_words, day_words, instant_words, time_words
from procure.kernel.deadline_lines import DeadlineKind, Urgency, deadline_line, remaining_words
from procure.kernel.lifecycle import Audience, TenderState, Tone
from procure.kernel.workdays import CHINA
from procure.web.presenters import badge_parts, short_digest, size_words

MONDAY = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
THURSDAY = date(2026, 11, 26)
CLOSING = at_local(THURSDAY, time(17, 30))


def test_date_words_weekday_is_named() -> None:
    assert date_words(THURSDAY) == "2026年11月26日 周四"


def test_instant_words_late_utc_evening_is_next_day_in_beijing() -> None:
    assert instant_words(datetime(2026, 11, 25, 16, 5, tzinfo=UTC)) == "2026年11月26日 周四 00:05"


def test_time_words_seconds_only_when_there_are_any() -> None:
    assert time_words(at_local(THURSDAY, time(9, 0, 7))) == "09:00:07"
    assert time_words(at_local(THURSDAY, time(9, 0))) == "09:00"


def test_day_words_other_year_names_it() -> None:
    assert day_words(date(2027, 1, 4), THURSDAY) == "2027年1月4日"
    assert day_words(date(2026, 12, 4), THURSDAY) == "12月4日"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 字节"),
        (999, "999 字节"),
        (1000, "1.0 KB"),
        (482_113, "482.1 KB"),
        (999_949, "999.9 KB"),
        (999_950, "1.0 MB"),
        (3_240_000, "3.2 MB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_size_words_every_scale_reads_plainly(size: int, words: str) -> None:
    assert size_words(size) == words


def test_short_digest_groups_of_four() -> None:
    assert short_digest("9f2c4b7e1a6d8035") == "9f2c 4b7e 1a6d"
    assert short_digest("") == ""


def test_remaining_words_gate_counts_working_days_and_names_the_instant() -> None:
    words = remaining_words(THURSDAY, MONDAY, at=CLOSING)

    assert words == "还有 3 个工作日，11月26日 17:30 截止"


def test_remaining_words_gate_on_its_day_says_today() -> None:
    morning = at_local(THURSDAY, time(8))

    assert remaining_words(THURSDAY, morning, at=CLOSING) == "今天 17:30 截止"
    assert remaining_words(THURSDAY, morning) == "今天 24:00 截止"


def test_remaining_words_gate_at_its_very_instant_is_closed() -> None:
    assert remaining_words(THURSDAY, CLOSING, at=CLOSING) == "已于 11月26日 17:30 截止"


def test_remaining_words_only_rest_days_between_says_so() -> None:
    friday_evening = at_local(date(2026, 11, 27), time(18))

    words = remaining_words(date(2026, 11, 29), friday_evening)

    assert words == "还有 2 天（其间无工作日），11月29日 截止"


def test_remaining_words_duty_overdue_counts_working_days_late() -> None:
    words = remaining_words(date(2026, 11, 18), MONDAY, kind=DeadlineKind.DUTY)

    assert words == "已逾期 3 个工作日，最迟应于 11月18日 完成"


def test_remaining_words_duty_due_today_is_not_late_until_midnight() -> None:
    words = remaining_words(date(2026, 11, 23), MONDAY, kind=DeadlineKind.DUTY)

    assert words == "今天到期，应于今天 24:00 前完成"


def test_remaining_words_duty_past_its_hour_is_late_the_same_day() -> None:
    evening = at_local(THURSDAY, time(18))

    words = remaining_words(THURSDAY, evening, kind=DeadlineKind.DUTY, at=CLOSING)

    assert words == "今天已逾期，应于 11月26日 17:30 前完成"


def test_remaining_words_earliest_says_what_is_to_be_waited_for() -> None:
    monday = date(2026, 11, 30)

    assert (
        remaining_words(monday, MONDAY, kind=DeadlineKind.EARLIEST)
        == "还需等 5 个工作日，11月30日 起可以办理"
    )
    assert (
        remaining_words(monday, at_local(monday), kind=DeadlineKind.EARLIEST)
        == "11月30日 起可以办理"
    )


def test_remaining_words_beyond_a_quarter_counts_days() -> None:
    assert remaining_words(date(2027, 3, 1), MONDAY) == "还有 98 天，2027年3月1日 截止"


def test_deadline_line_computed_due_keeps_its_arithmetic() -> None:
    due = CHINA.due(date(2026, 11, 12), 10)

    line = deadline_line(due, MONDAY, at=CLOSING, rule="《政府采购法》第三十五条")

    assert line.on == THURSDAY
    assert [day.date for day in line.basis if day.counted][-1] == THURSDAY
    assert line.rule == "《政府采购法》第三十五条"
    assert line.basis_words
    assert not line.provisional


def test_deadline_line_unannounced_year_is_provisional() -> None:
    line = deadline_line(CHINA.due(date(2030, 1, 2), 5), datetime(2030, 1, 2, tzinfo=UTC))

    assert line.provisional


@pytest.mark.parametrize(
    ("day", "urgency"),
    [
        (date(2026, 11, 22), Urgency.PAST),
        (date(2026, 11, 23), Urgency.TODAY),
        (date(2026, 11, 26), Urgency.SOON),
        (date(2026, 11, 27), Urgency.AHEAD),
    ],
)
def test_deadline_line_urgency_follows_working_days(day: date, urgency: Urgency) -> None:
    assert deadline_line(day, MONDAY).urgency is urgency


def test_deadline_line_passed_duty_is_late_where_a_passed_gate_is_only_over() -> None:
    passed = date(2026, 11, 20)

    assert deadline_line(passed, MONDAY, kind=DeadlineKind.DUTY).urgency is Urgency.LATE
    assert deadline_line(passed, MONDAY, kind=DeadlineKind.GATE).urgency is Urgency.PAST


def test_deadline_line_period_hurries_nobody() -> None:
    today = deadline_line(date(2026, 11, 23), MONDAY, kind=DeadlineKind.PERIOD)
    passed = deadline_line(date(2026, 11, 20), MONDAY, kind=DeadlineKind.PERIOD)

    assert (today.words, today.urgency) == ("今天 24:00 届满", Urgency.AHEAD)
    assert (passed.words, passed.urgency) == ("已于 11月20日 届满", Urgency.PAST)


def test_deadline_line_met_says_when_and_is_never_late() -> None:
    line = deadline_line(date(2026, 11, 18), MONDAY, met_on=date(2026, 11, 17))

    assert line.words == "已于 11月17日 完成"
    assert line.urgency is Urgency.MET


def test_deadline_line_earliest_day_is_never_somebodys_lateness() -> None:
    line = deadline_line(date(2026, 11, 20), MONDAY, kind=DeadlineKind.EARLIEST)

    assert line.urgency is Urgency.AHEAD


def test_badge_parts_same_state_reads_differently_for_each_side() -> None:
    tone, clerk = badge_parts(TenderState.PUBLISHED)
    _, supplier = badge_parts(TenderState.PUBLISHED, audience=Audience.SUPPLIER)

    assert tone == Tone.ACTIVE
    assert clerk == "已公告，截止前收到的文件不拆封"
    assert supplier == "正在采购，可以参加"


def test_badge_parts_tone_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="needs words"):
        badge_parts(Tone.QUIET)
