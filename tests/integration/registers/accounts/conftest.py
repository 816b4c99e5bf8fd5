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
from procure.registers.accounts import queries, second_factor, use_cases
from procure.registers.accounts.passwords import Passwords
from procure.store.base import db
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork
from tests.computer import PASSWORD, Browser
from tests.world import share_compiled

CHEAP = Passwords("cheap")
VISIT = use_cases.Visit("test-device-of-this-person", "10.0.0.1", "测试设备")


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
            user_id = use_cases.add_person(
                uow,
                use_cases.AddPerson(username, f"{username}某", self.places[kind], PASSWORD, False),
                CHEAP,
            )
            grants = [
                use_cases.request_role(uow, use_cases.RequestRole(user_id, role)) for role in roles
            ]
        self.people[username] = user_id
        with self.uow("anquan") as uow:
            for grant in grants:
                use_cases.grant_role(uow, use_cases.GrantRole(grant))
        if factor:
            self.enrol(username)
        return user_id

    def enrol(self, username: str) -> list[str]:
        """Bind an authenticator without the pages; gives the recovery codes."""
        user_id, now = self.people[username], self.clock.now()
        with self.uow(username, technical=True) as uow:
            secret = use_cases.open_session(
                uow, use_cases.OpenSession(user_id, VISIT, now, factor_required=False)
            )
            use_cases.start_enrolment(uow, use_cases.StartEnrolment(user_id), self.key)
        user = queries.get_user(self.session, user_id)
        self.secrets[username] = self.key.unwrap(user.totp_pending or b"").decode()
        session_id = queries.digest_of_secret(secret)
        with self.uow(username) as uow:
            enrolled = use_cases.confirm_enrolment(
                uow,
                use_cases.ConfirmEnrolment(user_id, session_id, self.code(username), VISIT, now),
                self.key,
            )
            use_cases.end_session(uow, use_cases.EndSession(user_id))
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


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def make_app(
    engine: Engine, tmp_path: Path, clock: FixedClock
) -> Iterator[Callable[[Mode], Flask]]:
    """The application on the fresh database, in either mode."""
    made: list[Flask] = []

    def make(mode: Mode) -> Flask:
        config = Config(
            mode=mode,
            database_url=_address(engine),
            data_dir=tmp_path,
            secret_dir=tmp_path / "secrets",
            mail_url="smtp://localhost",
            storage_url=f"file://{tmp_path / 'files'}",
            secret_key="k" * 64,
            testing=True,
            password_hash_cost="cheap",
        )
        made.append(app := create_app(config, clock=clock))
        with app.app_context():
            share_compiled(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def house(make_app: Callable[[Mode], Flask], clock: FixedClock) -> Iterator[House]:
    """A production house with the three administrators and one place of each kind."""
    app = make_app(Mode.PRODUCTION)
    with app.app_context():
        made = House(app, clock, app.extensions["procure.platform_key"])
        _furnish(made)
        yield made
        db.session.remove()


def _furnish(house: House) -> None:
    offices = {
        "xitong": Role.SYSTEM_ADMIN,
        "anquan": Role.SECURITY_ADMIN,
        "shenjiguanli": Role.AUDIT_ADMIN,
    }
    with house.uow() as uow:
        use_cases.create_first_administrators(
            uow,
            use_cases.CreateFirst(
                "平台运行中心",
                tuple(
                    use_cases.FirstAdministrator(name, f"{name}某", role, PASSWORD)
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
            house.places[kind] = use_cases.add_organisation(
                uow,
                use_cases.AddOrganisation(
                    name=f"测试单位{kind.value}", kind=kind, level=level, number_prefix=prefix
                ),
            )
    for name in offices:
        found = queries.find_user_id(house.session, name)
        assert found is not None
        house.people[name] = found
    house.places[OrganisationKind.PLATFORM] = house.actor("xitong").organisation_id
