"""Money in whole fen: reading what a clerk types, showing it, sharing it out, and 人民币大写.

No float comes near an amount. Every way of sharing an amount out adds up to the amount again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self, TypeAlias

import cn2an

from procure.kernel.errors import Invalid
from procure.kernel.text import half_width

LARGEST_FEN: Final = 10**15
"""Largest amount that is read from people or written in words: ten trillion yuan."""

FEN_PER_YUAN: Final = 100
FEN_PER_WAN: Final = 10_000 * FEN_PER_YUAN
FEN_PER_YI: Final = 10_000 * FEN_PER_WAN

CAPITALS_RULE: Final = "《正确填写票据和结算凭证的基本规定》"

Ratio: TypeAlias = int | Decimal | Fraction

_LONGEST_TEXT: Final = 64
_PREFIX: Final = re.compile(r"(?:人民币|RMB|CNY)?[: ]*¥? *", re.IGNORECASE)
# Contracts here are priced with tax, so that 含税 says nothing new; 不含税 is another amount.
_SUFFIX: Final = re.compile(
    r" *(万|亿)? *元? *(?:整|正)? *(?:\(?(?:人民币|RMB|CNY)\)?)? *(?:\(含税价?\)|含税价?)?\Z",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"([0-9]+)(?:\.([0-9]*))?\Z")
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:([, ])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]*)?\Z")
# What an amount is made of, and, as one piece each, what it is not: a remark in brackets, the money
# of another country, any other run of signs.
_OF_AMOUNTS: Final = (
    r"[0-9.,\- 万亿元整正¥:零〇一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟]|人民币|RMB|CNY|含税价?"
    r"|\((?:人民币|RMB|CNY|含税价?)\)"
)
_PIECES: Final = re.compile(
    rf"(?:{_OF_AMOUNTS})+"
    rf"|(?P<foreign>\([^()]*\)?|(?:[美欧日加韩港澳台]|新台)[元币]|不含税价?|(?:(?!{_OF_AMOUNTS}|\().)+)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER_AFTER_SCALE: Final = re.compile(r"([万亿])元? *[0-9]")
_SMALL_SCALE: Final = re.compile(r"[0-9] *([十百千])")
_CHINESE_NUMERAL: Final = re.compile(r"[零〇一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟]")
_SCALE: Final = {None: FEN_PER_YUAN, "万": FEN_PER_WAN, "亿": FEN_PER_YI}
_PLACES: Final = {None: 2, "万": 6, "亿": 10}


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount of renminbi in whole fen. Ordered, hashable, never a float."""

    fen: int

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            raise TypeError(f"Money takes whole fen as int, not {type(self.fen).__name__}")

    @classmethod
    def parse(cls, text: str, *, field: str = "amount", allow_negative: bool = False) -> Self:
        """Read an amount as a clerk types it: 1,850,000 · ¥1850000.00 · 185万 · 1.2亿元.

        `field` names the form field in the refusal. Raises Invalid with what is wrong and what to
        do, TypeError when `text` is not a string.
        """
        if not isinstance(text, str):
            raise TypeError(f"Money.parse takes text, not {type(text).__name__}")
        if len(text) > _LONGEST_TEXT:
            raise _unreadable(field, "金额太长，无法读取。")
        negative, body = _split_sign(half_width(text).translate(_PLAIN_WORDS), field)
        if negative and not allow_negative:
            raise Invalid(field, "这里的金额不能是负数。", remedy="请填写不带负号的金额。")
        _refuse_pieces(body, field)
        scale, number = _split_scale(body, field)
        fen = _read_number(number, scale, field)
        if fen > LARGEST_FEN:
            raise Invalid(
                field,
                "金额超过 10 万亿元，系统不受理。",
                remedy="请核对是否多写了零，或把“元”写成了“万元”。",
            )
        return cls(-fen if negative else fen)

    @classmethod
    def from_yuan(cls, yuan: int | Decimal, *, field: str = "amount") -> Self:
        """The amount of so many yuan; Invalid when it is not a whole number of fen."""
        if isinstance(yuan, bool) or not isinstance(yuan, int | Decimal):
            raise TypeError(f"yuan must be int or Decimal, not {type(yuan).__name__}")
        fen = _exact(yuan, "yuan") * FEN_PER_YUAN
        if fen.denominator != 1:
            raise _too_fine(field, None)
        return cls(fen.numerator)

    @classmethod
    def total(cls, amounts: Iterable["Money"]) -> "Money":
        """The sum of the amounts; zero when there are none."""
        return sum(amounts, cls(0))

    @property
    def yuan(self) -> str:
        """Yuan with two decimals and nothing else, for machines: "1854000.00"."""
        return f"{_sign(self.fen)}{abs(self.fen) // 100}.{abs(self.fen) % 100:02d}"

    def format(self) -> str:
        """For people: "¥1,854,000.00"."""
        return f"{_sign(self.fen)}¥{abs(self.fen) // 100:,}.{abs(self.fen) % 100:02d}"

    @property
    def wan(self) -> str:
        """The exact figure in ten thousand yuan, as forms with 万元 in their heading ask: "18.5"."""
        whole, rest = divmod(abs(self.fen), FEN_PER_WAN)
        fraction = f".{rest:06d}".rstrip("0") if rest else ""
        return f"{_sign(self.fen)}{whole:,}{fraction}"

    def __str__(self) -> str:
        return self.format()

    def __bool__(self) -> bool:
        return self.fen != 0

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.fen + other.fen)

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.fen - other.fen)

    def __mul__(self, times: int) -> "Money":
        if type(times) is not int:
            return NotImplemented
        return Money(self.fen * times)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.fen)

    def __abs__(self) -> "Money":
        return Money(abs(self.fen))

    def times_rate(self, rate: Ratio) -> "Money":
        """This amount times a rate, rounded once to the fen, half a fen away from zero."""
        return Money(_half_up(self.fen * _exact(rate, "rate")))

    def allocate(self, weights: Sequence[Ratio]) -> tuple["Money", ...]:
        """Share out by weight: each share within one fen of its exact part, the sum unchanged.

        Fen left over go to the largest remainders, the earlier share first. Raises Invalid when
        there is no positive weight or a negative one.
        """
        exact = _checked_weights(weights)
        magnitude = abs(self.fen)
        parts = [magnitude * weight / sum(exact) for weight in exact]
        shares = [int(part) for part in parts]
        by_remainder = sorted(range(len(parts)), key=lambda at: (shares[at] - parts[at], at))
        for at in by_remainder[: magnitude - sum(shares)]:
            shares[at] += 1
        return self._signed(shares)

    def split_by_ratio(self, ratios: Sequence[Ratio]) -> tuple["Money", ...]:
        """Split a payment between levels of government: round each, the last takes the rest.

        Rule R-SH-1. `ratios` are in the order of the levels and need not add up to one (2:4:4).
        The rest goes to the last level that has a share at all; rounding up never hands out more
        than is left. Raises Invalid when there is no positive ratio or a negative one.
        """
        exact = _checked_weights(ratios)
        last = max(at for at, ratio in enumerate(exact) if ratio)
        left = abs(self.fen)
        shares = []
        for at, ratio in enumerate(exact):
            share = left if at == last else min(left, _half_up(abs(self.fen) * ratio / sum(exact)))
            left -= share
            shares.append(share)
        return self._signed(shares)

    def _signed(self, shares: Iterable[int]) -> tuple["Money", ...]:
        sign = -1 if self.fen < 0 else 1
        return tuple(Money(sign * share) for share in shares)


