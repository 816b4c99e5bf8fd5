"""Keeps what a macro drew, to be drawn again only from other values.

Half of a list page's time went into bars, filters, heads and page numbers that were the same a
moment ago (bench/README.md). A macro imported without context draws from its arguments alone, so
what it drew holds for as long as they are equal, whoever asks: there is nothing to invalidate, and
nobody is shown anything that their own values would not have drawn.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from markupsafe import Markup

MOST = 1024

_kept: OrderedDict[tuple[object, Hashable], Markup] = OrderedDict()
_lock = Lock()


def drawn(draw: Callable[..., str], value: Hashable) -> Markup:
    """What the macro draws of a value, drawn now or before."""
    return drawn_as(value, draw, value)


def drawn_as(key: Hashable, draw: Callable[..., str], *values: object) -> Markup:
    """What the macro draws of values that `key` stands for: it holds all that the macro reads.

    The entry made longest ago gives way to a new one.
    """
    place = (draw, key)
    found = _kept.get(place)
    if found is None:
        # The macro has escaped it; a caller's plain text would be escaped here.
        found = Markup.escape(draw(*values))
        with _lock:
            _kept[place] = found
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    return found
