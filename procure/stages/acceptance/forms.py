"""Forms of acceptance, and the public form a recipient fills in on a phone."""

from collections.abc import Iterable, Sequence
from typing import Any

from procure.kernel.money import Money
from procure.kernel.uploads import EVIDENCE, REPORTS
from procure.kernel.vocabulary import OpinionChannel
from procure.stages.acceptance.models import (
    AcceptanceItem,
    AcceptanceStandard,
    Seat,
)
from procure.stages.acceptance.opinions import POINTS, QUESTIONS, Question
from procure.stages.acceptance.panel import MemberEntry
from procure.stages.acceptance.policies import RULE_SHORTFALL
from procure.stages.acceptance.use_cases.decide import (
    NOTHING,
    Deduction,
    Judgement,
)
from procure.stages.delivery.progress import TargetProgress
from procure.web.fields.choices import ChoiceField, ConfirmField, YesNoField
from procure.web.fields.dates import DateField
from procure.web.fields.files import FileField, FilesField
from procure.web.fields.numbers import MoneyField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import ProcureForm

DEDUCTION_RULE = "合同违约责任条款：乙方提供的服务不符合约定的，按未达到的数量扣减相应金额。"
METHOD = (
    "查阅服务档案，对照合同约定的服务目标逐项核验数量和质量，实地查看服务场所，"
    "由系统随机抽样征求服务对象意见。"
)


class OpenForm(ProcureForm):
    """The last word before the sample is drawn."""

    confirmed = ConfirmField("我没有参与本合同的经办和签订")


def _choices(question: Question) -> list[tuple[int, str]]:
    return list(zip(POINTS, question.answers, strict=True))


class EnterForm(ProcureForm):
    """A recipient's answers, typed by the buyer's people; the questions are fields by name."""

    channel = ChoiceField(
        "答复方式",
        choices=(OpinionChannel.PHONE, OpinionChannel.PAPER),
    )
    attitude = ChoiceField(QUESTIONS[0].words, choices=_choices(QUESTIONS[0]))
    punctual = ChoiceField(QUESTIONS[1].words, choices=_choices(QUESTIONS[1]))
    skill = ChoiceField(QUESTIONS[2].words, choices=_choices(QUESTIONS[2]))
    effect = ChoiceField(QUESTIONS[3].words, choices=_choices(QUESTIONS[3]))
    again = ChoiceField(QUESTIONS[4].words, choices=_choices(QUESTIONS[4]))
    comment = LongTextField(
        "其他意见", maximum=500, rows=3, optional=True, hint="不要写姓名、住址等个人信息"
    )

    @property
    def answers(self) -> tuple[int, ...]:
        """The answers in the order of the questions."""
        return tuple(self[question.ident].data for question in QUESTIONS)


BACK = "back"
"""The name of the button that returns to the last question, with what is written kept."""


class AnswerForm(ProcureForm):
    """One question a screen."""

    answer = ChoiceField("答案")

    def ask(self, question: Question) -> "AnswerForm":
        """Set which question this screen asks. Returns itself."""
        self.answer.choices = _choices(question)
        return self


class CommentForm(ProcureForm):
    """The last screen: own words, if any, and the sending."""

    comment = LongTextField(
        "还有什么想说的？", maximum=500, rows=4, optional=True, hint="不用写姓名和住址"
    )


STANDARD = "standard_"
"""How the names of the fields of service standards begin."""


class ItemsForm(ProcureForm):
    """Passed or not, and a note, for each target and standard; fields are named by position."""

    def judged(self, positions: Iterable[int], prefix: str = "") -> tuple[Judgement, ...]:
        """The judgements of the targets at these positions, or with its prefix of the standards."""
        return tuple(
            Judgement(at, self[f"{prefix}passed_{at}"].data, self[f"{prefix}note_{at}"].data)
            for at in positions
        )


