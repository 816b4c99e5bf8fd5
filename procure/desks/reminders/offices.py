"""What the administrators and their people are told of requests: one that waits for a second person,
and what became of a role.
"""

from typing import Any

from procure.desks.reminders.letters import put
from procure.desks.reminders.messages import letter_to
from procure.desks.reminders.staff import staff
from procure.kernel.access import Role
from procure.kernel.events import Event
from procure.registers.accounts.events import (
    OrganisationRequested,
    PasswordResetRequested,
    PersonRequested,
    RoleGranted,
    RoleRefused,
    RoleRequested,
    RoleRequestEnded,
    RoleRevoked,
    SecondFactorResetRequested,
)
from procure.registers.accounts.models import RoleGrant
from procure.render.wording import letter
from procure.store.unit_of_work import UnitOfWork

Asked = (
    RoleRequested
    | PersonRequested
    | OrganisationRequested
    | PasswordResetRequested
    | SecondFactorResetRequested
)
RoleDecided = RoleGranted | RoleRefused | RoleRequestEnded | RoleRevoked


def on_asked(uow: UnitOfWork, happened: Asked) -> None:
    """Tell the security administrators, one of whom decides; nothing of an installation's own."""
    if uow.actor.holds(Role.SYSTEM):
        return
    guards = staff(uow.session).everywhere(Role.SECURITY_ADMIN)
    facts = {"actor": uow.actor.name, **_facts(happened)}
    said = letter("request-waits@1", facts)
    _tell(uow, happened, guards - {uow.actor.user_id}, said, _page(happened))


def on_role_decided(uow: UnitOfWork, happened: RoleDecided) -> None:
    """Tell who asked for the role and whose role it is; of a refusal only who asked."""
    if uow.actor.holds(Role.SYSTEM):
        return
    asked_by = uow.session.get_one(RoleGrant, happened.grant_id).requested_by
    hears = isinstance(happened, RoleGranted | RoleRevoked)
    whose = {asked_by, *({happened.subject_id} if hears else ())} - {uow.actor.user_id}
    facts = {
        "person": happened.person,
        "granted": isinstance(happened, RoleGranted),
        **_facts(happened),
    }
    _tell(uow, happened, frozenset(whose), letter("role-decided@1", facts), "/desk")


def _facts(happened: Event) -> dict[str, Any]:
    return {"label": happened.label, "said": happened.words_of(happened.body())}


def _page(happened: Asked) -> str:
    match happened:
        case RoleRequested():
            return f"/admin/grants/{happened.grant_id}"
        case PersonRequested():
            return f"/admin/person-requests/{happened.request_id}"
        case OrganisationRequested():
            return f"/admin/organisation-requests/{happened.request_id}"
        case _:
            return f"/admin/resets/{happened.reset_id}"


def _tell(
    uow: UnitOfWork, happened: Event, whose: frozenset[str], said: tuple[str, str], path: str
) -> None:
    people = staff(uow.session)
    messages = letter_to(
        whose & people.emails.keys(),
        said,
        kind=happened.name,
        subject_id=happened.subject_id,
        occurrence=uow.now.isoformat(timespec="microseconds"),
        path=path,
    )
    put(uow, messages, people)
