"""What speaks against a tender document (R-SC-1 … R-SC-8, R-ELIG-5, R-ELIG-6, T03/T04, T09/T10)."""

from dataclasses import replace
from datetime import date, time

import pytest

from procure.kernel.clock import at_local
from procure.kernel.errors import Invalid
from procure.kernel.findings import FindingLevel, SectionState
from procure.kernel.laws import LAWS
from procure.kernel.vocabulary import PaymentTrigger, PriceWay, ProcurementMethod
from procure.stages.tenders.checks import (
    SectionFinding,
    check_tender,
    require_clear,
    section_states,
)
from procure.stages.tenders.content import SectionKey
from procure.stages.tenders.models import PaymentTerm
from procure.stages.tenders.queries import TenderDossier
from tests.unit.stages.tenders.conftest import criterion

DAY = date(2026, 4, 1)


def findings(dossier: TenderDossier, day: date = DAY) -> tuple[SectionFinding, ...]:
    return check_tender(dossier, day)


def blocks(dossier: TenderDossier, section: SectionKey, day: date = DAY) -> list[str]:
    """The words of what blocks in one section."""
    return [
        one.finding.message
        for one in findings(dossier, day)
        if one.finding.blocks and one.section is section
    ]


def warned(dossier: TenderDossier, section: SectionKey) -> list[str]:
    """The words of what only warns in one section."""
    return [
        one.finding.message
        for one in findings(dossier)
        if one.section is section and one.finding.level is FindingLevel.WARN
    ]


def test_finished_document_blocks_nothing(dossier: TenderDossier) -> None:
    require_clear(findings(dossier))
    assert set(section_states(dossier, findings(dossier), SectionKey).values()) == {
        SectionState.DONE
    }


@pytest.mark.parametrize("name", ["requirement", "service_place", "staffing", "acceptance_way"])
def test_blank_requirement_blocks(dossier: TenderDossier, name: str) -> None:
    setattr(dossier.tender, name, "  ")
    assert blocks(dossier, SectionKey.REQUIREMENT)


def test_buyer_without_address_blocks(dossier: TenderDossier) -> None:
    dossier.buyer.address = ""
    assert "补登" in " ".join(
        one.finding.remedy for one in findings(dossier) if one.section is SectionKey.REQUIREMENT
    )


def test_acceptance_without_recipients_is_warned_of(dossier: TenderDossier) -> None:
    dossier.tender.acceptance_way = "采购人组织验收。"
    assert "服务对象" in warned(dossier, SectionKey.REQUIREMENT)[0]


def test_hiring_words_in_staffing_are_warned_of(dossier: TenderDossier) -> None:
    dossier.tender.staffing = "两名人员坐班，由科室考勤"
    assert "用工" in warned(dossier, SectionKey.REQUIREMENT)[0]


def test_document_without_targets_blocks(dossier: TenderDossier) -> None:
    assert blocks(replace(dossier, targets=()), SectionKey.TARGETS)


@pytest.mark.parametrize(
    "demand", ["注册资本不少于一百万元", "上年营业收入五百万元以上", "从业人员不少于五十人"]
)
def test_size_of_the_firm_as_qualification_blocks(dossier: TenderDossier, demand: str) -> None:
    dossier.tender.qualification += demand
    assert "规模条件" in blocks(dossier, SectionKey.QUALIFICATION)[0]


def test_local_demand_is_warned_of(dossier: TenderDossier) -> None:
    dossier.tender.qualification += "在本市注册满两年"
    assert "差别待遇" in warned(dossier, SectionKey.QUALIFICATION)[0]


def test_rating_as_qualification_is_warned_of(dossier: TenderDossier) -> None:
    dossier.tender.qualification += "社会组织评估等级达到 3A 以上"
    assert "评估等级" in warned(dossier, SectionKey.QUALIFICATION)[0]


def test_points_that_do_not_make_100_block(dossier: TenderDossier) -> None:
    found = blocks(replace(dossier, criteria=dossier.criteria[:1]), SectionKey.SCORING)
    assert "合计应为 100 分，现为 70 分" in found[0]


