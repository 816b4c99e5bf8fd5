"""Lists for the three administrators: people, organisations, roles and resets, the security log."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Level, OrganisationKind, Role
from procure.kernel.errors import Invalid
from procure.kernel.events import EVENT_TYPES
from procure.kernel.paging import Page, PageRequest
from procure.registers.accounts.events import (
    SECURITY_EVENTS,
    OrganisationAct,
    PersonAct,
    ResetEnded,
    ResetRefused,
)
from procure.registers.accounts.models import (
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
from procure.store.search import says
from procure.store.trail import TrailBody, TrailEvent

PEOPLE_SORTS = ("name", "username", "organisation", "created")
ORGANISATION_SORTS = ("name", "kind", "credit_code")
GRANT_SORTS = ("-requested", "person", "role")
LOG_SORTS = ("-at",)


@dataclass(frozen=True)
class PersonRow:
    """A person in the list of people."""

    id: str
    name: str
    username: str
    organisation: str
    roles: tuple[Role, ...]
    has_factor: bool
    is_active: bool
    created_at: datetime


def list_people(session: Session, asked: PageRequest) -> Page[PersonRow]:
    """One page of all people."""
    query = _people(asked)
    rows = session.execute(_window(query, asked)).all()
    return Page(_with_roles(session, rows), _count(session, query), asked)


def export_people(session: Session, asked: PageRequest) -> list[PersonRow]:
    """All people that meet the conditions, for a file."""
    return _with_roles(session, session.execute(_people(asked)).all())


def _people(asked: PageRequest) -> Select[*tuple[Any, ...]]:
    sorts = {
        "name": User.name,
        "username": User.username,
        "organisation": Organisation.name,
        "created": User.created_at,
    }
    query = select(
        User.id,
        User.name,
        User.username,
        Organisation.name.label("organisation"),
        User.totp_confirmed_at,
        User.is_active,
        User.created_at,
    ).join(Organisation, Organisation.id == User.organisation_id)
    query = query.where(*_found(asked.search, User.name, User.username, Organisation.name))
    if kind := asked.filters.get("kind"):
        query = query.where(Organisation.kind == _member(OrganisationKind, kind, "kind"))
    if role := asked.filters.get("role"):
        held = select(RoleGrant.user_id).where(
            RoleGrant.role == _member(Role, role, "role"),
            RoleGrant.granted_at.is_not(None),
            RoleGrant.revoked_at.is_(None),
        )
        query = query.where(User.id.in_(held))
    if active := asked.filters.get("active"):
        query = query.where(User.is_active == (active == "yes"))
    return query.order_by(_direction(sorts[asked.sort], asked), User.id)


def _with_roles(session: Session, rows: Any) -> list[PersonRow]:
    held: dict[str, set[Role]] = {}
    granted = session.execute(
        select(RoleGrant.user_id, RoleGrant.role).where(
            RoleGrant.user_id.in_([row.id for row in rows]),
            RoleGrant.granted_at.is_not(None),
            RoleGrant.revoked_at.is_(None),
        )
    )
    for grant in granted:
        held.setdefault(grant.user_id, set()).add(grant.role)
    return [
        PersonRow(
            row.id,
            row.name,
            row.username,
            row.organisation,
            tuple(role for role in Role if role in held.get(row.id, ())),
            row.totp_confirmed_at is not None,
            row.is_active,
            row.created_at,
        )
        for row in rows
    ]


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


def list_organisations(session: Session, asked: PageRequest) -> Page[OrganisationRow]:
    """One page of all organisations."""
    query = _organisations(asked)
    rows = [OrganisationRow(*row) for row in session.execute(_window(query, asked))]
    return Page(rows, _count(session, query), asked)


def export_organisations(session: Session, asked: PageRequest) -> list[OrganisationRow]:
    """All organisations that meet the conditions, for a file."""
    found = session.execute(_organisations(asked))
    return [OrganisationRow(*row) for row in found]


def _organisations(asked: PageRequest) -> Select[*tuple[Any, ...]]:
    parent = aliased(Organisation)
    people = (
        select(func.count())
        .where(User.organisation_id == Organisation.id, User.is_active)
        .correlate(Organisation)
        .scalar_subquery()
    )
    sorts = {
        "name": Organisation.name,
        "kind": Organisation.kind,
        "credit_code": Organisation.credit_code,
    }
    query = select(
        Organisation.id,
        Organisation.name,
        Organisation.kind,
        Organisation.level,
        parent.name.label("parent"),
        Organisation.credit_code,
        Organisation.number_prefix,
        people.label("people"),
        Organisation.is_active,
    ).outerjoin(parent, parent.id == Organisation.parent_id)
    query = query.where(*_found(asked.search, Organisation.name, Organisation.credit_code))
    if kind := asked.filters.get("kind"):
        query = query.where(Organisation.kind == _member(OrganisationKind, kind, "kind"))
    if active := asked.filters.get("active"):
        query = query.where(Organisation.is_active == (active == "yes"))
    return query.order_by(_direction(sorts[asked.sort], asked), Organisation.id)


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
    Standing.WAITING: and_(RoleGrant.granted_at.is_(None), RoleGrant.revoked_at.is_(None)),
    Standing.HELD: and_(RoleGrant.granted_at.is_not(None), RoleGrant.revoked_at.is_(None)),
    Standing.REFUSED: and_(RoleGrant.granted_at.is_(None), RoleGrant.revoked_at.is_not(None)),
    Standing.REVOKED: and_(RoleGrant.granted_at.is_not(None), RoleGrant.revoked_at.is_not(None)),
}


def list_grants(session: Session, asked: PageRequest) -> Page[GrantRow]:
    """One page of all roles asked for, granted, refused and taken back."""
    query = _grants(asked)
    rows = [GrantRow(*row) for row in session.execute(_window(query, asked))]
    return Page(rows, _count(session, query), asked)


def export_grants(session: Session, asked: PageRequest) -> list[GrantRow]:
    """All roles that meet the conditions, for a file."""
    return [GrantRow(*row) for row in session.execute(_grants(asked))]


def _grants(asked: PageRequest) -> Select[*tuple[Any, ...]]:
    sorts = {"requested": RoleGrant.requested_at, "person": User.name, "role": RoleGrant.role}
    query = (
        select(
            RoleGrant.id,
            RoleGrant.user_id,
            User.name.label("person"),
            Organisation.name.label("organisation"),
            RoleGrant.role,
            RoleGrant.requested_at,
            RoleGrant.granted_at,
            RoleGrant.revoked_at,
        )
        .join(User, User.id == RoleGrant.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(*_found(asked.search, User.name, User.username, Organisation.name))
    )
    if role := asked.filters.get("role"):
        query = query.where(RoleGrant.role == _member(Role, role, "role"))
    if standing := asked.filters.get("standing"):
        query = query.where(_STANDINGS[_member(Standing, standing, "standing")])
    return query.order_by(_direction(sorts[asked.sort], asked), RoleGrant.id)


@dataclass(frozen=True)
class ResetRow:
    """A reset that waits for the security administrator."""

    id: str
    person: str
    organisation: str
    kind: ResetKind
    reason: str
    requested_at: datetime


def waiting_resets(session: Session) -> list[ResetRow]:
    """Resets asked for and not yet decided, oldest first."""
    rows = session.execute(
        select(
            CredentialReset.id,
            User.name,
            Organisation.name.label("organisation"),
            CredentialReset.kind,
            CredentialReset.reason,
            CredentialReset.requested_at,
        )
        .join(User, User.id == CredentialReset.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(CredentialReset.decided_at.is_(None))
        .order_by(CredentialReset.requested_at, CredentialReset.id)
        .limit(200)
    )
    return [ResetRow(*row) for row in rows]


@dataclass(frozen=True)
class ActRow:
    """A change of an organisation that waits for the security administrator."""

    id: str
    organisation: str
    act: OrganisationAct
    reason: str
    requested_at: datetime


def waiting_acts(session: Session) -> list[ActRow]:
    """Changes of organisations asked for and not yet decided, oldest first."""
    rows = session.execute(
        select(
            OrganisationRequest.id,
            Organisation.name.label("organisation"),
            OrganisationRequest.act,
            OrganisationRequest.reason,
            OrganisationRequest.requested_at,
        )
        .join(Organisation, Organisation.id == OrganisationRequest.organisation_id)
        .where(OrganisationRequest.decided_at.is_(None))
        .order_by(OrganisationRequest.requested_at, OrganisationRequest.id)
        .limit(200)
    )
    return [ActRow(*row) for row in rows]


@dataclass(frozen=True)
class PersonActRow:
    """A change of an account that waits for the security administrator."""

    id: str
    person: str
    organisation: str
    act: PersonAct
    reason: str
    requested_at: datetime


def waiting_person_acts(session: Session) -> list[PersonActRow]:
    """Changes of accounts asked for and not yet decided, oldest first."""
    rows = session.execute(
        select(
            PersonRequest.id,
            User.name,
            Organisation.name.label("organisation"),
            PersonRequest.act,
            PersonRequest.reason,
            PersonRequest.requested_at,
        )
        .join(User, User.id == PersonRequest.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(PersonRequest.decided_at.is_(None))
        .order_by(PersonRequest.requested_at, PersonRequest.id)
        .limit(200)
    )
    return [PersonActRow(*row) for row in rows]


def person_acts_of(session: Session, user_id: str) -> Sequence[PersonRequest]:
    """What was asked for about a person's account, the newest first."""
    return session.scalars(
        select(PersonRequest)
        .where(PersonRequest.user_id == user_id)
        .order_by(PersonRequest.requested_at.desc(), PersonRequest.id)
        .limit(20)
    ).all()


