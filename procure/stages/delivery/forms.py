"""Forms of delivery: registers, a service given, a review, a milestone."""

from collections.abc import Sequence
from datetime import date, datetime
from re import compile as pattern
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.uploads import EVIDENCE, REPORTS
from procure.stages.contracts.models import Contract, ContractTarget
from procure.stages.contracts.policies import last_service_day
from procure.stages.delivery import policies
from procure.stages.delivery.models import Recipient, StaffMember
from procure.stages.delivery.names import masked, time_words
from procure.stages.delivery.queries import RecordRow
from procure.stages.delivery.use_cases.registers import MOST_ROWS, RecipientPlan, StaffPlan
from procure.web.fields.base import TypedField
from procure.web.fields.choices import ChoiceField, ConfirmField, ManyChoicesField
from procure.web.fields.dates import DateField
from procure.web.fields.files import FilesField
from procure.web.fields.numbers import IntegerField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import CodeField, LongTextField, TextField
from procure.web.forms import ProcureForm
from procure.web.messages import FieldMessage

_TIME = pattern(r"([01]?[0-9]|2[0-4])(?:[:时点]|(?=[0-9]{2}$))([0-5][0-9])?分?")


class TimeField(TypedField):
    """A time of day, typed as 9:30, 09:30 or 0930; data is minutes since midnight."""

    inputmode = "text"
    width_default = "short"

    def parse(self, text: str) -> int:
        """Read a time of day."""
        found = _TIME.fullmatch(text)
        minute = int(found[1]) * 60 + int(found[2] or 0) if found else -1
        if not 0 <= minute <= 24 * 60:
            raise ValueError(
                FieldMessage(
                    f"“{self.label.text}”不是可以识别的时间。",
                    remedy="应当像 9:30 或 14:05 这样填写。",
                )
            )
        return minute

    def show(self, value: Any) -> str:
        """The time in its normal form."""
        return time_words(value)


class RecipientRow(RowForm):
    """A person to be enrolled."""

    makes = RecipientPlan

    name = TextField("姓名", maximum=40, width="short", autocomplete="off")
    station = TextField("站点", maximum=60, width="half")
    care_class = TextField("照护类别", maximum=40, width="half", hint="例如 特困、低保、高龄独居")
    enrolled_on = DateField("登记日期", width="half")
    code = CodeField("编号", maximum=20, optional=True, hint="留空由系统编号")


class RecipientsForm(ProcureForm):
    """People to be taken into the register, several at once."""

    rows = RowsField(
        RecipientRow,
        "服务对象",
        minimum=1,
        maximum=MOST_ROWS,
        hint="姓名只用于核对身份，页面只显示姓氏，导出的文件只有编号。",
    )
    confirmed = ConfirmField("已取得服务对象或其监护人的单独同意")


class StaffRowForm(RowForm):
    """A worker to be registered."""

    makes = StaffPlan

    name = TextField("姓名", maximum=40, width="short", autocomplete="off")
    post = TextField("岗位", maximum=40, width="half")
    certificate = TextField("职业资格证书", maximum=60, width="half", optional=True)
    joined_on = DateField("到岗日期", width="half")


class StaffForm(ProcureForm):
    """Workers to be registered, several at once."""

    rows = RowsField(StaffRowForm, "服务人员", minimum=1, maximum=MOST_ROWS)


class LeaveForm(ProcureForm):
    """From which day on somebody is no longer served, or no longer works here."""

    left_on = DateField("最后一天")

    def offer(self, first: date, now: datetime) -> None:
        """Show the range of days."""
        self.left_on.earliest = first
        self.left_on.latest = local_date(now)


