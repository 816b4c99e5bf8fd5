"""What people type: cleaned for keeping, folded for comparing, judged for printing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel import text

SEEN_BY_NOBODY = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u202e\u2066\u2069\ufeff\u00ad\u2060\u061c\ufe0f\u3164\U000e0041\U000e0101\ufffc\u2800"


@pytest.mark.parametrize("mark", SEEN_BY_NOBODY)
def test_an_invisible_mark_is_cleaned_away_wherever_it_stands(mark: str) -> None:
    assert text.clean(f"{mark}王{mark}芳{mark}") == "王芳"
    assert text.clean_lines(f"甲{mark}\n{mark}\n{mark}乙") == "甲\n\n乙"
    assert text.half_width(f"{mark}138{mark}00{mark}") == "13800"
    assert text.key(f"{mark}王{mark}芳{mark}") == text.key("王芳")


def test_what_a_person_wrote_is_kept() -> None:
    written = "“两站”（普通合伙）：①ＡＢＣ 阿卜杜热西提·买买提，中⼼，⽃门，½"
    assert text.clean(written) == text.clean_lines(written) == written
    assert text.clean("Jose\u0301") == "José"


def test_blanks_and_line_ends_take_one_form() -> None:
    assert text.clean(" 甲\u3000\u00a0\u2003乙\t丙\r\n丁\u2028戊\v己 ") == "甲 乙 丙 丁 戊 己"
    lines = "甲\r\n乙\r丙\u2028丁\v戊\x85己\f庚\n\n\n\n \u00a0辛\t壬 "
    assert text.clean_lines(lines) == "甲\n乙\n丙\n丁\n戊\n己\n庚\n\n辛 壬"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    for tidy in (text.clean, text.clean_lines, text.half_width):
        assert tidy(tidy(typed)) == tidy(typed)
    assert text.key(text.clean(typed)) == text.key(typed)
    assert "".join(text.words_of(typed)) in text.key(typed) or len(text.words_of(typed)) > 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("中\u2f3c", "中心"),
        ("\u2f43门区", "斗门区"),
        ("斗\u2ed4", "斗门"),
        ("\u2f8f\u2ed3", "行长"),
        ("\uff08x\uff09", "(x)"),
        ("珠海市善邻会计师事务所（普通合伙）", "珠海市善邻会计师事务所〔普通合伙〕"),
        ("粤财采购【2019】3号", "粤财采购[2019]3号"),
        ("\uff21\uff22\uff23公司", "abc公司"),
        ("甲\u200b", "甲"),
        ("善邻 社工\u3000中心", "善邻社工中心"),
        *((f"阿卜杜{dot}买买提", "阿卜杜·买买提") for dot in "\u2022\u30fb\u2027\uff65\u2219\u22c5\uff0e.\u00b7\u2e31"),
        ("中山—珠海", "中山-珠海"),
        ("“两站”", '"两站"'),
    ],
)  # fmt: skip
def test_two_ways_of_writing_one_name_have_one_key(one: str, other: str) -> None:
    assert text.key(one) == text.key(other)


def test_two_names_have_two_keys() -> None:
    names = [
        "善邻社工中心",
        "善邻社工",
        "善鄰社工中心",
        "善邻社工中心2",
        "善邻社工中心3",
        "王芳",
        "王方",
    ]
    assert len(set(map(text.key, names))) == len(names)


RADICALS = {
    **dict(zip("⼾⾒⾙⾞⾧⾨⾭⾱⾴⾵⾶⾺⾾⿂⿃⿄⿆⿈⿌⿑⿒⿓⿔", "户见贝车长门青韦页风飞马斗鱼鸟卤麦黄黾齐齿龙龟", strict=True)),
    **dict(zip("⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻢⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳⻑⻫⻭⻯⻲", "西见角贝车长门青韦页风飞马鱼鸟卤麦黄黾齐齿龙龟长齐齿龙龟", strict=True)),
}  # fmt: skip


@pytest.mark.parametrize(("radical", "meant"), RADICALS.items())
def test_a_radical_out_of_a_pdf_is_the_character_of_simplified_text(
    radical: str, meant: str
) -> None:
    assert text.key(f"用{radical}") == text.key(f"用{meant}")


def test_every_radical_of_the_dictionary_is_a_character_of_simplified_text_or_has_none() -> None:
    left = []
    for code in range(0x2F00, 0x2FD6):
        (meant,) = text.key(chr(code))
        try:
            meant.encode("gb2312")
        except UnicodeEncodeError:
            left.append(meant)
    assert "".join(left) == "亅匸夊癶禸艸襾辵釆"


def test_the_words_of_a_search_are_keys_each_once() -> None:
    assert text.words_of(" 斗门\u3000养老 斗\u200b门 \u200b ") == ("斗门", "养老")
    assert text.fold("斗门\u2003养老 ＡＢ\u200bＣ") == "斗门 养老 abc"


GLYPHS = frozenset("王芳婉䶮䶮abc，。\U00020bb7\U0003158e\ufffd\ue863\u0093\u200e")


def test_what_has_a_glyph_is_printable_even_when_it_is_newer_than_our_tables() -> None:
    assert text.unprintable("王芳\n\U00020bb7\u4dae\U0003158e", GLYPHS) == ()


@pytest.mark.parametrize(
    ("typed", "shown", "words"),
    [
        ("王\ue863", "“\ue863”（U+E863）", "国家标准的字是“䶮”（U+4DAE）"),
        ("王\ue816", "U+E816", "（U+20087）"),
        ("王\ue000", "“\ue000”（U+E000）", "自造字"),
        ("王\U000f0000", "U+F0000", "自造字"),
        ("王\U0002c386", "“\U0002c386”（U+2C386）", "）在平台字库里还没有字形"),
        ("王\U0003158f", "U+3158F", "）太新，在平台字库里还没有字形"),
        ("王\u2611", "“☑”（U+2611）", "没有可印的字形"),
        ("王\U0001f44d", "“👍”（U+1F44D）", "没有可印的字形"),
        ("王\u0093", "U+0093", "控制符"),
        ("王\ufffd", "U+FFFD", "丢失"),
    ],
)
def test_what_cannot_be_printed_is_named_in_true_words(typed: str, shown: str, words: str) -> None:
    (fault,) = text.unprintable(typed, GLYPHS)
    assert shown in fault.shown
    assert words in fault.shown + fault.reason
    assert fault.remedy
    # The words are true of any field: a title, the name of an organisation or of a person.
    assert "人名" not in fault.reason + fault.remedy
    assert "看不见" not in fault.reason + fault.remedy


def test_all_faults_are_told_at_once_each_once_in_order() -> None:
    faults = text.unprintable("☑王☐☑\U0001f600", GLYPHS)
    assert [fault.character for fault in faults] == ["☑", "☐", "\U0001f600"]


def test_the_codes_of_old_systems_lead_to_characters_of_the_standard() -> None:
    meant = [text.unprintable(chr(code), ())[0].remedy[4] for code in range(0xE815, 0xE865)]
    assert not any(unicodedata.category(character) == "Co" for character in meant)
    # What the codec of 2000 already knows of GBK's places FE50 to FEA0.
    places = [cell for cell in range(0x50, 0xA1) if cell != 0x7F]
    known = [bytes([0xFE, cell]).decode("gb18030") for cell in places]
    assert all(
        theirs == ours or unicodedata.category(theirs) == "Co"
        for theirs, ours in zip(known, meant, strict=True)
    )


@pytest.mark.parametrize("code", [0x0, 0x1F, 0x7F, 0xD800, 0xFDD0, 0xFFFE, 0x1FFFF, 0x10FFFF])
def test_what_no_database_holds_is_found(code: int) -> None:
    assert text.UNSTORABLE.search(f"甲{chr(code)}")
    assert not text.UNSTORABLE.search("甲\t\r\n\u200b\ue863\U0003158e")


@pytest.mark.parametrize(
    ("name", "noun", "called"),
    [
        ("居家养老服务采购", "采购计划", "居家养老服务采购计划"),
        ("社工站项目公开招标", "公开招标公告", "社工站项目公开招标公告"),
        ("居家养老服务项目", "采购文件", "居家养老服务项目采购文件"),
        ("采购", "采购意向公告", "采购意向公告"),
        ("购", "购销合同", "购购销合同"),
    ],
)
def test_title_does_not_say_twice_where_name_and_noun_meet(
    name: str, noun: str, called: str
) -> None:
    assert text.titled(name, noun) == called
