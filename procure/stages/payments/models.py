"""Tables of payment requests, what was checked of them, and treasury payments."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.access import Level
from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import PaymentRequestState
from procure.store.base import AppendOnly, Identified, Model, Versioned
from procure.store.proposals import Proposal, one_open, other_decides
from procure.store.types import id_type, index_where, one_of


class PaymentRequest(Identified, Versioned, Model):
    """A request for one instalment; who asks, who checks and who approves are different people."""

    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint(
            "approved_by IS NULL OR (approved_by <> requested_by AND approved_by <> reviewed_by)",
            name="two_people",
        ),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> requested_by", name="two_sides"),
        Index(
            "uq_payment_request_instalment",
            "instalment_id",
            unique=True,
        ),
        Index("ix_payment_request_contract", "contract_id"),
        Index("ix_payment_request_state", "state"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    instalment_id: Mapped[str] = mapped_column(ForeignKey("instalment.id"))
    number: Mapped[str] = mapped_column(String(50), unique=True)
    amount_fen: Mapped[int]
    state: Mapped[PaymentRequestState] = mapped_column(one_of(PaymentRequestState, "request_state"))
    invoice_number: Mapped[str] = mapped_column(String(40), unique=True)
    invoice_on: Mapped[date]
    invoice_document_id: Mapped[str] = mapped_column(ForeignKey("document.id"))
    invoice_amount_fen: Mapped[int | None]
    """As the provider read it off the invoice; None in requests older than the question."""
    invoice_seller: Mapped[str] = mapped_column(String(100), default="")
    invoice_buyer: Mapped[str] = mapped_column(String(100), default="")
    round: Mapped[int] = mapped_column(default=1)
    """How often it has lain before the clerk; what is checked belongs to one of these times."""
    purpose: Mapped[str] = mapped_column(String(200), default="")
    requested_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    """When it came in, or came back corrected."""
    pay_rule: Mapped[str] = mapped_column(String(24), default="")
    """The rule the payer's days run under, whatever becomes of the supplier's entry afterwards."""
    days_from: Mapped[date | None]
    first_due_on: Mapped[date | None]
    """The last day to pay as first counted; a return moves the running term, never this."""
    invoice_received_on: Mapped[date | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    approval_note: Mapped[str] = mapped_column(Text, default="")
    sheet_document_id: Mapped[str | None] = mapped_column(id_type())
    paid_at: Mapped[datetime | None]


class ReturnReason(LabelledEnum):
    """Why a request may be sent back; no waiting of the buyer's own is among them (R-PAY-3)."""

    INVOICE_HEAD = "invoice_head", "发票抬头、税号等名称不符"
    INVOICE_AMOUNT = "invoice_amount", "发票金额不符"
    INVOICE_FORM = "invoice_form", "发票种类、内容或者印章不符合规定"
    PAYEE = "payee", "收款账户有误"
    PAPERS = "papers", "缺少合同约定的材料"
    CONDITION = "condition", "付款条件不具备"
    OTHER = "other", "其他，见意见"


class PaymentReturn(Identified, Model):
    """A request sent back to be put right; until it comes again the payer's days stand still."""

    __table_args__ = (UniqueConstraint("payment_request_id", "round"),)

    payment_request_id: Mapped[str] = mapped_column(ForeignKey("payment_request.id"))
    round: Mapped[int]
    kind: Mapped[ReturnReason] = mapped_column(one_of(ReturnReason, "return_reason"))
    reason: Mapped[str] = mapped_column(Text)
    returned_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    returned_at: Mapped[datetime]
    resubmitted_at: Mapped[datetime | None]


class CheckItem(LabelledEnum):
    """What the clerk compares or looks for before a request goes on (R-FND-3)."""

    INVOICE_NUMBER = "invoice_number", "发票号码"
    INVOICE_ON = "invoice_on", "开票日期"
    INVOICE_AMOUNT = "invoice_amount", "发票金额"
    INVOICE_SELLER = "invoice_seller", "发票销售方"
    INVOICE_BUYER = "invoice_buyer", "发票购买方"
    PAYEE = "payee", "收款账户"
    FILES_HANDED_OVER = "files_handed_over", "服务档案已移交"