ZERO: Final = Money(0)


def _sign(fen: int) -> str:
    return "-" if fen < 0 else ""


def _exact(number: Ratio, name: str) -> Fraction:
    """The number as a fraction; TypeError for a float, ValueError for an endless Decimal."""
    if isinstance(number, bool) or not isinstance(number, int | Decimal | Fraction):
        raise TypeError(f"{name} must be int, Decimal or Fraction, not {type(number).__name__}")
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError(f"{name} must be finite")
    return Fraction(number)


def _half_up(exact: Fraction) -> int:
    magnitude = int(abs(exact) + Fraction(1, 2))
    return -magnitude if exact < 0 else magnitude


def _checked_weights(weights: Sequence[Ratio]) -> list[Fraction]:
    exact = [_exact(weight, "weight") for weight in weights]
    if not any(exact):
        raise Invalid("ratio", "没有可以分摊的对象。", remedy="请至少给一方填写大于零的分担比例。")
    if min(exact) < 0:
        raise Invalid("ratio", "分担比例不能是负数。", remedy="请改为零或正数。")
    return exact


def _unreadable(field: str, message: str) -> Invalid:
    return Invalid(field, message, remedy="请填写数字，例如 1850000.00、1,850,000 或 185万。")


def _refuse_pieces(body: str, field: str) -> None:
    """Refuse what stands in an amount beside it, naming that alone, and a unit out of place."""
    pieces = (piece["foreign"] for piece in _PIECES.finditer(body))
    foreign = [said for said in pieces if said]
    if foreign:
        named = "".join(f"“{said}”" for said in dict.fromkeys(foreign))
        raise _unreadable(field, f"金额里有无法识别的字符{named}。")
    small = _SMALL_SCALE.search(body)
    if small:
        raise _one_unit(field, f"金额的单位只能是“元”“万”或“亿”，不能用“{small[1]}”。")
    inner = _NUMBER_AFTER_SCALE.search(body)
    if inner:
        raise _one_unit(field, f"“{inner[1]}”后面又有数字，无法确定是多少。")


