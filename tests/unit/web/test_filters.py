"""Words for templates."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procure.kernel.case_lines import PersonLine
from procure.kernel.lifecycle import Tone
from procure.kernel.money import Money
from procure.kernel.number_words import number_words, percent_words, points_words, quantity_words
from procure.web.filters import unbroken
from procure.web.icons import icon
from procure.web.presenters import Badge, Link, Percent, Quantity
from procure.web.words import capital_words, iso, kind_of, money_words


def test_money_words_sign_thousands_and_fen() -> None:
    assert money_words(Money(185_400_000)) == "¥1,854,000.00"
    assert capital_words(Money(185_400_000)) == "壹佰捌拾伍万肆仟元整"


@pytest.mark.parametrize(
    ("number", "words"),
    [(1280, "1,280"), (Decimal("12.50"), "12.5"), (Decimal(100), "100"), (Decimal("0.00"), "0")],
)
def test_number_words_no_needless_zeros(number: int | Decimal, words: str) -> None:
    assert number_words(number) == words


def test_quantity_words_number_stands_beside_its_unit() -> None:
    assert quantity_words(1280, "小时") == "1,280 小时"


@pytest.mark.parametrize(
    ("fraction", "words"),
    [
        ("0.85", "85%"),
        ("0.853", "85.3%"),
        ("0.333333", "33.33%"),
        ("0.00005", "0.01%"),
        ("1", "100%"),
    ],
)
def test_percent_words_rounds_half_up(fraction: str, words: str) -> None:
    assert percent_words(Decimal(fraction)) == words


def test_points_words_two_places_half_up() -> None:
    assert points_words(Decimal("92.345")) == "92.35 分"


def test_iso_instant_is_beijing_time_for_machines() -> None:
    assert iso(datetime(2026, 11, 26, 9, 30, tzinfo=UTC)) == "2026-11-26T17:30:00+08:00"
    assert iso(date(2026, 11, 26)) == "2026-11-26"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "nothing"),
        ("", "nothing"),
        (0, "number"),
        (False, "yes_no"),
        (Money(1), "money"),
        (date(2026, 1, 1), "date"),
        (datetime(2026, 1, 1, tzinfo=UTC), "instant"),
        (Badge(Tone.DONE, "完成"), "badge"),
        (Link("看", "/"), "link"),
        (Quantity(1, "人"), "quantity"),
        (Percent(Decimal(1)), "percent"),
        (PersonLine("林秋月"), "person"),
        ((1, 2), "several"),
        ("文字", "text"),
    ],
)
def test_kind_of_every_value_has_its_shape(value: object, kind: str) -> None:
    assert kind_of(value) == kind


def test_icon_known_name_is_drawn_and_hidden_from_readers() -> None:
    drawn = str(icon("check-circle-fill"))

    assert drawn.startswith('<svg class="icon"')
    assert 'aria-hidden="true"' in drawn
    assert "<path" in drawn


def test_icon_unknown_name_is_refused() -> None:
    with pytest.raises(LookupError):
        icon("no-such-shape")


def test_unbroken_keeps_dates_and_telephone_numbers_whole_and_escapes_the_rest() -> None:
    told = unbroken("至2026年11月30日（星期一）24:00，电话：0756-0000020；<b>不</b> 2026年5月")
    whole = '<span class="unbroken">{}</span>'.format
    assert told == (
        f"至{whole('2026年11月30日（星期一）')}24:00，电话：{whole('0756-0000020')}；"
        f"&lt;b&gt;不&lt;/b&gt; {whole('2026年5月')}"
    )
