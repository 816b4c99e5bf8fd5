"""Numbers, addresses and names by which somebody could be called, written to or paid, in any spelling.

A text is read character by character as its plain form (one width, one dash, one blank, one bracket,
nothing invisible), and figures are put together across whatever people set between them: what is one
number to a reader is judged as one number, and hidden where it stands.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from procure.kernel.codes import CodeKind, check_code
from procure.kernel.contacts import read_phone
from procure.kernel.text import INVISIBLE, SAME_SIGN, half_width

SHORTEST_ACCOUNT: Final = 12
"""Digits from which a number written in groups counts as an account."""
SHORTEST_RUN: Final = 10
"""Digits from which a number written in one run does: nothing else in a contract is so long."""
_SHORTEST_KNOWN: Final = 6
_MOST_GROUPS: Final = 13
_FIGURES: Final = dict(
    zip("〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺", "0001234567891234567891", strict=True)
)
_BRACKETS: Final = dict.fromkeys("（(【〔〖〘[［{｛⦅「『〈《", "(") | dict.fromkeys(
    "）)】〕〗〙]］}｝⦆」』〉》", ")"
)
_SPELLED: Final = re.compile(f"[{''.join(_FIGURES)}](?:[ -]?[{''.join(_FIGURES)}]){{6,}}")
_DASH_OF_CHINESE: Final = re.compile("(?<=[0-9])[一ー丨](?=[0-9])")

_GAP: Final = r"[ \t.()_-]{1,4}"
_RUN: Final = re.compile(rf"[0-9]+(?:{_GAP}[0-9]+)*")
_GROUP: Final = re.compile("[0-9]+")
_DAY: Final = r"(?:19|20)[0-9]{2}([-./])(?:1[0-2]|0?[1-9])\1(?:3[01]|[12][0-9]|0?[1-9])"
_WHOLE_DAY: Final = r"(?:19|20)[0-9]{2}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])"
_MONTH: Final = r"(?:19|20)[0-9]{2}(?:[-.](?:1[0-2]|0?[1-9]))?"
_DATES: Final = re.compile(rf"(?<![0-9.-]){_DAY}(?![0-9])")
_ALL_DATES: Final = re.compile(rf"(?:{_WHOLE_DAY}|{_MONTH})(?:[ ()-]+(?:{_WHOLE_DAY}|{_MONTH}))*")
_AMOUNTS: Final = re.compile(
    r"(?<![0-9.,-])[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])"
    r"|(?<![0-9.-])[0-9]+\.[0-9]{1,2}(?![0-9.-]|[ ()]+[0-9]{3})"
)
_UNIT: Final = re.compile(
    r" *(?:[(]?(?:元|万元|亿元|万|亿|分(?!机)|平方|平米|㎡|m2|m²|公里|千米|米|公顷|亩|小时|课时|工时"
    r"|人次|人(?!工|民)|名|户|天|日|个月|月|年|次|份|件|套|台|张|项|岁|站|吨|公斤|千克|%|％|‰))"
)
_COUNTED: Final = re.compile(
    r"(?:面积|数量|人数|人次|金额|预算|单价|总价|合价|价格|工时|小时|次数|¥|￥)[^0-9]{0,3}\Z"
)
_CODED: Final = re.compile(
    r"(?:项目|合同|采购|招标|投标|计划|备案|预算|指标|品目|文件|公告|信用|机构|登记|通知书|标准)"
    r"[^0-9账帐卡户话机]{0,3}(?:编号|编码|代码|号|文号)[^0-9]{0,3}\Z"
)
_PAID_TO: Final = re.compile(
    r"(?:账号|帐号|账户|帐户|卡号|户号|银行|支行|分行|开户|对公)[^0-9。；\n]{0,8}\Z"
)
_CALLED_AT: Final = re.compile(
    r"(?:电话|手机|座机|热线|传真|联系方式|致电|拨打|微信|QQ|tel|phone|mobile|fax)[^0-9。；\n]{0,6}\Z",
    re.IGNORECASE,
)
_CODE_BEFORE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*[-_/]\Z")
_LATIN: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{16,}(?![0-9A-Za-z])")
_DIGEST: Final = re.compile("[0-9a-f]{40,}")
_MAIL: Final = re.compile(
    r"(?<![A-Za-z0-9!#$%&'*+/=?^_`{|}~.-])[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+ ?@ ?[A-Za-z0-9-]+(?: ?\. ?[A-Za-z0-9-]+)+"
)


@dataclass(frozen=True)
class Known:
    """What is known of one paper: `numbers` and `names` to hide wherever they stand, `codes` that
    stay though they look like numbers to hide.
    """

    numbers: Collection[str] = ()
    names: Collection[str] = ()
    codes: Collection[str] = ()


@dataclass(frozen=True)
class _Plain:
    """A text in its plain form, and the place in it where each of its characters came from."""

    text: str
    places: Sequence[int]


def redacted(text: str, known: Known, instead: str) -> str:
    """The text with `instead` for every account, telephone, identity number and e-mail address."""
    plain = _plain(text)
    kept, left = "", 0
    for start, end in _merged(_found(plain.text, known)):
        first, last = plain.places[start], plain.places[end - 1] + 1
        kept += text[left:first] + instead
        left = last
    return kept + text[left:]


def _plain(text: str) -> _Plain:
    signs, places = [], []
    for place, character in enumerate(text):
        for sign in _sign(character):
            signs.append(sign)
            places.append(place)
    written = _DASH_OF_CHINESE.sub("-", "".join(signs))
    spelled = _SPELLED.sub(
        lambda found: "".join(_FIGURES.get(sign, sign) for sign in found[0]), written
    )
    return _Plain(spelled, places)


def _sign(character: str) -> str:
    """The plain form of one character; empty for what nobody can see."""
    code = ord(character)
    if any(first <= code <= last for first, last in INVISIBLE):
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if character == "\n":
        return character
    if category == "Zs" or character.isspace():
        return " "
    if category == "Pd":
        return "-"
    if character in _BRACKETS:
        return _BRACKETS[character]
    half = half_width(character)
    return SAME_SIGN.get(ord(half), half) if len(half) == 1 else character


def _merged(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if last and start <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last:
            yield last
        last = (start, end)
    if last:
        yield last


def _found(text: str, known: Known) -> Iterator[tuple[int, int]]:
    """Where something has to be hidden, in any order, overlapping or not."""
    yield from _known(text, known)
    yield from (found.span() for found in _MAIL.finditer(text))
    free = _without_codes(text, known)
    for found in _LATIN.finditer(free):
        if _is_identity(found[0]):
            yield found.span()
    for found in _RUN.finditer(_blanked(_blanked(free, _DATES), _AMOUNTS)):
        for start, end in _numbers(free, found.start(), found.end()):
            yield _with_signs(text, start, end)


def _known(text: str, known: Known) -> Iterator[tuple[int, int]]:
    """What is known to be private, with anything but letters and figures between its own."""
    for number in (way for one in known.numbers for way in _ways(one)):
        digits = "".join(_GROUP.findall(half_width(number)))
        if len(digits) >= _SHORTEST_KNOWN:
            written = r"[^0-9A-Za-z\u3400-\u9fff]{0,6}".join(digits)
            yield from (
                found.span() for found in re.finditer(rf"(?<![0-9]){written}(?![0-9])", text)
            )
    for name in known.names:
        signs = [re.escape(sign) for character in name for sign in _sign(character).strip()]
        if len(signs) > 1:
            yield from (found.span() for found in re.finditer(" *".join(signs), text))


def _ways(number: str) -> tuple[str, ...]:
    """A number, and that of a fixed telephone also without area and extension."""
    phone = (read_phone(number) or "").split("-")
    return (number, *phone[1:2])


def _without_codes(text: str, known: Known) -> str:
    """The text with blanks for figures of what is public: codes of this paper, credit codes, digests."""
    for code in sorted(known.codes, key=len, reverse=True):
        plain = half_width(code)
        if len(plain) >= _SHORTEST_KNOWN:
            text = re.sub(rf"(?<![0-9]){re.escape(plain)}(?![0-9])", _hole, text)
    return _LATIN.sub(lambda found: _hole(found) if _is_public(found[0]) else found[0], text)


def _is_public(word: str) -> bool:
    if _DIGEST.fullmatch(word):
        return True
    return _can_be(word, CodeKind.USCC)


def _is_identity(word: str) -> bool:
    return len(word) == 18 and _can_be(word, CodeKind.RESIDENT_ID)


def _can_be(word: str, kind: CodeKind) -> bool:
    verdict = check_code(word)
    return verdict.valid and verdict.kind is kind


def _hole(found: re.Match[str]) -> str:
    # A line end: no number goes on across it.
    return "\n" * len(found[0])


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(_hole, text)


def _numbers(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The numbers to hide in one run of figures."""
    before, after = text[:first], text[last:]
    groups = [(one.start(), one.end()) for one in _GROUP.finditer(text, first, last)]
    counted = bool(_UNIT.match(after) or (_COUNTED.search(before) and len(groups) > 1))
    paid_to, called_at = _PAID_TO.search(before[-24:]), _CALLED_AT.search(before[-24:])
    lengths = [end - start for start, end in groups]
    if _ALL_DATES.fullmatch(text[first:last]) and not paid_to:
        return
    if (paid_to and sum(lengths) >= 8 and not counted) or (
        called_at and sum(lengths) in range(7, 12)
    ):
        yield first, last
        return
    if not counted and not _is_code(before, lengths) and _is_account(lengths):
        yield first, last
        return
    yield from _phones(text, groups[:-1] if counted and len(groups) > 1 else groups, counted)
    for start, end in groups:
        is_last_counted = counted and end == last
        if end - start >= SHORTEST_RUN and not is_last_counted and not _is_code(before, lengths):
            yield start, end


