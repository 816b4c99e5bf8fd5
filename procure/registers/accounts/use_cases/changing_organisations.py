"""Changing organisations: what makes a bidder or turns money takes two people (三员分立).

One administrator corrects an address or a telephone number alone. Who an organisation is, under
whom it stands, where its money goes, how it is rated and whether it takes part is asked for by one
and carried out by another, and its own people are told both times.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from procure.kernel.access import Level
from procure.kernel.commands import Command
from procure.kernel.records import read_as
from procure.kernel.vocabulary import InstitutionClass
from procure.registers.accounts import events, policies
from procure.registers.accounts.events import OrganisationAct
from procure.registers.accounts.models import (
    ORGANISATION_WORDS,
    Organisation,
    OrganisationRequest,
    User,
)
from procure.registers.accounts.queries import (
    changes_told,
    offices_only_held_in,
)
from procure.registers.accounts.use_cases.adding import (
    OrganisationParticulars,
    checked,
)
from procure.registers.accounts.use_cases.holding import hold_offices
from procure.registers.accounts.use_cases.pending import end_requests_for
from procure.registers.accounts.use_cases.sign_in import end_all_sessions
from procure.registers.accounts.use_cases.two_people import (
    Decide,
    Edited,
    ask,
    before_and_after,
    require_still_so,
    settle,
    take_back,
    wanted_of,
)
from procure.store.base import get_row
from procure.store.holding import hold, hold_all, take_up
from procure.store.proposals import waiting_for
from procure.store.unit_of_work import UnitOfWork

ALONE: Final = frozenset({"address", "phone"})
"""The particulars that one administrator corrects alone."""


class EditOrganisation(OrganisationParticulars):
    """New particulars of an organisation, as loaded at `version`; the reason for those that take a
    second person.
    """

    organisation_id: str = ""
    version: int | None = None
    reason: str = ""


def edit_organisation(uow: UnitOfWork, command: EditOrganisation) -> Edited:
    """Correct an organisation's particulars, or ask for it; its kind stays as it was entered.

    Raises Invalid at `reason` when what takes a second person comes without one, Conflict while
    another change waits.
    """
    organisation = hold(uow.session, Organisation, command.organisation_id)
    take_up(organisation, command, policies.may_keep_accounts(uow.actor))
    values = checked(uow, organisation.kind, command, organisation)
    alone, asked = wanted_of(organisation, values, ALONE)
    if asked:
        _ask(uow, organisation, OrganisationAct.EDIT, command.reason, asked)
    if alone:
        _apply(uow, organisation, alone, None)
    return Edited(tuple(map(_word, alone)), tuple(map(_word, asked)))


class SwitchOrganisation(Command):
    """Close an organisation, or open it again, with the reason."""

    organisation_id: str
    reason: str
    version: int | None = None


def request_closing(uow: UnitOfWork, command: SwitchOrganisation) -> str:
    """Ask that an organisation be closed; gives the request's id."""
    return _ask_to_switch(uow, command, OrganisationAct.CLOSE)


def request_reopening(uow: UnitOfWork, command: SwitchOrganisation) -> str:
    """Ask that a closed organisation be opened again; gives the request's id."""
    return _ask_to_switch(uow, command, OrganisationAct.REOPEN)


def _ask_to_switch(uow: UnitOfWork, command: SwitchOrganisation, act: OrganisationAct) -> str:
    organisation = hold(uow.session, Organisation, command.organisation_id)
    take_up(organisation, command, policies.may_keep_accounts(uow.actor))
    return _ask(uow, organisation, act, command.reason, {})


def _ask(
    uow: UnitOfWork,
    organisation: Organisation,
    act: OrganisationAct,
    reason: str,
    values: Mapping[str, object],
) -> str:
    pending = waiting_for(uow.session, OrganisationRequest, organisation.id)
    policies.may_request_act(
        uow.actor,
        organisation.id,
        act,
        is_active=organisation.is_active,
        is_waiting=pending is not None,
        offices=offices_only_held_in(uow.session, organisation.id),
    ).require()
    changes = before_and_after(organisation, values)
    request = OrganisationRequest(
        organisation_id=organisation.id, act=act, changes=changes, reason=reason
    )
    ask(uow, request, "、".join(map(_word, values)) or "停用或恢复单位")
    told = _told(uow, organisation, values)
    about = {**_about(organisation, request), **told}
    uow.emit(read_as(events.OrganisationRequested, request, **about))
    return request.id


def decide_organisation(uow: UnitOfWork, command: Decide) -> None:
    """Carry out or refuse what another administrator asked for.

    Raises Denied for who asked, Conflict when the organisation is no longer what the request was
    about, Invalid when the new particulars no longer fit.
    """
    request, organisation = _held(uow, command.request_id)
    policies.may_decide_act(uow.actor, request).require()
    settle(uow, request, command)
    if command.carry_out:
        _CARRY_OUT[request.act](uow, organisation, request)
        return
    about = {**_about(organisation, request), "reason": command.reason}
    uow.emit(read_as(events.OrganisationRequestRefused, request, **about))


