"""Statutory periods: every timer, its version, its shape, and what it may do."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procure.kernel.errors import DomainError, Invalid
from procure.kernel.laws import Citation, Mark, NotInForce, article_numeral, since
from procure.kernel.money import Money
from procure.kernel.parameters import PARAMETERS, ParameterUnit, parameter
from procure.kernel.statute import TIMERS, timer, timers_in_force
from procure.kernel.timers import Follow, Timer, TimerKind, TimerUnit
from procure.kernel.workdays import Pause
from tests import law

TODAY = date(2026, 6, 1)
SPECIAL = {"T17", "T18", "T44", "T45", "T46", "T59", "T60", "T64", "T68", "T69"}

# Rulebook section 7, read again from the page: length, unit, kind, and whether it may block.
EXPECTED = {
    "T01": (30, "day", "min", True),
    "T02": (5, "workday", "min", True),
    "T03": (5, "workday", "min", True),
    "T04": (20, "day", "min", True),
    "T05": (15, "day", "min", True),
    "T06": (5, "workday", "min", True),
    "T07": (3, "day", "min", False),
    "T08": (3, "workday", "min", False),
    "T09": (5, "workday", "min", True),
    "T10": (10, "day", "min", True),
    "T11": (5, "day", "min", True),
    "T12": (3, "workday", "min", True),
    "T13": (3, "workday", "min", True),
    "T14": (3, "workday", "min", True),
    "T15": (5, "workday", "min", True),
    "T16": (2, "workday", "max", True),
    "T17": (0, "none", "exact", True),
    "T18": (30, "minute", "min", True),
    "T19": (2, "workday", "max", True),
    "T20": (5, "workday", "max", True),
    "T21": (5, "workday", "max", True),
    "T22": (2, "workday", "max", True),
    "T23": (1, "workday", "min", True),
    "T24": (5, "workday", "max", True),
    "T25": (5, "workday", "max", True),
    "T26": (5, "workday", "max", True),
    "T27": (5, "workday", "max", False),
    "T28": (30, "day", "max", True),
    "T29": (2, "workday", "max", True),
    "T30": (7, "workday", "max", True),
    "T31": (1, "workday", "max", True),
    "T32": (3, "workday", "max", True),
    "T33": (7, "workday", "max", True),
    "T34": (7, "workday", "max", True),
    "T35": (15, "workday", "max", True),
    "T36": (5, "workday", "max", True),
    "T37": (3, "workday", "max", True),
    "T38": (3, "workday", "max", True),
    "T39": (8, "workday", "max", False),
    "T40": (5, "workday", "max", True),
    "T41": (30, "workday", "max", True),
    "T42": (30, "day", "max", True),
    "T43": (60, "day", "max", True),
    "T44": (12, "month", "count", True),
    "T45": (3, "year", "look_back", True),
    "T46": (3, "year", "look_back", True),
    "T47": (1, "year", "max_age", True),
    "T48": (12, "month", "max", True),
    "T49": (24, "month", "max", True),
    "T50": (7, "workday", "max", True),
    "T51": (2, "workday", "max", True),
    "T52": (30, "day", "max", True),
    "T53": (7, "workday", "max", True),
    "T54": (3, "workday", "max", True),
    "T55": (10, "workday", "max", True),
    "T56": (30, "day", "max", True),
    "T57": (30, "day", "max", False),
    "T58": (30, "day", "max", False),
    "T59": (None, "date", "fixed_date", False),
    "T60": (2, "year", "years_running", True),
    "T61": (15, "year", "min", True),
    "T62": (10, "day", "max", True),
    "T63": (3, "year", "min", True),
    "T64": (None, "date", "fixed_date", True),
    "T65": (5, "year", "max", True),
    "T66": (2, "year", "min", True),
    "T67": (5, "workday", "max", False),
    "T68": (1, "month", "before", False),
    "T69": (None, "date", "validity", False),
    "T70": (30, "day", "max", False),
    "T71": (30, "year", "min", False),
}


def today(timer_id: str, variant: str = "") -> Timer:
    return timer(timer_id, TODAY, variant=variant)


def test_laws_periods_and_figures_are_those_of_the_table() -> None:
    said = law.TABLE.read_text(encoding="utf-8").splitlines()

    assert law.rows() == said, "python -m tests.law, and look at what differs"


def test_list_names_all_seventy_one_timers() -> None:
    assert list(EXPECTED) == [f"T{number:02d}" for number in range(1, 72)]
    assert {row.id for row in TIMERS} == set(EXPECTED)


def test_timers_in_force_agree_with_table() -> None:
    for timer_id, expected in EXPECTED.items():
        row = today(timer_id)

        said = (row.length, row.unit.value, row.kind.value, row.may_block)
        assert said == expected, timer_id


def test_versions_of_a_timer_never_overlap() -> None:
    for at, row in enumerate(TIMERS):
        assert row.in_force_to is None or row.in_force_from <= row.in_force_to
        for other in TIMERS[at + 1 :]:
            if (row.id, row.variant) == (other.id, other.variant):
                assert not row.in_force(other.in_force_from)
                assert not other.in_force(row.in_force_from)


def test_every_timer_cites_known_laws_in_force_and_speaks_chinese() -> None:
    for row in TIMERS:
        begun = [since(place.law) for place in row.places]
        assert not begun or row.in_force_from >= min(begun), row.id
        words = row.words()
        assert words.endswith(f"（{row.source}）")
        assert "None" not in words
        assert row.trigger.label
        assert row.trigger.value.isascii()


def test_every_counted_timer_has_a_due_date_with_arithmetic() -> None:
    for row in TIMERS:
        if row.id in SPECIAL:
            continue
        answer = row.due(date(2026, 3, 2))
        assert answer.on >= date(2026, 3, 2)
        assert answer.basis[0].date == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("timer_id", "start", "on"),
    [
        ("T36", "2025-12-12", "2025-12-19"),
        ("T37", "2025-11-03", "2025-11-06"),
        ("T50", "2025-05-06", "2025-05-15"),
        ("T51", "2025-08-12", "2025-08-14"),
        ("T23", "2025-12-01", "2025-12-02"),
        ("T33", "2025-12-02", "2025-12-11"),
        ("T09", "2024-09-26", "2024-10-09"),
        ("T03", "2026-04-11", "2026-04-17"),
        ("T10", "2026-04-11", "2026-04-21"),
        ("T03", "2025-06-03", "2025-06-10"),
        ("T04", "2025-06-03", "2025-06-23"),
        ("T28", "2026-04-01", "2026-05-06"),
        ("T48", "2026-06-01", "2027-05-31"),
        ("T49", "2026-06-01", "2028-05-31"),
        ("T61", "2026-06-06", "2041-06-06"),
        ("T17", "2026-06-06", "2026-06-06"),
        ("T47", "2026-05-31", "2027-05-31"),
        ("T60", "2026-12-31", "2027-12-31"),
        ("T64", "2025-12-31", "2026-03-31"),
        ("T59", "2025-12-31", "2026-03-31"),
        ("T68", "2026-12-31", "2026-11-30"),
        ("T69", "2023-10-01", "2028-10-01"),
    ],
)
def test_due_by_timer_for_vectors_and_shapes(timer_id: str, start: str, on: str) -> None:
    begun = date.fromisoformat(start)

    assert timer(timer_id, max(begun, date(2024, 9, 5))).due(begun).on == date.fromisoformat(on)


def test_challenge_after_result_notice_is_in_time_until_its_last_day() -> None:
    """Vector V05: result published Mon 2025-12-01; 12-10 is in time, 12-16 is not."""
    known = today("T23").due(date(2025, 12, 1)).on
    last = today("T33").due(known).on

    assert known == date(2025, 12, 2)
    assert date(2025, 12, 10) <= last < date(2025, 12, 16)


def test_earliest_act_waits_for_the_day_after_where_a_period_must_be_over() -> None:
    assert today("T04").earliest_act(date(2025, 6, 3)) == date(2025, 6, 23)
    assert today("T15").earliest_act(date(2021, 5, 21)) == date(2021, 5, 29)
    assert today("T15").follow is Follow.AFTER_LAST_DAY
    with pytest.raises(Invalid, match="不是最短期限"):
        today("T28").earliest_act(date(2025, 6, 3))


def test_variant_tells_apart_periods_of_one_rule() -> None:
    assert today("T48", "multi_year").due(date(2026, 1, 1)).on == date(2028, 12, 31)
    assert today("T49", "goods").length == 12
    assert today("T56", "agreed").length == 60
    assert today("T64", "registry").due(date(2025, 12, 31)).on == date(2026, 5, 31)


def test_timer_before_and_after_a_new_text_is_the_version_of_its_day() -> None:
    """SMEPAY was rewritten as State Council Order 802 from 2025-06-01."""
    old = timer("T58", date(2025, 5, 31))
    new = timer("T58", date(2025, 6, 1))

    assert (old.mark, old.may_block) == (Mark.VERIFIED_L, True)
    assert (new.mark, new.may_block) == (Mark.MEMORY, False)
    assert old.source == "《保障中小企业款项支付条例》第十四条"


def test_local_timer_may_only_warn_elsewhere() -> None:
    local = timer("T68", date(2023, 1, 1))

    assert local.mark is Mark.VERIFIED_P
    assert local.region == "广东省深圳市"
    assert not local.may_block


@pytest.mark.parametrize(
    ("timer_id", "on", "variant"),
    [
        ("T99", TODAY, ""),
        ("T48", TODAY, "goods"),
        ("T01", date(2021, 12, 31), ""),
        ("T69", date(2028, 10, 2), ""),
    ],
)
def test_timer_not_in_force_is_a_refusal_and_a_lookup_error(
    timer_id: str, on: date, variant: str
) -> None:
    with pytest.raises(NotInForce, match=timer_id) as refusal:
        timer(timer_id, on, variant=variant)

    assert isinstance(refusal.value, DomainError)
    assert isinstance(refusal.value, LookupError)


def test_timers_in_force_leaves_out_what_is_not_yet_law() -> None:
    before = {row.id for row in timers_in_force(date(2016, 1, 1))}

    assert "T04" in before
    assert before.isdisjoint({"T02", "T18", "T36", "T50", "T63"})
    assert {row.id for row in timers_in_force(TODAY)} == set(EXPECTED)


def test_look_back_has_no_due_date() -> None:
    with pytest.raises(Invalid, match="没有到期日"):
        today("T45").due(TODAY)


def test_count_says_how_often() -> None:
    """O94 article 37."""
    assert "累计 3 次以上" in today("T44").words()


def test_timer_without_a_length_cannot_be_counted() -> None:
    broken = replace(today("T28"), length=None)

    with pytest.raises(Invalid, match="没有时长"):
        broken.due(TODAY)


def test_minutes_are_added_to_an_instant() -> None:
    explain = today("T18")

    assert explain.due_at(datetime(2026, 6, 1, 2, 0, tzinfo=UTC)) == datetime(
        2026, 6, 1, 2, 30, tzinfo=UTC
    )
    with pytest.raises(Invalid, match="不按日历"):
        explain.due(TODAY)
    with pytest.raises(Invalid, match="不按分钟"):
        today("T28").due_at(datetime(2026, 6, 1, tzinfo=UTC))


def test_complaint_decision_leaves_out_excluded_time_and_others_may_not() -> None:
    """GPL-R article 58."""
    pause = Pause(date(2026, 6, 8), date(2026, 6, 12), "专家评审")

    plain = today("T41").due(date(2026, 6, 1)).on
    paused = today("T41").due(date(2026, 6, 1), pauses=[pause]).on

    assert plain == date(2026, 7, 14)
    assert paused == date(2026, 7, 21)
    with pytest.raises(Invalid, match="不能扣除时间"):
        today("T28").due(date(2026, 6, 1), pauses=[pause])


@pytest.mark.parametrize(
    ("timer_id", "words"),
    [
        ("T04", "自采购文件开始发出之日起至投标截止不少于 20 日（《政府采购法》第三十五条）"),
        ("T28", "自中标、成交通知书发出之日起 30 日内签订采购合同（《政府采购法》第四十六条）"),
        ("T45", "采购活动开始前 3 年内没有重大违法记录（《政府采购法》第二十二条）"),
        (
            "T17",
            "开标时间与投标截止时间为同一时间（《政府采购货物和服务招标投标管理办法》第三十九条）",
        ),
        (
            "T59",
            "年度终了后，于次年 3 月 31 日前公示上年逾期未支付中小企业的款项"
            "（《保障中小企业款项支付条例》）",
        ),
        ("T70", "自整改通知送达之日起 30 日内完成整改（系统默认，可以配置）"),
    ],
)
def test_words_name_period_and_source(timer_id: str, words: str) -> None:
    assert today(timer_id).words() == words


def test_special_shapes_carry_their_own_figures() -> None:
    assert today("T64").month_day == (3, 31)
    assert today("T44").count == 3
    assert today("T69").in_force_to == date(2028, 10, 1)
    assert today("T17").unit is TimerUnit.NONE
    assert {row.kind for row in TIMERS} == set(TimerKind)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "一"),
        (10, "十"),
        (13, "十三"),
        (20, "二十"),
        (31, "三十一"),
        (100, "一百"),
        (106, "一百零六"),
        (110, "一百一十"),
        (203, "二百零三"),
        (1001, "一千零一"),
        (1260, "一千二百六十"),
    ],
)
def test_article_numeral_reads_as_laws_print_it(number: int, words: str) -> None:
    assert article_numeral(number) == words


@pytest.mark.parametrize("number", [0, -1, 1300])
def test_article_numeral_beyond_any_law_is_a_value_error(number: int) -> None:
    with pytest.raises(ValueError, match="no law"):
        article_numeral(number)


def test_cite_names_law_and_articles() -> None:
    assert Citation("GPL-R", (31,)).words == "《政府采购法实施条例》第三十一条"
    assert Citation("SMEPAY2020", (8, 9)).words == "《保障中小企业款项支付条例》第八条、第九条"
    assert Citation("PAT8").words == "穗民规字〔2023〕8号"
    with pytest.raises(KeyError):
        _ = Citation("NOPE", (1,)).words


def test_only_verified_marks_may_block_and_each_says_how_far_to_trust_it() -> None:
    assert {mark for mark in Mark if mark.may_block} == {
        Mark.VERIFIED_L,
        Mark.VERIFIED_Q,
        Mark.VERIFIED_P,
    }
    for mark in Mark:
        assert ("仅作提醒" in mark.label) != mark.may_block


@pytest.mark.parametrize(
    ("key", "region", "value"),
    [
        ("open_tender.goods_services", "广东省珠海市斗门区", "4000000"),
        ("open_tender.goods_services", "中央", "2000000"),
        ("purchase_limit.goods_services", "广东省", "1000000"),
        ("bid_deposit.max", "广东省广州市", "0.02"),
        ("bid_deposit.max", "", "0.02"),
        ("station.hours.min", "广东省广州市海珠区", "35244"),
        ("price_weight.consultation.service.max", "湖南省长沙市", "0.30"),
        ("panel.seven.budget", "", "10000000"),
        ("sme_deduction.social_org", "", "0"),
    ],
)
def test_parameter_for_an_area_takes_the_closest_value(key: str, region: str, value: str) -> None:
    assert parameter(key, region, TODAY).value == Decimal(value)


@pytest.mark.parametrize(
    ("key", "region", "on"),
    [
        ("open_tender.goods_services", "湖南省长沙市", TODAY),
        ("station.hours.min", "广东省珠海市", TODAY),
        ("low_price.mean", "", date(2025, 12, 31)),
        ("no.such.key", "", TODAY),
    ],
)
def test_parameter_that_nobody_has_set_is_refused(key: str, region: str, on: date) -> None:
    with pytest.raises(NotInForce, match="没有设定参数") as refusal:
        parameter(key, region, on)

    assert refusal.value.remedy


def test_thresholds_from_memory_may_only_warn() -> None:
    """The open-tender amounts rest on memory; the panel size on the answer key of O87."""
    assert not parameter("open_tender.goods_services", "广东省", TODAY).may_block
    assert parameter("panel.seven.budget", "", TODAY).may_block
    assert not parameter("split.warn", "", TODAY).may_block
    assert parameter("split.warn", "", TODAY).source == "系统默认，可以配置"
    assert parameter("supplement.max", "", TODAY).source == "《政府采购法》第四十九条"


def test_parameter_money_only_of_an_amount() -> None:
    assert parameter("panel.seven.budget", "", TODAY).money == Money.parse("1000万")
    with pytest.raises(Invalid, match="不是金额"):
        _ = parameter("bid_deposit.max", "", TODAY).money


def test_parameters_are_unique_and_ratios_are_fractions() -> None:
    assert len({(row.key, row.region, row.valid_from) for row in PARAMETERS}) == len(PARAMETERS)
    for row in PARAMETERS:
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*", row.key)
        assert re.search("[\u4e00-\u9fff]", row.name)
        assert row.in_force(row.valid_from)
        if row.unit is ParameterUnit.RATIO:
            assert 0 <= row.value <= 1


def test_our_own_default_is_never_told_as_law() -> None:
    """Letters, calendars and pages print `law` behind “依据”: what no law says has none there."""
    for one in TIMERS:
        assert "系统默认" not in one.law, one.code
        assert bool(one.law) is bool(one.places), one.code
    assert any(not one.law for one in TIMERS), "some periods are the platform's own"
