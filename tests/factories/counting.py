"""How many statements something sends to the database."""

from collections.abc import Callable

from sqlalchemy import event

from tests.world import World


def counted(world: World, act: Callable[[], object]) -> int:
    """The number of statements while `act` runs."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    engine = world.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
