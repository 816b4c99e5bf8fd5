"""The typesetter's own process: HTML to PDF with WeasyPrint, under limits, seeing nothing else.

`procure.render.pdf` starts this module as a child with an empty environment and talks to it over
its standard input and output. It keeps fonts, parsed style sheets and compiled templates warm. It
has no network where the system allows to give it up, one gibibyte of address space and twenty
seconds of processor for each paper.
"""

import ctypes
import gc
import json
import logging
import os
import resource
import select
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.document import Document
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from procure.kernel.errors import DomainError, Invalid
from procure.render.charts import ChartsUnavailable
from procure.render.documents import (
    DocumentTemplate,
    compile_pages,
    complete_data,
    document_html,
    load_template,
    snapshot_of,
    template_names,
)
from procure.render.fields import TemplateFault, texts_of
from procure.render.fonts import FACES, FAMILY, SUBSET_FOLDER
from procure.render.frames import read_frame, write_frame

ADDRESS_SPACE = 1024**3
CPU_SECONDS = 20
CUT_FAMILY = "Procure Song"
WEIGHTS = {"song-regular.otf": 400, "song-bold.otf": 700}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
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
            url, content, {"Content-Type": "font/otf" if url in _font_files() else kind}
        )


@lru_cache(maxsize=1)
def _font_files() -> Mapping[str, bytes]:
    """The cut fonts by address; none when the set-up has not cut them."""
    files = {name: SUBSET_FOLDER / name for name in FACES}
    if not all(path.is_file() for path in files.values()):
        return {}
    return {f"font:{name}": path.read_bytes() for name, path in files.items()}


def _font_faces() -> str:
    return "".join(
        f'@font-face {{ font-family: "{CUT_FAMILY}"; font-weight: {WEIGHTS[name]}; '
        f'src: url("font:{name}") }}'
        for name in FACES
        if f"font:{name}" in _font_files()
    )


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

        Raises Invalid when the data cannot be printed, TemplateFault when the template is wrong or
        WeasyPrint warns, RefusedAddress when the paper asks for anything from outside.
        """
        template = load_template(reference, self._root)
        complete = complete_data(template, data)
        fetcher = FixedFetcher(
            {f"file:{name}": content for name, content in template.assets.items()}
            | dict(_font_files())
        )
        warnings = _Warnings()
        LOGGER.handlers[:] = [warnings]
        document = self._laid_out(template, complete, fetcher)
        pdf = document.write_pdf(**_options(template, complete, data))
        _refuse_missing_glyphs(template, complete, warnings.missing)
        _refuse_foreign_fonts(template, complete, document)
        if warnings.messages:
            raise TemplateFault(f"{template.reference}: {'; '.join(warnings.messages[:5])}")
        return Typeset(pdf, len(document.pages))

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
        self, template: DocumentTemplate, complete: Mapping[str, Any], fetcher: FixedFetcher
    ) -> Document:
        """The pages, with a page of contents when the paper is longer than its template says.

        The first guess goes by the amount of text, so that one layout is nearly always enough;
        what is printed depends on the pages alone.
        """
        limit = template.contents_over_pages
        if limit is None:
            return self._render(template, document_html(template, complete), fetcher)
        plain = document_html(template, complete)
        guess = len(plain) > limit * CHARACTERS_A_PAGE
        for with_contents in (guess, not guess):
            html = document_html(template, complete, with_contents=with_contents)
            document = self._render(template, html, fetcher)
            if (len(document.pages) - with_contents > limit) == with_contents:
                break
        return document

    def _render(self, template: DocumentTemplate, html: str, fetcher: FixedFetcher) -> Document:
        return HTML(string=html, url_fetcher=fetcher).render(
            font_config=self._fonts, stylesheets=self._stylesheets(template, fetcher)
        )

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
    """A contract carries its data inside itself (PDF/A-3); every other paper is PDF/A-2."""
    if not template.is_contract:
        return {"pdf_variant": "pdf/a-2b"}
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
    return {"pdf_variant": "pdf/a-3b", "attachments": [attachment]}


def _refuse_missing_glyphs(
    template: DocumentTemplate, complete: Mapping[str, Any], missing: list[str]
) -> None:
    if not missing:
        return
    character = missing[0]
    shown = f"“{character}”（U+{ord(character[0]):04X}）"
    for place, words, text in texts_of(template.fields, complete):
        if character in text:
            raise Invalid(
                place,
                f"{words}中的字符{shown}没有可印的字形。",
                remedy="请核对是否输错；人名中的生僻字请改用规范字形，并在文书中注明。",
            )
    raise TemplateFault(f"{template.reference}: no glyph for {shown}")


def _refuse_foreign_fonts(
    template: DocumentTemplate, complete: Mapping[str, Any], document: Document
) -> None:
    """A glyph from a typeface that is not ours would look different on every machine."""
    for font in document.fonts.values():
        if not {CUT_FAMILY, FAMILY} & {name.strip() for name in font.family.split(",")}:
            characters = [text for text in font.to_unicode.values() if text.strip()]
            _refuse_missing_glyphs(template, complete, characters[:1])


def _give_up_network() -> None:
    """Move into a network namespace without interfaces where the system lets an ordinary user."""
    unshare: Callable[[int], int] = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(CLONE_NEWNET) != 0:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _limit_processor() -> None:
    """Twenty seconds from now; the soft limit moves on with each paper."""
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