@pytest.mark.parametrize(
    ("method", "points", "blocked"),
    [
        (ProcurementMethod.OPEN_TENDER, 800, True),
        (ProcurementMethod.CONSULTATION, 3_500, True),
        (ProcurementMethod.OPEN_TENDER, 4_500, False),
        (ProcurementMethod.CONSULTATION, 1_000, False),
        (ProcurementMethod.CONSULTATION, 3_000, False),
        (ProcurementMethod.CONSULTATION, 900, True),
    ],
)
def test_price_weight_keeps_within_the_band_of_its_method(
    dossier: TenderDossier, method: ProcurementMethod, points: int, blocked: bool
) -> None:
    """V16: 8 % in an open tender and 35 % in a consultation block, 45 % in an open tender passes."""
    dossier.tender.method = method
    dossier.tender.price_points = points
    changed = replace(dossier, criteria=(criterion(1, "服务方案", 10_000 - points),))
    assert bool(blocks(changed, SectionKey.SCORING)) is blocked


def test_fixed_price_with_points_blocks(dossier: TenderDossier) -> None:
    dossier.tender.price_way = PriceWay.FIXED
    assert "价格不列为评分因素" in blocks(dossier, SectionKey.SCORING)[0]


def test_floor_on_a_price_competition_blocks(dossier: TenderDossier) -> None:
    dossier.tender.hours_floor = 4_800
    assert "不得设定最低限价" in blocks(dossier, SectionKey.SCORING)[0]


def test_hours_competition_with_floor_passes(dossier: TenderDossier) -> None:
    dossier.tender.price_way = dossier.plan.price_way = PriceWay.RATIO_TO_MAX
    dossier.tender.hours_floor = 4_800
    assert not blocks(dossier, SectionKey.SCORING)


def test_other_way_than_planned_is_warned_of(dossier: TenderDossier) -> None:
    dossier.plan.price_way = PriceWay.FIXED
    assert "批准的计划是" in warned(dossier, SectionKey.SCORING)[0]


def test_undefined_grades_are_warned_of(dossier: TenderDossier) -> None:
    changed = replace(
        dossier,
        criteria=(criterion(1, "方案", 6_000, "优秀的给高分，一般的给低分"), dossier.criteria[1]),
    )
    assert "没有定义" in warned(changed, SectionKey.SCORING)[0]


def test_size_of_the_firm_as_factor_blocks(dossier: TenderDossier) -> None:
    changed = replace(dossier, criteria=(dossier.criteria[0], criterion(2, "注册资本", 3_000)))
    assert "规模条件" in blocks(changed, SectionKey.SCORING)[0]


@pytest.mark.parametrize(
    ("standard", "points", "blocked"),
    [
        ("方案完整的得10分。", 1_500, True),
        ("方案完整的得 20 分，较完整的得 10 分。", 1_500, True),
        ("方案完整的得十分，较完整的得六分。", 1_500, True),
        ("每提供一份得2分，最高10分。", 1_500, True),
        ("方案完整的得15分，较完整的得10分，没有的不得分。", 1_500, False),
        ("人员得5分；场地得5分；应急得5分。", 1_500, False),
        ("每提供一份合同得2.5分。", 1_500, False),
        ("满分15分，每缺一项扣3分，扣完为止。", 1_500, False),
        ("30分钟内响应的得满分，超过的不得分。", 1_500, False),
        ("优得 10 至 15 分，良得 5 至 9 分。", 1_500, False),
        ("按分项评审，写明指标的满分，缺一项减三分之一。", 1_500, False),
    ],
)
def test_standard_must_be_able_to_make_the_points(
    dossier: TenderDossier, standard: str, points: int, blocked: bool
) -> None:
    """A factor of 15 points whose standard awards ten cannot be scored (R-SC-2)."""
    changed = replace(dossier, criteria=(criterion(1, "方案", points, standard),))
    assert any("对不上" in words for words in blocks(changed, SectionKey.SCORING)) is blocked


