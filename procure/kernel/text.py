"""What people type and paste: cleaned for keeping, folded for comparing, judged for printing.

`clean` takes out what nobody can see and keeps what a person wrote; `key` says when two names are
one; `unprintable` names the characters that no paper could show. Whoever takes text in, compares
names or prints asks here, so that what may be typed is what can be found and printed.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from procure.kernel.errors import Invalid


def _characters(*ranges: tuple[int, int]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


INVISIBLE: Final = (
    # Default_Ignorable_Code_Point of the Unicode Standard: soft hyphen, marks without width, marks
    # of direction, fillers, variation selectors, tags.
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
    # Beside it: the empty Braille cell, and what stands for a note or a picture that was not copied.
    (0x2800, 0x2800),
    (0xFFF9, 0xFFFC),
)
"""First and last of each run of characters that nobody can see or miss."""

BLANKS: Final = (
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
)
"""First and last of each run of blanks and line ends beyond Latin 1."""

_LINE_ENDS: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Tabs and blanks of any width but the ideographic one, by which people set words apart.
_WIDE_BLANKS: Final = dict.fromkeys(
    {0x0009, 0x00A0, *_characters(*BLANKS)} - {0x2028, 0x2029, 0x3000}, " "
)
_CLEAN: Final = dict.fromkeys(_characters(*INVISIBLE)) | _WIDE_BLANKS

_NONCHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17)
)
UNSTORABLE: Final = re.compile(f"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff{_NONCHARACTERS}]")
"""Characters that are none: a database, a table file or a page refuses the whole text for one."""


def clean(text: str) -> str:
    """One line as it is kept: without invisible marks, blanks folded to one, none at the ends.

    What can be seen stays as it was typed, full width and old forms included; letters with accents
    are put together (NFC), so that the same word is the same text.
    """
    return " ".join(_composed(text.translate(_CLEAN)).split())


def visible(text: str) -> str:
    """One line for a file, a header or a feed: every blank an ordinary one, nothing else that no
    reader shows.
    """
    return "".join(filter(str.isprintable, clean(text)))


def clean_lines(text: str) -> str:
    """Several lines as they are kept: each without what `clean` takes out and blanks at its ends,
    never more than one empty line, ended by a plain newline.
    """
    lines = _composed(_LINE_ENDS.sub("\n", text).translate(_CLEAN)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def require_text(
    text: str, field: str, message: str, rule: str | None = None, remedy: str | None = None
) -> str:
    """What has to be written, without the blanks around it; Invalid at its field where nothing is."""
    if not text.strip():
        raise Invalid(field, message, rule, remedy)
    return text.strip()


def lines_of(text: str) -> list[str]:
    """The lines of a text that say something, without the blanks around each."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def titled(name: str, noun: str) -> str:
    """What a paper or page about something is called, without saying twice where both meet.

    照护服务采购 and 采购计划 make 照护服务采购计划.
    """
    for length in range(min(len(name), len(noun)), 1, -1):
        if name.endswith(noun[:length]):
            return name + noun[length:]
    return name + noun


def shortened(title: str, longest: int) -> str:
    """A title that the platform made of other names, cut visibly where it is too long.

    Its end stays, where a file says what it is. What people wrote is never shortened.
    """
    if len(title) <= longest:
        return title
    end = title[len(title) - longest // 4 :]
    return f"{title[: longest - len(end) - 1]}…{end}"


_DASHES: Final = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0x2500, 0xFE58, 0xFE63), "-")
# A general Unicode normalisation would also turn "1²" into "12", so the table is spelled out.
_HALF_WIDTH: Final = (
    dict.fromkeys(_characters(*INVISIBLE))
    | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | _WIDE_BLANKS
    | _DASHES
    | {0x3000: " ", 0xFFE5: "¥"}
)


def half_width(text: str) -> str:
    """A figure, a code or an address with full-width letters and signs turned into ordinary ones,
    every dash a hyphen, without invisible marks, trimmed.
    """
    return text.translate(_HALF_WIDTH).strip()


# Radicals U+2E81 to U+2EF3 look like the characters they are part of and come out of PDF files and
# scans in their place. Equivalent_Unified_Ideograph of the Unicode Standard; there is no U+2E9A.
# Those of 康熙字典, U+2F00 on, are compatibility characters, which NFKC knows.
_OF_RADICALS: Final = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王"
    "𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長"
    "镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