def _is_account(lengths: Sequence[int]) -> bool:
    """Whether groups of figures make one long number, and no row of small ones."""
    total = sum(lengths)
    if total < SHORTEST_ACCOUNT:
        return False
    spelled_out = set(lengths) == {1}
    return spelled_out or 2 * total >= 7 * len(lengths)


def _is_code(before: str, lengths: Sequence[int]) -> bool:
    """Whether what stands before says that this is the number of a paper or a case."""
    return bool(_CODED.search(before[-24:])) or (
        sum(lengths) < 16 and bool(_CODE_BEFORE.search(before[-24:]))
    )


def _phones(
    text: str, groups: Sequence[tuple[int, int]], counted: bool
) -> Iterator[tuple[int, int]]:
    """Telephone numbers among groups of figures, the longest from the left."""
    place = 0
    while place < len(groups):
        for end in range(min(len(groups), place + _MOST_GROUPS), place, -1):
            span = (groups[place][0], groups[end - 1][1])
            if not (counted and len(groups) == 1) and _is_phone(text[slice(*span)]):
                yield span
                place = end
                break
        else:
            place += 1


def _is_phone(written: str) -> bool:
    phone = read_phone(written)
    if phone is None or re.fullmatch("1[0-2].*", phone):
        return False
    lengths = [len(group) for group in _GROUP.findall(written)]
    return set(lengths) == {1} or 2 * sum(lengths) >= 5 * len(lengths)


def _with_signs(text: str, start: int, end: int) -> tuple[int, int]:
    """The number with the sign or the bracket that belongs to it, and the X of an identity number."""
    if end < len(text) and text[end] in "Xx" and not text[end + 1 : end + 2].isalnum():
        end += 1
    inside = text[start:end]
    while start and (
        text[start - 1] == "+" or (text[start - 1] == "(" and inside.count(")") > inside.count("("))
    ):
        start -= 1
        inside = text[start:end]
    return start, end
