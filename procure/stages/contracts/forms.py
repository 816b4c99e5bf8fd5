"""Forms of contracts: one for each section of the task list, one for each act."""

from datetime import datetime
from typing import Any

from wtforms import HiddenField

from procure.kernel.clock import local_date
from procure.kernel.day_words import day_in_words
from procure.kernel.laws import cite
from procure.kernel.records import read_each
from procure.kernel.vocabulary import EarlyEndKind, counted_for
from procure.stages.contracts import drafting, policies
from procure.stages.contracts.drafting import MilestonePlan
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import ContractParts
from procure.stages.contracts.use_cases.fill import (
    MOST_COUNT,
    MOST_MILESTONES,
    UNIT_LENGTH,
    PostPlan,
)
from procure.web.fields.choices import ChoiceField, ConfirmField, YesNoField
from procure.web.fields.dates import DateField
from procure.web.fields.numbers import IntegerField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import ProcureForm


class PartiesForm(ProcureForm):
    """Contacts of both sides."""

    buyer_contact = TextField("甲方联系人", maximum=40, width="half")
    buyer_phone = TextField("甲方联系电话", maximum=40, width="half", inputmode="tel")
    supplier_contact = TextField("乙方联系人", maximum=40, width="half")
    supplier_phone = TextField("乙方联系电话", maximum=40, width="half", inputmode="tel")


class TermForm(ProcureForm):
    """From when to when, where, for whom."""

    starts_on = DateField("服务开始日期", hint="不能早于合同签订；请给双方签署留出时间。")
    ends_on = DateField("服务结束日期")
    place = TextField("服务地点", maximum=200)
    recipients = TextField(
        "服务对象的范围", maximum=200, hint="例如：井岸镇、白蕉镇六十周岁以上老年人"
    )
    recipients_number = IntegerField(
        "服务对象人数", least=1, most=MOST_COUNT, unit="人", width="short"
    )

    def offer(self, contract: Contract, now: datetime) -> None:
        """Show the lawful range of the dates."""
        today = local_date(now)
        self.starts_on.earliest = today
        self.starts_on.rule = policies.RULE_SIGNING
        starts_on = self.starts_on.data or contract.starts_on or today
        self.ends_on.rule = policies.RULE_SIGNING
        self.ends_on.description = (
            f"采购文件公布的期限是 {contract.term_months} 个月："
            f"自{day_in_words(starts_on)}起，最晚到"
            f"{day_in_words(drafting.last_day(starts_on, contract.term_months))}。"
        )


class PostRow(RowForm):
    """A post to be staffed."""

    makes = PostPlan

    post = TextField("岗位", maximum=40, width="half")
    people = IntegerField("人数", least=1, most=1000, unit="人", width="short")
    qualification = TextField("资格要求", maximum=100)
    duty = TextField("职责", maximum=100)


class TargetsForm(ProcureForm):
    """How many stations or people the targets count for, and the posts.

    The fields for the numbers are added by `targets_form`, one for each thing counted for.
    """

    posts = RowsField(
        PostRow, "人员配置", minimum=1, maximum=30, hint="按采购文件和乙方投标文件填写。"
    )

    source = LongTextField(
        "采购文件没有写明的数量的出处",
        maximum=300,
        rows=2,
        optional=True,
        mark="采购文件没有写明时必填",
        hint="例如投标文件第几页、哪一天的服务对象名册；采购文件写明的以采购文件为准。",
    )

    counted: tuple[str, ...] = ()

    @property
    def count_fields(self) -> list[Any]:
        """The fields for numbers of stations or people."""
        return [self[f"count_{number}"] for number in range(len(self.counted))]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers typed, by what is counted for."""
        return {each: self[f"count_{number}"].data for number, each in enumerate(self.counted)}


def targets_form(parts: ContractParts) -> TargetsForm:
    """The form for a contract's targets, with a number to give for each thing counted for."""
    counts: dict[str, int] = {}
    for target in parts.targets:
        if not drafting.is_counted_once(target.each):
            counts.setdefault(target.each, target.each_count)
    saved = "targets" in parts.contract.saved
    fields: dict[str, Any] = {
        f"count_{number}": IntegerField(
            f"{thing}的数量", least=1, most=MOST_COUNT, unit=measure, width="short"
        )
        for number, (measure, thing) in enumerate(map(counted_for, counts))
    }
    made = type("TargetsForm", (TargetsForm,), {**fields, "counted": tuple(counts)})
    values: dict[str, Any] = {"posts": [vars(one) for one in read_each(PostPlan, parts.posts)]}
    if saved:
        values["source"] = parts.contract.counts_source
        values |= {f"count_{number}": count for number, count in enumerate(counts.values())}
    form: TargetsForm = made(version=parts.contract.version, data=values)
    return form


