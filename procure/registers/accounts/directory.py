"""Lists for the three administrators: people, organisations, roles and resets, the security log."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import QueryableAttribute, Session, aliased

from procure.kernel.access import Level, OrganisationKind, Role
from procure.kernel.events import EVENT_TYPES
from procure.registers.accounts.events import (
    SECURITY_EVENTS,
    OrganisationAct,
    PersonAct,
    ResetEnded,
    ResetRefused,
)
from procure.registers.accounts.models import (
    IS_ASKED,
    IS_HELD,
    Asked,
    CredentialReset,
    Organisation,
    OrganisationRequest,
    PersonRequest,
    ResetKind,
    RoleGrant,
    User,
)
from procure.registers.accounts.policies import Standing
from procure.store import trail
from procure.store.lists import Source, equal, waiting_first
from procure.store.trail import TrailBody, TrailEvent


@dataclass(frozen=True)
class PersonRow:
    """A person in the list of people."""

    id: str
    name: str
    username: str
    organisation: str
    factor_confirmed_at: datetime | None
    is_active: bool
    created_at: datetime
    roles: tuple[Role, ...] = ()


def people() -> Source[PersonRow]:
    """Everybody with an account."""

    def holding(role: str) -> ColumnElement[bool]:
        held = select(RoleGrant.user_id).where(RoleGrant.role == role, IS_HELD)
        return User.id.in_(held) if role else true()

    return Source(
        lines=select(
            User.id,
            User.name,
            User.username,
            Organisation.name,
            User.totp_confirmed_at,
            User.is_active,
            User.created_at,
        ).join(Organisation, Organisation.id == User.organisation_id),
        line=PersonRow,
        ident=User.id,
        first="name",
        sorts={
            "name": User.name,
            "username": User.username,
            "organisation": Organisation.name,
            "created": User.created_at,
        },
        filters={
            "kind": equal(Organisation.kind),
            "role": holding,
            "active": _active(User.is_active),
        },
        search=(User.name, User.username, Organisation.name),
        complete=_with_roles,
    )


def _with_roles(session: Session, people: Sequence[PersonRow]) -> Iterator[PersonRow]:
    held: dict[str, set[Role]] = {}
    granted = select(RoleGrant.user_id, RoleGrant.role).where(
        RoleGrant.user_id.in_([person.id for person in people]), IS_HELD
    )
    for user_id, role in session.execute(granted):
        held.setdefault(user_id, set()).add(role)
    for person in people:
        yield replace(person, roles=tuple(r for r in Role if r in held.get(person.id, ())))


def _active(column: Any) -> Callable[[str], ColumnElement[bool]]:
    return lambda active: column == (active == "yes") if active else true()


@dataclass(frozen=True)
class OrganisationRow:
    """An organisation in the list of organisations."""

    id: str
    name: str
    kind: OrganisationKind
    level: Level | None
    parent: str | None
    credit_code: str | None
    number_prefix: str | None
    people: int
    is_active: bool


def organisations() -> Source[OrganisationRow]:
    """Every organisation that takes part."""
    parent = aliased(Organisation)
    people = (
        select(func.count())
        .where(User.organisation_id == Organisation.id, User.is_active)
        .correlate(Organisation)
        .scalar_subquery()
    )
    return Source(
        lines=select(
            Organisation.id,
            Organisation.name,
            Organisation.kind,
            Organisation.level,
            parent.name,
            Organisation.credit_code,
            Organisation.number_prefix,
            people,
            Organisation.is_active,
        ).outerjoin(parent, parent.id == Organisation.parent_id),
        line=OrganisationRow,
        ident=Organisation.id,
        first="name",
        sorts={
            "name": Organisation.name,
            "kind": Organisation.kind,
            "credit_code": Organisation.credit_code,
        },
        filters={"kind": equal(Organisation.kind), "active": _active(Organisation.is_active)},
        search=(Organisation.name, Organisation.credit_code),
    )


@dataclass(frozen=True)
class GrantRow:
    """A role in the security administrator's list."""

    id: str
    user_id: str
    person: str
    organisation: str
    role: Role
    requested_at: datetime
    granted_at: datetime | None
    revoked_at: datetime | None

    @property
    def standing(self) -> Standing:
        """Where the request stands."""
        return Standing.of(self.granted_at, self.revoked_at)


_STANDINGS = {
    Standing.WAITING: IS_ASKED,
    Standing.HELD: IS_HELD,
    Standing.REFUSED: and_(RoleGrant.granted_at.is_(None), RoleGrant.revoked_at.is_not(None)),
    Standing.REVOKED: and_(RoleGrant.granted_at.is_not(None), RoleGrant.revoked_at.is_not(None)),
}


