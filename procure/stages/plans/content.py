"""What a plan says, as plain data, and the rules that no plan may break."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from procure.kernel.day_words import date_words
from procure.kernel.errors import Invalid
from procure.kernel.events import canonical, plain
from procure.kernel.findings import Finding, block, warn
from procure.kernel.labelled import LabelledEnum
from procure.kernel.laws import cite
from procure.kernel.lots import named_lots
from procure.kernel.money import Money
from procure.kernel.vocabulary import (
    LONG_TERM_CONDITIONS,
    NEGATIVE_LIST,
    BuyMode,
    PriceWay,
    ProcurementMethod,
)
from procure.kernel.workdays import add_months

LONG_TERM = 12
LONGEST_TERM = 36
RULE_TERM = cite("contract_years")
RULE_NEGATIVE = cite("negative_list")
RULE_SPLITTING = cite("no_splitting")
RULE_METHOD = f"{cite('method_by_amount')}、{cite('method_approved')}"
RULE_BUDGET = f"{cite('within_budget')}、{cite('spend_by_budget')}"
RULE_HIRING = cite("negative_list")
RULE_YEARS = f"{cite('contract_years')}、{cite('spend_by_budget')}"
RULE_SURVEY = cite("needs_surveyed")
RULE_LOTS = "本平台现行范围：一个采购项目一个采购包"
LIKE_A_UNIT, LOW = 5, 50
"""Percent of the budget: below the first a ceiling can only be the price of one unit; below the
second it is one where the purchase is by quantity or post, and wants its reason elsewhere.
"""

HIRING_WORDS = re.compile(
    r"考勤|坐班|上下班|打卡|固定工资|月薪|按月(?:发放|支付)?工资|编外|临聘|借调|派遣|同工同酬"
    r"|服从(?:甲方|采购人|购买主体|单位|科室)[^，。；]{0,8}(?:管理|安排|调配)"
)
"""Signs of hiring in the dress of a purchase (R-GPS-5; 养事不养人)."""


@dataclass(frozen=True)
class PlanContent:
    """All answers of a plan."""

    title: str
    catalogue_item_id: str
    budget_line_id: str
    amount: Money
    ceiling: Money
    method: ProcurementMethod
    mode: BuyMode
    price_way: PriceWay
    term_months: int
    expected_on: date
    requested_by: str
    reason: str
    outline: str
    survey: str
    negative_list: tuple[bool, ...]
    term_conditions: tuple[bool, ...]
    funding_note: str = ""
    ceiling_reason: str = ""
    surveyed_on: date | None = None

    @property
    def told(self) -> dict[str, Any]:
        """All answers as plain data, amounts in fen."""
        told = {
            item.name: value.fen if isinstance(value, Money) else value
            for item in fields(self)
            for value in [getattr(self, item.name)]
        }
        return {name: plain(value) for name, value in told.items()}

    @property
    def digest(self) -> str:
        """The SHA-256 of all answers in canonical form."""
        return hashlib.sha256(canonical(self.told).encode()).hexdigest()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "PlanContent":
        """The answers from the plain data that `told` gave."""
        surveyed_on = told["surveyed_on"]
        return cls(
            **{
                **told,
                "amount": Money(told["amount"]),
                "ceiling": Money(told["ceiling"]),
                "method": ProcurementMethod(told["method"]),
                "mode": BuyMode(told["mode"]),
                "price_way": PriceWay(told["price_way"]),
                "expected_on": date.fromisoformat(told["expected_on"]),
                "negative_list": tuple(told["negative_list"]),
                "term_conditions": tuple(told["term_conditions"]),
                "surveyed_on": date.fromisoformat(surveyed_on) if surveyed_on else None,
            }
        )


def require_lawful(content: PlanContent) -> None:
    """Raise Invalid for what no plan may say, naming the field, the rule and the remedy."""
    _require_one_lot(content)
    _require_amounts(content)
    _require_total_ceiling(content)
    _require_negative_list(content)
    _require_term(content)


def lot_refusal(words: tuple[str, ...]) -> tuple[str, str, str]:
    """What is said of a text that names lots: message, rule, remedy."""
    shown = "、".join(f"“{word}”" for word in words)
    return (
        f"写到了{shown}。现在一个项目只有一个采购包：所有投标人放在一起比，只有一家成交，"
        "文字里分的包不起作用。",
        RULE_LOTS,
        "要分包采购的，请每个包单独编制采购计划；不分包的，请删去这些字样。",
    )


def _require_one_lot(content: PlanContent) -> None:
    """Lots that stand in a text only would be won by one bidder together."""
    for field in ("title", "requested_by", "reason", "outline", "survey"):
        if words := named_lots(getattr(content, field)):
            message, rule, remedy = lot_refusal(words)
            raise Invalid(field, message, rule, remedy)


def _require_amounts(content: PlanContent) -> None:
    if content.amount.fen <= 0:
        raise Invalid("amount", "采购预算应当大于零。", RULE_BUDGET, "请填写批准的预算金额。")
    if content.ceiling.fen <= 0:
        raise Invalid("ceiling", "最高限价应当大于零。", _ceiling_rule(content), "请填写最高限价。")
    if content.ceiling > content.amount:
        raise Invalid(
            "ceiling",
            f"最高限价 {content.ceiling.format()} 超过了采购预算 {content.amount.format()}。",
            _ceiling_rule(content),
            "请把最高限价改为不超过采购预算。",
        )


def _require_total_ceiling(content: PlanContent) -> None:
    """A ceiling is that of the whole: every bid, the award and the contract are read as totals."""
    if not _below(content, LOW):
        return
    ceiling, amount = content.ceiling.format(), content.amount.format()
    by_unit = content.mode is not BuyMode.PROJECT
    if by_unit or _below(content, LIKE_A_UNIT):
        way = f"购买方式是“{content.mode.label}”，" if by_unit else ""
        raise Invalid(
            "ceiling",
            f"{way}最高限价 {ceiling} 远低于采购预算 {amount}，像是一个单位的价格。"
            "投标报价、评审、合同和付款都按总价计算，还不能按单价报价。",
            _ceiling_rule(content),
            "请填写全部数量的总价，例如每小时 80 元、共 6000 小时的填 480000；"
            "采购预算多填了的，请改小采购预算。",
        )
    if not content.ceiling_reason.strip():
        raise Invalid(
            "ceiling_reason",
            f"最高限价 {ceiling} 不到采购预算 {amount} 的一半，要写明理由。",
            _ceiling_rule(content),
            "填的是单价的，请改为全部数量的总价；确实要这样设的，请写明测算的依据。",
        )


def _ceiling_rule(content: PlanContent) -> str:
    """The article on the highest price, by the way of procuring."""
    return cite("ceiling", content.method)


def _below(content: PlanContent, percent: int) -> bool:
    return content.ceiling.fen * 100 < content.amount.fen * percent


def _require_negative_list(content: PlanContent) -> None:
    """Any yes ends it (R 3.2, O102 art 10)."""
    if len(content.negative_list) != len(NEGATIVE_LIST):
        raise Invalid("negative_list", "负面清单的六项都要回答。", RULE_NEGATIVE)
    for position, (answer, words) in enumerate(
        zip(content.negative_list, NEGATIVE_LIST, strict=True)
    ):
        if answer:
            raise Invalid(
                f"negative_{position}",
                f"“{words}”不得列入政府购买服务。",
                RULE_NEGATIVE,
                "属于这一项的事项不能购买，请调整采购内容；填错的，请改为“否”。",
            )


def _require_term(content: PlanContent) -> None:
    """V24: over a year only with all four conditions; never over three (R-CON-2)."""
    if not 1 <= content.term_months <= LONGEST_TERM:
        raise Invalid(
            "term_months",
            f"服务期限应为 1 至 {LONGEST_TERM} 个月。",
            RULE_TERM,
            "一般不超过 12 个月；四项条件都具备的，最长 36 个月。",
        )
    missing = [
        words
        for answer, words in zip(content.term_conditions, LONG_TERM_CONDITIONS, strict=True)
        if not answer
    ]
    if content.term_months > LONG_TERM and missing:
        raise Invalid(
            "term_conditions",
            f"服务期限超过 12 个月要四项条件同时具备，还缺：{'、'.join(missing)}。",
            RULE_TERM,
            "四项条件都具备的，请逐项勾选；不具备的，请把期限改为 12 个月以内。",
        )
    if content.term_months > LONG_TERM and not content.funding_note.strip():
        raise Invalid(
            "funding_note",
            f"所选预算只是一个年度的，服务期限有 {content.term_months} 个月，要写明以后年度的钱从哪里来。",
            RULE_YEARS,
            "请写明资金来源、每年金额和依据（例如中期财政规划、批复文号）；没有着落的，"
            "请把期限改为 12 个月以内。",
        )


ANNOUNCED = (
    "title", "catalogue_item_id", "amount", "method", "mode", "term_months", "expected_on", "outline"
)  # fmt: skip
"""The answers that the intention notice tells (财办库〔2020〕50号)."""

FIELD_WORDS = {
    "title": "项目名称",
    "catalogue_item_id": "购买的服务",
    "budget_line_id": "使用的预算",
    "amount": "采购预算",
    "ceiling": "最高限价",
    "method": "采购方式",
    "mode": "购买方式",
    "price_way": "报价方式",
    "term_months": "服务期限",
    "expected_on": "预计采购时间",
    "requested_by": "需求提出单位",
    "reason": "申请理由",
    "outline": "采购需求概况",
    "survey": "需求调查和征求公众意见",
    "negative_list": "负面清单",
    "term_conditions": "超过 12 个月的条件",
    "funding_note": "跨年度资金的来源和依据",
    "ceiling_reason": "最高限价明显低于预算的理由",
    "surveyed_on": "需求调查的时间",
}
"""The answers of a plan in words, in the order of the form."""


def changed_fields(before: PlanContent, after: PlanContent) -> tuple[str, ...]:
    """The names of the answers that differ."""
    return tuple(name for name in FIELD_WORDS if getattr(before, name) != getattr(after, name))


_LISTS = {"negative_list": NEGATIVE_LIST, "term_conditions": LONG_TERM_CONDITIONS}


def answer_words(content: PlanContent, name: str) -> str:
    """One answer in words; of an item or a line only its id."""
    value = getattr(content, name)
    if isinstance(value, Money):
        return value.format()
    if isinstance(value, date):
        return date_words(value)
    if isinstance(value, LabelledEnum):
        return value.label
    if name in _LISTS:
        return (
            "、".join(words for words, yes in zip(_LISTS[name], value, strict=True) if yes) or "无"
        )
    return f"{value} 个月" if name == "term_months" else str(value or "未填写")


@dataclass(frozen=True)
class PlanSurroundings:
    """What a plan is checked against: the money there is, its neighbours, the thresholds.

    `others` is what the same buyer planned this year on the same line and class by other ways than
    open tender; `threshold` the open-tender amount of the buyer's place, which at most warns while it is unverified.
    `today` is the day of sending, or the present one before that.
    """

    today: date
    available: Money
    line_name: str
    line_year: int
    year: int
    item_mode: BuyMode
    item_is_published: bool
    others: Money
    others_count: int
    threshold: Money
    threshold_source: str
    warn_share: int
    earliest_on: date


def check_plan(content: PlanContent, around: PlanSurroundings) -> tuple[Finding, ...]:
    """What speaks against sending the plan for approval: what blocks first, then what to heed."""
    found: list[Finding] = []
    try:
        require_lawful(content)
    except Invalid as broken:
        found.append(block(broken.message, broken.rule or "", broken.remedy or ""))
    found += _check_budget(content, around)
    found += _check_term(content)
    found += _check_survey(content, around)
    found += _check_method(content, around)
    found += _check_splitting(content, around)
    found += _check_hiring(content)
    found += _check_ceiling(content)
    found += _check_item(content, around)
    found += _check_start(content, around)
    return tuple(found)


def _check_budget(content: PlanContent, around: PlanSurroundings) -> Iterator[Finding]:
    funded = content.funding_note.strip()
    other = f"所选预算是 {around.line_year} 年度的，项目是 {around.year} 年度的"
    if content.amount > around.available:
        yield block(
            f"预算“{around.line_name}”可用 {around.available.format()}，"
            f"不够本次采购的 {content.amount.format()}。",
            RULE_BUDGET,
            "请减少采购预算、改用其他预算，或者请财政部门追加后再送审。",
        )
    elif around.line_year != around.year and not funded:
        yield block(
            f"{other}，没有写明结转或者提前下达的批准文件。",
            RULE_BUDGET,
            "请改选本年度的预算；已经批准结转的，请在“跨年度资金的来源和依据”写明文号。",
        )
    elif around.line_year != around.year:
        yield warn(f"{other}，依据：{funded}", RULE_BUDGET, "请核对批准文件。")


def _check_ceiling(content: PlanContent) -> Iterator[Finding]:
    if _below(content, LOW) and content.ceiling_reason.strip():
        yield warn(
            f"最高限价不到采购预算的一半，理由：{content.ceiling_reason.strip()}",
            _ceiling_rule(content),
            "请核对最高限价是不是全部数量的总价。",
        )
    if content.mode is not BuyMode.PROJECT:
        yield warn(
            f"购买方式是“{content.mode.label}”，但报价、合同和付款按总价"
            f" {content.ceiling.format()} 以内计算，不按实际数量结算。",
            _ceiling_rule(content),
            "请核对数量写在采购需求里、限价是全部数量的总价；要按实际数量结算的，请不要在本平台采购。",
        )


def _check_term(content: PlanContent) -> Iterator[Finding]:
    """R-CON-2: what years to come will pay is not in this year's line."""
    if content.term_months > LONG_TERM and content.funding_note.strip():
        yield warn(
            f"服务期限 {content.term_months} 个月，所选预算只是一个年度的。"
            f"以后年度的资金：{content.funding_note.strip()}",
            RULE_YEARS,
            "请核对以后年度的资金是否落实。",
        )


