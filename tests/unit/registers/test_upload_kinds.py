"""Hostile and ordinary uploads of every kind, each made here and judged by its structure."""

import io
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import process_time

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from procure.kernel.errors import Invalid
from procure.kernel.uploads import Outcome
from procure.registers.documents.content import Upload, check_upload
from procure.registers.documents.judging import child, office, pdf
from procure.registers.documents.judging.child import judge_here
from procure.registers.documents.judging.fields import FieldCodes
from tests.factories.registers import jpeg_file, pdf_file
from tests.factories.uploads import (
    HOSTILE,
    HOSTILE_PHOTOS,
    ORDINARY,
    SCRIPT,
    WORD_RELATIONS,
    chart,
    opens_with,
    outside,
    pdf_with,
    picture,
    place,
    random_scan,
    scan,
    word,
    written_page,
)

FORMS = sorted({kind.partition(": ")[0] for kind in (*HOSTILE, *ORDINARY)})


def judged(content: bytes, name: str) -> Upload:
    return check_upload(content, name, judge_here)


def of_form(
    uploads: Mapping[str, tuple[str, Callable[[], bytes]]], form: str
) -> Iterator[tuple[str, str, bytes]]:
    """The samples of one form of file: what each is, its name, its bytes."""
    for kind, (name, made) in uploads.items():
        if kind.startswith(f"{form}: "):
            yield kind, name, made()


@pytest.mark.parametrize("form", FORMS)
def test_hostile_upload_is_refused_in_words_or_cleaned_for_good(form: str) -> None:
    for kind, name, content in of_form(HOSTILE, form):
        try:
            upload = judged(content, name)
        except Invalid as refusal:
            assert refusal.message.startswith(f"“{name}”"), kind
            assert refusal.remedy, kind
            continue

        assert upload.reception.outcome is Outcome.CLEANED, kind
        notes = upload.reception.notes[:1]
        assert all("已去掉" in note or "已断开" in note for note in notes), kind
        assert upload.content != content, kind
        # What was cleaned is clean: judged again nothing is left to take out.
        again = judged(upload.content, name)
        assert again.reception.outcome is not Outcome.CLEANED, kind
        assert again.content == upload.content, kind


@pytest.mark.parametrize("form", FORMS)
def test_ordinary_upload_is_taken_as_it_came(form: str) -> None:
    for kind, name, content in of_form(ORDINARY, form):
        upload = judged(content, name)

        assert upload.content == content, kind
        assert upload.reception.outcome in (Outcome.TAKEN, Outcome.WARNED), kind
        warned = upload.reception.outcome is Outcome.WARNED
        assert bool(upload.reception.words) is warned, kind


def test_no_scan_is_taken_for_a_script() -> None:
    taken = [judged(random_scan(seed), "扫描件.pdf").reception.outcome for seed in range(500)]

    assert taken == [Outcome.TAKEN] * 500


def test_cleaned_pdf_shows_the_same_page(tmp_path: Path) -> None:
    upload = judged(pdf_with(opens_with(SCRIPT), packed=True), "a.pdf")

    shown = []
    for name, content in (("plain", written_page()), ("cleaned", upload.content)):
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(content)
        command = ["pdftoppm", "-r", "40", str(path)]
        shown.append(subprocess.run(command, capture_output=True, check=True).stdout)
    assert shown[0] == shown[1]
    assert len(shown[0]) > 1_000


def test_cleaned_photograph_keeps_picture_way_up_and_time() -> None:
    for name, made in HOSTILE_PHOTOS.values():
        content = made()
        try:
            upload = judged(content, name)
        except Invalid:
            continue
        before, after = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(upload.content))
        assert before.tobytes() == after.tobytes()
        assert before.getexif().get(0x0112) == after.getexif().get(0x0112)
        assert b"\xa9xyz" not in upload.content
        assert not after.getexif().get_ifd(0x8825)

    kept = Image.open(io.BytesIO(judged(jpeg_file(exif=place()), "a.jpg").content)).getexif()
    assert kept[0x0110] == "Phone"
    assert kept.get_ifd(0x8769)[0x9003] == "2026:05:06 09:00:00"


@pytest.mark.parametrize(
    "kind",
    [
        "PDF: signed with a photograph and its place",
        "office: signed with a photograph and its place",
        "office: TIFF with its place",
        "invoice: OFD with a photograph and its place",
    ],
)
def test_place_that_cannot_be_taken_out_is_told(kind: str) -> None:
    name, made = ORDINARY[kind]

    assert "拍摄地点" in judged(made(), name).reception.words


