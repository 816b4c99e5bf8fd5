"""Where people can be reached: telephone numbers of the mainland and e-mail addresses.

Both are read in the ways in which people write them and kept in one form, so that two of them can
be compared and a letter or a call arrives.
"""

import re
from typing import Final

from procure.kernel.text import half_width

_LONGEST_TEXT: Final = 64
_EXTENSION: Final = re.compile(
    r"(.*?)[,;(]?\s*(?:(?:转|分机号?|内线|extension|ext|x|#)[.:\s-]*)+([0-9]{1,6})\)?",
    re.IGNORECASE,
)
_PLAIN_EXTENSION: Final = re.compile(r"(0[0-9]{2,3}-[0-9]{7,8}|[48]00[0-9-]{7,9})-([0-9]{1,6})")
_LABEL: Final = re.compile(r"(?:tel|phone|mobile|电话|手机|座机)[.:\s]*", re.IGNORECASE)
_COUNTRY: Final = re.compile(r"(?:\+|00)?86")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LONG_DISTANCE: Final = re.compile(r"0(?=1[3-9][0-9]{9}\Z)")
_SERVICE: Final = re.compile(r"[48]00[0-9]{7}")
# Banks, insurers and carriers: 95588, 950800, 10086.
_SHORT_SERVICE: Final = re.compile(r"95[0-9]{3,4}|100[0-9]{2}")
_FIXED: Final = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})([0-9]{7,8})")
_SEVERAL: Final = re.compile(r"[/、,;|和或及\n]|(?<=[0-9]{5})\s+(?=[0-9+(]{4})")
_BETWEEN: Final = re.compile(r"[\s().\-]+")


def read_phone(text: str) -> str | None:
    """A mobile, fixed, 400/800 or short service number in its one form, or None when it is none.

    13800138000 · 0756-1234567 · 4008001234 · 95588, with an extension 0756-1234567-801. Blanks, brackets,
    dots, any dash, +86 and 0086 are passed over, 转, 分机 and ext. lead an extension.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    typed = _LABEL.sub("", half_width(text), count=1)
    number, extension = _split_extension(re.sub(r"-+", "-", typed))
    digits = _BETWEEN.sub("", number)
    abroad = _COUNTRY.match(digits)
    if abroad:
        digits = digits[abroad.end() :]
        if not _MOBILE.fullmatch(digits) and not digits.startswith(("0", "400", "800")):
            digits = f"0{digits}"
    written = _written(_LONG_DISTANCE.sub("", digits))
    return written and (f"{written}-{extension}" if extension else written)


def phone_fault(text: str) -> str | None:
    """Why nobody can be called at what was typed, or None."""
    if read_phone(text):
        return None
    typed = half_width(text)
    parts = [part for part in _SEVERAL.split(typed) if part.strip()]
    if len(parts) > 1 and all(read_phone(part) for part in parts):
        return f"这里填了 {len(parts)} 个电话号码，只能填一个。"
    digits = re.sub(r"[^0-9]", "", typed)
    if not digits:
        return "电话号码里没有数字。"
    if len(digits) == 11 and digits.startswith("1"):
        return "没有这个号段的手机号：手机号的第二位是 3 至 9。"
    if 7 <= len(digits) <= 8 and not digits.startswith("0"):
        return "座机号码缺少区号。"
    return "电话号码的格式不对。"


def _split_extension(text: str) -> tuple[str, str]:
    named = _EXTENSION.fullmatch(text)
    if named:
        return named[1], named[2]
    # A third group of figures is an extension: 0756-1234567-801, but not 138-0013-8000.
    plain = _PLAIN_EXTENSION.fullmatch(re.sub(r"[\s()]+", "", text.replace(")", "-", 1)))
    return (plain[1], plain[2]) if plain else (text, "")


def _written(digits: str) -> str | None:
    if any(kind.fullmatch(digits) for kind in (_MOBILE, _SERVICE, _SHORT_SERVICE)):
        return digits
    fixed = _FIXED.fullmatch(digits)
    return f"{fixed[1]}-{fixed[2]}" if fixed else None


_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL_OF_DOMAIN: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Letters, at least two (RFC 3696 section 2), or a name of other letters in its form for machines.
_TOP_LEVEL: Final = r"(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{1,59})"
_LABEL_OF_ADDRESS: Final = re.compile(
    r"\A(?:mailto|e-?mail(?: address)?|mail|电子邮[箱件](?:地址)?|邮箱(?:地址)?|邮件)(?:\s*:\s*|\s+)",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL_OF_DOMAIN}\.)+{_TOP_LEVEL}"
)
_ENCLOSED: Final = re.compile(r"[^<>]*<([^<>]*)>")


def tidy_email(text: str) -> str:
    """An address without what a mail program or a page puts around it: <…>, mailto:,
    E-mail:, a full stop.
    """
    typed = half_width(text.replace("\u3002", "."))
    enclosed = _ENCLOSED.fullmatch(typed)
    bare = (enclosed[1] if enclosed else typed).strip()
    while (plain := _LABEL_OF_ADDRESS.sub("", bare)) != bare:
        bare = plain
    return bare.strip().strip(".,;:<>\"'").strip()


def email_fault(address: str) -> str | None:
    """Why no letter can be sent to a tidied address, or None."""
    if address.count("@") > 1 and any(sign in address for sign in ",;/、 "):
        return "这里填了不止一个邮箱地址，只能填一个。"
    foreign = [sign for sign in dict.fromkeys(address) if not "!" <= sign <= "~"]
    if foreign:
        shown = "、".join("空格" if sign == " " else f"“{sign}”" for sign in foreign[:10])
        return f"邮箱地址里有邮件不能用的字符：{shown}。"
    return None if _ADDRESS.fullmatch(address) else "邮箱地址不完整。"