def _check_survey(content: PlanContent, around: PlanSurroundings) -> Iterator[Finding]:
    """R-PRE-5: a survey of the last year counts."""
    day = content.surveyed_on
    if day is None:
        yield block("需求调查的时间还没有填写。", RULE_SURVEY, "请填写最近一次调查结束的日期。")
    elif day > around.today:
        yield block(
            f"需求调查的时间 {date_words(day)} 还没有到。", RULE_SURVEY, "请核对需求调查的时间。"
        )
    elif day < add_months(around.today, -LONG_TERM)[0]:
        yield block(
            f"需求调查是 {date_words(day)} 的，已经超过一年，不能用作这次采购的需求调查。",
            RULE_SURVEY,
            "请重新调查，写明这一次的时间、对象和结论。",
        )


def _check_method(content: PlanContent, around: PlanSurroundings) -> Iterator[Finding]:
    """R-METH-1; the threshold is not verified, so it warns."""
    is_open = content.method is ProcurementMethod.OPEN_TENDER
    if not is_open and content.amount >= around.threshold:
        yield warn(
            f"采购预算达到公开招标数额标准（{around.threshold.format()}，{around.threshold_source}，"
            "以当地财政部门公布的为准），"
            "采用其他方式要事先批准。",
            RULE_METHOD,
            "请改为公开招标，或者在采购活动开始前取得设区的市级以上财政部门批准。",
        )


