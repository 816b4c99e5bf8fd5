"""Thresholds and other values that law or practice sets, by area and date.

Every value carries a mark; one that was not verified is configuration that may at most warn.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from procure.kernel.day_words import date_word
from procure.kernel.errors import Invalid
from procure.kernel.laws import ALWAYS, Citation, Mark, NotInForce, at, cited, since
from procure.kernel.money import Money


class ParameterUnit(StrEnum):
    """What a parameter's value counts."""

    YUAN = "yuan"
    RATIO = "ratio"
    COUNT = "count"
    HOURS = "hours"
    SCORE = "score"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One dated value of the configuration table; a ratio of 0.10 is ten percent.

    `region` is empty for the whole country, else the full name of the area from the province down
    (广东省广州市).
    """

    key: str
    name: str
    value: Decimal
    unit: ParameterUnit
    region: str
    valid_from: date
    valid_to: date | None
    places: tuple[Citation, ...]
    mark: Mark
    note: str = ""

    @property
    def may_block(self) -> bool:
        """Whether breaking this value may stop an act; otherwise it may at most warn."""
        return self.mark.may_block

    @property
    def source(self) -> str:
        """The citation in words, or that it is our own default."""
        return cited(*self.places)

    @property
    def percent(self) -> int:
        """A ratio in whole percent."""
        return int(self.value * 100)

    @property
    def money(self) -> Money:
        """The value as an amount; Invalid when it is not one."""
        if self.unit is not ParameterUnit.YUAN:
            raise Invalid("parameter", f"{self.name}不是金额。", self.source)
        return Money.from_yuan(self.value)

    def in_force(self, on: date) -> bool:
        """Whether the value applies on the day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def _parameter(
    key: str,
    name: str,
    value: str,
    unit: ParameterUnit,
    places: tuple[Citation, ...],
    mark: Mark,
    region: str = "",
    note: str = "",
) -> Parameter:
    start = since(places[0].law) if places else ALWAYS
    return Parameter(key, name, Decimal(value), unit, region, start, None, places, mark, note)


_YUAN = ParameterUnit.YUAN
_RATIO = ParameterUnit.RATIO
_COUNT = ParameterUnit.COUNT
_SCORE = ParameterUnit.SCORE
_L = Mark.VERIFIED_L
_Q = Mark.VERIFIED_Q
_P = Mark.VERIFIED_P
_MEMORY = Mark.MEMORY
_LOW = Mark.MEMORY_LOW
_DESIGN = Mark.DESIGN
_GUANGDONG = "广东省"

