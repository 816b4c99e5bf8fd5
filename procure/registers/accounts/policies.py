"""Who may keep accounts, ask for roles, grant them; and when a person counts as being there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from procure.kernel.access import (
    THREE_ADMINS,
    Actor,
    OrganisationKind,
    Permission,
    Role,
    may_take_back,
    refusal_of_roles,
    role_words,
)
from procure.kernel.errors import (
    ALLOWED,
    REOPEN,
    Conflict,
    IllegalTransition,
    Invalid,
    Verdict,
    first_refusal,
    refused,
)
from procure.kernel.labelled import LabelledEnum
from procure.registers.accounts.events import OrganisationAct, PersonAct
from procure.registers.accounts.models import (
    Asked,
    ChangeRequest,
    CredentialReset,
    PersonRequest,
    RoleGrant,
)

SIGNING: Final = (
    Permission.BID_SUBMIT,
    Permission.CONTRACT_SIGN_SUPPLIER,
    Permission.CONTRACT_SIGN_BUYER,
    Permission.EVALUATION_SUBMIT,
)
"""Steps an organisation is bound by: whoever leaves it without anybody for one shuts it out."""

THREE_OFFICES: Final = "《信息安全技术 网络安全等级保护基本要求》（GB/T 22239-2019）8.1.5"

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
HALF_WAY: Final = timedelta(minutes=10)
"""How long a sign-in may stand between password and code."""
PARALLEL: Final = 3
SEEN_EVERY: Final = timedelta(minutes=5)
FRESH_FACTOR: Final = timedelta(minutes=10)
ENROLMENT: Final = timedelta(minutes=30)
"""How long a new authenticator's secret waits to be confirmed, in whatever tab it was opened."""


class Missing(StrEnum):
    """What a sign-in still lacks before it carries any role."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a kind, no secret
    SECOND_FACTOR = "second_factor"


class Standing(LabelledEnum):
    """Where a role that was asked for stands."""

    WAITING = "waiting", "等待授予"
    HELD = "held", "已授予"
    REFUSED = "refused", "未同意"
    REVOKED = "revoked", "已收回"

    @staticmethod
    def of(granted_at: datetime | None, revoked_at: datetime | None) -> "Standing":
        """The standing that the two instants tell."""
        if revoked_at is None:
            return Standing.WAITING if granted_at is None else Standing.HELD
        return Standing.REFUSED if granted_at is None else Standing.REVOKED


def missing_of(
    *, has_factor: bool, factor_required: bool, gave_code: bool, password_is_temporary: bool
) -> Missing | None:
    """What this sign-in still lacks, None when it is whole."""
    if has_factor and not gave_code:
        return Missing.CODE
    if password_is_temporary:
        return Missing.PASSWORD
    if factor_required and not gave_code:
        return Missing.SECOND_FACTOR
    return None


def is_alive(created_at: datetime, seen_at: datetime, at: datetime, *, whole: bool) -> bool:
    """Whether a sign-in still counts: 30 minutes idle, 12 hours in all."""
    return at - seen_at <= IDLE and at - created_at <= (ABSOLUTE if whole else HALF_WAY)


def require_recent_second_factor(
    second_factor_at: datetime | None,
    at: datetime,
    *,
    has_factor: bool,
    factor_required: bool,
    bound_at: datetime | None = None,
) -> Verdict:
    """Whether the one-time code was given in the last ten minutes, for steps that move much.

    It does not count when it was given before the present authenticator was bound, or to bind it.
    People of the demonstration who bound no authenticator pass.
    """
    if not has_factor and not factor_required:
        return ALLOWED
    is_recent = second_factor_at is not None and at - second_factor_at <= FRESH_FACTOR
    if is_recent and (bound_at is None or (second_factor_at and second_factor_at > bound_at)):
        return ALLOWED
    return refused(
        "这一步需要在 10 分钟内验证过动态口令。",
        rule=f"{THREE_OFFICES.removesuffix('8.1.5')}8.1.4.1",
        remedy="请先再次验证身份，然后回到这一页办理。",
    )


def may_replace_factor(held: Iterable[Role]) -> Verdict:
    """Whether a person may bind another authenticator in the present one's place by themselves.

    Whoever guards the platform may not: with theirs, a stolen session would grant itself anything.
    """
    offices = [role.label for role in Role if role in THREE_ADMINS & set(held)]
    if not offices:
        return ALLOWED
    return refused(
        f"{'、'.join(offices)}不能自行更换动态口令。",
        rule=THREE_OFFICES,
        remedy="请由一位系统管理员申请重置、一位安全管理员办理；没有另一位管理员的，由数据库所有者在服务器上"
        "运行 procure accounts reset-second-factor。重置后登录时重新绑定。",
    )


def carries(actor: Actor, permission: Permission) -> Verdict:
    """Whether one of the actor's roles carries the permission."""
    if actor.may(permission):
        return ALLOWED
    return refused(
        "您的岗位没有办理这一步的权限。",
        remedy=f"这一步由“{role_words(permission)}”办理。",
    )


