"""What a check found in something unfinished, and how far each part of it is."""

from collections.abc import Iterable
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

    @property
    def blocks(self) -> bool:
        """Whether the thing may not go on."""
        return self.level is FindingLevel.BLOCK


def block(message: str, rule: str = "", remedy: str = "", href: str = "") -> Finding:
    """What keeps the thing from going on."""
    return Finding(FindingLevel.BLOCK, message, rule, remedy, href)


def confirm(message: str, rule: str = "", remedy: str = "", href: str = "") -> Finding:
    """What may stand once somebody has said that it is meant."""
    return Finding(FindingLevel.CONFIRM, message, rule, remedy, href)


def warn(message: str, rule: str = "", remedy: str = "", href: str = "") -> Finding:
    """What should be looked at again."""
    return Finding(FindingLevel.WARN, message, rule, remedy, href)


def note(message: str, rule: str = "", remedy: str = "", href: str = "") -> Finding:
    """What is only told."""
    return Finding(FindingLevel.INFO, message, rule, remedy, href)


def blocks_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those that block first."""
    return sorted(findings, key=lambda one: not one.blocks)


def count_blocks(findings: Iterable[Finding]) -> int:
    """How many of the findings block."""
    return sum(one.blocks for one in findings)
