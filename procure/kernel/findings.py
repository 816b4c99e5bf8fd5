"""What a check found in something unfinished, and how far each part of it is."""

from dataclasses import dataclass
from enum import StrEnum


class SectionState(StrEnum):
    """How far a section of a long job is."""

    NOT_STARTED = "not_started"
    DOING = "doing"
    DONE = "section_done"
    NEEDS_CHANGE = "needs_change"


class FindingLevel(StrEnum):
    """How much a broken rule weighs."""

    BLOCK = "block"
    CONFIRM = "confirm"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing a check found: what, which rule, what to do, where."""

    level: FindingLevel
    message: str
    rule: str = ""
    remedy: str = ""
    href: str = ""
