"""Forms of tenders: one for each section, and those of the decisions."""

from decimal import Decimal
from typing import ClassVar

from procure.kernel.clock import at_local
from procure.kernel.money import Money
from procure.kernel.vocabulary import PaymentTrigger, Period, PriceWay
from procure.stages.plans.forms import PRICE_WAY_HINTS
from procure.stages.tenders.content import (
    Factor,
    Instalment,
    Payments,
    Policy,
    Qualification,
    Requirement,
    Schedule,
    Scoring,
    SectionContent,
    SectionKey,
    Target,
    Targets,
)
from procure.stages.tenders.dates import TenderDates
from procure.stages.tenders.models import Tender
from procure.web.fields.choices import Choice, ChoiceField, ConfirmField, YesNoField
from procure.web.fields.dates import DateField, DateTimeField
from procure.web.fields.numbers import HundredthsField, IntegerField, PercentField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import ProcureForm
from procure.web.totals import RunningTotal

LEAST_POINTS = Decimal("0.01")


class SectionForm(ProcureForm):
    """What every section's form can do; `makes` is the kind of its section."""

    makes: ClassVar[type[SectionContent]]

    def section(self) -> SectionContent:
        """The typed answers as plain data."""
        return self.command(self.makes)

    def bound(self, dates: TenderDates) -> None:
        """Set the lawful range of dates, for the section that has dates."""

    def running_total(self, tender: Tender) -> RunningTotal | None:
        """What the numbers of this section must add up to, None where nothing is added."""
        return None


class RequirementForm(SectionForm):
    """What is to be done, where, by whom, and how it is accepted."""

    makes = Requirement

    requirement = LongTextField(
        "采购需求",
        maximum=15_000,
        rows=16,
        hint="已按目录条目的服务标准预填：对象、程序、质量、时限、责任；请按本项目修改",
    )
    service_place = TextField("服务地点", maximum=200)
    staffing = LongTextField(
        "人员要求", maximum=2000, rows=4, hint="人数、证书、在岗时间；人员由承接主体聘用和管理"
    )
    acceptance_way = LongTextField(
        "验收要求", maximum=4000, rows=6, hint="公共服务项目应当邀请服务对象参与并公告结果"
    )
    start_within_days = IntegerField(
        "合同签订后多少日内开始服务",
        least=1,
        most=180,
        unit="日",
        hint="服务期限从开始服务之日起算；公告、采购文件和合同都按这一条",
    )


class TargetRow(RowForm):
    """One target."""

    makes = Target

    what = TextField("服务项目", maximum=80)
    each = TextField("每个", maximum=20, optional=True, width="half", hint="例如 站点、名册老年人")
    period = ChoiceField("周期", style="select", choices=Period, width="half")
    at_least = IntegerField("不少于", least=1, most=1_000_000)
    unit = TextField("单位", maximum=10, width="short")
    condition = TextField("完成条件", maximum=200, optional=True)


class TargetsForm(SectionForm):
    """The targets of the service."""

    makes = Targets

    rows = RowsField(
        TargetRow,
        "服务目标",
        minimum=1,
        maximum=60,
        hint="已按目录条目的频次指标预填；合同的服务数量、履约核实和评价都以此为准",
    )


class QualificationForm(SectionForm):
    """Who may bid, and what must be met."""

    makes = Qualification

    qualification = LongTextField(
        "资格要求",
        maximum=6000,
        rows=10,
        hint="每行一条。不得以注册资本、营业收入、从业人员、利润、纳税额等规模条件作为资格要求",
    )
    starred = LongTextField(
        "实质性要求（★）",
        maximum=6000,
        rows=6,
        optional=True,
        hint="每行一条，文件中自动标“★”；不满足的无效，请只列必须满足的",
    )
    takes_consortia = YesNoField("是否接受联合体", yes="接受", no="不接受")


class FactorRow(RowForm):
    """One quality factor."""

    makes = Factor

    name = TextField("评分因素", maximum=80)
    points = HundredthsField("分值", least=LEAST_POINTS, most=100, unit="分")
    objective = YesNoField("评分性质", yes="客观分（各评委应当一致）", no="主观分", style="select")
    standard = LongTextField(
        "评分标准", maximum=1500, rows=4, hint="写明各档的指标、单位、分段和得分"
    )
    evidence = TextField("证明材料", maximum=200, optional=True)


