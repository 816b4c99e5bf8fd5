"""Forms of plans."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from procure.kernel.access import Level
from procure.kernel.laws import cite
from procure.kernel.money import Money
from procure.kernel.vocabulary import (
    LONG_TERM_CONDITIONS,
    NEGATIVE_LIST,
    NEGATIVE_QUESTIONS,
    BuyMode,
    PriceWay,
    ProcurementMethod,
)
from procure.registers.funds.queries import LineRow
from procure.registers.projects.use_cases import TITLE_LENGTH
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.content import LONGEST_TERM, RULE_SURVEY, RULE_TERM, PlanContent
from procure.stages.plans.policies import RULE_INTENTION
from procure.web.fields.choices import (
    Choice,
    ChoiceField,
    ConfirmField,
    ManyChoicesField,
    YesNoField,
)
from procure.web.fields.dates import DateField
from procure.web.fields.numbers import IntegerField, MoneyField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import FormPart, ProcureForm
from procure.web.totals import Remainder

NEGATIVE_FIELDS = tuple(f"negative_{position}" for position in range(len(NEGATIVE_LIST)))
METHOD_HINTS = {
    ProcurementMethod.OPEN_TENDER: "默认方式；达到公开招标数额标准的必须采用。自招标文件发出至投标截止不少于 20 日。",
    ProcurementMethod.CONSULTATION: f"政府购买服务项目可以采用（{cite('talks_for_services', ProcurementMethod.CONSULTATION)}）。自磋商文件发出至响应截止不少于 10 日。",
}
PRICE_WAY_HINTS = {
    PriceWay.LOW_PRICE_FIRST: "报价越低，价格分越高。",
    PriceWay.RATIO_TO_MAX: "合同总价固定为最高限价，比承诺的年服务工时。",
    PriceWay.FIXED: "合同总价固定为最高限价，只比服务质量。",
}


PLAN_PARTS = (
    FormPart(
        "需求",
        (
            "title",
            "catalogue_item_id",
            "requested_by",
            "surveyed_on",
            "reason",
            "outline",
            "survey",
        ),
        "谁提出、为什么买、买什么。",
    ),
    FormPart("资金", ("budget_line_id", "amount", "ceiling", "ceiling_reason")),
    FormPart(
        "采购方式和期限",
        (
            "method",
            "price_way",
            "mode",
            "term_months",
            "term_conditions",
            "funding_note",
            "expected_on",
        ),
    ),
    FormPart(
        "负面清单",
        NEGATIVE_FIELDS,
        f"逐项回答；有一项为“是”就不能购买（{cite('negative_list')}）。",
    ),
)


class PlanForm(ProcureForm):
    """All answers of a plan."""

    parts: ClassVar[tuple[FormPart, ...]] = PLAN_PARTS
    left: Remainder
    """What the chosen budget leaves; set with what may be chosen."""

    title = TextField("项目名称", maximum=TITLE_LENGTH)
    catalogue_item_id = ChoiceField("购买的服务（目录条目）", style="select")
    requested_by = TextField("需求提出单位", maximum=80, hint="谁提出要买，例如 井岸镇人民政府")
    reason = LongTextField(
        "申请理由",
        maximum=2000,
        minimum=10,
        rows=4,
        hint="为什么要买：服务谁、解决什么问题、往年情况",
    )
    outline = LongTextField(
        "采购需求概况",
        maximum=2000,
        minimum=10,
        rows=4,
        hint="采购标的、数量、服务时间和主要要求；会写入采购意向公告",
    )
    survey = LongTextField(
        "需求调查和征求公众意见的情况",
        maximum=2000,
        minimum=10,
        rows=4,
        hint="面向公众的公共服务必须调查并征求意见：调查对象（不少于 3 家）、"
        f"结论（《政府采购需求管理办法》、{cite('opinions_asked')}）",
    )
    surveyed_on = DateField(
        "需求调查的时间", rule=RULE_SURVEY, hint="最近一次调查结束的日期，送审前一年以内的才有效"
    )
    budget_line_id = ChoiceField("使用的预算")
    amount = MoneyField("采购预算", least=Money(1))
    ceiling = MoneyField("最高限价", least=Money(1), hint="不高于采购预算；不得设最低限价")
    ceiling_reason = LongTextField(
        "最高限价明显低于预算的理由",
        maximum=500,
        rows=2,
        optional=True,
        mark="低于预算一半时必填",
        hint="最高限价是全部数量的总价，不是一个单位的价格",
    )
    method = ChoiceField(
        "采购方式",
        choices=[Choice(m, m.label, METHOD_HINTS[m]) for m in ProcurementMethod],
    )
    mode = ChoiceField("购买方式", choices=BuyMode)
    price_way = ChoiceField(
        "报价方式", choices=[Choice(w, w.label, PRICE_WAY_HINTS[w]) for w in PriceWay]
    )
    term_months = IntegerField("服务期限", least=1, most=LONGEST_TERM, unit="个月", rule=RULE_TERM)
    term_conditions = ManyChoicesField(
        "服务期限超过 12 个月的条件",
        least=0,
        mark="超过 12 个月时必填",
        choices=list(enumerate(LONG_TERM_CONDITIONS)),
        hint="超过 12 个月的要四项同时具备；12 个月以内的不用勾选",
    )
    funding_note = LongTextField(
        "跨年度资金的来源和依据",
        maximum=500,
        rows=3,
        optional=True,
        mark="超过 12 个月或者使用其他年度预算时必填",
        hint="以后年度每年多少、从哪里来，或者结转、提前下达的文号",
    )
    expected_on = DateField("预计采购时间", hint="公告上只写到月份")
    negative_0 = YesNoField(f"是否属于{NEGATIVE_QUESTIONS[0]}")
    negative_1 = YesNoField(f"是否属于{NEGATIVE_QUESTIONS[1]}")
    negative_2 = YesNoField(f"是否属于{NEGATIVE_QUESTIONS[2]}")
    negative_3 = YesNoField(f"是否属于{NEGATIVE_QUESTIONS[3]}")
    negative_4 = YesNoField(f"是否属于{NEGATIVE_QUESTIONS[4]}")
    negative_5 = YesNoField(f"是否属于{NEGATIVE_QUESTIONS[5]}")

    def offer(
        self,
        items: Sequence[CatalogueItem],
        lines: Sequence[LineRow],
        available: Mapping[str, Mapping[Level, Money]],
        held: Mapping[str, Money],
    ) -> None:
        """Set what may be chosen: items in use, and the own lines with what is left by level, to
        which belongs what the plan itself has `held` of them.
        """
        self.left = Remainder(
            "budget_line_id",
            "amount",
            {line.id: Money(line.available_fen) + held.get(line.id, Money(0)) for line in lines},
        )
        self.catalogue_item_id.choices = [(one.id, f"{one.code} {one.name}") for one in items]
        self.budget_line_id.choices = [
            Choice(
                line.id,
                f"{line.year} 年 {line.code} {line.name}",
                _left(line, available[line.id]),
            )
            for line in lines
        ]

    @property
    def negative_list(self) -> list[Any]:
        """The six questions in their order."""
        return [self[name] for name in NEGATIVE_FIELDS]

    def content(self) -> PlanContent:
        """The typed answers as plain data."""
        chosen = set(self.term_conditions.data)
        return self.command(
            PlanContent,
            negative_list=tuple(field.data for field in self.negative_list),
            term_conditions=tuple(
                position in chosen for position in range(len(LONG_TERM_CONDITIONS))
            ),
        )


class SubmitPlanForm(ProcureForm):
    """The last look before a plan is sent for approval."""

    confirmed = ConfirmField("以上内容我已核对，需求和预算真实")


class DecidePlanForm(ProcureForm):
    """The approver's judgement."""

    decision = ChoiceField(
        "审核结论", choices=[("approve", "同意，批准采购计划"), ("return", "退回修改")]
    )
    reason = LongTextField(
        "审核意见",
        maximum=1000,
        rows=4,
        optional=True,
        mark="退回时必填",
        hint="退回的必须写明哪一项要改、怎样改",
    )
    confirmed = ConfirmField(
        "我已核对采购计划，知道批准以后预算立即占用", when=("decision", "approve")
    )


