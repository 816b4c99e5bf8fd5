"""Coming in and leaving: turns at trying, sign-ins, their rotation and their end."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, delete, select, text, update
from sqlalchemy.orm import Session

from procure.kernel.addresses import network_of
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.registers.accounts import events, policies, second_factor, throttle
from procure.registers.accounts.models import LoginAttempt, RecoveryCode, User, WebSession
from procure.registers.accounts.queries import (
    digest_of_secret,
    get_user,
    is_known_device,
    recovery_codes_left,
    tries_before,
)
from procure.store.base import rows_changed
from procure.store.holding import hold
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork

_LANE_LOCK, _NETWORK_LOCK = 1, 2
"""Classes of the advisory locks under which turns are counted and taken on PostgreSQL."""


class TakeTurn(Command):
    """One try: keyed digest of the name typed, the device's id if it has one, the address.

    `has_no_factor` for an account that cannot be asked for a one-time code. `from_outside` is not so
    for whoever has proved something already: what others tried from their network is not theirs.
    `is_counted` is not so for a try that is only to take as long as one that is; `in_network` is not
    so for one whose count nobody may read off from what the network is told.
    """

    account: str
    device: str
    address: str
    at: datetime
    has_no_factor: bool = False
    from_outside: bool = True
    is_counted: bool = True
    in_network: bool = True


@dataclass(frozen=True)
class Turn:
    """A try that may be evaluated; `is_crowded` when too many failed from its network."""

    attempt_id: str
    is_crowded: bool


def take_turn(uow: UnitOfWork, command: TakeTurn) -> Turn:
    """Count this try as failed until it has succeeded.

    Raises TooManyTries when it has to wait; such a try is not evaluated and not counted. Turns of
    one lane are taken one at a time, and so are strangers' of one network, so that parallel tries
    do not slip through; nobody waits for a turn of another lane and network.
    """
    known = is_known_device(uow.session, command.account, command.device)
    lane = command.device if known else ""
    network = network_of(command.address)
    _wait_for(uow, _LANE_LOCK, f"{command.account}:{lane}")
    is_watched = command.from_outside and not known
    if is_watched:
        _wait_for(uow, _NETWORK_LOCK, network)
    tries = tries_before(
        uow.session, command.account, lane, network if is_watched else None, command.at
    )
    throttle.may_try(tries, command.at, has_no_factor=command.has_no_factor).require()
    attempt = LoginAttempt(
        account=command.account,
        device=lane,
        address=command.address[:64],
        network=network if command.in_network else "",
        at=command.at,
        succeeded=False,
    )
    uow.session.add(attempt)
    uow.session.flush()
    if not command.is_counted:
        uow.session.delete(attempt)
    return Turn(attempt.id, tries.is_crowded)


def _wait_for(uow: UnitOfWork, kind: int, name: str) -> None:
    """Hold a name until the transaction ends; SQLite has one writer at a time anyway."""
    if uow.session.get_bind().dialect.name == "postgresql":
        uow.session.execute(
            text("SELECT pg_advisory_xact_lock(:kind, hashtext(:name))"),
            {"kind": kind, "name": name},
        )


@dataclass(frozen=True)
class Visit:
    """Whence somebody comes: the device's id, its description in words, its address."""

    device: str
    address: str
    agent: str


class SignOut(Command):
    """Leave on this device."""

    session_id: str
    user_id: str


class WrongProof(Invalid):
    """What was given as proof of who one is does not fit."""


class WrongPassword(WrongProof):
    """Name and password do not fit together; which of them is wrong stays unsaid."""

    def __init__(self) -> None:
        super().__init__(
            "",
            "用户名或密码不对。",
            remedy="请核对后再输入；忘记密码的，请联系本平台系统管理员重置。",
        )