def _check_splitting(content: PlanContent, around: PlanSurroundings) -> Iterator[Finding]:
    """R-METH-2: several small buys of one kind on one line."""
    if content.method is ProcurementMethod.OPEN_TENDER or not around.others_count:
        return
    total = content.amount + around.others
    if total.fen * 100 >= around.threshold.fen * around.warn_share:
        reached = "已达到" if total >= around.threshold else "接近"
        yield warn(
            f"本年度同一预算、同一类别另有 {around.others_count} 个非公开招标的采购计划，合计"
            f" {total.format()}，{reached}公开招标数额标准（{around.threshold.format()}）。",
            RULE_SPLITTING,
            "请核对是否属于化整为零；预算调整或者经批准采用其他方式的，请在申请理由中写明。",
        )


def _check_hiring(content: PlanContent) -> Iterator[Finding]:
    """R-GPS-5: no hiring under the name of a purchase."""
    hits = dict.fromkeys(
        HIRING_WORDS.findall(f"{content.title}\n{content.reason}\n{content.outline}")
    )
    if hits:
        words = "、".join(f"“{hit}”" for hit in hits)
        yield warn(
            f"需求中出现{words}，可能是以购买服务的名义用工。",
            RULE_HIRING,
            "购买服务应当花钱买服务、养事不养人；请改为按服务数量和质量提要求。",
        )
    elif content.mode is BuyMode.POST:
        yield warn(
            "购买岗位服务的，岗位人员由承接主体聘用和管理，购买主体不得考勤、发放工资。",
            RULE_HIRING,
            "请在需求中写明岗位的服务成果和考核办法。",
        )


