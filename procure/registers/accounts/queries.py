"""Who somebody is: the sign-in behind a cookie, people, organisations, roles."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import Session, joinedload

from procure.kernel.access import THREE_ADMINS, Actor, Level, OrganisationKind, Role, roles_with
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import NotFound, Verdict
from procure.kernel.records import read_as
from procure.kernel.vocabulary import InstitutionClass
from procure.registers.accounts import watch
from procure.registers.accounts.events import Change, SignInEvent
from procure.registers.accounts.models import (
    IS_ASKED,
    IS_HELD,
    ORGANISATION_WORDS,
    PERSON_WORDS,
    LoginAttempt,
    Organisation,
    OrganisationRequest,
    RecoveryCode,
    RoleGrant,
    User,
    WebSession,
)
from procure.registers.accounts.policies import (
    ABSOLUTE,
    IDLE,
    SEEN_EVERY,
    SIGNING,
    Missing,
    is_alive,
    missing_of,
    require_recent_second_factor,
)
from procure.registers.accounts.throttle import NETWORK_FAILURES, WINDOW, Tries
from procure.registers.accounts.watch import Tally
from procure.store.base import get_row
from procure.store.search import same_name
from procure.store.trail import TrailEvent
from procure.store.types import Instant

PLACE_LIFE = timedelta(seconds=60)
"""How long a change of the organisation tree may go unnoticed."""
_MOST_PLACES = 4096


def digest_of_secret(secret: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class SignedIn:
    """A sign-in as a request sees it; speaks Flask-Login's protocol.

    `unread` is how many messages wait for the person, which the bar above every page says.
    """

    secret: str
    session_id: str
    user_id: str
    actor: Actor
    missing: Missing | None
    has_factor: bool
    factor_required: bool
    second_factor_at: datetime | None
    created_at: datetime
    seen_at: datetime
    unread: int = 0
    factor_bound_at: datetime | None = None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The session's secret, which the cookie holds."""
        return self.secret

    def fresh_factor(self, at: datetime) -> Verdict:
        """Whether the present authenticator's code was given just now."""
        return require_recent_second_factor(
            self.second_factor_at,
            at,
            has_factor=self.has_factor,
            factor_required=self.factor_required,
            bound_at=self.factor_bound_at,
        )

    def is_due_to_be_seen(self, at: datetime) -> bool:
        """Whether it is time to write down that the person is still there."""
        return at - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True)
class Place:
    """What a person is in the organisation tree."""

    organisation_id: str
    organisation_name: str
    kind: OrganisationKind
    level: Level | None
    is_active: bool
    roles: frozenset[Role]
    scope: frozenset[str]


_places: dict[tuple[str, int], tuple[datetime, Place]] = {}
_places_lock = Lock()


_SIGN_IN = (
    select(
        *WebSession.__table__.c[
            "id", "created_at", "seen_at", "second_factor_at", "factor_required"
        ],
        User.__table__.c.id.label("user_id"),
        *User.__table__.c["name", "version", "totp_confirmed_at", "password_is_temporary"],
    )
    .join_from(
        WebSession.__table__, User.__table__, User.__table__.c.id == WebSession.__table__.c.user_id
    )
    .where(
        WebSession.__table__.c.id == bindparam("digest"),
        WebSession.__table__.c.revoked_at.is_(None),
        User.__table__.c.is_active,
    )
)
"""Built once: every page of a signed-in person begins with it."""

UnreadCount = Callable[[ColumnElement[str], ColumnElement[datetime]], ScalarSelect[int]]


class _SignIn:
    statement = _SIGN_IN.add_columns(literal(0).label("unread"))


def ask_unread_with(count: UnreadCount) -> None:
    """Say how to count the messages that wait for a person.

    Messages live downstream of accounts; the composition root names the count once at start, and it
    is asked in the same statement as the sign-in, of the person and the instant.
    """
    counted = count(User.__table__.c.id, bindparam("now", type_=Instant()))
    _SignIn.statement = _SIGN_IN.add_columns(counted.label("unread"))


