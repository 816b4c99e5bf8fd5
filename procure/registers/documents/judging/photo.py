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
PHOTOS = "里面照片的拍摄地点（定位信息）或照片后面附带的数据已去掉，画面不变"
PHOTOS_TELL = "里面的照片带有拍摄地点（定位信息），请确认可以让别人看到"
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
_WORDS_OF_PLACE = re.compile(
    r"(?<![a-z])(?:lat|lng|lon)(?:itude)?[\"']?[\s:=：＝]{1,3}[\"']?[-+]?\d"
    r"|gps\W{0,3}\d|geo:[-+]?\d|[-+]\d{2}\.\d{3,}[-+]\d{3}\.\d{3,}"
    r"|\d{1,2}\.\d{4,}°?\s{0,3}[NS]?\s{0,3}[,;，；]\s{0,3}[-+EW]?\s{0,3}\d{1,3}\.\d{4,}"
    r"|\d\s*[°º]\s*(?:\d{1,2}|[NSEW东西南北])"
    r"|经度|纬度|經度|緯度|经纬|坐标|北纬|南纬|东经|西经|定位|地址|拍摄地"
    r"|(?:省|市|区|县)[\u4e00-\u9fff]{1,12}(?:区|县|镇|乡|街|路|道|村|巷)",
    re.I,
)
"""How people and programs write a place into a comment: figures with their names, an address."""

