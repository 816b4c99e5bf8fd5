"""What happens to tenders: drafted, edited, sent for approval, returned, published, terminated."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar

from procure.kernel.events import Event, Exposure, ProjectEvent
from procure.kernel.vocabulary import PriceWay, ProcurementMethod

TAKER_PREFIX = "taker:"


class TenderDrafted(ProjectEvent):
    """A tender document was begun from the approved plan."""

    says: ClassVar[str] = "[{round:again}采购，]{method:label}，最高限价 {ceiling_fen:money}"

    plan_id: str
    round: int
    method: ProcurementMethod
    price_way: PriceWay
    budget_fen: int
    ceiling_fen: int
    term_months: int
    catalogue_item: str


class TenderEdited(ProjectEvent):
    """One section of the document was saved; `digest` is that of the section."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{section_words}"

    section: str
    section_words: str
    digest: str


class TenderSubmitted(ProjectEvent):
    """The document waits for a second person; `digest` is that of the whole."""

    says: ClassVar[str] = "[附提醒 {warnings:count} 条]"

    digest: str
    warnings: tuple[str, ...]


class TenderReturned(ProjectEvent):
    """The approver sent the document back."""

    says: ClassVar[str] = "{reason}"

    reason: str


class TenderPublished(ProjectEvent):
    """The tender is public. Everything that binds is named here with its digest; `recipient` is
    the public half of the key that bids are sealed to.
    """

    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = (
        "{notice}，最高限价 {ceiling_fen:money}，采购文件提供至 {documents_until:day}"
    )

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
    #: Of the data it is printed from; earlier versions told the digest of the printed document.
    document_snapshot_sha256: str = ""
    warnings: tuple[str, ...]


class TenderTerminated(ProjectEvent):
    """The purchase was ended after its announcement (O87 art 29).

    `takers` maps every chain of a taking of the document to the [seq, hash] of its end.
    """

    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = "{reason}（[{cancelled:if}采购任务取消，项目办结|可以重新采购]）"

    reason: str
    cancelled: bool
    notice: str
    notice_sha256: str
    takers: Mapping[str, tuple[int, str]]
    released_fen: int


def stream_of_taker(taker_id: str) -> str:
    """The chain of one taking of a document."""
    return f"{TAKER_PREFIX}{taker_id}"


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


class TenderFollowedPlan(ProjectEvent):
    """The plan was adjusted and its unpublished document with it."""

    says: ClassVar[str] = (
        "采购预算 {budget_fen:money}，最高限价 {ceiling_fen:money}，{method:label}，"
        "服务期 {term_months} 个月[{returned:if}，退回编制中重新核对]"
    )

    plan_id: str
    returned: bool
    method: ProcurementMethod
    price_way: PriceWay
    budget_fen: int
    ceiling_fen: int
    term_months: int


class TenderDropped(ProjectEvent):
    """The plan was cancelled: its document was never published and will not be."""

    says: ClassVar[str] = "采购计划已取消：{reason}"

    reason: str