class ScoringForm(SectionForm):
    """How bids are scored."""

    makes = Scoring

    price_way = ChoiceField(
        "报价方式", choices=[Choice(w, w.label, PRICE_WAY_HINTS[w]) for w in PriceWay]
    )
    price_points = HundredthsField(
        "价格分（工时分）",
        least=0,
        most=100,
        unit="分",
        hint="竞争性磋商的服务项目 10 至 30 分，公开招标的服务项目不低于 10 分；固定总价且价格不计分的填 0",
    )
    hours_floor = IntegerField(
        "年服务工时下限",
        least=1,
        most=10_000_000,
        unit="小时",
        optional=True,
        mark="工时竞争时必填",
        hint="只在承诺工时竞争时填写，低于下限的无效",
    )
    factors = RowsField(
        FactorRow,
        "评分因素",
        minimum=1,
        maximum=40,
        hint="与价格分（工时分）合计应为 100 分",
        distinct="name",
    )

    def running_total(self, tender: Tender) -> RunningTotal:
        """The marks of the price and of all factors make a hundred (R-SC-1)."""
        return RunningTotal(("price_points", "factors-*-points"), "分")


class InstalmentRow(RowForm):
    """One instalment."""

    makes = Instalment

    trigger = ChoiceField(
        "付款条件",
        style="select",
        choices=PaymentTrigger,
    )
    percent = PercentField("比例", least=LEAST_POINTS)


class PaymentsForm(SectionForm):
    """The instalments."""

    makes = Payments

    rows = RowsField(InstalmentRow, "付款安排", minimum=1, maximum=12, hint="各期比例合计应为 100%")

    def running_total(self, tender: Tender) -> RunningTotal:
        """The instalments make the whole price, of which the ceiling is the most."""
        return RunningTotal(("rows-*-percent",), "%", Money(tender.ceiling_fen), "最高限价")


class ScheduleForm(SectionForm):
    """Dates and place."""

    makes = Schedule

    documents_until = DateField("采购文件提供的最后一日", hint="当日 24:00 停止提供")
    deadline_at = DateTimeField("截止时间", hint="与开标（开启）时间相同")
    opening_place = TextField("地点", maximum=200)
    validity_days = IntegerField("有效期", least=30, most=365, unit="日", hint="自截止之日起算")

    def bound(self, dates: TenderDates) -> None:
        """The words of the method, and the lawful ranges if the document is published on the first
        possible day.
        """
        said = dates.said
        self.documents_until.label.text = f"{said.document}提供的最后一日"
        self.deadline_at.label.text = f"{said.deadline}和{said.opening}时间"
        self.opening_place.label.text = f"{said.opening}地点"
        self.validity_days.label.text = f"{said.bid}有效期"
        self.documents_until.earliest = dates.documents.due.on
        self.documents_until.rule = dates.documents.period.source
        self.deadline_at.earliest = at_local(dates.waiting.due.on)
        self.deadline_at.rule = dates.waiting.period.source


class PolicyForm(SectionForm):
    """Deduction for small firms and the bounds of abnormally low bids."""

    makes = Policy

    deduction_rate = PercentField(
        "小微企业价格扣除比例",
        most=20,
        hint="10% 至 20%（财库〔2022〕19号）；不设扣除的填 0。社会组织不享受这项扣除",
    )
    low_mean = PercentField("异常低价：低于平均报价的", least=50, most=65, rule="财库〔2026〕2号")
    low_second = PercentField("异常低价：低于次低报价的", least=50, most=65, rule="财库〔2026〕2号")
    low_ceiling = PercentField(
        "异常低价：低于最高限价的", least=45, most=65, rule="财库〔2026〕2号"
    )


SECTION_FORMS: dict[SectionKey, type[SectionForm]] = {
    SectionKey.REQUIREMENT: RequirementForm,
    SectionKey.TARGETS: TargetsForm,
    SectionKey.QUALIFICATION: QualificationForm,
    SectionKey.SCORING: ScoringForm,
    SectionKey.PAYMENTS: PaymentsForm,
    SectionKey.SCHEDULE: ScheduleForm,
    SectionKey.POLICY: PolicyForm,
}


class SubmitTenderForm(ProcureForm):
    """The last look before the document is sent for approval."""

    confirmed = ConfirmField("采购文件我已逐项核对，没有差别待遇和歧视性要求")


class DecideTenderForm(ProcureForm):
    """The approver's judgement."""

    decision = ChoiceField(
        "审核结论", choices=[("publish", "同意，立即发布采购公告"), ("return", "退回修改")]
    )
    reason = LongTextField(
        "审核意见",
        maximum=1000,
        rows=4,
        optional=True,
        mark="退回时必填",
        hint="退回的必须写明哪一部分要改、怎样改",
    )
    confirmed = ConfirmField(
        "我已核对采购文件和法定日期，知道公告发布以后不能撤回", when=("decision", "publish")
    )


class TerminateTenderForm(ProcureForm):
    """Why the purchase ends, and whether the task itself falls away."""

    reason = LongTextField("终止理由", maximum=500, rows=4, hint="写入终止公告，对外公开")
    cancelled = ChoiceField(
        "以后",
        choices=[
            Choice(False, "修改后重新采购", "预算继续占用，可以重新编制采购文件"),
            Choice(True, "采购任务取消", "占用的预算退回，项目办结"),
        ],
    )
    confirmed = ConfirmField("我确认终止采购活动，终止公告发布后不能撤回")