def _one_unit(field: str, message: str) -> Invalid:
    return Invalid(
        field,
        message,
        remedy="请只用一个单位，把零头写成小数，例如 18.5万；或者写全，例如 185000。",
    )


def _too_fine(field: str, scale: str | None) -> Invalid:
    unit = f"以“{scale}元”为单位时最多 {_PLACES[scale]} 位小数" if scale else "元后最多两位小数"
    return Invalid(field, f"金额精确到分，{unit}。", remedy="请改写到分为止，不要多写小数位。")


def _split_sign(text: str, field: str) -> tuple[bool, str]:
    """Take prefix and sign off; the sign may stand before or after ¥."""
    if not text:
        raise Invalid(field, "请填写金额。", remedy="例如 1850000.00、1,850,000 或 185万。")
    negative = text.startswith("-")
    body = text[1:].lstrip() if negative else text
    match = _PREFIX.match(body)
    body = body[match.end() :] if match else body
    if not negative and body.startswith("-"):
        negative, body = True, body[1:].lstrip()
    return negative, body


def _split_scale(body: str, field: str) -> tuple[str | None, str]:
    match = _SUFFIX.search(body)
    scale = match.group(1) if match else None
    number = body[: match.start()] if match else body
    if _CHINESE_NUMERAL.search(number):
        raise Invalid(
            field,
            "这里要填阿拉伯数字，不是中文数字。",
            remedy="请改写成数字，例如把“叁拾万元”写成 300000。",
        )
    return scale, number


def _read_number(number: str, scale: str | None, field: str) -> int:
    """The fen in an unsigned number of yuan, 万 or 亿."""
    if any(mark in number for mark in ", "):
        if not _GROUPED.match(number):
            raise Invalid(
                field,
                "千位分隔符的位置不对。",
                remedy="请从小数点向左每三位隔开，例如 1,850,000.00，或不写分隔符。",
            )
        number = number.replace(",", "").replace(" ", "")
    match = _PLAIN.match(number)
    if match is None:
        raise _unreadable(field, _what_is_odd(number))
    whole, fraction = match.group(1), match.group(2)
    if fraction == "":
        raise _unreadable(field, "小数点后面没有数字。")
    fraction = fraction or ""
    places = _PLACES[scale]
    if len(fraction) > places:
        raise _too_fine(field, scale)
    return int(whole) * _SCALE[scale] + int(fraction.ljust(places, "0"))


def _what_is_odd(number: str) -> str:
    odd = dict.fromkeys(sign for sign in number if sign not in "0123456789.,- ")
    if odd:
        return f"{''.join(f'“{sign}”' for sign in odd)}的位置不对，或者多写了。"
    if number.count(".") > 1:
        return "金额里只能有一个小数点。"
    if number.startswith("."):
        return "小数点前面没有数字。"
    if not number:
        return "没有读到数字。"
    return "金额里的数字和符号不成一个数。"


