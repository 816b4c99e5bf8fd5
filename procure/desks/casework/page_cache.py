"""Case pages kept ready in this process, each for one reader, until something happens in the case.

A case page asks every stage, some forty statements; most views of it follow another one after which
nothing has happened. Whatever changes a case stands in its chain, so the number of the chain's last
link tells whether a kept page still holds. What time alone changes, days left and doors that close,
changes at midnight or at an instant the case knows: a page holds until the next of them, and ten
minutes at most. What bidders, experts and evaluators see also hangs on what stands in no case's
chain: their pages are never kept.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from markupsafe import Markup

from procure.kernel.access import BUYER_KINDS, Actor, OrganisationKind

MOST = 512
LONGEST = timedelta(minutes=10)
READERS = BUYER_KINDS | {OrganisationKind.FINANCE, OrganisationKind.AUDIT}


@dataclass(frozen=True)
class View:
    """What a kept page holds for: a reader with all rights, and a case as it stood."""

    reader: Actor
    project_id: str
    links: int


def view_of(actor: Actor, project_id: str, links: int) -> View | None:
    """The view to keep a page under, None for a reader whose pages are not kept.

    `links` is the number of the newest link of the case's chain.
    """
    if actor.is_signed_in and actor.organisation_kind not in READERS:
        return None
    return View(actor, project_id, links)


class CasePageCache:
    """The pages of one application."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: OrderedDict[View, tuple[Markup, datetime, datetime]] = OrderedDict()

    def find(self, view: View, now: datetime) -> Markup | None:
        """The page kept for the view, None when there is none that still holds."""
        with self._lock:
            page, since, until = self._pages.get(view, (None, now, now))
            if page is None or not since <= now < until:
                return None
            self._pages.move_to_end(view)
            return page

    def keep(self, view: View, page: Markup, now: datetime, until: datetime) -> None:
        """Keep a page made now until an instant; the one used longest ago gives way."""
        with self._lock:
            self._pages[view] = (page, now, min(until, now + LONGEST))
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)