def test_photograph_inside_keeps_its_pixels_without_the_place() -> None:
    photo = jpeg_file(exif=place())
    shown = Image.open(io.BytesIO(photo)).tobytes()

    office_photo = office.Package(
        judged(word(**{"word/media/a.jpg": photo}), "a.docx").content
    ).content("word/media/a.jpg")
    with pikepdf.open(io.BytesIO(judged(pdf_with(picture(photo)), "a.pdf").content)) as cleaned:
        pdf_photo = cleaned.pages[0].obj.Resources.XObject.Im0.read_raw_bytes()

    for kept in (office_photo, pdf_photo):
        again = Image.open(io.BytesIO(kept))
        assert again.tobytes() == shown
        assert not again.getexif().get_ifd(0x8825)


def test_owner_password_stays_on_a_cleaned_pdf() -> None:
    restricted = pikepdf.Encryption(owner="o", user="", allow=pikepdf.Permissions(extract=False))

    upload = judged(pdf_with(opens_with(SCRIPT), encryption=restricted), "a.pdf")

    with pikepdf.open(io.BytesIO(upload.content)) as cleaned:
        assert cleaned.is_encrypted
        assert not cleaned.allow.extract


def test_cut_link_of_a_document_leaves_its_other_parts_byte_for_byte() -> None:
    content = word(**{WORD_RELATIONS: outside("image"), "word/media/a.png": b"picture"})

    upload = judged(content, "a.docx")

    package = office.Package(upload.content)
    assert package.content("word/media/a.png") == b"picture"
    assert b'Target="NULL"' in package.content(WORD_RELATIONS)
    assert b"203.0.113.7" not in package.content(WORD_RELATIONS)


def test_workbook_of_a_chart_is_judged_too() -> None:
    assert office.WORKBOOK_INSIDE in judged(chart(), "a.docx").reception.notes

    hidden = word(**{"word/embeddings/a.xlsx": word(**{"word/vbaProject.bin": b"x"})})
    with pytest.raises(Invalid, match="含有宏"):
        judged(hidden, "a.docx")


@pytest.mark.parametrize(
    ("name", "content", "words", "advice"),
    [
        ("IMG_1.HEIC", b"x", "类型不能上传", "兼容性最佳"),
        ("a.jpg", b"\0\0\0\x18ftypheic" + bytes(9), "HEIC", "兼容性最佳"),
        ("a.doc", b"x", "类型不能上传", "另存为 DOCX"),
        ("a.rar", b"x", "类型不能上传", "解压"),
        ("a.docx", HOSTILE["office: with a password"][1](), "密码", "去掉密码"),
        ("a.pdf", HOSTILE["PDF: locked"][1](), "打开密码", "去掉打开密码"),
        ("a.pdf", HOSTILE["PDF: signed and active"][1](), "电子签名", "重新签署"),
    ],
)
def test_refusal_says_what_to_do(name: str, content: bytes, words: str, advice: str) -> None:
    with pytest.raises(Invalid, match=words) as refusal:
        judged(content, name)

    assert advice in (refusal.value.remedy or "")


def test_any_mutation_of_any_upload_ends_in_one_of_the_four_outcomes() -> None:
    made = random.Random(20261130)
    tables = [
        [(name, content) for name, build in table.values() if len(content := build()) < 20_000]
        for table in (HOSTILE, ORDINARY)
    ]
    ended = dict.fromkeys((*Outcome, "refused"), 0)
    for _ in range(1_000):
        name, content = made.choice(made.choice(tables))
        try:
            upload = judged(mutated(made, content), name)
        except Invalid as refusal:
            assert refusal.remedy
            ended["refused"] += 1
            continue
        ended[upload.reception.outcome] += 1
        assert upload.reception.outcome is Outcome.TAKEN or upload.reception.words

    assert min(ended.values()) > 20


def mutated(made: random.Random, content: bytes) -> bytes:
    """The bytes with some of them changed, cut, doubled, moved or surrounded."""
    at, length = made.randrange(len(content) or 1), made.randrange(1, 40)
    change = made.randrange(6)
    if change == 0:
        return content[:at] + made.randbytes(length) + content[at + length :]
    if change == 1:
        return content[:at]
    if change == 2:
        return content[:at] + content[at : at + length] * 2 + content[at + length :]
    if change == 3:
        return content[:at] + content[at + length :]
    if change == 4:
        return made.choice((b"\r\n", b"\xef\xbb\xbf", bytes(9))) + content + bytes(length)
    return content + made.randbytes(length)


# --- the work a file makes ---

SIZE = 1_000_000
FLOODS = (
    *(b"9 0 obj ", b"9 0 obj endobj ", b"9 0 obj /J", b"/JS ", b"#2FJ#53 ", b"#2f#4A#", b"0 "),
    *(b"trailer<<", b"trailer<< <<>> ", b"<!doctype ", b"endobj ", b"%%EOF ", b"PK\5\6"),
)


