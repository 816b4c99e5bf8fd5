"""Photographs: taken as readers take them; where they were made is taken out, the picture is not.

What is rewritten are the segments around the picture, byte for byte the rest: the pixels and the
way up stay. A trailer (the film of a motion photo, a maker's data) may hold the place again and is
no part of the photograph, so it goes; zeros and blanks behind the end may stay.
"""

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from procure.registers.documents.judging.answers import Judgement, Unfit, damaged, judged

MOST_PIXELS = 100_000_000
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
PADDING = b"\0\t\n\r \x1a\xff"

PLACE = "拍摄地点（定位信息）已去掉，照片本身不变"
TRAILER = "照片后面附带的数据（动态照片的影像等）已去掉，照片本身不变"
CUT_SHORT = "照片没有传完整，缺的部分显示为灰色；请核对，必要时重新上传"

UNREADABLE = "照片的内容可能显示不出来，请打开核对，必要时重新上传"

_UNREADABLE = (UnidentifiedImageError, SyntaxError, OSError, ValueError, struct.error, zlib.error)
_BROKEN = (*_UNREADABLE, TypeError, KeyError, IndexError)
_EXIF = b"Exif\0\0"
_JPEG_START, _JPEG_END, _JPEG_SCAN = 0xD8, 0xD9, 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_PLAIN = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
"""Segments that describe the picture itself and hold no words."""

_PLACE = re.compile(
    rb"gps(?:[a-z]{3}|[59u])|latitude|longitude|:location|location(?:shown|created)|photoshop:city",
    re.I,
)
_IPTC_PLACE = re.compile(rb"\x1c\x02[\x1a\x5a\x5c\x5f\x64\x65]|8BIM\x04\x22")
_MOTION = re.compile(rb"MotionPhoto|MicroVideo|Container:Directory|^MPF\0")
_PLACE_TAGS = (b"\x25\x88", b"\x88\x25")
_TIME_ONLY = frozenset({0, 7, 18, 27, 29, 30})
"""Fields of the place's directory that do not tell it: version, time, datum, method, day."""

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_PNG_LONGEST_TEXT = 1 << 22


@dataclass(frozen=True)
class _Piece:
    """A segment or chunk: what it is, its payload, and its bytes in the file."""

    kind: int | bytes
    payload: bytes
    whole: bytes


# --- JPEG ---


def judge_jpeg(content: bytes) -> Judgement:
    """Judge a JPEG. Raises Unfit for what no reader shows and for pictures beyond measure."""
    pieces, at = _segments(content)
    end = _end_of_scans(content, at)
    minded = _decode(content, "JPEG", content[end - 2 : end] == b"\xff\xd9")
    trailing = bool(content[end:].strip(PADDING))
    said = [TRAILER] if trailing else []
    kept = []
    for piece in pieces:
        stays = _without_place(piece, trailing)
        if stays is not piece and not (trailing and _MOTION.search(piece.payload)):
            said.append(PLACE)
        if stays is not None:
            kept.append(stays.whole)
    if not said:
        return judged((), minded, content)
    behind = b"" if trailing else content[end:]
    return judged(said, minded, b"\xff\xd8" + b"".join(kept) + content[at:end] + behind)


def _segments(content: bytes) -> tuple[list[_Piece], int]:
    """The segments before the first scan, and where that begins."""
    pieces: list[_Piece] = []
    at = 2
    while (begins := content.find(b"\xff", at)) >= 0:
        if begins > at:
            # Readers pass over what stands between segments; it is judged like a comment.
            pieces.append(_Piece(_COMMENT, content[at:begins], content[at:begins]))
        at = begins
        while content[at : at + 1] == b"\xff":
            at += 1
        marker = content[at] if at < len(content) else _JPEG_END
        if marker in (_JPEG_SCAN, _JPEG_END):
            return pieces, begins
        at += 1
        length = 0 if marker in _STANDALONE else int.from_bytes(content[at : at + 2], "big")
        pieces.append(_Piece(marker, content[at + 2 : at + length], content[begins : at + length]))
        at += length
    raise damaged()


