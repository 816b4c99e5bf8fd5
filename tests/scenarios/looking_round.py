"""Opening the pages of a case while it is walked: what is not yet filled in breaks no page.

Who types an address, comes back to an old one or follows a link of a mail may land on any page at
any time. Whether something may be done there is the page's to say; an error is no answer.
"""

from collections.abc import Iterator

from werkzeug.routing import Rule

from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.kernel.access import Actor, Permission
from tests.integration import routes
from tests.world import World

FINE = {200, 302, 303, 400, 403, 404, 409}


def pages_of_the_case(world: World) -> Iterator[tuple[Rule, Permission]]:
    """What can be opened below the address of a case, with what it asks for."""
    for rule in routes.rules(world.app):
        if "number" in rule.arguments and "GET" in (rule.methods or set()):
            yield rule, routes.needs(rule)


def one_of_each_side(world: World) -> dict[str, Actor]:
    """The first person of each office at each kind of organisation."""
    found = {}
    for account in DEMONSTRATION_ACCOUNTS:
        actor = world.actor(account.username)
        found.setdefault((actor.roles, actor.organisation_kind), (account.username, actor))
    return dict(found.values())


class Visit:
    """Opens the pages of the case that is walked; a page at each so many acts, each in its turn."""

    def __init__(self, world: World, every: int) -> None:
        self.world = world
        self.every = every
        self.acts = 0
        self.opened = 0
        self.pages = list(pages_of_the_case(world))
        self.people = one_of_each_side(world)
        self.broken: list[str] = []

    def after(self, line: str) -> None:
        """Look round after an act."""
        self.acts += 1
        self.world.session.commit()
        routes.forget()
        for place, (rule, permission) in enumerate(self.pages):
            if (place + self.acts) % self.every == 0:
                self.look(rule, permission, line)

    def look(self, rule: Rule, permission: Permission, line: str) -> None:
        """Open a page as one of each office that has something to do there."""
        for username, actor in self.people.items():
            if not actor.may(permission):
                continue
            for path in routes.addresses(self.world.session, rule, most=2):
                answer = self.world.client(username).raw("GET", path)
                self.opened += 1
                if answer.status_code not in FINE:
                    self.broken.append(f"{username} {path} {answer.status_code} after: {line}")
