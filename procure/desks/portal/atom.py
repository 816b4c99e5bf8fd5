"""The notices as an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree

from procure.desks.portal.queries import NoticeLine
from procure.kernel.day_words import date_words
from procure.kernel.text import visible
from procure.web.presenters import SITE_NAME

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
FEED_LENGTH = 50
NAMESPACE = "http://www.w3.org/2005/Atom"


def write_feed(
    lines: Sequence[NoticeLine], public_url: str, installation: UUID, now: datetime
) -> bytes:
    """The feed; entries keep their ids for ever, whatever the site's address becomes."""
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "zh-Hans-CN"})
    _text(root, "id", installation.urn)
    _text(root, "title", f"{SITE_NAME}公告")
    _text(root, "updated", _instant(lines[0].published_at if lines else now))
    ElementTree.SubElement(
        root, "link", {"rel": "self", "href": f"{public_url}/feeds/notices.atom"}
    )
    ElementTree.SubElement(root, "link", {"rel": "alternate", "href": f"{public_url}/notices"})
    for line in lines:
        _entry(root, line, installation, public_url)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(
    root: ElementTree.Element, line: NoticeLine, installation: UUID, public_url: str
) -> None:
    entry = ElementTree.SubElement(root, "entry")
    _text(entry, "id", uuid5(installation, line.number).urn)
    _text(entry, "title", line.title)
    _text(entry, "published", _instant(line.published_at))
    _text(entry, "updated", _instant(line.published_at))
    _text(ElementTree.SubElement(entry, "author"), "name", line.buyer)
    ElementTree.SubElement(entry, "category", {"term": line.kind, "label": line.kind.label})
    href = f"{public_url}/notices/{line.number}"
    ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": href})
    until = f"，公告期限至{date_words(line.period_until)}" if line.period_until else ""
    _text(entry, "summary", f"{line.kind.label} {line.number}{until}")


def _text(parent: ElementTree.Element, name: str, content: str) -> None:
    ElementTree.SubElement(parent, name).text = visible(content)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
