"""Forms of evaluations."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from procure.kernel.lifecycle import label_of
from procure.kernel.uploads import REPORTS
from procure.stages.evaluation.models import (
    Evaluation,
    EvaluationIndicator,
    SampleCheck,
    SampleVerdict,
)
from procure.stages.evaluation.policies import BUYERS_GROUNDS, OWN_GROUNDS
from procure.stages.evaluation.queries import EvaluatorChoice
from procure.stages.evaluation.use_cases.confirm import (
    ConfirmEvaluation,
    ReturnEvaluation,
)
from procure.stages.evaluation.use_cases.score import (
    IndicatorScore,
    RecordCheck,
)
from procure.web.fields.choices import Choice, ChoiceField, ConfirmField
from procure.web.fields.dates import DateField
from procure.web.fields.files import FilesField
from procure.web.fields.numbers import HundredthsField, IntegerField
from procure.web.fields.text import LongTextField
from procure.web.forms import ProcureForm

MOST_PEOPLE = 1_000_000
CHANNELS = (
    ("入户访问", "入户访问"),
    ("电话访问", "电话访问"),
    ("站点现场问卷", "站点现场问卷"),
    ("电话访问和入户访问", "电话访问和入户访问"),
)

BEFORE_SUBMITTING = "提交前必填"


class AssignForm(ProcureForm):
    """Who evaluates, and what was checked of their independence."""

    evaluator_id = ChoiceField("评估员", style="select", hint="所在机构即为受托评估机构")
    checked = LongTextField(
        "利害关系核查情况",
        maximum=500,
        rows=3,
        hint="例如：已核对评估机构的登记信息和委托协议，与承接主体、投标人没有隶属和投资关系",
    )

    def offer(self, choices: Sequence[EvaluatorChoice]) -> None:
        """Set the evaluators to choose from; who may not be chosen is not offered."""
        self.evaluator_id.choices = [
            Choice(one.user_id, f"{one.organisation_name}　{one.name}")
            for one in choices
            if not one.refusal
        ]


class DeclareForm(ProcureForm):
    """The declaration of independence."""

    confirmed = ConfirmField("我已阅读并签署以上声明")


class DeclineForm(ProcureForm):
    """The assessor steps back."""

    ground = ChoiceField("原因", choices=OWN_GROUNDS)
    reason = LongTextField("具体情况", maximum=500, rows=3)
    confirmed = ConfirmField("情况属实，知道退出以后不能撤回")


class RecallForm(ProcureForm):
    """The buyer takes an evaluation back."""

    ground = ChoiceField("原因", choices=BUYERS_GROUNDS)
    reason = LongTextField("具体情况", maximum=500, rows=3)


class ScoresForm(ProcureForm):
    """Points and reason of each indicator of one dimension; fields are named by position."""

    def scores(self, indicators: Sequence[EvaluationIndicator]) -> tuple[IndicatorScore, ...]:
        """The scores as typed, in hundredths of a point."""
        return tuple(self._score(row) for row in indicators)

    def _score(self, row: EvaluationIndicator) -> IndicatorScore:
        at = row.position
        return IndicatorScore(row.id, self[f"score_{at}"].data, self[f"reason_{at}"].data)


def scores_form(indicators: Sequence[EvaluationIndicator]) -> type[ScoresForm]:
    """The form of one dimension: its indicators decide its fields."""
    fields: dict[str, Any] = {}
    for row in indicators:
        fields[f"score_{row.position}"] = HundredthsField(
            f"{row.name}：得分",
            least=0,
            most=Decimal(row.points) / 100,
            unit="分",
            optional=True,
            mark=BEFORE_SUBMITTING,
        )
        fields[f"reason_{row.position}"] = LongTextField(
            f"{row.name}：理由", maximum=500, rows=3, optional=True, mark=BEFORE_SUBMITTING
        )
    return type("DimensionScoresForm", (ScoresForm,), fields)


def values_of_scores(indicators: Sequence[EvaluationIndicator]) -> dict[str, Any]:
    """What is saved of a dimension, as its form shows it."""
    values: dict[str, Any] = {}
    for row in indicators:
        values[f"score_{row.position}"] = row.score
        values[f"reason_{row.position}"] = row.reason
    return values


class ChecksForm(ProcureForm):
    """The verdict on each drawn record, in the order of the draw, and what follows for the rest."""

    rest_conclusion = LongTextField(
        "对其余记录的结论",
        maximum=1000,
        rows=4,
        optional=True,
        mark="有不属实、无法核实的，或者没有核查的，提交前必填",
        hint="写明没有抽中的记录能不能采信、依据是什么；已经全部核查的，写明全部核查",
    )

    def checks(self, evaluation: Evaluation) -> tuple[RecordCheck, ...]:
        """The verdicts as chosen."""
        return tuple(
            RecordCheck(record_id, self[f"verdict_{at}"].data, self[f"reason_{at}"].data)
            for at, record_id in enumerate(evaluation.sampled_ids, start=1)
        )


def checks_form(evaluation: Evaluation) -> type[ChecksForm]:
    """The form of a drawn sample: its records decide its fields."""
    fields: dict[str, Any] = {}
    for at in range(1, len(evaluation.sampled_ids) + 1):
        fields[f"verdict_{at}"] = ChoiceField(
            f"第 {at} 条：核查结论",
            style="select",
            choices=SampleVerdict,
            optional=True,
            mark=BEFORE_SUBMITTING,
        )
        fields[f"reason_{at}"] = LongTextField(
            f"第 {at} 条：理由",
            maximum=500,
            rows=2,
            optional=True,
            mark="不属实、无法核实的必填",
        )
    return type("SampleChecksForm", (ChecksForm,), fields)


def values_of_checks(evaluation: Evaluation, kept: Mapping[str, SampleCheck]) -> dict[str, Any]:
    """The saved verdicts as the form shows them."""
    values: dict[str, Any] = {"rest_conclusion": evaluation.rest_conclusion}
    for at, record_id in enumerate(evaluation.sampled_ids, start=1):
        if record_id in kept:
            values[f"verdict_{at}"] = kept[record_id].verdict
            values[f"reason_{at}"] = kept[record_id].reason
    return values


class VisitForm(ProcureForm):
    """What was seen on site."""

    visited_on = DateField("实地走访日期")
    survey_sampled = IntegerField("满意度调查抽样人数", least=1, most=MOST_PEOPLE, unit="人")
    survey_answered = IntegerField("有效回答人数", least=0, most=MOST_PEOPLE, unit="人")
    survey_satisfied = IntegerField("表示满意人数", least=0, most=MOST_PEOPLE, unit="人")
    survey_channel = ChoiceField("调查方式", choices=CHANNELS)


class SummaryForm(ProcureForm):
    """What the report says in words."""

    overview = LongTextField("项目概况", maximum=2000, rows=5)
    achievements = LongTextField("主要成效", maximum=2000, rows=5)
    problems = LongTextField("存在问题", maximum=4000, rows=5, optional=True, hint="每行写一个问题")
    advice = LongTextField("改进建议", maximum=4000, rows=4, optional=True, hint="每行写一条建议")


def values_of_summary(evaluation: Evaluation) -> dict[str, Any]:
    """The saved words as the form shows them."""
    return {
        "overview": evaluation.summary,
        "achievements": evaluation.achievements,
        "problems": evaluation.problems,
        "advice": evaluation.advice,
    }


class SubmitForm(ProcureForm):
    """The last word before the report goes to the buyer."""

    confirmed = ConfirmField("我已核对评分、理由和报告内容，对评估结论的真实性负责")


class Judgement(StrEnum):
    """What the buyer makes of a report."""

    CONFIRM = "confirm"
    RETURN = "return"


class DecideForm(ProcureForm):
    """Let the result stand, or send it back."""

    judgement = ChoiceField(
        "处理意见",
        choices=(
            Choice(
                Judgement.CONFIRM,
                label_of("confirm_evaluation"),
                "结果即时生效，承接主体可以看到报告",
            ),
            Choice(Judgement.RETURN, "退回评估机构补充", "评分保留，评估机构补充后重新提交"),
        ),
    )
    reason = LongTextField("退回理由", maximum=500, rows=3, optional=True, mark="退回时必填")
    rectification_demand = LongTextField(
        "整改要求", maximum=1000, rows=4, optional=True, mark="评估不合格时必填"
    )
    confirmed = ConfirmField(
        "我已阅读评估报告，知道确认以后不能撤回", when=("judgement", Judgement.CONFIRM)
    )

    def to_command(self, evaluation: Evaluation) -> ConfirmEvaluation | ReturnEvaluation:
        """The decision."""
        if self.judgement.data is Judgement.RETURN:
            return self.command(ReturnEvaluation, evaluation.id)
        return self.command(ConfirmEvaluation, evaluation.id)


class RectificationForm(ProcureForm):
    """What the provider put right."""

    note = LongTextField(
        "整改情况", maximum=2000, rows=8, hint="对照整改要求逐条说明，并注明证明材料"
    )
    evidence = FilesField("整改材料", accept=REPORTS, megabytes=20, most=10, optional=True)


class WaiveForm(ProcureForm):
    """The provider will put nothing right."""

    reason = LongTextField("不再整改的理由", maximum=1000, rows=4)
    confirmed = ConfirmField("本机构不再整改，知道采购人可以据此以不合格办结这次评估")


class AgainForm(ProcureForm):
    """When the further round is due."""

    due_on = DateField("复评最迟完成日期")


class RefuseRectificationForm(ProcureForm):
    """What of the rectification is not enough."""

    reason = LongTextField(
        "退回理由", maximum=1000, rows=4, hint="对照整改要求，写明哪些还没有整改到位"
    )


class SettleForm(ProcureForm):
    """Why a failed evaluation is closed."""

    reason = LongTextField("办结理由", maximum=1000, rows=4, hint="写明为什么不再复评")
    confirmed = ConfirmField("我知道办结以后不再复评，不能撤回")
