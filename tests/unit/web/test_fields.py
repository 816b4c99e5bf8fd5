"""What people type, and what the fields make of it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Field

from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.web.fields.choices import (
    Choice,
    ChoiceField,
    ConfirmField,
    ManyChoicesField,
    YesNoField,
)
from procure.web.fields.dates import DateField, DateTimeField
from procure.web.fields.numbers import (
    DecimalField,
    HundredthsField,
    IntegerField,
    MoneyField,
    PercentField,
)
from procure.web.fields.rows import RowForm
from procure.web.fields.text import (
    CodeField,
    EmailField,
    LongTextField,
    PhoneField,
    SecretField,
    TextField,
)

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def filled(kind: type[Field], *typed: str, **options: Any) -> Field:
    """A checked field of this kind into which this was typed."""
    sent = MultiDict([("one", text) for text in typed])
    form_class = type("OneField", (RowForm,), {"one": kind("这一项", **options)})
    form = form_class(sent)
    form.validate()
    return form.one


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1,850,000", 185_000_000),
        ("185万", 185_000_000),
        ("１８５．５０", 18_550),
        ("¥12.30元", 1_230),
        ("0", 0),
    ],
)
def test_money_typed_freely_is_read_and_shown_normalised(typed: str, fen: int) -> None:
    field = filled(MoneyField, typed)

    assert field.errors == []
    assert field.data == Money(fen)
    assert field._value() == Money(fen).format().removeprefix("¥")


def test_money_echo_has_figures_and_capitals() -> None:
    assert filled(MoneyField, "185万").echo() == "¥1,850,000.00（壹佰捌拾伍万元整）"


@pytest.mark.parametrize("typed", ["很多", "1.234", "1,85", "-5", "1e9", "9" * 300])
def test_money_unreadable_stays_as_typed_with_chinese_words(typed: str) -> None:
    field = filled(MoneyField, typed)

    assert field.data is None
    assert field._value() == typed
    assert CHINESE.search(field.errors[0])


def test_money_outside_bounds_names_the_bound_and_the_rule() -> None:
    field = filled(MoneyField, "201", most=Money(20_000), rule="《某办法》第三条")

    assert field.errors == ["“这一项”不能超过 ¥200.00。"]
    assert field.errors[0].rule == "《某办法》第三条"
    assert filled(MoneyField, "200", most=Money(20_000)).errors == []
    assert filled(MoneyField, "1", least=Money(200)).errors == ["“这一项”不能少于 ¥2.00。"]


@pytest.mark.parametrize(
    "typed", ["2026-11-26", "2026/11/26", "2026年11月26日", "20261126", " ２０２６．１１．２６ "]
)
def test_date_every_usual_way_of_writing_is_read(typed: str) -> None:
    field = filled(DateField, typed)

    assert field.errors == []
    assert field.data == date(2026, 11, 26)
    assert field._value() == "2026-11-26"


def test_field_sent_twice_is_the_first_that_was_sent() -> None:
    field = filled(DateField, "", "2026-11-26")

    assert field.data is None
    assert field.errors


@pytest.mark.parametrize("typed", ["2026-2-30", "26-11-26", "明天", "2026-13-01", "0000-01-01"])
def test_date_unreadable_stays_as_typed_with_chinese_words(typed: str) -> None:
    field = filled(DateField, typed)

    assert field.data is None
    assert field._value() == typed
    assert CHINESE.search(field.errors[0])
    assert field.errors[0].remedy


def test_date_bounds_are_included_and_outside_names_the_rule() -> None:
    bounds = {"earliest": date(2026, 11, 1), "latest": date(2026, 11, 30), "rule": "《某法》第一条"}

    assert filled(DateField, "2026-11-01", **bounds).errors == []
    assert filled(DateField, "2026-11-30", **bounds).errors == []
    early = filled(DateField, "2026-10-31", **bounds)
    assert early.errors == ["“这一项”不能早于 2026年11月1日 周日。"]
    assert early.errors[0].rule == "《某法》第一条"
    assert filled(DateField, "2026-12-01", **bounds).errors
    assert "（《某法》第一条）" in early.range_hint()


@pytest.mark.parametrize(
    "typed",
    ["2026-11-26 17:30", "2026年11月26日 17时30分", "2026-11-26T17:30", "2026/11/26 17：30"],
)
def test_date_time_beijing_time_is_kept_in_utc(typed: str) -> None:
    field = filled(DateTimeField, typed)

    assert field.errors == []
    assert field.data == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert field._value() == "2026-11-26 17:30"


@pytest.mark.parametrize(
    "typed", ["2026-11-26:30", "2026-11-2617:30", "2026/11/269:30", "202611261730", "20261126:30"]
)
def test_date_time_run_into_the_hour_is_no_other_day(typed: str) -> None:
    assert filled(DateTimeField, typed).errors


def test_date_time_twenty_four_oclock_is_the_end_of_the_day() -> None:
    assert filled(DateTimeField, "2026-11-26 24:00").data == datetime(2026, 11, 26, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["2026-11-26", "2026-11-26 25:00", "2026-11-26 24:01", "9999-12-31 24:00"]
)
def test_date_time_unreadable_is_refused_in_chinese(typed: str) -> None:
    field = filled(DateTimeField, typed)

    assert field.data is None
    assert CHINESE.search(field.errors[0])


def test_decimal_keeps_every_digit() -> None:
    assert filled(DecimalField, "０．１０").data == Decimal("0.10")
    assert filled(DecimalField, "1,234.5", unit="小时").data == Decimal("1234.5")
    assert filled(DecimalField, "8小时", unit="小时").data == Decimal(8)


@pytest.mark.parametrize("typed", ["1.234", "abc", "NaN", "Infinity", "1e5", "²", "--1"])
def test_decimal_unreadable_or_too_fine_is_refused_in_chinese(typed: str) -> None:
    field = filled(DecimalField, typed, places=2)

    assert field.data is None
    assert CHINESE.search(field.errors[0])


def test_integer_out_of_range_names_range_and_unit() -> None:
    field = filled(IntegerField, "201", least=1, most=200, unit="人")

    assert field.errors == ["“这一项”应当在 1 至 200 人之间。"]
    assert filled(IntegerField, "200", least=1, most=200).data == 200
    assert filled(IntegerField, "1.5").errors == ["“这一项”应当是整数。"]


def test_hundredths_are_whole_inside_and_a_number_outside() -> None:
    field = filled(HundredthsField, "12.05", least=1, most=20, unit="分")

    assert field.data == 1205
    assert field._value() == "12.05"
    assert filled(HundredthsField, "0.99", least=1).errors == ["“这一项”应当不小于 1。"]
    assert filled(HundredthsField, "1.005").errors == ["“这一项”最多保留 2 位小数。"]


def test_percent_is_hundredths_of_a_percent_inside_and_a_percentage_outside() -> None:
    field = filled(PercentField, "85%")

    assert field.data == 8500
    assert field._value() == "85"
    assert filled(PercentField, "101").errors == ["“这一项”应当在 0% 至 100% 之间。"]


def test_text_blanks_are_trimmed_and_length_counted_in_characters() -> None:
    assert filled(TextField, "  居家  养老 ").data == "居家 养老"
    too_long = filled(TextField, "字" * 11, maximum=10)
    assert too_long.errors == ["“这一项”最多 10 个字，现在有 11 个字。"]
    assert too_long.errors[0].remedy == "请删去 1 个字。"
    assert filled(TextField, "字", minimum=2).errors == ["“这一项”至少 2 个字，现在有 1 个字。"]


def test_long_text_has_one_kind_of_line_end() -> None:
    assert filled(LongTextField, "一\r\n二\r三\n").data == "一\n二\n三"


def test_text_length_counts_a_line_end_once_and_a_rare_character_once() -> None:
    assert filled(LongTextField, "一\r\n二", maximum=3).errors == []
    assert filled(LongTextField, "\U00020bb7" * 2000).errors == []
    assert filled(LongTextField, "\U00020bb7" * 2001).errors[0].endswith("现在有 2001 个字。")


def test_long_text_pasted_blanks_and_marks_without_width_are_left_out() -> None:
    pasted = "\u3000\u3000独居老人 86 人，\u200b\n\n\n\n社区没有场所。\t去年\u00a0试点 \n"

    assert filled(LongTextField, pasted).data == "独居老人 86 人，\n\n社区没有场所。 去年 试点"


def test_secret_is_taken_to_the_letter_and_never_shown_again() -> None:
    field = filled(SecretField, " pass word ")

    assert field.data == " pass word "
    assert "pass word" not in field()


def test_code_is_half_width_upper_case_and_checked() -> None:
    assert filled(CodeField, " ５２44 0400mj ").data == "52440400MJ"
    refused = filled(CodeField, "1", check=lambda code: f"“{code}”不是 18 位。")
    assert refused.errors == ["“1”不是 18 位。"]


def test_email_and_phone_say_how_to_write_them() -> None:
    assert filled(EmailField, "a＠example.cn").data == "a@example.cn"
    assert filled(EmailField, "a@b").errors == ["邮箱地址不完整。"]
    assert filled(PhoneField, "138 0000 0000").data == "13800000000"
    assert filled(PhoneField, "0756-1234567").errors == []
    assert filled(PhoneField, "12345").errors == ["电话号码的格式不对。"]


LEVELS = [Choice(Level.CITY, "市级"), (Level.STREET, "街道")]


def test_choice_gives_the_value_itself() -> None:
    field = filled(ChoiceField, "city", choices=LEVELS)

    assert field.data is Level.CITY
    assert [option.selected for option in field.options] == [True, False]


def test_choice_not_on_offer_is_refused() -> None:
    field = filled(ChoiceField, "moon", choices=LEVELS)

    assert field.data is None
    assert field.errors == ["请从列出的选项中选择“这一项”。"]


def test_choice_set_after_the_form_is_made_still_counts() -> None:
    form_class = type("Late", (RowForm,), {"one": ChoiceField("这一项")})
    form = form_class(MultiDict({"one": "street"}))
    form.one.choices = LEVELS

    assert form.validate()
    assert form.one.data is Level.STREET


def test_many_choices_come_in_the_order_of_the_offer() -> None:
    field = filled(ManyChoicesField, "street", "city", choices=LEVELS)

    assert field.data == (Level.CITY, Level.STREET)
    assert filled(ManyChoicesField, choices=LEVELS).errors == ["请选择“这一项”。"]
    assert filled(ManyChoicesField, choices=LEVELS, least=0).errors == []
    assert filled(ManyChoicesField, "city", choices=LEVELS, least=2).errors == [
        "“这一项”至少选择 2 项。"
    ]


def test_yes_no_is_a_truth_value() -> None:
    assert filled(YesNoField, "no").data is False
    assert filled(YesNoField, "yes").data is True
    assert filled(YesNoField).errors == ["请选择“这一项”。"]


def test_confirm_open_box_is_refused() -> None:
    assert filled(ConfirmField).errors == ["请勾选“这一项”。"]
    assert filled(ConfirmField, "yes").data is True


ALL_KINDS = [
    (TextField, ""),
    (LongTextField, ""),
    (CodeField, ""),
    (EmailField, ""),
    (PhoneField, ""),
    (MoneyField, None),
    (IntegerField, None),
    (DecimalField, None),
    (PercentField, None),
    (DateField, None),
    (DateTimeField, None),
    (ChoiceField, None),
]


@pytest.mark.parametrize(("kind", "nothing"), ALL_KINDS)
def test_blank_is_refused_unless_optional(kind: type[Field], nothing: object) -> None:
    required = filled(kind, "  ")
    optional = filled(kind, "  ", optional=True)

    assert len(required.errors) == 1
    assert "“这一项”" in required.errors[0]
    assert optional.errors == []
    assert optional.data == nothing


@pytest.mark.parametrize("kind", [kind for kind, _ in ALL_KINDS])
@given(typed=st.text(max_size=250))
def test_anything_typed_is_read_or_refused_in_chinese(kind: type[Field], typed: str) -> None:
    field = filled(kind, typed)

    assert all(CHINESE.search(error) for error in field.errors)


def test_year_outside_bounds_is_named_without_thousands_mark() -> None:
    field = filled(IntegerField, "1999", least=2000, most=2099, unit="年")

    assert field.errors == ["“这一项”应当在 2000 至 2099 年之间。"]


@pytest.mark.parametrize("kind", [TextField, LongTextField, CodeField])
def test_text_no_paper_can_print_is_refused_when_typed_all_characters_at_once(
    kind: type[Field],
) -> None:
    field = filled(kind, "王\ue863\U0010fffd长住ሀ\u202e者\U00012000" * 3, maximum=20)

    too_long, unfit = field.errors
    assert too_long.startswith("“这一项”最多 20 个字")
    assert unfit.startswith("“这一项”中有印不到文书上的字符：“\ue863”（U+E863）")
    assert all(
        code in unfit for code in ("“䶮”（U+4DAE）", "“ሀ”（U+1200）", "（U+12000）", "U+10FFFD")
    )
    assert "请改填“䶮”。" in unfit.remedy
    assert "U+202E" not in unfit


def test_text_of_which_the_type_lacks_a_part_is_refused_when_typed() -> None:
    (fault,) = filled(TextField, "ส\u0e33").errors
    assert "（U+0E33）在平台字库里没有可印的字形" in fault


def test_text_with_very_many_unprintable_characters_names_ten_and_counts_all() -> None:
    (unfit,) = filled(LongTextField, "".join(map(chr, range(0xE000, 0xE020)))).errors

    assert "U+E009" in unfit
    assert "U+E00A" not in unfit
    assert "等 32 个字符" in unfit


@pytest.mark.parametrize(("kind", "nothing"), ALL_KINDS[:-1])
def test_what_nobody_can_see_counts_as_blank(kind: type[Field], nothing: object) -> None:
    assert len(filled(kind, "\u200b \u202d\u202c\ufeff").errors) == 1
    optional = filled(kind, "\u200b \u202d\u202c\ufeff", optional=True)
    assert optional.errors == []
    assert optional.data == nothing


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (TextField, "王芳\u200e", "王芳"),
        (CodeField, "\u202d6222020000112233445\u202c", "6222020000112233445"),
        (PhoneField, "\u202d138-0013-8000\u202c", "13800138000"),
        (EmailField, "\u202amailto:a@example.cn\u202c", "a@example.cn"),
        (MoneyField, "\u202d1850000元人民币\u202c", Money(185_000_000)),
        (DecimalField, "\u200b12.5\u200e", Decimal("12.5")),
        (DateField, "\u202d2026–11—26\u202c", date(2026, 11, 26)),
        (PercentField, "85\u2060％", 8500),
    ],
)
def test_invisible_marks_are_stripped_in_every_kind_of_field(
    kind: type[Field], typed: str, kept: object
) -> None:
    field = filled(kind, typed)

    assert field.errors == []
    assert field.data == kept


def test_what_one_signs_in_with_is_not_judged_for_printing() -> None:
    assert filled(TextField, "ሀ", printed=False).errors == []
    assert filled(CodeField, "ሀ", one_time=True).errors == []
    assert filled(CodeField, "ሀ").errors


def test_password_keeps_even_what_nobody_can_see() -> None:
    assert filled(SecretField, "\u200b密码ሀ\u202e word ").data == "\u200b密码ሀ\u202e word "


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (MoneyField, "٣٤"),
        (IntegerField, "१२"),
        (DecimalField, "٣٤.٥"),
        (PercentField, "٣٤"),
        (DateField, "٢٠٢٦-٠٥-٠٦"),
        (DateTimeField, "2026-05-06 ٠٩:٣٠"),
        (PhoneField, "١٣٨٠٠١٣٨٠٠٠"),
        (IntegerField, "²"),
        (IntegerField, "①"),
    ],
)
def test_figures_of_other_scripts_are_no_figures(kind: type[Field], typed: str) -> None:
    assert filled(kind, typed).errors
