"""Money: what clerks type, what people read, how it is shared out, and 人民币大写."""

from decimal import Decimal
from fractions import Fraction

import pytest

from procure.kernel.errors import Invalid
from procure.kernel.money import (
    LARGEST_FEN,
    ZERO,
    Money,
    capitals,
    read_capitals,
)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1850000", 185_000_000),
        ("1,850,000", 185_000_000),
        ("1850000.00", 185_000_000),
        ("1850000.5", 185_000_050),
        ("1 850 000.05", 185_000_005),
        ("¥1,850,000.00", 185_000_000),
        ("¥ 1850000元", 185_000_000),
        ("人民币1850000元整", 185_000_000),
        ("RMB 1,850,000", 185_000_000),
        ("185万", 185_000_000),
        ("185万元", 185_000_000),
        ("185.5万元", 185_500_000),
        ("185.123456万", 185_123_456),
        ("1.2亿", 12_000_000_000),
        ("1.2 亿元", 12_000_000_000),
        ("￥１，８５０，０００．００", 185_000_000),
        ("　185 万　", 185_000_000),
        ("0", 0),
        ("0.01", 1),
        ("007", 700),
        ("10000000000000", LARGEST_FEN),
        ("1850000元人民币", 185_000_000),
        ("1,850,000.00元（人民币）", 185_000_000),
        ("1850000 RMB", 185_000_000),
        ("185萬", 185_000_000),
        ("1.2億圓整", 12_000_000_000),
        ("185万（含税）", 185_000_000),
        ("185万元整（含税价）", 185_000_000),
        ("1850000元含税", 185_000_000),
        ("18万元人民幣", 18_000_000),
        ("人民幣 185萬（含稅）", 185_000_000),
        ("\u202d1850000\u202c", 185_000_000),
        ("1\u2009850\u202f000", 185_000_000),
    ],
)
def test_parse_amount_as_typed_reads_fen(text: str, fen: int) -> None:
    assert Money.parse(text) == Money(fen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请填写金额"),
        ("   ", "请填写金额"),
        ("¥", "没有读到数字"),
        ("1.234", "最多两位小数"),
        ("185.1234567万", "最多 6 位小数"),
        ("-5", "不能是负数"),
        ("－5", "不能是负数"),
        ("¥-5", "不能是负数"),
        ("1,85,000", "千位分隔符"),
        ("185,0000", "千位分隔符"),
        ("1850 000", "千位分隔符"),
        ("1,850 000", "千位分隔符"),
        ("0,123", "千位分隔符"),
        ("1.850.000", "只能有一个小数点"),
        (".5", "小数点前面"),
        ("5.", "小数点后面"),
        ("1e5", "无法识别的字符“e”"),
        ("185w", "“w”"),
        ("$185", "“\\$”"),
        ("185万（不含税）", "字符“\\(不含税\\)”。"),
        ("185万不含税", "字符“不含税”。"),
        ("185万左右", "字符“左右”。"),
        ("1850000 yuan", "字符“yuan”。"),
        ("1,850,000 yuan", "字符“yuan”。"),
        ("USD 5", "字符“USD”。"),
        ("5 USD", "字符“USD”。"),
        ("5美元", "字符“美元”。"),
        ("港币 5万元", "字符“港币”。"),
        ("HK$ 1,850", "字符“HK\\$”。"),
        ("约 185 万", "字符“约”。"),
        ("185万 (含6%税)", "字符“\\(含6%税\\)”。"),
        ("1 850 000 / 2", "字符“/”。"),
        ("185万~190万", "字符“~”。"),
        ("18万5", "“万”后面又有数字"),
        ("1亿2000万", "“亿”后面又有数字"),
        ("5千万", "不能用“千”"),
        ("18万5千", "不能用“千”"),
        ("万", "没有读到数字"),
        ("185元万", "位置不对"),
        ("NaN", "无法识别"),
        ("1²", "无法识别"),
        ("١٢", "无法识别"),
        ("185万3", "“万”后面又有数字"),
        ("叁拾万元", "阿拉伯数字"),
        ("三十万", "阿拉伯数字"),
        ("10000000000000.01", "超过 10 万亿元"),
        ("9" * 200, "太长"),
    ],
)
def test_parse_unreadable_amount_says_why_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refusal:
        Money.parse(text, field="budget")

    assert refusal.value.field == "budget"
    assert refusal.value.remedy


