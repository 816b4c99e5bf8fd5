"""Where links and references lead: judged as programs read them, not as they are spelt."""

import re
import unicodedata
from urllib.parse import unquote

_WEB = re.compile(r"(?:https?|mailto|tel|ftps?):", re.I)
_NETWORK = re.compile(r"[\\/]{2}|\\\?\?|file:(?:[\\/]{2}(?![\\/])|[\\/]{4}|[\\/]*\\)", re.I)
_OWN_DISK = re.compile(r"(?:file:/{0,3})?[a-z]:", re.I)
_BESIDE = re.compile(r"[^:]*(?:[/?#]|\Z)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.I)


def plain(target: str) -> str:
    """The target without what readers pass over, in one width: controls, blanks, invisible marks.

    They are passed over anywhere: a path with a blank inside stays as near or as far as it was.
    """
    wide = unicodedata.normalize("NFKC", unquote(target))
    return "".join(letter for letter in wide if unicodedata.category(letter)[0] not in "CZ")


def leads_to_network(target: str) -> bool:
    """Whether it names a share of some computer, to which Windows would sign in by itself."""
    return _NETWORK.match(plain(target)) is not None


def leads_to_web(target: str) -> bool:
    """Whether a browser or a mail program would open it."""
    return _WEB.match(plain(target)) is not None


def lies_beside(target: str) -> bool:
    """Whether it names a place in the document or in the folder where that lies."""
    return _BESIDE.match(plain(target)) is not None and not leads_to_network(target)


def stays_near(target: str) -> bool:
    """Whether it names a place beside the document or on the reader's own disk."""
    return lies_beside(target) or _OWN_DISK.match(plain(target)) is not None


def leads_away(target: str) -> bool:
    """Whether something outside would be asked for it."""
    known = _SCHEME.match(plain(target)) is not None or leads_to_network(target)
    return known and not stays_near(target)


def may_be_clicked(target: str) -> bool:
    """Whether a link may lead there: to the web, to mail, to a place near by."""
    return leads_to_web(target) or stays_near(target)
