"""The typesetter's own process: HTML to PDF with WeasyPrint, under limits, seeing nothing else.

`procure.render.pdf` starts this module as a child with an empty environment and talks to it over
its standard input and output. It keeps fonts, parsed style sheets and compiled templates warm. It
has no network where the system allows to give it up, one gibibyte of address space and a
minute of processor for each paper.
"""

import ctypes
import gc
import json
import logging
import os
import resource
import select
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import category, normalize

from weasyprint import CSS, HTML, Attachment
from weasyprint.document import Document
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from procure.kernel.errors import DomainError
from procure.kernel.text import clean_lines, unprintable
from procure.render.charts import ChartsUnavailable
from procure.render.documents import (
    PRINT_CHART,
    PRINT_FONTS,
    DocumentTemplate,
    compile_pages,
    complete_data,
    document_html,
    load_template,
    snapshot_of,
    template_names,
)
from procure.render.fields import TemplateFault, with_texts
from procure.render.fonts import (
    FACES,
    SUBSET_FOLDER,
    RareFace,
    cut_characters,
    printable_characters,
    rare_faces,
)
from procure.render.frames import read_frame, write_frame

ADDRESS_SPACE = 1024**3
CPU_SECONDS = 60
CUT_FAMILY, WHOLE_FAMILY = PRINT_FONTS
WEIGHTS = {"song-regular.otf": 400, "song-bold.otf": 700}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIGNS, TEXT_SIGN = {"So", "Sk", "Sm"}, "\ufe0e"
# Only the first guess whether a paper outgrows its limit; what is printed goes by its pages.
CHARACTERS_A_PAGE = 620


@dataclass(frozen=True)
class Typeset:
    """A paper on pages."""

    pdf: bytes
    pages: int


class RefusedAddress(FatalURLFetchingError):  # type: ignore[misc]  # WeasyPrint has no types
    """The paper asked for something that is not part of its template."""


class FixedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Resolves the addresses of a fixed dictionary and stops the rendering at any other."""

    def __init__(self, known: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._known = known

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The bytes of a known address; raises RefusedAddress."""
        content = self._known.get(url)
        if content is None:
            raise RefusedAddress(f"a template asked for {url[:200]}")
        kind = "image/svg+xml" if url.endswith(".svg") else "image/png"
        return URLFetcherResponse(
            url, content, {"Content-Type": "font/otf" if url.startswith("font:") else kind}
        )


@lru_cache(maxsize=1)
def _font_files() -> Mapping[str, bytes]:
    """The cut fonts by address; none when the set-up has not cut them."""
    files = {name: SUBSET_FOLDER / name for name in FACES}
    if not all(path.is_file() for path in files.values()):
        return {}
    return {f"font:{name}": path.read_bytes() for name, path in files.items()}


def _font_face(family: str, weight: int, address: str) -> str:
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{address}") }}'


def _font_faces() -> str:
    return "".join(
        _font_face(CUT_FAMILY, WEIGHTS[name], f"font:{name}")
        for name in FACES
        if f"font:{name}" in _font_files()
    )


def _legible(text: str, absent: frozenset[str] = frozenset()) -> str:
    """A text as it is printed: marks nobody sees left out, a character without glyph by its code.

    Whoever takes a text in refuses what cannot be printed. What is stored all the same, from older
    versions or other systems, must not keep a paper from being made on the day it is due. `absent`
    are glyphs that a first try has found wanting, of a character or of a part of it.
    """
    cleaned = clean_lines(text)
    for each in dict.fromkeys(cleaned) if absent else ():
        if absent & {each, *normalize("NFKD", each)}:
            cleaned = cleaned.replace(each, _code(each))
    for unfit in unprintable(cleaned, printable_characters()):
        cleaned = cleaned.replace(unfit.character, _code(unfit.character))
    return cleaned


def _code(character: str) -> str:
    return f"〔U+{ord(character):04X}〕"


def _as_signs(text: str) -> str:
    """The text with its signs marked as text: what may also be a coloured picture (emoji) Pango
    would otherwise look for in a typeface of pictures.
    """
    return "".join(each + TEXT_SIGN if category(each) in SIGNS else each for each in text)


