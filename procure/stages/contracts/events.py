"""What happens to contracts: drafted, filled in, issued, signed twice, published, filed, done."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.laws import cite
from procure.kernel.vocabulary import EarlyEndKind, SettlementGround

SETTLEMENT: Final = "{number}，{ground:label}，尚未支付 {unpaid_fen:money}"
WHY_GIVEN_UP: Final = "[合同于{settled_on:day}结算办结|合同于{ended_early_on:day}提前终止]"
"""Why something of a contract is no longer due, for the events that tell of it."""


class ContractEvent(ProjectEvent):
    """An event in the life of one contract; `number` is the contract's own."""

    number: str


class ContractDrafted(ContractEvent):
    """A draft was made from the award; the amount is the quoted price in fen (R-SC-7)."""

    label: ClassVar[str] = "由成交结果起草合同"
    says: ClassVar[str] = "{number}，{supplier_name}，合同金额 {amount_fen:money}"

    bid_id: str
    supplier_id: str
    supplier_name: str
    amount_fen: int
    term_months: int
    instalments_fen: Sequence[int]
    shares: Sequence[Mapping[str, Any]]


class ContractEdited(ContractEvent):
    """A section was filled in; `values` are what it says now."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{number}，{section_words}"

    section: str
    section_words: str
    values: Mapping[str, Any]


class ContractIssued(ContractEvent):
    """The text was settled and put before the parties; it is signed as it is printed."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        "{number}，金额 {amount_fen:money}，{starts_on:day}至 {ends_on:day}，"
        "[共 {pages} 页，校验码 {sha256:12}|内容校验码 {snapshot_sha256:12}]"
    )
    earlier: ClassVar[tuple[str, ...]] = ("sha256", "pages")

    document_id: str
    #: Of the data it is printed from; earlier versions told pages and digest of the printed text.
    snapshot_sha256: str = ""
    template: str
    amount_fen: int
    starts_on: date
    ends_on: date
    payee_account: str
    confirmed: Sequence[str]


class ContractRecalled(ContractEvent):
    """An issued text was taken back before the other side signed it."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{number}：{reason}"

    sha256: str
    reason: str


class ContractSignedBySupplier(ContractEvent):
    """The supplier's signatory signed the text with this digest."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{number}，{signatory}，校验码 {sha256:12}"

    sha256: str
    signatory: str
    organisation: str


class ContractSigned(ContractEvent):
    """The buyer signed second: the contract is in force and its money committed."""

    label: ClassVar[str] = "甲方签署合同，合同生效"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        "{number}，{signatory}，金额 {amount_fen:money}，校验码 {sha256:12}"
        "[；超过 30 日签订的原因：{late_reason}][；质疑期届满以前签订的原因：{window_reason}]"
    )

    sha256: str
    signatory: str
    organisation: str
    supplier_id: str
    supplier_name: str
    supplier_signatory_id: str
    amount_fen: int
    starts_on: date
    ends_on: date
    signing_due_on: date | None
    late_reason: str
    window_reason: str = ""
    #: Of the data the copy is printed from; earlier versions told the digest of the copy.
    copy_snapshot_sha256: str = ""


class ContractPublished(ContractEvent):
    """The contract was announced (GPL-R art 50)."""

    exposure: ClassVar[Exposure] = Exposure.PUBLIC
    says: ClassVar[str] = (
        "公告 {notice_number}，{supplier_name}，金额 {amount_fen:money}"
        "[{copy_sha256:if}，随附公告副本|{copy_snapshot_sha256:if}，随附公告副本|]"
    )
    earlier: ClassVar[tuple[str, ...]] = ("copy_sha256",)

    notice_number: str
    sha256: str
    #: Of the data the publication copy is printed from; earlier versions told the digest of the copy,
    #: the first published the signed text itself.
    copy_snapshot_sha256: str = ""
    amount_fen: int
    supplier_name: str


