"""Tables of papers and of uploads that wait for their form."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.labelled import LabelledEnum
from procure.kernel.uploads import Outcome, Reception
from procure.store.base import AppendOnly, Identified, Model, Removable
from procure.store.types import CanonicalJson, one_of


class DocumentKind(LabelledEnum):
    """What a paper is."""

    TENDER_DOCUMENT = "tender_document", "采购文件"
    CONTRACT_DRAFT = "contract_draft", "合同文本（草案）"
    NOTICE = "notice", "公告文本"
    BID_RECEIPT = "bid_receipt", "投标（响应）回执"
    BID_ATTACHMENT = "bid_attachment", "投标（响应）附件"
    OPENING_RECORD = "opening_record", "开标（开启）记录"
    REVIEW_REPORT = "review_report", "评审报告"
    CANDIDATE_PROOF = "candidate_proof", "候选人不能成交的证明材料"
    AWARD_NOTICE = "award_notice", "中标（成交）通知书"
    CONTRACT = "contract", "合同文本"
    DELIVERY_EVIDENCE = "delivery_evidence", "履约证明材料"
    EVALUATION_REPORT = "evaluation_report", "绩效评价报告"
    ACCEPTANCE_CERTIFICATE = "acceptance_certificate", "验收书"
    INVOICE = "invoice", "发票"
    PAYMENT_SHEET = "payment_sheet", "资金支付单"
    CONTRACT_ENDING = "contract_ending", "合同提前终止、结算办结记录"
    ENDING_EVIDENCE = "ending_evidence", "合同结算办结材料"


class DocumentAudience(StrEnum):
    """Who may read a paper, besides its owner and the auditor."""

    PUBLIC = "public"
    PARTIES = "parties"
    BUYER = "buyer"
    OWNER = "owner"
    PANEL = "panel"


class Received:
    """What became of an upload when it was taken; `original_sha256` where other bytes are kept."""

    outcome: Mapped[str] = mapped_column(
        String(20), default=Outcome.TAKEN.value, server_default=Outcome.TAKEN.value
    )
    notes: Mapped[list[str] | None] = mapped_column(CanonicalJson)
    original_sha256: Mapped[str | None] = mapped_column(String(64))

    @property
    def reception(self) -> Reception:
        """The three as one value."""
        return reception_of(self.outcome, self.notes, self.original_sha256)

    @reception.setter
    def reception(self, said: Reception) -> None:
        self.outcome = said.outcome.value
        self.notes = list(said.notes) or None
        self.original_sha256 = said.original_sha256 or None


def reception_of(outcome: str, notes: list[str] | None, original: str | None) -> Reception:
    """What three columns say."""
    return Reception(Outcome(outcome), tuple(notes or ()), original or "")


class AboutPaper:
    """What says of a paper, filed or ordered, what it is about, and who may read it."""

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    subject_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind, "document_kind"))
    title: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(200))
    audience: Mapped[DocumentAudience] = mapped_column(
        one_of(DocumentAudience, "document_audience")
    )
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))


class PaperOrder(AboutPaper, Identified, AppendOnly, Model):
    """A paper that an act has ordered: its id is the one the paper is filed under once it is printed.

    `snapshot` is the data it will be printed from, `snapshot_sha256` their digest: what the paper
    will say is settled with the act, however long the printer takes.
    """

    __table_args__ = (
        CheckConstraint("length(template_sha256) = 64", name="template_sha256_length"),
        CheckConstraint("length(snapshot_sha256) = 64", name="snapshot_sha256_length"),
        Index("ix_paper_order_project_id", "project_id"),
        Index("ix_paper_order_subject_id", "subject_id"),
    )

    template: Mapped[str] = mapped_column(String(60))
    template_sha256: Mapped[str] = mapped_column(String(64))
    snapshot: Mapped[dict[str, object]] = mapped_column(CanonicalJson)
    snapshot_sha256: Mapped[str] = mapped_column(String(64))
    ordered_by: Mapped[str] = mapped_column(String(64))
    ordered_at: Mapped[datetime]


class Document(AboutPaper, Received, Identified, AppendOnly, Model):
    """A paper of a project. `snapshot` is the data it was rendered from."""

    __table_args__ = (
        CheckConstraint("size >= 0", name="size_not_negative"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        Index("ix_document_project", "project_id", "created_at"),
        Index("ix_document_subject", "subject_id"),
    )

    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    template: Mapped[str] = mapped_column(String(60), default="")
    snapshot: Mapped[dict[str, object] | None] = mapped_column(CanonicalJson)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class PaperLine(NamedTuple):
    """A paper as far as pages show it, with the name of who filed it; read without the mapper. One
    that is ordered and not printed yet has no digest.
    """

    id: str
    subject_id: str
    kind: DocumentKind
    title: str
    size: int
    sha256: str
    audience: DocumentAudience
    owner_id: str | None
    created_at: datetime
    by: str | None
    outcome: str
    notes: list[str] | None
    original_sha256: str | None
    content_sha256: str | None
    """The digest of what was ordered to be printed; None of a paper that nobody ordered."""


class StagedFile(Received, Identified, Removable, Model):
    """An upload kept while its form is being corrected; the id is the token in the form."""

    owner_id: Mapped[str] = mapped_column(String(64), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
