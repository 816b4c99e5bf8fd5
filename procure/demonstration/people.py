"""Puts the demonstration's people in place, through the same use cases as the administrators."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.demonstration.accounts import (
    DEMONSTRATION_ACCOUNTS,
    DEMONSTRATION_ORGANISATIONS,
    PASSWORD,
)
from procure.kernel.access import SYSTEM_ACTOR, Actor, Role
from procure.kernel.clock import Clock
from procure.registers.accounts import queries
from procure.registers.accounts.models import Organisation, User
from procure.registers.accounts.passwords import NORMAL, Passwords
from procure.registers.accounts.use_cases.adding import (
    AddOrganisation,
    AddPerson,
    add_organisation,
    add_person,
)
from procure.registers.accounts.use_cases.roles import (
    GrantRole,
    RequestRole,
    grant_role,
    request_role,
)
from procure.store.unit_of_work import UnitOfWork


def is_installed(session: Session) -> bool:
    """Whether the people are there already."""
    return session.scalars(select(Organisation.id).limit(1)).first() is not None


def install_people(session: Session, clock: Clock, hashing: Passwords = NORMAL) -> None:
    """Add the organisations, the people and their roles."""
    ids: dict[str, str] = {}
    with UnitOfWork(session, SYSTEM_ACTOR, clock) as uow:
        for entry in DEMONSTRATION_ORGANISATIONS:
            ids[entry.key] = add_organisation(
                uow,
                AddOrganisation(
                    name=entry.name,
                    kind=entry.kind,
                    level=entry.level,
                    parent_id=ids[entry.parent] if entry.parent else None,
                    credit_code=entry.credit_code,
                    number_prefix=entry.prefix,
                    address=entry.address,
                    phone=entry.phone,
                    representative=entry.representative,
                    bank_name=entry.bank_name,
                    bank_account=entry.bank_account,
                ),
            )
        grants: list[str] = []
        for account in DEMONSTRATION_ACCOUNTS:
            person_id = add_person(
                uow,
                AddPerson(
                    username=account.username,
                    name=account.name,
                    organisation_id=ids[account.organisation],
                    password=PASSWORD,
                    password_is_temporary=False,
                    email=f"{account.username}@example.com",
                    title=account.title,
                    speciality=account.speciality,
                    employer=account.employer,
                ),
                hashing,
            )
            for role in account.roles:
                grants.append(request_role(uow, RequestRole(user_id=person_id, role=role)))
    with UnitOfWork(session, _installer(), clock) as uow:
        for grant_id in grants:
            grant_role(uow, GrantRole(grant_id=grant_id))


def _installer() -> Actor:
    """The second person of the two that a role takes, while there are no administrators yet."""
    return Actor("installer", "安装程序", "system", "平台", None, None, frozenset({Role.SYSTEM}))


def actor_of(session: Session, username: str) -> Actor:
    """The person with this name, as an actor; KeyError when there is none."""
    user_id = session.scalars(select(User.id).where(User.username == username)).first()
    if user_id is None:
        raise KeyError(username)
    return queries.actor_of(session, user_id)
