"""What happens to terms: begun, met, given up, settled once a year's holidays are known."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from procure.kernel.events import ProjectEvent


class TermStarted(ProjectEvent):
    """A term began to run; `basis` is its arithmetic in words, `source` the law."""

    label: ClassVar[str] = "开始计算期限"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{term}[（{source}）]：{basis}"

    deadline_id: str
    rule: str
    term: str
    source: str
    starts_on: date
    due_on: date
    due_at: datetime
    provisional: bool
    basis: str


class TermMet(ProjectEvent):
    """What the term was for has been done, in time or late.

    `met_on` is the day on which it was done, which may be earlier than the day of the event.
    """

    label: ClassVar[str] = "期限事项已办"
    minor: ClassVar[bool] = True
    #: Earlier versions told the day of the event only.
    says: ClassVar[str] = (
        "{term}：[{late:if}逾期办理|按期办理]，期限为 {due_on:day}[，{met_on:day} 办理]"
    )

    deadline_id: str
    rule: str
    term: str
    due_on: date
    met_on: date
    late: bool


class TermsCancelled(ProjectEvent):
    """Terms no longer run, because what they were for fell away."""

    label: ClassVar[str] = "期限不再计算"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{terms:list}"

    rules: tuple[str, ...]
    terms: tuple[str, ...]


class TermSettled(ProjectEvent):
    """A provisional date became final when the year's holidays were announced."""

    label: ClassVar[str] = "暂定期限已确定"
    says: ClassVar[str] = (
        "{term}：[{unchanged:if}暂定的 {due_on:day}确定不变"
        "|由暂定的 {provisional_due_on:day}改为 {due_on:day}]"
    )

    deadline_id: str
    rule: str
    term: str
    provisional_due_on: date
    due_on: date
    due_at: datetime
    basis: str

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**data, "unchanged": data["provisional_due_on"] == data["due_on"]}
