"""The type for papers: Noto Serif CJK SC cut down once, and fonts for rare characters beside it.

WeasyPrint embeds of a font only the glyphs that a paper uses, but keeps their numbers, so every
PDF carries a table as long as the whole font: 62,000 places for Noto. Set-up therefore cuts
regular and bold down to GB 2312 with Latin, punctuation and signs; a contract gets half as big and
is written with half the memory.

Characters beyond that, as in names, are cut out of the whole fonts of SOURCES when a paper uses
them, and only those: `rare_faces`. What all of them together can print is `printable_characters`,
which whoever takes a text in can ask before it is stored.

Run by set-up:  python -m procure.render.fonts --out static/fonts/subset
"""

import argparse
import os
import sys
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import cast

import uharfbuzz
from fontTools.ttLib import TTFont

#: Where set-up leaves the cut fonts and the printer looks for them.
SUBSET_FOLDER = Path(__file__).parents[2] / "static" / "fonts" / "subset"

#: The face for mainland forms; the same collection holds those of Japan, Korea and the rest.
FAMILY = "Noto Serif CJK SC"

FONT_FOLDERS = (
    "usr/share/fonts/opentype/noto",
    "usr/share/fonts/noto-cjk",
    "usr/share/fonts/truetype/ancient-scripts",
    "usr/share/fonts/truetype/hanazono",
    "usr/share/fonts/truetype/babelstone",
)


@dataclass(frozen=True)
class Source:
    """A font file of the system: the Debian package that brings it, and which of its faces."""

    file: str
    package: str
    family: str = ""


REGULAR = Source("NotoSerifCJK-Regular.ttc", "fonts-noto-cjk", FAMILY)
BOLD = Source("NotoSerifCJK-Bold.ttc", "fonts-noto-cjk", FAMILY)

#: File that set-up writes: the face it is cut from.
FACES = {"song-regular.otf": REGULAR, "song-bold.otf": BOLD}

#: Whom a character is taken from, the first that has it. Symbola has the ticks and boxes, Hanazono
#: the ideographs of extensions A to F whole, BabelStone Han the better part of G and H (no
#: package of Debian 12 has more of them).
SOURCES = (
    REGULAR,
    Source("Symbola_hint.ttf", "fonts-symbola"),
    Source("HanaMinA.ttf", "fonts-hanazono"),
    Source("HanaMinB.ttf", "fonts-hanazono"),
    Source("BabelStoneHan.ttf", "fonts-babelstone-han"),
)

#: Beside GB 2312: Latin, punctuation, currency, arrows, mathematics, boxes, numbers in circles and
#: brackets, CJK punctuation and compatibility forms, full-width forms.
SIGN_BLOCKS = (
    range(0x0020, 0x007F),
    range(0x00A0, 0x0180),
    range(0x2000, 0x2070),
    range(0x20A0, 0x20D0),
    range(0x2100, 0x2300),
    range(0x2460, 0x2620),
    range(0x3000, 0x3040),
    range(0x3200, 0x3400),
    range(0xFE10, 0xFE50),
    range(0xFF00, 0xFFF0),
)

#: A blank is set in the font of what stands before it.
BLANKS = (0x0020, 0x00A0, 0x3000)

#: What setting a line across the page needs: composed signs, kerning, and the narrower widths of
#: punctuation. `locl` stays out: it holds every character again for each other region's forms and
#: would double the font.
LAYOUT_FEATURES = ("ccmp", "kern", "liga", "mark", "mkmk", "palt", "halt", "chws")


#: The glyph that stands for one the font does not have.
NOTDEF = 0


class FontMissing(Exception):
    """A font that set-up should have installed is absent; the message names it and the way out."""


