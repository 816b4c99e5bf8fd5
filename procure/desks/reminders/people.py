"""What a person and their colleagues are told when administrators change their account.

They notice what neither administrator can know: that nobody of them asked for it.
"""

from collections.abc import Mapping
from typing import Final

from procure.desks.reminders.organisations import tell
from procure.registers.accounts.events import (
    PersonAct,
    PersonDeactivated,
    PersonEdited,
    PersonReactivated,
    PersonRequested,
    PersonRequestRefused,
    PersonRequestWithdrawn,
)
from procure.registers.accounts.queries import emails_in, get_user
from procure.store.unit_of_work import UnitOfWork

ASKED, DECIDED = "person_asked", "person_decided"
Decided = (
    PersonEdited
    | PersonDeactivated
    | PersonReactivated
    | PersonRequestRefused
    | PersonRequestWithdrawn
)
LETTERS: Final[Mapping[type, str]] = {
    PersonRequested: "person-asked@1",
    PersonEdited: "person-edited@1",
    PersonDeactivated: "person-closed@1",
    PersonReactivated: "person-reopened@1",
    PersonRequestRefused: "person-refused@1",
    PersonRequestWithdrawn: "person-withdrawn@1",
}


def on_person_requested(uow: UnitOfWork, happened: PersonRequested) -> None:
    """Tell them what is asked for, before it is decided."""
    _tell(uow, ASKED, happened, is_own=happened.act is PersonAct.EDIT)


def on_person_decided(uow: UnitOfWork, happened: Decided) -> None:
    """Tell them what became of it; what one administrator corrects alone is only in the log."""
    if isinstance(happened, PersonEdited) and happened.request_id is None:
        return
    is_own = isinstance(happened, PersonEdited) or (
        isinstance(happened, PersonRequestRefused | PersonRequestWithdrawn)
        and happened.act is PersonAct.EDIT
    )
    _tell(uow, DECIDED, happened, is_own=is_own)


def _tell(uow: UnitOfWork, kind: str, happened: PersonRequested | Decided, *, is_own: bool) -> None:
    """Write to the person, and unless it is their own matter to everybody of their organisation."""
    person = get_user(uow.session, happened.subject_id)
    emails = {} if is_own else emails_in(uow.session, person.organisation_id)
    emails[person.id] = person.email
    request_id = happened.request_id
    at = uow.now.isoformat(timespec="microseconds")
    subject, occurrence = (request_id, "once") if request_id else (person.id, at)
    reference = LETTERS[type(happened)]
    tell(uow, emails, reference, happened, kind=kind, subject_id=subject, occurrence=occurrence)
