"""Pages as trees, parsed strictly: what is written is what a browser builds of it.

A browser mends what it is given. A page of ours leaves it nothing to mend: every element that is
opened is closed, in its place, and nothing stands where the browser would move it. So the tags as
they are written have to give the very tree of the standard's own algorithm, and neither may find a
fault. That is stricter than to count what the algorithm complains about, and a hundredth of the time.
"""

from collections.abc import Iterator
from itertools import zip_longest
from xml.etree.ElementTree import Element

import turbohtml

# Elements that have no end tag (HTML standard, 13.1.2).
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip
# The first line break in them is not part of the text (13.2.6.4.7).
STARTS_ON_A_NEW_LINE = {"pre", "textarea"}
# A browser of a few years ago throws away whatever else stands there.
IN_A_SELECT = {"option", "optgroup"}


class Malformed(AssertionError):
    """A page that a browser would have to mend."""


def parse(page: str | bytes) -> Element:
    """The root of a page; raises Malformed at any mistake in its markup."""
    text = page if isinstance(page, str) else page.decode()
    document = turbohtml.parse(text, positions=False)
    if document.errors:
        raise Malformed([f"{error.code} in line {error.line}" for error in document.errors[:3]])
    written = _as_written(text)
    assert document.root is not None
    for one, built in zip_longest(_written(written), _built(document.root)):
        if one != built:
            raise Malformed(f"{one} is written, a browser makes {built} of it")
    return written


def _as_written(text: str) -> Element:
    """The tree of the tags as they stand."""
    top = Element("")
    opened = [top]
    for token in turbohtml.tokenize(text):
        parent = opened[-1]
        match token.type:
            case turbohtml.TokenType.START_TAG:
                assert token.tag is not None
                attributes = {name: value or "" for name, value in token.attrs or ()}
                element = Element(token.tag, attributes)
                if parent.tag == "select" and token.tag not in IN_A_SELECT:
                    raise Malformed(f"<{token.tag}> in <select>")
                parent.append(element)
                if token.tag not in VOID and not token.self_closing:
                    opened.append(element)
            case turbohtml.TokenType.END_TAG:
                if parent.tag != token.tag:
                    raise Malformed(f"</{token.tag}> stands where <{parent.tag}> is open")
                if token.tag in STARTS_ON_A_NEW_LINE and parent.text:
                    parent.text = parent.text.removeprefix("\n")
                opened.pop()
            case turbohtml.TokenType.TEXT if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + (token.data or "")
            case turbohtml.TokenType.TEXT:
                parent.text = (parent.text or "") + (token.data or "")
            case _:
                pass
    if len(opened) > 1 or len(top) != 1:
        raise Malformed(f"<{opened[-1].tag}> is not closed")
    return top[0]


def _written(element: Element, depth: int = 0) -> Iterator[tuple[int, str]]:
    yield depth, element.tag
    for child in element:
        yield from _written(child, depth + 1)


def _built(element: turbohtml.Element, depth: int = 0) -> Iterator[tuple[int, str]]:
    yield depth, element.tag
    for child in element.children:
        if isinstance(child, turbohtml.Element):
            yield from _built(child, depth + 1)