def test_consortia_cannot_be_promised(dossier: TenderDossier) -> None:
    dossier.tender.takes_consortia = True
    assert "联合体" in blocks(dossier, SectionKey.QUALIFICATION)[0]


@pytest.mark.parametrize("method", list(ProcurementMethod))
def test_no_finding_cites_the_order_of_another_method(
    dossier: TenderDossier, method: ProcurementMethod
) -> None:
    """Everything that can be wrong at once: 财政部令第87号 is on tenders alone."""
    dossier.tender.method = method
    dossier.tender.qualification = "注册资本不少于一百万元"
    dossier.tender.requirement = dossier.tender.opening_place = dossier.buyer.address = ""
    dossier.tender.price_points, dossier.tender.hours_floor = 4_000, 100
    dossier.tender.documents_until = dossier.tender.deadline_at = None
    broken = replace(dossier, criteria=(criterion(1, "注册资本", 100),), payments=(), targets=())
    other = LAWS["CC214" if method is ProcurementMethod.OPEN_TENDER else "O87"].name
    found = findings(broken)
    assert len(found) > 8
    assert not [one for one in found if other in f"{one.finding.message}{one.finding.rule}"]


def test_instalments_that_do_not_make_the_whole_block(dossier: TenderDossier) -> None:
    changed = replace(dossier, payments=dossier.payments[1:])
    assert "合计应为 100%，现为 70%" in blocks(changed, SectionKey.PAYMENTS)[0]


def test_trigger_named_twice_blocks(dossier: TenderDossier) -> None:
    twice = PaymentTerm(position=1, percent=5_000, trigger=PaymentTrigger.ACCEPTANCE)
    assert "不止一次" in blocks(replace(dossier, payments=(twice, twice)), SectionKey.PAYMENTS)[0]


@pytest.mark.parametrize(
    "triggers",
    [
        (PaymentTrigger.SIGNING,),
        (PaymentTrigger.FINAL,),
        (PaymentTrigger.SIGNING, PaymentTrigger.MIDTERM, PaymentTrigger.FINAL),
    ],
)
def test_nothing_held_back_until_acceptance_blocks(
    dossier: TenderDossier, triggers: tuple[PaymentTrigger, ...]
) -> None:
    terms = [
        PaymentTerm(position=at, percent=10_000 // len(triggers), trigger=trigger)
        for at, trigger in enumerate(triggers, start=1)
    ]
    terms[0].percent += 10_000 - sum(one.percent for one in terms)
    found = blocks(replace(dossier, payments=terms), SectionKey.PAYMENTS)
    assert len(found) == 1
    assert "没有可以扣减的款项" in found[0]


@pytest.mark.parametrize("name", ["deadline_at", "documents_until", "opening_place"])
def test_missing_date_or_place_blocks(dossier: TenderDossier, name: str) -> None:
    setattr(dossier.tender, name, "" if name == "opening_place" else None)
    assert blocks(dossier, SectionKey.SCHEDULE)


def test_documents_given_too_short_a_time_block(dossier: TenderDossier) -> None:
    """T09 from 1 April 2026: five working days, Qingming left out, make 9 April."""
    dossier.tender.documents_until = date(2026, 4, 8)
    found = blocks(dossier, SectionKey.SCHEDULE)
    assert "至少提供到 2026年4月9日" in found[0]


def test_deadline_before_the_tenth_day_blocks(dossier: TenderDossier) -> None:
    """T10 from 1 April 2026: the tenth day is Saturday 11 April, so Monday 13 April."""
    dossier.tender.deadline_at = at_local(date(2026, 4, 12), time(17, 0))
    words = blocks(dossier, SectionKey.SCHEDULE)[0]
    assert "最早 2026年4月13日" in words
    assert "法定期间满于 2026年4月11日 周六，是休息日，平台按《民法典》第二百零三条顺延" in words


def test_same_dates_block_when_published_a_day_later(dossier: TenderDossier) -> None:
    assert not blocks(dossier, SectionKey.SCHEDULE, DAY)
    assert blocks(dossier, SectionKey.SCHEDULE, date(2026, 4, 2))


def test_open_tender_needs_twenty_days(dossier: TenderDossier) -> None:
    dossier.tender.method = ProcurementMethod.OPEN_TENDER
    found = blocks(dossier, SectionKey.SCHEDULE)
    assert "最早 2026年4月21日" in found[0]
    with pytest.raises(Invalid) as refused:
        require_clear(findings(dossier))
    assert "第三十五条" in (refused.value.rule or "")


def test_documents_until_the_day_of_the_deadline_block(dossier: TenderDossier) -> None:
    dossier.tender.documents_until = date(2026, 4, 13)
    assert "早于响应截止日" in blocks(dossier, SectionKey.SCHEDULE)[0]


def test_deadline_on_a_day_off_is_warned_of(dossier: TenderDossier) -> None:
    dossier.tender.deadline_at = at_local(date(2026, 4, 18), time(9, 30))
    assert "不是工作日" in warned(dossier, SectionKey.SCHEDULE)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deduction_rate", 500),
        ("deduction_rate", 2_100),
        ("low_mean", 4_900),
        ("low_second", 6_600),
        ("low_ceiling", 4_400),
    ],
)
def test_rates_out_of_their_bands_block(dossier: TenderDossier, name: str, value: int) -> None:
    setattr(dossier.tender, name, value)
    assert blocks(dossier, SectionKey.POLICY)


