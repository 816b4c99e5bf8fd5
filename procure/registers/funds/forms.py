"""What the budget officer types to register a budget line."""

from collections.abc import Sequence

from wtforms import ValidationError

from procure.kernel.access import Level
from procure.kernel.budget_codes import fault_of_economic, fault_of_function, fault_of_line
from procure.kernel.errors import Invalid
from procure.kernel.laws import cite
from procure.kernel.money import Money
from procure.kernel.text import half_width
from procure.registers.funds.models import BudgetLine, FundShare
from procure.registers.funds.queries import LINE_WORDS
from procure.registers.funds.use_cases import (
    CLASSES_REMEDY,
    MOST_WEIGHT,
    RULE_CLASSES,
    ShareDraft,
)
from procure.registers.funds.use_cases.correcting import LineParticulars
from procure.web.fields.choices import ChoiceField, YesNoField
from procure.web.fields.numbers import IntegerField, MoneyField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import CodeField, LongTextField, TextField
from procure.web.forms import ProcureForm
from procure.web.messages import FieldMessage


class ShareRow(RowForm):
    """One level of government and its weight."""

    makes = ShareDraft
    level = ChoiceField("承担级次", style="select", choices=Level)
    weight = IntegerField("分担比例", least=1, most=1_000_000)


class LineForm(ProcureForm):
    """What every line of an approved department budget says."""

    year = IntegerField("预算年度", least=2000, most=2099, unit="年")
    code = CodeField("预算项目编码", hint="与预算批复一致，由字母、数字、点和横线组成", maximum=30)
    name = TextField("预算项目名称", maximum=100)
    function_code = CodeField(
        "功能分类科目", hint="例如 2080208，基层政权建设和社区治理", maximum=7
    )
    economic_code = CodeField("部门经济分类科目", hint="例如 30227，委托业务费", maximum=5)
    fund_source = TextField("资金来源", hint="例如 一般公共预算、福利彩票公益金", maximum=40)
    amount = MoneyField("预算金额", least=Money(1), rule=cite("spend_by_budget"))

    def validate_code(self, field: CodeField) -> None:
        """Say with the first faults, not after them, what no line's code may be."""
        _refuse(fault_of_line(field.data))

    def validate_function_code(self, field: CodeField) -> None:
        """The same of the class by function in the line's year."""
        if self.year.data is not None:
            _refuse(fault_of_function(field.data, self.year.data))

    def validate_economic_code(self, field: CodeField) -> None:
        """The same of the economic class."""
        _refuse(fault_of_economic(field.data))


class RegisterLineForm(LineForm):
    """A line of an approved department budget with its shares by level."""

    buyer_id = ChoiceField("购买主体", style="select")
    shares = RowsField(
        ShareRow,
        "各级财政分担",
        minimum=1,
        maximum=len(Level),
        hint="按比例填写整数，例如市级 4、区级 6。每笔支付按这个比例分摊，除不尽的分由最后一级承担。",
    )

    def offer(self, buyers: Sequence[tuple[str, str]]) -> None:
        """Say which buyers may be chosen."""
        self.buyer_id.choices = buyers


class CorrectLineForm(LineForm):
    """A line as it should have been registered."""

    weights = TextField(
        "分担比例", maximum=80, hint="按各级的顺序写整数，用冒号分开，例如 4:6；级次不能更正"
    )
    reason = LongTextField("更正的理由和依据", maximum=1000, minimum=4, rows=4)

    def particulars(self) -> LineParticulars:
        """The line as it is to be; Invalid for weights that are none."""
        return self.command(LineParticulars, weights=weights_of(self.weights.data))


class DecideCorrectionForm(ProcureForm):
    """Agree to the correction, or refuse it."""

    agreed = YesNoField("是否同意", yes="同意更正", no="不同意，预算照旧")
    reason = LongTextField("不同意的理由", maximum=1000, rows=3, optional=True, mark="不同意时必填")


def _refuse(fault: str | None) -> None:
    if fault is not None:
        raise ValidationError(FieldMessage(fault, RULE_CLASSES, CLASSES_REMEDY))


def weights_of(text: str) -> tuple[int, ...]:
    """Weights as typed, 2:4:4; Invalid for what is none."""
    parts = half_width(text).replace("：", ":").split(":")
    if not all(part.strip().isdecimal() and 0 < int(part) <= MOST_WEIGHT for part in parts):
        raise Invalid("weights", "分担比例应当是正整数。", remedy="例如 2:4:4。")
    return tuple(int(part) for part in parts)


def values_of(line: BudgetLine, shares: Sequence[FundShare]) -> dict[str, object]:
    """A line's particulars as the form shows them."""
    told = {name: getattr(line, name) for name in LINE_WORDS if hasattr(line, name)}
    weights = ":".join(str(share.weight) for share in shares)
    return {**told, "amount": Money(line.amount_fen), "weights": weights}
