"""What the verbs of accounts hold: the organisations first, then the person, then what is asked for.

The three offices are held in the platform's own organisations alone. Whoever may leave one of them
empty holds all of these: of two who close each other's accounts, the second sees what the first did.
"""

from sqlalchemy import select

from procure.kernel.access import OrganisationKind
from procure.kernel.errors import NotFound
from procure.registers.accounts.models import Organisation, User
from procure.store.holding import hold, hold_all, hold_below
from procure.store.unit_of_work import UnitOfWork


def hold_person(uow: UnitOfWork, user_id: str) -> User:
    """The person, held, whose organisation nobody closes meanwhile; NotFound when there is none."""
    hold_below(uow.session, Organisation, organisation_of(uow, user_id))
    return hold(uow.session, User, user_id)


def hold_person_and_offices(uow: UnitOfWork, user_id: str) -> User:
    """The person, held, with their organisation and all in which the three offices are held."""
    hold_offices(uow, organisation_of(uow, user_id))
    return hold(uow.session, User, user_id)


def hold_offices(uow: UnitOfWork, organisation_id: str | None = None) -> None:
    """Hold the organisations in which the three offices are held, and this one."""
    platform = Organisation.kind == OrganisationKind.PLATFORM
    hold_all(uow.session, Organisation, platform | (Organisation.id == organisation_id))


def organisation_of(uow: UnitOfWork, user_id: str) -> str:
    """The organisation of a person, which is theirs for ever; NotFound when there is none."""
    found = uow.session.scalar(select(User.organisation_id).where(User.id == user_id))
    if found is None:
        raise NotFound
    return found
