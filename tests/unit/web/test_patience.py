"""A slow line is waited for, a request kept half sent on purpose is not."""

from dataclasses import dataclass, field

import pytest

from procure.web.patience import (
    BODY_SECONDS,
    GRACE_SECONDS,
    HEAD_SECONDS,
    LEAST_RATE,
    MOST_SLOW,
    MOST_UNTAKEN,
    SLOW_SECONDS,
    Progress,
    Taking,
    surplus,
    untaken,
)

UPLOAD = 20 * 1024 * 1024


@pytest.mark.parametrize("bytes_a_second", [4_000, 8_000, 32_000])
def test_twenty_megabytes_over_a_rural_line_are_waited_for_to_the_end(bytes_a_second: int) -> None:
    """From a mobile connection of the nineties upwards, whenever one looks."""
    taken = UPLOAD // bytes_a_second
    for second in range(0, taken + 1, 10):
        arriving = Progress(0, body_began_at=0, received=second * bytes_a_second)
        assert not arriving.is_overdue(second)


def test_line_that_breaks_down_for_a_while_is_waited_for() -> None:
    minute = 60
    arriving = Progress(0, body_began_at=0, received=2 * minute * 8_000)
    assert not arriving.is_overdue(12 * minute)


@pytest.mark.parametrize(
    ("progress", "last_in_time"),
    [
        (Progress(0), HEAD_SECONDS),
        (Progress(7, received=500), HEAD_SECONDS + 7),
        (Progress(0, body_began_at=0), GRACE_SECONDS),
        (Progress(0, body_began_at=0, received=10 * LEAST_RATE), GRACE_SECONDS + 10),
        (Progress(0, body_began_at=20), GRACE_SECONDS + 20),
        (Progress(0, body_began_at=0, received=10**9), BODY_SECONDS),
    ],
)
def test_request_is_overdue_after_its_last_moment_and_not_before(
    progress: Progress, last_in_time: float
) -> None:
    assert not progress.is_overdue(last_in_time)
    assert progress.is_overdue(last_in_time + 0.001)


@dataclass
class _Sender:
    client: str
    progress: Progress = field(default_factory=lambda: Progress(0))


def test_slow_requests_beyond_the_share_of_one_client_are_named_slowest_first() -> None:
    many = [_Sender("203.0.113.7", Progress(900, received=size)) for size in range(MOST_SLOW + 2)]
    few = [_Sender("203.0.113.8") for _ in range(MOST_SLOW)]
    assert surplus([*reversed(many), *few], 900 + SLOW_SECONDS + 1) == many[:2]


def test_forms_that_come_in_at_once_are_never_too_many() -> None:
    forms = [_Sender("203.0.113.7", Progress(900)) for _ in range(500)]
    assert surplus(forms, 900 + SLOW_SECONDS) == []


@pytest.mark.parametrize("bytes_a_second", [4_000, 8_000, 32_000])
def test_sixty_megabytes_are_taken_over_a_rural_line_to_the_end(bytes_a_second: int) -> None:
    """The socket takes some of them at a time, in which nothing moves for a while."""
    for second in range(0, 3 * UPLOAD // bytes_a_second, 10):
        took = max(0, second - 50) * bytes_a_second
        assert not Taking(0, taken=took).is_overdue(second)


@pytest.mark.parametrize(("taken", "last_in_time"), [(0, 60), (10 * LEAST_RATE, 70)])
def test_answer_is_overdue_after_its_last_moment_and_not_before(
    taken: int, last_in_time: float
) -> None:
    assert not Taking(0, taken).is_overdue(last_in_time)
    assert Taking(0, taken).is_overdue(last_in_time + 0.001)


@dataclass
class _Reader:
    client: str
    taking: Taking
    total_outbufs_len: int


def test_answers_beyond_what_one_client_may_let_wait_are_those_taken_slowest() -> None:
    half = MOST_UNTAKEN // 2
    slowest, slow, fast = (_Reader("203.0.113.7", Taking(0, took), half) for took in (0, 1, 2))
    other = _Reader("203.0.113.8", Taking(0), half)
    large = _Reader("203.0.113.9", Taking(0), 2 * MOST_UNTAKEN)
    assert untaken([slowest, other, fast, large, slow], 1) == [slowest]
