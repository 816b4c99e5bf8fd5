"""Uploads: which kinds of file are taken for what, what to do with the others, what a file is called.

The one place for the lists of kinds and for the advice; forms, fields and the check of content all
ask here. What a file really is, whatever its name says: procure.registers.documents.content.
"""

import re
import unicodedata
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from procure.kernel import text
from procure.kernel.labelled import LabelledEnum

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFD = "application/ofd"
XML = "application/xml"

KINDS = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".jfif": JPEG,
    ".jpe": JPEG,
    ".ofd": OFD,
    ".xml": XML,
}
"""The media type of each ending; nothing else is taken anywhere."""

_PHOTOS = (".jpg", ".jpeg", ".jfif", ".jpe", ".png")
"""Photographs, under every ending that cameras, telephones and browsers save them with."""

EVIDENCE = (".pdf", *_PHOTOS)
"""Proof of a service: sign-in sheets, photographs."""

REPORTS = (*EVIDENCE, ".docx", ".xlsx")
"""What a milestone or a bid is proved with."""

INVOICES = (".pdf", ".ofd", ".xml", *_PHOTOS)
"""How the tax office hands out an invoice: PDF, OFD or XML; or a paper one photographed."""

_AS_WORD = "请用 Word 或 WPS 打开后另存为 DOCX，或者导出为 PDF。"
_AS_SHEET = "请用 Excel 或 WPS 打开后另存为 XLSX，或者导出为 PDF。"
_AS_PDF = "请打开后打印或导出为 PDF，上传 PDF。"
_AS_PICTURE = "请用看图软件打开后另存为 JPG 或 PNG；多页的扫描件请存为 PDF。"
_UNPACKED = "请先解压，再把里面的文件逐个上传。"
HEIC_ADVICE = (
    "这是 iPhone 的 HEIC 照片，多数电脑打不开。请在 iPhone 的“设置 → 相机 → 格式”里选"
    "“兼容性最佳”后重新拍摄；已经拍好的，用看图软件另存为 JPG 再上传。"
)

ADVICE = {
    ".heic": HEIC_ADVICE,
    ".heif": HEIC_ADVICE,
    ".doc": _AS_WORD,
    ".wps": _AS_WORD,
    ".rtf": _AS_WORD,
    ".docm": "请另存为不含宏的 DOCX。",
    ".xls": _AS_SHEET,
    ".et": _AS_SHEET,
    ".csv": _AS_SHEET,
    ".xlsm": "请另存为不含宏的 XLSX。",
    ".docx": _AS_PDF,
    ".xlsx": _AS_PDF,
    ".ppt": _AS_PDF,
    ".pptx": _AS_PDF,
    ".dps": _AS_PDF,
    ".txt": _AS_PDF,
    ".htm": _AS_PDF,
    ".html": _AS_PDF,
    ".ofd": "请用 OFD 阅读器打开后导出为 PDF，上传 PDF。",
    ".xml": "请上传同一份材料的 PDF。",
    ".zip": _UNPACKED,
    ".rar": _UNPACKED,
    ".7z": _UNPACKED,
    ".gif": _AS_PICTURE,
    ".bmp": _AS_PICTURE,
    ".webp": _AS_PICTURE,
    ".tif": _AS_PICTURE,
    ".tiff": _AS_PICTURE,
}
"""What to do with a file whose kind is not taken, by its ending."""

_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DOTS = ".．。｡․﹒"
LONGEST_NAME = 120
NAMELESS = "未命名文件"


class Outcome(LabelledEnum):
    """What became of an upload that was taken; the fourth outcome is a refusal."""

    TAKEN = "taken", "已接收"
    WARNED = "warned", "已接收，请留意"
    CLEANED = "cleaned", "已接收，平台做了清理"


