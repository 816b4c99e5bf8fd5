"""What speaks against a tender document, section by section: what blocks, what to heed.

Asked by the task list, the check page, the approver's page, and by the use cases that send and
publish.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procure.kernel.day_words import date_words
from procure.kernel.errors import Invalid
from procure.kernel.findings import Finding, FindingLevel, SectionState, block, note, warn
from procure.kernel.laws import cite
from procure.kernel.lots import named_lots
from procure.kernel.methods import words_of
from procure.kernel.money import Money
from procure.kernel.scoring.check import LOCAL_WORDS, SIZE_WORDS, check_scheme
from procure.kernel.scoring.rules import CITATIONS, Severity
from procure.kernel.text import key as name_key
from procure.kernel.vocabulary import PaymentTrigger, PriceWay
from procure.stages.plans.content import HIRING_WORDS, RULE_HIRING, lot_refusal
from procure.stages.tenders.content import SectionKey, lines_of
from procure.stages.tenders.dates import check_dates
from procure.stages.tenders.models import TenderCriterion
from procure.stages.tenders.points import awards_in, can_make
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import points_of, scheme_of

RULE_ACCEPTANCE = cite("acceptance_by_contract")
RULE_RATING = cite("unequal_terms")
RULE_TARGETS = cite("no_subcontract")
WHOLE = 10_000


@dataclass(frozen=True)
class SectionFinding:
    """A finding and the section in which it is mended."""

    section: SectionKey
    finding: Finding


def check_tender(dossier: TenderDossier, published_on: date) -> tuple[SectionFinding, ...]:
    """Everything to be said about the document if it is published on that day.

    The caller gives today, or the first lawful day when that is still ahead.
    """
    checks = (
        (SectionKey.REQUIREMENT, _check_requirement(dossier)),
        (SectionKey.TARGETS, _check_targets(dossier)),
        (SectionKey.QUALIFICATION, _check_qualification(dossier)),
        (SectionKey.SCORING, _check_scoring(dossier)),
        (SectionKey.PAYMENTS, _check_payments(dossier)),
        (SectionKey.SCHEDULE, _check_schedule(dossier, published_on)),
        (SectionKey.POLICY, _check_policy(dossier)),
    )
    found = [SectionFinding(key, finding) for key, some in checks for finding in some]
    return tuple(sorted(found, key=lambda one: not one.finding.blocks))


def section_states(
    dossier: TenderDossier, findings: Sequence[SectionFinding], saved: Collection[SectionKey]
) -> dict[SectionKey, SectionState]:
    """How far each section is: untouched, begun, finished, or to be mended after a return.

    What was only prefilled is begun, not finished: `saved` are the sections a person has saved.
    """
    blocked = {one.section for one in findings if one.finding.blocks}
    empty = empty_sections(dossier)
    states = {}
    for key in SectionKey:
        if key in empty:
            states[key] = SectionState.NOT_STARTED
        elif key in blocked:
            returned = bool(dossier.tender.returned_reason)
            states[key] = SectionState.NEEDS_CHANGE if returned else SectionState.DOING
        elif key not in saved:
            states[key] = SectionState.DOING
        else:
            states[key] = SectionState.DONE
    return states


def empty_sections(dossier: TenderDossier) -> set[SectionKey]:
    """The sections in which nothing is written yet."""
    tender = dossier.tender
    whether = {
        SectionKey.REQUIREMENT: not tender.requirement,
        SectionKey.TARGETS: not dossier.targets,
        SectionKey.QUALIFICATION: not tender.qualification,
        SectionKey.SCORING: not dossier.criteria,
        SectionKey.PAYMENTS: not dossier.payments,
        SectionKey.SCHEDULE: tender.deadline_at is None and not tender.opening_place,
    }
    return {key for key, is_empty in whether.items() if is_empty}


def _document_rule(dossier: TenderDossier) -> str:
    """What the document must say, by the tender's way of procuring."""
    return cite("document", dossier.tender.method)


def _one_lot(*texts: str) -> Iterator[Finding]:
    """All bids are ranked together: lots that a text names would have one winner."""
    if words := named_lots("\n".join(texts)):
        yield block(*lot_refusal(words))


