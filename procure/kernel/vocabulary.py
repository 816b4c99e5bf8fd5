"""The field's own terms as enumerations, with their words."""

import re
from decimal import Decimal
from enum import StrEnum


class ProcurementMethod(StrEnum):
    """采购方式 (GPL art 26)."""

    OPEN_TENDER = "open_tender"
    CONSULTATION = "consultation"


METHOD_LABELS = {
    ProcurementMethod.OPEN_TENDER: "公开招标",
    ProcurementMethod.CONSULTATION: "竞争性磋商",
}


class BuyMode(StrEnum):
    """What is bought: a project, posts, or quantities at a unit price."""

    PROJECT = "project"
    POST = "post"
    UNIT_PRICE = "unit_price"


BUY_MODE_LABELS = {
    BuyMode.PROJECT: "购买项目",
    BuyMode.POST: "购买岗位",
    BuyMode.UNIT_PRICE: "按量购买",
}


class PriceWay(StrEnum):
    """How a price is bid and scored; values are those of the scoring kernel."""

    LOW_PRICE_FIRST = "low_price_first"
    RATIO_TO_MAX = "ratio_to_max"
    FIXED = "fixed"


PRICE_WAY_LABELS = {
    PriceWay.LOW_PRICE_FIRST: "总价竞争（低价优先）",
    PriceWay.RATIO_TO_MAX: "固定总价，承诺工时竞争",
    PriceWay.FIXED: "固定总价，价格不计分",
}


class Period(StrEnum):
    """How often a target is counted."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    CONTRACT = "contract"


PERIOD_LABELS = {
    Period.WEEK: "每周",
    Period.MONTH: "每月",
    Period.QUARTER: "每季度",
    Period.HALF_YEAR: "每半年",
    Period.YEAR: "每年",
    Period.CONTRACT: "合同期内",
}
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


class PaymentTrigger(StrEnum):
    """What opens an instalment (R-GZ-6, R-FND-3)."""

    SIGNING = "signing"
    MIDTERM = "midterm"
    FINAL = "final"
    ACCEPTANCE = "acceptance"


PAYMENT_TRIGGER_LABELS = {
    PaymentTrigger.SIGNING: "合同签订并备案",
    PaymentTrigger.MIDTERM: "中期评估合格",
    PaymentTrigger.FINAL: "末期评估合格",
    PaymentTrigger.ACCEPTANCE: "履约验收合格并公告",
}


class EvaluationKind(StrEnum):
    """When in the contract's life an evaluation is made."""

    MIDTERM = "midterm"
    FINAL = "final"


EVALUATION_KIND_LABELS = {
    EvaluationKind.MIDTERM: "中期评估",
    EvaluationKind.FINAL: "末期评估",
}


class Grade(StrEnum):
    """Grade of an evaluation."""

    EXCELLENT = "excellent"
    GOOD = "good"
    PASS = "pass"  # noqa: S105  a grade
    FAIL = "fail"


GRADE_LABELS = {
    Grade.EXCELLENT: "优秀",
    Grade.GOOD: "良好",
    Grade.PASS: "合格",
    Grade.FAIL: "不合格",
}

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


class Dimension(StrEnum):
    """First-level indicators of a performance evaluation (R-PERF-3, MZ/T 059-2014)."""

    MANAGEMENT = "management"
    OUTPUT = "output"
    EFFECT = "effect"
    FINANCE = "finance"
    SATISFACTION = "satisfaction"


DIMENSION_LABELS = {
    Dimension.MANAGEMENT: "项目管理",
    Dimension.OUTPUT: "服务产出",
    Dimension.EFFECT: "服务成效",
    Dimension.FINANCE: "资金使用",
    Dimension.SATISFACTION: "满意度",
}


class NoticeKind(StrEnum):
    """Forms of public notice (FMT50)."""

    INTENTION = "intention"
    CANCELLATION = "cancellation"
    TENDER = "tender"
    RESULT = "result"
    FAILURE = "failure"
    TERMINATION = "termination"
    CONTRACT = "contract"
    ACCEPTANCE = "acceptance"