_IPTC_PLACE = re.compile(rb"\x1c\x02[\x1a\x5a\x5c\x5f\x64\x65]|8BIM\x04\x22")
_MOTION = re.compile(rb"MotionPhoto|MicroVideo|Container:Directory|^MPF\0")
_PLACE_TAGS = (b"\x25\x88", b"\x88\x25")
_TIME_ONLY = frozenset({0, 7, 18, 27, 29, 30})
"""Fields of the place's directory that do not tell it: version, time, datum, method, day."""

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_PNG_KINDS = frozenset(
    {
        *(b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST"),
        *(b"tRNS", b"pHYs", b"sPLT", b"eXIf", b"tIME", b"acTL", b"fcTL", b"fdAT", *_PNG_TEXTS),
    }
)
"""What may stand beside the picture by the standard (PNG, third edition, 11.3)."""

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
    said, cleaned, whole = _cleaned_jpeg(content)
    return judged(said, _decode(content, "JPEG", whole), cleaned)


def _cleaned_jpeg(content: bytes) -> tuple[list[str], bytes, bool]:
    """What was taken out, the photograph without it, and whether it had its end mark."""
    pieces, at = _segments(content)
    scans, end = _scans(content, at)
    trailing = bool(content[end:].strip(PADDING))
    said = [TRAILER] if trailing else []
    kept = []
    for piece in (*pieces, *scans):
        stays = _without_place(piece, trailing)
        if stays is not piece and not (trailing and _MOTION.search(piece.payload)):
            said.append(PLACE)
        if stays is not None:
            kept.append(stays.whole)
    behind = b"" if trailing else content[end:]
    whole = content[end - 2 : end] == b"\xff\xd9"
    return said, b"\xff\xd8" + b"".join(kept) + behind, whole


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


def _scans(content: bytes, at: int) -> tuple[list[_Piece], int]:
    """The scans with what may stand between them, and where the picture ends: behind its end mark,
    or with the file.
    """
    pieces: list[_Piece] = []
    begins, end = at, len(content)
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        marker = content[at + 1]
        if marker == _JPEG_END:
            end = at + 2
            break
        if marker == 0xFF:
            at += 1
            continue
        plain = marker in _STANDALONE or marker == 0
        behind = at + 2 + (0 if plain else int.from_bytes(content[at + 2 : at + 4], "big"))
        if marker in _APPLICATION or marker == _COMMENT:
            pieces.append(_Piece(_JPEG_SCAN, b"", content[begins:at]))
            pieces.append(_Piece(marker, content[at + 4 : behind], content[at:behind]))
            begins = behind
        at = behind
    pieces.append(_Piece(_JPEG_SCAN, b"", content[begins:end]))
    return pieces, end


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
    if _EXIF in piece.payload or _IPTC_PLACE.search(piece.payload):
        return None
    return None if words_tell_place(piece.payload) else piece


def _segment(kind: int | bytes, payload: bytes) -> bytes:
    assert isinstance(kind, int)
    return struct.pack(">BBH", 0xFF, kind, len(payload) + 2) + payload


# --- PNG ---


def judge_png(content: bytes) -> Judgement:
    """Judge a PNG, as `judge_jpeg` does."""
    if content[12:16] == b"IHDR" and bytes(4) in (content[16:20], content[20:24]):
        raise _too_large()
    said, cleaned, whole = _cleaned_png(content)
    return judged(said, _decode(content, "PNG", whole), cleaned)


def _cleaned_png(content: bytes) -> tuple[list[str], bytes, bool]:
    """The same of a PNG as `_cleaned_jpeg` tells."""
    chunks = list(_chunks(content))
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
    whole = bool(chunks) and chunks[-1].kind == b"IEND"
    return said, b"".join(kept) + behind, whole


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
    if chunk.kind in _PNG_TEXTS and words_tell_place(_text_of(chunk)):
        return b""
    # What the standard does not name is a program's own and may be anything.
    own = isinstance(chunk.kind, bytes) and chunk.kind[:1].islower()
    known = chunk.kind in _PNG_KINDS or not own
    if not known and (_tells_place(_EXIF + chunk.payload) or words_tell_place(chunk.payload)):
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


def without_place(content: bytes) -> bytes | None:
    """A photograph inside another file without the place where it was made and without what is
    behind it; None when it tells none, is damaged or is no photograph.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            said, cleaned, _ = _cleaned_jpeg(content)
        elif content.startswith(_PNG_HEAD):
            said, cleaned, _ = _cleaned_png(content)
        else:
            return None
    except Unfit:
        return None
    return cleaned if said else None


def may_tell_place(content: bytes) -> bool:
    """Whether a picture tells where it was made that only can be warned about: a TIFF, WebP."""
    if content.startswith((b"II*\0", b"MM\0*")):
        return _tells_place(_EXIF + content)
    at = content.find(b"EXIF") if content[8:12] == b"WEBP" else -1
    return at >= 0 and _tells_place(_EXIF + content[at + 8 :].removeprefix(_EXIF))


def words_tell_place(words: bytes) -> bool:
    """Whether words in an encoding nobody names tell a place."""
    if _PLACE.search(words.replace(b"\0", b"")):
        return True
    readings = [words.replace(b"\0", b"").decode("utf-8", "ignore")]
    readings += [words.decode(code, "ignore") for code in ("gb18030", "utf-16-le", "utf-16-be")]
    return any(_WORDS_OF_PLACE.search(reading) for reading in readings)


def _value_tells_place(value: object) -> bool:
    if isinstance(value, str):
        # The library reads text as Latin letters whatever it is.
        return words_tell_place(value.encode("latin-1", "replace")) or words_tell_place(
            value.encode()
        )
    return isinstance(value, bytes) and words_tell_place(value)


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
                places = (ExifTags.IFD.GPSInfo, ExifTags.IFD.Exif)
                if tag not in places and not _value_tells_place(value):
                    kept[tag] = value
            details = exif.get_ifd(ExifTags.IFD.Exif)
            details.pop(ExifTags.IFD.MakerNote, None)
            plain = {tag: said for tag, said in details.items() if not _value_tells_place(said)}
            kept.get_ifd(ExifTags.IFD.Exif).update(plain)
            rest = _EXIF + kept.tobytes().removeprefix(_EXIF)
    except _BROKEN:
        return b""
    return b"" if _tells_place(rest) else rest


def _tells_place(data: bytes) -> bool:
    """Whether the maker's data tell the place. The library warns of data that break off or point
    elsewhere: then the mere mention counts. The small picture inside may have data of its own.
    """
    if _EXIF in data[len(_EXIF) :]:
        return True
    exif = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exif.load(data)
            fields = set(exif.get_ifd(ExifTags.IFD.GPSInfo))
            values = (*exif.values(), *exif.get_ifd(ExifTags.IFD.Exif).values())
            if any(map(_value_tells_place, values)):
                return True
            return not fields <= _TIME_ONLY if fields else ExifTags.IFD.GPSInfo in exif
    except (*_BROKEN, UserWarning):
        return any(tag in data for tag in _PLACE_TAGS) or words_tell_place(data)


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
