"""A walk through a story: who does what on which day, through the use cases the pages call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from procure.demonstration.people import actor_of
from procure.demonstration.story import Story
from procure.kernel.access import SYSTEM_ACTOR, VISITOR, Actor
from procure.kernel.clock import FixedClock, at_local, local, local_date
from procure.kernel.lifecycle import Stage
from procure.kernel.money import Money
from procure.kernel.workdays import CHINA
from procure.registers.accounts.models import Organisation
from procure.registers.documents.staging import DocumentStaging
from procure.registers.projects.models import Project
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork

Report = Callable[[str], None]
Row = TypeVar("Row")


@dataclass
class Walk:
    """One project being walked: the clock, the people, and what has come of it so far."""

    session: Session
    key: PlatformKey
    staging: DocumentStaging
    story: Story
    clock: FixedClock
    report: Report
    title: str = ""
    buyer: str = "jingban"
    project_id: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """What was invented for the story."""
        return self.story.invented

    @property
    def project(self) -> Project:
        """The project as it stands."""
        return self.session.get_one(Project, self.project_id)

    @property
    def today(self) -> date:
        """The day of the story in China."""
        return local_date(self.clock.now())

    def actor(self, username: str) -> Actor:
        """The person with this name, or the system."""
        if username == "system":
            return SYSTEM_ACTOR
        if username not in self.actors:
            self.actors[username] = actor_of(self.session, username)
        return self.actors[username]

    def organisation_of(self, username: str) -> Organisation:
        """The organisation a person belongs to."""
        return self.session.get_one(Organisation, self.actor(username).organisation_id)

    @contextmanager
    def as_(self, username: str) -> Iterator[UnitOfWork]:
        """A unit of work of that person, a few minutes after the last act."""
        self.clock.move_to(self.clock.now() + timedelta(minutes=3))
        with UnitOfWork(self.session, self.actor(username), self.clock) as uow:
            yield uow

    @contextmanager
    def as_visitor(self) -> Iterator[UnitOfWork]:
        """A unit of work of somebody without an account."""
        self.clock.move_to(self.clock.now() + timedelta(minutes=3))
        with UnitOfWork(self.session, VISITOR, self.clock) as uow:
            yield uow

    def say(self, username: str, stage: Stage, verb: str, amount: Money | None = None) -> None:
        """Report one step: stage, actor, verb, date, amount."""
        actor = self.actor(username)
        day = local(self.clock.now()).strftime("%Y-%m-%d %H:%M")
        money = f"  {amount.format()}" if amount is not None else ""
        self.report(f"{stage.label}  {day}  {actor.organisation_name} {actor.name}  {verb}{money}")

    def on(self, day: date, hour: int = 9, minute: int = 0) -> None:
        """Go to a time of day; stays where it is when that has passed."""
        instant = at_local(day, time(hour, minute))
        if instant > self.clock.now():
            self.clock.move_to(instant)

    def workdays_later(self, count: int, hour: int = 9) -> None:
        """Go to the morning of the n-th working day from now."""
        day = self.today
        for _ in range(count):
            day = CHINA.next_workday(day + timedelta(days=1))
        self.on(day, hour)

    def one(self, model: type[Row], *conditions: ColumnElement[bool]) -> Row:
        """The one row that meets the conditions."""
        return self.session.scalars(select(model).where(*conditions)).one()