def withdraw_organisation_request(uow: UnitOfWork, request_id: str) -> None:
    """Take back a change that was asked for and not yet decided."""
    request, organisation = _held(uow, request_id)
    take_back(uow, request)
    about = _about(organisation, request)
    uow.emit(read_as(events.OrganisationRequestWithdrawn, request, **about))


def _about(organisation: Organisation, request: OrganisationRequest) -> dict[str, Any]:
    return {**organisation.told, "request_id": request.id}


def _held(uow: UnitOfWork, request_id: str) -> tuple[OrganisationRequest, Organisation]:
    """The request and the organisation it is about, both held; NotFound when there is none.

    Two moves in the tree at the same moment could close a circle that neither sees: they hold all
    organisations. Who closes one holds those of the three offices too.
    """
    known = get_row(uow.session, OrganisationRequest, request_id)
    if "parent_id" in known.changes:
        hold_all(uow.session, Organisation)
    else:
        hold_offices(uow, known.organisation_id)
    request = hold(uow.session, OrganisationRequest, request_id)
    return request, uow.session.get_one(Organisation, request.organisation_id)


def _edit(uow: UnitOfWork, organisation: Organisation, request: OrganisationRequest) -> None:
    require_still_so(organisation, request, ORGANISATION_WORDS)
    asked = {name: _read(name, new) for name, (_, new) in request.changes.items()}
    whole: dict[str, Any] = {
        item.name: asked.get(item.name, getattr(organisation, item.name))
        for item in fields(OrganisationParticulars)
    }
    values = checked(uow, organisation.kind, OrganisationParticulars(**whole), organisation)
    _apply(uow, organisation, {name: values[name] for name in asked}, request)


def keep_institution_class(
    uow: UnitOfWork, organisation: Organisation, kind: InstitutionClass
) -> None:
    """Enter what an institution said of its class, where the register has nothing yet: what two
    administrators entered is not changed by an answer.
    """
    if organisation.institution_class is not None:
        return
    organisation.institution_class = kind
    uow.emit(events.InstitutionClassed(**organisation.told, institution_class=kind))


def _apply(
    uow: UnitOfWork,
    organisation: Organisation,
    values: Mapping[str, object],
    request: OrganisationRequest | None,
) -> None:
    told = _told(uow, organisation, values)
    for name, value in values.items():
        setattr(organisation, name, value)
    uow.emit(
        events.OrganisationEdited(
            **organisation.told,
            changed=tuple(map(_word, values)),
            rating=organisation.rating,
            rating_valid_until=organisation.rating_valid_until,
            request_id=request.id if request else None,
            **told,
        )
    )


def _close(uow: UnitOfWork, organisation: Organisation, request: OrganisationRequest) -> None:
    """Nobody of it can sign in any more; its cases and records stay."""
    policies.keeps_offices(offices_only_held_in(uow.session, organisation.id)).require()
    organisation.is_active = False
    people = list(uow.session.scalars(select(User).where(User.organisation_id == organisation.id)))
    end_all_sessions(uow, [person.id for person in people])
    end_requests_for(uow, people)
    uow.emit(
        events.OrganisationDeactivated(
            **organisation.told, reason=request.reason, request_id=request.id
        )
    )


def _reopen(uow: UnitOfWork, organisation: Organisation, request: OrganisationRequest) -> None:
    organisation.is_active = True
    uow.emit(
        events.OrganisationReactivated(
            **organisation.told, reason=request.reason, request_id=request.id
        )
    )


_CARRY_OUT: Final[
    dict[OrganisationAct, Callable[[UnitOfWork, Organisation, OrganisationRequest], None]]
] = {
    OrganisationAct.EDIT: _edit,
    OrganisationAct.CLOSE: _close,
    OrganisationAct.REOPEN: _reopen,
}


# --- particulars as a request keeps them and as people read them ---


def _word(name: str) -> str:
    return ORGANISATION_WORDS[name]


def _told(
    uow: UnitOfWork, organisation: Organisation, values: Mapping[str, object]
) -> dict[str, Any]:
    """What an event says of the change, before it is made."""
    changes = before_and_after(organisation, values)
    before, after = changes.get("bank_account", (None, None))
    return {
        "changes": changes_told(uow.session, changes),
        "account_before": _digest(organisation, before),
        "account_after": _digest(organisation, after),
    }


def _digest(organisation: Organisation, account: str | None) -> str | None:
    said = f"{organisation.id}:{account}"
    return hashlib.sha256(said.encode()).hexdigest() if account else None


def _read(name: str, text: str | None) -> object:
    """The particular a request's row keeps."""
    if text is None or name not in _READ:
        return text
    return _READ[name](text)


_READ: Final[dict[str, Callable[[str], object]]] = {
    "level": Level,
    "rating_valid_until": date.fromisoformat,
}
