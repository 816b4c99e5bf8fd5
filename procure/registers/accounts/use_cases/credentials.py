"""Passwords and second factors: choosing, binding, and the resets that take two people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from procure.kernel.commands import Command
from procure.kernel.errors import Conflict, Invalid, Verdict, first_refusal, refused
from procure.kernel.records import read_as
from procure.registers.accounts import events, passwords, policies, second_factor
from procure.registers.accounts.models import CredentialReset, RecoveryCode, ResetKind, User
from procure.registers.accounts.passwords import NORMAL, Passwords
from procure.registers.accounts.queries import (
    digest_of_secret,
    find_user_id,
    get_user,
    roles_of,
)
from procure.registers.accounts.use_cases.holding import hold_person
from procure.registers.accounts.use_cases.sign_in import (
    Visit,
    WrongOwnPassword,
    end_all_sessions,
    locked,
    note_success,
    rotate,
    use_step,
)
from procure.registers.accounts.use_cases.two_people import Decide
from procure.store.base import get_row
from procure.store.holding import hold
from procure.store.proposals import decide, propose
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork

NOTHING_PROVED = refused("没有验证过现在的动态口令。", remedy="请先再次验证身份。")


class ChangePassword(Command):
    """A new password chosen by its owner, in the session `session_id`.

    `attempt_id` is the turn taken for the old one.
    """

    user_id: str
    session_id: str
    old: str
    new: str
    visit: Visit
    at: datetime
    attempt_id: str | None = None


def change_password(uow: UnitOfWork, command: ChangePassword, hashing: Passwords = NORMAL) -> str:
    """Change the password and end every other sign-in; gives the secret of the session that follows.

    Raises WrongOwnPassword, or Invalid when the new one is too easy to guess.
    """
    user = locked(uow, command.user_id)
    person = get_user(uow.session, command.user_id)
    if not hashing.is_right(user.password_hash, command.old):
        raise WrongOwnPassword("old")
    if command.attempt_id is not None:
        note_success(uow, command.attempt_id)
    if command.new == command.old:
        raise Invalid("new", "新密码与当前密码相同。", remedy="请换一个新密码。")
    own_words = (user.username, user.name, user.phone, person.organisation.name)
    reason = passwords.refusal_of(command.new, own_words=own_words)
    if reason:
        raise Invalid(
            "new",
            reason,
            passwords.RULE,
            f"请用 {passwords.LEAST} 个以上字符，例如几个不相关的词连在一起。",
        )
    user.password_hash = hashing.hash(command.new)
    user.password_is_temporary = False
    secret = rotate(uow, command.session_id, command.visit, command.at, gave_code=False)
    end_all_sessions(uow, [user.id], keep=digest_of_secret(secret))
    uow.emit(events.PasswordChanged(**user.told))
    return secret


class StartEnrolment(Command):
    """Make a new authenticator secret for oneself; it counts once a code confirms it.

    `password` is None for whoever has just signed in by it and has no second factor yet; `fresh`
    says whether the present authenticator was used just now. `attempt_id` is the turn taken for
    the password.
    """

    user_id: str
    password: str | None = None
    fresh: Verdict = NOTHING_PROVED
    attempt_id: str | None = None


def start_enrolment(
    uow: UnitOfWork, command: StartEnrolment, key: PlatformKey, hashing: Passwords = NORMAL
) -> None:
    """Keep a new secret, wrapped, beside the present one, or go on with the one begun just now.

    A second tab shows the same secret, so that what was scanned from the first stays good. Raises
    Denied without a code of the present authenticator, WrongOwnPassword for a wrong password.
    """
    user = locked(uow, command.user_id)
    if user.totp_confirmed_at is not None:
        held = roles_of(uow.session, user.id)
        first_refusal(policies.may_replace_factor(held), command.fresh).require()
    asks_password = user.totp_confirmed_at is not None or command.password is not None
    if asks_password and not hashing.is_right(user.password_hash, command.password or ""):
        raise WrongOwnPassword("password")
    if command.attempt_id is not None:
        note_success(uow, command.attempt_id)
    if not is_pending(user, uow.now):
        user.totp_pending = key.wrap(second_factor.new_secret().encode())
        user.totp_pending_at = uow.now


def is_pending(user: User, now: datetime) -> bool:
    """Whether a new authenticator's secret waits to be confirmed, and is not too old for it."""
    began = user.totp_pending_at
    return began is not None and user.totp_pending is not None and now - began <= policies.ENROLMENT


class ConfirmEnrolment(Command):
    """The first code of the new authenticator, given in the session `session_id`.

    `completes_sign_in` when that session lacked nothing else.
    """

    user_id: str
    session_id: str
    code: str
    visit: Visit
    at: datetime
    completes_sign_in: bool = False


@dataclass(frozen=True)
class Enrolled:
    """The secret of the session that follows, and the recovery codes to show once."""

    secret: str
    recovery_codes: tuple[str, ...]