def test_an_amount_with_a_part_after_its_unit_is_told_to_use_one_unit() -> None:
    with pytest.raises(Invalid) as refusal:
        Money.parse("18万5")
    assert "18.5万" in (refusal.value.remedy or "")


def test_parse_negative_where_allowed_keeps_sign() -> None:
    assert Money.parse("-1,000.05", allow_negative=True) == Money(-100_005)
    assert Money.parse("−¥3", allow_negative=True) == Money(-300)


@pytest.mark.parametrize("value", [1.5, 1, None, b"1"])
def test_parse_anything_but_text_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        Money.parse(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.0, True, Decimal(1), "1"])
def test_construct_from_anything_but_int_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        Money(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fen", "yuan", "shown"),
    [
        (185_400_000, "1854000.00", "¥1,854,000.00"),
        (5, "0.05", "¥0.05"),
        (-5, "-0.05", "-¥0.05"),
        (1_000_000, "10000.00", "¥10,000.00"),
        (999_900, "9999.00", "¥9,999.00"),
        (1_234_500, "12345.00", "¥12,345.00"),
        (1_234_550, "12345.50", "¥12,345.50"),
        (-12_000_000_000, "-120000000.00", "-¥120,000,000.00"),
        (0, "0.00", "¥0.00"),
    ],
)
def test_show_amount_gives_machine_and_long_form(fen: int, yuan: str, shown: str) -> None:
    money = Money(fen)

    assert (money.yuan, money.format(), str(money)) == (yuan, shown, shown)


def test_reckon_with_money_stays_in_fen() -> None:
    assert Money(150) + Money(50) - Money(1) == Money(199)
    assert Money(150) * 3 == 3 * Money(150) == Money(450)
    assert -Money(1) == Money(-1)
    assert abs(Money(-7)) == Money(7)
    assert Money(1) < Money(2) <= Money(2)
    assert not ZERO
    assert Money.total([Money(1), Money(2)]) == sum([Money(1), Money(2)], ZERO) == Money(3)
    assert Money.total([]) == ZERO
    assert Money(1) != 1
    assert len({Money(1), Money(1), Money(2)}) == 2


@pytest.mark.parametrize(
    "reckon",
    [
        lambda: Money(1) + 1,
        lambda: 1.0 + Money(1),
        lambda: Money(1) - 1,
        lambda: Money(1) * 1.5,
        lambda: Money(1) * True,
        lambda: Money(1) * Decimal(2),
        lambda: Money(1) < 2,
        lambda: Money(1).times_rate(0.1),
        lambda: Money(1).times_rate(True),
        lambda: Money(1).allocate([0.5, 0.5]),
        lambda: Money(1).split_by_ratio([1.0]),
        lambda: Money.from_yuan(1.5),
        lambda: Money.from_yuan(True),
    ],
)
def test_reckon_with_other_numbers_is_a_type_error(reckon: object) -> None:
    with pytest.raises(TypeError):
        reckon()  # type: ignore[operator]


def test_from_yuan_whole_fen_is_exact_and_finer_is_refused() -> None:
    assert Money.from_yuan(Decimal("12.34")) == Money(1234)
    assert Money.from_yuan(5) == Money(500)
    with pytest.raises(Invalid, match="精确到分"):
        Money.from_yuan(Decimal("0.001"))
    with pytest.raises(ValueError, match="finite"):
        Money.from_yuan(Decimal("NaN"))


@pytest.mark.parametrize(
    ("fen", "rate", "expected"),
    [
        (100, Decimal("0.125"), 13),
        (100, Decimal("0.124"), 12),
        (-100, Decimal("0.125"), -13),
        (333, Fraction(1, 3), 111),
        (5, Decimal("0.5"), 3),
        (10**15, Decimal("0.333333333333333333333333333333"), 333_333_333_333_333),
        (180_000_000, Decimal("0.10"), 18_000_000),
    ],
)
def test_times_rate_rounds_half_up_once(fen: int, rate: Decimal, expected: int) -> None:
    assert Money(fen).times_rate(rate) == Money(expected)


