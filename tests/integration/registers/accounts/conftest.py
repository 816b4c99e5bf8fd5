"""A house with its people: the application in production mode, so that nobody enters half-way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from procure.app import create_app
from procure.config import Config, Mode
from procure.kernel.access import SYSTEM_ACTOR, Actor, Level, OrganisationKind, Role
from procure.kernel.clock import FixedClock
from procure.registers.accounts import queries, second_factor
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.use_cases import adding, credentials, sign_in
from procure.registers.accounts.use_cases import roles as granting_roles
from procure.store.base import db
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork
from tests import postgres
from tests.computer import PASSWORD, Browser
from tests.factories.parking import copied_on_postgres, copied_on_sqlite, engine_of
from tests.world import START, copy_belongings, share_compiled

CHEAP = Passwords("cheap")
VISIT = sign_in.Visit("test-device-of-this-person", "10.0.0.1", "测试设备")


@dataclass(frozen=True)
class Furnished:
    """A house that stands ready to be copied, with the keys and files in its folder."""

    folder: Path
    places: dict[OrganisationKind, str]
    people: dict[str, str]


@dataclass
class House:
    """The application with a few people; each has the same password."""

    app: Flask
    clock: FixedClock
    key: PlatformKey
    places: dict[OrganisationKind, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The session of the application context."""
        return db.session()

    def actor(self, username: str) -> Actor:
        """One of the people, as an actor."""
        return queries.actor_of(self.session, self.people[username])

    def uow(self, actor: Actor | str = SYSTEM_ACTOR, *, technical: bool = False) -> UnitOfWork:
        """A unit of work at the present instant."""
        who = self.actor(actor) if isinstance(actor, str) else actor
        return UnitOfWork(self.session, who, FixedClock(self.clock.now()), technical=technical)

    def add(self, username: str, kind: OrganisationKind, *roles: Role, factor: bool = True) -> str:
        """A person with roles, and with an authenticator unless told otherwise."""
        with self.uow() as uow:
            user_id = adding.add_person(
                uow,
                adding.AddPerson(username, f"{username}某", self.places[kind], PASSWORD, False),
                CHEAP,
            )
            grants = [
                granting_roles.request_role(uow, granting_roles.RequestRole(user_id, role))
                for role in roles
            ]
        self.people[username] = user_id
        with self.uow("anquan") as uow:
            for grant in grants:
                granting_roles.grant_role(uow, granting_roles.GrantRole(grant))
        if factor:
            self.enrol(username)
        return user_id

    def enrol(self, username: str) -> list[str]:
        """Bind an authenticator without the pages; gives the recovery codes."""
        user_id, now = self.people[username], self.clock.now()
        with self.uow(username, technical=True) as uow:
            secret = sign_in.open_session(
                uow, sign_in.OpenSession(user_id, VISIT, now, factor_required=False)
            )
            credentials.start_enrolment(uow, credentials.StartEnrolment(user_id), self.key)
        user = queries.get_user(self.session, user_id)
        self.secrets[username] = self.key.unwrap(user.totp_pending or b"").decode()
        session_id = queries.digest_of_secret(secret)
        with self.uow(username) as uow:
            enrolled = credentials.confirm_enrolment(
                uow,
                credentials.ConfirmEnrolment(user_id, session_id, self.code(username), VISIT, now),
                self.key,
            )
            sign_in.end_session(uow, sign_in.EndSession(user_id))
        self.later(minutes=2)
        return list(enrolled.recovery_codes)

    def code(self, username: str, steps: int = 0) -> str:
        """The code an authenticator shows now, or some steps before or after."""
        step = second_factor.step_of(self.clock.now()) + steps
        return second_factor.code_at(self.secrets[username], step)

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.move_to(self.clock.now() + timedelta(**by))

    def browser(self, address: str = "10.1.1.1") -> Browser:
        """A computer nobody has used yet."""
        return Browser(self.app, address)

    def enter(self, username: str, browser: Browser | None = None) -> Browser:
        """Somebody who has come in by password and code."""
        browser = browser or self.browser()
        assert browser.sign_in(username).status_code == 302
        browser.get("/login/code")
        assert browser.post("/login/code", code=self.code(username)).status_code == 302
        self.later(seconds=61)
        return browser


