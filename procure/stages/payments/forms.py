"""Forms of payments."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from procure.kernel.access import Level
from procure.kernel.errors import Invalid
from procure.kernel.money import Money
from procure.kernel.uploads import INVOICES, REPORTS
from procure.kernel.vocabulary import SettlementGround
from procure.stages.payments.checks import (
    EVIDENCE_HINTS,
    ORDER_WORDS,
    expected_words,
    needs_evidence,
)
from procure.stages.payments.gates import items_to_check
from procure.stages.payments.models import (
    CheckItem,
    PayMethod,
    ReturnReason,
    ReversalKind,
)
from procure.stages.payments.queries import InstalmentLine, MoneyDossier
from procure.stages.payments.use_cases.request import Invoice
from procure.stages.payments.use_cases.review import (
    ItemAnswer,
)
from procure.store.unit_of_work import UnitOfWork
from procure.web.fields.choices import Choice, ChoiceField, ConfirmField, YesNoField
from procure.web.fields.dates import DateField
from procure.web.fields.files import FileField, FilesField
from procure.web.fields.numbers import MoneyField
from procure.web.fields.text import CodeField, LongTextField, TextField
from procure.web.forms import ProcureForm

Act = Callable[[UnitOfWork], object]


class InvoiceForm(ProcureForm):
    """An instalment is asked for: what stands on the invoice. The account is the contract's."""

    invoice_number = CodeField("发票号码", hint="数电发票为 20 位数字")
    invoice_on = DateField("开票日期")
    invoice_amount = MoneyField("发票价税合计金额", hint="与本期应付金额一致")
    invoice_seller = TextField("发票销售方名称", maximum=100, hint="照发票填写，应当是收款单位")
    invoice_buyer = TextField("发票购买方名称", maximum=100, hint="照发票填写，应当是付款单位")
    invoice = FileField("发票文件", accept=INVOICES, megabytes=10)
    purpose = TextField("款项用途", maximum=200, hint="例如：社区居家养老服务第 1 期服务费")

    def particulars(self) -> Invoice:
        """The invoice as typed."""
        return Invoice(
            self.invoice_number.data,
            self.invoice_on.data,
            self.invoice_amount.data,
            self.invoice_seller.data,
            self.invoice_buyer.data,
            self.invoice.taken,
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


class Judgement(StrEnum):
    """What is made of a request."""

    AGREE = "agree"
    RETURN = "return"


class JudgeForm(ProcureForm):
    """Agree, or send back with a reason."""

    judgement = ChoiceField("处理意见", choices=())
    kind = ChoiceField(
        "退回的原因",
        style="select",
        choices=ReturnReason,
        optional=True,
        mark="退回时必填",
    )
    note = LongTextField("意见", maximum=500, rows=3, optional=True, mark="退回时必填")

    @property
    def questions(self) -> list[Any]:
        """What is asked beside the opinion."""
        return []

    def returned_for(self) -> ReturnReason:
        """Why the request is sent back; Invalid where nothing is chosen."""
        if self.kind.data is None:
            raise Invalid(
                "kind", "请选择退回的原因。", remedy="内部流程、人员变动和等待审计不是退回的原因。"
            )
        return ReturnReason(self.kind.data)

    def judging(self, agree: Act, send_back: Act) -> Act:
        """The act of the step: agree, or send the request back, as the form says."""
        return send_back if self.judgement.data is Judgement.RETURN else agree


def _item(item: CheckItem, yes: str = "一致", no: str = "不一致") -> YesNoField:
    return YesNoField(item.label, yes=yes, no=no, optional=True, mark="核对通过时必填")


def _evidence(item: CheckItem, label: str) -> TextField:
    hint = EVIDENCE_HINTS[item]
    return TextField(label, maximum=200, optional=True, mark="核对通过时必填", hint=hint)


class ReviewForm(JudgeForm):
    """The clerk's check, item by item."""

    judgement = ChoiceField(
        "核对意见",
        choices=(
            Choice(Judgement.AGREE, "条件具备，报负责人批准"),
            Choice(Judgement.RETURN, "退回承接主体补正"),
        ),
    )
    invoice_number = _item(CheckItem.INVOICE_NUMBER)
    invoice_on = _item(CheckItem.INVOICE_ON)
    invoice_amount = _item(CheckItem.INVOICE_AMOUNT)
    invoice_seller = _item(CheckItem.INVOICE_SELLER)
    invoice_buyer = _item(CheckItem.INVOICE_BUYER)
    payee = _item(CheckItem.PAYEE)
    payee_evidence = _evidence(CheckItem.PAYEE, "两个账户不一致的，写明依据")
    files_handed_over = _item(CheckItem.FILES_HANDED_OVER, yes="已移交", no="未移交")
    files_handed_over_evidence = _evidence(CheckItem.FILES_HANDED_OVER, "服务档案移交的依据")

    def ask_about(self, dossier: MoneyDossier, line: InstalmentLine) -> None:
        """Keep the questions that this request raises, each with what is to be held against it."""
        assert line.request is not None
        asked = items_to_check(line.instalment.trigger)
        for item in CheckItem:
            if item in asked:
                expected = expected_words(item, dossier.contract, line.request)
                self[item.value].description = expected
            else:
                del self[item.value]
            if f"{item.value}_evidence" in self and (
                item not in asked or not needs_evidence(item, dossier.contract)
            ):
                del self[f"{item.value}_evidence"]

    @property
    def questions(self) -> list[Any]:
        """The fields of the check, in order."""
        names = [name for item in CheckItem for name in (item.value, f"{item.value}_evidence")]
        return [self[name] for name in names if name in self]

    @property
    def answers(self) -> dict[CheckItem, ItemAnswer]:
        """What was found of each item."""
        return {
            item: ItemAnswer(self[item.value].data, self._evidence_of(item))
            for item in CheckItem
            if item.value in self and self[item.value].data is not None
        }

    def _evidence_of(self, item: CheckItem) -> str:
        name = f"{item.value}_evidence"
        return str(self[name].data) if name in self else ""


class ApproveForm(JudgeForm):
    """The approver's decision."""

    judgement = ChoiceField(
        "审批意见",
        choices=(
            Choice(Judgement.AGREE, "批准，送国库支付"),
            Choice(Judgement.RETURN, "退回承接主体补正"),
        ),
    )
    confirmed = ConfirmField(
        "我已核对付款条件和金额，知道批准以后不能撤回", when=("judgement", Judgement.AGREE)
    )


class ExcuseForm(ProcureForm):
    """Money is no longer to wait for a milestone."""

    reason = LongTextField("不再等待这个节点的理由", maximum=500, rows=3, minimum=5)
    confirmed = ConfirmField("我知道这个节点不再挡住付款，不能撤回")


class PayForm(ProcureForm):
    """One level's share is paid."""

    level = ChoiceField("支付级次", choices=Level)
    order_number = CodeField(
        "支付令编号", hint=f"国库集中支付系统生成的编号，不能重复。{ORDER_WORDS}"
    )
    bank_on = DateField("银行付款日期", hint="照银行回单填写，不早于批准日，不晚于今天")
    quota_number = TextField("指标文号", maximum=60, hint="下达这笔预算指标的文号")
    method = ChoiceField("支付方式", choices=PayMethod)
    received_number = TextField(
        "收到其他级次资金的拨款文号",
        maximum=60,
        optional=True,
        mark="支付其他级次的资金时必填",
        hint="本级财政以外的资金，写明收到这笔资金的拨款文号",
    )
    year_reason = LongTextField(
        "跨年度支付的理由",
        maximum=300,
        rows=2,
        optional=True,
        mark="付款日期不在预算年度时必填",
        hint="例如结转的批准文号",
    )
    confirmed = ConfirmField("已核对收款单位、账号和金额")

    def offer(self, line: InstalmentLine) -> None:
        """Set the levels that still owe."""
        self.level.choices = [
            Choice(level, level.label, f"本期应付 {Money(fen).format()}")
            for level, fen in line.owed.items()
        ]
        if len(self.level.choices) == 1 and self.level.data is None:
            self.level.data = next(iter(line.owed))


class SendBackForm(ProcureForm):
    """An approved request goes back to the buyer."""

    reason = LongTextField("退回的理由", maximum=500, rows=3)


class ReversalForm(ProcureForm):
    """A payment came back or was wrong."""

    level = ChoiceField("哪一笔支付", choices=Level)
    kind = ChoiceField(
        "事项",
        choices=(
            Choice(ReversalKind.BOUNCED, "退票", "款项没有到账，银行退回"),
            Choice(ReversalKind.REVERSED, "冲正", "登记或者支付有误，银行已更正"),
        ),
    )
    reference = CodeField("银行退票或者更正凭证编号")
    bank_on = DateField("银行办理日期", hint="照银行凭证填写，不早于付款日期，不晚于今天")
    reason = LongTextField("理由", maximum=500, rows=3)

    def offer(self, line: InstalmentLine) -> None:
        """Set the payments that stand."""
        self.level.choices = [
            Choice(
                payment.level,
                payment.level.label,
                f"{Money(payment.amount_fen).format()}，支付令 {payment.order_number}",
            )
            for payment in line.payments
        ]


class RefundForm(ProcureForm):
    """The provider paid back."""

    amount = MoneyField("银行收到的金额", least=Money(1))
    reference = CodeField("银行收款凭证编号")
    bank_on = DateField("银行收款日期", hint="照银行凭证填写，不晚于今天")
    note = LongTextField("说明", maximum=500, rows=3, optional=True)


class RefundDecisionForm(ProcureForm):
    """What the second person says."""

    agreed = YesNoField("意见", yes="款项已经收到，同意入账", no="没有收到或者不符，不同意")
    note = LongTextField("说明", maximum=500, rows=3, optional=True, mark="不同意时必填")


class SettlementForm(ProcureForm):
    """The proposal to settle the contract."""

    ground = ChoiceField("办结的情形", choices=SettlementGround)
    reason = LongTextField(
        "理由和经过",
        maximum=2000,
        rows=5,
        hint="写明事实、与承接主体联系的经过和依据；承接主体可以看到",
    )
    evidence = FilesField("证明材料", accept=REPORTS, megabytes=20, most=10)

    def offer(self, grounds: Sequence[SettlementGround]) -> None:
        """Set the grounds that are open."""
        self.ground.choices = [Choice(one, one.label) for one in grounds]
        if len(grounds) == 1 and self.ground.data is None:
            self.ground.data = grounds[0]


class SettlementAnswerForm(ProcureForm):
    """What the supplier says to the proposal."""

    agreed = YesNoField("对结算办结的意见", yes="同意结算办结", no="不同意，有异议")
    answer = LongTextField("异议和理由", maximum=2000, rows=5, optional=True, mark="有异议时必填")
    evidence = FilesField("有关材料", accept=REPORTS, megabytes=20, most=10, optional=True)


class SettlementDecisionForm(ProcureForm):
    """What the second person of the buyer says."""

    agreed = YesNoField("是否同意结算办结", yes="同意结算办结", no="不同意，退回")
    decision = LongTextField(
        "答复或者理由",
        maximum=2000,
        rows=4,
        optional=True,
        mark="承接主体有异议或者不同意时必填",
        hint="承接主体有异议的，逐条答复；不同意办结的，写明理由",
    )
    confirmed = ConfirmField("我知道合同办结以后不能撤回", when=("agreed", True))


class ReversalDecisionForm(ProcureForm):
    """What the second person says."""

    agreed = YesNoField("意见", yes="情况属实，同意冲回，款项待重新支付", no="不同意，原支付有效")
    note = LongTextField("说明", maximum=500, rows=3, optional=True, mark="不同意时必填")
