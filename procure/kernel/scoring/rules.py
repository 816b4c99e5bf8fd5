"""The rules that scoring applies: what each says and where it stands.

Keys do not change; a finding carries the key for programs and the article for people.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from procure.kernel.errors import Invalid
from procure.kernel.laws import LAWS, cite
from procure.kernel.vocabulary import ProcurementMethod

_OPEN: Final = ProcurementMethod.OPEN_TENDER
_TALKS: Final = ProcurementMethod.CONSULTATION

TALKS: Final = "-CONSULT"
"""Behind the key of a rule that a consultation has in another article than a tender."""


def _both(key: str, rule: str) -> dict[str, str]:
    """A rule's article in a tender and in a consultation."""
    return {key: cite(rule, _OPEN), f"{key}{TALKS}": cite(rule, _TALKS)}


CITATIONS: Final[dict[str, str]] = {
    **_both("R-PRE-2", "ceiling"),
    **_both("R-INVALID", "invalid"),
    "R-DEP-1": cite("deposit"),
    **_both("R-ELIG-5", "size"),
    "R-ELIG-6": cite("unequal_terms"),
    "R-OPEN-9": cite("too_few_bids"),
    "R-CONSULT-21": cite("two_responses", _TALKS),
    "R-CONSULT-METHOD": cite("talks_scored", _TALKS),
    "R-NEGOTIATE-METHOD": LAWS["O74"].name,
    "R-METHOD": cite("scoring_by_document"),
    **_both("R-SC-1", "scoring"),
    "R-SC-2": f"{cite('scoring_by_document')}、{LAWS['DM22'].name}",
    **_both("R-SC-3", "scoring"),
    **_both("R-SC-4", "scoring"),
    **_both("R-SC-5", "scoring"),
    **_both("R-SC-8", "scoring"),
    **_both("R-SC-9", "rescore"),
    "R-SC-10": "采购文件关于小数位数的约定",
    "R-SC-11": "《关于进一步规范政府采购评审工作有关问题的通知》（财库〔2012〕69号）",
    **_both("R-RANK", "ranking"),
    "R-RANK-PRICE": cite("ranking_by_price", _OPEN),
    "R-AWD-3": cite("decide", _OPEN),
    "R-AWD-3-CONSULT": cite("ranking", _TALKS),
    "R-HOURS": "采购文件关于服务工时评分的约定",
    "R-LOTS": "采购文件关于兼投不兼中的约定",
    "R-LOW-1": "《关于推动解决政府采购异常低价问题的通知》（财库〔2026〕2号）",
    "R-SME-1": "《关于进一步加大政府采购支持中小企业力度的通知》（财库〔2022〕19号）",
    "R-SME-4": LAWS["SME46"].name,
    "R-COM-1": cite("panel", _OPEN),
    "R-COM-2": cite("panel", _OPEN),
    "R-COM-3": cite("panel", _TALKS),
    "R-COM-3-NEGOTIATE": LAWS["O74"].name,
    "R-CORRECT": cite("correction", _OPEN),
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