def _gb2312() -> Iterator[int]:
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield ord(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue  # an unassigned place of the standard's 94 × 94 grid


def covered_characters() -> frozenset[int]:
    """Give the code points that the cut fonts are to hold, as far as the whole font has them."""
    return frozenset(_gb2312()).union(*SIGN_BLOCKS)


def find_font(source: Source, sysroot: str | None = None) -> Path:
    """Find a font file, first under the folder where set-up unpacked system packages.

    `sysroot` is that folder, the environment's PROCURE_SYSROOT when not given: an ordinary user's
    set-up has one, an administrator's installs into the machine. Raises FontMissing.
    """
    unpacked = os.environ.get("PROCURE_SYSROOT", "") if sysroot is None else sysroot
    for root in [Path(unpacked)] * bool(unpacked) + [Path("/")]:
        for folder in FONT_FOLDERS:
            if (root / folder / source.file).is_file():
                return root / folder / source.file
    raise FontMissing(f"没有找到字体文件 {source.file}。请先安装系统组件 {source.package}。")


@lru_cache(maxsize=16)
def open_face(source: Source) -> uharfbuzz.Face:
    """The face of a source, from its file mapped into memory; raises FontMissing."""
    path = find_font(source)
    blob = uharfbuzz.Blob.from_file_path(path)
    for index in range(uharfbuzz.Face(blob, 0).count):
        face = uharfbuzz.Face(blob, index)
        if source.family in ("", face.get_name(uharfbuzz.OTNameIdPredefined.FONT_FAMILY)):
            return face
    raise FontMissing(f"{path} 中没有字体 {source.family}。请安装系统组件 {source.package}。")


def cut_font(source: Source, characters: Iterable[int]) -> bytes:
    """Cut a face down to some code points; returns a font file of its own.

    Of typographic features only LAYOUT_FEATURES stay. Hints are dropped: papers are printed and
    zoomed, and PDF readers ignore them. Raises FontMissing.
    """
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.set(characters)
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.set(
        {int.from_bytes(tag.encode("ascii"), "big") for tag in LAYOUT_FEATURES}
    )
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING
    return _numbered_by_place(bytes(uharfbuzz.subset(open_face(source), wanted).blob.data))


def _numbered_by_place(font: bytes) -> bytes:
    """The same font with CID n for glyph n; one without CFF outlines as it is.

    Cutting numbers the glyphs anew, but a face of Noto keeps the CIDs of its glyphs. WeasyPrint
    writes glyph numbers into a PDF, where a reader has to take them for CIDs (ISO 32000-1,
    9.7.4.2): poppler does not, MuPDF and Ghostscript do and would show none of our characters.
    """
    opened = TTFont(BytesIO(font), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    if "CFF " not in opened:
        return font
    top = opened["CFF "].cff.topDictIndex[0]
    outlines = top.CharStrings
    names = [".notdef"] + [f"cid{number:05d}" for number in range(1, len(top.charset))]
    outlines.charStrings = {
        name: outlines.charStrings[old] for name, old in zip(names, top.charset, strict=True)
    }
    top.charset = outlines.charset = names
    out = BytesIO()
    opened.save(out)
    return out.getvalue()


@lru_cache(maxsize=1)
def cut_characters() -> frozenset[int]:
    """The code points that the cut fonts have glyphs for."""
    return frozenset(each for each in covered_characters() if each in _unicodes(REGULAR))


@dataclass(frozen=True)
class RareFace:
    """A font cut for the rare characters of one paper: `family` is its own name."""

    family: str
    weight: int
    content: bytes


@lru_cache(maxsize=64)
def rare_faces(characters: frozenset[str]) -> tuple[RareFace, ...]:
    """The fonts that print `characters` beyond those of the cut fonts, each holding its share only.

    Their names tell what they hold, so that those of several papers never mix. Characters that no
    source has are in none of them.
    """
    faces = []
    left = {ord(each) for each in characters} - cut_characters()
    for source in SOURCES:
        share = sorted(each for each in left if each in _unicodes(source))
        left.difference_update(share)
        named = sha256(f"{source.file} {share}".encode()).hexdigest()[:12]
        for weight, cut in ((400, source), (700, BOLD if source is REGULAR else None)):
            if share and cut is not None:
                content = cut_font(cut, [*BLANKS, *share])
                faces.append(RareFace(f"Procure Rare {named}", weight, content))
    return tuple(faces)


@lru_cache(maxsize=16)
def _unicodes(source: Source) -> Container[int]:
    """The code points a source has glyphs for; none when its package is not installed."""
    try:
        return cast(Container[int], open_face(source).unicodes)
    except FontMissing:
        return frozenset()


@lru_cache(maxsize=16)
def _font(source: Source) -> uharfbuzz.Font:
    return uharfbuzz.Font(open_face(source))


@lru_cache(maxsize=2**16)
def _sets(character: str) -> bool:
    """Whether a source has the character and every glyph that it is set with.

    HarfBuzz sets some characters as several others, as the Thai U+0E33 as U+0E4D and U+0E32, and a
    font can have the one without the others: the font itself is asked, as it will be for a paper.
    """
    source = next((each for each in SOURCES if ord(character) in _unicodes(each)), None)
    if source is None:
        return False
    buffer = uharfbuzz.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_font(source), buffer)
    return all(glyph.codepoint != NOTDEF for glyph in buffer.glyph_infos)


class PrintableCharacters(Container[str]):
    """The characters that a font of SOURCES can set, by the fonts' own tables and rules."""

    def __contains__(self, character: object) -> bool:
        return isinstance(character, str) and _sets(character)


@lru_cache(maxsize=1)
def printable_characters() -> PrintableCharacters:
    """What papers can print, for `procure.kernel.text.unprintable` to be asked before storing.

    Raises FontMissing when not even the face for papers is installed.
    """
    open_face(REGULAR)
    return PrintableCharacters()


def write_fonts(folder: Path) -> list[Path]:
    """Write every face of FACES into `folder` and return the files; raises FontMissing.

    A file appears under its name only when it is whole, so that a printer at work never reads half
    of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, source in FACES.items():
        partial = folder / f".{name}.{os.getpid()}"
        partial.write_bytes(cut_font(source, covered_characters()))
        written.append(partial.rename(folder / name))
    return written


def main(argv: list[str] | None = None) -> int:
    """Cut the fonts into the folder of --out; 0 when done, 1 when a font is missing."""
    parser = argparse.ArgumentParser(prog="python -m procure.render.fonts", description=__doc__)
    parser.add_argument("--out", type=Path, default=SUBSET_FOLDER, metavar="DIR")
    options = parser.parse_args(argv)
    try:
        for font in write_fonts(options.out):
            print(f"{font} {font.stat().st_size // 1024} KiB", file=sys.stderr)
    except FontMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