def _check_requirement(dossier: TenderDossier) -> Iterator[Finding]:
    tender = dossier.tender
    for words, text in (
        ("采购需求", tender.requirement),
        ("服务地点", tender.service_place),
        ("人员要求", tender.staffing),
        ("验收要求", tender.acceptance_way),
    ):
        if not text.strip():
            yield block(f"“{words}”还没有填写。", _document_rule(dossier), "请填写后再送审。")
    yield from _one_lot(
        tender.requirement, tender.service_place, tender.staffing, tender.acceptance_way
    )
    hits = dict.fromkeys(HIRING_WORDS.findall(f"{tender.requirement}\n{tender.staffing}"))
    if hits:
        words = "、".join(f"“{hit}”" for hit in hits)
        yield warn(
            f"需求中出现{words}，可能是以购买服务的名义用工。",
            RULE_HIRING,
            "请改为按服务数量和质量提要求，人员由承接主体管理。",
        )
    if tender.acceptance_way.strip() and "服务对象" not in tender.acceptance_way:
        yield warn(
            "验收要求没有写明邀请服务对象参与。",
            RULE_ACCEPTANCE,
            "公共服务项目验收时应当邀请服务对象参与并出具意见，结果向社会公告。",
        )
    if not (dossier.buyer.address and dossier.buyer.phone):
        yield block(
            "采购人的地址或者联系电话没有登记，公告和采购文件必须写明。",
            _document_rule(dossier),
            "请系统管理员在单位信息中补登。",
        )


def _check_targets(dossier: TenderDossier) -> Iterator[Finding]:
    if not dossier.targets:
        yield block(
            "还没有服务目标。",
            RULE_TARGETS,
            "写明做什么、多少、多久一次；合同的服务数量和评价以此为准。",
        )
    yield from _one_lot(*(f"{row.what}\n{row.condition}" for row in dossier.targets))


def _check_qualification(dossier: TenderDossier) -> Iterator[Finding]:
    text = f"{dossier.tender.qualification}\n{dossier.tender.starred}"
    if not lines_of(dossier.tender.qualification):
        yield block(
            "还没有资格要求。", _document_rule(dossier), f"至少写明{cite('who_may_bid')}的条件。"
        )
    yield from _one_lot(text)
    if dossier.tender.takes_consortia:
        yield block(
            "平台还不能受理联合体的投标（响应）：没有联合体协议和各方分工的填写页，成员的资格也不能核对。",
            cite("consortium"),
            "请选“不接受”；必须接受联合体的，请不要在本平台发布这个项目。",
        )
    if hit := SIZE_WORDS.search(text):
        yield block(
            f"“{hit[0]}”属于供应商的规模条件，不得作为资格要求。",
            cite("size", dossier.tender.method),
            "请删去这一要求。",
        )
    if hit := LOCAL_WORDS.search(text):
        yield warn(
            f"“{hit[0]}”可能构成对外地供应商的差别待遇。",
            CITATIONS["R-ELIG-6"],
            "请改为不限地域的要求。",
        )
    if "评估等级" in text or "A级" in text or "3A" in text:
        yield warn(
            "以社会组织评估等级作为资格要求，可能限制竞争。",
            RULE_RATING,
            "评估等级可以反映管理水平，但不宜作为参加采购的门槛。",
        )


def _check_scoring(dossier: TenderDossier) -> Iterator[Finding]:
    tender = dossier.tender
    scheme = scheme_of(tender, dossier.criteria)
    for one in check_scheme(scheme):
        if not one.field.startswith(("low_price", "deductions")):
            level = FindingLevel.BLOCK if one.severity is Severity.BLOCK else FindingLevel.WARN
            yield Finding(level, one.message, one.basis, one.remedy)
    if not dossier.criteria:
        yield block(
            "还没有评分因素。",
            cite("scoring", tender.method),
            "请至少写一项与服务质量有关的因素。",
        )
    for row in dossier.criteria:
        yield from _check_points(row)
    yield from _one_lot(
        *(f"{row.name}\n{row.standard}\n{row.evidence}" for row in dossier.criteria)
    )
    names = [name_key(row.name) for row in dossier.criteria]
    for number, row in enumerate(dossier.criteria):
        if name_key(row.name) in names[:number]:
            yield block(
                f"评分因素“{row.name}”出现了不止一次。",
                CITATIONS["R-SC-2"],
                "名称相同的因素在评审报告里分不清，请改成不同的名称，或者合并为一项。",
            )
    if tender.price_way is not dossier.plan.price_way:
        yield warn(
            f"批准的计划是“{dossier.plan.price_way.label}”，采购文件是“{tender.price_way.label}”。",
            "",
            "确需改变报价方式的，请在送审时向审核负责人说明。",
        )