def acts_of(session: Session, organisation_id: str) -> Sequence[OrganisationRequest]:
    """What was asked for about an organisation, the newest first."""
    return session.scalars(
        select(OrganisationRequest)
        .where(OrganisationRequest.organisation_id == organisation_id)
        .order_by(OrganisationRequest.requested_at.desc(), OrganisationRequest.id)
        .limit(20)
    ).all()


def resets_of(session: Session, user_id: str) -> Sequence[CredentialReset]:
    """What was asked for a person who could not sign in, the newest first."""
    return session.scalars(
        select(CredentialReset)
        .where(CredentialReset.user_id == user_id)
        .order_by(CredentialReset.requested_at.desc(), CredentialReset.id)
        .limit(20)
    ).all()


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


def list_log(session: Session, asked: PageRequest) -> Page[LogRow]:
    """One page of the security log, newest first."""
    query = _log(asked)
    rows = [_log_row(row) for row in session.execute(_window(query, asked))]
    return Page(rows, _count(session, query), asked)


def export_log(session: Session, asked: PageRequest) -> Iterator[LogRow]:
    """The security log that meets the conditions, for a file."""
    for row in session.execute(_log(asked).execution_options(yield_per=1000)):
        yield _log_row(row)


def _log(asked: PageRequest) -> Select[*tuple[Any, ...]]:
    names = {kind.__name__ for kind in SECURITY_EVENTS}
    if event := asked.filters.get("event"):
        names &= {event}
    query = (
        select(TrailEvent.at, TrailEvent.event, TrailBody.body)
        .join(
            TrailBody, (TrailBody.stream == TrailEvent.stream) & (TrailBody.seq == TrailEvent.seq)
        )
        .where(TrailEvent.event.in_(names), *_found(asked.search, TrailBody.body))
    )
    return query.order_by(
        _direction(TrailEvent.at, asked), TrailEvent.stream, _direction(TrailEvent.seq, asked)
    )


def _log_row(row: Any) -> LogRow:
    body = json.loads(row.body)
    actor = body["actor"]
    return LogRow(row.at, row.event, actor["name"], actor["organisation"], body["data"])


# --- what all lists share ---


def _found(search: str, *columns: Any) -> list[Any]:
    return [says(search, *columns)] if search else []


def _direction(column: Any, asked: PageRequest) -> Any:
    return column.desc() if asked.descending else column.asc()


def _window(query: Select[*tuple[Any, ...]], asked: PageRequest) -> Select[*tuple[Any, ...]]:
    return query.limit(asked.size).offset(asked.offset)


def _count(session: Session, query: Select[*tuple[Any, ...]]) -> int:
    inner = query.order_by(None).subquery()
    return session.execute(select(func.count()).select_from(inner)).scalar_one()


def _member(kind: Any, text: str, field: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise Invalid(
            field, "筛选条件不在可选范围内。", remedy="请从列表上方的下拉框选择。"
        ) from None
