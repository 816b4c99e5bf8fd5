"""What happens to contracts: drafted, filled in, issued, signed twice, published, filed, done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent, told_day
from procure.kernel.money import Money
from procure.stages.contracts.models import (
    EARLY_END_LABELS,
    SETTLEMENT_LABELS,
    EarlyEndKind,
    SettlementGround,
)


@dataclass(frozen=True, kw_only=True)
class ContractEvent(ProjectEvent):
    """An event in the life of one contract; `number` is the contract's own."""

    number: str


@dataclass(frozen=True, kw_only=True)
class ContractDrafted(ContractEvent):
    """A draft was made from the award; the amount is the quoted price in fen (R-SC-7)."""

    label: ClassVar[str] = "由成交结果起草合同"

    bid_id: str
    supplier_id: str
    supplier_name: str
    amount_fen: int
    term_months: int
    instalments_fen: Sequence[int]
    shares: Sequence[Mapping[str, Any]]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        return f"{data['number']}，{data['supplier_name']}，合同金额 {amount}"


@dataclass(frozen=True, kw_only=True)
class ContractEdited(ContractEvent):
    """A section was filled in; `values` are what it says now."""

    label: ClassVar[str] = "填写合同"
    minor: ClassVar[bool] = True

    section: str
    section_words: str
    values: Mapping[str, Any]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}，{data['section_words']}"


@dataclass(frozen=True, kw_only=True)
class ContractIssued(ContractEvent):
    """The text was printed and put before the parties; `sha256` is what they will sign."""

    label: ClassVar[str] = "生成合同文本并送签"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    document_id: str
    sha256: str
    pages: int
    template: str
    amount_fen: int
    starts_on: date
    ends_on: date
    payee_account: str
    confirmed: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        return (
            f"{data['number']}，金额 {amount}，{told_day(data['starts_on'])}至 {told_day(data['ends_on'])}，"
            f"共 {data['pages']} 页，校验码 {data['sha256'][:12]}"
        )


@dataclass(frozen=True, kw_only=True)
class ContractRecalled(ContractEvent):
    """An issued text was taken back before the other side signed it."""

    label: ClassVar[str] = "收回合同重新填写"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    sha256: str
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class ContractSignedBySupplier(ContractEvent):
    """The supplier's signatory signed the text with this digest."""

    label: ClassVar[str] = "乙方签署合同"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    sha256: str
    signatory: str
    organisation: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}，{data['signatory']}，校验码 {data['sha256'][:12]}"


@dataclass(frozen=True, kw_only=True)
class ContractSigned(ContractEvent):
    """The buyer signed second: the contract is in force and its money committed."""

    label: ClassVar[str] = "甲方签署合同，合同生效"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

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
    copy_sha256: str = ""

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        late = f"；超过 30 日签订的原因：{data['late_reason']}" if data["late_reason"] else ""
        early = data.get("window_reason")
        late += f"；质疑期届满以前签订的原因：{early}" if early else ""
        return (
            f"{data['number']}，{data['signatory']}，金额 {amount}，"
            f"校验码 {data['sha256'][:12]}{late}"
        )


@dataclass(frozen=True, kw_only=True)
class ContractPublished(ContractEvent):
    """The contract was announced (GPL-R art 50)."""

    label: ClassVar[str] = "公告合同"
    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    notice_number: str
    sha256: str
    #: Of the publication copy; earlier versions published the signed text itself.
    copy_sha256: str = ""
    amount_fen: int
    supplier_name: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        text = "，随附公告副本" if data.get("copy_sha256") else ""
        return f"公告 {data['notice_number']}，{data['supplier_name']}，金额 {amount}{text}"


@dataclass(frozen=True, kw_only=True)
class ContractFiled(ContractEvent):
    """A copy was filed with the finance department (GPL art 47)."""

    label: ClassVar[str] = "登记合同备案"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    filing_number: str
    filed_on: date
    amount_fen: int
    supplier_id: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        filed_on = told_day(data["filed_on"])
        return f"{data['number']}，备案号 {data['filing_number']}，备案日期 {filed_on}"


@dataclass(frozen=True, kw_only=True)
class EarlyEndProposed(ContractEvent):
    """The buyer's clerk proposes to end the contract before its term."""

    label: ClassVar[str] = "提出提前终止合同"

    kind: EarlyEndKind
    last_on: date
    ends_on: date
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}，{_early_end(data)}"


