"""Identity numbers: 统一社会信用代码 (GB 32100), 组织机构代码 (GB 11714), 身份证号码 (GB 11643).

A verdict says which kind of number it is, whether it can be right, and why not. That a number can
be right does not mean that it was ever issued.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from stdnum.cn import ric, uscc

from procure.kernel.text import half_width

_LONGEST_TEXT: Final = 64
_ORG_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FIRST_BIRTH_YEAR: Final = 1850
_CENTURIES: Final = frozenset(("18", "19", "20"))

# GB/T 2260, with 83 for residence permits of Taiwan residents and 9x for permanent foreign
# residents. County codes are not checked: they change, and a number keeps the one it was issued
# with.
_PROVINCE_BLOCKS: Final = (
    range(11, 16),
    range(21, 24),
    range(31, 38),
    range(41, 47),
    range(50, 55),
    range(61, 66),
    range(71, 72),
    range(81, 84),
    range(91, 96),
)
_PROVINCES: Final = frozenset(str(code) for block in _PROVINCE_BLOCKS for code in block)

_PROVINCE_NAMES: Final = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
}
_CITY_NAMES: Final = {"4401": "广州市", "4403": "深圳市", "4404": "珠海市"}
"""Of the cities only those for which a rule or a parameter of their own is kept, and the pilot's."""

_DEPARTMENTS: Final = {
    "1": "机构编制",
    "2": "外交",
    "3": "司法行政",
    "4": "文化",
    "5": "民政",
    "6": "旅游",
    "7": "宗教",
    "8": "工会",
    "9": "市场监督管理",
    "A": "中央军委改革和编制",
    "N": "农业农村",
    "Y": "其他",
}
_BODIES: Final = {
    "11": "机关",
    "12": "事业单位",
    "13": "编办直接管理机构编制的群众团体",
    "51": "社会团体",
    "52": "民办非企业单位（社会服务机构）",
    "53": "基金会",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
}


class CodeKind(StrEnum):
    """What kind of number a text is, by its length and shape."""

    USCC = "uscc"
    RESIDENT_ID = "resident_id"
    ORG = "org"


@dataclass(frozen=True, slots=True)
class CodeVerdict:
    """The number in its standard form, its kind (None when no kind fits), and the reasons."""

    code: str
    kind: CodeKind | None
    valid: bool
    why: str


def check_code(text: str, today: date | None = None) -> CodeVerdict:
    """Judge a credit code, an organisation code or a resident identity number.

    Nobody is born after `today`; without it only that there is such a day is asked.

    Spaces, hyphens, lower case and full-width characters are put right first. An 18-digit number
    whose first digits fit both a credit code and a resident identity number is judged as the one it
    passes for, else as a resident identity number when it has a century of birth in its place.
    """
    if not isinstance(text, str):
        raise TypeError(f"check_code takes text, not {type(text).__name__}")
    if len(text) > _LONGEST_TEXT:
        return CodeVerdict(text[:_LONGEST_TEXT], None, False, "号码太长，不是可识别的代码。")
    code = half_width(text).replace(" ", "").replace("-", "").upper()
    if not code:
        return CodeVerdict(code, None, False, "没有填写号码。")
    odd = dict.fromkeys(sign for sign in code if not (sign.isascii() and sign.isalnum()))
    if odd:
        shown = "".join(f"“{sign}”" for sign in odd)
        return CodeVerdict(code, None, False, f"号码里有字母和数字以外的字符{shown}。")
    if len(code) == 9:
        return _verdict(code, CodeKind.ORG, _org_fault(code), "组织机构代码校验通过。")
    if len(code) == 15 and code.isdigit():
        fault = "15 位旧身份证号码已停用，请填写 18 位号码。"
        return _verdict(code, CodeKind.RESIDENT_ID, fault, "")
    if len(code) != 18:
        fault = f"共 {len(code)} 位。统一社会信用代码和身份证号码为 18 位，组织机构代码为 9 位。"
        return CodeVerdict(code, None, False, fault)
    return _check_eighteen(code, today)


def _check_eighteen(code: str, today: date | None) -> CodeVerdict:
    credit = _verdict(code, CodeKind.USCC, _credit_fault(code), f"{_body(code)}校验通过。")
    if not code[:17].isdigit() or code[17] not in "0123456789X":
        return credit
    resident = _verdict(
        code, CodeKind.RESIDENT_ID, _resident_fault(code, today), "居民身份证号码校验通过。"
    )
    if credit.valid and not resident.valid:
        return credit
    # Neither passes: a resident number carries the century of birth, a credit code begins with its
    # department.
    if resident.valid or code[6:8] in _CENTURIES or code[:2] not in _BODIES:
        return resident
    return credit


def _verdict(code: str, kind: CodeKind, fault: str | None, praise: str) -> CodeVerdict:
    return CodeVerdict(code, kind, fault is None, praise if fault is None else fault)


def _org_check_character(body: str) -> str:
    """The check character of an organisation code, GB 11714."""
    total = sum(
        _ORG_ALPHABET.index(character) * weight
        for character, weight in zip(body, _ORG_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _org_fault(code: str) -> str | None:
    expected = _org_check_character(code[:8])
    if code[8] != expected:
        return f"组织机构代码的校验码不对：按前 8 位应为 {expected}，现为 {code[8]}。"
    return None


def _credit_fault(code: str) -> str | None:
    if code[0] not in _DEPARTMENTS:
        return f"统一社会信用代码第 1 位不能是 {code[0]}。"
    wrong = next((character for character in code if character not in _USCC_ALPHABET), None)
    if wrong:
        return f"统一社会信用代码里不会有字母 {wrong}，请核对是否把数字错看成了字母。"
    if not code[2:8].isdigit():
        return "统一社会信用代码第 3 至 8 位是行政区划码，应全是数字。"
    expected = uscc.calc_check_digit(code[:17])
    if code[17] != expected:
        return f"统一社会信用代码的校验码不对：按前 17 位应为 {expected}，现为 {code[17]}。"
    inner = _org_fault(code[8:17])
    return f"统一社会信用代码第 9 至 17 位有误。{inner}" if inner else None


def _resident_fault(code: str, today: date | None) -> str | None:
    if code[:2] not in _PROVINCES:
        return f"居民身份证号码前两位 {code[:2]} 不是省级行政区划码。"
    born = _birth_date(code)
    if born is None or (today is not None and born > today):
        return "居民身份证号码第 7 至 14 位不是一个可能的出生日期。"
    expected = ric.calc_check_digit(code)
    if code[17] != expected:
        # The right character is not told: it would help to make up a number of a person.
        return "居民身份证号码的校验码不对，请核对是否抄错。"
    return None


def _birth_date(code: str) -> date | None:
    try:
        born = date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return None
    return born if born.year >= _FIRST_BIRTH_YEAR else None


def region_of(credit_code: str | None) -> str:
    """Where a body was registered, from the province down as far as the rules need it.

    Read from the 3rd to 8th character of its credit code (GB 32100): "广东省" or "广东省深圳市";
    "中央" for the organs of state; empty where the code is missing or names no such place.
    """
    area = (credit_code or "")[2:8]
    if area == "100000":
        return "中央"
    return _PROVINCE_NAMES.get(area[:2], "") + _CITY_NAMES.get(area[:4], "")


def _body(code: str) -> str:
    department = _DEPARTMENTS.get(code[0], "")
    body = _BODIES.get(code[:2])
    of_whom = f"（{department}部门登记的{body}）" if body else f"（{department}部门登记）"
    return f"统一社会信用代码{of_whom}及其中的组织机构代码"
