"""The cut fonts hold what official papers need, for both ways in which set-up lays out fonts."""

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from procure.render import fonts


@pytest.fixture(scope="module")
def cut() -> dict[str, TTFont]:
    return {
        name: TTFont(BytesIO(fonts.cut_font(source, fonts.covered_characters())))
        for name, source in fonts.FACES.items()
    }


@pytest.mark.parametrize("name", sorted(fonts.FACES))
def test_cut_font_with_words_of_a_contract_has_a_glyph_for_each(
    cut: dict[str, TTFont], name: str
) -> None:
    words = (
        "政府购买服务合同（居家养老）甲方：乙方：人民币壹佰捌拾伍万肆仟元整¥1,854,000.00"
        "《政府采购法》第四十三条①②〔2026〕“”‘’—…％≥≤×±√□☐☑■●→ABCxyzé０９"
    )
    glyphs = cut[name].getBestCmap()
    whole = fonts.open_face(fonts.FACES[name]).unicodes
    assert {sign for sign in words if ord(sign) not in glyphs} == {
        sign for sign in words if ord(sign) not in whole
    }
    assert not {sign for sign in words if "一" <= sign <= "龥" and ord(sign) not in glyphs}


@pytest.mark.parametrize("name", sorted(fonts.FACES))
def test_cut_font_keeps_mainland_family_and_a_seventh_of_the_glyph_places(
    cut: dict[str, TTFont], name: str
) -> None:
    assert cut[name]["name"].getDebugName(1) == "Noto Serif CJK SC"
    assert 7_000 < cut[name]["maxp"].numGlyphs < 65_535 // 7


def test_cut_font_for_bold_is_heavier_than_regular(cut: dict[str, TTFont]) -> None:
    weights = {name: font["OS/2"].usWeightClass for name, font in cut.items()}
    assert weights["song-bold.otf"] > weights["song-regular.otf"]


def test_covered_characters_include_gb2312_and_leave_rare_names_to_the_whole_font() -> None:
    covered = fonts.covered_characters()
    assert {ord("啊"), ord("座"), ord("亍"), ord("齄")} <= covered  # first and last of both levels
    assert not {ord("喆"), ord("镕")} & covered
    assert 6_763 < len(covered) < 10_000


@pytest.mark.parametrize("name", sorted(fonts.FACES))
def test_cut_font_numbers_its_glyphs_by_their_places(cut: dict[str, TTFont], name: str) -> None:
    charset = cut[name]["CFF "].cff.topDictIndex[0].charset
    assert charset[1:] == [f"cid{number:05d}" for number in range(1, len(charset))]


#: First of a person's name in the table of smallest inputs, one of each extension, and signs.
RARE = "喆镕䶮𠮷𬎆𢒉𫝂𫰡𰌂𱖎☐☑☒✔✗✘👍"


def test_rare_faces_hold_each_character_once_and_nothing_else() -> None:
    faces = [face for face in fonts.rare_faces(frozenset(RARE + "政A")) if face.weight == 400]
    held = [TTFont(BytesIO(face.content)).getBestCmap().keys() for face in faces]
    rare = sorted(code for codes in held for code in codes if code not in fonts.BLANKS)
    assert rare == sorted(map(ord, RARE))
    assert all(len(face.content) < 10_000 for face in faces)


def test_rare_faces_of_other_characters_have_other_names() -> None:
    names = [
        face.family
        for face in fonts.rare_faces(frozenset("喆")) + fonts.rare_faces(frozenset("镕"))
    ]
    assert len(names) == 4 and len(set(names)) == 2  # regular and bold of one name


def test_printable_characters_cover_the_extensions_as_far_as_debian_has_fonts() -> None:
    printable = fonts.printable_characters()
    whole = (
        range(0x4E00, 0xA000),
        range(0x3400, 0x4DC0),  # extension A
        range(0x20000, 0x2A6E0),  # B
        range(0x2A700, 0x2B73A),  # C
        range(0x2B740, 0x2B81E),  # D
        range(0x2B820, 0x2CEA2),  # E
        range(0x2CEB0, 0x2EBE1),  # F
    )
    lacking = [chr(code) for codes in whole for code in codes if chr(code) not in printable]
    assert lacking == []
    assert sum(chr(code) in printable for code in range(0x30000, 0x3134B)) > 3_000  # G
    assert sum(chr(code) in printable for code in range(0x31350, 0x323B0)) > 2_000  # H
    assert all(sign in printable for sign in "Aé中☐☑☒✔✗✘✓★●□→①〔〕・")
    assert not any(sign in printable for sign in "\U0002ee5d\u0f40")  # extension I, Tibetan


def test_what_is_set_as_several_characters_is_printable_only_with_all_their_glyphs() -> None:
    """The Thai U+0E33 has a glyph of its own, but is set as U+0E4D, which has none, and U+0E32."""
    printable = fonts.printable_characters()
    assert "\u0e33" not in printable and "\u0e4d" not in printable
    assert all(sign in printable for sign in "\u0e2a\u0e32é½ﬁ①㎡が")


def _lay_out(root: Path, name: str) -> Path:
    font = root / "usr/share/fonts/opentype/noto" / name
    font.parent.mkdir(parents=True)
    font.write_bytes(b"")
    return font


LONE = fonts.Source("Lone.ttc", "fonts-lone")


def test_find_font_with_unpacked_packages_prefers_them(tmp_path: Path) -> None:
    font = _lay_out(tmp_path, "NotoSerifCJK-Regular.ttc")
    assert fonts.find_font(fonts.REGULAR, str(tmp_path)) == font


def test_find_font_takes_the_folder_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = _lay_out(tmp_path, "Lone.ttc")
    monkeypatch.setenv("PROCURE_SYSROOT", str(tmp_path))
    assert fonts.find_font(LONE) == font


def test_find_font_without_the_font_says_which_package_to_install(tmp_path: Path) -> None:
    with pytest.raises(fonts.FontMissing, match="Lone.ttc.*fonts-lone"):
        fonts.find_font(LONE, str(tmp_path))


def test_main_writes_whole_files_under_their_names_alone(tmp_path: Path) -> None:
    out = tmp_path / "fonts"
    assert fonts.main(["--out", str(out)]) == 0
    assert sorted(file.name for file in out.iterdir()) == ["song-bold.otf", "song-regular.otf"]
    assert all(file.read_bytes()[:4] == b"OTTO" for file in out.iterdir())


def test_main_without_the_font_explains_in_chinese_and_answers_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fonts, "FACES", {"song-regular.otf": LONE})
    assert fonts.main(["--out", str(tmp_path / "fonts")]) == 1
    assert "没有找到字体文件 Lone.ttc" in capsys.readouterr().err
    assert list((tmp_path / "fonts").iterdir()) == []
