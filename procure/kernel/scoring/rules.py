"""The rules that scoring applies: what each says and where it stands.

Keys do not change; a finding carries the key for programs and the article for people.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from procure.kernel.errors import Invalid
from procure.kernel.methods import Step, article
from procure.kernel.vocabulary import ProcurementMethod

TENDER = "《政府采购货物和服务招标投标管理办法》"
CONSULTATION = "《政府采购竞争性磋商采购方式管理暂行办法》"
NON_TENDER = "《政府采购非招标采购方式管理办法》"
LAW = "《中华人民共和国政府采购法》"
REGULATION = "《中华人民共和国政府采购法实施条例》"
SMALL_FIRMS = "《政府采购促进中小企业发展管理办法》"

TALKS: Final = "-CONSULT"
"""Behind the key of a rule that a consultation has in another article than a tender."""


def _both(key: str, step: Step) -> dict[str, str]:
    """A rule's article in a tender and in a consultation."""
    return {
        key: article(step, ProcurementMethod.OPEN_TENDER),
        f"{key}{TALKS}": article(step, ProcurementMethod.CONSULTATION),
    }


CITATIONS: Final[dict[str, str]] = {
    **_both("R-PRE-2", Step.CEILING),
    **_both("R-INVALID", Step.INVALID),
    "R-DEP-1": f"{REGULATION}第三十三条",
    **_both("R-ELIG-5", Step.SIZE),
    "R-ELIG-6": f"{REGULATION}第二十条",
    "R-OPEN-9": f"{LAW}第三十六条",
    "R-CONSULT-21": f"{CONSULTATION}第二十一条、财库〔2015〕124号",
    "R-CONSULT-METHOD": f"{CONSULTATION}第二十三条",
    "R-NEGOTIATE-METHOD": NON_TENDER,
    "R-METHOD": f"{REGULATION}第三十四条",
    **_both("R-SC-1", Step.SCORING),
    "R-SC-2": f"{REGULATION}第三十四条、《政府采购需求管理办法》",
    **_both("R-SC-3", Step.SCORING),
    **_both("R-SC-4", Step.SCORING),
    **_both("R-SC-5", Step.SCORING),
    **_both("R-SC-8", Step.SCORING),
    **_both("R-SC-9", Step.RESCORE),
    "R-SC-10": "采购文件关于小数位数的约定",
    "R-SC-11": "《关于进一步规范政府采购评审工作有关问题的通知》（财库〔2012〕69号）",
    **_both("R-RANK", Step.RANKING),
    "R-RANK-PRICE": f"{TENDER}第五十六条",
    "R-AWD-3": article(Step.DECIDE, ProcurementMethod.OPEN_TENDER),
    "R-AWD-3-CONSULT": article(Step.RANKING, ProcurementMethod.CONSULTATION),
    "R-HOURS": "采购文件关于服务工时评分的约定",
    "R-LOTS": "采购文件关于兼投不兼中的约定",
    "R-LOW-1": "《关于推动解决政府采购异常低价问题的通知》（财库〔2026〕2号）",
    "R-SME-1": "《关于进一步加大政府采购支持中小企业力度的通知》（财库〔2022〕19号）",
    "R-SME-4": SMALL_FIRMS,
    "R-COM-1": article(Step.PANEL, ProcurementMethod.OPEN_TENDER),
    "R-COM-2": article(Step.PANEL, ProcurementMethod.OPEN_TENDER),
    "R-COM-3": article(Step.PANEL, ProcurementMethod.CONSULTATION),
    "R-COM-3-NEGOTIATE": NON_TENDER,
    "R-CORRECT": f"{TENDER}第五十九条",
    "F-NUMBER": "数字用十进制字符串填写，例如“1800000.00”，不用科学计数、千分位或浮点数",
    "F-PRICE": "报价应大于零，单位为元，最多两位小数（单价和费率最多四位）",
    "F-RANGE": "数值应在该项允许的范围内",
    "F-KEY": "评分案例只用约定的字段，每个必填字段都要有",
    "F-TYPE": "评分案例每个字段的类型是固定的",
    "F-BIDDER": "一个供应商在同一采购包只能有一份投标",
}


def in_procedure(key: str, *, consultation: bool) -> str:
    """The key under which a rule is cited in the procedure."""
    own = f"{key}{TALKS}"
    return own if consultation and own in CITATIONS else key


class Severity(StrEnum):
    """How strongly a finding speaks: the act is refused, or the person is told."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class SchemeFinding:
    """One thing a check found, worded for the person who can mend it.

    `field` is the path of the field in the scheme (`criteria[2].points`), `rule` the rule's
    key, `message` what is wrong, `remedy` what to do.
    """

    severity: Severity
    field: str
    rule: str
    message: str
    remedy: str

    @property
    def basis(self) -> str:
        """The document and article that say so."""
        return CITATIONS[self.rule]

    @property
    def blocks(self) -> bool:
        """Whether the act may not go on."""
        return self.severity is Severity.BLOCK


class BrokenRule(Invalid):
    """An input that breaks a rule of scoring. `code` is the rule's key, `rule` the article."""

    def __init__(self, field: str, code: str, message: str, remedy: str) -> None:
        super().__init__(field, message, rule=CITATIONS[code], remedy=remedy)
        self.code = code


def block(field: str, rule: str, message: str, remedy: str) -> SchemeFinding:
    """A finding that refuses."""
    return SchemeFinding(Severity.BLOCK, field, rule, message, remedy)


def warn(field: str, rule: str, message: str, remedy: str) -> SchemeFinding:
    """A finding that is only shown."""
    return SchemeFinding(Severity.WARN, field, rule, message, remedy)


def require_none(findings: tuple[SchemeFinding, ...]) -> None:
    """Raise `BrokenRule` for the first finding that blocks."""
    for finding in findings:
        if finding.blocks:
            raise BrokenRule(finding.field, finding.rule, finding.message, finding.remedy)
