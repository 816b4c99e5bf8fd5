"""What a draft still lacks or breaks, before it is sealed: asked by the check page and by the verb."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from procure.kernel.errors import Verdict, refused
from procure.kernel.findings import Finding, SectionState, block, blocks_first, warn
from procure.kernel.laws import cite
from procure.kernel.money import Money
from procure.kernel.scoring.deduction import Subject
from procure.kernel.vocabulary import InstitutionClass, PriceWay
from procure.stages.bids.content import STATEMENTS, BidContent
from procure.stages.bids.policies import RULE_SUBJECT, barred_class, is_institution, limit_rule
from procure.stages.tenders.models import Tender, TenderCriterion

GPL_22 = cite("who_may_bid")
SME = cite("small_firm")
LOW2 = "《关于推动解决政府采购异常低价问题的通知》（财库〔2026〕2号）"

MOST_HOURS = 10_000_000


@dataclass(frozen=True)
class BidSection:
    """A part of the bid that is filled in on a page of its own."""

    key: str
    title: str


OFFER = BidSection("offer", "报价与承诺")
PROPOSAL = BidSection("proposal", "服务方案")
STATEMENT = BidSection("statements", "资格声明")
TEAM = BidSection("team", "项目负责人与附件")
SECTIONS = (OFFER, PROPOSAL, STATEMENT, TEAM)


def subject_of(credit_code: str | None) -> Subject:
    """What kind of bidder a credit code tells, for the price deduction (R-SME-4).

    The first two characters name the registering department and the kind of body (GB 32100).
    """
    kind = (credit_code or "")[:2]
    if kind[:1] == "9":
        return Subject.SMALL_ENTERPRISE
    if kind[:1] == "5":
        return Subject.SOCIAL_ORGANISATION
    return Subject.INSTITUTION if kind == "12" else Subject.OTHER


def may_claim_deduction(tender: Tender, credit_code: str | None) -> Verdict:
    """Whether this bidder may claim the tender's price deduction (R-SME-1, R-SME-4, V23)."""
    if tender.deduction_rate == 0:
        return refused("本项目的采购文件没有给予价格扣除。", rule=SME)
    subject = subject_of(credit_code)
    if subject is Subject.SOCIAL_ORGANISATION:
        return refused(
            "社会组织不属于中小企业，不享受价格扣除，评审时按报价计算。",
            rule=SME,
            remedy="不用填写中小企业声明；其他评分不受影响。",
        )
    if subject is not Subject.SMALL_ENTERPRISE:
        return refused("本单位的登记类型不属于企业，不享受价格扣除。", rule=SME)
    return Verdict(True)


def fixed_price(tender: Tender) -> int | None:
    """The price every bidder bids where it is fixed, in fen; None where prices compete."""
    return None if tender.price_way is PriceWay.LOW_PRICE_FIRST else tender.ceiling_fen


def section_state(
    section: BidSection,
    content: BidContent,
    tender: Tender,
    criteria: Sequence[TenderCriterion],
    credit_code: str | None = None,
) -> SectionState:
    """How far a section is."""
    touched = {
        OFFER.key: content.price_fen is not None or content.hours is not None,
        PROPOSAL.key: bool(content.proposal or any(content.answers)),
        STATEMENT.key: any(content.statements),
        TEAM.key: bool(content.project_manager or content.files),
    }[section.key]
    if not touched:
        return SectionState.NOT_STARTED
    blocked = any(
        finding.blocks for finding in _check(section, content, tender, criteria, credit_code)
    )
    return SectionState.DOING if blocked else SectionState.DONE


def findings(
    content: BidContent,
    tender: Tender,
    criteria: Sequence[TenderCriterion],
    credit_code: str | None = None,
) -> tuple[Finding, ...]:
    """Everything that keeps the bid from being sealed, then what should be looked at again;
    `credit_code` is the bidder's.
    """
    found = [
        finding
        for section in SECTIONS
        for finding in _check(section, content, tender, criteria, credit_code)
    ]
    return tuple(blocks_first(found))