def test_split_by_ratio_leaves_rest_to_last_level() -> None:
    """Rule R-SH-1, vector V19: 2:4:4 of 100,000.01."""
    shares = Money.parse("100000.01").split_by_ratio([2, 4, 4])

    assert [share.yuan for share in shares] == ["20000.00", "40000.00", "40000.01"]


@pytest.mark.parametrize(
    ("fen", "ratios", "expected"),
    [
        (100, [Fraction(1, 3)] * 3, [33, 33, 34]),
        (100, [Decimal("0.2"), Decimal("0.4"), Decimal("0.4")], [20, 40, 40]),
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
        (100, [1, 1, 1, 0], [33, 33, 34, 0]),
        (-100, [1, 1, 1], [-33, -33, -34]),
        (0, [1, 1], [0, 0]),
        (7, [1], [7]),
    ],
)
def test_split_by_ratio_never_hands_out_more_than_there_is(
    fen: int, ratios: list[int], expected: list[int]
) -> None:
    assert Money(fen).split_by_ratio(ratios) == tuple(map(Money, expected))


@pytest.mark.parametrize(
    ("fen", "weights", "expected"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (100, [2, 4, 4], [20, 40, 40]),
        (101, [50, 30, 20], [51, 30, 20]),
        (1, [1, 2], [0, 1]),
        (100, [0, 1], [0, 100]),
        (-100, [1, 1, 1], [-34, -33, -33]),
    ],
)
def test_allocate_gives_left_over_fen_to_largest_remainder(
    fen: int, weights: list[int], expected: list[int]
) -> None:
    assert Money(fen).allocate(weights) == tuple(map(Money, expected))


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [Decimal("-0.5"), 1]])
def test_share_out_without_lawful_weights_is_refused(weights: list[int]) -> None:
    with pytest.raises(Invalid):
        Money(100).allocate(weights)
    with pytest.raises(Invalid):
        Money(100).split_by_ratio(weights)


