"""What each way of procuring calls its things, and which article rules the same step in each.

A tender (招标) has bids, an opening and a winner (中标人); a consultation has responses and a
成交供应商, and its own order. Pages, papers, notices and refusals take their words from here; the
articles of each way stand in the book of law.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from procure.kernel.vocabulary import ProcurementMethod

_OPEN = ProcurementMethod.OPEN_TENDER
_TALKS = ProcurementMethod.CONSULTATION


@dataclass(frozen=True, slots=True)
class MethodWords:
    """The nouns and verbs of one way of procuring.

    `calling` is what the buyer does, `bid` the answer to it, `bids` and `taking_part` what the stage
    and its first step are called, `receipt` what proves it, `bid_file` what is handed in, `bidder` who does; `deadline` the last instant,
    `opening` what happens then, `opening_record` and `price_sheet` its papers; `panel` who reviews,
    `review` what they do, `report` their paper; `win` the verb of the result, `winner` and
    `candidate` who; `letter` and `result_notice` what tells of it; `document` and `notice` what the
    buyer puts out; `failing` how the purchase ends when too few are left; `invalid` what a bid is
    that breaks the document; `base_price` what prices are measured by; `deposit` the bidder's bond.
    """

    calling: str
    bid: str
    bids: str
    taking_part: str
    receipt: str
    bid_file: str
    bidder: str
    deadline: str
    opening: str
    opening_record: str
    price_sheet: str
    panel: str
    review: str
    report: str
    win: str
    winner: str
    candidate: str
    letter: str
    result_notice: str
    document: str
    notice: str
    failing: str
    failure_notice: str
    invalid: str
    base_price: str
    deposit: str

    @property
    def failed(self) -> str:
        """The state after it: 已废标, 已终止."""
        return f"已{self.failing}"


_WORDS: Final[Mapping[ProcurementMethod, MethodWords]] = {
    _OPEN: MethodWords(
        calling="招标",
        bid="投标",
        bids="投标与开标",
        taking_part="参加投标",
        receipt="投标回执",
        bid_file="投标文件",
        bidder="投标人",
        deadline="投标截止",
        opening="开标",
        opening_record="开标记录",
        price_sheet="开标一览表",
        panel="评标委员会",
        review="评标",
        report="评标报告",
        win="中标",
        winner="中标人",
        candidate="中标候选人",
        letter="中标通知书",
        result_notice="中标结果公告",
        document="招标文件",
        notice="公开招标公告",
        failing="废标",
        failure_notice="废标公告",
        invalid="投标无效",
        base_price="评标基准价",
        deposit="投标保证金",
    ),
    _TALKS: MethodWords(
        calling="磋商",
        bid="响应",
        bids="响应与开启",
        taking_part="参加磋商",
        receipt="响应文件回执",
        bid_file="响应文件",
        bidder="供应商",
        deadline="响应截止",
        opening="开启",
        opening_record="响应文件开启记录",
        price_sheet="报价一览表",
        panel="磋商小组",
        review="评审",
        report="评审报告",
        win="成交",
        winner="成交供应商",
        candidate="成交候选供应商",
        letter="成交通知书",
        result_notice="成交结果公告",
        document="磋商文件",
        notice="竞争性磋商公告",
        failing="终止",
        failure_notice="终止公告",
        invalid="响应无效",
        base_price="磋商基准价",
        deposit="磋商保证金",
    ),
}


def words_of(method: ProcurementMethod) -> MethodWords:
    """What this way of procuring calls its things."""
    return _WORDS[method]


def told_in(method: ProcurementMethod, text: str) -> str:
    """A label or sentence of the platform, written in either way's words, in those of this one.

    For what the platform itself says, never for what people wrote. In a tender only 磋商 and 成交
    are foreign: 供应商, 评审 and 响应 are said there as well. What a list of both ways calls 投标（响应）
    or 中标（成交） is told in one of them.
    """
    return _FOREIGN[method].sub(lambda found: _OWN[method][found[0]], text)


def _pairs(method: ProcurementMethod) -> dict[str, str]:
    own = asdict(_WORDS[method])
    tender, talks = asdict(_WORDS[_OPEN]), asdict(_WORDS[_TALKS])
    other = talks if method is _OPEN else tender
    pairs = {other[name]: own[name] for name in own if other[name] != own[name]}
    both = {f"{tender[name]}（{talks[name]}）": own[name] for name in own}
    names = {way.label: way.label for way in ProcurementMethod}
    if method is _OPEN:
        pairs = {said: own for said, own in pairs.items() if re.search("磋商|成交", said)}
        pairs["成交人"] = "中标人"
    return pairs | both | names


_OWN: Final = {method: _pairs(method) for method in _WORDS}
_FOREIGN: Final = {
    method: re.compile("|".join(sorted(pairs, key=len, reverse=True)))
    for method, pairs in _OWN.items()
}


def opening_rule(method: ProcurementMethod) -> str:
    """The statutory term of the opening, as terms name it (T17)."""
    return "T17" if method is _OPEN else "T17/consultation"


def result_rule(method: ProcurementMethod) -> str:
    """The statutory term for which the notice of the result stands (T23)."""
    return "T23" if method is _OPEN else "T23/consultation"


def method_of_result(rule: str | None) -> ProcurementMethod | None:
    """The way of procuring whose result is published for the term of this name, if any is."""
    return next((method for method in _WORDS if result_rule(method) == rule), None)


def decision_rule(method: ProcurementMethod) -> str:
    """The statutory term in which the buyer decides after the report (T20)."""
    return "T20" if method is _OPEN else "T20/consultation"