# ---------------------------------------------------------------------------------------------
# 人民币大写. Words win over figures when a bid's two amounts differ (O87 art 59).

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLAIN_WORDS: Final = str.maketrans("圆圓萬億貳貮叄參陸幣稅價", "元元万亿贰贰叁叁陆币税价")
_WORDS_PREFIX: Final = re.compile(r"(?:人民币)?(?:[(\[【]大写[)\]】]|大写)?:?")
_LOWER_NUMERAL: Final = re.compile(r"[一二三四五六七八九十百千两〇○]")
_DIGIT: Final = "[壹贰叁肆伍陆柒捌玖]"
_SECTION: Final = re.compile(
    rf"(零)?(?:({_DIGIT})仟)?(零)?(?:({_DIGIT})佰)?(零)?(?:({_DIGIT}?)拾)?(零)?({_DIGIT})?\Z"
)
_SMALL: Final = re.compile(rf"(零)?(?:({_DIGIT}|零)角)?(零)?(?:({_DIGIT})分|(零)分)?(整)?\Z")
_YUAN_POSITION: Final = 2


def capitals(money: Money) -> str:
    """The amount in 人民币大写 without the words 人民币, after the PBoC's filling-in rules.

    整 follows 元 only; 零 stands between 元 and 分 when there is no 角. Raises Invalid for a
    negative amount and for more than ten trillion yuan, for which bank forms have no words.
    """
    if money.fen < 0:
        raise Invalid("amount", "负数没有大写写法。", CAPITALS_RULE, "请按正数填写，另行注明冲减。")
    if money.fen > LARGEST_FEN:
        raise Invalid("amount", "金额超过 10 万亿元，无法写成大写。", CAPITALS_RULE, "请核对金额。")
    words: str = cn2an.an2cn(money.yuan, "rmb")
    return words


def read_capitals(text: str, *, field: str = "capitals") -> Money:
    """The amount that words in 大写 stand for.

    Accepts 圆 for 元, 正 for 整, 整 left out, 零 where the filling-in rules let it be written or
    not, the prefixes 人民币 and （大写）, and the traditional forms 萬 億 貳 參 陸. Raises Invalid
    for anything that does not name one amount: digits out of order, a unit twice, 零 where there
    is no zero, arabic digits, ordinary numerals.
    """
    if not isinstance(text, str):
        raise TypeError(f"read_capitals takes text, not {type(text).__name__}")
    body = re.sub(r"\s+", "", half_width(text)).translate(_PLAIN_WORDS)
    body = _WORDS_PREFIX.sub("", body, count=1).replace("正", "整")
    _refuse_foreign(body, field)
    reader = _WordReader(field)
    yuan_words, has_yuan, rest = body.partition("元")
    if has_yuan:
        reader.read_yuan(yuan_words)
        reader.read_small(rest)
    elif re.search("[拾佰仟万亿]", body):
        raise _bad_words(field, "大写金额里缺少“元”字。")
    else:
        reader.read_small(body)
    return reader.money(zero_said=yuan_words == "零")


def _refuse_foreign(body: str, field: str) -> None:
    if not body:
        raise _bad_words(field, "没有读到大写金额。")
    if len(body) > _LONGEST_TEXT:
        raise _bad_words(field, "大写金额太长，无法读取。")
    if re.search(r"[0-9.,]", body):
        raise _bad_words(field, "大写金额里不能夹用阿拉伯数字。")
    if _LOWER_NUMERAL.search(body):
        raise _bad_words(field, "要用大写数字，不能用“一、二、十、百”这类小写数字。")
    odd = re.search(r"[^零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]", body)
    if odd:
        raise _bad_words(field, f"大写金额里有无法识别的字“{odd.group()}”。")


def _bad_words(field: str, message: str) -> Invalid:
    return Invalid(
        field,
        message,
        CAPITALS_RULE,
        "请照“壹佰捌拾伍万肆仟元整”“壹仟贰佰叁拾肆元伍角”的写法填写。",
    )