@dataclass(frozen=True)
class _Type:
    """The typefaces of one paper: the house's own and those cut for its rare characters."""

    rare: tuple[RareFace, ...] = ()

    @property
    def families(self) -> tuple[str, ...]:
        """Their names in the order in which a character is looked for."""
        return (CUT_FAMILY, *dict.fromkeys(face.family for face in self.rare), WHOLE_FAMILY)

    @property
    def files(self) -> dict[str, bytes]:
        """The fonts by the addresses that `stylesheet` loads them from."""
        return {_address(face): face.content for face in self.rare}

    @property
    def stylesheet(self) -> str:
        """Loads the fonts for rare characters and prints with them; empty when there are none."""
        if not self.rare:
            return ""
        loaded = [_font_face(face.family, face.weight, _address(face)) for face in self.rare]
        names = ", ".join(f'"{family}"' for family in self.families)
        return "".join(loaded) + f"html {{ font-family: {names} }}"


def _address(face: RareFace) -> str:
    return f"font:{face.family.replace(' ', '-')}-{face.weight}"


class _Warnings(logging.Handler):
    """Keeps what WeasyPrint complains about; a character without a glyph apart."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        self.missing: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, str) and record.msg.startswith(".notdef") and record.args:
            self.missing.append(str(next(iter(record.args))))
        else:
            self.messages.append(record.getMessage())


class Typesetter:
    """Sets papers from templates below one folder; one paper at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._fonts = FontConfiguration()
        self._styles: dict[str, list[CSS]] = {}
        LOGGER.setLevel(logging.WARNING)
        LOGGER.propagate = False

    def typeset(self, reference: str, data: Any) -> Typeset:
        """The paper as PDF.

        Raises Invalid when the data do not fit the template, TemplateFault when the template is
        wrong or WeasyPrint warns, RefusedAddress when the paper asks for anything from outside.
        """
        template = load_template(reference, self._root)
        complete = complete_data(template, data)
        done, absent = self._typeset(template, complete, data)
        if absent:
            done, absent = self._typeset(template, complete, data, frozenset(absent))
        if absent:
            codes = "、".join(f"U+{ord(each):04X}" for each in sorted(absent)[:5])
            raise TemplateFault(f"{template.reference}: no glyph for {codes}")
        return done

    def _typeset(
        self,
        template: DocumentTemplate,
        complete: Mapping[str, Any],
        data: Mapping[str, Any],
        absent: frozenset[str] = frozenset(),
    ) -> tuple[Typeset, set[str]]:
        """The paper, and the characters in it for which our type has no glyph."""
        typed: set[str] = set()

        def kept(text: str) -> str:
            printed = _legible(text, absent)
            typed.update(printed)
            return _as_signs(printed)

        legible = with_texts(template.fields, complete, kept)
        rare = frozenset(each for each in typed if ord(each) not in cut_characters())
        kind = _Type(rare_faces(rare)) if rare else _Type()
        fetcher = FixedFetcher(
            {f"file:{name}": content for name, content in template.assets.items()}
            | dict(_font_files())
            | kind.files
        )
        warnings = _Warnings()
        LOGGER.handlers[:] = [warnings]
        document = self._laid_out(template, legible, kind, fetcher)
        pdf = document.write_pdf(**_options(template, complete, data))
        if warnings.messages:
            raise TemplateFault(f"{template.reference}: {'; '.join(warnings.messages[:5])}")
        missing = {*"".join(warnings.missing), *_of_other_type(kind, document)} - {TEXT_SIGN}
        return Typeset(pdf, len(document.pages)), missing

    def warm(self) -> None:
        """Load the fonts and read every template before anybody waits for a paper."""
        fetcher = FixedFetcher(_font_files())
        LOGGER.handlers[:] = [_Warnings()]
        for name in template_names(self._root):
            template = load_template(name, self._root)
            compile_pages(template)
            HTML(string="<p>一<strong>二</strong>", url_fetcher=fetcher).render(
                font_config=self._fonts, stylesheets=self._stylesheets(template, fetcher)
            ).write_pdf()

    def _laid_out(
        self,
        template: DocumentTemplate,
        complete: Mapping[str, Any],
        kind: _Type,
        fetcher: FixedFetcher,
    ) -> Document:
        """The pages, with a page of contents when the paper is longer than its template says.

        The first guess goes by the amount of text, so that one layout is nearly always enough;
        what is printed depends on the pages alone.
        """
        look = replace(PRINT_CHART, font_family=", ".join(kind.families))
        styles = self._stylesheets(template, fetcher)
        if kind.rare:
            loaded = CSS(string=kind.stylesheet, font_config=self._fonts, url_fetcher=fetcher)
            styles = [*styles, loaded]

        def laid_out(html: str) -> Document:
            return HTML(string=html, url_fetcher=fetcher).render(
                font_config=self._fonts, stylesheets=styles
            )

        limit = template.contents_over_pages
        plain = document_html(template, complete, look=look)
        if limit is None:
            return laid_out(plain)
        guess = len(plain) > limit * CHARACTERS_A_PAGE
        for with_contents in (guess, not guess):
            html = document_html(template, complete, with_contents=with_contents, look=look)
            document = laid_out(html)
            if (len(document.pages) - with_contents > limit) == with_contents:
                break
        return document

    def _stylesheets(self, template: DocumentTemplate, fetcher: FixedFetcher) -> list[CSS]:
        if template.sha256 not in self._styles:
            self._styles[template.sha256] = [
                CSS(string=text, font_config=self._fonts, url_fetcher=fetcher)
                for text in (_font_faces(), template.stylesheet)
            ]
        return self._styles[template.sha256]


