"""Roles: asked for by one administrator, granted by another (三员分立)."""

from dataclasses import dataclass

from procure.kernel.access import THREE_ADMINS, OrganisationKind, Role
from procure.kernel.commands import Command
from procure.kernel.errors import Conflict
from procure.registers.accounts import events, policies
from procure.registers.accounts.models import RoleGrant, User
from procure.registers.accounts.passwords import NORMAL, Passwords, temporary_password
from procure.registers.accounts.queries import (
    get_user,
    has_administrator,
    offices_only_held_by,
    roles_asked_for,
    roles_of,
)
from procure.registers.accounts.use_cases.adding import (
    AddOrganisation,
    AddPerson,
    add_organisation,
    add_person,
    roles_changed,
)
from procure.registers.accounts.use_cases.holding import (
    hold_offices,
    hold_person,
    hold_person_and_offices,
)
from procure.registers.accounts.use_cases.sign_in import end_all_sessions
from procure.store.base import get_row
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork


class RequestRole(Command):
    """Ask for a role on a person's behalf."""

    user_id: str
    role: Role


def request_role(uow: UnitOfWork, command: RequestRole) -> str:
    """Ask the security administrator for a role; gives the request's id.

    Raises Invalid at `role` when the role does not fit the organisation or the roles held.
    """
    hold_person(uow, command.user_id)
    user = get_user(uow.session, command.user_id)
    policies.may_request_role(
        uow.actor,
        user.id,
        command.role,
        user.organisation.kind,
        roles_of(uow.session, user.id),
        roles_asked_for(uow.session, user.id),
        in_use=user.in_use,
    ).require()
    grant = RoleGrant(
        user_id=user.id,
        role=command.role,
        requested_by=uow.actor.user_id,
        requested_at=uow.now,
    )
    uow.session.add(grant)
    uow.emit(events.RoleRequested(**user.told, grant_id=grant.id, role=command.role))
    return grant.id


class GrantRole(Command):
    """Grant a role that was asked for."""

    grant_id: str


def grant_role(uow: UnitOfWork, command: GrantRole) -> None:
    """Grant a role; the person signs in anew to use it.

    Raises Denied for the person who asked, Invalid when it no longer fits the roles held.
    """
    user = hold_person(uow, get_row(uow.session, RoleGrant, command.grant_id).user_id)
    grant = hold(uow.session, RoleGrant, command.grant_id)
    person = get_user(uow.session, grant.user_id)
    policies.may_grant_role(
        uow.actor,
        grant,
        person.organisation.kind,
        roles_of(uow.session, user.id),
        in_use=person.in_use,
    ).require()
    grant.granted_by, grant.granted_at = uow.actor.user_id, uow.now
    roles_changed(user)
    end_all_sessions(uow, [user.id])
    uow.emit(_said(events.RoleGranted, grant, user))


class EndRole(Command):
    """Refuse a role that was asked for, or take back one that was granted, with the reason."""

    grant_id: str
    reason: str


def refuse_role(uow: UnitOfWork, command: EndRole) -> None:
    """Refuse a role that was asked for."""
    user = hold_person(uow, get_row(uow.session, RoleGrant, command.grant_id).user_id)
    grant = hold(uow.session, RoleGrant, command.grant_id)
    policies.may_refuse_role(uow.actor, grant).require()
    _end(uow, grant, command.reason)
    uow.emit(_said(events.RoleRefused, grant, user))


def revoke_role(uow: UnitOfWork, command: EndRole) -> None:
    """Take a role away; every sign-in of the person ends at once."""
    user = hold_person_and_offices(uow, get_row(uow.session, RoleGrant, command.grant_id).user_id)
    grant = hold(uow.session, RoleGrant, command.grant_id)
    policies.may_revoke_role(
        uow.actor,
        grant.role,
        is_held=grant.is_held,
        others_hold=not offices_only_held_by(uow.session, user.id, {grant.role}),
    ).require()
    _end(uow, grant, command.reason)
    roles_changed(user)
    end_all_sessions(uow, [user.id])
    uow.emit(_said(events.RoleRevoked, grant, user))


def _end(uow: UnitOfWork, grant: RoleGrant, reason: str) -> None:
    grant.revoked_by, grant.revoked_at = uow.actor.user_id, uow.now
    grant.reason = reason


def _said(kind: type[events.RoleEvent], grant: RoleGrant, user: User) -> events.RoleEvent:
    return kind(**user.told, grant_id=grant.id, role=grant.role, reason=grant.reason or "")


@dataclass(frozen=True)
class FirstAdministrator:
    """One of the first three: user name, name and office."""

    username: str
    name: str
    role: Role
    password: str | None = None


class CreateFirst(Command):
    """The platform's own organisation and its first three administrators."""

    organisation: str
    administrators: tuple[FirstAdministrator, ...]


def create_first_administrators(
    uow: UnitOfWork, command: CreateFirst, hashing: Passwords = NORMAL
) -> dict[str, str]:
    """Let a new platform be entered: gives the passwords by user name, temporary unless given.

    Happens at the machine, once: raises Conflict when an administrator exists who can sign in. The
    three offices go to three people or more, each to one office.
    """
    hold_offices(uow)
    if has_administrator(uow.session):
        raise Conflict(
            "平台已经有管理员，不能再次建立首批管理员。",
            remedy="请由系统管理员登录后建立账号，由安全管理员授予岗位。",
        )
    usernames = {person.username for person in command.administrators}
    offices = {person.role for person in command.administrators}
    if offices != THREE_ADMINS or len(usernames) != len(command.administrators):
        raise Conflict(
            "首批管理员必须是三个人，分别担任系统管理员、安全管理员、审计管理员。",
            rule=policies.THREE_OFFICES,
            remedy="请为三个岗位各指定一个用户名。",
        )
    place = add_organisation(
        uow, AddOrganisation(name=command.organisation, kind=OrganisationKind.PLATFORM)
    )
    passwords: dict[str, str] = {}
    for person in command.administrators:
        passwords[person.username] = person.password or temporary_password()
        user_id = add_person(
            uow,
            AddPerson(
                username=person.username,
                name=person.name,
                organisation_id=place,
                password=passwords[person.username],
                password_is_temporary=person.password is None,
            ),
            hashing,
        )
        _grant_first(uow, user_id, person)
    return passwords


def _grant_first(uow: UnitOfWork, user_id: str, person: FirstAdministrator) -> None:
    grant = RoleGrant(
        user_id=user_id,
        role=person.role,
        requested_by=uow.actor.user_id,
        requested_at=uow.now,
        granted_by="installation",
        granted_at=uow.now,
    )
    uow.session.add(grant)
    uow.emit(
        events.RoleGranted(
            subject_id=user_id,
            person=person.name,
            grant_id=grant.id,
            role=person.role,
            reason="平台安装时建立的首批管理员",
        )
    )
