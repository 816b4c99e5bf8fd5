"""Whether the law allows a scoring scheme: what the scheme editor asks before it publishes.

`check_scheme` returns findings in the order of the page. BLOCK refuses publication; WARN is shown,
confirmed and logged.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from procure.kernel.parameters import newest
from procure.kernel.scoring.deduction import check_rates
from procure.kernel.scoring.figures import PLACES
from procure.kernel.scoring.low_price import check_bounds
from procure.kernel.scoring.ranking import TIE_WORDS
from procure.kernel.scoring.rules import SchemeFinding, block, in_procedure, warn
from procure.kernel.scoring.scheme import Criterion, Method, PriceWay, Procedure, Scheme

FULL = Decimal(100)

TENDER_LEAST = Decimal(newest("price_weight.tender.service.min").percent)
"""Least price weight of services in a tender; there is no upper bound (R-SC-3)."""

CONSULTATION_BAND = (
    Decimal(newest("price_weight.consultation.service.min").percent),
    Decimal(newest("price_weight.consultation.service.max").percent),
)
"""Price weight of services in a consultation (R-SC-3)."""

SIZE_WORDS = re.compile(
    r"注册(?:资本|资金)|资产总额|总资产|净资产|营业(?:收入|额)|年收入|从业人员(?!资格|资质|培训|持证|证)"
    r"|(?:员工|职工)(?:总数|总人数|人数)|利润|纳税(?:额|总额|金额|规模)|税收贡献"
    r"|registered[_ ]?capital|total[_ ]?assets|turnover|staff[_ ]?number|profit|tax[_ ]?paid",
    re.IGNORECASE,
)
"""Scale of a firm: neither qualification nor factor (R-ELIG-5)."""

LOCAL_WORDS = re.compile(
    r"(?:本[省市区县]|本地|当地|辖区内?)[^，。；,;]{0,10}(?:业绩|奖|荣誉|注册|等级|评估|办公|分支)"
)
"""Local achievements, awards or seats as a bonus (R-ELIG-6)."""

QUALIFICATION_WORDS = re.compile(r"资格条件|资格证明|营业执照|法人登记证|社会组织等级证书")
"""What decides whether a supplier may bid at all earns no points (R-SC-1)."""

VAGUE_WORDS = re.compile(
    r"优秀|优(?![先惠化势质抚])|良好|(?<![改不优])良(?!性)|较好|较差|一般(?!纳税人)|完善|合理"
    r"|(?<![误偏温时落价])差(?![异额距价旅])"
)
"""Grades that mean nothing until the document says what earns them (R-SC-2)."""

DEFINES = r"(?:”|」|』)?(?:的?(?:是指|指|标准为|标准是)|即|[:：=＝])"


def check_scheme(scheme: Scheme) -> tuple[SchemeFinding, ...]:
    """Every finding about `scheme`, each under the law of its procedure; empty when nothing is to be
    said.
    """
    talks = scheme.procedure is Procedure.CONSULTATION
    return tuple(
        replace(found, rule=in_procedure(found.rule, consultation=talks))
        for found in _findings(scheme)
    )


def _findings(scheme: Scheme) -> tuple[SchemeFinding, ...]:
    return (
        *_check_method(scheme),
        *_check_price(scheme),
        *_check_criteria(scheme),
        *_check_weights(scheme),
        *_check_order(scheme),
        *check_bounds(scheme.low),
        *(check_rates(scheme.rates) if scheme.rates else ()),
    )


def _check_method(scheme: Scheme) -> Iterator[SchemeFinding]:
    """Which method goes with which procedure."""
    lowest = scheme.method is Method.LOWEST_PRICE
    if scheme.procedure is Procedure.CONSULTATION and lowest:
        yield block(
            "method",
            "R-CONSULT-METHOD",
            "竞争性磋商只能采用综合评分法。",
            "改为综合评分法，或更换采购方式。",
        )
    if scheme.procedure is Procedure.NEGOTIATION and not lowest:
        yield block(
            "method",
            "R-NEGOTIATE-METHOD",
            "竞争性谈判按最后报价由低到高确定成交供应商，不采用综合评分法。",
            "改为最低评标价法，或更换采购方式。",
        )
    if lowest and not scheme.price.way.judges_price:
        yield block(
            "price.rule",
            "R-METHOD",
            "最低评标价法以报价排名，价格不能固定。",
            "改为以报价竞争，或采用综合评分法。",
        )
    if lowest and scheme.criteria:
        yield warn(
            "criteria",
            "R-METHOD",
            "最低评标价法只比报价，列出的评分因素不影响排名。",
            "删去评分因素，或采用综合评分法。",
        )


def _check_price(scheme: Scheme) -> Iterator[SchemeFinding]:
    """Price weight, floor and ceiling."""
    price = scheme.price
    if not 0 <= price.points <= FULL:
        yield block("price.points", "F-RANGE", "价格分应在 0 至 100 分之间。", "更正价格分。")
    if price.way is PriceWay.FIXED and price.points:
        yield block(
            "price.points",
            "R-SC-4",
            "执行统一价格标准或固定价格采购的项目，价格不列为评分因素。",
            "价格分填 0，分值分给其他评分因素。",
        )
    if price.floor is not None and price.way is not PriceWay.HOURS:
        yield block(
            "price.floor",
            "R-PRE-2",
            "可以设定最高限价，不得设定最低限价。",
            "删去最低限价；工时底线只用于按服务工时评分的项目。",
        )
    for name, figure in (
        ("floor", price.floor),
        ("ceiling", price.ceiling),
        ("budget", price.budget),
    ):
        if figure is not None and figure <= 0:
            yield block(f"price.{name}", "F-RANGE", "数值应大于零。", "更正数值；没有的，留空。")
    if price.lines and price.way is not PriceWay.UNIT_PRICE:
        yield block(
            "price.lines",
            "F-KEY",
            "计价清单只用于按单价报价的项目。",
            "删去计价清单，或改为单价报价。",
        )
    if scheme.method is Method.COMPOSITE and price.way.judges_price:
        yield from _check_price_weight(scheme)


def _check_price_weight(scheme: Scheme) -> Iterator[SchemeFinding]:
    """R-SC-3, V16: services at least 10; in a consultation at most 30."""
    points = scheme.price.points
    low, high = CONSULTATION_BAND
    if scheme.procedure is Procedure.CONSULTATION and not low <= points <= high:
        yield block(
            "price.points",
            "R-SC-3",
            f"竞争性磋商服务项目的价格分值占比应为 {low}% 至 {high}%，现为 {points:f}%。",
            "调整价格分和其他评分因素的分值。",
        )
    if scheme.procedure.is_tender and points < TENDER_LEAST:
        yield block(
            "price.points",
            "R-SC-3",
            f"招标服务项目的价格分值占比不得低于 {TENDER_LEAST}%，现为 {points:f}%。",
            "调整价格分和其他评分因素的分值。",
        )


def _check_weights(scheme: Scheme) -> Iterator[SchemeFinding]:
    """R-SC-8: the weights of a composite scheme make 100."""
    if scheme.method is not Method.COMPOSITE:
        return
    total = scheme.price.points + sum((c.points for c in scheme.criteria), Decimal(0))
    if total != FULL:
        yield block(
            "criteria",
            "R-SC-8",
            f"价格分与各评分因素的分值合计应为 100 分，现为 {total:f} 分。",
            "调整各项分值。",
        )


def _check_criteria(scheme: Scheme) -> Iterator[SchemeFinding]:
    """Each factor: its id, points, name and standard."""
    seen: set[str] = set()
    for i, criterion in enumerate(scheme.criteria):
        field = f"criteria[{i}]"
        if criterion.id in seen:
            yield block(
                f"{field}.id", "F-KEY", f"评分因素“{criterion.id}”出现了不止一次。", "合并或改名。"
            )
        seen.add(criterion.id)
        if not 0 < criterion.points <= FULL:
            yield block(
                f"{field}.points", "F-RANGE", "评分因素的分值应大于 0、不超过 100。", "更正分值。"
            )
        if criterion.step is not None and criterion.step <= 0:
            yield block(f"{field}.step", "F-RANGE", "给分的最小单位应大于零。", "更正最小单位。")
        yield from _check_wording(field, criterion)


def _check_wording(field: str, criterion: Criterion) -> Iterator[SchemeFinding]:
    """Forbidden subjects block in the name and warn in the text of the standard."""
    title = f"{criterion.id} {criterion.name}"
    if hit := SIZE_WORDS.search(title):
        yield block(
            f"{field}.name",
            "R-ELIG-5",
            f"“{hit[0]}”属于供应商的规模条件，不得作为评分因素。",
            "删去这一评分因素。",
        )
    elif hit := SIZE_WORDS.search(criterion.standard):
        yield warn(
            f"{field}.standard",
            "R-ELIG-5",
            f"评分标准提到“{hit[0]}”，供应商的规模条件不得作为评分因素。",
            "核对评分标准，与规模有关的不得给分。",
        )
    text = f"{criterion.name} {criterion.standard}"
    if hit := LOCAL_WORDS.search(text):
        yield warn(
            f"{field}.standard",
            "R-ELIG-6",
            f"“{hit[0]}”可能构成以特定区域的业绩、奖项加分，属于差别待遇。",
            "改为不限地域的要求，或说明理由。",
        )
    if hit := QUALIFICATION_WORDS.search(text):
        yield warn(
            f"{field}.standard",
            "R-SC-1",
            f"“{hit[0]}”像是资格条件，资格条件不得作为评分因素。",
            "移到资格要求，或改为与服务质量有关的指标。",
        )
    if vague := undefined_grades(criterion.standard):
        yield warn(
            f"{field}.standard",
            "R-SC-2",
            f"评分标准使用了没有定义的“{'、'.join(vague)}”。",
            "写明各档的具体指标、单位、分段和证明材料。",
        )


def undefined_grades(standard: str) -> tuple[str, ...]:
    """The grading words in `standard` that it does not define, in order of appearance.

    A word counts as defined when the text goes on with 指, 即, a colon or the like: 优：每月走访 4 次.
    """
    words = dict.fromkeys(hit[0] for hit in VAGUE_WORDS.finditer(standard))
    return tuple(word for word in words if not re.search(re.escape(word) + DEFINES, standard))


def _check_order(scheme: Scheme) -> Iterator[SchemeFinding]:
    """The order of comparison and the places shown."""
    if not 0 <= scheme.places <= PLACES:
        yield block("places", "R-SC-10", f"小数位数应为 0 至 {PLACES} 位。", "一般保留两位小数。")
    tie = scheme.tie
    if tie is None:
        return
    known = {*TIE_WORDS, *(criterion.id for criterion in scheme.criteria)}
    for i, word in enumerate(tie):
        if word not in known or word in tie[:i]:
            yield block(
                f"tie[{i}]",
                "R-AWD-3",
                "排序依据只能是得分、报价、技术指标、服务工时或某个评分因素，且不得重复。",
                "更正排序依据。",
            )
    if scheme.method is Method.COMPOSITE and tie and tie[0] != "score":
        yield block(
            "tie[0]",
            "R-RANK",
            "综合评分法首先按得分由高到低排序。",
            "把得分放在第一位。",
        )
