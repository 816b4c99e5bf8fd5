"""What may be typed may be printed: generated texts through every text field of every form.

Whatever a field takes prints in every paper; whatever it refuses is named, at the field.
"""

import random
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from procure.kernel.text import INVISIBLE, unprintable
from procure.render.documents import complete_data, load_template, template_names
from procure.render.fonts import printable_characters
from procure.render.pdf import PdfWorker, render_pdf
from procure.web.fields.rows import RowForm
from procure.web.fields.text import EmailField, PhoneField, TextField
from tests.factories.forms import FormField, fields_of
from tests.paper_readers import mupdf_text, plain
from tests.unit.render.test_documents import with_written_texts

INPUTS = 1_000
SMALLEST = (
    "a\u200db", "\u2611", "\u2610", "\u2713", "\u2717", "\U0001f44d", "\U0001f600", "王\U0002c386", "\U00022489", "\U0002b742",
    "\U0002bc21", "\U00030302", "王\U0003158e", "王\ue863", "\ue815", "\ue000", "\U000f0001", "王芳\u200e", "\u202d6222020000112233445\u202c",
    "\u202d13800138000\u202c", "\u202aa@example.cn\u202c", "a@example.cn\u200b", "mailto:a@example.cn", "a@中国.cn", "中\u2f3c", "\uff08x\uff09",
    "\uff21", "甲\u200b", "阿依\u00b7古丽", "阿依\u2022古丽", "\u2f43门", "(两站)", "斗门 养老", "138-0013-8000", "0756\u20141234567",
    "(0756)1234567", "4008001234", "0756-1234567转801", "1850000元人民币", "185\u842c", "\U00020bb7", "\u4dae", "\u36c3", "\ufeff",
    "\u00ad", "e\u0301", "\u3164", "\ufe0f", "\U000e0101", "\u2028", "\u0085", "\r\n", "\t", "\u3000", "\ufffd", "\x93", "\u1200", "\U00012000",
    "\u0f40", "\u2ed4", "㈱", "①", "½", "…", "——", "“两站”", "【】", "𠮷祥", "㎡", "￥", "52440403MJL1001132", "居家养老服务", "abc", "1",
)  # fmt: skip
ONLY_WEIRD = ("\u200b\u202e", "\ufeff", "\u3164\u3164", "\u2800", " \u00a0 ")
FIELDS = [one for one in fields_of(TextField) if one.filled("").printed]
GLYPHS = printable_characters()
MOST_SHOWN = 60


def typed_texts() -> Iterator[str]:
    """The smallest inputs by themselves, then put together and mutated; the same at every run."""
    chance = random.Random("what may be typed may be printed")  # noqa: S311 - no secret
    yield from (*SMALLEST, *ONLY_WEIRD)
    for _ in range(INPUTS):
        pieces = chance.choices(SMALLEST, k=chance.randint(1, 5))
        text = chance.choice(("", "", " ", "\n", "，")).join(pieces)
        match chance.randrange(6):
            case 0:
                at = chance.randrange(len(text) + 1)
                text = text[:at] + chr(chance.choice(INVISIBLE)[0]) + text[at:]
            case 1:
                text = "".join(chance.sample(text, len(text)))
            case 2:
                text = unicodedata.normalize("NFD", text)
            case 3:
                text = text.upper() * chance.randint(1, 40)
            case 4:
                text += chr(chance.randrange(0x20, 0xD800)) + chr(
                    chance.randrange(0x1F000, 0x33000)
                )
        yield text


TEXTS = list(typed_texts())


def form_of(fields: list[FormField]) -> type[Form]:
    """One form of all these fields."""
    return type("Every", (RowForm,), {f"f{at}": one.unbound for at, one in enumerate(fields)})


def seen_by_nobody(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in INVISIBLE)


def unlike_fields() -> list[FormField]:
    """One field of each sort: those that differ in more than their label take the same texts."""
    sorts = {}
    for field in FIELDS:
        told = field.unbound.kwargs
        limits = [told.get(name) for name in ("maximum", "minimum", "check", "optional", "rows")]
        sorts.setdefault((field.unbound.field_class, *limits), field)
    return list(sorts.values())


@pytest.fixture(scope="module")
def taken() -> dict[str, list[str]]:
    """What the fields took, by field, once every refusal has been looked at: the smallest inputs of
    every field, and all of one of each sort.
    """
    accepted: dict[str, list[str]] = {str(field): [] for field in FIELDS}
    for fields, texts in ((FIELDS, TEXTS[: len(SMALLEST)]), (unlike_fields(), TEXTS)):
        form = form_of(fields)()
        names = [f"f{at}" for at in range(len(fields))]
        for text in texts:
            form.process(MultiDict(dict.fromkeys(names, text)))
            form.validate()
            for field, name in zip(fields, names, strict=True):
                filled = form[name]
                if filled.errors:
                    look_at_refusal(field, filled, text)
                elif filled.data:
                    accepted[str(field)].append(filled.data)
    return accepted


def look_at_refusal(field: FormField, filled: TextField, text: str) -> None:
    """A refusal names the field or the fault; each character that cannot be printed, by its code."""
    said = "".join(filled.errors)
    assert said, (field, text)
    if isinstance(filled, EmailField | PhoneField):
        return
    for fault in unprintable(filled.data, GLYPHS)[:10]:
        assert fault.shown in said, (str(field), text)
        assert fault.reason in said


def test_the_text_fields_are_found_and_the_inputs_are_many() -> None:
    assert len(TEXTS) >= INPUTS
    assert len(FIELDS) >= 120
    assert len({one.form for one in FIELDS}) >= 50


def test_what_a_field_takes_has_a_glyph_and_hides_nothing(taken: dict[str, list[str]]) -> None:
    assert [field for field, texts in taken.items() if not texts] == []
    for text in {text for texts in taken.values() for text in texts}:
        assert unprintable(text, GLYPHS) == (), text
        assert not any(map(seen_by_nobody, text)), text
        assert unicodedata.is_normalized("NFC", text), text


def paper_of(name: str, taken: dict[str, list[str]]) -> tuple[dict[str, Any], set[str]]:
    """A paper with what the fields took in every place for a text, and its characters."""
    chance = random.Random(name)  # noqa: S311 - no secret
    texts = sorted({text for each in taken.values() for text in each if len(text) <= MOST_SHOWN})
    written: set[str] = set()

    @cache
    def instead(old: str) -> str:
        # No longer than what stands there, since every place has its own limit; the same for the
        # same, since a paper prints once what its data say twice.
        fitting = [text for text in chance.sample(texts, 200) if len(text) <= max(2, len(old))]
        chosen = chance.choice(fitting)
        written.update(plain(chosen))
        return chosen

    return with_written_texts(name, instead), written


@pytest.mark.parametrize("name", template_names())
def test_what_a_field_takes_passes_the_checks_of_every_paper(
    name: str, taken: dict[str, list[str]]
) -> None:
    data, written = paper_of(name, taken)

    assert complete_data(load_template(name), data)
    assert len(written) > 10


@pytest.mark.parametrize("name", ["award-notice", "review-report", "tender-document"])
def test_what_a_field_takes_is_printed(
    name: str, taken: dict[str, list[str]], worker: PdfWorker
) -> None:
    data, written = paper_of(name, taken)
    shown = mupdf_text(render_pdf(name, data, worker=worker).content)

    assert "〔U+" not in shown
    assert written <= set(shown)


@pytest.fixture(scope="module")
def worker() -> Iterator[PdfWorker]:
    printer = PdfWorker()
    yield printer
    printer.close()
