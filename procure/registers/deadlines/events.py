"""What happens to terms: begun, met, given up, settled once a year's holidays are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from procure.kernel.events import ProjectEvent, told_day


@dataclass(frozen=True, kw_only=True)
class TermStarted(ProjectEvent):
    """A term began to run; `basis` is its arithmetic in words, `source` the law."""

    label: ClassVar[str] = "开始计算期限"
    minor: ClassVar[bool] = True

    deadline_id: str
    rule: str
    term: str
    source: str
    starts_on: date
    due_on: date
    due_at: datetime
    provisional: bool
    basis: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        law = f"（{data['source']}）" if data["source"] else ""
        return f"{data['term']}{law}：{data['basis']}"


@dataclass(frozen=True, kw_only=True)
class TermMet(ProjectEvent):
    """What the term was for has been done, in time or late.

    `met_on` is the day on which it was done, which may be earlier than the day of the event.
    """

    label: ClassVar[str] = "期限事项已办"
    minor: ClassVar[bool] = True

    deadline_id: str
    rule: str
    term: str
    due_on: date
    met_on: date
    late: bool

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        outcome = "逾期办理" if data["late"] else "按期办理"
        # Earlier versions told the day of the event only.
        done = f"，{told_day(data['met_on'])} 办理" if "met_on" in data else ""
        return f"{data['term']}：{outcome}，期限为 {told_day(data['due_on'])}{done}"


@dataclass(frozen=True, kw_only=True)
class TermsCancelled(ProjectEvent):
    """Terms no longer run, because what they were for fell away."""

    label: ClassVar[str] = "期限不再计算"
    minor: ClassVar[bool] = True

    rules: tuple[str, ...]
    terms: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return "、".join(data["terms"])


@dataclass(frozen=True, kw_only=True)
class TermSettled(ProjectEvent):
    """A provisional date became final when the year's holidays were announced."""

    label: ClassVar[str] = "暂定期限已确定"

    deadline_id: str
    rule: str
    term: str
    provisional_due_on: date
    due_on: date
    due_at: datetime
    basis: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        if data["provisional_due_on"] == data["due_on"]:
            return f"{data['term']}：暂定的 {told_day(data['due_on'])}确定不变"
        return f"{data['term']}：由暂定的 {told_day(data['provisional_due_on'])}改为 {told_day(data['due_on'])}"
