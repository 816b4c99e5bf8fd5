"""Waiting grows, ends, and never falls on a device that has been in before because of others."""

from datetime import UTC, datetime, timedelta

import pytest

from procure.registers.accounts import throttle
from procure.registers.accounts.throttle import Tries

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AGO = NOW - timedelta(minutes=30)


def test_first_tries_need_no_wait() -> None:
    for failures in range(throttle.FREE_FAILURES + 1):
        tries = Tries(failures, failures, NOW, AGO)
        assert throttle.may_try(tries, NOW).ok


def test_wait_grows_up_to_a_bound() -> None:
    waits = [
        throttle.wait_before(Tries(failures, failures, NOW, AGO), NOW)
        for failures in range(throttle.FREE_FAILURES + 1, throttle.LANE_FAILURES)
    ]

    assert waits[0] == throttle.FIRST_WAIT
    assert waits == sorted(waits)
    assert waits[-1] == throttle.LONGEST_WAIT


def test_full_lane_waits_until_its_oldest_failure_is_an_hour_old() -> None:
    tries = Tries(throttle.LANE_FAILURES, 0, AGO, AGO)

    assert throttle.wait_before(tries, NOW) == timedelta(minutes=30)
    assert throttle.may_try(tries, AGO + throttle.WINDOW).ok


@pytest.mark.parametrize(
    "tries",
    [
        Tries(from_address=throttle.ADDRESS_FAILURES, oldest_from_address_at=AGO),
        Tries(sprayed_accounts=throttle.SPRAYED_ACCOUNTS, oldest_sprayed_at=AGO),
    ],
)
def test_strangers_wait_for_strangers(tries: Tries) -> None:
    verdict = throttle.may_try(tries, NOW)

    assert not verdict.ok
    assert "30 分钟" in verdict.reason
    assert "没有被锁定" in (verdict.remedy or "")


def test_known_device_does_not_wait_for_strangers() -> None:
    tries = Tries(
        is_known_device=True,
        from_address=999,
        oldest_from_address_at=NOW,
        sprayed_accounts=999,
        oldest_sprayed_at=NOW,
    )

    assert throttle.may_try(tries, NOW).ok


@pytest.mark.parametrize(
    ("wait", "words"),
    [(1, " 1 秒"), (59, " 59 秒"), (60, " 1 分钟"), (61, " 2 分钟"), (3600, " 60 分钟")],
)
def test_wait_is_told_rounded_up(wait: int, words: str) -> None:
    assert throttle.wait_words(timedelta(seconds=wait)) == words