@dataclass(frozen=True, kw_only=True)
class EarlyEndRefused(ContractEvent):
    """Whoever may sign for the buyer does not agree: the contract goes on."""

    label: ClassVar[str] = "不同意提前终止合同"

    last_on: date
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}，提出的最后一日为{told_day(data['last_on'])}；{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class ContractEndedEarly(ContractEvent):
    """The contract ends before its term: two persons of the buyer have decided it."""

    label: ClassVar[str] = "提前终止合同"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    kind: EarlyEndKind
    ended_early_on: date
    ends_on: date
    reason: str
    proposed_by: str
    supplier_id: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['number']}，{_early_end({**data, 'last_on': data['ended_early_on']})}"


def _early_end(data: Mapping[str, Any]) -> str:
    return (
        f"{EARLY_END_LABELS[EarlyEndKind(data['kind'])]}，服务最后一日由{told_day(data['ends_on'])}"
        f"提前到{told_day(data['last_on'])}；{data['reason']}"
    )


@dataclass(frozen=True, kw_only=True)
class SettlementEvent(ContractEvent):
    """An event of a proposal to settle a contract; `unpaid_fen` is what would be given back."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES

    settlement_id: str
    ground: SettlementGround
    unpaid_fen: int

    @classmethod
    def head_in(cls, data: Mapping[str, Any]) -> str:
        """Which settlement a stored body is about."""
        ground = SETTLEMENT_LABELS[SettlementGround(data["ground"])]
        unpaid = Money(data["unpaid_fen"]).format()
        return f"{data['number']}，{ground}，尚未支付 {unpaid}"


@dataclass(frozen=True, kw_only=True)
class SettlementProposed(SettlementEvent):
    """The buyer's clerk proposes to settle; the supplier may answer till `answer_by`."""

    label: ClassVar[str] = "申请结算办结合同"

    reason: str
    answer_by: date
    evidence_sha256: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"{cls.head_in(data)}：{data['reason'].rstrip('。')}。承接主体可以在"
            f"{told_day(data['answer_by'])}以前在平台书面同意或者提出异议"
        )


@dataclass(frozen=True, kw_only=True)
class SettlementAnswered(SettlementEvent):
    """The supplier agrees or objects in writing."""

    label: ClassVar[str] = "承接主体答复结算办结"

    agreed: bool
    answer: str
    evidence_sha256: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        said = "同意" if data["agreed"] else "有异议"
        return f"{cls.head_in(data)}；{said}{'：' if data['answer'] else ''}{data['answer']}"


@dataclass(frozen=True, kw_only=True)
class SettlementRefused(SettlementEvent):
    """Whoever may sign for the buyer does not agree: the contract goes on as it stood."""

    label: ClassVar[str] = "不同意结算办结合同"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.head_in(data)}；{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class ContractSettled(SettlementEvent):
    """Two people of the buyer closed the contract; what was unpaid is free in the budget again.

    `levels` is level and fen of what was given back, `objection` what the supplier had against it.
    """

    label: ClassVar[str] = "结算办结合同"

    reason: str
    proposed_by: str
    supplier_id: str
    amount_fen: int
    paid_fen: int
    deducted_fen: int
    levels: Sequence[Sequence[Any]]
    objection: str
    reply: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        contested = (
            f"；承接主体的异议：{data['objection'].rstrip('。')}；采购人的答复：{data['reply'].rstrip('。')}"
            if data["objection"]
            else ""
        )
        return (
            f"{cls.head_in(data)}，退回预算；已支付 {Money(data['paid_fen']).format()}"
            f"{contested}。对结算有异议的，可以依照合同的争议解决条款提出，"
            "向人民法院请求保护民事权利的期间为三年（《民法典》第一百八十八条）"
        )


def why_given_up(data: Mapping[str, Any]) -> str:
    """Why something of a contract is no longer due, for the events that tell of it."""
    if data.get("settled_on"):
        return f"合同于{told_day(data['settled_on'])}结算办结"
    return f"合同于{told_day(data['ended_early_on'])}提前终止"


@dataclass(frozen=True, kw_only=True)
class ContractReopened(ContractEvent):
    """A payment that completed the contract came back: it is to be paid once more."""

    label: ClassVar[str] = "合同恢复履行"
    exposure: ClassVar[Exposure] = Exposure.PARTIES


@dataclass(frozen=True, kw_only=True)
class ContractCompleted(ContractEvent):
    """Everything that was to be paid is."""

    label: ClassVar[str] = "合同办结，款项付清"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    amount_fen: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        return f"{data['number']}，合同金额 {amount}，应付款项已经结清"