class _WordReader:
    """Collects the digits of an amount in words, most significant first, with the zeros said.

    `written` holds (position, digit), position 0 being fen; a said 零 is remembered until the next
    digit comes and must then stand for at least one missing position.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        self.written: list[tuple[int, int]] = []
        self.zero_pending = False

    def read_yuan(self, words: str) -> None:
        if words == "零":
            return
        if not words:
            raise _bad_words(self.field, "“元”前面没有数字。")
        high, has_yi, low = words.rpartition("亿")
        if has_yi:
            self._read_up_to_wan(high, 8, "亿")
        if low or not has_yi:
            self._read_up_to_wan(low, 0, "元")
        if self.zero_pending:
            raise _bad_words(self.field, "“零”的位置不对：后面没有数字。")

    def _read_up_to_wan(self, words: str, power: int, unit: str) -> None:
        if "亿" in words:
            raise _bad_words(self.field, "“亿”写了两次。")
        wan, has_wan, rest = words.rpartition("万")
        if "万" in wan:
            raise _bad_words(self.field, "“万”写了两次。")
        if has_wan:
            self._read_section(wan, power + 4, "万")
        if rest or not has_wan:
            self._read_section(rest, power, unit)

    def _read_section(self, words: str, power: int, unit: str) -> None:
        """Read up to four digits that share the unit after them."""
        match = _SECTION.match(words)
        before = len(self.written)
        if match is None:
            raise _bad_words(self.field, f"“{unit}”前面的数字顺序不对，或单位重复。")
        opening, thousand, zero_a, hundred, zero_b, ten, zero_c, one = match.groups()
        if ten == "" and (self.written or opening or thousand or hundred):
            raise _bad_words(self.field, "“拾”前面缺少数字，应写作“壹拾”。")
        base = power + _YUAN_POSITION
        self._zero(opening)
        self._digit(thousand, base + 3)
        self._zero(zero_a)
        self._digit(hundred, base + 2)
        self._zero(zero_b)
        self._digit("壹" if ten == "" else ten, base + 1)
        self._zero(zero_c)
        self._digit(one, base)
        if len(self.written) == before:
            raise _bad_words(self.field, f"“{unit}”前面没有数字。")

    def read_small(self, words: str) -> None:
        """Read what follows 元: 角, 分 and the closing 整."""
        match = _SMALL.match(words)
        if match is None:
            raise _bad_words(self.field, "“元、角、分”的顺序或写法不对。")
        zero_a, jiao, zero_b, fen, zero_fen, closing = match.groups()
        if closing and fen:
            raise _bad_words(self.field, "写到“分”的金额，后面不写“整”。")
        self._zero(zero_a)
        if jiao == "零":
            self._zero(jiao)
        else:
            self._digit(jiao, 1)
        self._zero(zero_b)
        self._digit(fen, 0)
        # Printed forms spell out empty places: 壹佰元零角零分.
        if self.zero_pending and not (zero_fen or jiao == "零"):
            raise _bad_words(self.field, "“零”的位置不对：后面没有数字。")

    def _zero(self, said: str | None) -> None:
        if not said:
            return
        if self.zero_pending:
            raise _bad_words(self.field, "连续写了两个“零”。")
        self.zero_pending = True

    def _digit(self, word: str | None, position: int) -> None:
        if not word:
            return
        if self.zero_pending and not self._gap_before(position):
            raise _bad_words(self.field, "多写了“零”：这里没有空位。")
        self.zero_pending = False
        self.written.append((position, _DIGITS.index(word)))

    def _gap_before(self, position: int) -> bool:
        # With nothing before it, 零 may only open an amount below one jiao (零伍分).
        return self.written[-1][0] - position > 1 if self.written else position == 0

    def money(self, *, zero_said: bool) -> Money:
        if not self.written and not zero_said:
            raise _bad_words(self.field, "没有读到大写金额。")
        money = Money(sum(digit * 10**position for position, digit in self.written))
        if money.fen > LARGEST_FEN:
            raise _bad_words(self.field, "金额超过 10 万亿元，系统不受理。")
        return money
