"""The style guide: every layout and macro with made-up content, shown in the demonstration only.

It is what designers look at and what the tests parse. All persons and organisations are invented.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.case_lines import (
    Paper,
    PersonLine,
    StageStep,
    StepStanding,
    Task,
    TimelineItem,
    Waiting,
)
from procure.kernel.clock import at_local
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.errors import NotFound, refused
from procure.kernel.findings import Finding, SectionState, block, confirm, warn
from procure.kernel.laws import cite
from procure.kernel.lifecycle import (
    Audience,
    ContractState,
    PaymentRequestState,
    State,
    TenderState,
    Tone,
)
from procure.kernel.money import Money
from procure.kernel.paging import Page, page_request
from procure.kernel.vocabulary import ProcurementMethod
from procure.kernel.workdays import CHINA, Unit
from procure.web.access import permits
from procure.web.fields.choices import (
    Choice,
    ChoiceField,
    ConfirmField,
    ManyChoicesField,
    YesNoField,
)
from procure.web.fields.dates import DateField, DateTimeField
from procure.web.fields.numbers import DecimalField, IntegerField, MoneyField, PercentField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import CodeField, LongTextField, PhoneField, TextField
from procure.web.forms import ProcureForm
from procure.web.listing import Filter, Listing
from procure.web.presenters import (
    Answer,
    AnswerSection,
    Badge,
    Chart,
    Column,
    DeskBar,
    Fact,
    FlowStep,
    Link,
    MenuItem,
    Percent,
    Quantity,
    Row,
    Section,
    SiteBar,
)

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
DIGEST = "9f2c4b7e1a6d8035c4e9b21f7d60a853e41c9b7f02d5a6e8134f7c90b2d5e6a1"
CLERK = PersonLine("林秋月", "白藤街道办事处", "采购经办人")
APPROVER = PersonLine("何志远", "白藤街道办事处", "审核负责人")
SUPPLIER = PersonLine("苏晓岚", "启明社会工作服务中心", "机构负责人")
OPENING = at_local(date(2026, 11, 26), time(17, 30))
RULE = cite("least_time", ProcurementMethod.CONSULTATION)


class ScoreRow(RowForm):
    """One line of a scoring scheme."""

    name = TextField("评分项目", width="half", maximum=40)
    points = DecimalField("分值", least=1, most=100, unit="分", places=1)
    kind = ChoiceField(
        "评分方式",
        style="select",
        width="half",
        choices=[("fixed", "客观分"), ("judged", "主观分")],
    )


class SampleForm(ProcureForm):
    """One field of every kind."""

    name = TextField("项目名称", hint="与预算批复中的名称一致", maximum=60)
    code = CodeField("统一社会信用代码", hint="18 位，在登记证书上")
    phone = PhoneField("联系电话", optional=True)
    method = ChoiceField(
        "采购方式",
        choices=[
            Choice("consultation", "竞争性磋商", "政府购买服务项目可以采用"),
            Choice("open_tender", "公开招标", "达到公开招标数额标准的应当采用"),
        ],
    )
    level = ChoiceField(
        "资金承担级次", style="select", choices=[("city", "市级"), ("street", "街道")]
    )
    ceiling = MoneyField(
        "最高限价", hint="可以填 1,850,000 或 185万", most=Money.parse("2,000,000")
    )
    opens = DateField("公告日期", earliest=date(2026, 11, 24), latest=date(2026, 12, 31), rule=RULE)
    closes = DateTimeField("响应文件提交截止时间")
    staff = IntegerField("最少服务人员", least=1, most=200, unit="人")
    share = PercentField("首期支付比例", optional=True)
    channels = ManyChoicesField(
        "发布渠道", choices=[("province", "省政府采购网"), ("district", "区政府网站")]
    )
    small_only = YesNoField("专门面向中小企业采购")
    reason = LongTextField("采购理由", hint="写明服务对象、现状和要解决的问题", maximum=500)
    criteria = RowsField(
        ScoreRow, "评分标准", minimum=2, maximum=20, hint="各项分值合计应当为 100 分"
    )


class DecisionForm(ProcureForm):
    """A judgement with its reason."""

    verdict = ChoiceField("审核结论", choices=[("pass", "同意发布"), ("return", "退回修改")])
    reason = LongTextField("理由", hint="会写入办理经过，经办人可以看到", minimum=5, maximum=500)


class ConfirmForm(ProcureForm):
    """The box before what cannot be undone."""

    confirmed = ConfirmField("我已核对公告内容、截止时间和最高限价")


class OpinionForm(ProcureForm):
    """One question on a phone."""

    answer = ChoiceField(
        "护理员每次上门的时间准时吗？",
        choices=[("always", "每次都准时"), ("mostly", "多数时候准时"), ("seldom", "经常不准时")],
    )


def _paper(name: str, kind: str, **more: Any) -> Paper:
    return Paper(name, kind, 482_113, DIGEST, "#", NOW - timedelta(days=3), **more)


def _deadlines() -> list[DeadlineLine]:
    due = CHINA.due(date(2026, 11, 12), 10, Unit.WORKDAY)
    far = CHINA.due(date(2026, 12, 20), 10, Unit.WORKDAY)
    return [
        deadline_line(due, NOW, label="提交响应文件", at=OPENING, rule=RULE),
        deadline_line(date(2026, 11, 23), NOW, label="澄清答复", kind=DeadlineKind.DUTY),
        deadline_line(date(2026, 11, 18), NOW, label="中期评估报告", kind=DeadlineKind.DUTY),
        deadline_line(
            far, NOW, label="签订合同", kind=DeadlineKind.DUTY, rule=cite("contract_by_result")
        ),
        deadline_line(date(2026, 11, 30), NOW, label="质疑期满", kind=DeadlineKind.EARLIEST),
        deadline_line(date(2026, 11, 20), NOW, label="意向公开", met_on=date(2026, 11, 19)),
    ]


def _steps() -> list[StageStep]:
    finished = [("计划", date(2026, 9, 8)), ("招标", date(2026, 11, 12))]
    ahead = ["评审", "合同", "履约", "评估", "验收", "支付", "办结"]
    return [
        *(StageStep(label, StepStanding.DONE, on=day, href="#") for label, day in finished),
        StageStep("投标", StepStanding.CURRENT, "17:30 截止", date(2026, 11, 26), "#"),
        *(StageStep(label, StepStanding.AHEAD) for label in ahead),
    ]


def _timeline() -> list[TimelineItem]:
    return [
        TimelineItem(NOW, "发布更正公告", CLERK, "开标地点改为三楼会议室", "招标", href="#"),
        TimelineItem(
            NOW - timedelta(days=11), "发布采购公告", APPROVER, "", "招标",
            (_paper("居家养老服务采购公告.pdf", "采购公告"),),
        ),
        TimelineItem(NOW - timedelta(days=13), "送审采购文件", CLERK, stage="招标"),
    ]  # fmt: skip


def _tasks(lines: list[DeadlineLine]) -> list[Task]:
    blocked = refused(
        "采购文件由您本人起草，应当由另一人审核。",
        rule=cite("duties_apart"),
        remedy="请转给何志远办理。",
    )
    case, number = "白藤街道居家养老服务（2027年度）", "BT-2026-017"
    return [
        Task(case, number, "答复供应商的澄清问题", "答复澄清", "#", lines[1], "3 个问题还没有答复"),
        Task("红旗社区社工站服务", "BT-2026-009", "报送中期评估报告", "填写报告", "#", lines[2]),
        Task("井岸片区失能护理服务", "BT-2026-021", "审核采购文件", "审核文件", "#", lines[3],
             verdict=blocked),
    ]  # fmt: skip


def _facts() -> list[Fact]:
    return [
        Fact("最高限价", Money.parse("1,854,000"), "含一切税费", change_href="#"),
        Fact("服务对象", Quantity(1280, "人"), "60 周岁以上失能、半失能老人"),
        Fact("中小企业预留份额", Percent(Decimal(1))),
        Fact("公告日期", date(2026, 11, 12)),
        Fact("截止时间", OPENING),
        Fact("采购文件", Link("居家养老服务采购文件", "#")),
        Fact("联合体", False),
        Fact("备注", ""),
    ]


def _listing(argument_items: dict[str, str]) -> Listing:
    asked = page_request(argument_items, ("due", "name", "amount"), ("state",))
    columns = (
        Column("name", "项目", sortable=True),
        Column("state", "状态"),
        Column("due", "下一期限", sortable=True),
        Column("amount", "预算金额", numeric=True, sortable=True),
    )
    names = ("居家养老服务", "社工站服务", "失能护理服务", "助餐配餐服务", "长者健康监测")
    states: tuple[State, ...] = (TenderState.PUBLISHED, TenderState.DRAFT, TenderState.SUBMITTED,
              ContractState.FILED, PaymentRequestState.PAID)  # fmt: skip
    lines = _deadlines()
    rows = tuple(
        Row((f"白藤街道{name}（2027年度）", Badge(state), line, Money(185_400_000 + 7_733 * n)), "#",
            f"BT-2026-{n:03}")
        for n, (name, state, line) in enumerate(zip(names, states, lines, strict=False), start=11)
    )  # fmt: skip
    choices = tuple((str(state), words) for state, words in
                    ((TenderState.DRAFT, "编制中"), (TenderState.PUBLISHED, "已公告")))  # fmt: skip
    return Listing(
        request.path, Page(rows, 128, replace(asked, size=5)), columns, rows,
        (Filter("state", "状态", choices),), "项目", "个", exports=("csv", "xlsx"),
        search_label="查找名称或编号",
    )  # fmt: skip


def _sections() -> list[Section]:
    return [
        Section("项目与预算", "#", SectionState.DONE),
        Section("采购需求", "#", SectionState.NEEDS_CHANGE, "审核意见：服务频次要写明每周次数"),
        Section("评分标准", "#", SectionState.DOING, "已填 60 分，还差 40 分"),
        Section("合同主要条款", "#", SectionState.NOT_STARTED),
    ]


def _findings() -> list[Finding]:
    return [
        block("评分标准合计 60 分，应当为 100 分。",
                cite("scoring", ProcurementMethod.OPEN_TENDER), "请补足 40 分。", "#"),
        confirm("价格分低于 10 分。", RULE, "请说明理由并由负责人确认。", "#"),
        warn("截止日前一天是周六，供应商咨询可能无人答复。"),
    ]  # fmt: skip


def _answers() -> list[AnswerSection]:
    answers = (
        Answer("项目名称", "白藤街道居家养老服务（2027年度）", "#"),
        Answer("最高限价", Money.parse("1,854,000"), "#"),
        Answer("截止时间", OPENING, "#"),
    )
    return [AnswerSection("项目与预算", answers, "#")]


def _flow() -> list[tuple[str, list[FlowStep]]]:
    total = Money.parse("1,854,000")
    first, second = total.allocate((4, 6))
    return [
        ("预算", [FlowStep("市级福利彩票公益金", first, "承担 40%", "#"),
                 FlowStep("街道财政资金", second, "承担 60%", "#")]),
        ("合同", [FlowStep("居家养老服务合同", total, "2027年1月1日起一年", "#",
                         Badge(ContractState.FILED))]),
        ("分期", [FlowStep("首期款", first, "合同备案后 10 个工作日内", "#"),
                 FlowStep("验收款", second, "验收合格后 10 个工作日内", "#")]),
        ("支付", [FlowStep("首期款", first, "12月3日到账", "#", Badge(PaymentRequestState.PAID)),
                 FlowStep("验收款", second, "等待验收", "", Badge(Tone.QUIET, "尚未申请"))]),
    ]  # fmt: skip


def _chart() -> Chart:
    bars = "".join(
        f'<rect x="{60 + 130 * n}" y="{180 - height}" width="60" height="{height}" fill="#1d4f91"/>'
        f'<text x="{90 + 130 * n}" y="200" font-size="14" text-anchor="middle">{month}</text>'
        for n, (month, height) in enumerate((("9月", 96), ("10月", 118), ("11月", 143)))
    )
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="210" viewBox="0 0 480 210" role="img" '
        f'aria-label="每月服务时数">{bars}</svg>'
    )
    rows = tuple(
        Row((month, hours)) for month, hours in (("9月", 960), ("10月", 1180), ("11月", 1430))
    )
    columns = (Column("month", "月份"), Column("hours", "服务时数（小时）", numeric=True))
    return Chart("每月服务时数", (svg,), "三个月连续增加，11月为 1,430 小时。", columns, rows)


def _people() -> list[tuple[str, PersonLine]]:
    return [("经办", CLERK), ("审核", APPROVER), ("承接主体", SUPPLIER)]


def _content() -> dict[str, Any]:
    lines = _deadlines()
    return {
        "deadlines": lines,
        "steps": _steps(),
        "timeline_items": _timeline(),
        "task_lines": _tasks(lines),
        "waiting_lines": [
            Waiting("白藤街道居家养老服务（2027年度）", "BT-2026-017", "审核更正公告",
                    "何志远（审核负责人）", "#", lines[0]),
        ],
        "facts": _facts(),
        "sections": _sections(),
        "finding_lines": _findings(),
        "answer_sections": _answers(),
        "flow_columns": _flow(),
        "figure": _chart(),
        "people_lines": _people(),
        "paper_lines": [
            _paper("居家养老服务采购文件.pdf", "采购文件", by="林秋月"),
            _paper("启明社会工作服务中心响应文件", "响应文件", sealed=True),
        ],
        "supplier_badge": Badge(TenderState.PUBLISHED, audience=Audience.SUPPLIER),
        "states": [TenderState.DRAFT, TenderState.SUBMITTED, TenderState.PUBLISHED,
                   TenderState.OPENED, TenderState.FAILED],
        "blocked": refused("质疑期还没有届满，不能签订合同。", rule=cite("challenge_in_time"),
                           remedy="11月30日起可以办理。"),
        "total": Money.parse("1,854,000"),
    }  # fmt: skip


PAGES = {
    "home": "我的待办",
    "case": "项目页",
    "list": "列表页",
    "form": "表单页",
    "check": "核对页",
    "decision": "审核页",
    "money": "资金页",
    "reading": "阅读页",
    "field": "手机单题页",
    "confirm": "确认页",
}


def _frame() -> dict[str, Any]:
    menu = tuple(
        MenuItem(label, "#", current=label == "项目")
        for label in ("我的待办", "项目", "采购公告", "合同", "资金", "监督")
    )
    desk = DeskBar(CLERK, menu, 3, "#", "#", "/styleguide/")
    site = SiteBar(
        links=(Link("使用说明", "#"), Link("样式一览", "/styleguide/")),
        demo_note="平台时间为 2026年11月23日 周一 09:30",
        demo_href="#",
    )
    return {"desk": desk, "site": site, "server_now": NOW, "sample_pages": PAGES}


def styleguide_blueprint() -> Blueprint:
    """The style guide's pages; the application registers them in demonstration mode only."""
    blueprint = Blueprint("styleguide", __name__)

    @blueprint.get("/")
    @permits(Permission.PUBLIC)
    def index() -> ResponseReturnValue:
        return render_template("styleguide/index.html", **_frame(), **_content())

    @blueprint.route("/<page>", methods=["GET", "POST"])
    @permits(Permission.PUBLIC)
    def sample(page: str) -> ResponseReturnValue:
        if page not in PAGES:
            raise NotFound
        forms = {"form": SampleForm, "decision": DecisionForm, "confirm": ConfirmForm,
                 "field": OpinionForm}  # fmt: skip
        form = forms.get(page, ConfirmForm)(version=3)
        if form.validate_on_submit():
            flash("填写的内容符合要求。这里是样式一览，没有保存任何内容。", "done")
        context = {**_frame(), **_content(), "form": form}
        if page == "list":
            context["listing_page"] = _listing(request.args.to_dict())
        return render_template(f"styleguide/{page}.html", **context), form.status

    return blueprint
