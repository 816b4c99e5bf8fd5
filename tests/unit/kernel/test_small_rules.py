"""Clock, numbering, paging, events, refusals: the small rules of the kernel."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.clock import (
    FixedClock,
    ShiftedClock,
    SystemClock,
    at_local,
    end_of_day,
    from_micros,
    local_date,
    to_micros,
)
from procure.kernel.errors import (
    ALLOWED,
    DeadlinePassed,
    Denied,
    Invalid,
    first_refusal,
    refused,
)
from procure.kernel.events import Event, ProjectEvent, canonical, plain
from procure.kernel.numbering import derived_number, normalise_number, project_number
from procure.kernel.paging import Page, PageRequest, page_request
from procure.kernel.vocabulary import GRADE_BANDS, Grade, counted_for, grade_of

instants = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)


@given(instants)
def test_instant_survives_being_stored_as_micros(instant: datetime) -> None:
    assert from_micros(to_micros(instant)) == instant


@given(instants, instants)
def test_stored_instants_compare_as_the_instants_do(one: datetime, other: datetime) -> None:
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_day_in_china_begins_sixteen_hours_into_the_utc_day() -> None:
    assert local_date(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)
    assert local_date(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)


def test_end_of_day_is_midnight_in_china() -> None:
    assert end_of_day(date(2026, 3, 2)) == at_local(date(2026, 3, 3), time(0, 0))


def test_story_clock_goes_forward_only() -> None:
    clock = FixedClock(at_local(date(2026, 3, 2)))
    clock.move_to(at_local(date(2026, 3, 3)))
    assert clock.now() == at_local(date(2026, 3, 3))
    with pytest.raises(ValueError, match="go back"):
        clock.move_to(at_local(date(2026, 3, 2)))


def test_shifted_clock_runs_ahead_by_its_offset() -> None:
    ahead = ShiftedClock(timedelta(days=400)).now() - SystemClock().now()
    assert timedelta(days=399, hours=23) < ahead <= timedelta(days=400)


@pytest.mark.parametrize(
    "typed",
    [
        "DMMZ-2026-001",
        " dmmz-2026-001 ",
        "ＤＭＭＺ－２０２６－００１",
        "DMMZ—2026—001",
        "D MMZ-2026-001",
    ],
)
def test_number_typed_carelessly_is_understood(typed: str) -> None:
    assert normalise_number(typed) == project_number("DMMZ", 2026, 1)


@pytest.mark.parametrize(
    "typed", ["", "2026", "DMMZ-26-1", "../../etc", "DMMZ-2026-001;drop", "\x00"]
)
def test_number_that_is_none_is_refused_in_words(typed: str) -> None:
    with pytest.raises(Invalid, match="不是项目编号"):
        normalise_number(typed)


def test_derived_number_names_its_project() -> None:
    assert derived_number("DMMZ-2026-001", "HT") == "DMMZ-2026-001-HT01"


def test_page_request_reads_the_address() -> None:
    read = page_request(
        {"page": "3", "sort": "-title", "q": " 养老 ", "stage": "bid", "x": "1"},
        ("title", "number"),
        ("stage",),
    )
    assert read == PageRequest(3, 20, "title", True, "养老", {"stage": "bid"})
    assert read.offset == 40


@pytest.mark.parametrize(
    "arguments",
    [
        {"page": "0"},
        {"page": "x"},
        {"page": "٣"},
        {"page": "1000001"},
        {"page": "0000001212345678901234567890123456"},
        {"page": "9" * 35},
        {"page": "1" * 5000},
        {"sort": "password"},
        {"q": "长" * 101},
        {"q": "\x00"},
    ],
)
def test_page_request_refuses_what_the_list_does_not_offer(arguments: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        page_request(arguments, ("title",))


def test_page_counts_at_least_one_page() -> None:
    assert Page((), 0, PageRequest()).pages == 1
    assert Page((), 41, PageRequest()).pages == 3


class Greeted(ProjectEvent):
    label: ClassVar[str] = "打招呼"

    on: date
    amount_fen: int


def test_event_body_is_plain_and_canonical() -> None:
    event = Greeted(subject_id="s", project="p", on=date(2026, 3, 2), amount_fen=5)
    assert canonical(event.body()) == (
        '{"amount_fen":5,"on":"2026-03-02","project":"p","subject_id":"s"}'
    )
    assert event.name == "Greeted"
    assert event.stream == "project:p"


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), object(), {1, 2}, b"x"])
def test_event_refuses_what_canonical_text_cannot_hold(value: object) -> None:
    with pytest.raises(TypeError):
        plain(value)


def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="Greeted"):
        type("Greeted", (Event,), {})


def test_first_refusal_keeps_reason_rule_and_kind() -> None:
    late = refused("已过截止时间。", rule="R", remedy="无", error=DeadlinePassed)
    assert first_refusal(ALLOWED, late, refused("x")) is late
    with pytest.raises(DeadlinePassed) as raised:
        late.require()
    assert (raised.value.message, raised.value.rule, raised.value.remedy) == (
        "已过截止时间。",
        "R",
        "无",
    )
    ALLOWED.require()
    with pytest.raises(Denied):
        refused("不行。").require()


@pytest.mark.parametrize(
    ("points", "grade"),
    [
        ("100", Grade.EXCELLENT),
        ("90", Grade.EXCELLENT),
        ("89.99", Grade.GOOD),
        ("80", Grade.GOOD),
        ("79.99", Grade.PASS),
        ("60", Grade.PASS),
        ("59.99", Grade.FAIL),
        ("0", Grade.FAIL),
    ],
)
def test_grade_bands_are_closed_at_the_lower_end(points: str, grade: Grade) -> None:
    assert grade_of(Decimal(points)) is grade
    assert [floor for floor, _ in GRADE_BANDS] == sorted((f for f, _ in GRADE_BANDS), reverse=True)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("站点", ("个", "站点")),
        ("每站", ("个", "站")),
        ("每个站点", ("个", "站点")),
        ("每位在册老人", ("位", "在册老人")),
        ("名册老年人", ("个", "名册老年人")),
        ("名老人", ("名", "老人")),
        ("每个案", ("个", "个案")),
        ("每个个案", ("个", "个案")),
        ("每个人", ("个", "人")),
        ("每户籍老人", ("个", "户籍老人")),
        ("每户家庭", ("户", "家庭")),
        ("支部", ("个", "支部")),
        ("每支队伍", ("支", "队伍")),
        ("户", ("个", "户")),
        ("每", ("个", "每")),
    ],
)
def test_counted_for_reads_the_measure_word_however_typed(
    typed: str, read: tuple[str, str]
) -> None:
    assert counted_for(typed) == read
