"""What stands against accepting, what falls short of the contract, what needs a reason. Pure."""

from decimal import Decimal

from procure.kernel.employers import may_mean
from procure.kernel.findings import Finding, block, blocks_first, confirm
from procure.kernel.laws import cite
from procure.kernel.phrases import points_in_words
from procure.stages.acceptance.models import AcceptanceMember, Seat
from procure.stages.acceptance.opinions import percent_words
from procure.stages.acceptance.policies import RULE_OPINION, RULE_SHORTFALL
from procure.stages.acceptance.queries import AcceptanceDossier
from procure.stages.evaluation.events import name_of

HUNDRED = 100
OWN_RULE = "平台对验收小组的要求，法律没有规定"
RULE_SIGNED = f"{cite('acceptance_signed')}（验收方成员签字并承担责任）"


def find_problems(dossier: AcceptanceDossier, base: str) -> list[Finding]:
    """Everything that keeps from accepting, in whole or in part, those that block first; `base` is
    the address of the acceptance.
    """
    found = [
        *_items(dossier, base),
        *_group(dossier, base),
        *_opinion(dossier, base),
        *_dissent(dossier, base),
    ]
    return blocks_first(found)


def find_shortfalls(dossier: AcceptanceDossier, base: str) -> list[Finding]:
    """What was agreed and is not there: the whole is not accepted, a part may be, with a deduction.

    Each message is kept and printed as it stands.
    """
    return [
        *(_shortfall(words, base) for words in _failed_evaluations(dossier)),
        *(_shortfall(words, f"{base}/items") for words in _short_items(dossier)),
        *(_shortfall(words, f"{base}/opinions") for words in _short_opinion(dossier)),
    ]


def is_low_response(dossier: AcceptanceDossier) -> bool:
    """Whether somebody must say why it is decided on so few answers."""
    return dossier.opinion.answered > 0 and not dossier.opinion.is_enough


def dissenters(dossier: AcceptanceDossier) -> list[AcceptanceMember]:
    """The members of the group who do not agree."""
    return [member for member in dossier.members if member.agrees is False]


def stale_items(dossier: AcceptanceDossier) -> bool:
    """Whether what was looked at is no longer what the records say."""
    saved = [(item.what, item.promised, item.delivered) for item in dossier.items]
    return saved != [(one.what, one.total, one.accepted) for one in dossier.targets]


def is_outside(member: AcceptanceMember, dossier: AcceptanceDossier) -> bool:
    """Whether a member is an expert from outside both parties, with an opinion on record."""
    own = (dossier.contract.buyer.name, dossier.contract.supplier.name)
    return (
        member.seat is Seat.EXPERT
        and not any(may_mean(member.unit, name) for name in own)
        and bool(member.comment.strip())
    )


def _failed_evaluations(dossier: AcceptanceDossier) -> list[str]:
    """A service that was found failing and left so is not accepted as the whole that was agreed."""
    return [
        f"{name_of(one.kind, one.round)} {points_in_words(one.total_points or 0)} 分，不合格，"
        f"已办结不再复评：{one.settled_reason}"
        for one in dossier.failed
    ]


def _short_items(dossier: AcceptanceDossier) -> list[str]:
    words = []
    for item in dossier.items:
        if item.delivered < item.promised:
            words.append(
                f"“{item.what}”合同约定 {item.promised:,} {item.unit}，"
                f"只完成 {item.delivered:,} {item.unit}，少 {item.promised - item.delivered:,} {item.unit}。"
            )
        elif not item.passed:
            words.append(f"“{item.what}”不符合合同约定：{item.note}")
    words += [
        f"服务标准“{one.standard}”不符合：{one.note}" for one in dossier.standards if not one.passed
    ]
    return words


def _short_opinion(dossier: AcceptanceDossier) -> list[str]:
    opinion, agreed = dossier.opinion, dossier.agreed
    if not opinion.answered:
        return []
    words = []
    floor = agreed.satisfaction_floor
    if opinion.satisfied_rate * HUNDRED < floor:
        words.append(
            f"服务对象满意率 {percent_words(opinion.satisfied_rate)}，"
            f"低于合同约定的 {_percent(floor)}。"
        )
    wanted = agreed.sample_percent
    if Decimal(opinion.answered) * HUNDRED < wanted * opinion.population:
        words.append(
            f"给出意见的服务对象 {opinion.answered:,} 人，"
            f"不到合同约定的总人数 {opinion.population:,} 人的 {_percent(wanted)}。"
        )
    return words


def _shortfall(words: str, href: str) -> Finding:
    return block(
        words,
        RULE_SHORTFALL,
        "请补齐后再验收；不能补齐的，扣减相应款项（没有可以扣减的，要求退回）作出部分合格的结论，"
        "或者作出不合格的结论。",
        href,
    )


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f}%"


def _items(dossier: AcceptanceDossier, base: str) -> list[Finding]:
    if not dossier.items:
        return [
            block(
                "还没有逐项核验服务目标。",
                RULE_OPINION,
                "请对照合同逐项核验数量和质量。",
                f"{base}/items",
            )
        ]
    if [one.standard for one in dossier.standards] != list(dossier.agreed.standards):
        return [
            block(
                "还没有逐项核验合同约定的服务标准。",
                RULE_OPINION,
                "请对照合同逐项核验技术、服务、安全标准，写明核验情况。",
                f"{base}/items",
            )
        ]
    if not stale_items(dossier):
        return []
    return [
        block(
            "核验以后服务记录又有变动，核验的数量不是最新的。",
            "",
            "请重新核对各项数量后保存。",
            f"{base}/items",
        )
    ]


def _group(dossier: AcceptanceDossier, base: str) -> list[Finding]:
    findings = []
    leaders = sum(member.seat is Seat.LEADER for member in dossier.members)
    if leaders != 1:
        findings.append(
            block(
                "验收小组还没有组长。" if not leaders else "验收小组只能有一名组长。",
                OWN_RULE,
                "请登记验收小组。",
                f"{base}/group",
            )
        )
    if not any(is_outside(member, dossier) for member in dossier.members):
        findings.append(
            block(
                "还没有外部专家的书面意见。",
                OWN_RULE,
                "请邀请采购人和承接主体以外的专家参加，并登记其意见。",
                f"{base}/group",
            )
        )
    if any(member.agrees is None for member in dossier.members):
        findings.append(
            block(
                "验收小组成员还没有逐人表明是否同意验收。",
                RULE_SIGNED,
                "请登记每位成员同意或者不同意。",
                f"{base}/group",
            )
        )
    return findings


def _opinion(dossier: AcceptanceDossier, base: str) -> list[Finding]:
    opinion = dossier.opinion
    if not opinion.answered:
        return [
            block(
                "还没有服务对象的意见，不能通过验收。",
                RULE_OPINION,
                "请发放意见卡，或者电话访问后登记。",
                f"{base}/opinions",
            )
        ]
    if not is_low_response(dossier):
        return []
    return [
        confirm(
            f"答复率 {percent_words(opinion.response)}，低于 60%。",
            "服务对象意见调查办法",
            "请继续征求意见；确实无法达到的，写明原因后可以作出结论。",
            f"{base}/opinions",
        )
    ]


def _dissent(dossier: AcceptanceDossier, base: str) -> list[Finding]:
    return [
        confirm(
            f"{member.seat.label}{member.name}（{member.unit}）不同意验收：{member.comment}",
            RULE_OPINION,
            "请核实所提的问题；仍然通过验收的，写明理由，不同意见写入验收书。",
            f"{base}/group",
        )
        for member in dissenters(dossier)
    ]