def _check_item(content: PlanContent, around: PlanSurroundings) -> Iterator[Finding]:
    if not around.item_is_published:
        yield block("所选目录条目已经停用。", cite("catalogue"), "请改选现行的目录条目。")
    if content.mode is not around.item_mode:
        yield warn(
            f"目录写的是“{around.item_mode.label}”，计划选的是“{content.mode.label}”。",
            "",
            "确需改变购买方式的，请在申请理由中说明。",
        )


def _check_start(content: PlanContent, around: PlanSurroundings) -> Iterator[Finding]:
    """T01: the month that is announced cannot come before the intention has been public."""
    if content.expected_on < around.earliest_on:
        yield warn(
            "预计采购时间早于意向公开满三十日的日期，公开意向时要改到"
            f" {date_words(around.earliest_on)}或以后。",
            "《关于开展政府采购意向公开工作的通知》（财库〔2020〕10号）",
            "公开意向时按页面给出的最早日期填写。",
        )


def require_clear(findings: tuple[Finding, ...]) -> None:
    """Raise Invalid with the first finding that blocks."""
    for one in findings:
        if one.blocks:
            raise Invalid("", one.message, one.rule, one.remedy)


def warnings(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The words of everything that was only shown, for the trail."""
    return tuple(one.message for one in findings if not one.blocks)
