"""What waits for administrators: what somebody asked for, and an office that one person holds."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission, Role
from procure.kernel.case_lines import Task
from procure.kernel.day_words import instant_words
from procure.kernel.paths import admin_path
from procure.registers.accounts.directory import (
    WaitingRow,
    waiting_acts,
    waiting_person_acts,
    waiting_resets,
)
from procure.registers.accounts.models import IS_ASKED, Organisation, RoleGrant, User
from procure.registers.accounts.queries import holders_of

MOST = 50
ENOUGH_GUARDS = 2
"""Security administrators: a reset takes one, and of nobody's own second factor."""


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The applications not yet decided, the oldest first; nothing for anybody else."""
    tasks = []
    if actor.may(Permission.ROLE_GRANT):
        tasks += _roles(session)
        tasks += [
            _asked(row, "单位变更", admin_path("organisation-requests", row.id))
            for row in waiting_acts(session)[:MOST]
        ]
        tasks += [
            _asked(row, "账号变更", admin_path("person-requests", row.id))
            for row in waiting_person_acts(session)[:MOST]
        ]
    if actor.may(Permission.SESSION_REVOKE):
        tasks += [
            _asked(row, "重置申请", admin_path("resets", row.id))
            for row in waiting_resets(session)[:MOST]
        ]
    return tasks + _lonely(session, actor)


def _asked(row: WaitingRow, noun: str, href: str) -> Task:
    """What somebody asked for and another person decides, at that page of the administration."""
    return Task(
        case=row.whose,
        number="",
        step=f"{row.act.label}：待办理",
        verb=f"办理{noun}",
        href=href,
        note=f"{instant_words(row.requested_at)} 申请，原因：{row.reason}",
    )


_SECOND_GUARD = (
    (Permission.ACCOUNT_KEEP, "登记第二位安全管理员", "/admin/people"),
    (Permission.ROLE_GRANT, "查看安全管理员", f"{admin_path('grants')}?role={Role.SECURITY_ADMIN}"),
    (Permission.SECURITY_LOG_READ, "查看安全日志", "/admin/log"),
)


def _lonely(session: Session, actor: Actor) -> list[Task]:
    """A warning to every administrator while a single person could lock the platform by accident."""
    found = next((row for row in _SECOND_GUARD if actor.may(row[0])), None)
    if found is None or len(holders_of(session, Role.SECURITY_ADMIN)) >= ENOUGH_GUARDS:
        return []
    _, verb, href = found
    return [
        Task(
            case="平台管理",
            number="",
            step="安全管理员只有一位",
            verb=verb,
            href=href,
            note="这一位遗失手机和备用码，就没有人能授予岗位、办理重置。请尽快由系统管理员为另一人"
            "申请安全管理员岗位、由现在的安全管理员授予。",
        )
    ]


def _roles(session: Session) -> list[Task]:
    rows = session.execute(
        select(RoleGrant.id, RoleGrant.role, RoleGrant.requested_at, User.name, Organisation.name)
        .join(User, User.id == RoleGrant.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(IS_ASKED)
        .order_by(RoleGrant.requested_at, RoleGrant.id)
        .limit(MOST)
    )
    return [
        Task(
            case=f"{person}，{organisation}",
            number="",
            step=f"申请{role.label}岗位：待授予",
            verb="办理岗位申请",
            href=admin_path("grants", grant_id),
            note=f"{instant_words(requested_at)} 申请",
        )
        for grant_id, role, requested_at, person, organisation in rows
    ]