class PaymentCheck(Identified, AppendOnly, Model):
    """One thing that somebody looked at and found in order: against what, by what evidence."""

    __table_args__ = (UniqueConstraint("payment_request_id", "round", "item"),)

    payment_request_id: Mapped[str] = mapped_column(ForeignKey("payment_request.id"))
    round: Mapped[int]
    item: Mapped[CheckItem] = mapped_column(one_of(CheckItem, "check_item"))
    expected: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    checked_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime]


class MilestoneExcuse(Identified, AppendOnly, Model):
    """A milestone that the buyer's approver no longer makes money wait for, and why."""

    milestone_id: Mapped[str] = mapped_column(ForeignKey("milestone.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    excused_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    excused_at: Mapped[datetime]


class PayMethod(LabelledEnum):
    """Who gives the bank its order (财政国库集中支付)."""

    DIRECT = "direct", "财政直接支付"
    AUTHORISED = "authorised", "财政授权支付"


class TreasuryPayment(Identified, AppendOnly, Model):
    """One level's share of a request, paid by a treasury order (预算法 art 61)."""

    __table_args__ = (
        UniqueConstraint("payment_request_id", "level", "attempt"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    payment_request_id: Mapped[str] = mapped_column(ForeignKey("payment_request.id"))
    level: Mapped[Level] = mapped_column(one_of(Level, "payment_level"))
    amount_fen: Mapped[int]
    order_number: Mapped[str] = mapped_column(String(40), unique=True)
    payee_name: Mapped[str] = mapped_column(String(100))
    payee_account: Mapped[str] = mapped_column(String(40))
    paid_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    paid_at: Mapped[datetime]
    """When it was registered here; the bank paid on `bank_on` (empty in rows of before)."""
    bank_on: Mapped[date | None]
    attempt: Mapped[int] = mapped_column(default=1)
    """One more than how often this share was paid and came back."""
    received_number: Mapped[str] = mapped_column(String(60), default="")
    """Under which number another level's share was received by the treasury that pays it."""
    quota_number: Mapped[str] = mapped_column(String(60), default="")
    """The number of the finance department's paper that allots the money (指标文号)."""
    method: Mapped[PayMethod | None] = mapped_column(one_of(PayMethod, "pay_method"))
    year_reason: Mapped[str] = mapped_column(Text, default="")
    """Why money of one year's budget was paid in another."""


class ReversalKind(LabelledEnum):
    """Why a payment is taken back."""

    BOUNCED = "bounced", "退票"
    REVERSED = "reversed", "冲正"


class MoneyCameBack(Proposal, Versioned):
    """What one person read off a paper of the bank, and another confirms; `entry_id` tells it."""

    reference: Mapped[str] = mapped_column(String(40))
    bank_on: Mapped[date]
    confirmed: Mapped[bool | None] = mapped_column("agreed")
    decision_note: Mapped[str] = mapped_column(Text, default="")
    entry_id: Mapped[str | None] = mapped_column(String(32))


def _decided_whole() -> CheckConstraint:
    return CheckConstraint(
        "(decided_by IS NULL) = (agreed IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
        name="decided_whole",
    )


class SupplierRefund(MoneyCameBack, Model):
    """What the provider paid back of what an acceptance claims: registered by one, confirmed by
    another.
    """

    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        other_decides(),
        _decided_whole(),
        one_open("supplier_refund", "contract_id"),
    )
    SUBJECT = "contract_id"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    amount_fen: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")


class PaymentReversal(MoneyCameBack, Model):
    """A treasury payment that came back (退票) or was wrong (冲正): proposed by one, decided by another."""

    __table_args__ = (
        other_decides(),
        _decided_whole(),
        index_where(
            "uq_payment_reversal_once",
            "treasury_payment_id",
            where="agreed IS NOT FALSE",
            unique=True,
        ),
    )
    SUBJECT = "treasury_payment_id"

    treasury_payment_id: Mapped[str] = mapped_column(ForeignKey("treasury_payment.id"))
    kind: Mapped[ReversalKind] = mapped_column(one_of(ReversalKind, "reversal_kind"))
    reason: Mapped[str] = mapped_column(Text)