# fmt: off
PARAMETERS: Final[tuple[Parameter, ...]] = (
    _parameter("purchase_limit.goods_services", "采购限额标准（货物、服务）", "1000000", _YUAN,
               at("LIM55"), _MEMORY, "中央"),
    _parameter("open_tender.goods_services", "公开招标数额标准（货物、服务）", "2000000", _YUAN,
               at("LIM55"), _MEMORY, "中央"),
    _parameter("purchase_limit.goods_services", "采购限额标准（货物、服务）", "1000000", _YUAN,
               at("GD18"), _LOW, _GUANGDONG, "以后的版本未核对，请财政部门确认。"),
    _parameter("open_tender.goods_services", "公开招标数额标准（货物、服务）", "4000000", _YUAN,
               at("GD18"), _LOW, _GUANGDONG, "以后的版本未核对，请财政部门确认。"),
    _parameter("purchase_limit.floor.province", "省级采购限额标准下限", "500000", _YUAN,
               at("LIM69"), _MEMORY),
    _parameter("purchase_limit.floor.county", "市县级采购限额标准下限", "300000", _YUAN,
               at("LIM69"), _MEMORY),
    _parameter("open_tender.floor", "地方公开招标数额标准下限", "2000000", _YUAN,
               at("LIM69"), _MEMORY),
    _parameter("sme_reserve.goods_services", "中小企业预留限额（货物、服务）", "2000000", _YUAN,
               at("SME46", 7, 8), _Q),
    _parameter("sme_reserve.works", "中小企业预留限额（工程）", "4000000", _YUAN,
               at("SME46", 7, 8), _Q),
    _parameter("sme_reserve.share", "超过限额的预留比例下限", "0.40", _RATIO, at("SME46", 8), _Q),
    _parameter("sme_reserve.small_share", "预留中小微企业的比例下限", "0.60", _RATIO,
               at("SME46", 8), _Q),
    _parameter("sme_deduction.min", "小微企业价格扣除下限", "0.10", _RATIO, at("SME19"), _P),
    _parameter("sme_deduction.max", "小微企业价格扣除上限", "0.20", _RATIO, at("SME19"), _P),
    _parameter("sme_deduction.consortium.min", "联合体或分包价格扣除下限", "0.04", _RATIO,
               at("SME19"), _P),
    _parameter("sme_deduction.consortium.max", "联合体或分包价格扣除上限", "0.06", _RATIO,
               at("SME19"), _P),
    _parameter("sme_deduction.consortium.share", "享受扣除的小微企业合同份额", "0.30", _RATIO,
               at("SME46", 9), _Q),
    _parameter("sme_deduction.social_org", "社会组织价格扣除", "0", _RATIO, at("SME46"), _MEMORY,
               note="社会组织不是企业，不享受中小企业价格扣除。"),
    _parameter("demand_survey.goods_services", "需求调查金额标准（货物、服务）", "10000000", _YUAN,
               at("DM22", 11), _Q),
    _parameter("demand_survey.works", "需求调查金额标准（工程）", "30000000", _YUAN,
               at("DM22", 11), _Q),
    _parameter("demand_survey.players", "需求调查对象最少数量", "3", _COUNT, at("DM22"), _Q),
    _parameter("similar_contracts.max", "类似业绩要求上限", "2", _COUNT, at("DM22"), _Q),
    _parameter("panel.seven.budget", "评标委员会七人以上的预算金额", "10000000", _YUAN,
               at("O87", 47), _Q),
    _parameter("panel.tender.min", "评标委员会最少人数", "5", _COUNT, at("O87", 47), _Q),
    _parameter("panel.large.min", "大额或复杂项目评标委员会最少人数", "7", _COUNT, at("O87", 47),
               _Q),
    _parameter("panel.consultation.min", "磋商小组最少人数", "3", _COUNT, at("CC214", 14), _Q),
    _parameter("panel.observers.max", "监督人员上限", "2", _COUNT, at("EV69"), _Q),
    _parameter("suppliers.min", "供应商最少家数", "3", _COUNT, at("GPL", 36), _L),
    _parameter("suppliers.consultation_service.min", "政府购买服务磋商可以继续的最少家数", "2",
               _COUNT,
               at("CC124"), _Q),
    _parameter("recommendation.buyer.max", "采购人推荐供应商比例上限", "0.50", _RATIO,
               (*at("CC214", 6), *at("O74", 12)), _Q),
    _parameter("bid_deposit.max", "投标保证金比例上限", "0.02", _RATIO, at("GPL-R", 33), _L),
    _parameter("performance_bond.max", "履约保证金比例上限", "0.10", _RATIO, at("GPL-R", 48), _L),
    _parameter("supplement.max", "补充合同金额比例上限", "0.10", _RATIO, at("GPL", 49), _L),
    _parameter("single_source.addition.max", "单一来源添购比例上限", "0.10", _RATIO,
               at("GPL", 31), _L),
    _parameter("late_deposit.surcharge", "逾期退还保证金上浮比例", "0.20", _RATIO,
               at("O87", 38), _MEMORY),
    _parameter("late_payment.daily_rate", "逾期付款日利率", "0.0005", _RATIO,
               at("SMEPAY2020", 15), _L, note="合同没有约定时适用；2025 年文本未核对。"),
    _parameter("larger_fine", "较大数额罚款标准", "2000000", _YUAN, at("FINE3"),
               Mark.VERIFIED_T, note="有行业标准高于此数的，从其规定。"),
    _parameter("price_weight.tender.service.min", "招标服务价格分权重下限", "0.10", _RATIO,
               at("O87", 55), _Q),
    _parameter("price_weight.tender.goods.min", "招标货物价格分权重下限", "0.30", _RATIO,
               at("O87", 55), _Q),
    _parameter("price_weight.consultation.service.min", "磋商服务价格分权重下限", "0.10", _RATIO,
               at("CC214", 24), _Q),
    _parameter("price_weight.consultation.service.max", "磋商服务价格分权重上限", "0.30", _RATIO,
               at("CC214", 24), _Q),
    _parameter("price_weight.consultation.goods.min", "磋商货物价格分权重下限", "0.30", _RATIO,
               at("CC214", 24), _Q),
    _parameter("price_weight.consultation.goods.max", "磋商货物价格分权重上限", "0.60", _RATIO,
               at("CC214", 24), _Q),
    _parameter("low_price.mean", "异常低价：低于平均报价的比例", "0.50", _RATIO, at("LOW2"), _P),
    _parameter("low_price.second", "异常低价：低于次低报价的比例", "0.50", _RATIO, at("LOW2"), _P),
    _parameter("low_price.ceiling", "异常低价：低于最高限价的比例", "0.45", _RATIO, at("LOW2"), _P),
    _parameter("low_price.max", "异常低价比例可提高到的上限", "0.65", _RATIO, at("LOW2"), _P),
    _parameter("framework.elimination", "框架协议淘汰率下限", "0.20", _RATIO, at("O110"), _Q),
    _parameter("framework.elimination.quality", "质量优先法检测仪器等淘汰率下限", "0.40", _RATIO,
               at("O110"), _Q),
    _parameter("framework.top_up", "补充征集的剩余入围比例", "0.70", _RATIO, at("O110"), _Q),
    _parameter("split.warn", "化整为零提醒比例", "0.80", _RATIO, (), _DESIGN),
    _parameter("opening.drain", "投标截止后收齐在途投标的时间", "15", ParameterUnit.SECONDS, (),
               _DESIGN, note="截止前送达的投标可能还在排队存入，收齐以后才开标。"),
    _parameter("opening.lost.wait", "密封件丢失以后可以确认的最短时间", "4", ParameterUnit.HOURS, (),
               _DESIGN, note="从第一次发现读不到起算，够系统管理员查找并从备份恢复一次；开标应在截止的"
               "同一时间进行，所以不再延长。"),
    _parameter("report.signing", "评审成员签署评审报告的时间", "24", ParameterUnit.HOURS, (),
               _DESIGN, note="从结论形成起算；到时不签署也不书面说明理由的，视为同意，报告才能送达。"),
    _parameter("score.outlier", "评分偏离平均值提醒比例", "0.30", _RATIO, (), _DESIGN),
    _parameter("budget_line.overrun", "预算明细超支确认比例", "0.10", _RATIO, (), _DESIGN),
    _parameter("advance_payment.min", "预付款比例下限", "0.30", _RATIO, (), _LOW, _GUANGDONG),
    _parameter("grade.excellent", "项目绩效“优”的分数线", "90", _SCORE, at("PERF10"), _MEMORY),
    _parameter("grade.good", "项目绩效“良”的分数线", "80", _SCORE, at("PERF10"), _MEMORY),
    _parameter("grade.pass", "项目绩效“中”的分数线", "60", _SCORE, at("PERF10"), _MEMORY),
    _parameter("station.grade.excellent", "社工站评估“优秀”的分数线", "90", _SCORE, (), _LOW),
    _parameter("station.grade.good", "社工站评估“良好”的分数线", "80", _SCORE, (), _LOW),
    _parameter("station.grade.pass", "社工站评估“合格”的分数线", "60", _SCORE, (), _LOW),
    _parameter("station.hours.min", "社工站年服务工时下限", "35244", ParameterUnit.HOURS,
               at("GZ7"), Mark.VERIFIED_T, "广东省广州市", "20 人的社工站，取自 2023 年招标文件。"),
    _parameter("station.staff", "社工站配备人数", "20", _COUNT, at("GZ7"), Mark.VERIFIED_T,
               "广东省广州市", "取自 2023 年招标文件。"),
    _parameter("station.budget", "社工站年度经费", "2400000", _YUAN, at("GZ7"), Mark.VERIFIED_T,
               "广东省广州市", "取自 2023 年招标文件。"),
)
# fmt: on


def newest(key: str) -> Parameter:
    """The national value that came into force last: for rules that have not changed since."""
    return parameter(key, "", date.max)


def parameter(key: str, region: str, on: date) -> Parameter:
    """The value of a parameter for an area on a day; the value of the smallest area wins.

    `region` is the full name of the area from the province down; the empty name asks for the
    national value. Raises NotInForce (a LookupError) when no value applies: a threshold that nobody
    has set must be asked for, not guessed.
    """
    fitting = [
        candidate
        for candidate in PARAMETERS
        if candidate.key == key and candidate.in_force(on) and region.startswith(candidate.region)
    ]
    if not fitting:
        raise NotInForce(
            f"{date_word(on)}{region or '全国'}没有设定参数 {key}。",
            remedy="请由管理员按当地现行规定设定后再办理。",
        )
    return max(fitting, key=lambda candidate: (len(candidate.region), candidate.valid_from))
