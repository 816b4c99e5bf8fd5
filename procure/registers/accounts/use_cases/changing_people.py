"""Changing people: who somebody is, and whether they can act for theirs, takes two (三员分立).

One administrator corrects how a person is reached. What a person is called and where they work,
by which bidders and experts are kept apart, is asked for by one and carried out by another. An
account is closed at once, for it may be stolen, but not the last that can bind its organisation;
and it is opened again by two.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from procure.kernel.access import THREE_ADMINS
from procure.kernel.commands import Command
from procure.kernel.records import read_as
from procure.registers.accounts import events, policies
from procure.registers.accounts.events import PersonAct
from procure.registers.accounts.models import PERSON_WORDS, PersonRequest, User
from procure.registers.accounts.queries import (
    offices_only_held_by,
    person_changes_told,
    signing_only_held_by,
)
from procure.registers.accounts.use_cases.adding import person_particulars
from procure.registers.accounts.use_cases.holding import hold_person, hold_person_and_offices
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
from procure.store.holding import hold, take_up
from procure.store.proposals import waiting_for
from procure.store.unit_of_work import UnitOfWork

ALONE: Final = frozenset({"email", "phone", "title", "speciality"})
"""The particulars that one administrator corrects alone."""
REACHED: Final = frozenset({"email", "phone"})
"""How a person is reached: that it changed is told, not what it says."""


class EditPerson(Command):
    """New particulars of a person, as loaded at `version`; the reason for those that take two."""

    user_id: str
    name: str
    email: str = ""
    phone: str = ""
    title: str = ""
    speciality: str = ""
    employer: str = ""
    version: int | None = None
    reason: str = ""


def edit_person(uow: UnitOfWork, command: EditPerson) -> Edited:
    """Correct a person's particulars, or ask for it; whom they belong to stays.

    Raises Invalid at `reason` when what takes a second person comes without one, Conflict while
    another change waits.
    """
    user = hold_person(uow, command.user_id)
    take_up(user, command, policies.may_keep_accounts(uow.actor))
    alone, asked = wanted_of(user, person_particulars(command), ALONE)
    if asked:
        _ask(uow, user, PersonAct.EDIT, command.reason, asked)
    if alone:
        _apply(uow, user, alone, None)
    return Edited(tuple(map(_word, alone)), tuple(map(_word, asked)))


class SwitchPerson(Command):
    """Close an account, or open it again, with the reason."""

    user_id: str
    reason: str = ""
    version: int | None = None


def deactivate_person(uow: UnitOfWork, command: SwitchPerson) -> bool:
    """Close an account, end its sign-ins and what was asked for it; what the person did stays.

    Gives False when it is only asked for: nobody else of the organisation could sign or submit.
    """
    user = hold_person_and_offices(uow, command.user_id)
    offices = offices_only_held_by(uow.session, user.id, THREE_ADMINS)
    take_up(user, command, policies.may_deactivate(uow.actor, user.id, offices))
    if not user.is_active:
        return True
    if signing_only_held_by(uow.session, user):
        _ask(uow, user, PersonAct.CLOSE, command.reason, {})
        return False
    _close(uow, user, command.reason, None)
    return True


def request_reopening_of_person(uow: UnitOfWork, command: SwitchPerson) -> str:
    """Ask that a closed account be opened again, with the roles it had; gives the request's id."""
    user = hold_person(uow, command.user_id)
    take_up(user, command, policies.may_keep_accounts(uow.actor))
    return _ask(uow, user, PersonAct.REOPEN, command.reason, {})


def _ask(
    uow: UnitOfWork, user: User, act: PersonAct, reason: str, values: Mapping[str, object]
) -> str:
    pending = waiting_for(uow.session, PersonRequest, user.id)
    policies.may_request_person_act(
        uow.actor, act, is_active=user.is_active, is_waiting=pending is not None
    ).require()
    changes = before_and_after(user, values)
    request = PersonRequest(user_id=user.id, act=act, changes=changes, reason=reason)
    ask(uow, request, "、".join(map(_word, values)) or act.label)
    told = person_changes_told(changes)
    uow.emit(read_as(events.PersonRequested, request, **_about(user, request), changes=told))
    return request.id


def decide_person(uow: UnitOfWork, command: Decide) -> None:
    """Carry out or refuse what another administrator asked for.

    Raises Denied for who asked and for whom it is about, Conflict when the account is no longer
    what the request was about.
    """
    request, user = _held(uow, command.request_id)
    policies.may_decide_person_act(uow.actor, request).require()
    settle(uow, request, command)
    if command.carry_out:
        policies.may_switch_account(request.act, is_active=user.is_active).require()
        _CARRY_OUT[request.act](uow, user, request)
        return
    about = {**_about(user, request), "reason": command.reason}
    uow.emit(read_as(events.PersonRequestRefused, request, **about))


def withdraw_person_request(uow: UnitOfWork, request_id: str) -> None:
    """Take back a change that was asked for and not yet decided."""
    request, user = _held(uow, request_id)
    take_back(uow, request)
    uow.emit(read_as(events.PersonRequestWithdrawn, request, **_about(user, request)))


def _about(user: User, request: PersonRequest) -> dict[str, Any]:
    return {**user.told, "request_id": request.id}


def _held(uow: UnitOfWork, request_id: str) -> tuple[PersonRequest, User]:
    """The request and the person it is about, both held; NotFound when there is none."""
    user_id = get_row(uow.session, PersonRequest, request_id).user_id
    user = hold_person_and_offices(uow, user_id)
    return hold(uow.session, PersonRequest, request_id), user


def _close_as_asked(uow: UnitOfWork, user: User, request: PersonRequest) -> None:
    offices = offices_only_held_by(uow.session, user.id, THREE_ADMINS)
    policies.keeps_offices(offices).require()
    _close(uow, user, request.reason, request.id)


def _edit(uow: UnitOfWork, user: User, request: PersonRequest) -> None:
    require_still_so(user, request, PERSON_WORDS)
    _apply(uow, user, {name: new or "" for name, (_, new) in request.changes.items()}, request)


def _apply(
    uow: UnitOfWork, user: User, values: Mapping[str, object], request: PersonRequest | None
) -> None:
    open_ones = {name: new for name, new in values.items() if name not in REACHED}
    told = person_changes_told(before_and_after(user, open_ones))
    for name, value in values.items():
        setattr(user, name, value)
    uow.emit(
        events.PersonEdited(
            **user.told,
            changed=tuple(map(_word, values)),
            changes=told,
            request_id=request.id if request else None,
        )
    )


def _close(uow: UnitOfWork, user: User, reason: str, request_id: str | None) -> None:
    user.is_active = False
    end_all_sessions(uow, [user.id])
    end_requests_for(uow, [user])
    uow.emit(events.PersonDeactivated(**user.told, reason=reason, request_id=request_id))


def _reopen(uow: UnitOfWork, user: User, request: PersonRequest) -> None:
    user.is_active = True
    uow.emit(events.PersonReactivated(**user.told, reason=request.reason, request_id=request.id))


_CARRY_OUT: Final[dict[PersonAct, Callable[[UnitOfWork, User, PersonRequest], None]]] = {
    PersonAct.EDIT: _edit,
    PersonAct.CLOSE: _close_as_asked,
    PersonAct.REOPEN: _reopen,
}


def _word(name: str) -> str:
    return PERSON_WORDS[name]