# Examples of 正确填写票据和结算凭证的基本规定, and the borders of 万 and 亿.
CAPITALS = [
    ("0", "零元整"),
    ("0.05", "伍分"),
    ("0.50", "伍角"),
    ("0.55", "伍角伍分"),
    ("10", "壹拾元整"),
    ("10.05", "壹拾元零伍分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("1234.50", "壹仟贰佰叁拾肆元伍角"),
    ("1409.50", "壹仟肆佰零玖元伍角"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
    ("12000.01", "壹万贰仟元零壹分"),
    ("309825", "叁拾万玖仟捌佰贰拾伍元整"),
    ("1205623", "壹佰贰拾万伍仟陆佰贰拾叁元整"),
    ("200000000", "贰亿元整"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("107000.53", "壹拾万柒仟元伍角叁分"),
    ("1050000", "壹佰零伍万元整"),
    ("1854000", "壹佰捌拾伍万肆仟元整"),
    ("100000000", "壹亿元整"),
    ("100000001.01", "壹亿零壹元零壹分"),
    ("100010000", "壹亿零壹万元整"),
    ("120300040.05", "壹亿贰仟零叁拾万零肆拾元零伍分"),
    ("1000000000000", "壹万亿元整"),
    ("1000100000000", "壹万零壹亿元整"),
    ("9999999999999.99", "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ("10000000000000", "壹拾万亿元整"),
]


@pytest.mark.parametrize(("amount", "words"), CAPITALS)
def test_capitals_follow_bank_rules_and_read_back(amount: str, words: str) -> None:
    money = Money.parse(amount)

    assert capitals(money) == words
    assert read_capitals(words) == money


@pytest.mark.parametrize("fen", [-1, LARGEST_FEN + 1])
def test_capitals_without_words_are_refused(fen: int) -> None:
    with pytest.raises(Invalid):
        capitals(Money(fen))


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("叁拾万元", "300000"),
        ("叁拾万圆整", "300000"),
        ("叁拾萬圓正", "300000"),
        ("人民币叁拾万元整", "300000"),
        ("人民币：叁拾万元整", "300000"),
        ("人民币 叁拾万元整", "300000"),
        ("人民币（大写）：叁拾万元整", "300000"),
        ("人民币【大写】叁拾万元整", "300000"),
        ("壹仟贰佰叁拾肆元伍角整", "1234.50"),
        ("壹仟贰佰叁拾肆元伍角正", "1234.50"),
        ("壹拾万零柒仟元伍角叁分", "107000.53"),
        ("壹拾万柒仟元零伍角叁分", "107000.53"),
        ("壹仟陆佰捌拾元零叁角贰分", "1680.32"),
        ("貳拾伍億陸仟萬元", "2560000000"),
        ("叄佰元整", "300"),
        ("壹佰元零角零分", "100"),
        ("壹佰元零角伍分", "100.05"),
        ("壹佰元零伍分", "100.05"),
        ("壹佰元伍分", "100.05"),
        ("零元伍角", "0.50"),
        ("零元零伍分", "0.05"),
        ("零伍分", "0.05"),
        ("零圆整", "0"),
        ("零元零角零分", "0"),
        ("拾伍万元整", "150000"),
        ("壹仟伍元", "1005"),
    ],
)
def test_read_capitals_variant_spelling_gives_amount(words: str, amount: str) -> None:
    assert read_capitals(words) == Money.parse(amount)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "没有读到"),
        ("人民币", "没有读到"),
        ("整", "没有读到"),
        ("元", "“元”前面没有数字"),
        ("元整", "“元”前面没有数字"),
        ("万元", "“万”前面没有数字"),
        ("亿元", "“亿”前面没有数字"),
        ("壹亿万元", "“万”前面没有数字|“亿”前面没有数字"),
        ("叁拾万", "缺少“元”"),
        ("叁佰壹仟元", "顺序不对"),
        ("壹仟贰仟元", "顺序不对"),
        ("壹贰元", "顺序不对"),
        ("壹万贰万元", "“万”写了两次"),
        ("壹亿贰亿元", "“亿”写了两次"),
        ("伍分壹角", "顺序或写法不对"),
        ("壹元整伍角", "顺序或写法不对"),
        ("壹元壹元", "顺序或写法不对"),
        ("壹元伍分整", "后面不写“整”"),
        ("壹佰拾元", "应写作“壹拾”"),
        ("壹仟零肆佰元", "多写了“零”"),
        ("壹元零伍角", "多写了“零”"),
        ("零壹元", "多写了“零”"),
        ("壹仟零零壹元", "两个“零”"),
        ("零零元", "两个“零”"),
        ("壹佰零元整", "后面没有数字"),
        ("壹佰元零", "后面没有数字"),
        ("3佰元", "阿拉伯数字"),
        ("３佰元", "阿拉伯数字"),
        ("三十万元", "小写数字"),
        ("叁拾万美元", "无法识别的字“美”"),
        ("壹拾万亿零壹元", "超过 10 万亿元"),
        ("壹" * 100, "太长"),
    ],
)
def test_read_capitals_nonsense_is_refused_in_words(words: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refusal:
        read_capitals(words, field="price_words")

    assert refusal.value.field == "price_words"
    assert refusal.value.remedy


def test_read_capitals_of_no_text_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        read_capitals(5)  # type: ignore[arg-type]


def test_read_capitals_gives_what_words_mean_beside_other_figures() -> None:
    """Vector V15: words 叁拾万元 beside figures 350,000 mean 300,000."""
    assert read_capitals("叁拾万元").yuan == "300000.00"


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (18_000_000, "18"),
        (18_500_000, "18.5"),
        (1_234_567_890_01, "123,456.789001"),
        (1, "0.000001"),
    ],
)
def test_wan_is_the_exact_figure_under_its_heading(fen: int, words: str) -> None:
    assert Money(fen).wan == words
