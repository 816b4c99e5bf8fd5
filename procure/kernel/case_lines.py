"""What is read of a case, a line each: its people, papers, stages, events, and who has to act."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from procure.kernel.deadline_lines import DeadlineLine, Urgency
from procure.kernel.errors import ALLOWED, Verdict
from procure.kernel.labelled import LabelledEnum


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
    the bytes as they came, where the platform cleaned them, `content` that of the data it was
    printed from; `due` says that it is still to be printed.
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
    content: str = ""
    due: bool = False


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


class When(LabelledEnum):
    """The parts of 我的待办, the most pressing first."""

    LATE = "late", "已逾期"
    TODAY = "today", "今天到期"
    SOON = "soon", "三个工作日以内"
    LATER = "later", "三个工作日以后"
    UNDATED = "undated", "没有期限"


_WHEN_OF = {
    Urgency.LATE: When.LATE,
    Urgency.PAST: When.LATE,
    Urgency.TODAY: When.TODAY,
    Urgency.SOON: When.SOON,
}


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
    def when(self) -> When:
        """How pressing it is."""
        if self.deadline is None:
            return When.UNDATED
        return _WHEN_OF.get(self.deadline.urgency, When.LATER)


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody else, and on whom."""

    case: str
    number: str
    step: str
    on_whom: str
    href: str = ""
    deadline: DeadlineLine | None = None
