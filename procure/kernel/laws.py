"""Laws and papers: how a message cites them, and how far a value taken from them is trusted.

Which article a rule of the platform stands in is said once, in `book_of_law.toml`.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from procure.kernel.errors import DomainError
from procure.kernel.labelled import LabelledEnum
from procure.kernel.vocabulary import ProcurementMethod


class NotInForce(DomainError, LookupError):
    """No such timer or parameter is in force on the day asked for."""


class Mark(LabelledEnum):
    """How a value was checked; the label says how far to trust it."""

    VERIFIED_L = "verified:L", "已核对法规原文"
    VERIFIED_Q = "verified:Q", "已核对采购从业考试题库"
    VERIFIED_P = "verified:P", "已核对官方网页或报道"
    VERIFIED_T = "verified:T", "取自真实采购文件的做法，不是法规，仅作提醒"
    VERIFIED_W = "verified:W", "取自网上范本，仅作提醒"
    MEMORY = "memory", "未核对原文，仅作提醒"
    MEMORY_LOW = "memory-low", "未核对原文且把握不大，仅作提醒"
    DESIGN = "design", "系统默认值，不是法规，仅作提醒"

    @property
    def may_block(self) -> bool:
        """Whether a value with this mark may stop an act.

        Practice seen in real papers (T) is not law, and templates (W), memory and our own defaults
        are less.
        """
        return self in (Mark.VERIFIED_L, Mark.VERIFIED_Q, Mark.VERIFIED_P)


@dataclass(frozen=True, slots=True)
class Law:
    """A law, regulation or paper: what it is called in a citation and in full."""

    code: str
    short: str
    title: str
    number: str
    in_force_from: date | None

    @property
    def name(self) -> str:
        """《政府采购法》; the number alone where the title has not been checked."""
        return f"《{self.short}》" if self.short else self.number


def _law(
    code: str, short: str, number: str, since: date | None = None, title: str = ""
) -> tuple[str, Law]:
    return code, Law(code, short, title or short, number, since)


def _national(code: str, short: str, number: str, since: date) -> tuple[str, Law]:
    return _law(code, short, number, since, f"中华人民共和国{short}")


ALWAYS: Final = date(2003, 1, 1)
"""The day the Government Procurement Law came into force: nothing here reaches further back."""

LAWS: Final = dict(
    [
        _national("GPL", "政府采购法", "2014年修正", date(2003, 1, 1)),
        _national("GPL-R", "政府采购法实施条例", "国务院令第658号", date(2015, 3, 1)),
        _law("O87", "政府采购货物和服务招标投标管理办法", "财政部令第87号", date(2017, 10, 1)),
        _law("O74", "政府采购非招标采购方式管理办法", "财政部令第74号", date(2014, 2, 1)),
        _law(
            "CC214",
            "政府采购竞争性磋商采购方式管理暂行办法",
            "财库〔2014〕214号",
            date(2014, 12, 31),
        ),
        _law(
            "CC124",
            "关于政府采购竞争性磋商采购方式管理暂行办法有关问题的补充通知",
            "财库〔2015〕124号",
            date(2015, 6, 30),
        ),
        _law("O110", "政府采购框架协议采购方式管理暂行办法", "财政部令第110号", date(2022, 3, 1)),
        _law("O102", "政府购买服务管理办法", "财政部令第102号", date(2020, 3, 1)),
        _law("O94", "政府采购质疑和投诉办法", "财政部令第94号", date(2018, 3, 1)),
        _law("O101", "政府采购信息发布管理办法", "财政部令第101号", date(2020, 3, 1)),
        _law("DM22", "政府采购需求管理办法", "财库〔2021〕22号", date(2021, 7, 1)),
        _law("SME46", "政府采购促进中小企业发展管理办法", "财库〔2020〕46号", date(2021, 1, 1)),
        _law(
            "SME19",
            "关于进一步加大政府采购支持中小企业力度的通知",
            "财库〔2022〕19号",
            date(2022, 7, 1),
        ),
        _law("EX198", "政府采购评审专家管理办法", "财库〔2016〕198号", date(2017, 1, 1)),
        _law(
            "EV69",
            "关于进一步规范政府采购评审工作有关问题的通知",
            "财库〔2012〕69号",
            date(2012, 6, 11),
        ),
        _law("LOW2", "关于推动解决政府采购异常低价问题的通知", "财库〔2026〕2号", date(2026, 2, 1)),
        _law(
            "FMT50",
            "政府采购公告和公示信息格式规范（2020年版）",
            "财办库〔2020〕50号",
            date(2020, 7, 1),
        ),
        _law("INT10", "关于开展政府采购意向公开工作的通知", "财库〔2020〕10号", date(2020, 3, 2)),
        _law(
            "CREDIT125", "关于在政府采购活动中查询及使用信用记录有关问题的通知", "财库〔2016〕125号"
        ),
        _law(
            "FINE3",
            "关于〈政府采购法实施条例〉第十九条第一款“较大数额罚款”具体适用问题的意见",
            "财库〔2022〕3号",
            date(2022, 2, 8),
        ),
        _law(
            "FAIR38",
            "关于促进政府采购公平竞争优化营商环境的通知",
            "财库〔2019〕38号",
            date(2019, 9, 1),
        ),
        _law(
            "LIM55",
            "中央预算单位政府集中采购目录及标准（2020年版）",
            "国办发〔2019〕55号",
            date(2020, 1, 1),
        ),
        _law(
            "LIM69",
            "地方预算单位政府集中采购目录及标准指引（2020年版）",
            "财库〔2019〕69号",
            date(2020, 1, 1),
        ),
        _law("GD18", "广东省政府集中采购目录及标准", "粤财采购〔2020〕18号"),
        _law("PERF10", "项目支出绩效评价管理办法", "财预〔2020〕10号", date(2020, 2, 25)),
        _national("BL", "预算法", "2018年修正", date(2015, 1, 1)),
        _national("BL-R", "预算法实施条例", "国务院令第729号", date(2020, 10, 1)),
        _national("AL", "审计法", "2021年修正", date(2022, 1, 1)),
        _law("SMEPAY", "保障中小企业款项支付条例", "国务院令第802号", date(2025, 6, 1)),
        _law("SMEPAY2020", "保障中小企业款项支付条例", "国务院令第728号", date(2020, 9, 1)),
        _national("CIVIL", "民法典", "2020年通过", date(2021, 1, 1)),
        _national("PIPL", "个人信息保护法", "2021年通过", date(2021, 11, 1)),
        _national("ARL", "行政复议法", "2023年修订", date(2024, 1, 1)),
        _law("NGO-U", "民办非企业单位登记管理暂行条例", "国务院令第251号", date(1998, 10, 25)),
        _law("NGO-A", "社会团体登记管理条例", "国务院令第250号", date(1998, 10, 25)),
        _law("RATE39", "社会组织评估管理办法", "民政部令第39号", date(2011, 3, 1)),
        _law("ACCT", "会计法", "", None, "中华人民共和国会计法"),
        _law("IC21", "行政事业单位内部控制规范（试行）", "财会〔2012〕21号", date(2014, 1, 1)),
        _law("FILE79", "会计档案管理办法", "财政部 国家档案局令第79号", date(2016, 1, 1)),
        _law("HOL", "全国年节及纪念日放假办法", "2024年修订", date(2025, 1, 1)),
        _law("SZ2021", "", "深圳市2021年试行的社会工作服务评估规定", date(2021, 9, 5)),
        _law("PAT8", "", "穗民规字〔2023〕8号", date(2023, 10, 1)),
        _law("GZ7", "广州市社工服务站管理办法", "穗府办〔2023〕7号", date(2023, 4, 7)),
    ]
)
"""Short code → law. Dates in force of papers known by number only are left empty."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a law that a message can name.

    `last` is the end of a run of articles (第十一条至第十三条); `by_number` cites a paper by its number.
    """

    law: str
    articles: tuple[int, ...] = ()
    last: int = 0
    by_number: bool = False

    @property
    def words(self) -> str:
        """《政府采购法实施条例》第三十一条."""
        law = LAWS[self.law]
        places = "、".join(_article(number) for number in self.articles)
        until = f"至{_article(self.last)}" if self.last else ""
        return f"{law.number if self.by_number else law.name}{places}{until}"


def at(law: str, *articles: int) -> tuple[Citation, ...]:
    """One source for a table row."""
    return (Citation(law, articles),)


def since(law: str) -> date:
    """When a law came into force; the first day of the Government Procurement Law when unknown."""
    return LAWS[law].in_force_from or ALWAYS


def article_numeral(number: int) -> str:
    """An article number as laws print it: 三十一, 一百零六. ValueError outside 1 to 1299."""
    if not 1 <= number <= 1299:
        raise ValueError(f"no law has an article {number}")
    digits = "零一二三四五六七八九"
    words = ""
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            words += digits[digit] + unit
        elif words and number % power and not words.endswith("零"):
            words += "零"
    return words.removeprefix("一") if 10 <= number < 20 else words


def cited(*places: Citation) -> str:
    """The sources of a value in words, or that it is our own default."""
    return "、".join(place.words for place in places) or "系统默认，可以配置"


def _article(number: int) -> str:
    return f"第{article_numeral(number)}条"


@dataclass(frozen=True, slots=True)
class Passage:
    """A rule's place in the law: in which way of procuring, from when until when, what it says."""

    rule: str
    places: tuple[Citation, ...]
    method: str = ""
    since: date = date.min
    until: date = date.max
    text: str = ""

    @property
    def words(self) -> str:
        """The places in words: 《……》第三十三条."""
        return cited(*self.places)