def items_form(targets: Sequence[TargetProgress], standards: Sequence[str]) -> type[ItemsForm]:
    """The form of a contract's targets and standards: they decide its fields."""
    fields: dict[str, Any] = {}
    for target in targets:
        # In the words that certificate and notice print of it (paper.verdict_words).
        fields[f"passed_{target.position}"] = YesNoField(
            f"{target.what}：核验结论",
            yes="符合" if target.accepted >= target.total else "基本符合",
            no="不符合",
        )
        fields[f"note_{target.position}"] = LongTextField(
            f"{target.what}：说明",
            maximum=300,
            rows=2,
            optional=True,
            mark="不足或不符合时必填",
        )
    for at, standard in enumerate(standards, start=1):
        fields[f"{STANDARD}passed_{at}"] = YesNoField(
            f"{standard}核验结论", yes="符合", no="不符合"
        )
        fields[f"{STANDARD}note_{at}"] = LongTextField(
            f"{standard}核验情况", maximum=300, rows=2, hint="怎样核验、结果如何"
        )
    return type("TargetItemsForm", (ItemsForm,), fields)


def values_of_items(
    items: Sequence[AcceptanceItem], standards: Sequence[AcceptanceStandard]
) -> dict[str, Any]:
    """What is saved, as the form shows it."""
    values: dict[str, Any] = {}
    for prefix, rows in (("", items), (STANDARD, standards)):
        for row in rows:
            values[f"{prefix}passed_{row.position}"] = row.passed
            values[f"{prefix}note_{row.position}"] = row.note
    return values


class MemberRow(RowForm):
    """A member of the group with their verdict and its words."""

    makes = MemberEntry

    seat = ChoiceField("身份", style="select", choices=Seat)
    name = TextField("姓名", maximum=40, width="half")
    unit = TextField("单位", maximum=100)
    title = TextField("职务或职称", maximum=40, optional=True, width="half")
    agrees = YesNoField("是否同意验收", yes="同意", no="不同意", style="select")
    comment = LongTextField("验收意见", maximum=1000, rows=3)


class GroupForm(ProcureForm):
    """The acceptance group."""

    members = RowsField(
        MemberRow,
        "验收小组成员",
        minimum=2,
        maximum=15,
        hint="一名组长，至少一名采购人和承接主体以外的专家；承接主体的人员、经办和签订合同的人员不能参加。",
    )