def test_pdf_takes_about_the_time_of_a_scan_whatever_is_repeated_in_it() -> None:
    """A file of 9 MB of beginnings of objects took 13 seconds: each was looked behind for itself."""
    usual = seconds_for(scan(random.Random(1).randbytes(SIZE)))
    for flood in FLOODS:
        taken = seconds_for(scan(flood * (SIZE // len(flood))))
        assert taken < 10 * usual + 0.2, flood


def test_pdf_looks_once_at_what_many_refer_to() -> None:
    data = b"<invoice>" + b"<a/>" * 50_000 + b"</invoice>"
    once, often = (seconds_for(pdf_with(embedded(data, times))) for times in (1, 300))
    assert often < 10 * once + 0.2


def embedded(data: bytes, times: int) -> Callable[[Pdf], None]:
    """A change of a PDF: as many descriptions of files as are asked for, all of the same one."""

    def change(pdf: Pdf) -> None:
        inside = pdf.make_stream(data)
        said = (Dictionary(Type=Name.Filespec, EF=Dictionary(F=inside)) for _ in range(times))
        pdf.Root["/AF"] = Array([pdf.make_indirect(one) for one in said])

    return change


@pytest.mark.parametrize("in_a_field", [True, False])
def test_word_puts_a_long_instruction_together_once_however_it_is_cut_up(in_a_field: bool) -> None:
    """With every piece the whole instruction was copied and its first word was sought again."""
    steps = 20_000
    usual = seconds_of_fields([["A" * 15 + " "]] * steps, in_a_field)
    assert seconds_of_fields([["A" * 15 + " "] * steps], in_a_field) < 10 * usual + 0.5


def seconds_of_fields(instructions: Sequence[Sequence[str]], in_a_field: bool) -> float:
    began = process_time()
    codes = FieldCodes()
    for pieces in instructions:
        if in_a_field:
            codes.start("fldChar", {"fldCharType": "begin"})
        for piece in pieces:
            codes.start("instrText", {})
            codes.text(piece)
            codes.end("instrText")
            if in_a_field:
                codes.start("fldChar", {"fldCharType": "begin"})
                codes.start("fldChar", {"fldCharType": "end"})
            if any(code.runs for code in codes.finished()):
                break
        if in_a_field:
            codes.start("fldChar", {"fldCharType": "end"})
    return process_time() - began


def seconds_for(content: bytes) -> float:
    began = process_time()
    with suppress(Invalid):
        judged(content, "a.pdf")
    return process_time() - began


@pytest.mark.parametrize(
    ("body", "acts"),
    [
        (b"<</S/JavaScript", True),
        (b"<</J#53(x)", True),
        (b"<</#4a#53 ", True),
        (b"<<#2FJS ", True),
        (b"<</S/Go#54oR", True),
        (b"7 0 obj <</JS ", True),
        (b" " * 4000 + b"/AA ", True),
        (b" " * 4100 + b"/AA ", False),
        (b" " * 4100 + b"8 0 obj /AA ", True),
        (b"endobj /JS ", False),
        (b"endobj 8 0 obj /JS ", True),
        (b"<</JSON", False),
        (b"<</JS#4FN", False),
        (b"<</JS#20", True),
        (b"<</js ", False),
        (b"<</#6a#53 ", False),
    ],
)
def test_object_that_nothing_lists_counts_by_what_stands_behind_it(body: bytes, acts: bool) -> None:
    upload = judged(scan(b"9 0 obj " + body + b" endobj "), "a.pdf")

    assert (pdf.REMAINS in upload.reception.notes) == acts


# --- the process of its own ---


def test_child_answers_as_the_judge_does() -> None:
    for content in (pdf_file(), pdf_with(opens_with(SCRIPT))):
        assert child.judge_apart(content, "application/pdf") == pdf.judge_pdf(content)
    with pytest.raises(Invalid, match="已损坏"):
        check_upload(b"%PDF-1.4 garbage %%EOF", "a.pdf")


def test_child_that_is_ended_by_a_file_is_a_refusal_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child, "LONGEST_WAIT", 0.05)
    with pytest.raises(Invalid, match="没有读完") as refusal:
        check_upload(pdf_file(), "a.pdf")
    assert refusal.value.remedy


def test_child_cannot_fill_the_memory_nor_write_a_file(tmp_path: Path) -> None:
    tries = f"bytearray({child.MOST_MEMORY})", f"open({str(tmp_path / 'a')!r}, 'wb', 0).write(b'x')"
    for asked in tries:
        program = f"from {child.__name__} import bound_itself\nbound_itself()\n{asked}"
        command = [sys.executable, "-c", program]
        ended = subprocess.run(command, capture_output=True, env=child.surroundings())
        assert ended.returncode == 1
        assert ended.stderr.strip().endswith((b"MemoryError", b"File too large"))


def test_child_knows_no_setting_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCURE_MAIL_URL", "smtp://user:secret@mail.invalid")

    assert "secret" not in str(child.surroundings())
