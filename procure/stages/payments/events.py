"""What happens to payment requests: asked, returned, checked, approved, paid level by level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from procure.kernel.access import LEVEL_LABELS, Level
from procure.kernel.events import Exposure, ProjectEvent, told_day
from procure.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class PaymentEvent(ProjectEvent):
    """An event of one request; `number` is the request's, `instalment` its place in the contract."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES

    number: str
    instalment: int
    amount_fen: int

    @classmethod
    def head_in(cls, data: Mapping[str, Any]) -> str:
        """Which request a stored body is about."""
        amount = Money(data["amount_fen"]).format()
        return f"{data['number']}，第 {data['instalment']} 期，{amount}"

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return cls.head_in(data)


@dataclass(frozen=True, kw_only=True)
class PaymentRequested(PaymentEvent):
    """The provider asked for an instalment; the payer's days begin."""

    label: ClassVar[str] = "申请支付款项"

    contract_id: str
    trigger: str
    condition: str
    invoice_number: str
    invoice_on: date
    invoice_sha256: str
    invoice_amount_fen: int
    invoice_seller: str
    invoice_buyer: str
    payee_name: str
    payee_bank: str
    payee_account: str
    pay_by: date
    pay_rule: str
    days_from: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.head_in(data)}，发票 {data['invoice_number']}，应于 {told_day(data['pay_by'])}前支付"


@dataclass(frozen=True, kw_only=True)
class PaymentResubmitted(PaymentEvent):
    """The provider put a returned request right; the payer's days go on where they stood."""

    label: ClassVar[str] = "补正支付申请"

    invoice_number: str
    invoice_on: date
    invoice_sha256: str
    invoice_amount_fen: int
    invoice_seller: str
    invoice_buyer: str
    pay_by: date
    pay_rule: str
    first_pay_by: date
    days_away: int
    asked_before_fen: int | None = None

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        told = f"{cls.head_in(data)}，发票 {data['invoice_number']}"
        before = data.get("asked_before_fen")
        if before is not None and before != data["amount_fen"]:
            told += f"，原来申请 {Money(before).format()}，现在应付 {Money(data['amount_fen']).format()}"
        # Earlier versions began the days anew and told no first date.
        if "first_pay_by" in data:
            away = f"退回补正共 {data['days_away']} 日不计入"
            told += f"，最初应于 {told_day(data['first_pay_by'])}前支付，{away}"
        return f"{told}，应于 {told_day(data['pay_by'])}前支付"


@dataclass(frozen=True, kw_only=True)
class PaymentReturned(PaymentEvent):
    """The buyer sent the request back with a reason from the list and in words."""

    label: ClassVar[str] = "退回支付申请"

    reason: str
    reason_kind: str
    reason_kind_words: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        kind = f"（{data['reason_kind_words']}）" if "reason_kind_words" in data else ""
        return f"{cls.head_in(data)}{kind}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class PaymentCancelled(PaymentEvent):
    """A request that had been sent back is given up with its contract: nothing of it is paid."""

    label: ClassVar[str] = "取消支付申请"

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.head_in(data)}；合同已经办结，这笔申请不再办理"


@dataclass(frozen=True, kw_only=True)
class PaymentReviewed(PaymentEvent):
    """The clerk checked the request; `checks` is each thing looked at, against what, by what."""

    label: ClassVar[str] = "核对支付申请"

    note: str
    checks: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class PaymentApproved(PaymentEvent):
    """The approver let the treasury pay; `shares` is level and fen of each."""

    label: ClassVar[str] = "批准支付申请"

    note: str
    requested_by: str
    reviewed_by: str
    shares: Sequence[Sequence[Any]]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        parts = "，".join(
            f"{LEVEL_LABELS[Level(level)]} {Money(fen).format()}" for level, fen in data["shares"]
        )
        return f"{cls.head_in(data)}（{parts}）"


@dataclass(frozen=True, kw_only=True)
class TreasuryPaid(PaymentEvent):
    """One level's share left the treasury; `amount_fen` is this share."""

    label: ClassVar[str] = "国库支付"

    level: Level
    order_number: str
    payee_name: str
    payee_account: str
    entry_id: str
    attempt: int
    bank_on: date
    quota_number: str
    method_words: str
    received_number: str
    year_reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        told = f"{cls.head_in(data)}，{LEVEL_LABELS[Level(data['level'])]}"
        told += f"，支付令 {data['order_number']}"
        # Earlier versions knew the day of registration only.
        if "bank_on" in data:
            told += f"，银行 {told_day(data['bank_on'])}付款"
        if data.get("quota_number"):
            told += f"，指标文号 {data['quota_number']}，{data['method_words']}"
        if data.get("received_number"):
            told += f"，拨款文号 {data['received_number']}"
        if data.get("year_reason"):
            told += f"，跨年度支付：{data['year_reason']}"
        return told