def _end_of_scans(content: bytes, at: int) -> int:
    """Where the picture ends, behind its end mark; the end of the file when it has none."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        marker = content[at + 1]
        if marker == _JPEG_END:
            return at + 2
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE or marker == 0:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return len(content)


def _without_place(piece: _Piece, trailing: bool) -> _Piece | None:
    """The segment as it may stay, None where it goes whole."""
    if piece.kind not in _APPLICATION and piece.kind != _COMMENT:
        return piece
    if any(piece.kind == kind and piece.payload.startswith(mark) for kind, mark in _PLAIN):
        return piece
    if piece.payload.startswith(_EXIF):
        exif = exif_without_place(piece.payload)
        if exif is None:
            return piece
        return replace(piece, whole=_segment(piece.kind, exif)) if exif else None
    if trailing and _MOTION.search(piece.payload):
        return None
    plain = piece.payload.replace(b"\0", b"")
    return None if _PLACE.search(plain) or _IPTC_PLACE.search(piece.payload) else piece


def _segment(kind: int | bytes, payload: bytes) -> bytes:
    assert isinstance(kind, int)
    return struct.pack(">BBH", 0xFF, kind, len(payload) + 2) + payload


# --- PNG ---


def judge_png(content: bytes) -> Judgement:
    """Judge a PNG, as `judge_jpeg` does."""
    if content[12:16] == b"IHDR" and bytes(4) in (content[16:20], content[20:24]):
        raise _too_large()
    chunks = list(_chunks(content))
    whole = bool(chunks) and chunks[-1].kind == b"IEND"
    minded = _decode(content, "PNG", whole)
    said, kept, end = [], [_PNG_HEAD], len(_PNG_HEAD)
    for chunk in chunks:
        end += len(chunk.whole)
        stays = _chunk_without_place(chunk)
        if stays != chunk.whole:
            said.append(PLACE)
        kept.append(stays)
    behind = content[end:]
    if behind.strip(PADDING):
        said.append(TRAILER)
        behind = b""
    return judged(said, minded, b"".join(kept) + behind)


def _chunks(content: bytes) -> Iterator[_Piece]:
    at = len(_PNG_HEAD)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        yield _Piece(kind, content[at + 8 : at + 8 + length], content[at : at + 12 + length])
        at += 12 + length
        if kind == b"IEND":
            return


def _chunk_without_place(chunk: _Piece) -> bytes:
    """The chunk as it may stay, empty where it goes whole."""
    if chunk.kind == b"eXIf":
        exif = exif_without_place(_EXIF + chunk.payload)
        if exif is None:
            return chunk.whole
        body = b"eXIf" + exif.removeprefix(_EXIF)
        packed = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return packed if exif else b""
    if chunk.kind in _PNG_TEXTS and _PLACE.search(_text_of(chunk).replace(b"\0", b"")):
        return b""
    return chunk.whole


def _text_of(chunk: _Piece) -> bytes:
    """All the words of a text chunk, unpacked as far as sense goes; its keyword first."""
    keyword, _, rest = chunk.payload.partition(b"\0")
    if keyword.startswith(b"Raw profile type"):
        # Written by ImageMagick: the maker's data in hexadecimal, which nobody reads as text.
        return b"gpsinfo"
    packed = rest[1:]
    if chunk.kind == b"iTXt":
        packed = rest[2:].split(b"\0", 2)[-1]
        if rest[:1] == b"\0":
            return keyword + packed
    elif chunk.kind == b"tEXt":
        return keyword + rest
    try:
        return keyword + zlib.decompressobj().decompress(packed, _PNG_LONGEST_TEXT)
    except zlib.error:
        return keyword


# --- both ---


def exif_without_place(data: bytes) -> bytes | None:
    """The maker's data without the place; None when it tells none, empty when it is unreadable.

    What stays is what the standard names: the way up, when, with which camera. The maker's own
    note is a closed book and goes with the place.
    """
    if not _tells_place(data):
        return None
    exif, kept = Image.Exif(), Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif.load(data)
            for tag, value in exif.items():
                if tag not in (ExifTags.IFD.GPSInfo, ExifTags.IFD.Exif):
                    kept[tag] = value
            details = exif.get_ifd(ExifTags.IFD.Exif)
            details.pop(ExifTags.IFD.MakerNote, None)
            kept.get_ifd(ExifTags.IFD.Exif).update(details)
            return _EXIF + kept.tobytes().removeprefix(_EXIF)
    except _BROKEN:
        return b""


def _tells_place(data: bytes) -> bool:
    """Whether the maker's data tell the place. The library warns of data that break off or point
    elsewhere: then the mere mention counts.
    """
    exif = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exif.load(data)
            fields = set(exif.get_ifd(ExifTags.IFD.GPSInfo))
            return not fields <= _TIME_ONLY if fields else ExifTags.IFD.GPSInfo in exif
    except (*_BROKEN, UserWarning):
        return any(tag in data for tag in _PLACE_TAGS) or _PLACE.search(data) is not None


def _decode(content: bytes, of_format: str, whole: bool) -> list[str]:
    """Read the picture as a viewer would; what to mind. Raises Unfit when nothing shows.

    `whole` says that the file has its end mark: then it is at most warned about.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=(of_format,))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except _UNREADABLE:
        raise damaged() from None
    with image:
        # A JPEG is read at an eighth: every byte is looked at, little memory is used.
        image.draft("L", (image.width // 8 or 1, image.height // 8 or 1))
        if _loads(image):
            return []
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            if _loads(image):
                return [CUT_SHORT]
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    if whole:
        return [UNREADABLE]
    raise damaged()


def _loads(image: Image.Image) -> bool:
    try:
        image.load()
    except _UNREADABLE:
        return False
    return True


def _too_large() -> Unfit:
    return Unfit("的图像尺寸太大或为零", "请缩小到一亿像素以内再上传。")