def _options(
    template: DocumentTemplate, complete: Mapping[str, Any], data: Mapping[str, Any]
) -> dict[str, Any]:
    """A contract carries its data inside itself (PDF/A-3); every other paper is PDF/A-2. All tell
    those who listen what is a heading, a table, a paragraph.
    """
    if not template.is_contract:
        return {"pdf_variant": "pdf/a-2b", "pdf_tags": True}
    content = snapshot_of(
        {
            "template": template.reference,
            "template_sha256": template.sha256,
            "data": data,
        }
    )
    dated = date.fromisoformat(complete[template.date_field])
    midnight = datetime(dated.year, dated.month, dated.day)  # noqa: DTZ001 - a date in a header
    attachment = Attachment(
        string=content,
        name="data.json",
        description=f"{template.title}的结构化数据",
        created=midnight,
        modified=midnight,
        relationship="Data",
        url_fetcher=FixedFetcher({}),
    )
    return {"pdf_variant": "pdf/a-3b", "pdf_tags": True, "attachments": [attachment]}


def _of_other_type(kind: _Type, document: Document) -> Iterator[str]:
    """Characters set in a typeface that is not ours: they look different on every machine."""
    for font in document.fonts.values():
        if not set(kind.families) & {name.strip() for name in font.family.split(",")}:
            yield from "".join(font.to_unicode.values()).strip()


def _give_up_network() -> None:
    """Move into a network namespace without interfaces where the system lets an ordinary user."""
    unshare: Callable[[int], int] = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(CLONE_NEWNET) != 0:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _limit_processor() -> None:
    """A minute from now; the soft limit moves on with each paper."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _answer(typesetter: Typesetter, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        done = typesetter.typeset(request["template"], request["data"])
    except DomainError as refusal:
        return {
            "outcome": "invalid",
            "field": getattr(refusal, "field", ""),
            "message": refusal.message,
            "rule": refusal.rule,
            "remedy": refusal.remedy,
        }, b""
    except MemoryError:
        return {"outcome": "too_large"}, b""
    except RecursionError:
        return {"outcome": "fault", "message": "the paper is nested too deeply"}, b""
    except ChartsUnavailable as missing:
        return {"outcome": "no_charts", "message": str(missing)}, b""
    except (TemplateFault, RefusedAddress) as fault:
        return {"outcome": "fault", "message": str(fault)}, b""
    except Exception as fault:  # the parent reports it, this process lives on
        return {"outcome": "fault", "message": f"{type(fault).__name__}: {fault}"}, b""
    return {"outcome": "done", "pages": done.pages}, done.pdf


def serve(root: Path) -> None:
    """Answer requests until the other side closes the pipe."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not stand between two messages.
    os.dup2(2, 1)
    _give_up_network()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    typesetter = Typesetter(root)
    if not select.select([requests], [], [], 0)[0]:
        typesetter.warm()
    # A paper's boxes live until it is written: looking for garbage among them is in vain.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    while (frame := read_frame(requests)) is not None:
        _limit_processor()
        head, content = _answer(typesetter, json.loads(frame))
        write_frame(answers, json.dumps(head).encode())
        write_frame(answers, content)
        gc.collect()