def may_keep_accounts(actor: Actor) -> Verdict:
    """Whether the actor may enter and change people and organisations."""
    return carries(actor, Permission.ACCOUNT_KEEP)


def may_request_role(
    actor: Actor,
    user_id: str,
    role: Role,
    kind: OrganisationKind,
    held: Iterable[Role],
    waiting: Iterable[Role] = (),
    *,
    in_use: bool,
) -> Verdict:
    """Whether a role may be asked for: it must fit the organisation and the roles held.

    `in_use` says that neither the account nor its organisation is closed.
    """
    return first_refusal(
        may_request_roles_for(actor, user_id, in_use=in_use),
        _not_yet(role, held, waiting),
        _fits(kind, {*held, *waiting, role}),
    )


def may_request_roles_for(actor: Actor, user_id: str, *, in_use: bool) -> Verdict:
    """Whether any role may be asked for on a person's behalf."""
    return first_refusal(
        carries(actor, Permission.ROLE_REQUEST),
        _not_for_oneself(actor, user_id, "申请"),
        _in_use(in_use),
    )


def may_grant_role(
    actor: Actor, grant: RoleGrant, kind: OrganisationKind, held: Iterable[Role], *, in_use: bool
) -> Verdict:
    """Whether a role that was asked for may be granted: by another person, and still fitting."""
    return first_refusal(
        carries(actor, Permission.ROLE_GRANT),
        _still_open(grant.is_open),
        _in_use(in_use),
        _two_people(actor, grant.requested_by),
        _not_for_oneself(actor, grant.user_id, "授予"),
        _fits(kind, {*held, grant.role}),
    )


def may_refuse_role(actor: Actor, grant: RoleGrant) -> Verdict:
    """Whether a role that was asked for may be refused."""
    return first_refusal(carries(actor, Permission.ROLE_GRANT), _still_open(grant.is_open))


def may_revoke_role(actor: Actor, role: Role, *, is_held: bool, others_hold: bool) -> Verdict:
    """Whether a role may be taken away; each of the three offices keeps at least one person."""
    return first_refusal(
        carries(actor, Permission.ROLE_GRANT),
        ALLOWED
        if is_held
        else refused(
            "这个岗位已经收回或没有授予过。", remedy=f"{REOPEN}。", error=IllegalTransition
        ),
        refused(
            f"平台只剩这一位{role.label}，收回后无人办理这项管理。",
            rule=THREE_OFFICES,
            remedy=f"请先授予另一人{role.label}岗位，再收回。",
            error=Conflict,
        )
        if role in THREE_ADMINS and not others_hold
        else ALLOWED,
    )


def may_deactivate(actor: Actor, user_id: str, offices: Iterable[Role]) -> Verdict:
    """Whether an account may be closed; `offices` are those of the three that nobody else holds."""
    return first_refusal(
        may_keep_accounts(actor),
        refused("不能停用自己的账号。", remedy="请由另一位系统管理员办理。")
        if actor.user_id == user_id
        else ALLOWED,
        keeps_offices(offices),
    )


