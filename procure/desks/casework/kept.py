"""Case pages kept ready in this process, each for one reader, until something happens in the case.

A case page asks every stage, some forty statements; most views of it follow another one after which
nothing has happened. Whatever changes a case stands in its chain, so the number of the chain's last
link tells whether a kept page still holds; what only time changes (days left, doors that close) is
drawn anew each minute. What bidders, experts and evaluators see also hangs on what stands in no
case's chain: their pages are never kept.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from markupsafe import Markup

from procure.kernel.access import BUYER_KINDS, Actor, OrganisationKind

MOST = 512
READERS = BUYER_KINDS | {OrganisationKind.FINANCE, OrganisationKind.AUDIT}


@dataclass(frozen=True)
class View:
    """What a kept page holds for: a reader with all rights, a case as it stood, a minute."""

    reader: Actor
    project_id: str
    links: int
    minute: datetime


def view_of(actor: Actor, project_id: str, links: int, now: datetime) -> View | None:
    """The view to keep a page under, None for a reader whose pages are not kept.

    `links` is the number of the newest link of the case's chain.
    """
    if actor.is_signed_in and actor.organisation_kind not in READERS:
        return None
    return View(actor, project_id, links, now.replace(second=0, microsecond=0))


class KeptCases:
    """The pages of one application."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: OrderedDict[View, Markup] = OrderedDict()

    def find(self, view: View) -> Markup | None:
        """The page kept for the view."""
        with self._lock:
            found = self._pages.get(view)
            if found is not None:
                self._pages.move_to_end(view)
            return found

    def keep(self, view: View, page: Markup) -> None:
        """Keep a page; the one used longest ago gives way."""
        with self._lock:
            self._pages[view] = page
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)
