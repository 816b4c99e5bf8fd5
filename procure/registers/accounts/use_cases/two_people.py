"""What takes two administrators: asked for with a reason, decided by another, never on old ground."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from procure.kernel.errors import Conflict, Invalid
from procure.kernel.events import plain
from procure.registers.accounts import policies
from procure.registers.accounts.models import TwoPeople
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork

Changes = dict[str, list[str | None]]
"""By column what it was and what it is to be, as a request's row keeps them."""


@dataclass(frozen=True)
class Edited:
    """What became of a correction: what was changed at once, and what waits, in words."""

    saved: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def asked_now(uow: UnitOfWork, reason: str, changes: Changes, *, what: str) -> dict[str, Any]:
    """The columns of a new request that every kind has; Invalid at `reason` without one.

    `what` says in words what is asked for.
    """
    if not reason.strip():
        raise Invalid(
            "reason",
            f"{what}由两个人办理，必须写明原因。",
            policies.THREE_OFFICES,
            "请写明依据和核实的情况，由安全管理员核对后办理。",
        )
    return {
        "id": new_id(),
        "changes": changes,
        "reason": reason,
        "requested_by": uow.actor.user_id,
        "requested_at": uow.now,
    }


def settle(uow: UnitOfWork, request: TwoPeople, *, carry_out: bool, refusal: str) -> None:
    """Write down who decided, and what."""
    request.decided_by, request.decided_at = uow.actor.user_id, uow.now
    request.carried_out = carry_out
    if not carry_out:
        request.refusal = refusal


def take_back(uow: UnitOfWork, request: TwoPeople) -> None:
    """Write down that nobody decides any more; Denied or IllegalTransition where it may not be."""
    policies.may_withdraw_act(uow.actor, is_open=request.decided_at is None).require()
    request.decided_at = uow.now


def require_still_so(record: object, request: TwoPeople, words: Mapping[str, str]) -> None:
    """Raise Conflict when a particular is no longer what it was when its change was asked for."""
    stale = [n for n, (old, _) in request.changes.items() if kept(getattr(record, n)) != old]
    if stale:
        raise Conflict(
            f"申请以后，{'、'.join(words[name] for name in stale)}已经变化，这项申请不能再办理。",
            remedy="请选择“不同意”，由系统管理员按最新信息重新申请。",
        )


def before_and_after(record: object, values: Mapping[str, object]) -> Changes:
    """What a record's particulars are and are to be."""
    return {name: [kept(getattr(record, name)), kept(new)] for name, new in values.items()}


def kept(value: object) -> str | None:
    """A particular as plain text, for a request's row."""
    text = plain(value)
    return None if text is None else str(text)
