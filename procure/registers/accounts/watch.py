"""Which failed tries the trail tells of: the first of each, and once more when they mass.

Both results of signing in belong into the security record (GB/T 22239-2019 8.1.4.3), but whoever
floods the sign-in page must not be able to flood the record, nor to fill it so that nothing more is
told of the accounts they are after: of names that nobody bears only so many are told in an hour,
from one network and in all, and the rest are counted; every existing account has its own few
outside these bounds.
"""

from dataclasses import dataclass
from typing import Final

TOLD_ON_ACCOUNT: Final = 3
TOLD_FROM_NETWORK: Final = 10
MOST_TOLD: Final = 200
"""Events of tries in an hour on names that nobody bears, whoever fails and how often."""
MASS: Final = 50
"""Failures of strangers in an hour, on whatever names, that call for somebody to look."""
MASS_ON_ACCOUNT: Final = 10
"""The same on one existing account."""
PLATFORM: Final = "platform"


@dataclass(frozen=True)
class Tally:
    """Failures of the last hour, this one included, counted no further than anybody asks."""

    on_account: int
    from_network: int
    everywhere: int


def is_told(tally: Tally, user_id: str = "") -> bool:
    """Whether this failure is among the first of its account, and of its network unless the account
    exists.
    """
    is_among_network = bool(user_id) or tally.from_network <= TOLD_FROM_NETWORK
    return tally.on_account <= TOLD_ON_ACCOUNT and is_among_network


def masses(tally: Tally, user_id: str | None) -> tuple[str, ...]:
    """On what failures mass: the platform, the account, both or nothing."""
    found = (PLATFORM,) if tally.everywhere >= MASS else ()
    return (*found, user_id) if user_id and tally.on_account >= MASS_ON_ACCOUNT else found
