"""A world for tests: the application, a clock that stands still, and people who may act in it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from procure.app import create_app
from procure.config import COOKIE_KEY, Config, Mode
from procure.demonstration.people import actor_of, install_people
from procure.kernel.access import SYSTEM_ACTOR, Actor, Role
from procure.kernel.clock import FixedClock, at_local
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.use_cases.sign_in import OpenSession, Visit, open_session
from procure.store import grants, migrate
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from procure.web.routing import LateRule
from tests.page_client import Following, PageClient
from tests.postgres import APPLICATION

KEY = "k" * 64
START = at_local(date(2026, 3, 2), time(9, 0))


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"


def config_for(url: str, folder: Path, mode: Mode = Mode.DEMO) -> Config:
    """Settings of a test installation that keeps everything in one folder."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (secrets / COOKIE_KEY).exists():
        (secrets / COOKIE_KEY).touch(mode=0o600)
        (secrets / COOKIE_KEY).write_text(KEY, encoding="ascii")
    return Config(
        mode=mode,
        database_url=url,
        data_dir=folder,
        secret_dir=secrets,
        mail_url="",
        storage_url=f"file://{folder / 'files'}",
        secret_key=KEY,
        testing=True,
        password_hash_cost="cheap",
    )


def as_application(url: str) -> str:
    """The same database under the application's own account, where there are accounts."""
    return url.replace("//postgres@", f"//{APPLICATION}@", 1)


def grant_application(url: str) -> None:
    """Give that account on PostgreSQL what it has in production; `url` is the owner's."""
    engine = migrate.engine_for(url)
    with engine.begin() as connection:
        for statement in grants.grants(connection, APPLICATION):
            connection.exec_driver_sql(statement)
    engine.dispose()


def copy_belongings(template: Path, folder: Path) -> None:
    """Give a test the keys and the folder of files that belong to the copy of a database."""
    for name in ("secrets", "files"):
        shutil.copytree(template / name, folder / name, dirs_exist_ok=True)


def fill_template(url: str, folder: Path) -> None:
    """Migrate a database and put the demonstration's people into it."""
    migrate.upgrade(url)
    if not url.startswith("sqlite"):
        grant_application(url)
    config = config_for(as_application(url), folder)
    app = create_app(config, clock=FixedClock(START))
    with app.app_context():
        install_people(db.session(), FixedClock(START), Passwords(config.password_hash_cost))
        db.session.remove()
        db.engine.dispose()


@dataclass
class World:
    """What a test holds in its hands."""

    app: Flask
    clock: FixedClock
    folder: Path
    _clients: dict[str, PageClient] = field(default_factory=dict)
    _signed_in_at: datetime | None = None

    @property
    def session(self) -> Session:
        """The database session of the running application context."""
        return db.session()

    @property
    def now(self) -> datetime:
        """The present instant of this world."""
        return self.clock.now()

    def at(self, day: date, hour: int = 9, minute: int = 0) -> None:
        """Move the clock forward to a time of day in China."""
        self.clock.move_to(at_local(day, time(hour, minute)))

    def actor(self, username: str) -> Actor:
        """The person of the demonstration with this name."""
        return SYSTEM_ACTOR if username == "system" else actor_of(self.session, username)

    def uow(self, username: str) -> UnitOfWork:
        """A unit of work of that person at the present instant."""
        return UnitOfWork(self.session, self.actor(username), FixedClock(self.now))

    def uow_in_role(self, username: str, role: Role) -> UnitOfWork:
        """The same for a person in an office that they held before or will hold."""
        actor = replace(self.actor(username), roles=frozenset({role}))
        return UnitOfWork(self.session, actor, FixedClock(self.now))

    def client(self, username: str | None = None) -> PageClient:
        """A checked test client in which that person is signed in; nobody when None.

        Whoever comes back at another time signs in anew: a sign-in ends when nobody is there.
        """
        if username is None:
            return PageClient(self.app.test_client())
        if self._signed_in_at != self.now:
            self._clients.clear()
            self._signed_in_at = self.now
        if username not in self._clients:
            actor = self.actor(username)
            with UnitOfWork(self.session, actor, self.clock, technical=True) as uow:
                visit = Visit(device="test", address="127.0.0.1", agent="test")
                secret = open_session(
                    uow, OpenSession(actor.user_id, visit, self.now, factor_required=False)
                )
            client = self.app.test_client()
            with client.session_transaction() as cookie:
                cookie["_user_id"] = secret
                cookie["_fresh"] = True
            self._clients[username] = PageClient(client)
        return self._clients[username]


class CompiledTemplates(BytecodeCache):
    """What Jinja compiled for one application of this process serves the next one too."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED_TEMPLATES = CompiledTemplates()


class LearntRule(LateRule):
    """An address rule that one application of this process compiled serves the next one too."""

    learnt: ClassVar[dict[tuple[Any, ...], tuple[Any, ...]]] = {}

    def compile(self) -> None:
        key = (
            self.rule,
            self.subdomain,
            self.merge_slashes,
            self.strict_slashes,
            repr(self.defaults),
        )
        if key not in self.learnt:
            super().compile()
            self.learnt[key] = self._parts, self._trace, self._converters, self.arguments
            return
        self._parts, self._trace, self._converters, arguments = self.learnt[key]
        self.arguments = set(arguments)
        self._build = self._compile_builder(False).__get__(self, None)
        self._build_unknown = self._compile_builder(True).__get__(self, None)


_dialects: dict[str, Dialect] = {}
_statements: dict[str, dict[Any, Any]] = {}


def share_templates(app: Flask) -> None:
    """Let an application use the templates that others of this process compiled."""
    app.jinja_env.bytecode_cache = COMPILED_TEMPLATES


def share_compiled(app: Flask) -> None:
    """Let an application use the templates and statements that others of this process compiled.

    Statements are kept by the dialect they were compiled for, which is the engine's own otherwise.
    """
    share_templates(app)
    engine, name = db.engine, db.engine.name
    engine.dialect = _dialects.setdefault(name, engine.dialect)
    engine.update_execution_options(compiled_cache=_statements.setdefault(name, {}))


def build_world(url: str, folder: Path, clock: FixedClock) -> Iterator[World]:
    """A world on a database; everything of it ends with the test."""
    app = create_app(config_for(as_application(url), folder), clock=clock)
    app.test_client_class = Following
    with app.app_context():
        share_compiled(app)
        yield World(app, clock, folder)
        db.session.remove()
        db.engine.dispose()