@dataclass(frozen=True)
class Reception:
    """What became of an upload that was taken: the outcome, a sentence for each thing that was
    cleaned or is to be minded, and the SHA-256 of the bytes as they came where others are kept.
    """

    outcome: Outcome = Outcome.TAKEN
    notes: tuple[str, ...] = ()
    original_sha256: str = ""

    @property
    def words(self) -> str:
        """What the people who see the file are told; "" when there is nothing to tell."""
        if self.outcome is Outcome.TAKEN:
            return ""
        return f"{self.outcome.label}：{'；'.join(self.notes)}。"

    def telling(self, notes: tuple[str, ...]) -> "Reception":
        """The same, with more to mind."""
        if not notes:
            return self
        outcome = Outcome.WARNED if self.outcome is Outcome.TAKEN else self.outcome
        return replace(self, outcome=outcome, notes=(*self.notes, *notes))


AS_IT_CAME = Reception()
"""A file that is kept as it came and of which nobody need be told anything."""


def reception_from(said: Mapping[str, Any] | None) -> Reception:
    """A reception as drafts and envelopes keep it; those of 0.2 and before keep none."""
    if said is None:
        return AS_IT_CAME
    return Reception(Outcome(said["outcome"]), tuple(said["notes"]), said["original_sha256"])


def ending_of(filename: str) -> str:
    """The ending with its dot in small letters; "" when there is none."""
    _, dot, ending = _dotted(filename).rpartition(".")
    return f".{ending.lower()}" if dot else ""


def _dotted(name: str) -> str:
    """The name with its ending in narrow letters behind a narrow dot, where it has one so.

    Chinese input methods write 照片．png; what stands behind the last dot counts only as an ending
    that is known, so that a wide dot in a sentence stays.
    """
    dot = max(map(name.rfind, _DOTS))
    ending = unicodedata.normalize("NFKC", name[dot + 1 :]).strip()
    known = dot >= 0 and f".{ending.lower()}" in (*KINDS, *ADVICE)
    return f"{name[:dot]}.{ending}" if known else name


def kinds_in_words(accept: Sequence[str]) -> str:
    """The kinds of a list for people: one kind is named once, whatever endings it has."""
    by_kind = {KINDS.get(ending, ending): ending for ending in reversed(accept)}
    return "、".join(ending[1:].upper() for ending in reversed(by_kind.values()))


def advice_on(filename: str, accept: Sequence[str]) -> str:
    """What to do with a file whose kind is not on the list."""
    taken = f"这里可以上传 {kinds_in_words(accept)} 文件。"
    return ADVICE.get(ending_of(filename), "") + taken


def file_name(given: str) -> str:
    """A file's own name: no folders, nothing invisible or turning the line round, in one spelling.

    The ending stays when the name is cut to its limit; what has nothing before the dot gets a name.
    """
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    plain = _dotted("".join(filter(str.isprintable, text.clean(last))).rstrip(". "))
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:LONGEST_NAME] or NAMELESS
    kept = stem.strip(". ")[: LONGEST_NAME - len(ending) - 1] or NAMELESS
    return f"{kept}.{ending}"[:LONGEST_NAME]


def told_name(given: str, glyphs: Container[str]) -> tuple[str, tuple[str, ...]]:
    """A file's name as it is kept and printed, and what its owner is told when it changed unseen.

    Receipts and records list names of files: what no paper can show (`glyphs` holds what it can) is
    taken out now and never found at the printing of a receipt.
    """
    name = file_name(given)
    lost = {fault.character for fault in text.unprintable(name, glyphs)}
    printed = file_name("".join(letter for letter in name if letter not in lost)) if lost else name
    if lost:
        return printed, (f"文件名里有文书印不出的字符，已去掉，现在叫“{printed}”",)
    if _TURNING.search(given):
        return printed, (f"文件名里有颠倒显示顺序的字符，已去掉，现在叫“{printed}”",)
    return printed, ()


def distinct_name(name: str, taken: Collection[str]) -> str:
    """The name, or the same with a number that no other file has: 合同.pdf, 合同（2）.pdf."""
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number, distinct = 1, name
    while distinct in taken:
        number += 1
        mark = f"（{number}）"
        room = LONGEST_NAME - len(mark) - len(dot + ending)
        distinct = f"{stem[:room]}{mark}{dot}{ending}"
    return distinct
