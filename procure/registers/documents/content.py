"""What an upload really is, judged by its content and never by its name.

Four outcomes: taken, taken with a warning, cleaned and then taken, refused with advice. The look
inside happens in a process of its own (`judging.child`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from procure.kernel.errors import Invalid
from procure.kernel.uploads import (
    ADVICE,
    AS_IT_CAME,
    DOCX,
    HEIC_ADVICE,
    JPEG,
    KINDS,
    OFD,
    PDF,
    PNG,
    XLSX,
    XML,
    Outcome,
    Reception,
    ending_of,
    kinds_in_words,
)
from procure.registers.documents.judging.answers import Judgement, Unfit
from procure.registers.documents.judging.child import judge_apart

LARGEST = 20_000_000
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS_OF_TEXT = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

_Begins = Callable[[bytes], bool]
Apart = Callable[[bytes, str], Judgement]


@dataclass(frozen=True)
class Upload:
    """An upload that is taken: its bytes as they are kept, and what became of it."""

    content: bytes
    media_type: str
    reception: Reception = AS_IT_CAME


def check_upload(content: bytes, filename: str, how: Apart = judge_apart) -> Upload:
    """Judge an upload. Raises Invalid, naming what is wrong and what to do.

    `how` its structure is judged: in a process of its own, unless a test has thousands to ask.
    """
    ending = ending_of(filename)
    media_type = KINDS.get(ending)
    try:
        if media_type is None:
            raise _another_kind(ending)
        _refuse_at_sight(content, ending, media_type)
        judgement = how(content, media_type)
    except Unfit as unfit:
        raise Invalid("file", f"“{filename}”{unfit.what}。", remedy=unfit.remedy) from None
    if judgement.content is None:
        return Upload(content, media_type, Reception(judgement.outcome, judgement.notes))
    original = hashlib.sha256(content).hexdigest()
    cleaned = Reception(Outcome.CLEANED, judgement.notes, original)
    return Upload(judgement.content, media_type, cleaned)


def _another_kind(ending: str) -> Unfit:
    taken = f"请上传 {kinds_in_words(tuple(KINDS))} 文件。"
    return Unfit("的类型不能上传", ADVICE.get(ending, taken))


def _refuse_at_sight(content: bytes, ending: str, media_type: str) -> None:
    """What the first bytes and the size tell. Raises Unfit."""
    if not content:
        raise Unfit("是空文件，没有内容", "请打开文件核对后重新上传。")
    if len(content) > LARGEST:
        raise Unfit(f"超过 {LARGEST // 1_000_000} MB 的上限", "请压缩或拆分后再上传。")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise Unfit("其实是 HEIC 照片，只改了文件名", HEIC_ADVICE)
    if not _BEGINS[media_type](content):
        raise Unfit(
            f"的内容不是 {ending.removeprefix('.').upper()} 格式",
            "请用原来的软件另存为要求的格式后再上传，不要只改文件名。",
        )


def _starts(*marks: bytes) -> _Begins:
    return lambda content: content.startswith(marks)


def _starts_as_text(content: bytes) -> bool:
    for mark in _MARKS_OF_TEXT:
        content = content.removeprefix(mark)
    return content[:64].replace(b"\0", b"").lstrip().startswith(b"<")


_BEGINS: dict[str, _Begins] = {
    PDF: lambda content: b"%PDF-" in content[:1029],
    PNG: _starts(b"\x89PNG\r\n\x1a\n"),
    JPEG: _starts(b"\xff\xd8\xff"),
    DOCX: _starts(_ZIP, _OLD_OFFICE),
    XLSX: _starts(_ZIP, _OLD_OFFICE),
    OFD: _starts(_ZIP),
    XML: _starts_as_text,
}
