"""The sections of a tender document as plain data, and the digest of what they say together."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from procure.kernel.events import canonical, plain
from procure.kernel.labelled import LabelledEnum
from procure.kernel.vocabulary import PaymentTrigger, Period, PriceWay


class SectionKey(LabelledEnum):
    """The sections in the order of the task list."""

    REQUIREMENT = "requirement", "需求与标准"
    TARGETS = "targets", "服务目标"
    QUALIFICATION = "qualification", "资格与实质性要求"
    SCORING = "scoring", "评分办法"
    PAYMENTS = "payments", "付款安排"
    SCHEDULE = "schedule", "时间与地点"
    POLICY = "policy", "政策扣除与异常低价"


@dataclass(frozen=True)
class Requirement:
    """What is to be done, where, by whom, how it is accepted, and how soon after signing it begins."""

    requirement: str
    service_place: str
    staffing: str
    acceptance_way: str
    start_within_days: int | None = None
    key = SectionKey.REQUIREMENT


@dataclass(frozen=True)
class Target:
    """A concrete target: at least so many units in each period."""

    what: str
    unit: str
    period: Period
    at_least: int
    each: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Targets:
    """The targets in their order."""

    rows: tuple[Target, ...]
    key = SectionKey.TARGETS


def drop_stale_conditions(told: Targets, before: Targets) -> tuple[Targets, tuple[str, ...]]:
    """The targets without conditions that were left standing when another service took the place
    of the one they were written for; with the names of the services whose condition went.

    A form shows the old condition beside the new name, and a document binds.
    """
    present, known = {row.what for row in told.rows}, {row.what for row in before.rows}
    orphaned = {row.condition for row in before.rows if row.condition and row.what not in present}
    rows = tuple(
        replace(row, condition="") if row.what not in known and row.condition in orphaned else row
        for row in told.rows
    )
    dropped = tuple(
        row.what
        for row, kept in zip(told.rows, rows, strict=True)
        if row.condition != kept.condition
    )
    return Targets(rows), dropped


@dataclass(frozen=True)
class Qualification:
    """Who may bid, alone or together, and what must be met without deviation; one demand a line."""

    qualification: str
    starred: str
    takes_consortia: bool = False
    key = SectionKey.QUALIFICATION


@dataclass(frozen=True)
class Factor:
    """A quality factor; `points` are hundredths."""

    name: str
    points: int
    objective: bool
    standard: str
    evidence: str = ""


@dataclass(frozen=True)
class Scoring:
    """How bids are scored; `price_points` are hundredths."""

    price_way: PriceWay
    price_points: int
    hours_floor: int | None
    factors: tuple[Factor, ...]
    key = SectionKey.SCORING


@dataclass(frozen=True)
class Instalment:
    """A share of the price (ten-thousandths) and what opens it."""

    percent: int
    trigger: PaymentTrigger


@dataclass(frozen=True)
class Payments:
    """The instalments in their order; their shares make 10 000."""

    rows: tuple[Instalment, ...]
    key = SectionKey.PAYMENTS


@dataclass(frozen=True)
class Schedule:
    """Until when documents are given, when bids are due, where they are opened."""

    documents_until: date | None
    deadline_at: datetime | None
    opening_place: str
    validity_days: int
    key = SectionKey.SCHEDULE


@dataclass(frozen=True)
class Policy:
    """Deduction for small firms and the bounds of abnormally low bids, in ten-thousandths."""

    deduction_rate: int
    low_mean: int
    low_second: int
    low_ceiling: int
    key = SectionKey.POLICY


SectionContent = Requirement | Targets | Qualification | Scoring | Payments | Schedule | Policy


def digest_of_section(section: SectionContent) -> str:
    """The SHA-256 of a section in canonical form."""
    return hashlib.sha256(canonical(plain(asdict(section))).encode()).hexdigest()


def digest_of_sections(sections: Sequence[SectionContent]) -> str:
    """The SHA-256 of a whole document in canonical form."""
    told: dict[str, Any] = {section.key.value: asdict(section) for section in sections}
    return hashlib.sha256(canonical(plain(told)).encode()).hexdigest()


def lines_of(text: str) -> tuple[str, ...]:
    """The demands of a text that has one a line; a star or number typed before them is dropped."""
    lines = (line.strip().lstrip("★*").strip() for line in text.splitlines())
    return tuple(line for line in lines if line)
