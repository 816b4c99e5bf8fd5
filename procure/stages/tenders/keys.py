"""The key that bids of one tender are sealed to, and the only door to its secret half.

The key is made when the tender is published. Its secret half lies in the database wrapped by the
platform's key and is unwrapped here alone, from the instant on that stands in the tender's own row:
a deadline that moves moves the release with it.
"""

from dataclasses import dataclass
from datetime import datetime

import pyrage

from procure.kernel.day_words import instant_words
from procure.kernel.errors import ALLOWED, IllegalTransition, NotFound, TooEarly, Verdict, refused
from procure.kernel.laws import cite
from procure.kernel.lifecycle import TenderState
from procure.kernel.methods import words_of
from procure.stages.tenders.models import Tender, TenderKey
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class SealingKey:
    """A tender's key pair: the public half in clear, the secret half wrapped."""

    recipient: str
    wrapped: bytes


def make_key(platform_key: PlatformKey) -> SealingKey:
    """A new X25519 key pair; the secret half leaves this function wrapped."""
    identity = pyrage.x25519.Identity.generate()
    return SealingKey(str(identity.to_public()), platform_key.wrap(str(identity).encode()))


def may_release(tender: Tender, now: datetime) -> Verdict:
    """Whether the secret half may be used: the tender was published and its deadline is over."""
    if tender.state not in (TenderState.PUBLISHED, TenderState.OPENED):
        opening = words_of(tender.method).opening
        return refused(
            f"这个采购项目不在{opening}阶段，不能启用解密密钥。", error=IllegalTransition
        )
    if tender.deadline_at is None or now < tender.deadline_at:
        said = words_of(tender.method)
        when = instant_words(tender.deadline_at) if tender.deadline_at else "未填写"
        return refused(
            f"{said.deadline}时间（{when}）还没有到，{said.bid_file}不能拆封。",
            rule=cite("opening", tender.method),
            remedy=f"请在截止时间以后办理{said.opening}。",
            error=TooEarly,
        )
    return ALLOWED


def release_identity(uow: UnitOfWork, tender: Tender, platform_key: PlatformKey) -> str:
    """The secret half of the tender's key, as age writes it (AGE-SECRET-KEY-…).

    Raises TooEarly before the deadline in the tender's row, IllegalTransition for a tender that was
    not published or has failed or been terminated, NotFound when it never had a key.
    """
    may_release(tender, uow.now).require()
    key = uow.session.get(TenderKey, tender.id)
    if key is None:
        raise NotFound("没有找到这个采购项目的密钥。")
    if key.released_at is None:
        key.released_at = uow.now
    return platform_key.unwrap(key.wrapped).decode()