NOTICE_LABELS = {
    NoticeKind.INTENTION: "采购意向公告",
    NoticeKind.CANCELLATION: "采购意向取消公告",
    NoticeKind.TENDER: "采购公告",
    NoticeKind.RESULT: "中标（成交）结果公告",
    NoticeKind.FAILURE: "废标公告",
    NoticeKind.TERMINATION: "终止公告",
    NoticeKind.CONTRACT: "合同公告",
    NoticeKind.ACCEPTANCE: "验收结果公告",
}

NEGATIVE_LIST: tuple[str, ...] = (
    "不属于政府职责范围的服务事项",
    "应当由政府直接履职的事项（行政决策、许可、执法等）",
    "货物和工程，以及将工程和服务打包的项目",
    "融资行为",
    "购买主体的人员招聘、劳务派遣或公益性岗位",
    "法律、行政法规以及国务院规定不得购买的其他事项",
)
"""The six things that may not be bought (O102 art 10, R 3.2): any yes blocks the plan."""

LONG_TERM_CONDITIONS: tuple[str, ...] = (
    "各年度预算有保障",
    "服务内容相对固定、连续性强",
    "经费来源稳定",
    "价格变化幅度小",
)
"""All four must hold for a term over one year, at most three (O102 art 24, R-CON-2)."""


class InstitutionClass(StrEnum):
    """What an institution (事业单位) is classed as; the first kind may not provide (O102 art 6, 8)."""

    CLASS_I = "class_1"
    CLASS_II = "class_2"
    PRODUCTION = "production"


INSTITUTION_LABELS = {
    InstitutionClass.CLASS_I: "公益一类事业单位",
    InstitutionClass.CLASS_II: "公益二类事业单位",
    InstitutionClass.PRODUCTION: "从事生产经营活动的事业单位",
}


class AbsenceKind(StrEnum):
    """Why a member of a panel cannot take part, besides a conflict (财政部令第87号 art 49)."""

    ABSENCE = "absence"
    HEALTH = "health"


ABSENCE_LABELS = {AbsenceKind.ABSENCE: "缺席", AbsenceKind.HEALTH: "健康原因"}


class Outcome(StrEnum):
    """What a round of acceptance came to."""

    FULL = "full"
    PARTIAL = "partial"
    REFUSED = "refused"


OUTCOME_LABELS = {
    Outcome.FULL: "合格",
    Outcome.PARTIAL: "部分合格",
    Outcome.REFUSED: "不合格",
}


class OpinionChannel(StrEnum):
    """How a recipient answered."""

    CODE = "code"
    PHONE = "phone"
    PAPER = "paper"


CHANNEL_LABELS = {
    OpinionChannel.CODE: "扫码填写",
    OpinionChannel.PHONE: "电话访问",
    OpinionChannel.PAPER: "纸质意见卡",
}


class EarlyEndKind(StrEnum):
    """Why a contract ends before its term (民法典 art 562, 563; the contract's own article)."""

    AGREED = "agreed"
    SUPPLIER_BREACH = "supplier_breach"
    BUYER_CAUSE = "buyer_cause"
    FORCE_MAJEURE = "force_majeure"


EARLY_END_LABELS = {
    EarlyEndKind.AGREED: "双方协商一致",
    EarlyEndKind.SUPPLIER_BREACH: "乙方违约",
    EarlyEndKind.BUYER_CAUSE: "甲方原因",
    EarlyEndKind.FORCE_MAJEURE: "不可抗力",
}


class SettlementGround(StrEnum):
    """Why a contract is closed though not all of it was performed, accepted and paid."""

    NOT_SERVED = "not_served"
    ENDED_EARLY = "ended_early"
    NOT_MADE_GOOD = "not_made_good"
    NOT_ASKED = "not_asked"


SETTLEMENT_LABELS = {
    SettlementGround.NOT_SERVED: "没有提供可以验收的服务",
    SettlementGround.ENDED_EARLY: "合同提前终止，双方已经结清",
    SettlementGround.NOT_MADE_GOOD: "验收不合格，不再整改",
    SettlementGround.NOT_ASKED: "验收以后承接主体逾期没有申请支付",
}
