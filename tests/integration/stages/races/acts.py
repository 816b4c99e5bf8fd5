"""How the acts of a pair are written down: who does what, with what their page showed."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from tests.factories.tenders import platform_key
from tests.racing import Act
from tests.verbs import name_of
from tests.world import World

CLERK, APPROVER = "jingban", "shenhe"
Who = str | Callable[[World], str]


def act(
    username: Who, event: str, verb: Callable[..., object], command: Callable[[World], Any]
) -> Act:
    """An act whose command is made of what the world shows before the race."""

    def make(world: World) -> Callable[..., object]:
        told = command(world)
        return lambda uow: verb(uow, told)

    return Act(username, make, event, name_of(verb))


def keyed(
    username: Who, event: str, verb: Callable[..., object], command: Callable[[World], Any]
) -> Act:
    """The same for a verb that asks for the platform's key."""

    def make(world: World) -> Callable[..., object]:
        told, key = command(world), platform_key(world)
        return lambda uow: verb(uow, told, key)

    return Act(username, make, event, name_of(verb))


def one(world: World, kind: type[Any], *conditions: Any) -> Any:
    """The only row of a kind."""
    return world.session.scalars(select(kind).where(*conditions)).one()