def _check_points(row: TenderCriterion) -> Iterator[Finding]:
    """What the standard awards must be able to make the factor's points, and no single award be more
    (GPL-R art 34: the points stand against the quantified bands).
    """
    full = points_of(row.points)
    awarded = awards_in(row.standard)
    most = max(awarded, default=full)
    if most <= full and (not awarded or can_make(awarded, full, row.standard)):
        return
    said = "、".join(f"{points:f} 分" for points in sorted(set(awarded), reverse=True)[:5])
    yield block(
        f"评分因素“{row.name}”分值 {full:f} 分，评分标准写的是 {said}，对不上。",
        CITATIONS["R-SC-2"],
        "请改分值或者评分标准：各档得分不超过分值，最高一档（分项计分的，各项相加）等于分值。",
    )


def _check_payments(dossier: TenderDossier) -> Iterator[Finding]:
    total = sum(row.percent for row in dossier.payments)
    if not dossier.payments:
        yield block("还没有付款安排。", _document_rule(dossier), "写明分几期、每期比例和付款条件。")
    elif total != WHOLE:
        yield block(
            f"各期付款比例合计应为 100%，现为 {Decimal(total) / 100:f}%。",
            _document_rule(dossier),
            "请调整各期比例。",
        )
    triggers = [row.trigger for row in dossier.payments]
    for trigger in dict.fromkeys(triggers):
        if triggers.count(trigger) > 1:
            yield block(
                f"付款条件“{trigger.label}”出现了不止一次。",
                _document_rule(dossier),
                "同一条件的几期请合并为一期。",
            )
    if dossier.payments and PaymentTrigger.ACCEPTANCE not in triggers:
        yield block(
            "没有在验收合格以后支付的款项：验收发现没有达到约定的，合同没有可以扣减的款项。",
            RULE_ACCEPTANCE,
            "请至少留一期在验收合格并公告后支付。",
        )


def _check_schedule(dossier: TenderDossier, published_on: date) -> Iterator[Finding]:
    tender = dossier.tender
    if not tender.opening_place.strip():
        opening = words_of(tender.method).opening
        yield block(f"{opening}地点还没有填写。", _document_rule(dossier), "请填写后再送审。")
    yield from check_dates(tender.method, published_on, tender.documents_until, tender.deadline_at)
    earliest = dossier.earliest
    if (
        earliest is not None
        and published_on == earliest.on
        and published_on > earliest.published_on
    ):
        yield note(
            f"采购意向公开满 30 日后才能发布，最早 {date_words(earliest.on)}；"
            "以上日期按最早发布日核对，发布当天会再核对一次。",
            earliest.period.words(),
        )


def _check_policy(dossier: TenderDossier) -> Iterator[Finding]:
    for one in check_scheme(scheme_of(dossier.tender, dossier.criteria)):
        if one.field.startswith(("low_price", "deductions")):
            yield block(one.message, one.basis, one.remedy)
    priced = dossier.tender.price_way is PriceWay.LOW_PRICE_FIRST
    if dossier.tender.deduction_rate == 0 and priced:
        yield block(
            "没有设小微企业价格扣除。不是专门面向中小企业采购、又要比报价的项目，"
            "必须对小微企业的报价给予 10% 至 20% 的扣除。",
            CITATIONS["R-SME-1"],
            "请填写 10% 至 20%；社会组织不是企业，不享受这项扣除，也不受影响。",
        )
    if dossier.tender.ceiling_fen < dossier.tender.budget_fen:
        yield note(
            f"最高限价 {Money(dossier.tender.ceiling_fen).format()}，"
            f"低于预算 {Money(dossier.tender.budget_fen).format()}，报价超过最高限价的无效。"
        )


def section_words(key: SectionKey) -> str:
    """A section's name."""
    return key.label


RETURN_IT = "请退回经办人修改后再发布。"
"""What the approver does about a finding, behind its remedy."""


def require_clear(findings: Sequence[SectionFinding], and_then: str = "") -> None:
    """Raise Invalid with the first finding that blocks; its remedy, and what is to follow it."""
    for one in findings:
        if one.finding.blocks:
            raise Invalid(
                "",
                f"{one.section.label}：{one.finding.message}",
                one.finding.rule,
                f"{one.finding.remedy}{and_then}",
            )


def warning_words(findings: Sequence[SectionFinding]) -> tuple[str, ...]:
    """The words of everything that was only shown, for the trail."""
    return tuple(one.finding.message for one in findings if not one.finding.blocks)