def _place(words: str) -> Citation:
    law, *rest = words.split()
    if rest == ["number"]:
        return Citation(law, by_number=True)
    if rest and "-" in rest[-1]:
        first, _, last = rest[-1].partition("-")
        return Citation(law, (int(first),), int(last))
    return Citation(law, tuple(int(number) for number in rest))


def _rows() -> Iterator[Passage]:
    for row in tomllib.loads(BOOK.read_text(encoding="utf-8"))["row"]:
        yield Passage(
            rule=row["rule"],
            places=tuple(_place(part) for part in row["at"].split(";")),
            method=row.get("method", ""),
            since=row.get("from", date.min),
            until=row.get("until", date.max),
            text=row.get("text", ""),
        )


BOOK: Final = Path(__file__).with_name("book_of_law.toml")
"""The one table of articles; read once, as the module itself is."""

ROWS: Final = tuple(_rows())


@cache
def look_up(rule: str, method: ProcurementMethod | None = None, on: date | None = None) -> Passage:
    """Where a rule stands in this way of procuring and on this day (without one: the newest).

    Raises KeyError for what the book does not have, so that no rule is cited in a way of procuring
    that does not know it: 财政部令第87号 is on tenders, 财库〔2014〕214号 on consultations.
    """
    found = [
        row
        for row in ROWS
        if row.rule == rule
        and row.method in ("", method or "")
        and (on is None or row.since <= on < row.until)
    ]
    if not found:
        raise KeyError(f"the book of law has no rule {rule} for {method or 'every method'}")
    return max(found, key=lambda row: row.since)


def cite(rule: str, method: ProcurementMethod | None = None, on: date | None = None) -> str:
    """The law of a rule in words: 《政府采购法》第六十一条."""
    return look_up(rule, method, on).words


def quote(rule: str) -> str:
    """The law of a rule with what it says, for a page that explains itself."""
    row = look_up(rule)
    return f"{row.words}，{row.text}"
