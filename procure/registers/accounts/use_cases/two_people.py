"""What takes two administrators: asked for with a reason, decided by another, never on old ground."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from procure.kernel.commands import Command
from procure.kernel.errors import Conflict, Invalid
from procure.kernel.events import plain
from procure.registers.accounts import policies
from procure.registers.accounts.models import ChangeRequest
from procure.store.proposals import decide, propose, withdraw
from procure.store.unit_of_work import UnitOfWork

Changes = dict[str, list[str | None]]
"""By column what it was and what it is to be, as a request's row keeps them."""


@dataclass(frozen=True)
class Edited:
    """What became of a correction: what was changed at once, and what waits, in words."""

    saved: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class Decide(Command):
    """Carry out what another administrator asked for, or refuse it with the reason."""

    request_id: str
    carry_out: bool = True
    reason: str = ""


def ask(uow: UnitOfWork, request: ChangeRequest, what: str) -> None:
    """Ask for what `what` says in words; Invalid at `reason` without one."""
    if not request.reason.strip():
        raise Invalid(
            "reason",
            f"{what}由两个人办理，必须写明原因。",
            policies.THREE_OFFICES,
            "请写明依据和核实的情况，由安全管理员核对后办理。",
        )
    propose(uow, request)


def settle(uow: UnitOfWork, request: ChangeRequest, command: Decide) -> None:
    """Write down who decided, and what."""
    if not command.carry_out:
        request.refusal = command.reason
    decide(uow, request, agreed=command.carry_out)


def take_back(uow: UnitOfWork, request: ChangeRequest) -> None:
    """Write down that nobody decides any more; Denied or IllegalTransition where it may not be."""
    policies.may_withdraw_act(uow.actor, request).require()
    withdraw(uow, request)


def require_still_so(record: object, request: ChangeRequest, words: Mapping[str, str]) -> None:
    """Raise Conflict when a particular is no longer what it was when its change was asked for."""
    stale = [n for n, (old, _) in request.changes.items() if kept(getattr(record, n)) != old]
    if stale:
        raise Conflict(
            f"申请以后，{'、'.join(words[name] for name in stale)}已经变化，这项申请不能再办理。",
            remedy="请选择“不同意”，由系统管理员按最新信息重新申请。",
        )


def wanted_of(
    record: object, values: Mapping[str, object], alone: Collection[str]
) -> tuple[dict[str, object], dict[str, object]]:
    """What is new of these particulars: what one administrator corrects `alone`, and what takes two."""
    new = {name: value for name, value in values.items() if getattr(record, name) != value}
    at_once = {name: value for name, value in new.items() if name in alone}
    return at_once, {name: value for name, value in new.items() if name not in alone}


def before_and_after(record: object, values: Mapping[str, object]) -> Changes:
    """What a record's particulars are and are to be."""
    return {name: [kept(getattr(record, name)), kept(new)] for name, new in values.items()}


def kept(value: object) -> str | None:
    """A particular as plain text, for a request's row."""
    text = plain(value)
    return None if text is None else str(text)