def keeps_offices(offices: Iterable[Role]) -> Verdict:
    """Whether the three offices stay held; `offices` are those that would be left empty."""
    left_empty = sorted(role.label for role in offices)
    if not left_empty:
        return ALLOWED
    return refused(
        f"平台只剩这一位{'、'.join(left_empty)}，停用后无人办理这项管理。",
        rule=THREE_OFFICES,
        remedy="请先授予另一人这个岗位，再停用。",
        error=Conflict,
    )


def may_request_person_act(
    actor: Actor, act: PersonAct, *, is_active: bool, is_waiting: bool
) -> Verdict:
    """Whether a change of an account may be asked for that takes a second person."""
    return first_refusal(
        may_keep_accounts(actor),
        _none_waits(is_waiting, "这个账号", "人员"),
        may_switch_account(act, is_active=is_active),
    )


def may_switch_account(act: PersonAct, *, is_active: bool) -> Verdict:
    """Whether closing an account, or opening it again, still changes anything."""
    if act is PersonAct.EDIT:
        return ALLOWED
    return _may_switch("这个账号", is_active=is_active, closes=act is PersonAct.CLOSE)


def _may_switch(what: str, *, is_active: bool, closes: bool) -> Verdict:
    if is_active is closes:
        return ALLOWED
    standing = "正在使用，不需要恢复" if is_active else "已经停用"
    return refused(f"{what}{standing}。", remedy=f"{REOPEN}，查看结果。", error=Conflict)


def _none_waits(is_waiting: bool, what: str, page: str) -> Verdict:
    if not is_waiting:
        return ALLOWED
    return refused(
        f"{what}已经有一项变更在等待安全管理员办理。",
        remedy=f"请等待办理，或在{page}页面撤回原来的申请，再重新提出。",
        error=Conflict,
    )


def may_decide_person_act(actor: Actor, request: PersonRequest) -> Verdict:
    """Whether a change of an account may be decided: by another person, who is not its owner."""
    return first_refusal(
        may_decide_act(actor, request), _not_for_oneself(actor, request.user_id, "办理变更")
    )


def may_request_act(
    actor: Actor,
    organisation_id: str,
    act: OrganisationAct,
    *,
    is_active: bool,
    is_waiting: bool,
    offices: Iterable[Role] = (),
) -> Verdict:
    """Whether a change of an organisation may be asked for that takes a second person.

    `is_waiting` says that one waits already; `offices` are those of the three that nobody outside
    the organisation holds.
    """
    may = first_refusal(may_keep_accounts(actor), _none_waits(is_waiting, "这家单位", "单位"))
    if act is OrganisationAct.EDIT:
        return may
    closes = act is OrganisationAct.CLOSE
    return first_refusal(
        may,
        _may_switch("这家单位", is_active=is_active, closes=closes),
        _may_close(actor, organisation_id, offices) if closes else ALLOWED,
    )


def _may_close(actor: Actor, organisation_id: str, offices: Iterable[Role]) -> Verdict:
    left_empty = "、".join(sorted(role.label for role in offices))
    return first_refusal(
        refused("不能停用自己所在的单位。", remedy="请核对要停用的单位。", error=Conflict)
        if actor.organisation_id == organisation_id
        else ALLOWED,
        refused(
            f"平台的{left_empty}都在这家单位，停用后无人办理这项管理。",
            rule=THREE_OFFICES,
            remedy="请先授予其他单位的人员这个岗位，再停用。",
            error=Conflict,
        )
        if left_empty
        else ALLOWED,
    )


def may_decide_act(actor: Actor, request: ChangeRequest) -> Verdict:
    """Whether a change that was asked for may be carried out or refused: by another person."""
    return first_refusal(carries(actor, Permission.ROLE_GRANT), _may_decide(actor, request))


def _may_decide(actor: Actor, asked: Asked) -> Verdict:
    return first_refusal(_still_open(asked.is_open), _two_people(actor, asked.proposed_by))