@pytest.fixture(scope="session")
def furnished_on_sqlite(bare_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """A furnished house to be copied, on SQLite."""
    folder = tmp_path_factory.mktemp("furnished")
    [made] = [_furnished(engine, folder) for engine in copied_on_sqlite(bare_sqlite, folder)]
    return made


@pytest.fixture(scope="session")
def furnished_on_postgresql(
    bare_postgres: postgres.Server, tmp_path_factory: pytest.TempPathFactory
) -> Furnished:
    """The same on PostgreSQL."""
    engine = engine_of(bare_postgres.create("furnished", template="registers"))
    made = _furnished(engine, tmp_path_factory.mktemp("furnished-pg"))
    engine.dispose()
    return made


def _furnished(engine: Engine, folder: Path) -> Furnished:
    app = create_app(_settings(engine, folder, Mode.PRODUCTION), clock=FixedClock(START))
    with app.app_context():
        house = House(app, FixedClock(START), app.extensions["procure.platform_key"])
        _furnish(house)
        db.session.remove()
        db.engine.dispose()
    return Furnished(folder, house.places, house.people)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A connection to a database of the test alone: furnished for tests of a house, else empty."""
    on_sqlite = request.param == "sqlite"
    if "house" not in request.fixturenames:
        bare = request.getfixturevalue("bare_sqlite" if on_sqlite else "bare_postgres")
        yield from (
            copied_on_sqlite(bare, tmp_path) if on_sqlite else copied_on_postgres(bare, "registers")
        )
        return
    furnished: Furnished = request.getfixturevalue(f"furnished_on_{request.param}")
    copy_belongings(furnished.folder, tmp_path)
    if on_sqlite:
        yield from copied_on_sqlite(furnished.folder / "procure.db", tmp_path)
    else:
        yield from copied_on_postgres(request.getfixturevalue("postgres_server"), "furnished")


def _settings(engine: Engine, folder: Path, mode: Mode) -> Config:
    return Config(
        mode=mode,
        database_url=engine.url.render_as_string(hide_password=False),
        data_dir=folder,
        secret_dir=folder / "secrets",
        mail_url="smtp://localhost",
        storage_url=f"file://{folder / 'files'}",
        secret_key="k" * 64,
        testing=True,
        password_hash_cost="cheap",
    )


@pytest.fixture
def make_app(
    engine: Engine, tmp_path: Path, clock: FixedClock
) -> Iterator[Callable[[Mode], Flask]]:
    """The application on the fresh database, in either mode."""
    made: list[Flask] = []

    def make(mode: Mode) -> Flask:
        made.append(app := create_app(_settings(engine, tmp_path, mode), clock=clock))
        with app.app_context():
            share_compiled(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def house(
    request: pytest.FixtureRequest,
    engine: Engine,
    make_app: Callable[[Mode], Flask],
    clock: FixedClock,
) -> Iterator[House]:
    """A production house with the three administrators and one place of each kind."""
    furnished: Furnished = request.getfixturevalue(f"furnished_on_{engine.dialect.name}")
    app = make_app(Mode.PRODUCTION)
    with app.app_context():
        key = app.extensions["procure.platform_key"]
        yield House(app, clock, key, dict(furnished.places), dict(furnished.people))
        db.session.remove()


def _furnish(house: House) -> None:
    offices = {
        "xitong": Role.SYSTEM_ADMIN,
        "anquan": Role.SECURITY_ADMIN,
        "shenjiguanli": Role.AUDIT_ADMIN,
    }
    with house.uow() as uow:
        granting_roles.create_first_administrators(
            uow,
            granting_roles.CreateFirst(
                "平台运行中心",
                tuple(
                    granting_roles.FirstAdministrator(name, f"{name}某", role, PASSWORD)
                    for name, role in offices.items()
                ),
            ),
            CHEAP,
        )
        for kind, level, prefix in (
            (OrganisationKind.CIVIL_AFFAIRS_BUREAU, Level.DISTRICT, "TSMZ"),
            (OrganisationKind.FINANCE, Level.DISTRICT, None),
            (OrganisationKind.SUPPLIER, None, None),
        ):
            house.places[kind] = adding.add_organisation(
                uow,
                adding.AddOrganisation(
                    name=f"测试单位{kind.value}", kind=kind, level=level, number_prefix=prefix
                ),
            )
    for name in offices:
        found = queries.find_user_id(house.session, name)
        assert found is not None
        house.people[name] = found
    house.places[OrganisationKind.PLATFORM] = house.actor("xitong").organisation_id