class MilestoneRow(RowForm):
    """A milestone: what, when, who."""

    makes = MilestonePlan

    title = TextField("节点", maximum=80)
    due_on = DateField("完成日期", width="half")
    lead_unit = TextField("牵头单位", maximum=UNIT_LENGTH)
    assisting_unit = TextField("配合单位", maximum=UNIT_LENGTH, optional=True)


class MilestonesForm(ProcureForm):
    """The milestones agreed."""

    rows = RowsField(
        MilestoneRow,
        "履约节点",
        minimum=1,
        maximum=MOST_MILESTONES,
        hint="已按服务期限列出常用的节点，可以增减和改日期。",
    )


class OtherForm(ProcureForm):
    """Premises and special terms."""

    premises = LongTextField(
        "甲方提供的场地和条件",
        maximum=400,
        rows=3,
        optional=True,
        hint="提供场地的，写明地址、面积、使用期限和水电费由谁承担；不提供的留空。",
    )
    special_terms = LongTextField(
        "其他约定",
        maximum=4000,
        rows=6,
        optional=True,
        hint=f"不得与采购文件和投标文件的实质内容相背离（{cite('contract_by_result')}）。",
    )


class IssueForm(ProcureForm):
    """The step that prints the text."""

    confirmed = ConfirmField("我已核对全部内容，上面需要确认的情况属实")


class RecallForm(ProcureForm):
    """Why an issued text is taken back."""

    reason = LongTextField("收回的原因", maximum=500, rows=3, hint="乙方可以看到这个原因。")


class SignForm(ProcureForm):
    """Signing: the own name typed, and a tick."""

    sha256 = HiddenField()
    """The digest of the text that was shown, so that no other is signed."""
    full_name = TextField(
        "签署人姓名", maximum=40, width="half", hint="填写您本人的姓名，表示由您本人签署。"
    )
    confirmed = ConfirmField("我已阅读合同全文，同意按此文本签署")


class LateSignForm(SignForm):
    """Signing after the thirty days, which needs its reason."""

    late_reason = LongTextField(
        "逾期签订的原因",
        maximum=500,
        rows=3,
        hint=f"成交通知书发出已超过 30 日（{cite('contract_by_result')}），原因进入存证记录。",
    )


class EarlySignForm(SignForm):
    """Signing while the result can still be challenged, which needs its reason."""

    window_reason = LongTextField(
        "质疑期届满以前签订的原因",
        maximum=500,
        rows=3,
        hint=f"有供应商质疑、可能影响成交结果的，合同要暂停签订或者履行（{cite('contract_suspended')}）；原因进入存证记录。",
    )


class PublishForm(ProcureForm):
    """The step that announces the contract."""

    confirmed = ConfirmField("合同中没有国家秘密、商业秘密和个人隐私，可以公开")


class FilingForm(ProcureForm):
    """The filing with the finance department."""

    filing_number = TextField("财政部门备案编号", maximum=60, width="half")
    filed_on = DateField("备案日期", rule=policies.RULE_FILING)


class EarlyEndForm(ProcureForm):
    """The proposal to end the contract before its term."""

    last_on = DateField("服务最后一日", rule=policies.RULE_EARLY_END)
    kind = ChoiceField("终止的情形", choices=EarlyEndKind)
    reason = LongTextField(
        "原因和协商情况",
        maximum=1000,
        rows=4,
        hint="写明事由、依据和双方的意见；确认以后乙方可以看到。",
    )


class EarlyEndDecisionForm(ProcureForm):
    """Agree to the proposal, or refuse it with a reason."""

    agreed = YesNoField("是否同意提前终止", yes="同意提前终止", no="不同意，继续履行")
    reason = LongTextField("不同意的理由", maximum=500, rows=3, optional=True, mark="不同意时必填")
    confirmed = ConfirmField("我知道同意提前终止以后不能撤回", when=("agreed", True))