def may_withdraw_act(actor: Actor, request: ChangeRequest) -> Verdict:
    """Whether a change that was asked for may be taken back."""
    return first_refusal(
        may_keep_accounts(actor),
        _still_open(request.is_open),
        may_take_back(actor, request.proposed_by),
    )


def may_request_reset(actor: Actor, user_id: str, *, in_use: bool) -> Verdict:
    """Whether a reset of somebody's password or second factor may be asked for."""
    return first_refusal(
        may_keep_accounts(actor), _not_for_oneself(actor, user_id, "申请重置"), _in_use(in_use)
    )


def may_decide_reset(actor: Actor, reset: CredentialReset) -> Verdict:
    """Whether a reset may be carried out or refused: by another person than who asked."""
    return first_refusal(
        carries(actor, Permission.SESSION_REVOKE),
        _may_decide(actor, reset),
        _not_for_oneself(actor, reset.user_id, "办理重置"),
    )


def may_reset_at_machine(person: str, held: Iterable[Role], *, by: str, witness: str) -> Verdict:
    """Whether a second factor may be reset without the platform: an office's, by two others."""
    if not THREE_ADMINS & set(held):
        return refused(
            f"{person}不是系统管理员、安全管理员或审计管理员。",
            remedy="请在平台上由系统管理员申请重置、安全管理员办理。",
            error=Conflict,
        )
    if len({person.strip(), by.strip(), witness.strip()}) == 3 and by.strip() and witness.strip():
        return ALLOWED
    return refused(
        "办理人和见证人必须是两个人，都不是本人。",
        rule=THREE_OFFICES,
        remedy="请写明两个人的姓名，由他们一起在服务器上办理。",
        error=Conflict,
    )


def may_end_sessions(actor: Actor, user_id: str) -> Verdict:
    """Whether the actor may end this person's sign-ins: one's own, or as security administrator."""
    return ALLOWED if actor.user_id == user_id else carries(actor, Permission.SESSION_REVOKE)


def _fits(kind: OrganisationKind, roles: Iterable[Role]) -> Verdict:
    reason = refusal_of_roles(kind, roles)
    if reason is None:
        return ALLOWED
    return refused(
        reason,
        rule=THREE_OFFICES if "三员" in reason else None,
        remedy="请换一个岗位，或由另一人担任。",
        error=_InvalidRole,
    )


class _InvalidRole(Invalid):
    """A role that does not fit, told at the role field of the form."""

    def __init__(self, message: str, *, rule: str | None = None, remedy: str | None = None) -> None:
        super().__init__("role", message, rule, remedy)


def _not_yet(role: Role, held: Iterable[Role], waiting: Iterable[Role]) -> Verdict:
    if role in set(held):
        return refused(f"这个人已经是{role.label}。", remedy="不需要再次申请。", error=_InvalidRole)
    if role in set(waiting):
        return refused(
            f"{role.label}已经申请过，正在等待安全管理员授予。",
            remedy="请等待安全管理员办理。",
            error=_InvalidRole,
        )
    return ALLOWED


def _in_use(in_use: bool) -> Verdict:
    if in_use:
        return ALLOWED
    return refused(
        "这个账号或其所在单位已经停用，不能申请、授予岗位，也不能重置。",
        remedy="需要继续使用的，请由系统管理员先恢复，再重新申请。",
        error=Conflict,
    )


def _still_open(is_open: bool) -> Verdict:
    if is_open:
        return ALLOWED
    return refused(
        "这项申请已经决定或者撤回。", remedy=f"{REOPEN}，查看结果。", error=IllegalTransition
    )


def _two_people(actor: Actor, requested_by: str) -> Verdict:
    if actor.user_id != requested_by:
        return ALLOWED
    return refused(
        "申请和办理必须由两个人分别进行。",
        rule=THREE_OFFICES,
        remedy="请由另一位安全管理员办理。",
    )


def _not_for_oneself(actor: Actor, user_id: str, verb: str) -> Verdict:
    if actor.user_id != user_id:
        return ALLOWED
    return refused(f"不能为自己{verb}。", rule=THREE_OFFICES, remedy="请由另一位管理员办理。")
