"""Waiting grows, ends, and never falls on a device that has been in before because of others."""

from dataclasses import replace
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


CROWD = Tries(from_network=throttle.NETWORK_FAILURES)


def test_password_alone_is_not_looked_at_from_a_crowded_network() -> None:
    verdict = throttle.may_try(CROWD, NOW)

    assert verdict.error is throttle.NetworkCrowded
    assert "分钟后" not in verdict.reason
    assert "同时填写动态口令" in (verdict.remedy or "")
    assert throttle.may_try(replace(CROWD, from_network=throttle.NETWORK_FAILURES - 1), NOW).ok


def test_account_without_a_factor_has_its_own_lane_in_a_crowded_network() -> None:
    """What it is told when that lane is full does not tell that it is there."""
    full = replace(CROWD, failures=9, since_success=9, last_failure_at=NOW, oldest_failure_at=AGO)

    assert throttle.may_try(CROWD, NOW, has_no_factor=True).ok
    assert throttle.may_try(full, NOW, has_no_factor=True) == throttle.may_try(CROWD, NOW)


@pytest.mark.parametrize(
    ("wait", "words"),
    [(1, " 1 秒"), (59, " 59 秒"), (60, " 1 分钟"), (61, " 2 分钟"), (3600, " 60 分钟")],
)
def test_wait_is_told_rounded_up(wait: int, words: str) -> None:
    assert throttle.wait_words(timedelta(seconds=wait)) == words
