"""What happens to payment requests: asked, returned, checked, approved, paid level by level."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from procure.kernel.access import Level
from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.phrases import Each, Rows

REQUEST: Final = "{number}，第 {instalment} 期，{amount_fen:money}"
REFUND: Final = (
    "{number}，承接主体退回 {amount_fen:money}，凭证 {reference}，银行收款 {bank_on:day}"
)
REVERSED: Final = "{number}，第 {instalment} 期，{level:label} {share_fen:money}，支付令 {order_number}，{kind_words}"


class PaymentEvent(ProjectEvent):
    """An event of one request; `number` is the request's, `instalment` its place in the contract."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = REQUEST
    elsewhere: ClassVar[Mapping[str, str]] = {"instalment": "position"}

    number: str
    instalment: int
    amount_fen: int


class PaymentRequested(PaymentEvent):
    """The provider asked for an instalment; the payer's days begin."""

    says: ClassVar[str] = REQUEST + "，发票 {invoice_number}，应于 {pay_by:day}前支付"

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


class PaymentResubmitted(PaymentEvent):
    """The provider put a returned request right; the payer's days go on where they stood."""

    says: ClassVar[str] = (
        REQUEST + "，发票 {invoice_number}"
        "[，原来申请 {other_before_fen:money}，现在应付 {amount_fen:money}]"
        # Earlier versions began the days anew and told no first date.
        "[{first_pay_by:if}，最初应于 {first_pay_by:day}前支付，退回补正共 {days_away} 日不计入]"
        "，应于 {pay_by:day}前支付"
    )

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
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        before = data.get("asked_before_fen")
        return {**data, "other_before_fen": before if before != data["amount_fen"] else None}


class PaymentReturned(PaymentEvent):
    """The buyer sent the request back with a reason from the list and in words."""

    says: ClassVar[str] = REQUEST + "[（{reason_kind_words}）]：{reason}"

    reason: str
    reason_kind: str
    reason_kind_words: str


class PaymentCancelled(PaymentEvent):
    """A request that had been sent back is given up with its contract: nothing of it is paid."""

    says: ClassVar[str] = REQUEST + "；合同已经办结，这笔申请不再办理"


class PaymentReviewed(PaymentEvent):
    """The clerk checked the request; `checks` is each thing looked at, against what, by what."""

    note: str
    checks: Sequence[str]


class PaymentApproved(PaymentEvent):
    """The approver let the treasury pay; `shares` is level and fen of each."""

    says: ClassVar[str] = REQUEST + "（{shares:each}）"
    each: ClassVar[Rows] = {
        "shares": Each("{0:label} {1:money}", between="，", labels={"0": Level.labels()})
    }

    note: str
    requested_by: str
    reviewed_by: str
    shares: Sequence[Sequence[Any]]


class TreasuryPaid(PaymentEvent):
    """One level's share left the treasury; `amount_fen` is this share."""

    label: ClassVar[str] = "国库支付"
    says: ClassVar[str] = (
        # Earlier versions knew the day of registration only.
        REQUEST + "，{level:label}，支付令 {order_number}[，银行 {bank_on:day}付款]"
        "[{quota_number:if}，指标文号 {quota_number}，{method_words}]"
        "[，拨款文号 {received_number}][，跨年度支付：{year_reason}]"
    )

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


class PaymentSentBack(PaymentEvent):
    """The treasury sent an approved request back to the buyer unpaid."""

    label: ClassVar[str] = "国库退回支付申请"
    says: ClassVar[str] = REQUEST + "：{reason}"

    reason: str


class RefundEvent(ProjectEvent):
    """An event of money that a provider pays back; `number` and the subject are the contract's."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = REFUND
    elsewhere: ClassVar[Mapping[str, str]] = {
        "subject_id": "contract_id",
        "refund_id": "id",
    }

    number: str
    refund_id: str
    amount_fen: int
    reference: str
    bank_on: date
    note: str


class RefundProposed(RefundEvent):
    """A treasurer says that the provider paid back."""

    label: ClassVar[str] = "登记退回款项"


class RefundRefused(RefundEvent):
    """A second person says that the money is not there."""

    label: ClassVar[str] = "不同意退回款项的登记"
    says: ClassVar[str] = REFUND + "：{decision_note}"

    proposed_by: str
    decision_note: str


class RefundReceived(RefundEvent):
    """A second person confirmed: the money is the budget line's again; `left_fen` are still out."""

    label: ClassVar[str] = "确认退回款项"
    says: ClassVar[str] = REFUND + "[，还应退回 {left_fen:money}|，已全部退回]"

    proposed_by: str
    decision_note: str
    left_fen: int
    entry_id: str


class ReversalEvent(PaymentEvent):
    """An event of a payment that is to be taken back; `share_fen` is what that payment paid."""

    reversal_id: str
    kind_words: str
    level: Level
    order_number: str
    share_fen: int


class ReversalProposed(ReversalEvent):
    """A treasurer says that a payment came back or was wrong."""

    says: ClassVar[str] = REVERSED + "，凭证 {reference}：{reason}"

    reference: str
    bank_on: date
    reason: str


class ReversalRefused(ReversalEvent):
    """A second person says that the payment stands."""

    label: ClassVar[str] = "不同意冲正或者退票"
    says: ClassVar[str] = REVERSED + "：{note}"

    proposed_by: str
    note: str


class TreasuryReversed(ReversalEvent):
    """A second person agreed: the money is the contract's again and the share is to be paid anew."""

    label: ClassVar[str] = "冲正或者退票"
    says: ClassVar[str] = REVERSED + "，凭证 {reference}，待重新支付"

    proposed_by: str
    note: str
    reference: str
    bank_on: date
    entry_id: str


class PaymentSettled(PaymentEvent):
    """Every level has paid its part."""

    label: ClassVar[str] = "支付申请结清"
    says: ClassVar[str] = REQUEST + "[{late:if}，超过支付期限]"

    contract_id: str
    late: bool
    document_id: str
    #: Of the data it is printed from; earlier versions told the digest of the printed sheet.
    snapshot_sha256: str = ""


class MilestoneExcused(ProjectEvent):
    """The buyer's approver lets money no longer wait for a milestone, with a reason."""

    label: ClassVar[str] = "款项不再等待履约节点"
    exposure: ClassVar[Exposure] = Exposure.PARTIES
    says: ClassVar[str] = "{title}（应于 {due_on:day}前完成）：{reason}"

    contract_number: str
    title: str
    due_on: date
    reason: str
