"""What happens to tenders: drafted, edited, sent for approval, returned, published, terminated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from procure.kernel.events import Event, Exposure, ProjectEvent, told_day
from procure.kernel.money import Money
from procure.kernel.vocabulary import METHOD_LABELS, PriceWay, ProcurementMethod

TAKER_PREFIX = "taker:"


@dataclass(frozen=True, kw_only=True)
class TenderDrafted(ProjectEvent):
    """A tender document was begun from the approved plan."""

    label: ClassVar[str] = "编制采购文件"

    plan_id: str
    round: int
    method: ProcurementMethod
    price_way: PriceWay
    budget_fen: int
    ceiling_fen: int
    term_months: int
    catalogue_item: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        method = METHOD_LABELS[ProcurementMethod(data["method"])]
        again = f"第 {data['round']} 次采购，" if data["round"] > 1 else ""
        return f"{again}{method}，最高限价 {Money(data['ceiling_fen']).format()}"


@dataclass(frozen=True, kw_only=True)
class TenderEdited(ProjectEvent):
    """One section of the document was saved; `digest` is that of the section."""

    label: ClassVar[str] = "修改采购文件"
    minor: ClassVar[bool] = True

    section: str
    section_words: str
    digest: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["section_words"])


@dataclass(frozen=True, kw_only=True)
class TenderSubmitted(ProjectEvent):
    """The document waits for a second person; `digest` is that of the whole."""

    label: ClassVar[str] = "送审采购文件"

    digest: str
    warnings: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        count = len(data["warnings"])
        return f"附提醒 {count} 条" if count else ""


@dataclass(frozen=True, kw_only=True)
class TenderReturned(ProjectEvent):
    """The approver sent the document back."""

    label: ClassVar[str] = "退回采购文件"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["reason"])


@dataclass(frozen=True, kw_only=True)
class TenderPublished(ProjectEvent):
    """The tender is public. Everything that binds is named here with its digest; `recipient` is
    the public half of the key that bids are sealed to.
    """

    label: ClassVar[str] = "发布采购公告"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    drafted_by: str
    method: ProcurementMethod
    price_way: PriceWay
    budget_fen: int
    ceiling_fen: int
    price_points: int
    criteria_sha256: str
    content_sha256: str
    published_on: date
    documents_until: date
    deadline_at: datetime
    opening_place: str
    payments: tuple[tuple[int, str], ...]
    recipient: str
    notice: str
    notice_sha256: str
    document_id: str
    document_sha256: str
    warnings: tuple[str, ...]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{data['notice']}，最高限价 {Money(data['ceiling_fen']).format()}，"
            f"采购文件提供至 {told_day(data['documents_until'])}"
        )


@dataclass(frozen=True, kw_only=True)
class TenderTerminated(ProjectEvent):
    """The purchase was ended after its announcement (O87 art 29).

    `takers` maps every chain of a taking of the document to the [seq, hash] of its end.
    """

    label: ClassVar[str] = "终止采购活动"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    reason: str
    cancelled: bool
    notice: str
    notice_sha256: str
    takers: Mapping[str, tuple[int, str]]
    released_fen: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        ends = "采购任务取消，项目办结" if data["cancelled"] else "可以重新采购"
        return f"{data['reason']}（{ends}）"


def stream_of_taker(taker_id: str) -> str:
    """The chain of one taking of a document."""
    return f"{TAKER_PREFIX}{taker_id}"


@dataclass(frozen=True, kw_only=True)
class DocumentTaken(Event):
    """A supplier fetched the tender document.

    It stands in a chain of its own that names no project: before the opening nobody may learn who
    took part or how many did (政府采购货物和服务招标投标管理办法 art 28). The event that ends the
    taking, whichever it is, writes the ends of these chains into the project's.
    """

    label: ClassVar[str] = "领取采购文件"

    tender_id: str
    supplier_id: str
    supplier_name: str
    document_sha256: str

    @property
    def stream(self) -> str:
        return stream_of_taker(self.subject_id)


@dataclass(frozen=True, kw_only=True)
class TenderFollowedPlan(ProjectEvent):
    """The plan was adjusted and its unpublished document with it."""

    label: ClassVar[str] = "修改采购文件以符合采购计划"

    plan_id: str
    returned: bool
    method: ProcurementMethod
    price_way: PriceWay
    budget_fen: int
    ceiling_fen: int
    term_months: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        back = "，退回编制中重新核对" if data["returned"] else ""
        return (
            f"采购预算 {Money(data['budget_fen']).format()}，"
            f"最高限价 {Money(data['ceiling_fen']).format()}，"
            f"{METHOD_LABELS[ProcurementMethod(data['method'])]}，"
            f"服务期 {data['term_months']} 个月{back}"
        )


@dataclass(frozen=True, kw_only=True)
class TenderDropped(ProjectEvent):
    """The plan was cancelled: its document was never published and will not be."""

    label: ClassVar[str] = "取消采购文件"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"采购计划已取消：{data['reason']}"