# What radicals stand for is often the older form of a character that simplified text writes
# otherwise: ⼾ is 戶 to Unicode and 户 to whoever reads it. All such among the 214 of 康熙字典 and
# beside them; 亅匸夊癶禸艸襾辵釆 and the like have no simplified kin.
_KIN: Final = dict(
    zip(
        "戶戸見貝車長門靑韋頁風飛馬鬥魚鳥鹵麥黃黽齊斉齒歯龍竜龜亀糹飠",
        "户户见贝车长门青韦页风飞马斗鱼鸟卤麦黄黾齐齐齿齿龙龙龟龟纟饣",
        strict=True,
    )
)
_RADICALS: Final = {
    code: _KIN.get(sign, sign)
    for code, sign in zip(
        (code for code in range(0x2E81, 0x2EF4) if code != 0x2E9A), _OF_RADICALS, strict=True
    )
}
_DOTS: Final = (
    "\u00b7\u2022\u2027\u2219\u22c5\u30fb\u2e31\u2e33\u16eb\u1427\ua78f\u2981\u25e6\u119e"
)
_ALIKE: Final = {
    **dict.fromkeys(map(ord, _DOTS), "."),
    **dict.fromkeys(map(ord, "【〔〖〘[{⦅"), "("),
    **dict.fromkeys(map(ord, "】〕〗〙]}⦆"), ")"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f"), '"'),
    **dict.fromkeys(map(ord, "\u301c\u223c"), "~"),
    # The one capital whose small letter is two characters to some and one to others.
    0x0130: "i",
}
SAME_SIGN: Final = _RADICALS | {ord(old): new for old, new in _KIN.items()} | _DASHES | _ALIKE
"""Characters that a comparison takes for another: code point → the one character meant."""

PASSED_OVER: Final = ((0x0000, 0x0020), (0x007F, 0x00A0), *BLANKS, *INVISIBLE)
"""First and last of each run of characters that a comparison passes over."""

_KEY: Final = dict.fromkeys(_characters(*PASSED_OVER)) | SAME_SIGN


def key(name: str) -> str:
    """What two ways of writing one name have in common; for comparing, never for showing.

    One width, one case, compatibility forms and radicals as the characters of simplified text (NFKC, 康熙部首), one
    sign for all dots, brackets, dashes and quotation marks, no blanks, nothing invisible.
    """
    return unicodedata.normalize("NFKC", name).translate(_KEY).lower()


def fold(text: str) -> str:
    """The keys of the words of a text, a blank between them."""
    words = unicodedata.normalize("NFKC", text).split()
    return " ".join(folded for word in words if (folded := key(word)))


def words_of(search: str) -> tuple[str, ...]:
    """What was typed into a search, as the keys that must all be found; none twice."""
    return tuple(dict.fromkeys(fold(search).split()))


# GBK had no code in Unicode for these 80 characters (FE50–FEA0); old systems keep them in the area
# for private use from U+E815 on. GB 18030—2022 gives each its own.
_OF_GBK: Final = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱"
    "䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
_FIRST_OF_GBK: Final = 0xE815


@dataclass(frozen=True)
class Unprintable:
    """A character that no paper can show, why, and what to do about it."""

    character: str
    reason: str
    remedy: str

    @property
    def shown(self) -> str:
        """The character with its code; a control character by its code alone."""
        code = f"U+{ord(self.character):04X}"
        if unicodedata.category(self.character) in _NEVER_SHOWN:
            return code
        return f"“{self.character}”（{code}）"


_NEVER_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNFIT: Final = _NEVER_SHOWN | {"Co"}
_LOST: Final = "\ufffd"
_NO_GLYPH_YET: Final = "先用这个字的汉语拼音代替，并请平台运行单位补充字库。"
_NO_GLYPH: Final = "请删去或改用文字。"


def unprintable(text: str, glyphs: Container[str]) -> tuple[Unprintable, ...]:
    """Every character of a cleaned text that cannot be printed, each once, in order.

    `glyphs` holds the characters for which the papers' type has a glyph. A character newer than
    our tables is printable when the type has it; one for private use never is: it looks different,
    or like nothing, on the next computer.
    """
    return tuple(
        _judged(character)
        for character in dict.fromkeys(text)
        if character != "\n"
        and (
            character not in glyphs
            or character == _LOST
            or unicodedata.category(character) in _UNFIT
        )
    )


@lru_cache(maxsize=1024)
def _judged(character: str) -> Unprintable:
    code, category = ord(character), unicodedata.category(character)
    if category == "Co":
        return _private(character)
    if character == _LOST:
        return Unprintable(
            character, "说明原来的字在复制或转换时已经丢失", "请对照原件重新填写这个字。"
        )
    if category in _NEVER_SHOWN:
        return Unprintable(character, "是控制符，不是文字", "请删去后重新填写。")
    if 0x20000 <= code < 0x40000 or unicodedata.name(character, "").startswith("CJK"):
        newer = "太新，" if category == "Cn" else ""
        return Unprintable(character, f"{newer}在平台字库里还没有字形", f"请{_NO_GLYPH_YET}")
    return Unprintable(character, "在平台字库里没有可印的字形", _NO_GLYPH)


def _private(character: str) -> Unprintable:
    place = ord(character) - _FIRST_OF_GBK
    if 0 <= place < len(_OF_GBK):
        meant = _OF_GBK[place]
        return Unprintable(
            character,
            f"是旧系统的编码，国家标准的字是“{meant}”（U+{ord(meant):04X}）",
            f"请改填“{meant}”。",
        )
    return Unprintable(
        character,
        "是自造字，别的电脑认不出",
        f"请改用国家标准（GB 18030）收录的字；没有收录的，{_NO_GLYPH_YET}",
    )
