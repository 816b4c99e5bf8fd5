"""How often somebody may try to sign in, and how long to wait: slower and slower, never locked.

Each account has one lane for every device that has signed in to it before, and one lane for all
other devices together. A stranger can fill the strangers' lane only: the rightful person, on a
device used before, passes by; on any other device they pass by giving the one-time code together
with the password, which no stranger can, however often they try. Such a try is counted in the same
lane; where that is shut, both are looked at all the same, but whatever is wrong is answered as the
shut gate answers, and a try with one of the two right counts in the account's lane of codes: whoever
has one proof guesses the other as slowly, whoever has none learns nothing and fills nothing. Names
that do not exist have lanes like any other.

Networks are watched for strangers who try one password on many accounts: where too many tries have
failed, only password and code together let somebody in, or the password of an account that has no
second factor yet. No network, and no name tried from it, counts towards another: there is no gate of the whole platform.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from procure.kernel.errors import ALLOWED, Denied, Verdict, refused

WINDOW: Final = timedelta(hours=1)
LANE_FAILURES: Final = 20
"""Failed tries told as wrong in an hour in one lane, by password alone or with a code."""
FREE_FAILURES: Final = 4
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=6)
"""With this a lane under attack all the time stays within its failures an hour."""
NETWORK_FAILURES: Final = 50
"""Failed tries of strangers told as wrong in an hour from one network, by password, code or both."""

UNLOCKED: Final = (
    "账号没有被锁定；在以前登录过的设备上可以照常登录。忘记密码的，请联系本平台系统管理员重置。"
)


class TooManyTries(Denied):
    """Wait before trying again; the message says how long."""


class NetworkCrowded(TooManyTries):
    """From this network a password alone lets nobody in who has a second factor."""


@dataclass(frozen=True)
class Tries:
    """What was tried in the last hour, as far as it concerns one new try.

    `from_network` counts strangers on any account, and nothing for a known device.
    """

    failures: int = 0
    since_success: int = 0
    last_failure_at: datetime | None = None
    oldest_failure_at: datetime | None = None
    from_network: int = 0

    @property
    def is_crowded(self) -> bool:
        """Whether so many have failed from this network that somebody may be trying them all."""
        return self.from_network >= NETWORK_FAILURES


def wait_before(tries: Tries, at: datetime) -> timedelta:
    """How long this lane has to wait; zero when a try may be evaluated now."""
    return max((until - at for until in _gates(tries)), default=timedelta(0))


def _gates(tries: Tries) -> list[datetime]:
    gates = []
    if tries.since_success > FREE_FAILURES and tries.last_failure_at:
        doublings = min(tries.since_success - FREE_FAILURES - 1, 12)
        gates.append(tries.last_failure_at + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT))
    if tries.failures >= LANE_FAILURES and tries.oldest_failure_at:
        gates.append(tries.oldest_failure_at + WINDOW)
    return gates


def may_try(tries: Tries, at: datetime, *, has_no_factor: bool = False) -> Verdict:
    """Whether a try may be evaluated now, with how long to wait and why.

    An account without a second factor cannot be asked for one: from a crowded network it still has
    its own lane. The words are those of the network for it too, so that they do not tell which
    accounts these are.
    """
    wait = wait_before(tries, at)
    if tries.is_crowded and (wait > timedelta(0) or not has_no_factor):
        return crowded()
    if wait <= timedelta(0):
        return ALLOWED
    return refused(
        f"登录尝试太多，请等待{wait_words(wait)}后再试。为防止他人猜测密码，连续失败后等待时间逐次加长。",
        remedy=UNLOCKED,
        error=TooManyTries,
    )


def crowded() -> Verdict:
    """What is said where a password alone is not looked at."""
    return refused(
        "您所在的网络近来登录失败太多。为防止他人猜测密码，绑定过动态口令的账号，"
        "只凭密码暂时不能登录。",
        remedy="绑定过的，请同时填写动态口令，可以立即登录；没有绑定的，动态口令留空，"
        "核对用户名和密码，过几分钟再试。" + UNLOCKED,
        error=NetworkCrowded,
    )


def wait_words(wait: timedelta) -> str:
    """A wait as people read it, rounded up."""
    seconds = -(-wait // timedelta(seconds=1))
    return f" {seconds} 秒" if seconds < 60 else f" {-(-seconds // 60)} 分钟"
