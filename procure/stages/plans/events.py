"""What happens to plans: drafted, sent for approval, returned, approved, made public."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.phrases import Each, Rows
from procure.kernel.vocabulary import BuyMode, PriceWay, ProcurementMethod

CHANGES: Final = {"changes": Each("；{0}由“{1}”改为“{2}”", between="")}


class PlanContentEvent(ProjectEvent):
    """A plan's content was written; `digest` is that of all its answers."""

    says: ClassVar[str] = (
        "{catalogue_item}，预算 {amount_fen:money}，最高限价 {ceiling_fen:money}，{method:label}，"
        "服务期 {term_months} 个月"
    )

    title: str
    catalogue_item: str
    budget_line: str
    amount_fen: int
    ceiling_fen: int
    method: ProcurementMethod
    mode: BuyMode
    price_way: PriceWay
    term_months: int
    expected_on: date
    requested_by: str
    digest: str


class PlanDrafted(PlanContentEvent):
    """A plan was begun and with it the project."""


class PlanEdited(PlanContentEvent):
    """A draft was changed."""

    minor: ClassVar[bool] = True


class PlanSubmitted(ProjectEvent):
    """The plan waits for a second person; `warnings` were shown to the sender."""

    says: ClassVar[str] = "预算 {amount_fen:money}[，附提醒 {warnings:count} 条]"

    amount_fen: int
    digest: str
    warnings: tuple[str, ...]


class PlanReturned(ProjectEvent):
    """The approver sent the plan back."""

    says: ClassVar[str] = "{reason}"

    reason: str


class PlanApproved(ProjectEvent):
    """A second person approved the plan; its money is reserved in the same act."""

    says: ClassVar[str] = "从预算“{budget_line}”占用 {amount_fen:money}[：{opinion}]"

    drafted_by: str
    budget_line: str
    amount_fen: int
    digest: str
    opinion: str
    warnings: tuple[str, ...]


class IntentionPublished(ProjectEvent):
    """The intention is public; the activity may start on `earliest_on` (T01)."""

    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = "{notice}，预算 {amount_fen:money}，{earliest_on:day}起可以开始采购活动"

    notice: str
    notice_sha256: str
    amount_fen: int
    expected_on: date
    earliest_on: date


class PlanRecalled(ProjectEvent):
    """The clerk took back what was sent and not yet judged."""

    says: ClassVar[str] = "送审以后、审核以前收回修改"

    digest: str


class PlanDiscarded(ProjectEvent):
    """A draft that was never sent was thrown away; `content` keeps all its answers."""

    says: ClassVar[str] = "《{title}》从未送审；理由：{reason}"

    title: str
    reason: str
    content: Mapping[str, Any]


class PlanChangeProposed(ProjectEvent):
    """Somebody asked to adjust or cancel an approved plan; `changes` is answer, before, after."""

    says: ClassVar[str] = "{act_words}：{reason}{changes:each}"
    each: ClassVar[Rows] = CHANGES

    change_id: str
    act: str
    act_words: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    digest: str


class PlanChangeWithdrawn(ProjectEvent):
    """What was asked for was taken back before anybody decided."""

    says: ClassVar[str] = "{act_words}"

    change_id: str
    act_words: str


class PlanChangeRefused(ProjectEvent):
    """Another person refused what was asked for; the plan stays as it was."""

    says: ClassVar[str] = "{act_words}，不同意：{reason}"

    change_id: str
    act_words: str
    reason: str


class PlanChanged(PlanContentEvent):
    """Another person agreed to the change: the plan says something else, its money follows."""

    says: ClassVar[str] = "{reason}{changes:each}"
    each: ClassVar[Rows] = CHANGES

    change_id: str
    proposed_by: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]


class IntentionOutdated(ProjectEvent):
    """What was announced is no longer so: the intention is to be made public again (T01)."""

    says: ClassVar[str] = "{changed:list}已经调整，要重新公开，公开满 30 日的时间重新计算"

    changed: tuple[str, ...]


class PlanCancelled(ProjectEvent):
    """The plan was given up by two persons; `notice` is empty where nothing had been public."""

    says: ClassVar[str] = "[退回占用的预算 {released_fen:money}：]{reason}"

    change_id: str
    proposed_by: str
    reason: str
    released_fen: int
    notice: str
    notice_sha256: str