class PublishIntentionForm(ProcureForm):
    """The month to be announced."""

    expected_on = DateField("预计采购时间", rule=RULE_INTENTION, hint="公告上只写到月份")
    confirmed = ConfirmField("我已核对公告内容，知道公开以后不能撤回")


class ReasonForm(ProcureForm):
    """What takes its reason: to throw a draft away, to cancel a plan."""

    change_reason = LongTextField("理由", maximum=1000, minimum=4, rows=4)


class AdjustPlanForm(PlanForm):
    """All answers of a plan as they are to be, with the reason."""

    parts = (FormPart("调整的理由", ("change_reason",)), *PLAN_PARTS)

    change_reason = LongTextField(
        "调整的理由",
        maximum=1000,
        minimum=4,
        rows=4,
        hint="为什么调整、依据什么；审核负责人据此决定",
    )


class DecideChangeForm(ProcureForm):
    """Agree to what was asked for, or refuse it."""

    agreed = YesNoField("是否同意", yes="同意", no="不同意，采购计划照旧")
    change_reason = LongTextField(
        "不同意的理由", maximum=1000, rows=3, optional=True, mark="不同意时必填"
    )


def _left(line: LineRow, available: Mapping[Level, Money]) -> str:
    """What is left of a line, in all and by level."""
    levels = "、".join(
        f"{level.label} {available[level].format()}" for level in Level if level in available
    )
    return (
        f"共 {Money(line.amount_fen).format()}，可用 {Money(line.available_fen).format()}"
        f"（{levels}）"
    )


def values_of(content: PlanContent) -> dict[str, Any]:
    """A plan's answers as the form shows them."""
    told = dict(vars(content))
    answers = told.pop("negative_list")
    told["term_conditions"] = tuple(
        position for position, holds in enumerate(content.term_conditions) if holds
    )
    return {**told, **dict(zip(NEGATIVE_FIELDS, answers, strict=True))}


def first_values() -> dict[str, Any]:
    """What a new form starts with: the usual answers. How is bought depends on the amount and is
    asked; so is the negative list.
    """
    return {"term_months": 12, "mode": BuyMode.PROJECT}
