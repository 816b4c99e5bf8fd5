"""The field's own terms as enumerations, with their words."""

import re
from decimal import Decimal

from procure.kernel.labelled import LabelledEnum


class ProcurementMethod(LabelledEnum):
    """采购方式 (GPL art 26)."""

    OPEN_TENDER = "open_tender", "公开招标"
    CONSULTATION = "consultation", "竞争性磋商"


class BuyMode(LabelledEnum):
    """What is bought: a project, posts, or quantities at a unit price."""

    PROJECT = "project", "购买项目"
    POST = "post", "购买岗位"
    UNIT_PRICE = "unit_price", "按量购买"


class PriceWay(LabelledEnum):
    """How a price is bid and scored; values are those of the scoring kernel."""

    LOW_PRICE_FIRST = "low_price_first", "总价竞争（低价优先）"
    RATIO_TO_MAX = "ratio_to_max", "固定总价，承诺工时竞争"
    FIXED = "fixed", "固定总价，价格不计分"


class Period(LabelledEnum):
    """How often a target is counted."""

    WEEK = "week", "每周"
    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"
    CONTRACT = "contract", "合同期内"


PERIOD_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: 12}
"""The months of the periods that are counted in months."""


# Not where the word begins one that is itself the thing: 个案, 户籍老人, 支部, 名册.
_MEASURE = re.compile(r"(个(?!案|体)|位|户(?!籍|外)|间|支(?!部|队(?!伍))|名(?!册))(?=.)")


def counted_for(each: str) -> tuple[str, str]:
    """What a target is counted for, with its measure word: 每位在册老人 is (位, 在册老人).

    People type 站点, 每站点 or 每个站点 and mean the same; without a measure word it is 个.
    """
    thing = each.removeprefix("每") or each
    measure = _MEASURE.match(thing)
    return (measure[1], thing[measure.end() :]) if measure else ("个", thing)


ONCE = frozenset({"", "项目"})
"""What a target is counted for when it is counted once for the whole project."""


def each_words(each: str) -> str:
    """For each of what a target is counted: 每个站点, whether 站点 was typed or 每站点."""
    return "" if each in ONCE else "每" + "".join(counted_for(each))


def least_words(period: Period, at_least: int, unit: str, each: str) -> str:
    """How often at least: 每个站点每月不少于 1 次."""
    return f"{each_words(each)}{period.label}不少于 {at_least:,} {unit}"


class PaymentTrigger(LabelledEnum):
    """What opens an instalment (R-GZ-6, R-FND-3)."""

    SIGNING = "signing", "合同签订并备案"
    MIDTERM = "midterm", "中期评估合格"
    FINAL = "final", "末期评估合格"
    ACCEPTANCE = "acceptance", "履约验收合格并公告"


class EvaluationKind(LabelledEnum):
    """When in the contract's life an evaluation is made."""

    MIDTERM = "midterm", "中期评估"
    FINAL = "final", "末期评估"


class Grade(LabelledEnum):
    """Grade of an evaluation."""

    EXCELLENT = "excellent", "优秀"
    GOOD = "good", "良好"
    PASS = "pass", "合格"
    FAIL = "fail", "不合格"


GRADE_BANDS: tuple[tuple[Decimal, Grade], ...] = (
    (Decimal(90), Grade.EXCELLENT),
    (Decimal(80), Grade.GOOD),
    (Decimal(60), Grade.PASS),
    (Decimal(0), Grade.FAIL),
)
"""Bands closed at the lower end: Shenzhen 2021 (R-GZ-4 [verified:P]); Guangzhou's own not found."""


def grade_of(total: Decimal) -> Grade:
    """The grade of a total out of 100 points (R-GZ-4)."""
    return next(grade for floor, grade in GRADE_BANDS if total >= floor)


class Dimension(LabelledEnum):
    """First-level indicators of a performance evaluation (R-PERF-3, MZ/T 059-2014)."""

    MANAGEMENT = "management", "项目管理"
    OUTPUT = "output", "服务产出"
    EFFECT = "effect", "服务成效"
    FINANCE = "finance", "资金使用"
    SATISFACTION = "satisfaction", "满意度"


class NoticeKind(LabelledEnum):
    """Forms of public notice (FMT50)."""

    INTENTION = "intention", "采购意向公告"
    CANCELLATION = "cancellation", "采购意向取消公告"
    TENDER = "tender", "采购公告"
    RESULT = "result", "中标（成交）结果公告"
    FAILURE = "failure", "废标公告"
    TERMINATION = "termination", "终止公告"
    CONTRACT = "contract", "合同公告"
    ACCEPTANCE = "acceptance", "验收结果公告"


NEGATIVE_LIST: tuple[str, ...] = (
    "不属于政府职责范围的服务事项",
    "应当由政府直接履职的事项（行政决策、许可、执法等）",
    "货物和工程，以及将工程和服务打包的项目",
    "融资行为",
    "购买主体的人员招聘、劳务派遣或公益性岗位",
    "法律、行政法规以及国务院规定不得购买的其他事项",
)
"""The six things that may not be bought (O102 art 10, R 3.2): any yes blocks the plan."""
NEGATIVE_QUESTIONS = ("超出政府职责范围的服务事项", *NEGATIVE_LIST[1:])
"""The list as it is asked for and answered: nobody is asked whether something is not so."""

LONG_TERM_CONDITIONS: tuple[str, ...] = (
    "各年度预算有保障",
    "服务内容相对固定、连续性强",
    "经费来源稳定",
    "价格变化幅度小",
)
"""All four must hold for a term over one year, at most three (O102 art 24, R-CON-2)."""


class InstitutionClass(LabelledEnum):
    """What an institution (事业单位) is classed as; the first kind may not provide (O102 art 6, 8)."""

    CLASS_I = "class_1", "公益一类事业单位"
    CLASS_II = "class_2", "公益二类事业单位"
    PRODUCTION = "production", "从事生产经营活动的事业单位"


class AbsenceKind(LabelledEnum):
    """Why a member of a panel cannot take part, besides a conflict (财政部令第87号 art 49)."""

    ABSENCE = "absence", "缺席"
    HEALTH = "health", "健康原因"


class Outcome(LabelledEnum):
    """What a round of acceptance came to."""

    FULL = "full", "合格"
    PARTIAL = "partial", "部分合格"
    REFUSED = "refused", "不合格"


class OpinionChannel(LabelledEnum):
    """How a recipient answered."""

    CODE = "code", "扫码填写"
    PHONE = "phone", "电话访问"
    PAPER = "paper", "纸质意见卡"


class EarlyEndKind(LabelledEnum):
    """Why a contract ends before its term (民法典 art 562, 563; the contract's own article)."""

    AGREED = "agreed", "双方协商一致"
    SUPPLIER_BREACH = "supplier_breach", "乙方违约"
    BUYER_CAUSE = "buyer_cause", "甲方原因"
    FORCE_MAJEURE = "force_majeure", "不可抗力"


class SettlementGround(LabelledEnum):
    """Why a contract is closed though not all of it was performed, accepted and paid."""

    NOT_SERVED = "not_served", "没有提供可以验收的服务"
    ENDED_EARLY = "ended_early", "合同提前终止，双方已经结清"
    NOT_MADE_GOOD = "not_made_good", "验收不合格，不再整改"
    NOT_ASKED = "not_asked", "验收以后承接主体逾期没有申请支付"
