"""Money: reading undoes writing, and no way of sharing out loses a fen."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.errors import Invalid
from procure.kernel.money import ZERO, Money, capitals, read_capitals

# Uniform digits rarely make the zeros on which 大写 turns, so half the amounts are mostly zeros.
sparse = st.lists(st.sampled_from("000001579"), min_size=1, max_size=14).map("".join).map(int)
amounts = st.one_of(st.integers(0, 10**14), sparse).map(Money)
signed = st.integers(-(10**14), 10**14).map(Money)
weights = st.lists(
    st.one_of(
        st.integers(0, 10**6),
        st.decimals(0, 1000, places=3),
        st.fractions(0, 100, max_denominator=1000),
    ),
    min_size=1,
    max_size=8,
).filter(any)


@given(signed)
def test_parse_of_every_written_form_gives_the_amount_back(money: Money) -> None:
    for written in (money.yuan, money.format()):
        assert Money.parse(written, allow_negative=True) == money


@given(amounts)
def test_read_capitals_of_capitals_gives_the_amount_back(money: Money) -> None:
    assert read_capitals(capitals(money)) == money


@given(amounts)
def test_read_capitals_takes_variant_spelling(money: Money) -> None:
    words = capitals(money)
    variant = words.replace("元", "圆").replace("整", "正").replace("万", "萬").replace("亿", "億")

    assert read_capitals(f"人民币：{variant}") == money
    assert read_capitals(words.removesuffix("整")) == money


@given(amounts, st.data())
def test_read_capitals_of_scrambled_words_never_crashes(money: Money, data: st.DataObject) -> None:
    """Words either name an amount whose own words read back to it, or are refused."""
    scrambled = "".join(data.draw(st.permutations(capitals(money))))
    try:
        read = read_capitals(scrambled)
    except Invalid:
        return
    assert read_capitals(capitals(read)) == read


@given(st.text(max_size=20))
def test_parse_of_any_text_gives_money_or_a_refusal(text: str) -> None:
    try:
        money = Money.parse(text)
    except Invalid:
        return
    assert money >= ZERO
    assert Money.parse(money.yuan) == money


@given(signed, weights)
def test_allocate_sums_and_is_within_a_fen_of_proportion(
    money: Money, shares_by: list[int | Decimal | Fraction]
) -> None:
    shares = money.allocate(shares_by)

    assert Money.total(shares) == money
    whole = sum(map(Fraction, shares_by))
    for share, weight in zip(shares, shares_by, strict=True):
        assert abs(share.fen - money.fen * Fraction(weight) / whole) < 1


@given(signed, weights)
def test_split_by_ratio_sums_and_rounds_all_but_the_last(
    money: Money, ratios: list[int | Decimal | Fraction]
) -> None:
    shares = money.split_by_ratio(ratios)

    assert Money.total(shares) == money
    assert all(share == ZERO or (share > ZERO) == (money > ZERO) for share in shares)
    whole = sum(map(Fraction, ratios))
    last = max(at for at, ratio in enumerate(ratios) if ratio)
    for share, ratio in list(zip(shares, ratios, strict=True))[:last]:
        # Within half a fen, or drawn down to what rounding up left for it.
        exact = abs(money.fen) * Fraction(ratio) / whole
        assert abs(share.fen) - exact <= Fraction(1, 2)
    assert not any(share.fen for share in shares[last + 1 :])


@given(signed, st.decimals(0, 5, places=6))
def test_times_rate_is_within_half_a_fen(money: Money, rate: Decimal) -> None:
    exact = money.fen * Fraction(rate)

    assert abs(money.times_rate(rate).fen - exact) <= Fraction(1, 2)
    assert (-money).times_rate(rate) == -(money.times_rate(rate))


@given(signed, signed, st.integers(-1000, 1000))
def test_arithmetic_agrees_with_whole_numbers(one: Money, other: Money, times: int) -> None:
    assert (one + other).fen == one.fen + other.fen
    assert (one - other) + other == one
    assert (one * times).fen == one.fen * times
    assert (one < other) == (one.fen < other.fen)
