"""Forms of the catalogue: an item with its standard and indicators, and the reason to retire it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from procure.kernel.vocabulary import BuyMode, Dimension, Period
from procure.stages.catalogue.models import CatalogueClass
from procure.stages.catalogue.shipped import IndicatorData
from procure.web.fields.choices import ChoiceField, ConfirmField
from procure.web.fields.numbers import HundredthsField, IntegerField
from procure.web.fields.rows import RowForm, RowsField
from procure.web.fields.text import CodeField, LongTextField, TextField
from procure.web.forms import ProcureForm


class IndicatorRow(RowForm):
    """One indicator; the frequency is for those that count how often."""

    makes = IndicatorData

    dimension = ChoiceField("类别", style="select", choices=Dimension)
    name = TextField("指标", maximum=80)
    points = HundredthsField("分值", least=Decimal("0.01"), most=100, unit="分")
    standard = LongTextField("评分标准", maximum=1000, rows=3)
    evidence = TextField("证明材料", maximum=200)
    period = ChoiceField(
        "频次周期",
        style="select",
        optional=True,
        choices=Period,
        hint="按频次考核的指标填写，其他留空",
    )
    at_least = IntegerField("至少", least=1, most=100_000, optional=True)
    unit = TextField("单位", maximum=10, optional=True, width="short")
    each = TextField("每一", maximum=20, optional=True, width="half", hint="例如 站点、名册老年人")


class ItemForm(ProcureForm):
    """The content of an item: five parts of the standard, unit, mode and indicators."""

    name = TextField("名称", maximum=60)
    unit = TextField("计量单位", maximum=20, width="half", hint="例如 站·年、小时、人·月")
    mode = ChoiceField("购买方式", choices=BuyMode)
    commodity_code = CodeField("政府采购品目编码", maximum=20, optional=True)
    recipients = LongTextField("服务对象", maximum=2000)
    procedure = LongTextField("服务程序", maximum=4000, rows=8)
    quality = LongTextField("质量标准", maximum=4000, rows=8)
    time_limit = LongTextField("时限要求", maximum=2000)
    responsibility = LongTextField("责任", maximum=2000)
    indicators = RowsField(
        IndicatorRow, "评价指标", minimum=1, maximum=120, hint="各项分值合计应为 100 分。"
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then that a frequency is whole."""
        passed = super().validate(extra_validators)
        for row in self.indicators.filled:
            if (row.period.data is None) != (row.at_least.data is None):
                field = row.at_least if row.at_least.data is None else row.period
                field.errors = [*field.errors, "频次周期和“至少”要一起填写，或者都留空。"]
                passed = False
        return passed


class NewItemForm(ItemForm):
    """An item that the catalogue does not have yet."""

    class_code = ChoiceField("目录类别", style="select")
    code = CodeField("条目编号", maximum=20, hint="类别编号加两位顺序号，例如 0204")

    def offer(self, classes: Sequence[CatalogueClass]) -> None:
        """Set the classes to choose from."""
        self.class_code.choices = [(one.code, f"{one.code} {one.name}") for one in classes]


class PublishItemForm(ProcureForm):
    """The last word before an edition is in use."""

    confirmed = ConfirmField("我已核对服务标准和评价指标")


class RetireItemForm(ProcureForm):
    """Why an edition goes out of use."""

    reason = TextField("停用理由", maximum=200)
