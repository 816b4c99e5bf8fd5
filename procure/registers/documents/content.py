"""What an upload really is, judged by its bytes and never by its name.

Taken: pdf, docx, xlsx, png, jpg. An office file is looked through as the archive it is: how many
entries, how large unpacked, what it would run or fetch.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from procure.kernel.errors import Invalid

LARGEST = 20_000_000
MOST_ENTRIES = 1_000
LARGEST_UNPACKED = 200_000_000
HIGHEST_RATIO = 100
MOST_PIXELS = 100_000_000

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

KINDS = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
}
ACCEPTED = ("pdf", "docx", "xlsx", "png", "jpg")

_MAIN_PARTS = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia|XFA)\b")
_EXTERNAL = re.compile(rb"<[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
_HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']", re.IGNORECASE)
_NESTED = re.compile(r"\.(?:zip|rar|7z|gz|docx|xlsx|pptx|docm|xlsm|jar|exe|dll|js|vbs)$", re.I)
_MACROS = re.compile(r"(?:vbaProject|vbaData|activeX|macrosheets)", re.I)
_MACRO_TYPES = re.compile(rb"macroEnabled|vbaProject|activeX", re.I)
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_CHUNK = 1 << 20


def check_upload(content: bytes, filename: str) -> str:
    """The media type of an upload. Raises Invalid, naming what is wrong and what to do."""
    ending = filename[filename.rfind(".") :].lower() if "." in filename else ""
    expected = KINDS.get(ending)
    if expected is None:
        raise _unfit(filename, "的类型不能上传", "请上传 PDF、DOCX、XLSX、PNG 或 JPG 文件。")
    if not content:
        raise _unfit(filename, "是空文件，没有内容", "请打开文件核对后重新上传。")
    if len(content) > LARGEST:
        raise _unfit(filename, f"超过 {LARGEST // 1_000_000} MB 的上限", "请压缩或拆分后再上传。")
    check, begins = _CHECKS[expected]
    if not begins(content):
        raise _unfit(
            filename,
            f"的内容不是 {ending.removeprefix('.').upper()} 格式",
            "请用原来的软件另存为要求的格式后再上传，不要只改文件名。",
        )
    check(content, filename, expected)
    return expected


def _unfit(filename: str, what: str, remedy: str) -> Invalid:
    return Invalid("file", f"“{filename}”{what}。", remedy=remedy)


def _damaged(filename: str) -> Invalid:
    return _unfit(filename, "已损坏，无法打开", "请打开文件核对，另存一份后重新上传。")


def _check_pdf(content: bytes, filename: str, kind: str) -> None:
    if b"%%EOF" not in content[-2048:]:
        raise _damaged(filename)
    if _ACTIVE_PDF.search(content):
        raise _unfit(
            filename,
            "带有脚本或可执行内容，不能上传",
            "请用“打印为 PDF”的方式重新生成后再上传。",
        )


def _check_png(content: bytes, filename: str, kind: str) -> None:
    try:
        width, height = struct.unpack(">II", content[16:24])
    except struct.error:
        raise _damaged(filename) from None
    if content[12:16] != b"IHDR" or b"IEND" not in content[-12:]:
        raise _damaged(filename)
    _check_pixels(width * height, filename)


def _check_jpeg(content: bytes, filename: str, kind: str) -> None:
    if b"\xff\xd9" not in content[-64:]:
        raise _damaged(filename)
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            _check_pixels(width * height, filename)
            return
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise _damaged(filename)


def _check_pixels(pixels: int, filename: str) -> None:
    if not 0 < pixels <= MOST_PIXELS:
        raise _unfit(filename, "的图像尺寸太大或为零", "请缩小到一亿像素以内再上传。")


def _check_office(content: bytes, filename: str, kind: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_entries(archive, filename, kind)
            _check_parts(archive, filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # RuntimeError is how the library says that an entry is encrypted.
        raise _damaged(filename) from None


def _check_entries(archive: zipfile.ZipFile, filename: str, kind: str) -> None:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED:
        raise _unfit(filename, "解开后太大", "请拆分文件，或导出为 PDF 后再上传。")
    if unpacked > HIGHEST_RATIO * max(packed, 1):
        raise _unfit(filename, "的压缩比异常", "请用办公软件另存一份后再上传。")
    if len(set(names)) != len(names) or any(_strays(name) for name in names):
        raise _damaged(filename)
    if "[Content_Types].xml" not in names or _MAIN_PARTS[kind] not in names:
        raise _unfit(filename, "的内容与文件类型不符", "请用办公软件另存一份后再上传。")
    if any(_MACROS.search(name) for name in names):
        raise _macros(filename)
    if any(_NESTED.search(name) for name in names):
        raise _unfit(filename, "里嵌有其他文件", "请去掉嵌入的文件，分别上传。")


def _check_parts(archive: zipfile.ZipFile, filename: str) -> None:
    """Unpack every part within the limit, since a header may lie about sizes, and look inside."""
    left = LARGEST_UNPACKED
    for entry in archive.infolist():
        head = b""
        with archive.open(entry) as part:
            while piece := part.read(_CHUNK):
                left -= len(piece)
                if left < 0:
                    raise _unfit(filename, "解开后太大", "请拆分文件后再上传。")
                head = head or piece
        if entry.filename.endswith((".xml", ".rels")) and _ENTITIES.search(head):
            raise _damaged(filename)
        if entry.filename == "[Content_Types].xml" and _MACRO_TYPES.search(head):
            raise _macros(filename)
        if entry.filename.endswith(".rels") and _fetches(head):
            raise _unfit(
                filename,
                "引用了外部文件或模板",
                "请断开外部链接，或导出为 PDF 后再上传。",
            )


def _fetches(relations: bytes) -> bool:
    """Whether opening the file would fetch something; a hyperlink waits for a click."""
    return any(not _HYPERLINK.search(found.group()) for found in _EXTERNAL.finditer(relations))


def _strays(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def _macros(filename: str) -> Invalid:
    return _unfit(filename, "含有宏，不能上传", "请另存为不含宏的 DOCX 或 XLSX 后再上传。")


_Check = Callable[[bytes, str, str], None]
_Begins = Callable[[bytes], bool]


def _starts(*marks: bytes) -> _Begins:
    return lambda content: content.startswith(marks)


_CHECKS: dict[str, tuple[_Check, _Begins]] = {
    PDF: (_check_pdf, _starts(b"%PDF-")),
    PNG: (_check_png, _starts(b"\x89PNG\r\n\x1a\n")),
    JPEG: (_check_jpeg, _starts(b"\xff\xd8\xff")),
    DOCX: (_check_office, _starts(b"PK\x03\x04")),
    XLSX: (_check_office, _starts(b"PK\x03\x04")),
}
