"""The type for papers: Noto Serif CJK SC cut down once to what Chinese official papers use.

WeasyPrint embeds of a font only the glyphs that a paper uses, but keeps their numbers, so every
PDF carries a table as long as the whole font: 62,000 places for Noto. Set-up therefore cuts
regular and bold down to GB 2312 with Latin, punctuation and signs; a contract gets half as big and
is written with half the memory. Rarer characters, as in names, come from the whole font beside it.

Run by set-up:  python -m procure.render.fonts --out static/fonts/subset
"""

import argparse
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import uharfbuzz

#: Where set-up leaves the cut fonts and the printer looks for them.
SUBSET_FOLDER = Path(__file__).parents[2] / "static" / "fonts" / "subset"

#: File that is written: collection it is cut from.
FACES = {
    "song-regular.otf": "NotoSerifCJK-Regular.ttc",
    "song-bold.otf": "NotoSerifCJK-Bold.ttc",
}

#: The face for mainland forms; the same collection holds those of Japan, Korea and the rest.
FAMILY = "Noto Serif CJK SC"

FONT_FOLDERS = ("usr/share/fonts/opentype/noto", "usr/share/fonts/noto-cjk")

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

#: What setting a line across the page needs: composed signs, kerning, and the narrower widths of
#: punctuation. `locl` stays out: it holds every character again for each other region's forms and
#: would double the font.
LAYOUT_FEATURES = ("ccmp", "kern", "liga", "mark", "mkmk", "palt", "halt", "chws")


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


def find_collection(name: str, sysroot: str | None = None) -> Path:
    """Find a font collection, first under the folder where set-up unpacked system packages.

    `sysroot` is that folder, the environment's PROCURE_SYSROOT when not given: an ordinary user's
    set-up has one, an administrator's installs into the machine. Raises FontMissing.
    """
    unpacked = os.environ.get("PROCURE_SYSROOT", "") if sysroot is None else sysroot
    for root in [Path(unpacked)] * bool(unpacked) + [Path("/")]:
        for folder in FONT_FOLDERS:
            if (root / folder / name).is_file():
                return root / folder / name
    raise FontMissing(f"没有找到字体文件 {name}。请先安装系统组件 fonts-noto-cjk。")


def open_face(collection: Path) -> uharfbuzz.Face:
    blob = uharfbuzz.Blob.from_file_path(collection)
    for index in range(uharfbuzz.Face(blob, 0).count):
        face = uharfbuzz.Face(blob, index)
        if face.get_name(uharfbuzz.OTNameIdPredefined.FONT_FAMILY) == FAMILY:
            return face
    raise FontMissing(f"{collection} 中没有字体 {FAMILY}。请安装系统组件 fonts-noto-cjk。")


def cut_font(collection: Path) -> bytes:
    """Cut the mainland face of a collection down to `covered_characters`; returns an OpenType file.

    Of typographic features only LAYOUT_FEATURES stay. Hints are dropped: papers are printed and
    zoomed, and PDF readers ignore them. Raises FontMissing when the collection lacks that face.
    """
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.set(covered_characters())
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.set(
        {int.from_bytes(tag.encode("ascii"), "big") for tag in LAYOUT_FEATURES}
    )
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING
    return bytes(uharfbuzz.subset(open_face(collection), wanted).blob.data)


@lru_cache(maxsize=1)
def printable_characters() -> frozenset[str]:
    """Every character for which the whole font has a glyph; raises FontMissing."""
    face = open_face(find_collection(FACES["song-regular.otf"]))
    return frozenset(map(chr, face.unicodes))


def write_fonts(folder: Path) -> list[Path]:
    """Write every face of FACES into `folder` and return the files; raises FontMissing.

    A file appears under its name only when it is whole, so that a printer at work never reads half
    of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, collection in FACES.items():
        partial = folder / f".{name}.{os.getpid()}"
        partial.write_bytes(cut_font(find_collection(collection)))
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