class WrongOwnPassword(WrongProof):
    """Somebody who is in was asked for their password once more; `field` is where."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "当前密码不对。", remedy="请重新输入当前使用的密码。")


class WrongTogether(WrongProof):
    """Name, password and one-time code do not fit together; which is wrong stays unsaid."""

    def __init__(self) -> None:
        super().__init__(
            "",
            "用户名、密码或动态口令不对。",
            remedy="请核对后，等验证器显示新的 6 位数字再一起输入，"
            "连续输错几次的，过几分钟再试；没有绑定动态口令的，动态口令留空。",
        )


class WrongCode(WrongProof):
    """The one-time code does not fit, was used, or is of another moment."""

    def __init__(self) -> None:
        super().__init__(
            "code",
            "动态口令不对，或已经用过、已过期。",
            remedy="请等验证器显示新的 6 位数字后再输入；手机时间须与北京时间一致。",
        )


@dataclass(frozen=True)
class Compared:
    """The hash that the password was found to fit, and the one to keep instead when it is outdated."""

    kept: str
    new: str | None = None


class OpenSession(Command):
    """The password was right; `attempt_id` is the turn taken, None where none was needed.

    `compared` is what it was compared with, None where no password was asked. `replaces` is the
    sign-in that this browser had until now; it ends.
    """

    user_id: str
    visit: Visit
    at: datetime
    factor_required: bool
    attempt_id: str | None = None
    compared: Compared | None = None
    replaces: SignOut | None = None


def open_session(uow: UnitOfWork, command: OpenSession) -> str:
    """Sign a person in as far as a password goes; gives the new session's secret.

    Raises WrongPassword when the password was changed or reset since it was compared.
    """
    user = locked(uow, command.user_id)
    if not user.is_active:
        raise Invalid("", "这个账号已经停用。", remedy="如需恢复，请联系本平台系统管理员。")
    if command.compared is not None:
        _settle(uow, user, command.compared)
    if command.attempt_id is not None and user.totp_confirmed_at is None:
        note_success(uow, command.attempt_id, command.visit.device)
    if command.replaces is not None:
        _end_one(uow, command.replaces.session_id, command.replaces.user_id)
    secret = _add_session(
        uow,
        command.visit,
        WebSession(
            user_id=user.id,
            created_at=command.at,
            seen_at=command.at,
            factor_required=command.factor_required,
            attempt_id=command.attempt_id,
        ),
    )
    if user.totp_confirmed_at is None and not command.factor_required:
        _limit(uow, user.id, command.at, keep=digest_of_secret(secret))
        uow.emit(events.SignedIn(**user.told, with_code=False, device=command.visit.agent))
    return secret


def _settle(uow: UnitOfWork, user: User, compared: Compared) -> None:
    """Go on only if the password still is the one that was compared; renew its hash then.

    Between comparing and opening a reset may have been carried out, because the password leaked.
    """
    if user.password_hash != compared.kept:
        raise WrongPassword
    if compared.new is not None:
        uow.session.execute(
            update(User)
            .where(User.id == user.id, User.password_hash == compared.kept)
            .values(password_hash=compared.new)
        )


def note_success(uow: UnitOfWork, attempt_id: str, device: str | None = None) -> None:
    """Turn a try into a success; remember the device, if named, as one that has been in."""
    known = {} if device is None else {"device": device}
    uow.session.execute(
        update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(succeeded=True, **known)
    )


class GiveCode(Command):
    """The one-time or recovery code for a sign-in; `attempt_id` is the turn taken for it."""

    session_id: str
    user_id: str
    code: str
    visit: Visit
    at: datetime
    attempt_id: str | None = None
    is_step_up: bool = False


def give_code(uow: UnitOfWork, command: GiveCode, key: PlatformKey) -> str:
    """Complete a sign-in, or confirm who sits there; gives the secret of the session that follows.

    Each time step and each recovery code counts once, whoever comes at the same time. Raises
    WrongCode for a code that is wrong, used or of another moment.
    """
    user = locked(uow, command.user_id)
    if not _spend(uow, user, command, key):
        raise WrongCode
    if command.attempt_id is not None:
        note_success(uow, command.attempt_id, command.visit.device)
    secret = rotate(uow, command.session_id, command.visit, command.at, gave_code=True)
    _limit(uow, user.id, command.at, keep=digest_of_secret(secret))
    if command.is_step_up:
        uow.emit(events.IdentityConfirmed(**user.told))
    else:
        uow.emit(events.SignedIn(**user.told, with_code=True, device=command.visit.agent))
    return secret


class EnterWithBoth(Command):
    """Password and code given at once: `opening` is what the password opens.

    `attempt_id` is the turn taken for the code. `account` is the keyed digest of the name, under
    which the device is known from now on, also where the password had no turn left.
    """

    opening: OpenSession
    code: str
    attempt_id: str
    account: str


def fits_code(session: Session, user_id: str, code: str, at: datetime, key: PlatformKey) -> bool:
    """Whether a code would be taken now; uses up nothing, and takes as long where there is none."""
    user = session.get(User, user_id)
    kept = user.totp_secret if user and user.totp_confirmed_at else None
    secret = key.unwrap(kept or _secret_of_nobody(key)).decode()
    step = second_factor.matching_step(secret, code, at, user.totp_last_step if user else 0)
    is_kept = _is_recovery_code(code) and (
        session.scalar(select(RecoveryCode.id).where(_unused(user_id, code))) is not None
    )
    return kept is not None and (step is not None or is_kept)


@cache
def _secret_of_nobody(key: PlatformKey) -> bytes:
    """What a code is compared with where there is nobody: made once in a process."""
    return key.wrap(second_factor.new_secret().encode())


def enter_with_both(uow: UnitOfWork, command: EnterWithBoth, key: PlatformKey) -> str:
    """Sign a person in by both proofs in one step; gives the new session's secret.

    Raises WrongTogether when the code does not fit, as for a wrong password: who guesses learns
    nothing about either.
    """
    opening = command.opening
    half = open_session(uow, opening)
    try:
        secret = give_code(
            uow,
            GiveCode(
                session_id=digest_of_secret(half),
                user_id=opening.user_id,
                code=command.code,
                visit=opening.visit,
                at=opening.at,
                attempt_id=command.attempt_id,
            ),
            key,
        )
    except WrongCode:
        raise WrongTogether from None
    if opening.attempt_id is None:
        _know_device(uow, command.account, opening.visit, opening.at)
    return secret


def _know_device(uow: UnitOfWork, account: str, visit: Visit, at: datetime) -> None:
    """Remember the device for the next time, when the password may come alone."""
    uow.session.add(
        LoginAttempt(
            account=account,
            device=visit.device,
            address=visit.address[:64],
            network=network_of(visit.address),
            at=at,
            succeeded=True,
        )
    )


def _spend(uow: UnitOfWork, user: User, command: GiveCode, key: PlatformKey) -> bool:
    if user.totp_secret is None or user.totp_confirmed_at is None:
        return False
    if _is_recovery_code(command.code):
        return _spend_recovery_code(uow, user, command)
    secret = key.unwrap(user.totp_secret).decode()
    step = second_factor.matching_step(secret, command.code, command.at, user.totp_last_step)
    return step is not None and use_step(uow, user.id, step)


def use_step(uow: UnitOfWork, user_id: str, step: int) -> bool:
    """Use up a time step; False when it, or a later one, was used before."""
    fresh = update(User).where(User.id == user_id, User.totp_last_step < step)
    return rows_changed(uow.session, fresh.values(totp_last_step=step)) == 1


def _is_recovery_code(code: str) -> bool:
    return len(code) > second_factor.DIGITS and not code.isdigit()


def _unused(user_id: str, code: str) -> ColumnElement[bool]:
    return (
        (RecoveryCode.user_id == user_id)
        & (RecoveryCode.digest == second_factor.digest_of_recovery_code(user_id, code))
        & RecoveryCode.used_at.is_(None)
    )


def _spend_recovery_code(uow: UnitOfWork, user: User, command: GiveCode) -> bool:
    unused = update(RecoveryCode).where(_unused(user.id, command.code))
    if rows_changed(uow.session, unused.values(used_at=command.at)) != 1:
        return False
    uow.emit(
        events.RecoveryCodeUsed(
            **user.told,
            left=recovery_codes_left(uow.session, user.id),
        )
    )
    return True


def rotate(uow: UnitOfWork, session_id: str, visit: Visit, at: datetime, *, gave_code: bool) -> str:
    """End a sign-in and let a new one take its place; gives the new secret.

    Raises Invalid when the old one has ended meanwhile: what was revoked does not come back.
    """
    old = uow.session.scalars(
        select(WebSession).where(WebSession.id == session_id).with_for_update()
    ).one()
    if old.revoked_at is not None:
        raise Invalid("", "这次登录已经结束。", remedy="请重新登录。")
    old.revoked_at = at
    if gave_code and old.attempt_id is not None:
        note_success(uow, old.attempt_id, visit.device)
    return _add_session(
        uow,
        visit,
        WebSession(
            user_id=old.user_id,
            created_at=old.created_at,
            seen_at=at,
            factor_required=old.factor_required,
            second_factor_at=at if gave_code else old.second_factor_at,
        ),
    )


def _add_session(uow: UnitOfWork, visit: Visit, row: WebSession) -> str:
    secret = secrets.token_urlsafe(32)
    row.id = digest_of_secret(secret)
    row.device = visit.device
    row.address = visit.address[:64]
    row.agent = visit.agent[:200]
    uow.session.add(row)
    uow.session.flush()
    return secret


def _limit(uow: UnitOfWork, user_id: str, at: datetime, *, keep: str) -> None:
    """End the oldest sign-ins beyond the number allowed side by side."""
    alive = uow.session.scalars(
        select(WebSession)
        .where(
            WebSession.user_id == user_id,
            WebSession.revoked_at.is_(None),
            WebSession.id != keep,
            WebSession.seen_at >= at - policies.IDLE,
            WebSession.second_factor_at.is_not(None) | ~WebSession.factor_required,
        )
        .order_by(WebSession.created_at.desc(), WebSession.id)
    )
    for older in list(alive)[policies.PARALLEL - 1 :]:
        older.revoked_at = at


def end_all_sessions(uow: UnitOfWork, user_ids: list[str], *, keep: str | None = None) -> int:
    """End every sign-in of these people but one; gives how many there were.

    Part of every change of password, second factor or roles and of every closing of an account.
    """
    condition: ColumnElement[bool] = WebSession.user_id.in_(user_ids)
    if keep is not None:
        condition &= WebSession.id != keep
    return _end(uow, condition)


def sign_out(uow: UnitOfWork, command: SignOut) -> None:
    """End this sign-in."""
    user = get_user(uow.session, command.user_id)
    _end_one(uow, command.session_id, command.user_id)
    uow.emit(events.SignedOut(**user.told))


class EndSession(Command):
    """End one sign-in of a person, or all but `keep` when no session is named."""

    user_id: str
    session_id: str | None = None
    keep: str | None = None


def end_session(uow: UnitOfWork, command: EndSession) -> int:
    """End sign-ins on other devices; gives how many ended.

    Raises Denied unless the person or the security administrator asks.
    """
    policies.may_end_sessions(uow.actor, command.user_id).require()
    user = get_user(uow.session, command.user_id)
    if command.session_id is None:
        count = end_all_sessions(uow, [user.id], keep=command.keep)
    else:
        count = _end_one(uow, command.session_id, user.id)
    if count:
        own = uow.actor.user_id == user.id
        uow.emit(
            events.SessionRevoked(
                **user.told, count=count, reason="本人操作" if own else "安全管理员操作"
            )
        )
    return count


def _end_one(uow: UnitOfWork, session_id: str, user_id: str) -> int:
    return _end(uow, (WebSession.id == session_id) & (WebSession.user_id == user_id))


def _end(uow: UnitOfWork, which: ColumnElement[bool]) -> int:
    alive = update(WebSession).where(which, WebSession.revoked_at.is_(None))
    return rows_changed(uow.session, alive.values(revoked_at=uow.now))


def note_seen(uow: UnitOfWork, session_id: str, at: datetime) -> None:
    """Write down that a sign-in is in use; one that has ended stays ended."""
    uow.session.execute(
        update(WebSession)
        .where(
            WebSession.id == session_id, WebSession.revoked_at.is_(None), WebSession.seen_at < at
        )
        .values(seen_at=at)
    )


def forget_old_tries(uow: UnitOfWork, before: datetime) -> int:
    """Delete tries and sign-ins older than an instant (kept at least six months, 网络安全法 21)."""
    tries = rows_changed(uow.session, delete(LoginAttempt).where(LoginAttempt.at < before))
    return tries + rows_changed(uow.session, delete(WebSession).where(WebSession.seen_at < before))


def locked(uow: UnitOfWork, user_id: str) -> User:
    """The person, with everybody else who signs in as them waiting outside."""
    return hold(uow.session, User, user_id)
