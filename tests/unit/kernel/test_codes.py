"""Credit codes, organisation codes and resident identity numbers; all of them made up or public."""

from datetime import date

import pytest
from stdnum.cn import ric, uscc

from procure.kernel.codes import CodeKind, check_code, region_of

ORG = "600037341"
CREDIT = "91110000600037341L"
RESIDENT = "11010519491231002X"


def credit_code(body: str) -> str:
    return body + uscc.calc_check_digit(body)


@pytest.mark.parametrize(
    ("text", "code", "kind", "praise"),
    [
        (CREDIT, CREDIT, CodeKind.USCC, "市场监督管理部门登记的企业"),
        (f" {CREDIT.lower()} ", CREDIT, CodeKind.USCC, "校验通过"),
        ("９１１１００００６０００３７３４１Ｌ", CREDIT, CodeKind.USCC, "校验通过"),
        (credit_code("52440400" + ORG), None, CodeKind.USCC, "民政部门登记的民办非企业单位"),
        (credit_code("11440400" + ORG), None, CodeKind.USCC, "机构编制部门登记的机关"),
        (credit_code("31440400" + ORG), None, CodeKind.USCC, "司法行政部门登记"),
        (RESIDENT, RESIDENT, CodeKind.RESIDENT_ID, "校验通过"),
        ("11010519491231002x", RESIDENT, CodeKind.RESIDENT_ID, "校验通过"),
        ("110105 19491231 002X", RESIDENT, CodeKind.RESIDENT_ID, "校验通过"),
        (ORG, ORG, CodeKind.ORG, "校验通过"),
        ("60003734-1", ORG, CodeKind.ORG, "校验通过"),
        ("D2143569X", "D2143569X", CodeKind.ORG, "校验通过"),
    ],
)
def test_check_code_that_can_be_right_is_valid(
    text: str, code: str | None, kind: CodeKind, praise: str
) -> None:
    verdict = check_code(text)

    assert (verdict.valid, verdict.kind, verdict.code) == (True, kind, code or text)
    assert praise in verdict.why


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("", None, "没有填写"),
        (" - ", None, "没有填写"),
        ("123", None, "共 3 位"),
        ("9111000060003734", None, "共 16 位"),
        ("9111000060003734①L", None, "字母和数字以外"),
        ("1" * 100, None, "太长"),
        ("91110000600037341A", CodeKind.USCC, "按前 17 位应为 L，现为 A"),
        ("91O10000600037341L", CodeKind.USCC, "不会有字母 O"),
        ("Z1110000600037341L", CodeKind.USCC, "第 1 位不能是 Z"),
        ("911100A0600037341L", CodeKind.USCC, "行政区划码"),
        ("600037342", CodeKind.ORG, "按前 8 位应为 1，现为 2"),
        ("110105194912310021", CodeKind.RESIDENT_ID, "校验码不对"),
        ("110105194913310021", CodeKind.RESIDENT_ID, "出生日期"),
        ("110105190002290021", CodeKind.RESIDENT_ID, "出生日期"),
        ("990105194912310021", CodeKind.RESIDENT_ID, "前两位 99"),
        ("110105491231002", CodeKind.RESIDENT_ID, "15 位旧身份证号码已停用"),
        ("911100001011223344", CodeKind.USCC, "校验码不对"),
    ],
)
def test_check_code_that_cannot_be_right_says_why(
    text: str, kind: CodeKind | None, why: str
) -> None:
    verdict = check_code(text)

    assert (verdict.valid, verdict.kind) == (False, kind)
    assert why in verdict.why


def test_check_code_looks_at_the_organisation_code_inside_a_credit_code() -> None:
    """A right last character does not save a wrong GB 11714 code in places 9 to 17."""
    code = credit_code("91110000" + "600037342")

    verdict = check_code(code)

    assert uscc.is_valid(code)
    assert (verdict.valid, verdict.kind) == (False, CodeKind.USCC)
    assert "第 9 至 17 位有误" in verdict.why


def test_check_code_of_every_single_wrong_character_is_invalid() -> None:
    for code in (CREDIT, RESIDENT, ORG):
        for at, right in enumerate(code):
            for wrong in "0123456789":
                if wrong != right:
                    assert not check_code(code[:at] + wrong + code[at + 1 :]).valid


def test_check_code_of_a_person_does_not_tell_the_right_character() -> None:
    wrong = RESIDENT[:-1] + "1"

    assert ric.calc_check_digit(wrong) == "X"
    assert "X" not in check_code(wrong).why


def test_check_code_of_no_text_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        check_code(110105)  # type: ignore[arg-type]


def test_nobody_is_born_after_today() -> None:
    body = "44040229991231123"
    number = body + ric.calc_check_digit(body)
    assert not check_code(number, date(2026, 11, 30)).valid
    assert check_code(RESIDENT, date(1949, 12, 31)).valid
    assert not check_code(RESIDENT, date(1949, 12, 30)).valid


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("11440403007022229R", "广东省珠海市"),
        ("11440300007022229R", "广东省深圳市"),
        ("11445200007022229R", "广东省"),
        ("11100000007022229R", "中央"),
        ("11430100007022229R", "湖南省"),
        ("11990100007022229R", ""),
        (None, ""),
    ],
)
def test_credit_code_tells_where_its_body_was_registered(code: str | None, region: str) -> None:
    assert region_of(code) == region