def _check(
    section: BidSection,
    content: BidContent,
    tender: Tender,
    criteria: Sequence[TenderCriterion],
    credit_code: str | None,
) -> Iterator[Finding]:
    if section is OFFER:
        yield from _check_offer(content, tender)
    elif section is PROPOSAL:
        yield from _check_proposal(content, criteria)
    elif section is STATEMENT:
        yield from _check_statements(content)
        yield from _check_class(content, credit_code)
    else:
        yield from _check_team(content)


def _check_offer(content: BidContent, tender: Tender) -> Iterator[Finding]:
    price = content.price_fen
    if price is None or price <= 0:
        yield block("还没有填写报价。", limit_rule(tender), "请到“报价与承诺”填写。")
    elif price > tender.ceiling_fen:
        yield block(
            f"报价 {Money(price).format()} 高于最高限价 {Money(tender.ceiling_fen).format()}，"
            "投标无效。",
            limit_rule(tender),
            "请把报价改到最高限价以内。",
        )
    elif fixed_price(tender) not in (None, price):
        yield block(
            f"本项目总价固定为 {Money(tender.ceiling_fen).format()}，报价应与它相同。",
            "采购文件",
            "请到“报价与承诺”重新保存。",
        )
    elif price * 10_000 < tender.ceiling_fen * tender.low_ceiling and fixed_price(tender) is None:
        yield warn(
            f"报价低于最高限价的 {Decimal(tender.low_ceiling) / 100:f}%，评审时会要求书面说明成本。",
            LOW2,
            "请准备成本测算和证明材料。",
        )
    if tender.price_way is PriceWay.RATIO_TO_MAX:
        floor = tender.hours_floor
        if content.hours is None:
            yield block("还没有填写承诺的服务工时。", "采购文件", "请到“报价与承诺”填写。")
        elif floor is not None and content.hours < floor:
            yield block(
                f"承诺工时 {content.hours:,} 小时少于采购文件要求的 {floor:,} 小时，投标无效。",
                "采购文件",
                "请提高承诺工时，或不参加本项目。",
            )


def _check_proposal(content: BidContent, criteria: Sequence[TenderCriterion]) -> Iterator[Finding]:
    if not content.proposal.strip():
        yield block("还没有填写服务方案。", "采购文件", "请到“服务方案”填写总体方案。")
    for position, criterion in enumerate(criteria):
        answer = content.answers[position] if position < len(content.answers) else ""
        if not answer.strip():
            yield warn(
                f"没有响应评分因素“{criterion.name}”，这一项可能不得分。",
                "采购文件评分办法",
                "请到“服务方案”补充。",
            )


def _check_statements(content: BidContent) -> Iterator[Finding]:
    missing = [
        words for words, made in zip(STATEMENTS, content.statements, strict=True) if not made
    ]
    if missing:
        yield block(
            f"资格声明还差 {len(missing)} 项：{missing[0]}" + ("等。" if missing[1:] else "。"),
            GPL_22,
            "确实具备的请到“资格声明”逐项勾选；不具备的不能参加。",
        )


def _check_class(content: BidContent, credit_code: str | None) -> Iterator[Finding]:
    """The class of an institution is asked, and the first may not provide (R-GPS-3)."""
    if not is_institution(credit_code):
        return
    if not content.institution_class:
        yield block(
            "还没有填写本单位的事业单位类别。", RULE_SUBJECT, "请到“资格声明”按编制部门的核定填写。"
        )
    elif content.institution_class == InstitutionClass.CLASS_I:
        barred = barred_class()
        yield block(barred.reason, RULE_SUBJECT, "确属填写错误的，请到“资格声明”更正。")


def _check_team(content: BidContent) -> Iterator[Finding]:
    if not content.project_manager.strip():
        yield block("还没有填写项目负责人。", "采购文件", "请到“项目负责人与附件”填写。")
    if not content.files:
        yield warn(
            "没有上传附件，采购文件要求的证明材料将缺失。",
            GPL_22,
            "请上传法人登记证书和评分因素要求的证明材料。",
        )
