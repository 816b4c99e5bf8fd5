"""What happens to plans: drafted, sent for approval, returned, approved, made public."""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, kw_only=True)
class PlanRecalled(ProjectEvent):
    """The clerk took back what was sent and not yet judged."""

    label: ClassVar[str] = "收回采购计划"

    digest: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return "送审以后、审核以前收回修改"


@dataclass(frozen=True, kw_only=True)
class PlanDiscarded(ProjectEvent):
    """A draft that was never sent was thrown away; `content` keeps all its answers."""

    label: ClassVar[str] = "删除采购计划草稿"

    title: str
    reason: str
    content: Mapping[str, Any]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"《{data['title']}》从未送审；理由：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class PlanChangeProposed(ProjectEvent):
    """Somebody asked to adjust or cancel an approved plan; `changes` is answer, before, after."""

    label: ClassVar[str] = "申请调整或者取消采购计划"

    change_id: str
    act: str
    act_words: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    digest: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['act_words']}：{data['reason']}{told_changes(data['changes'])}"


@dataclass(frozen=True, kw_only=True)
class PlanChangeWithdrawn(ProjectEvent):
    """What was asked for was taken back before anybody decided."""

    label: ClassVar[str] = "撤回调整或者取消的申请"

    change_id: str
    act_words: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["act_words"])


@dataclass(frozen=True, kw_only=True)
class PlanChangeRefused(ProjectEvent):
    """Another person refused what was asked for; the plan stays as it was."""

    label: ClassVar[str] = "退回调整或者取消的申请"

    change_id: str
    act_words: str
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['act_words']}，不同意：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class PlanChanged(PlanContentEvent):
    """Another person agreed to the change: the plan says something else, its money follows."""

    label: ClassVar[str] = "批准调整采购计划"

    change_id: str
    proposed_by: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['reason']}{told_changes(data['changes'])}"


@dataclass(frozen=True, kw_only=True)
class IntentionOutdated(ProjectEvent):
    """What was announced is no longer so: the intention is to be made public again (T01)."""

    label: ClassVar[str] = "重新公开采购意向"

    changed: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{'、'.join(data['changed'])}已经调整，要重新公开，公开满 30 日的时间重新计算"


@dataclass(frozen=True, kw_only=True)
class PlanCancelled(ProjectEvent):
    """The plan was given up by two persons; `notice` is empty where nothing had been public."""

    label: ClassVar[str] = "批准取消采购计划"

    change_id: str
    proposed_by: str
    reason: str
    released_fen: int
    notice: str
    notice_sha256: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        freed = data["released_fen"]
        money = f"退回占用的预算 {Money(freed).format()}：" if freed else ""
        return f"{money}{data['reason']}"


def told_changes(changes: Sequence[Sequence[str]]) -> str:
    """What was changed, in words, after a reason."""
    return "".join(f"；{words}由“{before}”改为“{after}”" for words, before, after in changes)