class ContractFiled(ContractEvent):
    """A copy was filed with the finance department (GPL art 47)."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{number}，备案号 {filing_number}，备案日期 {filed_on:day}"

    filing_number: str
    filed_on: date
    amount_fen: int
    supplier_id: str


class EarlyEndProposed(ContractEvent):
    """The buyer's clerk proposes to end the contract before its term."""

    label: ClassVar[str] = "提出提前终止合同"
    says: ClassVar[str] = (
        "{number}，{kind:label}，服务最后一日由{ends_on:day}提前到{last_on:day}；{reason}"
    )

    kind: EarlyEndKind
    last_on: date
    ends_on: date
    reason: str


class EarlyEndRefused(ContractEvent):
    """Whoever may sign for the buyer does not agree: the contract goes on."""

    label: ClassVar[str] = "不同意提前终止合同"
    says: ClassVar[str] = "{number}，提出的最后一日为{last_on:day}；{reason}"

    last_on: date
    reason: str


class ContractEndedEarly(ContractEvent):
    """The contract ends before its term: two persons of the buyer have decided it."""

    label: ClassVar[str] = "提前终止合同"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = (
        "{number}，{kind:label}，服务最后一日由{ends_on:day}提前到{ended_early_on:day}；{reason}"
    )

    kind: EarlyEndKind
    ended_early_on: date
    ends_on: date
    reason: str
    proposed_by: str
    supplier_id: str


class SettlementEvent(ContractEvent):
    """An event of a proposal to settle a contract; `unpaid_fen` is what would be given back."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    elsewhere: ClassVar[Mapping[str, str]] = {
        "subject_id": "contract_id",
        "settlement_id": "id",
    }

    settlement_id: str
    ground: SettlementGround
    unpaid_fen: int


class SettlementProposed(SettlementEvent):
    """The buyer's clerk proposes to settle; the supplier may answer till `answer_by`."""

    says: ClassVar[str] = (
        SETTLEMENT
        + "：{reason:clause}。承接主体可以在{answer_by:day}以前在平台书面同意或者提出异议"
    )

    reason: str
    answer_by: date
    evidence_sha256: Sequence[str]


class SettlementAnswered(SettlementEvent):
    """The supplier agrees or objects in writing."""

    label: ClassVar[str] = "承接主体答复结算办结"
    says: ClassVar[str] = SETTLEMENT + "；[{agreed:if}同意|有异议][：{answer}]"

    agreed: bool
    answer: str
    evidence_sha256: Sequence[str]


class SettlementRefused(SettlementEvent):
    """Whoever may sign for the buyer does not agree: the contract goes on as it stood."""

    label: ClassVar[str] = "不同意结算办结合同"
    says: ClassVar[str] = SETTLEMENT + "；{reason}"

    reason: str


class ContractSettled(SettlementEvent):
    """Two people of the buyer closed the contract; what was unpaid is free in the budget again.

    `levels` is level and fen of what was given back, `objection` what the supplier had against it.
    """

    label: ClassVar[str] = "结算办结合同"
    says: ClassVar[str] = (
        SETTLEMENT + "，退回预算；已支付 {paid_fen:money}"
        "[{objection:if}；承接主体的异议：{objection:clause}；采购人的答复：{reply:clause}]"
        "。对结算有异议的，可以依照合同的争议解决条款提出，"
        "向人民法院请求保护民事权利的期间为三年（" + cite("claims_lapse") + "）"
    )

    reason: str
    proposed_by: str
    supplier_id: str
    amount_fen: int
    paid_fen: int
    deducted_fen: int
    levels: Sequence[Sequence[Any]]
    objection: str
    reply: str


class ContractReopened(ContractEvent):
    """A payment that completed the contract came back: it is to be paid once more."""

    label: ClassVar[str] = "合同恢复履行"
    exposure: ClassVar[Exposure] = Exposure.PARTIES


class ContractCompleted(ContractEvent):
    """Everything that was to be paid is."""

    label: ClassVar[str] = "合同办结，款项付清"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{number}，合同金额 {amount_fen:money}，应付款项已经结清"

    amount_fen: int