def find_signed_in(
    session: Session, secret: str, at: datetime, now: datetime | None = None
) -> SignedIn | None:
    """The sign-in a cookie's secret stands for, None when there is none (any more).

    `at` is the instant it is judged by, `now` that of the procedure, by which messages wait. One
    query; roles and organisation come from a cache that a change of roles passes by at once.
    """
    asked = {"digest": digest_of_secret(secret), "now": now or at}
    row = session.execute(_SignIn.statement, asked).first()
    if row is None:
        return None
    missing = missing_of(
        has_factor=row.totp_confirmed_at is not None,
        factor_required=row.factor_required,
        gave_code=row.second_factor_at is not None,
        password_is_temporary=row.password_is_temporary,
    )
    if not is_alive(row.created_at, row.seen_at, at, whole=missing is None):
        return None
    place = _place(session, row.user_id, row.version, at)
    if not place.is_active:
        return None
    return read_as(
        SignedIn,
        row,
        secret=secret,
        session_id=row.id,
        actor=_actor(row.user_id, row.name, place, whole=missing is None),
        missing=missing,
        has_factor=row.totp_confirmed_at is not None,
        factor_bound_at=row.totp_confirmed_at,
    )


def _actor(user_id: str, name: str, place: Place, *, whole: bool) -> Actor:
    """The actor; without a role while the sign-in lacks something."""
    return Actor(
        user_id=user_id,
        name=name,
        organisation_id=place.organisation_id,
        organisation_name=place.organisation_name,
        organisation_kind=place.kind,
        level=place.level,
        roles=place.roles if whole else frozenset(),
        scope=place.scope if whole else frozenset(),
    )


def _place(session: Session, user_id: str, version: int, at: datetime) -> Place:
    key = (user_id, version)
    kept = _places.get(key)
    if kept is not None and timedelta(0) <= at - kept[0] < PLACE_LIFE:
        return kept[1]
    place = _read_place(session, user_id)
    with _places_lock:
        if len(_places) >= _MOST_PLACES:
            _places.clear()
        _places[key] = (at, place)
    return place


def _read_place(session: Session, user_id: str) -> Place:
    row = session.execute(
        select(
            Organisation.id,
            Organisation.name,
            Organisation.kind,
            Organisation.level,
            Organisation.is_active,
        )
        .join(User, User.organisation_id == Organisation.id)
        .where(User.id == user_id)
    ).one()
    return Place(
        organisation_id=row.id,
        organisation_name=row.name,
        kind=row.kind,
        level=row.level,
        is_active=row.is_active,
        roles=roles_of(session, user_id),
        scope=organisations_below(session, row.id),
    )


def roles_of(session: Session, user_id: str) -> frozenset[Role]:
    """The roles granted to a person and not taken back."""
    return _roles(session, RoleGrant.user_id == user_id, IS_HELD)


def roles_asked_for(session: Session, user_id: str) -> frozenset[Role]:
    """The roles that wait for the security administrator."""
    return _roles(session, RoleGrant.user_id == user_id, IS_ASKED)


def _roles(session: Session, *conditions: ColumnElement[bool]) -> frozenset[Role]:
    return frozenset(session.scalars(select(RoleGrant.role).where(*conditions)))


def holders_of(session: Session, role: Role) -> frozenset[str]:
    """The active people who hold a role."""
    holding = select(RoleGrant.user_id).join(User, User.id == RoleGrant.user_id)
    return frozenset(
        session.scalars(holding.where(RoleGrant.role == role, IS_HELD, User.is_active))
    )


def organisations_below(session: Session, organisation_id: str) -> frozenset[str]:
    """The organisation and all that stand below it."""
    return frozenset(session.scalars(UNITS_BELOW, {"top": organisation_id}))


def _units_below() -> Select[str]:
    unit = Organisation.__table__
    tree = select(unit.c.id).where(unit.c.id == bindparam("top")).cte("tree", recursive=True)
    return select(tree.union(select(unit.c.id).where(unit.c.parent_id == tree.c.id)).c.id)


UNITS_BELOW = _units_below()
"""The organisation `top` and all that stand below it, to be asked alone or within a statement."""