@pytest.mark.parametrize("way", [PriceWay.RATIO_TO_MAX, PriceWay.FIXED])
def test_small_firms_go_without_deduction_only_where_no_price_is_compared(
    dossier: TenderDossier, way: PriceWay
) -> None:
    """财库〔2022〕19号: nothing is reserved here, so the deduction is compulsory."""
    dossier.tender.deduction_rate = 0
    assert blocks(dossier, SectionKey.POLICY)
    dossier.tender.price_way = way
    assert not blocks(dossier, SectionKey.POLICY)


def test_lots_named_in_the_document_are_refused(dossier: TenderDossier) -> None:
    dossier.tender.requirement += "\n第一包：日间照料；第二包：上门探访。"
    assert blocks(dossier, SectionKey.REQUIREMENT)
    dossier.criteria[0].standard += "包2的投标人得满分"
    assert blocks(dossier, SectionKey.SCORING)


def test_section_that_was_only_prefilled_is_begun(dossier: TenderDossier) -> None:
    states = section_states(dossier, findings(dossier), {SectionKey.SCORING})
    assert states[SectionKey.SCORING] is SectionState.DONE
    assert states[SectionKey.QUALIFICATION] is SectionState.DOING


def test_untouched_sections_are_not_started(dossier: TenderDossier) -> None:
    bare = replace(dossier, criteria=(), payments=(), targets=())
    states = section_states(bare, findings(bare), SectionKey)
    for key in (SectionKey.SCORING, SectionKey.PAYMENTS, SectionKey.TARGETS):
        assert states[key] is SectionState.NOT_STARTED


def test_returned_document_shows_what_needs_change(dossier: TenderDossier) -> None:
    dossier.tender.service_place = ""
    assert (
        section_states(dossier, findings(dossier), SectionKey)[SectionKey.REQUIREMENT]
        is SectionState.DOING
    )
    dossier.tender.returned_reason = "请写明地点"
    states = section_states(dossier, findings(dossier), SectionKey)
    assert states[SectionKey.REQUIREMENT] is SectionState.NEEDS_CHANGE


def test_blocking_findings_come_first(dossier: TenderDossier) -> None:
    dossier.tender.acceptance_way = "采购人组织验收。"
    dossier.tender.opening_place = ""
    found = findings(dossier)
    assert [one.finding.blocks for one in found] == sorted(
        (one.finding.blocks for one in found), reverse=True
    )