@dataclass(frozen=True, kw_only=True)
class PaymentSentBack(PaymentEvent):
    """The treasury sent an approved request back to the buyer unpaid."""

    label: ClassVar[str] = "国库退回支付申请"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.head_in(data)}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class RefundEvent(ProjectEvent):
    """An event of money that a provider pays back; `number` and the subject are the contract's."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES

    number: str
    refund_id: str
    amount_fen: int
    reference: str
    bank_on: date
    note: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        return (
            f"{data['number']}，承接主体退回 {amount}，凭证 {data['reference']}，"
            f"银行收款 {told_day(data['bank_on'])}"
        )


@dataclass(frozen=True, kw_only=True)
class RefundProposed(RefundEvent):
    """A treasurer says that the provider paid back."""

    label: ClassVar[str] = "登记退回款项"


@dataclass(frozen=True, kw_only=True)
class RefundRefused(RefundEvent):
    """A second person says that the money is not there."""

    label: ClassVar[str] = "不同意退回款项的登记"

    proposed_by: str
    decision_note: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{super().words_of(data)}：{data['decision_note']}"


@dataclass(frozen=True, kw_only=True)
class RefundReceived(RefundEvent):
    """A second person confirmed: the money is the budget line's again; `left_fen` are still out."""

    label: ClassVar[str] = "确认退回款项"

    proposed_by: str
    decision_note: str
    left_fen: int
    entry_id: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        left = data["left_fen"]
        out = f"，还应退回 {Money(left).format()}" if left else "，已全部退回"
        return f"{super().words_of(data)}{out}"


@dataclass(frozen=True, kw_only=True)
class ReversalEvent(PaymentEvent):
    """An event of a payment that is to be taken back; `share_fen` is what that payment paid."""

    reversal_id: str
    kind_words: str
    level: Level
    order_number: str
    share_fen: int

    @classmethod
    def share_in(cls, data: Mapping[str, Any]) -> str:
        """Which payment a stored body is about."""
        share = f"{LEVEL_LABELS[Level(data['level'])]} {Money(data['share_fen']).format()}"
        where = f"{data['number']}，第 {data['instalment']} 期，{share}"
        return f"{where}，支付令 {data['order_number']}，{data['kind_words']}"


@dataclass(frozen=True, kw_only=True)
class ReversalProposed(ReversalEvent):
    """A treasurer says that a payment came back or was wrong."""

    label: ClassVar[str] = "申请冲正或者退票"

    reference: str
    bank_on: date
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.share_in(data)}，凭证 {data['reference']}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class ReversalRefused(ReversalEvent):
    """A second person says that the payment stands."""

    label: ClassVar[str] = "不同意冲正或者退票"

    proposed_by: str
    note: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.share_in(data)}：{data['note']}"


@dataclass(frozen=True, kw_only=True)
class TreasuryReversed(ReversalEvent):
    """A second person agreed: the money is the contract's again and the share is to be paid anew."""

    label: ClassVar[str] = "冲正或者退票"

    proposed_by: str
    note: str
    reference: str
    bank_on: date
    entry_id: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{cls.share_in(data)}，凭证 {data['reference']}，待重新支付"


@dataclass(frozen=True, kw_only=True)
class PaymentSettled(PaymentEvent):
    """Every level has paid its part."""

    label: ClassVar[str] = "支付申请结清"

    contract_id: str
    late: bool
    document_id: str
    sha256: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        late = "，超过支付期限" if data["late"] else ""
        return f"{cls.head_in(data)}{late}"


@dataclass(frozen=True, kw_only=True)
class MilestoneExcused(ProjectEvent):
    """The buyer's approver lets money no longer wait for a milestone, with a reason."""

    label: ClassVar[str] = "款项不再等待履约节点"
    exposure: ClassVar[Exposure] = Exposure.PARTIES

    contract_number: str
    title: str
    due_on: date
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['title']}（应于 {told_day(data['due_on'])}前完成）：{data['reason']}"
