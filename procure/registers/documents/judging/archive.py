"""ZIP archives that are documents: unpacked within limits, looked at part by part."""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO

from procure.registers.documents.judging.answers import Unfit, damaged
from procure.registers.documents.judging.markup import CHUNK

MOST_ENTRIES = 1_000
LARGEST_UNPACKED = 200_000_000
HIGHEST_RATIO = 100

_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""How the library says that an archive is damaged."""

ENCRYPTED = 0x1
"""The flag of an entry that needs a password (APPNOTE 4.4.4)."""

LONGEST_MARK = 1_024
PADDING = b"\0\t\n\r \x1a"
ARCHIVE = (b"PK\x03\x04", b"PK\x05\x06")
PDF_MARK = b"%PDF-"
BEHIND = "文件后面附带的、不属于文件的数据已去掉，内容不变"
_POSTSCRIPT = (b"%!", b"\xc5\xd0\xd3\xc6")
_END = b"PK\x05\x06"
_LENGTH_OF_END = 22
COMPOUND = b"\xd0\xcf\x11\xe0"
"""How the old container of Office begins: macros, OLE objects, documents with a password."""

_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rt",
    b"\x4c\0\0\0\x01\x14\x02\0",
)
_NESTED = re.compile(
    r"\.(?:xlsb|xll|xla|iqy|oqy|dqy|rqy|slk|scf|library-ms|search-ms|settingcontent-ms|jnlp|vhd|img"
    r"|zip|rar|7z|gz|tar|cab|iso|docm|dotm|xlsm|xltm|xlam|pptm|jar|exe|dll|com|scr|msi|cpl|hta"
    r"|js|jse|vbs|vbe|wsf|ps1|bat|cmd|sh|lnk|url|chm|reg|htm|html|mht|mhtml|xhtml|rtf|swf|py)$",
    re.I,
)

Feed = Callable[[bytes, bool], None]
"""Takes a part piece by piece; True with the last."""


class Package:
    """A document in a ZIP archive, its entries within limits. Raises Unfit for what is no such."""

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except _UNREADABLE:
            raise damaged() from None
        self.entries = {entry.filename: entry for entry in self._archive.infolist()}
        self.whole, self.trailing = _without_trailer(content)
        self._left = LARGEST_UNPACKED
        self._check_entries()

    def _check_entries(self) -> None:
        entries = self._archive.infolist()
        packed = sum(entry.compress_size for entry in entries)
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED:
            raise _too_large()
        if unpacked > HIGHEST_RATIO * max(packed, 1):
            raise Unfit("的压缩比异常", "请用原来的软件另存一份后再上传。")
        if len({entry.filename.lower() for entry in entries}) != len(entries):
            raise damaged()
        if any(_strays(entry.filename) for entry in entries):
            raise damaged()
        if any(entry.flag_bits & ENCRYPTED for entry in entries):
            raise Unfit("设有密码，别人打不开", "请去掉密码后重新上传。")
        if min((entry.header_offset for entry in entries), default=0) > 0:
            # Two archives behind each other: programs do not agree which of them is meant.
            raise carries_files()
        if any(_NESTED.search(entry.filename) for entry in entries):
            raise carries_files()

    def read(self, name: str, feed: Feed | None = None) -> None:
        """Unpack a part within the limit, since a header may lie about sizes, and hand it on.

        Raises Unfit for a program or an archive under whatever name.
        """
        begins = b""
        try:
            with self._archive.open(self.entries[name]) as part:
                while piece := part.read(CHUNK):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise _too_large()
                    begins = begins or piece[:LONGEST_MARK]
                    if feed is not None:
                        feed(piece, False)
        except _UNREADABLE:
            raise damaged() from None
        if feed is not None:
            feed(b"", True)
        if begins.startswith(_PROGRAMS):
            raise carries_files()
        if begins.startswith(COMPOUND):
            raise carries_objects()
        if begins.lstrip(PADDING).startswith(_POSTSCRIPT):
            raise Unfit(
                "里有 EPS 图片，那是一段程序，多数电脑不显示",
                "请把这张图换成 PNG 或 JPG，另存一份后再上传；或者导出为 PDF 后再上传。",
            )

    def content(self, name: str) -> bytes:
        """A part whole."""
        pieces: list[bytes] = []
        self.read(name, lambda piece, last: pieces.append(piece))
        return b"".join(pieces)

    def with_parts(self, changed: Mapping[str, bytes]) -> bytes:
        """The same document with some parts replaced."""
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for entry in self._archive.infolist():
                kept = zipfile.ZipInfo(entry.filename, entry.date_time)
                kept.compress_type = entry.compress_type
                name = entry.filename
                made.writestr(kept, changed[name] if name in changed else self._archive.read(entry))
        return out.getvalue()


def _without_trailer(content: bytes) -> tuple[bytes, bool]:
    """The archive up to its end, and whether something stood behind it or in its comment."""
    end = content.rfind(_END) + _LENGTH_OF_END
    if not content[end:].strip(PADDING):
        return content, False
    return content[: end - 2] + bytes(2), True


def carries_files() -> Unfit:
    """For a document with other files inside."""
    return Unfit("里嵌有其他文件", "请去掉嵌入的文件，分别上传；或者导出为 PDF 后再上传。")


def carries_objects() -> Unfit:
    """For a document with OLE objects, or the container in which macros lie."""
    return Unfit(
        "里嵌有 OLE 对象或宏",
        "请去掉嵌入的对象（改成图片或表格），另存为不含宏的文件；或者导出为 PDF 后再上传。",
    )


def _too_large() -> Unfit:
    return Unfit("解开后太大", "请拆分文件，或导出为 PDF 后再上传。")


def _strays(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")
