"""What an organisation's own people are told when administrators change what it is.

They notice what neither administrator can know: that nobody of them asked for it.
"""

from collections.abc import Mapping
from typing import Final

from flask import current_app

from procure.config import Config
from procure.desks.reminders.letters import CONFIG
from procure.desks.reminders.messages import letter_to
from procure.desks.reminders.staff import Staff
from procure.desks.reminders.use_cases import put_messages
from procure.registers.accounts.events import (
    AccountEvent,
    OrganisationDeactivated,
    OrganisationEdited,
    OrganisationEvent,
    OrganisationReactivated,
    OrganisationRequested,
    OrganisationRequestRefused,
    OrganisationRequestWithdrawn,
)
from procure.registers.accounts.queries import emails_in
from procure.render.wording import letter
from procure.store.unit_of_work import UnitOfWork

ASKED, DECIDED = "organisation_asked", "organisation_decided"
Decided = (
    OrganisationEdited
    | OrganisationDeactivated
    | OrganisationReactivated
    | OrganisationRequestRefused
    | OrganisationRequestWithdrawn
)
LETTERS: Final[Mapping[type, str]] = {
    OrganisationRequested: "organisation-asked@1",
    OrganisationEdited: "organisation-edited@1",
    OrganisationDeactivated: "organisation-closed@1",
    OrganisationReactivated: "organisation-reopened@1",
    OrganisationRequestRefused: "organisation-refused@1",
    OrganisationRequestWithdrawn: "organisation-withdrawn@1",
}


def on_organisation_requested(uow: UnitOfWork, happened: OrganisationRequested) -> None:
    """Tell them what is asked for, before it is decided."""
    _tell(uow, ASKED, happened, happened.request_id)


def on_organisation_decided(uow: UnitOfWork, happened: Decided) -> None:
    """Tell them what became of it; what one administrator corrects alone is no request."""
    if happened.request_id is not None:
        _tell(uow, DECIDED, happened, happened.request_id)


def _tell(
    uow: UnitOfWork, kind: str, happened: OrganisationRequested | Decided, request_id: str
) -> None:
    emails = emails_in(uow.session, happened.subject_id)
    tell(uow, emails, LETTERS[type(happened)], happened, kind=kind, subject_id=request_id)


def tell(
    uow: UnitOfWork,
    emails: Mapping[str, str],
    reference: str,
    happened: OrganisationEvent | AccountEvent,
    *,
    kind: str,
    subject_id: str,
    occurrence: str = "once",
) -> None:
    """Put the letter into the inbox of each of these people, and send it where mail is set up."""
    config: Config = current_app.extensions[CONFIG]
    facts = {
        **happened.body(),
        "actor": uow.actor.name,
        "contact": config.support_contact or "平台运行单位",
    }
    messages = letter_to(
        emails,
        letter(reference, facts, happened.labels, happened.each),
        kind=kind,
        subject_id=subject_id,
        occurrence=occurrence,
        path="/account",
    )
    put_messages(uow, messages, Staff(emails), by_mail=bool(config.mail_url))
