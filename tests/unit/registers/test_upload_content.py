"""What may be uploaded, judged by bytes: a small corpus of honest and dishonest files."""

import io
import zipfile
from pathlib import Path

import pytest

from procure.config import UnsafeConfiguration
from procure.kernel import uploads
from procure.kernel.errors import Invalid
from procure.registers.documents import content, storage
from procure.registers.documents.judging.child import judge_here
from procure.web.downloads import disposition
from tests.factories.registers import jpeg_file, office_file, pdf_file, png_file

RELS = "word/_rels/document.xml.rels"


def relation(kind: str) -> bytes:
    return (
        f'<Relationships><Relationship Id="r1" Type="http://schemas/{kind}"'
        ' Target="http://example.invalid/x" TargetMode="External"/></Relationships>'
    ).encode()


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("标书.pdf", pdf_file(), uploads.PDF),
        ("标书.PDF", pdf_file(), uploads.PDF),
        ("表.xlsx", office_file("xlsx"), uploads.XLSX),
        ("文.docx", office_file(), uploads.DOCX),
        ("链接.docx", office_file(extra={RELS: relation("hyperlink")}), uploads.DOCX),
        ("照片.png", png_file(), uploads.PNG),
        ("照片.jpg", jpeg_file(), uploads.JPEG),
        ("照片.jpeg", jpeg_file(), uploads.JPEG),
    ],
)
def test_check_upload_of_an_honest_file_gives_its_type(
    name: str, data: bytes, media_type: str
) -> None:
    assert content.check_upload(data, name, judge_here).media_type == media_type


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.exe", b"MZ", "类型不能上传"),
        ("a.svg", b"<svg/>", "类型不能上传"),
        ("a.html", b"<html>", "类型不能上传"),
        ("a.docm", office_file(), "类型不能上传"),
        ("没有后缀", pdf_file(), "类型不能上传"),
        ("a.pdf", b"", "空文件"),
        ("a.pdf", b"MZ" + pdf_file(), "不是 PDF 格式"),
        ("a.pdf", png_file(), "不是 PDF 格式"),
        ("a.png", pdf_file(), "不是 PNG 格式"),
        ("a.jpg", png_file(), "不是 JPG 格式"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old word", "不是 DOCX 格式"),
        ("a.pdf", pdf_file()[:-7], "已损坏"),
        ("a.png", png_file(20_000, 20_000), "尺寸太大"),
        ("a.png", png_file(0, 5), "尺寸太大或为零"),
        ("a.png", png_file()[:20], "已损坏"),
        ("a.jpg", b"\xff\xd8\xff\xd9", "已损坏"),
        ("a.docx", office_file("xlsx"), "与文件类型不符"),
        ("a.xlsx", office_file("docx"), "与文件类型不符"),
        ("a.docx", office_file(extra={"word/vbaProject.bin": b"x"}), "含有宏"),
        ("a.docx", office_file(extra={"word/embeddings/a.exe": b"MZ"}), "嵌有其他文件"),
        ("a.docx", office_file(extra={"inner.zip": b"PK"}), "嵌有其他文件"),
        ("a.docx", office_file(extra={RELS: relation("oleObject")}), "OLE"),
        ("a.docx", office_file(extra={"../../etc/passwd": b"x"}), "已损坏"),
        ("a.docx", office_file(extra={"x.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]>"}), "已损坏"),
        ("a.docx", office_file(extra={"big.xml": b"0" * 30_000_000}), "压缩比异常"),
        ("a.docx", office_file(extra={f"{n}.xml": b"" for n in range(1_001)}), "解开后太大"),
        ("a.docx", office_file()[:-30], "已损坏"),
        ("a.docx", b"PK\x03\x04 nonsense", "已损坏"),
    ],
)
def test_check_upload_of_a_dishonest_file_says_what_is_wrong(
    name: str, data: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refusal:
        content.check_upload(data, name, judge_here)

    assert refusal.value.remedy


def test_check_upload_over_the_limit_is_refused() -> None:
    with pytest.raises(Invalid, match="20 MB"):
        content.check_upload(b"%PDF-1.4" + bytes(content.LARGEST), "a.pdf", judge_here)


def test_check_upload_with_a_lying_size_in_its_header_is_refused() -> None:
    made = bytearray(office_file(extra={"x.xml": b"a" * 5000}))
    with zipfile.ZipFile(io.BytesIO(bytes(made))) as archive:
        assert archive.getinfo("x.xml").file_size == 5000
    at = made.rfind(b"x.xml") - 22
    made[at : at + 4] = (10).to_bytes(4, "little")

    with pytest.raises(Invalid):
        content.check_upload(bytes(made), "a.docx", judge_here)


def test_store_keeps_equal_content_once_and_names_it_by_digest(tmp_path: Path) -> None:
    store = storage.FileStore(tmp_path)

    first, second = store.put(b"one"), store.put(b"one")

    assert first == second
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert store.open(first).read() == b"one"
    with pytest.raises(ValueError, match="no sha256"):
        store.path_of("../../etc/passwd")


@pytest.mark.parametrize("damaged", [b"who", b"whale", b"whole and more"])
def test_store_mends_a_file_that_was_damaged(tmp_path: Path, damaged: bytes) -> None:
    store = storage.FileStore(tmp_path)
    digest = store.put(b"whole")
    store.path_of(digest).chmod(0o600)
    store.path_of(digest).write_bytes(damaged)

    assert store.put(b"whole") == digest
    assert store.read(digest) == b"whole"


def test_store_whose_folder_is_away_takes_and_makes_nothing(tmp_path: Path) -> None:
    """A share that is not mounted: what was written in its place would be lost from sight."""
    store = storage.FileStore(tmp_path / "share")

    with pytest.raises(storage.StoreAway, match="不能保存"):
        store.put(b"record")
    with pytest.raises(storage.StoreAway, match="读不到"):
        store.read("0" * 64)
    assert not store.root.exists()


@pytest.mark.parametrize("url", ["s3://bucket", "file://files", "/srv/files"])
def test_configure_takes_only_folders_with_their_full_path(url: str) -> None:
    with pytest.raises(UnsafeConfiguration, match="PROCURE_STORAGE_URL"):
        storage.configure(url)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("合同.pdf", "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf"),
        (
            'a"b\r\nX: y.pdf',
            "attachment; filename=\"ab X y.pdf\"; filename*=UTF-8''a%22b%20X%3A%20y.pdf",
        ),
        ("", "attachment; filename=\"file\"; filename*=UTF-8''%E6%96%87%E4%BB%B6"),
    ],
)
def test_disposition_names_files_for_old_and_new_browsers(name: str, expected: str) -> None:
    assert disposition(name) == expected