def confirm_enrolment(uow: UnitOfWork, command: ConfirmEnrolment, key: PlatformKey) -> Enrolled:
    """Bind the new authenticator, make new recovery codes, end every other sign-in.

    Raises Conflict when there is nothing to confirm, Invalid when the code does not fit.
    """
    user = locked(uow, command.user_id)
    if user.totp_pending is None or not is_pending(user, uow.now):
        raise Conflict(
            "没有等待确认的动态口令：已经确认过，或者显示二维码超过了 30 分钟。",
            remedy="请从“我的账号”重新开始绑定，扫描新的二维码。",
        )
    was_bound = user.totp_confirmed_at is not None
    secret = key.unwrap(user.totp_pending).decode()
    step = second_factor.matching_step(secret, command.code, command.at, 0)
    if step is None:
        raise Invalid(
            "code",
            "动态口令不对，或已过期。",
            remedy="请输入刚刚扫描的这一条（不是以前绑定的）的 6 位数字；"
            "手机时间须与北京时间一致，等新的数字出现后再输入。",
        )
    user.totp_secret, user.totp_pending, user.totp_pending_at = user.totp_pending, None, None
    user.totp_confirmed_at = command.at
    user.totp_last_step = 0
    uow.session.flush()
    use_step(uow, user.id, step)
    codes = _new_recovery_codes(uow, user.id)
    session_secret = rotate(uow, command.session_id, command.visit, command.at, gave_code=True)
    end_all_sessions(uow, [user.id], keep=digest_of_secret(session_secret))
    uow.emit(events.SecondFactorEnrolled(**user.told, was_bound=was_bound))
    if command.completes_sign_in:
        uow.emit(events.SignedIn(**user.told, with_code=True, device=command.visit.agent))
    return Enrolled(session_secret, tuple(codes))


def _new_recovery_codes(uow: UnitOfWork, user_id: str) -> list[str]:
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = second_factor.new_recovery_codes()
    for code in codes:
        digest = second_factor.digest_of_recovery_code(user_id, code)
        uow.session.add(RecoveryCode(user_id=user_id, digest=digest))
    return codes


def release_from_factor(uow: UnitOfWork, user: User) -> None:
    """Forget a lost authenticator with its recovery codes; the next sign-in binds another."""
    user.totp_secret = user.totp_pending = user.totp_confirmed_at = user.totp_pending_at = None
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


class ResetAtMachine(Command):
    """Release an administrator at the machine: who does it, who stands beside them, and why."""

    username: str
    by: str
    witness: str
    reason: str


def reset_at_machine(uow: UnitOfWork, command: ResetAtMachine) -> None:
    """Reset the second factor of whoever holds one of the three offices; the sign-ins end.

    For the day on which the only security administrator has lost theirs and nobody on the platform
    can carry a reset out. Raises Invalid for anybody else, and unless it takes two other people.
    """
    user_id = find_user_id(uow.session, command.username)
    if user_id is None:
        raise Invalid("user", "没有这个用户名。", remedy="请核对用户名。")
    user = locked(uow, user_id)
    policies.may_reset_at_machine(
        user.name, roles_of(uow.session, user.id), by=command.by, witness=command.witness
    ).require()
    if user.totp_confirmed_at is None:
        raise Invalid("user", "这个人还没有绑定动态口令。", remedy="不需要重置，登录后即可绑定。")
    release_from_factor(uow, user)
    end_all_sessions(uow, [user.id])
    uow.emit(
        events.SecondFactorResetAtMachine(
            **user.told, by=command.by, witness=command.witness, reason=command.reason
        )
    )


class RequestReset(Command):
    """Ask for a new password, or for release from a lost authenticator, on somebody's behalf."""

    user_id: str
    kind: ResetKind
    reason: str


def request_reset(uow: UnitOfWork, command: RequestReset) -> str:
    """Ask the security administrator for a reset; gives its id."""
    hold_person(uow, command.user_id)
    user = get_user(uow.session, command.user_id)
    policies.may_request_reset(uow.actor, user.id, in_use=user.in_use).require()
    if command.kind is ResetKind.SECOND_FACTOR and user.totp_confirmed_at is None:
        raise Invalid("kind", "这个人还没有绑定动态口令。", remedy="不需要重置，登录后即可绑定。")
    reset = CredentialReset(user_id=user.id, kind=command.kind, reason=command.reason)
    propose(uow, reset)
    happened = {
        ResetKind.PASSWORD: events.PasswordResetRequested,
        ResetKind.SECOND_FACTOR: events.SecondFactorResetRequested,
    }[command.kind]
    uow.emit(read_as(happened, reset, **_about(user, reset)))
    return reset.id


def decide_reset(uow: UnitOfWork, command: Decide, hashing: Passwords = NORMAL) -> str | None:
    """Carry out or refuse a reset; gives the temporary password when one was made.

    All sign-ins of the person end. Raises Denied for the person who asked (two people).
    """
    user = hold_person(uow, get_row(uow.session, CredentialReset, command.request_id).user_id)
    reset = hold(uow.session, CredentialReset, command.request_id)
    policies.may_decide_reset(uow.actor, reset).require()
    decide(uow, reset, agreed=command.carry_out)
    if not command.carry_out:
        about = {**_about(user, reset), "reason": command.reason or reset.reason}
        uow.emit(read_as(events.ResetRefused, reset, **about))
        return None
    end_all_sessions(uow, [user.id])
    if reset.kind is ResetKind.PASSWORD:
        temporary = passwords.temporary_password()
        user.password_hash = hashing.hash(temporary)
        user.password_is_temporary = True
        uow.emit(read_as(events.PasswordReset, reset, **_about(user, reset)))
        return temporary
    release_from_factor(uow, user)
    uow.emit(read_as(events.SecondFactorReset, reset, **_about(user, reset)))
    return None


def _about(user: User, reset: CredentialReset) -> dict[str, Any]:
    return {**user.told, "reset_id": reset.id}
