"""What the scheduler runs: ordinary work by the system, at any time also by hand."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from procure.config import Config
from procure.desks.reminders.lease import Rhythm
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock, FixedClock
from procure.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Bench:
    """What a job works with: the database, the clock of the procedure, the settings.

    `stopping` is set when the process is to end; a job of many steps looks at it between two.
    """

    session: Session
    clock: Clock
    config: Config
    stopping: threading.Event = field(default_factory=threading.Event)

    def uow(self, *, technical: bool = False) -> UnitOfWork:
        """A unit of work of the system at the present instant."""
        return UnitOfWork(
            self.session, SYSTEM_ACTOR, FixedClock(self.clock.now()), technical=technical
        )


@dataclass(frozen=True)
class Job:
    """A piece of regular work; `run` says in words what it did."""

    name: str
    rhythm: Rhythm
    run: Callable[[Bench], str]
