"""What is read of a case, a line each: its people, papers, stages, events, and who has to act."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from procure.kernel.deadline_lines import DeadlineLine, Urgency
from procure.kernel.errors import ALLOWED, Verdict


@dataclass(frozen=True)
class PersonLine:
    """A person as pages name them: name, organisation, function."""

    name: str
    organisation: str = ""
    role: str = ""
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """A document to open: size in bytes, digest the sha256 in hexadecimal; `original` is that of
    the bytes as they came, where the platform cleaned them.
    """

    name: str
    kind: str
    size: int
    digest: str
    href: str = ""
    at: datetime | None = None
    by: str = ""
    note: str = ""
    sealed: bool = False
    original: str = ""


class StepStanding(StrEnum):
    """Where a stage stands in a case."""

    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"
    SKIPPED = "skipped"
    HELD = "held"


@dataclass(frozen=True)
class StageStep:
    """One stage of the stage bar, with its date or its few words."""

    label: str
    standing: StepStanding
    note: str = ""
    on: date | None = None
    href: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """What happened: when, who, what, and which paper came of it."""

    at: datetime
    what: str
    who: PersonLine | None = None
    detail: str = ""
    stage: str = ""
    papers: tuple[Paper, ...] = ()
    href: str = ""


WHEN_LABELS = {
    "late": "已逾期",
    "today": "今天到期",
    "soon": "三个工作日以内",
    "later": "以后",
    "undated": "没有期限",
}
"""The parts of 我的待办, the most pressing first."""

WHEN_OF = {
    Urgency.LATE: "late",
    Urgency.PAST: "late",
    Urgency.TODAY: "today",
    Urgency.SOON: "soon",
}
NO_DATE = "undated"


@dataclass(frozen=True)
class Task:
    """A line of 我的待办: the case, the step, its date and one button."""

    case: str
    number: str
    step: str
    verb: str
    href: str
    deadline: DeadlineLine | None = None
    note: str = ""
    verdict: Verdict = ALLOWED

    @property
    def when(self) -> str:
        """How pressing it is, as a key of `WHEN_LABELS`."""
        return NO_DATE if self.deadline is None else WHEN_OF.get(self.deadline.urgency, "later")


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody else, and on whom."""

    case: str
    number: str
    step: str
    on_whom: str
    href: str = ""
    deadline: DeadlineLine | None = None