class PassForm(ProcureForm):
    """Accept the delivery, or a part of it with a deduction; asks only for what the case needs."""

    place = TextField("验收地点", maximum=120)
    method = LongTextField("验收方式", maximum=1000, rows=3, default=METHOD)
    deduction = MoneyField("扣减金额", least=Money(1), rule=RULE_SHORTFALL)
    claim = MoneyField(
        "要求退回的金额",
        least=Money(1),
        rule=RULE_SHORTFALL,
        optional=True,
        mark="扣完仍不足的填写",
        hint="验收后支付的款项扣完仍不足的，写明承接主体应当退回多少已经支付的款项",
    )
    deduction_rule = LongTextField(
        "扣减、退回依据的合同条款",
        maximum=500,
        rows=2,
        default=DEDUCTION_RULE,
    )
    deduction_reason = LongTextField(
        "扣减、退回的计算过程",
        maximum=1000,
        rows=3,
        hint="逐项写明少多少、按什么单价或比例计算；写入验收书，承接主体可以申辩",
    )
    below_reason = LongTextField(
        "少扣的理由",
        maximum=1000,
        rows=3,
        optional=True,
        mark="少于按数量计算的金额时必填",
        hint="扣减和要求退回的金额加起来，少于按数量计算的金额的，写明为什么；写入验收书和公告",
    )
    conclusion = LongTextField("结论说明", maximum=1000, rows=4)
    opinion_excerpts = LongTextField(
        "服务对象意见摘录",
        maximum=2000,
        rows=3,
        optional=True,
        hint="每行一条，会写入验收书和公告；不能有姓名、住址等个人信息",
    )
    low_response_reason = LongTextField(
        "答复率不足的说明",
        maximum=500,
        rows=2,
        hint="答复率低于 60%，请写明联系的次数，以及为什么现在作出结论",
    )
    dissent_reason = LongTextField(
        "有不同意见仍然通过的理由",
        maximum=1000,
        rows=3,
        hint="逐条回应不同意见；不同意见和理由都写入验收书",
    )
    confirmed = ConfirmField("我已逐项核对，确认履约验收合格")

    def fit(
        self,
        *,
        low_response: bool,
        dissent: bool,
        most_to_deduct: Money | None,
        reckoned: Money = NOTHING,
    ) -> "PassForm":
        """Ask only for the reasons that are needed; `most_to_deduct` stands where something fell
        short and only a part can be accepted, `reckoned` where quantities are missing. Returns itself.
        """
        if not low_response:
            del self.low_response_reason
        if not dissent:
            del self.dissent_reason
        if most_to_deduct is None:
            del self.deduction, self.claim, self.deduction_rule, self.deduction_reason
            del self.below_reason
            return self
        if not reckoned:
            del self.below_reason
        self._tell_reckoned(reckoned, most_to_deduct)
        if most_to_deduct.fen:
            self.deduction.most = most_to_deduct
        else:
            del self.deduction
        self.confirmed.label.text = "我已逐项核对，确认部分合格，同意扣减、退回上面的金额"
        return self

    def _tell_reckoned(self, reckoned: Money, most: Money) -> None:
        """Beside the fields: which part of what the quantities come to belongs into which."""
        if not reckoned:
            return
        taken = min(reckoned, most, key=lambda one: one.fen)
        self.deduction.description = f"按没有提供或者验收不合格的数量计算，应扣减 {taken.format()}"
        if reckoned.fen > most.fen:
            back = (reckoned - most).format()
            self.claim.description = f"按数量计算，扣完以后还应当退回 {back}"

    def taken_off(self) -> Deduction | None:
        """What is taken off and claimed back, where something fell short."""
        if "claim" not in self:
            return None
        taken = self.deduction.data if "deduction" in self else Money(0)
        words = (self.deduction_rule.data, self.deduction_reason.data)
        below = self.below_reason.data if "below_reason" in self else ""
        return Deduction(taken, *words, claim=self.claim.data or Money(0), below=below)


class SignForm(ProcureForm):
    """Signing the certificate: the own name typed, and a tick."""

    full_name = TextField(
        "签署人姓名", maximum=40, width="half", hint="填写您本人的姓名，表示由您本人签署。"
    )
    confirmed = ConfirmField("我已阅读验收书，其中记载的我的意见属实，同意签署")


class SignedCopyForm(ProcureForm):
    """The paper that members without an account have signed."""

    copy = FileField("签字件扫描件", accept=EVIDENCE, megabytes=20)
    confirmed = ConfirmField("扫描件与平台生成的验收书一致，签字由成员本人签署")


class RefuseForm(ProcureForm):
    """Refuse the delivery."""

    conclusion = LongTextField("不合格的理由", maximum=1000, rows=3)
    rectification_demand = LongTextField("整改要求", maximum=1000, rows=4)
    rectify_by = DateField("整改期限")
    confirmed = ConfirmField("我确认履约验收不合格")


class ApplyForm(ProcureForm):
    """The provider asks to be accepted."""

    statement = LongTextField(
        "服务完成情况", maximum=2000, rows=5, hint="对照合同的服务目标，写明完成的数量和质量"
    )
    confirmed = ConfirmField("服务记录已经全部登记，服务档案齐全")


class AmendsForm(ProcureForm):
    """The provider reports what was put right."""

    report = LongTextField("整改情况", maximum=2000, rows=5, hint="逐条写明整改了什么、结果如何")
    evidence = FilesField("整改材料", accept=REPORTS, megabytes=20, most=10, optional=True)


class ReturnAmendsForm(ProcureForm):
    """The accepter sends the report back."""

    reason = LongTextField("退回理由", maximum=1000, rows=3, hint="写明哪里没有整改到位")
    rectify_by = DateField("新的整改期限")


class ReopenForm(ProcureForm):
    """Look anew after rectification."""

    reason = LongTextField("整改核实情况", maximum=1000, rows=4)


class PublishForm(ProcureForm):
    """The last word before the result is public."""

    confirmed = ConfirmField("我已核对公告内容，没有服务对象的个人信息")
