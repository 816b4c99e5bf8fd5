"""What waits for a person, and what their cases wait for elsewhere.

Both are computed from states and terms each time they are asked for; nothing is ever ticked off.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from procure.desks.reminders.waiting import waiting_for_others
from procure.kernel.access import Actor
from procure.kernel.case_lines import Task, Waiting, When
from procure.kernel.paging import Page, PageRequest
from procure.kernel.text import key, words_of
from procure.store.lists import Order

TodoSource = Callable[[Session, Actor, datetime], Sequence[Task]]


@dataclass(frozen=True)
class DeskPage:
    """A person's desk: a list of what waits for them, found once for page, parts and files."""

    tasks: tuple[Task, ...]
    waiting: tuple[Waiting, ...]
    more_waiting: int = 0
    """How many more things wait for others than are shown."""
    first: Order = ()

    def page(self, session: Session, asked: PageRequest) -> Page[Task]:
        """A page of the tasks that are asked for."""
        found = list(self.every(session, asked))
        return Page(found[asked.offset : asked.offset + asked.size], len(found), asked)

    def every(self, session: Session, asked: PageRequest) -> Iterator[Task]:
        """All tasks that are asked for, the nearest binding date first."""
        words = words_of(asked.search)
        wanted = {"when": asked.filters.get("when"), "verb": asked.filters.get("verb")}
        for task in self.tasks:
            told = key(f"{task.case} {task.number} {task.step} {task.note}")
            if all(word in told for word in words) and all(
                getattr(task, name) == chosen for name, chosen in wanted.items() if chosen
            ):
                yield task

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """How many tasks each part of the desk has, as choices above it."""
        many = Counter(task.when for task in self.tasks)
        return tuple((one.value, f"{one.label}（{many[one]:,}）") for one in When)

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """What there is to do, and how often, as choices above it."""
        many = Counter(task.verb for task in self.tasks)
        return tuple((verb, f"{verb}（{number:,}）") for verb, number in sorted(many.items()))


def desk_page(
    session: Session, actor: Actor, now: datetime, sources: Sequence[TodoSource]
) -> DeskPage:
    """What waits for the person, nearest binding date first, and what waits for others."""
    tasks = [task for source in sources for task in source(session, actor, now)]
    tasks.sort(key=lambda task: (_day(task), task.number, task.step))
    waiting, total = waiting_for_others(session, actor, now)
    return DeskPage(tuple(tasks), tuple(waiting), total - len(waiting))


def _day(task: Task) -> date:
    return task.deadline.on if task.deadline else date.max
