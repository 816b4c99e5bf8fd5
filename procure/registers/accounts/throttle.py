"""How often somebody may try to sign in, and how long to wait: slower and slower, never locked.

Each account has one lane for every device that has signed in to it before, and one lane for all
other devices together. A stranger can fill the strangers' lane only: the rightful person, on a
device used before, passes by. Addresses and the platform as a whole are watched for strangers who
try one password on many accounts. Names that do not exist have lanes like any other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from procure.kernel.errors import ALLOWED, Denied, Verdict, refused

WINDOW: Final = timedelta(hours=1)
LANE_FAILURES: Final = 20
"""Failed tries evaluated in an hour in one lane."""
FREE_FAILURES: Final = 4
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=15)
ADDRESS_FAILURES: Final = 50
SPRAYED_ACCOUNTS: Final = 50
"""Accounts failed by strangers in an hour, none of which signed in: one person trying them all."""


class TooManyTries(Denied):
    """Wait before trying again; the message says how long."""


@dataclass(frozen=True)
class Tries:
    """What was tried in the last hour, as far as it concerns one new try."""

    failures: int = 0
    since_success: int = 0
    last_failure_at: datetime | None = None
    oldest_failure_at: datetime | None = None
    is_known_device: bool = False
    from_address: int = 0
    oldest_from_address_at: datetime | None = None
    sprayed_accounts: int = 0
    oldest_sprayed_at: datetime | None = None


def wait_before(tries: Tries, at: datetime) -> timedelta:
    """How long this try has to wait; zero when it may be evaluated now."""
    return max((until - at for until in _gates(tries)), default=timedelta(0))


def _gates(tries: Tries) -> list[datetime]:
    gates = []
    if tries.since_success > FREE_FAILURES and tries.last_failure_at:
        doublings = min(tries.since_success - FREE_FAILURES - 1, 12)
        gates.append(tries.last_failure_at + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT))
    if tries.failures >= LANE_FAILURES and tries.oldest_failure_at:
        gates.append(tries.oldest_failure_at + WINDOW)
    if tries.is_known_device:
        return gates
    if tries.from_address >= ADDRESS_FAILURES and tries.oldest_from_address_at:
        gates.append(tries.oldest_from_address_at + WINDOW)
    if tries.sprayed_accounts >= SPRAYED_ACCOUNTS and tries.oldest_sprayed_at:
        gates.append(tries.oldest_sprayed_at + WINDOW)
    return gates


def may_try(tries: Tries, at: datetime) -> Verdict:
    """Whether a try may be evaluated now, with how long to wait and why."""
    wait = wait_before(tries, at)
    if wait <= timedelta(0):
        return ALLOWED
    return refused(
        f"登录尝试太多，请等待{wait_words(wait)}后再试。为防止他人猜测密码，连续失败后等待时间逐次加长。",
        remedy="账号没有被锁定；在以前登录过的设备上可以照常登录。"
        "忘记密码的，请联系本平台系统管理员重置。",
        error=TooManyTries,
    )


def wait_words(wait: timedelta) -> str:
    """A wait as people read it, rounded up."""
    seconds = -(-wait // timedelta(seconds=1))
    return f" {seconds} 秒" if seconds < 60 else f" {-(-seconds // 60)} 分钟"
