"""A paper as different readers show it: poppler is forgiving where the standard is not."""

import io
import subprocess
from collections import Counter
from collections.abc import Iterator

import pikepdf
import pikepdf.pdfa
import pymupdf
import pypdfium2
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageStat

from tests.printing import as_printed

LOOKED_AT_DPI = 100


def plain(text: str) -> str:
    """Text without blanks and line breaks: where a reader breaks lines is its own affair."""
    return "".join(text.split())


def poppler_text(content: bytes) -> str:
    out = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=as_printed(content), capture_output=True, check=True
    )
    return plain(out.stdout.decode())


def mupdf_text(content: bytes) -> str:
    with pymupdf.open(stream=as_printed(content), filetype="pdf") as paper:
        return plain("".join(page.get_text() for page in paper))


def pdfium_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(as_printed(content)) as paper:
        return plain("".join(page.get_textpage().get_text_range() for page in paper))


def mupdf_pages(content: bytes) -> list[Image.Image]:
    """The pages as grey pictures."""
    with pymupdf.open(stream=as_printed(content), filetype="pdf") as paper:
        shown = [page.get_pixmap(dpi=LOOKED_AT_DPI, colorspace=pymupdf.csGRAY) for page in paper]
    return [Image.frombytes("L", (each.width, each.height), each.samples) for each in shown]


def pdfium_pages(content: bytes) -> list[Image.Image]:
    """The same pages by the reader of Chrome."""
    with pypdfium2.PdfDocument(as_printed(content)) as paper:
        return [page.render(scale=LOOKED_AT_DPI / 72, grayscale=True).to_pil() for page in paper]


def unlike(one: Image.Image, other: Image.Image) -> float:
    """How much the ink of two pictures of a page differs, as a share of the ink of the first.

    Compared in fields of a tenth of an inch: how an edge is smoothed is each reader's own affair.
    """
    assert one.size == other.size
    coarse, other_coarse = one.reduce(LOOKED_AT_DPI // 10), other.reduce(LOOKED_AT_DPI // 10)
    difference = ImageChops.difference(coarse, other_coarse)
    return _grey(difference) / max(1.0, _grey(ImageChops.invert(coarse)))


def _grey(picture: Image.Image) -> float:
    return float(ImageStat.Stat(picture).sum[0])


def glyph_faults(content: bytes) -> list[str]:
    """Where a font's codes and the program embedded for it disagree (ISO 19005-2, 6.2.11.4.1, .5).

    Codes are mapped as the standard says (ISO 32000-1, 9.7.4.2): of an OpenType program with CFF
    outlines through its charset, of TrueType outlines by number.
    """
    faults = []
    with pikepdf.open(io.BytesIO(as_printed(content))) as paper:
        for each in paper.objects:
            if not isinstance(each, pikepdf.Dictionary) or each.get("/Type") != "/Font":
                continue
            if each.get("/Subtype") in ("/CIDFontType0", "/CIDFontType2"):
                faults += _disagreements(each)
    return faults


def _disagreements(font: pikepdf.Dictionary) -> list[str]:
    descriptor = font.FontDescriptor
    program = descriptor.get("/FontFile3", descriptor.get("/FontFile2"))
    if program is None:
        return [f"{font.BaseFont}: not embedded"]
    opened = TTFont(io.BytesIO(program.read_bytes()))
    order = opened.getGlyphOrder()
    if "CFF " in opened:
        charset = opened["CFF "].cff.topDictIndex[0].charset
        glyphs = {int(name[3:]) if name.startswith("cid") else 0: name for name in charset}
    else:
        glyphs = dict(enumerate(order))
    scale = 1000 / opened["head"].unitsPerEm
    faults = []
    for code, width in _widths(font.W):
        glyph = glyphs.get(code)
        if glyph is None:
            faults.append(f"{font.BaseFont}: code {code} selects no glyph")
        elif abs(opened["hmtx"].metrics[glyph][0] * scale - width) > 1:
            faults.append(f"{font.BaseFont}: code {code} has another width than its glyph")
    return faults


def _widths(written: pikepdf.Array) -> list[tuple[int, float]]:
    """The pairs of code and width in a W array of the form `first [width …]`."""
    pairs = []
    for first, widths in zip(list(written)[::2], list(written)[1::2], strict=True):
        pairs += [(int(first) + at, float(width)) for at, width in enumerate(widths)]
    return pairs


def archive_faults(content: bytes) -> list[str]:
    """What keeps a paper from the PDF/A flavour it claims, by pikepdf's strict validator."""
    with pikepdf.open(io.BytesIO(as_printed(content))) as paper:
        with paper.open_metadata() as claims:
            flavour = claims["pdfaid:part"] + claims["pdfaid:conformance"].lower()
        findings = pikepdf.pdfa.check(paper, flavour).findings
        # The rest are things that the validator does not know, like the empty list of patterns.
        return [str(finding) for finding in findings if finding.kind == "violation"]


Part = tuple[str, str, tuple[str, ...]]
"""What a part of a paper is, the words in its place, and what it stands in."""


def structure(content: bytes) -> Iterator[Part]:
    """What a reader that speaks is told of a paper."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked) and str(pdf.Root.Lang) == "zh-CN"
        yield from _parts(pdf.Root.StructTreeRoot, ())


def _parts(node: pikepdf.Object, within: tuple[str, ...]) -> Iterator[Part]:
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _parts(one, within)
    elif isinstance(node, pikepdf.Dictionary):
        kind = str(node.get("/S", ""))
        if kind:
            yield kind, str(node.get("/Alt", "")), within
        if "/K" in node:
            yield from _parts(node.K, (*within, kind))


def type_sizes(content: bytes) -> Counter[float]:
    """How many characters are printed in each size, in points."""
    sizes: Counter[float] = Counter()
    with pymupdf.open(stream=content, filetype="pdf") as pdf:
        for page in pdf:
            for block in page.get_text("dict")["blocks"]:
                for line in block.get("lines", ()):
                    for span in line["spans"]:
                        sizes[round(span["size"], 1)] += len(plain(span["text"]))
    return sizes
