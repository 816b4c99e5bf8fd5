"""What uploads are called, which kinds are taken for what, and what to do with the others."""

import string

import pytest

from procure.kernel.uploads import (
    ADVICE,
    AS_IT_CAME,
    EVIDENCE,
    INVOICES,
    JPEG,
    KINDS,
    REPORTS,
    Outcome,
    advice_on,
    distinct_name,
    ending_of,
    file_name,
    kinds_in_words,
    told_name,
)

GLYPHS = frozenset(string.printable + "合同入户去掉（）é")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\我的\\合同.pdf", "合同.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\u202e.pdf", "ab.pdf"),
        ("...", "未命名文件"),
        ("", "未命名文件"),
        (".pdf", "未命名文件.pdf"),
        ("  .PDF ", "未命名文件.PDF"),
        ("e\u0301.pdf", "\xe9.pdf"),
        ("付\u200b款.pdf", "付款.pdf"),
        ("审计.pdf. .", "审计.pdf"),
        ("照片．png", "照片.png"),
        ("照片。JPG", "照片.JPG"),
        ("照片｡ｊｐｇ", "照片.jpg"),
        ("．pdf", "未命名文件.pdf"),
        ("第１．２节", "第１．２节"),
        ("见上。下.pdf", "见上。下.pdf"),
    ],
)
def test_file_name_has_no_folders_and_nothing_unprintable(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.parametrize("name", ["a.jfif", "a.JPE", "照片．jpeg", "照片。Ｊｆｉｆ"])
def test_photograph_is_known_under_every_ending_that_browsers_save(name: str) -> None:
    assert KINDS[ending_of(name)] == JPEG


def test_file_name_long_name_keeps_its_ending() -> None:
    name = file_name("长" * 300 + ".pdf")

    assert len(name) == 120
    assert name.endswith(".pdf")


@pytest.mark.parametrize(
    ("given", "kept", "told"),
    [
        ("合同.pdf", "合同.pdf", ""),
        ("合同\u200b.pdf", "合同.pdf", ""),
        ("入户\u202egpj.pdf", "入户gpj.pdf", "颠倒显示顺序"),
        ("合同\U0001f44d\ue000.pdf", "合同.pdf", "文书印不出"),
        ("\U0001f44d.pdf", "未命名文件.pdf", "文书印不出"),
    ],
)
def test_told_name_is_printable_and_says_what_changed_unseen(
    given: str, kept: str, told: str
) -> None:
    name, notes = told_name(given, GLYPHS)

    assert name == kept
    assert told in "".join(notes)
    said = AS_IT_CAME.telling(notes)
    assert said.outcome is (Outcome.WARNED if told else Outcome.TAKEN)
    assert bool(said.words) is bool(told)


def test_distinct_name_tells_files_apart_and_keeps_the_ending() -> None:
    names: list[str] = []
    for _ in range(3):
        names.append(distinct_name("合同.pdf", names))
    assert names == ["合同.pdf", "合同（2）.pdf", "合同（3）.pdf"]
    long = "长" * 116 + ".pdf"
    assert distinct_name(long, [long]) == "长" * 113 + "（2）.pdf"
    assert distinct_name("合同", ["合同"]) == "合同（2）"


def test_every_list_of_kinds_is_judged_by_content_and_has_jpeg_in_both_spellings() -> None:
    for accept in (EVIDENCE, REPORTS, INVOICES):
        assert set(accept) <= set(KINDS)
        assert {".jpg", ".jpeg", ".jfif", ".jpe"} <= set(accept)
        assert kinds_in_words(accept).count("JP") == 1


def test_advice_on_a_kind_that_is_not_taken_says_what_to_do_and_what_is_taken() -> None:
    for ending in ADVICE:
        assert advice_on(f"a{ending.upper()}", EVIDENCE).endswith(
            "这里可以上传 PDF、JPG、PNG 文件。"
        )
    assert "兼容性最佳" in advice_on("IMG_1.HEIC", INVOICES)
    assert advice_on("a.exe", INVOICES) == "这里可以上传 PDF、OFD、XML、JPG、PNG 文件。"
