"""Telephone numbers and e-mail addresses as people write them."""

import pytest

from procure.kernel.contacts import email_fault, phone_fault, read_phone, tidy_email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138.0013.8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("\u202d13800138000\u202c", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("（+86）13800138000", "13800138000"),
        ("86-13800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("86-0756-1234567", "0756-1234567"),
        ("(86)400-800-1234", "4008001234"),
        ("tel:13800138000", "13800138000"),
        ("电话：0756-1234567", "0756-1234567"),
        ("0756\u20141234567", "0756-1234567"),
        ("0756——1234567", "0756-1234567"),
        ("0756－1234567", "0756-1234567"),
        ("(0756)1234567", "0756-1234567"),
        ("（0756）123 4567", "0756-1234567"),
        ("+86-756-1234567", "0756-1234567"),
        ("0086 (0756) 1234567", "0756-1234567"),
        ("+86 10 12345678", "010-12345678"),
        ("010-12345678", "010-12345678"),
        ("02012345678", "020-12345678"),
        ("4008001234", "4008001234"),
        ("400-800-1234", "4008001234"),
        ("400 8001 234", "4008001234"),
        ("800—820—8820", "8008208820"),
        ("0756-1234567-801", "0756-1234567-801"),
        ("(0756)1234567-801", "0756-1234567-801"),
        ("0756-1234567-8", "0756-1234567-8"),
        ("0756-1234567转801", "0756-1234567-801"),
        ("0756-1234567 转 801", "0756-1234567-801"),
        ("0756-1234567转分机801", "0756-1234567-801"),
        ("0756-1234567（分机801）", "0756-1234567-801"),
        ("0756-1234567分机号801", "0756-1234567-801"),
        ("0756-1234567 ext. 801", "0756-1234567-801"),
        ("0756-1234567x801", "0756-1234567-801"),
        ("0756-1234567,转801", "0756-1234567-801"),
        ("400-800-1234转801", "4008001234-801"),
        ("400-800-1234-801", "4008001234-801"),
        ("95588", "95588"),
        ("955-88", "95588"),
        ("95588转1", "95588-1"),
        ("10086", "10086"),
        ("950800", "950800"),
        ("19900138000", "19900138000"),
    ],
)
def test_every_usual_way_of_writing_a_number_is_read(typed: str, kept: str) -> None:
    assert read_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "23456", "99999", "1234567", "12345678901", "10000138000", "+86 12000138000", "138001380001", "1380013800", "0756-123456", "0756-123456789", "٠٧٥٦-1234567",
     "13800138000/13800138001", "13800138000、0756-1234567", "00852-12345678", "转801", "善邻中心"],
)  # fmt: skip
def test_what_cannot_be_dialled_is_no_number(typed: str) -> None:
    assert read_phone(typed) is None


def test_number_among_more_blanks_than_anybody_types_is_not_read() -> None:
    assert read_phone("13800138000".rjust(64)) == "13800138000"
    assert read_phone("13800138000".rjust(65)) is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("13800138000/13800138001", "2 个电话号码"),
        ("13800138000、0756-1234567、", "2 个电话号码"),
        ("13800138000，13800138001；95588", "3 个电话号码"),
        ("13800138000 13800138001", "2 个电话号码"),
        ("0756-1234567 或 13800138000", "2 个电话号码"),
        ("12345678901", "号段"),
        ("10000138000", "号段"),
        ("1234567", "缺少区号"),
        ("善邻中心", "没有数字"),
        ("138001380001", "格式不对"),
    ],
)
def test_what_cannot_be_dialled_is_told_by_its_fault(typed: str, words: str) -> None:
    assert words in (phone_fault(typed) or "")


@pytest.mark.parametrize(
    "typed",
    [
        "a@example.cn",
        "\u202aa@example.cn\u202c",
        "a@example.cn\u200b",
        "\ufeffa@example.cn",
        "mailto:a@example.cn",
        "E-mail: a@example.cn",
        "Email：a@example.cn",
        "邮箱：a@example.cn",
        "电子邮箱 a@example.cn",
        "E-mail: <a@example.cn>",
        "E-mail: mailto:a@example.cn",
        "MAILTO: a@example.cn",
        "<a@example.cn>",
        "王芳 <a@example.cn>",
        "ａ＠ｅｘａｍｐｌｅ．ｃｎ",
        "a@example。cn",
        "a@example.cn.",
        "a@example.cn；",
        " a@example.cn ",
    ],
)
def test_what_stands_around_an_address_is_taken_off(typed: str) -> None:
    assert tidy_email(typed) == "a@example.cn"
    assert email_fault("a@example.cn") is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("a@中国.cn", "“中”、“国”"),
        ("王芳@example.cn", "“王”、“芳”"),
        ("a b@example.cn", "空格"),
        ("a@b", "不完整"),
        ("a@b.c", "不完整"),
        ("a@b.c1", "不完整"),
        ("a@example.xn--fiqs8s", None),
        ("a@example.cn, b@example.cn", "不止一个"),
        ("a@example.cn；b@example.cn", "不止一个"),
        ("a@", "不完整"),
        ("a@@example.cn", "不完整"),
        ("a..b@example.cn", "不完整"),
        (".a@example.cn", None),
        ("a@-example.cn", "不完整"),
        ("a@example..cn", "不完整"),
        ("a@127.0.0.1", "不完整"),
        (f"{'a' * 65}@example.cn", "不完整"),
    ],
)
def test_what_is_no_address_is_told_by_its_fault(typed: str, words: str | None) -> None:
    fault = email_fault(tidy_email(typed))
    assert fault is None if words is None else fault is not None and words in fault
