"""People of a world as they come in in production: with an authenticator and a code given some time ago."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from procure.app import create_app
from procure.config import Mode
from procure.registers.accounts import second_factor
from procure.registers.accounts.models import User, WebSession
from procure.registers.accounts.queries import digest_of_secret
from procure.registers.accounts.use_cases.sign_in import OpenSession, Visit, open_session
from procure.store.trail import TrailEvent
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CONFIG
from tests.computer import Browser
from tests.factories.tenders import platform_key
from tests.world import World, share_compiled

HOME = "/account"


@dataclass
class Proven:
    """Somebody who came in to the production application of a world by password and code."""

    world: World
    username: str
    secret: str
    browser: Browser

    def ask(self, path: str) -> TestResponse:
        """Open a page."""
        return self.browser.get(path)

    def send(self, path: str, **form: Any) -> TestResponse:
        """Send a form with the token of some page."""
        self.browser.get(HOME)
        return self.browser.post(path, **form)

    def give_code(self, verify: str) -> TestResponse:
        """Answer the page that asks for a fresh code."""
        step = second_factor.step_of(self.world.now)
        return self.send(verify, code=second_factor.code_at(self.secret, step))


def proven(world: World, username: str, *, minutes_ago: int) -> Proven:
    """A person of the world in production mode, whose code was given these minutes ago."""
    app = _in_production(world)
    actor, secret = world.actor(username), second_factor.new_secret()
    with UnitOfWork(world.session, actor, world.clock, technical=True) as uow:
        visit = Visit(device="test", address="127.0.0.1", agent="test")
        cookie = open_session(
            uow, OpenSession(actor.user_id, visit, world.now, factor_required=True)
        )
        user = uow.session.get_one(User, actor.user_id)
        user.totp_secret = platform_key(world).wrap(secret.encode())
        user.totp_confirmed_at = world.now - timedelta(days=1)
        entered = uow.session.get_one(WebSession, digest_of_secret(cookie))
        entered.second_factor_at = world.now - timedelta(minutes=minutes_ago)
    browser = Browser(app)
    browser.carry(cookie)
    return Proven(world, username, secret, browser)


def _in_production(world: World) -> Flask:
    config = replace(world.app.extensions[CONFIG], mode=Mode.PRODUCTION)
    app = create_app(config, clock=world.clock)
    with app.app_context():
        share_compiled(app)
    return app


def events_so_far(world: World) -> int:
    """How much has happened."""
    world.session.rollback()
    return world.session.execute(select(func.count()).select_from(TrailEvent)).scalar_one()


def is_asked_for_a_code(world: World, username: str, path: str, **form: Any) -> Proven:
    """Check that neither page nor form goes through on a code of eleven minutes ago, and that both
    do on a fresh one; gives the person, who has just given it.
    """
    person = proven(world, username, minutes_ago=11)
    before = events_so_far(world)
    assert person.ask(path).location == f"/account/verify?next={path}"
    away = person.send(path, **form)
    assert away.location == f"/account/verify?next={path}&unsent=yes"
    assert events_so_far(world) == before
    assert "您刚才提交的内容没有办理" in person.ask(away.location).text
    assert person.give_code(away.location).location == path
    assert person.ask(path).status_code == 200
    return person
