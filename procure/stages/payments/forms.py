"""Forms of payments."""

from enum import StrEnum
from typing import ClassVar

from procure.kernel.access import LEVEL_LABELS, Level
from procure.kernel.money import Money
from procure.kernel.uploads import INVOICES
from procure.stages.payments.models import PaymentRequest
from procure.stages.payments.queries import InstalmentLine
from procure.stages.payments.use_cases.pay import PayShare
from procure.stages.payments.use_cases.request import RequestPayment, ResubmitPayment
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ReturnPayment,
    ReviewPayment,
)
from procure.web.fields.choices import Choice, ChoiceField, ConfirmField
from procure.web.fields.dates import DateField
from procure.web.fields.files import FileField
from procure.web.fields.text import CodeField, LongTextField, TextField
from procure.web.forms import ProcureForm

Decision = ReviewPayment | ApprovePayment | ReturnPayment


class InvoiceForm(ProcureForm):
    """An instalment is asked for: the invoice. Account and amount are the contract's."""

    invoice_number = CodeField("发票号码", hint="数电发票为 20 位数字")
    invoice_on = DateField("开票日期")
    invoice = FileField("发票文件", accept=INVOICES, megabytes=10)
    purpose = TextField("款项用途", maximum=200, hint="例如：社区居家养老服务第 1 期服务费")
    confirmed = ConfirmField("发票金额与本期金额一致，开票单位与合同收款单位一致")

    def to_request(self, contract_id: str, line: InstalmentLine) -> RequestPayment:
        """The request."""
        return RequestPayment(
            contract_id,
            line.instalment.position,
            self.invoice_number.data,
            self["invoice_on"].data,
            self.invoice.data.token,
            self.purpose.data,
            str(self.idempotency_key.data),
        )


class CorrectionForm(InvoiceForm):
    """A returned request is put right; the invoice on record stays unless a new one comes."""

    invoice = FileField(
        "更换发票文件",
        accept=INVOICES,
        megabytes=10,
        optional=True,
        hint="不更换的，沿用原来的发票文件",
    )

    def to_command(self, request: PaymentRequest) -> ResubmitPayment:
        """The corrected request."""
        return ResubmitPayment(
            request.id,
            self.loaded_version,
            self.invoice_number.data,
            self["invoice_on"].data,
            self.invoice.data.token if self.invoice.data else "",
            self.purpose.data,
        )


class Judgement(StrEnum):
    """What is made of a request."""

    AGREE = "agree"
    RETURN = "return"


class JudgeForm(ProcureForm):
    """Agree, or send back with a reason; what agreeing means is the subclass's."""

    agreement: ClassVar[type[ReviewPayment | ApprovePayment]]

    judgement = ChoiceField("处理意见", choices=())
    note = LongTextField("意见", maximum=500, rows=3, optional=True, mark="退回时必填")

    def to_command(self, request: PaymentRequest) -> Decision:
        """The decision."""
        command = ReturnPayment if self.judgement.data is Judgement.RETURN else self.agreement
        return command(request.id, self.loaded_version, self.note.data or "")


class ReviewForm(JudgeForm):
    """The clerk's check."""

    agreement = ReviewPayment

    judgement = ChoiceField(
        "核对意见",
        choices=(
            Choice(Judgement.AGREE, "条件具备，报负责人批准"),
            Choice(Judgement.RETURN, "退回承接主体补正"),
        ),
    )


class ApproveForm(JudgeForm):
    """The approver's decision."""

    agreement = ApprovePayment

    judgement = ChoiceField(
        "审批意见",
        choices=(
            Choice(Judgement.AGREE, "批准，送国库支付"),
            Choice(Judgement.RETURN, "退回承接主体补正"),
        ),
    )


class PayForm(ProcureForm):
    """One level's share is paid."""

    level = ChoiceField("支付级次")
    order_number = CodeField("支付令编号", hint="国库集中支付系统生成的编号，不能重复")
    confirmed = ConfirmField("已核对收款单位、账号和金额")

    def offer(self, line: InstalmentLine) -> None:
        """Set the levels that still owe."""
        self.level.choices = [
            Choice(level, LEVEL_LABELS[level], f"本期应付 {Money(fen).format()}")
            for level, fen in line.owed.items()
        ]
        if len(self.level.choices) == 1 and self.level.data is None:
            self.level.data = next(iter(line.owed))

    def to_command(self, request: PaymentRequest) -> PayShare:
        """The payment."""
        return PayShare(
            request.id, self.loaded_version, Level(self.level.data), self.order_number.data
        )
