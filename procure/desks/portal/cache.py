"""Public pages kept ready in this process until something is published.

What is kept was made for a visitor who sent no cookie, so it is nobody's own. A publication in this
process is noticed at once, one in another process within a second.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

LOOK_AGAIN = timedelta(seconds=1)
MOST = 256


class _Publications:
    count = 0


def note_publication() -> None:
    """Something was published in this process."""
    _Publications.count += 1


@dataclass(frozen=True)
class KeptPage:
    """A page with the stamp of what it shows."""

    body: bytes
    etag: str
    media_type: str


class PageCache:
    """The public pages of one application."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: OrderedDict[tuple[str, str], KeptPage] = OrderedDict()
        self._stamp = ""
        self._seen = -1
        self._read_at: datetime | None = None

    def stamp(self, now: datetime, read: Callable[[], str]) -> str:
        """What the newest publication is, asked again by `read` when it may have changed."""
        with self._lock:
            known = self._read_at is not None and timedelta(0) <= now - self._read_at < LOOK_AGAIN
            count = _Publications.count
            if known and self._seen == count:
                return self._stamp
        stamp = read()
        with self._lock:
            if stamp != self._stamp:
                self._pages.clear()
            self._stamp, self._seen, self._read_at = stamp, count, now
        return stamp

    def find(self, key: str, stamp: str) -> KeptPage | None:
        """The page kept under the address and stamp."""
        with self._lock:
            found = self._pages.get((key, stamp))
            if found is not None:
                self._pages.move_to_end((key, stamp))
            return found

    def keep(self, key: str, stamp: str, page: KeptPage) -> None:
        """Keep a page; the one used longest ago gives way."""
        with self._lock:
            self._pages[key, stamp] = page
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)
