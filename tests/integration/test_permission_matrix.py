"""Every route, every method, every role, own and foreign things: only what the rules allow.

Walked over a demonstration that stands at every stage. A route that nobody decided about keeps the
application from starting; a route whose blanks this walk cannot fill fails here.
"""

import random

import pytest
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.kernel.access import Permission
from procure.store.trail import TrailEvent
from procure.web.errors import CSRF_PAGE
from tests.integration import routes
from tests.page_client import TECHNICAL, quick_words
from tests.world import World

PEOPLE = [account.username for account in DEMONSTRATION_ACCOUNTS]
ONE_PER_ROLE = [
    "jingban", "shenhe", "yanshou", "yusuan", "guoku", "jigou1", "fuzeren1", "zhuanjia1",
    "pinggu1", "pinggu2", "shenji", "mulu", "xitong", "anquan", "shenjiguanli",
]  # fmt: skip
OUTSIDERS = ["jiedao", "jiedaoshenhe", "jigou3", "fuzeren3", "zhuanjia7"]
FINE = {200, 302, 303, 304, 400, 403, 404, 405, 409, 429}
SIGNS_OUT = {"accounts.sign_out", "accounts.enter_demo", "accounts.sign_in", "accounts.give_code"}


def events(world: World) -> int:
    world.session.rollback()
    return world.session.scalar(select(func.count()).select_from(TrailEvent)) or 0


def fetch(world: World, username: str | None, method: str, path: str) -> TestResponse:
    client = world.client(username)
    return client.raw(method, path, data={} if method == "POST" else None)


def is_told_in_plain_words(answer: TestResponse, path: str) -> None:
    """Whoever is refused reads no word that only a programmer understands."""
    if answer.mimetype == "text/html" and answer.status_code >= 400:
        said = quick_words(answer.get_data(as_text=True))
        assert not TECHNICAL.search(said), (path, TECHNICAL.search(said))


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


def test_nobody_signed_in_reaches_nothing_but_what_is_public(shared_walked: World) -> None:
    world, closed = shared_walked, 0
    for rule in routes.rules(world.app):
        public = routes.needs(rule) is Permission.PUBLIC
        for method in methods_of(rule):
            for path in routes.addresses(world.session, rule, most=4):
                answer = fetch(world, None, method, path)
                assert answer.status_code in FINE, (method, path, answer.status_code)
                if not public:
                    closed += 1
                    assert answer.status_code in (302, 400, 401, 403), (method, path)
                    if answer.status_code == 302:
                        assert "/login" in answer.headers["Location"], (method, path)
    assert closed > 300


@pytest.mark.parametrize("username", ONE_PER_ROLE + OUTSIDERS)
def test_person_without_the_permission_is_refused(shared_walked: World, username: str) -> None:
    """Whatever else they ask for: half of them with words behind the address that mean nothing."""
    world, dice = shared_walked, random.Random(username)
    actor = world.actor(username)
    world.client(username)
    before = events(world)
    for rule in routes.rules(world.app):
        permission = routes.needs(rule)
        if actor.may(permission) or rule.endpoint in SIGNS_OUT:
            continue
        for method in methods_of(rule):
            for path in routes.addresses(world.session, rule, most=2):
                odd = dice.choice(routes.ODD_QUERIES) if dice.random() < 0.5 else ""
                answer = fetch(world, username, method, path + odd)
                assert answer.status_code in (400, 403, 404), (method, path, answer.status_code)
                if method == "GET":
                    assert answer.status_code in (403, 404), (method, path)
                is_told_in_plain_words(answer, path)
    assert events(world) == before


@pytest.mark.parametrize("username", ONE_PER_ROLE)
def test_reading_changes_nothing_and_never_breaks(shared_walked: World, username: str) -> None:
    """What they may open, that is: what they may not is asked for above."""
    world = shared_walked
    actor = world.actor(username)
    world.client(username)
    before = events(world)
    for rule in routes.rules(world.app):
        if "GET" not in methods_of(rule):
            continue
        if not actor.may(routes.needs(rule)) and rule.endpoint not in SIGNS_OUT:
            continue
        for path in routes.addresses(world.session, rule, most=3):
            answer = fetch(world, username, "GET", path)
            assert answer.status_code in FINE, (path, answer.status_code)
            is_told_in_plain_words(answer, path)
    assert events(world) == before


@pytest.mark.parametrize("username", OUTSIDERS)
def test_outsider_never_acts_on_the_cases_of_others(shared_walked: World, username: str) -> None:
    world = shared_walked
    world.client(username)
    before = events(world)
    for rule in routes.rules(world.app):
        if "POST" not in methods_of(rule) or not rule.arguments or rule.endpoint in SIGNS_OUT:
            continue
        if routes.needs(rule) in (Permission.PUBLIC, Permission.SIGNED_IN):
            continue
        for path in routes.addresses(world.session, rule, most=3):
            answer = fetch(world, username, "POST", path)
            assert answer.status_code in (302, 400, 403, 404, 409), (path, answer.status_code)
    assert events(world) == before


@pytest.mark.parametrize("username", ["jingban", "fuzeren1", "zhuanjia1", "shenji", "xitong"])
def test_absent_thing_is_not_found_in_words(shared_walked: World, username: str) -> None:
    world, asked = shared_walked, 0
    for rule in routes.rules(world.app):
        path = routes.absent_address(rule)
        if path is None or "GET" not in methods_of(rule) or "demo" in path:
            continue
        answer = fetch(world, username, "GET", path)
        asked += 1
        assert answer.status_code in (302, 400, 403, 404), (path, answer.status_code)
    assert asked > 80


def test_every_unsafe_route_wants_a_token(shared_walked: World) -> None:
    world = shared_walked
    people = {name: world.actor(name) for name in ("jingban", "fuzeren1", "xitong")}
    for username in people:
        world.client(username)
    before = events(world)
    sent = set()
    for rule in routes.rules(world.app):
        if "POST" not in methods_of(rule) or rule.endpoint in SIGNS_OUT:
            continue
        for username, actor in people.items():
            if not actor.may(routes.needs(rule)):
                continue
            for path in routes.addresses(world.session, rule, most=2):
                sent.add(rule.endpoint)
                answer = fetch(world, username, "POST", path)
                assert answer.status_code == 400, (path, answer.status_code)
                assert CSRF_PAGE[0] in answer.text, path
    assert len(sent) > 60
    assert events(world) == before
