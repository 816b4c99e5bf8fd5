"""What happens to plans: drafted, sent for approval, returned, approved, made public."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent, told_day
from procure.kernel.money import Money
from procure.kernel.vocabulary import METHOD_LABELS, BuyMode, PriceWay, ProcurementMethod


@dataclass(frozen=True, kw_only=True)
class PlanContentEvent(ProjectEvent):
    """A plan's content was written; `digest` is that of all its answers."""

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

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        method = METHOD_LABELS[ProcurementMethod(data["method"])]
        return (
            f"{data['catalogue_item']}，预算 {Money(data['amount_fen']).format()}，"
            f"最高限价 {Money(data['ceiling_fen']).format()}，{method}，"
            f"服务期 {data['term_months']} 个月"
        )


@dataclass(frozen=True, kw_only=True)
class PlanDrafted(PlanContentEvent):
    """A plan was begun and with it the project."""

    label: ClassVar[str] = "编制采购计划"


@dataclass(frozen=True, kw_only=True)
class PlanEdited(PlanContentEvent):
    """A draft was changed."""

    label: ClassVar[str] = "修改采购计划"
    minor: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class PlanSubmitted(ProjectEvent):
    """The plan waits for a second person; `warnings` were shown to the sender."""

    label: ClassVar[str] = "送审采购计划"

    amount_fen: int
    digest: str
    warnings: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        count = len(data["warnings"])
        warned = f"，附提醒 {count} 条" if count else ""
        return f"预算 {Money(data['amount_fen']).format()}{warned}"


@dataclass(frozen=True, kw_only=True)
class PlanReturned(ProjectEvent):
    """The approver sent the plan back."""

    label: ClassVar[str] = "退回采购计划"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["reason"])


@dataclass(frozen=True, kw_only=True)
class PlanApproved(ProjectEvent):
    """A second person approved the plan; its money is reserved in the same act."""

    label: ClassVar[str] = "批准采购计划"

    drafted_by: str
    budget_line: str
    amount_fen: int
    digest: str
    opinion: str
    warnings: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        said = f"：{data['opinion']}" if data["opinion"] else ""
        return f"从预算“{data['budget_line']}”占用 {Money(data['amount_fen']).format()}{said}"


@dataclass(frozen=True, kw_only=True)
class IntentionPublished(ProjectEvent):
    """The intention is public; the activity may start on `earliest_on` (T01)."""

    label: ClassVar[str] = "公开采购意向"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    notice: str
    notice_sha256: str
    amount_fen: int
    expected_on: date
    earliest_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{data['notice']}，预算 {Money(data['amount_fen']).format()}，"
            f"{told_day(data['earliest_on'])}起可以开始采购活动"
        )
