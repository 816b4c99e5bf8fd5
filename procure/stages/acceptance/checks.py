"""What stands against accepting, and what must be confirmed with a reason. Pure."""

from collections.abc import Sequence
from datetime import date

from procure.kernel.employers import may_mean
from procure.kernel.workdays import date_word
from procure.stages.acceptance.models import AcceptanceExpert, Seat
from procure.stages.acceptance.opinions import percent_words
from procure.stages.acceptance.policies import RULE_OPINION
from procure.stages.acceptance.queries import AcceptancePage
from procure.web.presenters import Finding, FindingLevel


def find_problems(page: AcceptancePage, today: date, base: str) -> list[Finding]:
    """All findings, those that block first; `base` is the address of the acceptance."""
    return [
        *_items(page, base),
        *_group(page, base),
        *_opinion(page, base),
        *_term(page, today),
    ]


def blocks(findings: Sequence[Finding]) -> int:
    """How many findings stand against accepting."""
    return sum(finding.level is FindingLevel.BLOCK for finding in findings)


def needs_reason(findings: Sequence[Finding]) -> bool:
    """Whether somebody must say why it is decided all the same."""
    return any(finding.level is FindingLevel.CONFIRM for finding in findings)


def _items(page: AcceptancePage, base: str) -> list[Finding]:
    if not page.items:
        return [
            Finding(
                FindingLevel.BLOCK,
                "还没有逐项核验服务目标。",
                RULE_OPINION,
                "请对照合同逐项核验数量和质量。",
                f"{base}/items",
            )
        ]
    findings = [
        Finding(
            FindingLevel.BLOCK,
            f"“{item.what}”不符合合同约定。",
            RULE_OPINION,
            "请作出不合格的结论，写明整改要求。",
            f"{base}/items",
        )
        for item in page.items
        if not item.passed
    ]
    if stale_items(page):
        findings.append(
            Finding(
                FindingLevel.BLOCK,
                "核验以后服务记录又有变动，核验的数量不是最新的。",
                "",
                "请重新核对各项数量后保存。",
                f"{base}/items",
            )
        )
    return findings


def stale_items(page: AcceptancePage) -> bool:
    """Whether what was looked at is no longer what the records say."""
    saved = [(item.what, item.promised, item.delivered) for item in page.items]
    return saved != [(one.what, one.total, one.accepted) for one in page.targets]


def is_outside(member: AcceptanceExpert, page: AcceptancePage) -> bool:
    """Whether a member is an expert from outside both parties, with a comment on record."""
    own = (page.contract.buyer.name, page.contract.supplier.name)
    return (
        member.seat is Seat.EXPERT
        and not any(may_mean(member.unit, name) for name in own)
        and bool(member.comment.strip())
    )


def _group(page: AcceptancePage, base: str) -> list[Finding]:
    findings = []
    leaders = sum(member.seat is Seat.LEADER for member in page.members)
    if leaders != 1:
        findings.append(
            Finding(
                FindingLevel.BLOCK,
                "验收小组还没有组长。" if not leaders else "验收小组只能有一名组长。",
                "",
                "请登记验收小组。",
                f"{base}/group",
            )
        )
    if not any(is_outside(member, page) for member in page.members):
        findings.append(
            Finding(
                FindingLevel.BLOCK,
                "还没有外部专家的书面意见。",
                "",
                "请邀请采购人和承接主体以外的专家参加，并登记其意见。",
                f"{base}/group",
            )
        )
    return findings


def _opinion(page: AcceptancePage, base: str) -> list[Finding]:
    opinion = page.opinion
    if not opinion.answered:
        return [
            Finding(
                FindingLevel.BLOCK,
                "还没有服务对象的意见，不能作出验收合格的结论。",
                RULE_OPINION,
                "请发放意见卡，或者电话访问后登记。",
                f"{base}/opinions",
            )
        ]
    if opinion.is_enough:
        return []
    return [
        Finding(
            FindingLevel.CONFIRM,
            f"答复率 {percent_words(opinion.response)}，低于 60%。",
            "服务对象意见调查办法",
            "请继续征求意见；确实无法达到的，写明原因后可以作出结论。",
            f"{base}/opinions",
        )
    ]


def _term(page: AcceptancePage, today: date) -> list[Finding]:
    ends_on = page.contract.ends_on
    if ends_on is None or ends_on < today:
        return []
    return [
        Finding(
            FindingLevel.WARN,
            f"合同到{date_word(ends_on)}届满，此后的服务不在本次验收之内。",
            "",
            "一般在合同届满以后作出期满验收的结论。",
        )
    ]
