"""What administrators and their people are told of accounts: what waits for a second person, what
became of a role, and what is changed of a person or an organisation.

Whose account it is, and their colleagues, notice what neither administrator can know: that nobody of
them asked for it.
"""

from collections.abc import Mapping, Set
from typing import Final

from sqlalchemy.orm import Session

from procure.desks.reminders.letters import put, tell_of
from procure.desks.reminders.messages import letter_to
from procure.desks.reminders.staff import staff
from procure.kernel.access import Role
from procure.kernel.day_words import instant_words
from procure.kernel.paths import admin_path
from procure.registers.accounts.events import (
    AccountEvent,
    OrganisationDeactivated,
    OrganisationEdited,
    OrganisationEvent,
    OrganisationReactivated,
    OrganisationRequested,
    OrganisationRequestRefused,
    OrganisationRequestWithdrawn,
    PasswordResetRequested,
    PersonAct,
    PersonDeactivated,
    PersonEdited,
    PersonReactivated,
    PersonRequested,
    PersonRequestRefused,
    PersonRequestWithdrawn,
    RoleGranted,
    RoleRefused,
    RoleRequested,
    RoleRequestEnded,
    RoleRevoked,
    SecondFactorResetRequested,
)
from procure.registers.accounts.models import RoleGrant
from procure.registers.accounts.queries import get_user, people_in
from procure.render.wording import letter
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import settings

Asked = (
    RoleRequested
    | PersonRequested
    | OrganisationRequested
    | PasswordResetRequested
    | SecondFactorResetRequested
)
RoleDecided = RoleGranted | RoleRefused | RoleRequestEnded | RoleRevoked
Changed = (
    OrganisationRequested
    | OrganisationEdited
    | OrganisationDeactivated
    | OrganisationReactivated
    | OrganisationRequestRefused
    | OrganisationRequestWithdrawn
    | PersonRequested
    | PersonEdited
    | PersonDeactivated
    | PersonReactivated
    | PersonRequestRefused
    | PersonRequestWithdrawn
)
CHANGES: Final[Mapping[type[Changed], str]] = {
    OrganisationRequested: "organisation-asked@1",
    OrganisationEdited: "organisation-edited@1",
    OrganisationDeactivated: "organisation-closed@1",
    OrganisationReactivated: "organisation-reopened@1",
    OrganisationRequestRefused: "organisation-refused@1",
    OrganisationRequestWithdrawn: "organisation-withdrawn@1",
    PersonRequested: "person-asked@1",
    PersonEdited: "person-edited@1",
    PersonDeactivated: "person-closed@1",
    PersonReactivated: "person-reopened@1",
    PersonRequestRefused: "person-refused@1",
    PersonRequestWithdrawn: "person-withdrawn@1",
}
"""What is asked for, before it is decided, and what became of it: the letter that tells of each."""


def on_asked(uow: UnitOfWork, happened: Asked) -> None:
    """Tell the security administrators, one of whom decides; nothing of an installation's own."""
    if uow.actor.holds(Role.SYSTEM):
        return
    guards = staff(uow.session).everywhere(Role.SECURITY_ADMIN) - {uow.actor.user_id}
    facts = {"actor": uow.actor.name}
    tell_of(uow, happened, guards, "request-waits@1", facts, path=_page(happened))


def _page(happened: Asked) -> str:
    match happened:
        case RoleRequested():
            return admin_path("grants", happened.grant_id)
        case PersonRequested():
            return admin_path("person-requests", happened.request_id)
        case OrganisationRequested():
            return admin_path("organisation-requests", happened.request_id)
        case _:
            return admin_path("resets", happened.reset_id)


def on_role_decided(uow: UnitOfWork, happened: RoleDecided) -> None:
    """Tell who asked for the role and whose role it is; of a refusal only who asked."""
    if uow.actor.holds(Role.SYSTEM):
        return
    asked_by = uow.session.get_one(RoleGrant, happened.grant_id).requested_by
    hears = isinstance(happened, RoleGranted | RoleRevoked)
    whose = {asked_by, *({happened.subject_id} if hears else ())} - {uow.actor.user_id}
    facts = {"person": happened.person, "granted": isinstance(happened, RoleGranted)}
    active = whose & staff(uow.session).active
    tell_of(uow, happened, active, "role-decided@1", facts, path="/desk")


def on_credentials_changed(uow: UnitOfWork, happened: AccountEvent) -> None:
    """Tell a person that how they sign in was changed: whoever did it may not have been they."""
    facts = {"now": instant_words(uow.now)}
    tell_of(uow, happened, [happened.subject_id], "credentials@1", facts, path="/account")


def on_changed(uow: UnitOfWork, happened: Changed) -> None:
    """Tell its own people of a change; what one administrator corrects alone is only in the log."""
    request_id = happened.request_id
    if request_id is None and isinstance(happened, OrganisationEvent | PersonEdited):
        return
    facts = {
        **happened.body(),
        "actor": uow.actor.name,
        "contact": settings().support_contact or "平台运行单位",
    }
    of = "organisation" if isinstance(happened, OrganisationEvent) else "person"
    is_asked = isinstance(happened, OrganisationRequested | PersonRequested)
    messages = letter_to(
        _own_people(uow.session, happened),
        letter(CHANGES[type(happened)], facts, happened.labels, happened.each),
        kind=f"{of}_asked" if is_asked else f"{of}_decided",
        subject_id=request_id or happened.subject_id,
        occurrence="once" if request_id else uow.now.isoformat(timespec="microseconds"),
        path="/account",
    )
    put(uow, messages)


def _own_people(session: Session, happened: Changed) -> Set[str]:
    """The people of the organisation; the person and, unless it is their own matter, everybody of
    their organisation.
    """
    if isinstance(happened, OrganisationEvent):
        return people_in(session, happened.subject_id)
    own = {happened.subject_id}
    if isinstance(happened, PersonEdited) or getattr(happened, "act", None) is PersonAct.EDIT:
        return own
    return own | people_in(session, get_user(session, happened.subject_id).organisation_id)