def grants() -> Source[GrantRow]:
    """All roles asked for, granted, refused and taken back: what waits first, the longest first."""
    return Source(
        lines=select(
            RoleGrant.id,
            RoleGrant.user_id,
            User.name,
            Organisation.name,
            RoleGrant.role,
            RoleGrant.requested_at,
            RoleGrant.granted_at,
            RoleGrant.revoked_at,
        )
        .join(User, User.id == RoleGrant.user_id)
        .join(Organisation, Organisation.id == User.organisation_id),
        line=GrantRow,
        ident=RoleGrant.id,
        first=waiting_first(_STANDINGS[Standing.WAITING], RoleGrant.requested_at),
        sorts={"requested": RoleGrant.requested_at, "person": User.name, "role": RoleGrant.role},
        filters={
            "role": equal(RoleGrant.role),
            "standing": lambda chosen: _STANDINGS[Standing(chosen)] if chosen else true(),
        },
        search=(User.name, User.username, Organisation.name),
    )


@dataclass(frozen=True)
class WaitingRow:
    """What waits for the security administrator; nobody is named where it is of an organisation."""

    id: str
    organisation: str
    act: OrganisationAct | PersonAct | ResetKind
    reason: str
    requested_at: datetime
    person: str = ""

    @property
    def whose(self) -> str:
        """Whom it is about."""
        return f"{self.person}，{self.organisation}" if self.person else self.organisation


def waiting_resets(session: Session) -> list[WaitingRow]:
    """Resets asked for and not yet decided, oldest first."""
    return _waiting_of_people(session, CredentialReset, CredentialReset.kind)


def waiting_person_acts(session: Session) -> list[WaitingRow]:
    """Changes of accounts asked for and not yet decided, oldest first."""
    return _waiting_of_people(session, PersonRequest, PersonRequest.act)


def _waiting_of_people(
    session: Session,
    kind: type[CredentialReset] | type[PersonRequest],
    act: QueryableAttribute[Any],
) -> list[WaitingRow]:
    lines = select(kind.id, Organisation.name, act, kind.reason, kind.proposed_at, User.name)
    of_people = lines.join(User, User.id == kind.user_id)
    return _waiting(
        session, kind, of_people.join(Organisation, Organisation.id == User.organisation_id)
    )


def waiting_acts(session: Session) -> list[WaitingRow]:
    """Changes of organisations asked for and not yet decided, oldest first."""
    asked = OrganisationRequest
    lines = select(asked.id, Organisation.name, asked.act, asked.reason, asked.proposed_at)
    return _waiting(
        session, asked, lines.join(Organisation, Organisation.id == asked.organisation_id)
    )


def _waiting(
    session: Session, kind: type[Asked], lines: Select[*tuple[Any, ...]]
) -> list[WaitingRow]:
    oldest = lines.where(kind.decided_at.is_(None)).order_by(kind.proposed_at, kind.id)
    return [WaitingRow(*row) for row in session.execute(oldest.limit(200))]


def refusals_of_resets(session: Session, user_id: str) -> Mapping[str, str]:
    """Why resets of a person came to nothing, by reset; the reason stands in the trail alone."""
    ended = frozenset({ResetRefused.__name__, ResetEnded.__name__})
    told = trail.tell(session, f"account:{user_id}", ended)
    return {one.data["reset_id"]: one.data["reason"] for one in told}


# --- the security log ---


@dataclass(frozen=True)
class LogRow:
    """One event of accounts as the audit administrator reads it."""

    at: datetime
    event: str
    actor: str
    organisation: str
    data: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What happened, in Chinese."""
        return EVENT_TYPES[self.event].label

    @property
    def words(self) -> str:
        """To whom, and the particulars."""
        return EVENT_TYPES[self.event].words_of(self.data)


def security_log() -> Source[LogRow]:
    """What happened to accounts, roles and sign-ins, newest first."""
    names = [kind.__name__ for kind in SECURITY_EVENTS]
    at = (TrailEvent.at, TrailEvent.stream, TrailEvent.seq)
    return Source(
        lines=select(TrailEvent.at, TrailEvent.event, TrailBody.body)
        .join(
            TrailBody, (TrailBody.stream == TrailEvent.stream) & (TrailBody.seq == TrailEvent.seq)
        )
        .where(TrailEvent.event.in_(names)),
        line=_log_row,
        ident=TrailEvent.seq,
        first="-at",
        sorts={"at": at},
        filters={"event": equal(TrailEvent.event)},
        search=(TrailBody.body,),
    )


def _log_row(at: datetime, event: str, text: str) -> LogRow:
    body = json.loads(text)
    actor = body["actor"]
    return LogRow(at, event, actor["name"], actor["organisation"], body["data"])