def organisations_above(session: Session, ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Whom each of the organisations stands under, however far up; one statement."""
    unit = Organisation.__table__
    tree = (
        select(unit.c.id, unit.c.parent_id)
        .where(unit.c.id.in_(sorted(ids)), unit.c.parent_id.is_not(None))
        .cte("above", recursive=True)
    )
    further = select(tree.c.id, unit.c.parent_id).where(
        unit.c.id == tree.c.parent_id, unit.c.parent_id.is_not(None)
    )
    found: dict[str, set[str]] = {}
    for below, above in session.execute(select(tree.union(further))):
        found.setdefault(below, set()).add(above)
    return {below: frozenset(above) for below, above in found.items()}


def actor_of(session: Session, user_id: str) -> Actor:
    """The person as an actor, read fresh; for whoever acts on their behalf in one transaction."""
    user = get_user(session, user_id)
    return _actor(user.id, user.name, _read_place(session, user_id), whole=True)


def offices_only_held_by(session: Session, user_id: str, roles: Iterable[Role]) -> frozenset[Role]:
    """Those of the roles that nobody else holds who can sign in."""
    others = _roles_held_by(session, RoleGrant.user_id != user_id)
    return (frozenset(roles) & roles_of(session, user_id)) - others


def offices_only_held_in(session: Session, organisation_id: str) -> frozenset[Role]:
    """Those of the three offices that nobody outside the organisation holds who can sign in."""
    inside = _roles_held_by(session, User.organisation_id == organisation_id)
    return (inside & THREE_ADMINS) - _roles_held_by(
        session, User.organisation_id != organisation_id
    )


def signing_only_held_by(session: Session, user: User) -> frozenset[Role]:
    """The roles without which nobody of the person's organisation could take a step it is bound by."""
    signing = frozenset().union(*map(roles_with, SIGNING))
    others = (User.organisation_id == user.organisation_id) & (User.id != user.id)
    return (signing & roles_of(session, user.id)) - _roles_held_by(session, others)


def _roles_held_by(session: Session, whom: ColumnElement[bool]) -> frozenset[Role]:
    """The roles granted to those of these people who can sign in: neither account nor organisation
    is closed.
    """
    held = (
        select(RoleGrant.role)
        .join(User, User.id == RoleGrant.user_id)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(
            whom,
            IS_HELD,
            User.is_active,
            Organisation.is_active,
        )
        .distinct()
    )
    return frozenset(session.scalars(held))


# --- signing in ---


@dataclass(frozen=True)
class Credentials:
    """What a name and password are compared with."""

    user_id: str
    name: str
    password_hash: str
    has_factor: bool


def find_credentials(session: Session, username: str) -> Credentials | None:
    """What to compare a password with; closed accounts and unknown names alike give None."""
    row = session.execute(
        select(User.id, User.name, User.password_hash, User.totp_confirmed_at)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(User.username == username, User.is_active, Organisation.is_active)
    ).first()
    return row and Credentials(
        row.id, row.name, row.password_hash, row.totp_confirmed_at is not None
    )


@dataclass(frozen=True)
class ClosedAccount:
    """Whose account it is that lets nobody in any more, and what is closed, in words."""

    user_id: str
    person: str
    closed: str


def find_closed(session: Session, username: str) -> ClosedAccount | None:
    """The account of this name where it, or its organisation, is closed; for the log alone."""
    row = session.execute(
        select(User.id, User.name, User.is_active)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(User.username == username, ~(User.is_active & Organisation.is_active))
    ).first()
    if row is None:
        return None
    return ClosedAccount(row.id, row.name, "所在单位已停用" if row.is_active else "账号已停用")


def is_known_device(session: Session, account: str, device: str) -> bool:
    """Whether this device has signed in to this account before."""
    if not device:
        return False
    query = select(LoginAttempt.id).where(
        LoginAttempt.account == account, LoginAttempt.device == device, LoginAttempt.succeeded
    )
    return session.execute(query.limit(1)).first() is not None


def tries_before(
    session: Session, account: str, device: str, network: str | None, at: datetime
) -> Tries:
    """What was tried in the last hour, as far as it concerns one more try.

    `device` is the empty text for one that never signed in to this account; `network` is None
    where what others tried from there does not matter.
    """
    tried = LoginAttempt.__table__
    recent = (tried.c.at > at - WINDOW) & (tried.c.at <= at)
    lane = recent & (tried.c.account == account) & (tried.c.device == device)
    success = select(func.max(tried.c.at)).where(lane & tried.c.succeeded).scalar_subquery()
    failures, since_success, last, oldest = session.execute(
        select(
            func.count(),
            func.coalesce(
                func.sum(case((success.is_(None) | (tried.c.at > success), 1), else_=0)), 0
            ),
            func.max(tried.c.at),
            func.min(tried.c.at),
        ).where(lane & ~tried.c.succeeded)
    ).one()
    if network is None:
        return Tries(failures, since_success, last, oldest)
    strange = recent & (tried.c.device == "") & ~tried.c.succeeded
    near = select(func.count()).where(strange & (tried.c.network == network))
    return Tries(failures, since_success, last, oldest, session.execute(near).scalar_one())


# --- failed tries ---


def tally_of(session: Session, account: str, network: str, at: datetime) -> Tally:
    """How many tries failed in the last hour, counted as far as somebody asks and no further."""
    tried = LoginAttempt.__table__
    failed = (tried.c.at > at - WINDOW) & (tried.c.at <= at) & ~tried.c.succeeded
    strange = failed & (tried.c.device == "")

    def up_to(most: int, condition: ColumnElement[bool]) -> int:
        found = select(tried.c.id).where(condition).limit(most).subquery()
        return session.execute(select(func.count()).select_from(found)).scalar_one()

    return Tally(
        on_account=up_to(watch.MASS_ON_ACCOUNT, failed & (tried.c.account == account)),
        from_network=up_to(NETWORK_FAILURES, strange & (tried.c.network == network)),
        everywhere=up_to(watch.MASS, strange),
    )


def was_told(session: Session, event: str, subject_id: str, since: datetime) -> bool:
    """Whether the trail told this of failed tries since an instant."""
    told = TrailEvent.__table__
    query = select(told.c.seq).where(
        told.c.subject_id == subject_id,
        told.c.stream == SignInEvent.STREAM,
        told.c.event == event,
        told.c.at > since,
    )
    return session.execute(query.limit(1)).first() is not None


def told_of_nobody(session: Session, since: datetime, most: int) -> int:
    """How many events of failed tries since an instant are about no account, up to a number."""
    told = TrailEvent.__table__
    query = select(told.c.at).where(
        told.c.stream == SignInEvent.STREAM, told.c.subject_id.not_in(select(User.id))
    )
    newest = session.scalars(query.order_by(told.c.seq.desc()).limit(most))
    return sum(at > since for at in newest)


@dataclass(frozen=True)
class FailedTries:
    """Failed tries to sign in: how many, on how many names, from how many addresses."""

    tries: int
    accounts: int
    addresses: int


def failed_tries(session: Session, since: datetime, account: str | None = None) -> FailedTries:
    """The tries that failed since an instant, on all names or on one."""
    row = session.execute(
        select(
            func.count(),
            func.count(LoginAttempt.account.distinct()),
            func.count(LoginAttempt.address.distinct()),
        ).where(
            LoginAttempt.at > since,
            ~LoginAttempt.succeeded,
            *(() if account is None else (LoginAttempt.account == account,)),
        )
    ).one()
    return FailedTries(*row)


# --- one record ---


def get_user(session: Session, user_id: str) -> User:
    """A person with their organisation; NotFound when there is none."""
    found = session.scalars(
        select(User).where(User.id == user_id).options(joinedload(User.organisation))
    ).first()
    if found is None:
        raise NotFound
    return found


def name_of(session: Session, user_id: str) -> str:
    """What a person is called; the platform itself where nobody has that id."""
    return session.scalar(select(User.name).where(User.id == user_id)) or "系统"


def names_of(session: Session, ids: Sequence[str | None]) -> dict[str, str]:
    """The names of people by id."""
    wanted = [one for one in ids if one]
    query = select(User.id, User.name).where(User.id.in_(wanted))
    return {key: name for key, name in session.execute(query)}


def people_in(session: Session, organisation_id: str) -> set[str]:
    """An organisation's people with an open account; also while the organisation itself is closed."""
    own = User.organisation_id == organisation_id
    return set(session.scalars(select(User.id).where(own, User.is_active)))


def find_organisation(
    session: Session, *, name: str = "", credit_code: str = ""
) -> Organisation | None:
    """The organisation of that name, however either is written, or of that code; closed ones count."""
    wanted = Organisation.credit_code == credit_code
    if name:
        wanted = same_name(Organisation.name, name)
    found = select(Organisation).where(wanted).order_by(Organisation.name)
    return session.scalars(found.limit(1)).first()


def names_ever(session: Session, organisation_ids: Collection[str]) -> frozenset[str]:
    """The names of organisations, and those they had before they were renamed."""
    now = session.scalars(select(Organisation.name).where(Organisation.id.in_(organisation_ids)))
    renamed = session.scalars(
        select(OrganisationRequest.changes).where(
            OrganisationRequest.organisation_id.in_(organisation_ids),
            OrganisationRequest.confirmed,
        )
    )
    before = (changes["name"][0] for changes in renamed if "name" in changes)
    return frozenset(now) | frozenset(name for name in before if name)


def former_owner(
    session: Session, number_prefix: str, but: Organisation | None
) -> Organisation | None:
    """Who numbered projects under the prefix once and does no more; `but` is not asked about."""
    given_up = session.execute(
        select(Organisation, OrganisationRequest.changes)
        .join(OrganisationRequest, OrganisationRequest.organisation_id == Organisation.id)
        .where(OrganisationRequest.confirmed)
        .order_by(OrganisationRequest.decided_at)
    )
    for organisation, changes in given_up:
        before = changes.get("number_prefix", (None, None))[0]
        if before == number_prefix and organisation is not but:
            return organisation
    return None


def get_organisation(session: Session, organisation_id: str) -> Organisation:
    """An organisation; NotFound when there is none."""
    return get_row(session, Organisation, organisation_id)


def find_user_id(session: Session, username: str) -> str | None:
    """The id of the person with this user name."""
    return session.scalars(select(User.id).where(User.username == username)).first()


def person_changes_told(changes: Mapping[str, Sequence[str | None]]) -> tuple[Change, ...]:
    """What a change of a person's particulars is, in words."""
    return tuple(
        (words, changes[name][0] or "无", changes[name][1] or "无")
        for name, words in PERSON_WORDS.items()
        if name in changes
    )


def changes_told(
    session: Session, changes: Mapping[str, Sequence[str | None]], *, in_full: bool = False
) -> tuple[Change, ...]:
    """What a change of an organisation is, in words; account numbers masked unless `in_full`."""
    told = []
    for name in (name for name in ORGANISATION_WORDS if name in changes):
        old, new = (_in_words(session, name, value, in_full=in_full) for value in changes[name])
        told.append((ORGANISATION_WORDS[name], old, new))
    return tuple(told)


def _in_words(session: Session, name: str, value: str | None, *, in_full: bool) -> str:
    if not value:
        return "无"
    match name:
        case "parent_id":
            return get_organisation(session, value).name
        case "level":
            return Level(value).label
        case "rating_valid_until":
            return day_in_words(date.fromisoformat(value))
        case "institution_class":
            return InstitutionClass(value).label
        case "bank_account" if not in_full:
            return masked_account(value)
    return value


def masked_account(account: str) -> str:
    """An account number by its last four digits; a short one not at all."""
    return f"****{account[-4:]}" if len(account) > 8 else "****"


def devices_of(session: Session, user_id: str, at: datetime) -> Sequence[WebSession]:
    """Where a person is signed in now, newest first."""
    return session.scalars(
        select(WebSession)
        .where(
            WebSession.user_id == user_id,
            WebSession.revoked_at.is_(None),
            WebSession.seen_at >= at - IDLE,
            WebSession.created_at >= at - ABSOLUTE,
        )
        .order_by(WebSession.created_at.desc(), WebSession.id)
    ).all()


def recovery_codes_left(session: Session, user_id: str) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return session.execute(query).scalar_one()


def grants_of(session: Session, user_id: str) -> Sequence[RoleGrant]:
    """Every role ever asked for one person, newest first."""
    return session.scalars(
        select(RoleGrant)
        .where(RoleGrant.user_id == user_id)
        .order_by(RoleGrant.requested_at.desc(), RoleGrant.id)
    ).all()


def organisation_choices(session: Session) -> list[tuple[str, str]]:
    """Active organisations as (id, name), by name."""
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.is_active)
        .order_by(Organisation.name, Organisation.id)
    )
    return [(row.id, row.name) for row in rows]


def has_administrator(session: Session) -> bool:
    """Whether anybody holds one of the three offices and can sign in."""
    return bool(THREE_ADMINS & _roles_held_by(session, true()))