class RecordForm(ProcureForm):
    """A service given."""

    target = ChoiceField("服务目标", style="select")
    staff = ChoiceField("服务人员", style="select")
    recipient = ChoiceField(
        "服务对象",
        style="select",
        optional=True,
        mark="探访、上门必填",
        hint="上门、探访选名册中的服务对象，每人登记一条；活动留空。",
    )
    people = IntegerField(
        "参加人数",
        least=0,
        most=10_000,
        unit="人",
        width="short",
        optional=True,
        mark="活动必填",
        hint="活动、小组和站点开放填写；选了服务对象的不用填。",
    )
    served_on = DateField("服务日期")
    started = TimeField("开始时间", hint="例如 9:30")
    ended = TimeField("结束时间", hint="例如 11:00")
    place = TextField("地点", maximum=100)
    quantity = IntegerField(
        "计入数量",
        least=1,
        most=10_000,
        width="short",
        default=1,
        hint="一次探访、一场活动计一；按小时计的，按起止时间。",
    )
    volunteer_hours = IntegerField(
        "志愿者服务时数",
        least=0,
        most=10_000,
        unit="小时",
        width="short",
        default=0,
        hint="志愿者的时数单独统计，不计入机构人员的工时。",
    )
    content = LongTextField("服务内容", maximum=1000, rows=4)
    evidence = FilesField(
        "佐证材料",
        accept=EVIDENCE,
        megabytes=10,
        most=6,
        optional=True,
        hint="签到表、签字确认单、照片等；照片不要拍到服务对象的正面。",
    )
    backfill_reason = LongTextField(
        "补录原因",
        maximum=500,
        rows=2,
        optional=True,
        mark="补录时必填",
        hint="服务结束超过 24 小时登记的必须填写；超过 72 小时的一般不计入数量。",
    )

    def offer(
        self,
        contract: Contract,
        targets: Sequence[ContractTarget],
        staff: Sequence[StaffMember],
        recipients: Sequence[Recipient],
        now: datetime,
    ) -> None:
        """Put the contract's targets, workers and people on offer, and the range of days."""
        self.target.choices = [(one.id, f"{one.what}（{one.unit}）") for one in targets]
        self.staff.choices = [(one.id, f"{one.name}，{one.post}") for one in staff]
        self.recipient.choices = [
            (one.id, f"{one.code} {masked(one.name)}，{one.station}") for one in recipients
        ]
        self.served_on.earliest = contract.starts_on
        today = local_date(now)
        self.served_on.latest = min(today, last_service_day(contract))
        self.served_on.rule = policies.RULE_PLATFORM


class ReviewForm(ProcureForm):
    """Some records ticked, and the reason where one is needed."""

    records = ManyChoicesField(
        "服务记录",
        gone=FieldMessage(
            "所选的服务记录里有已经核实、不予认可或者撤回的，已不在列表中。",
            remedy="请核对仍然勾选的记录，再提交一次。",
        ),
    )
    reason = LongTextField(
        "理由",
        maximum=500,
        rows=2,
        optional=True,
        mark="不认可时必填",
        hint="不认可的必须写明；有提示的记录（超过 72 小时登记、时间重叠）确需计入的也要写明。",
    )

    def offer(self, rows: Sequence[RecordRow]) -> None:
        """Put the waiting records on offer."""
        self.records.choices = [(row.id, f"{row.served_on} {row.target}") for row in rows]


class WithdrawForm(ProcureForm):
    """Why a record is taken back."""

    reason = LongTextField(
        "撤回理由", maximum=500, rows=2, hint="例如重复登记、日期或者服务对象填错"
    )


class ReportForm(ProcureForm):
    """A milestone reported."""

    report = LongTextField("完成情况", maximum=4000, rows=6)
    evidence = FilesField("证明材料", accept=REPORTS, megabytes=20, most=10, optional=True)


class DecideForm(ProcureForm):
    """A reported milestone judged."""

    agreed = ChoiceField(
        "核实意见", choices=[("confirm", "确认这个节点已完成"), ("return", "退回补充")]
    )
    reason = LongTextField("退回理由", maximum=500, rows=3, optional=True, mark="退回时必填")

    @property
    def is_confirmed(self) -> bool:
        """Whether the milestone is confirmed and not returned."""
        return bool(self.agreed.data == "confirm")
