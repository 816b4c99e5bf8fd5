"""The pictures of README and help: what they show is there, and they are small enough for a clone.

PROCURE_README_PICTURES=1 writes them anew.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from procure.config import CHECKOUT
from procure.desks.workbench.help import help_texts
from procure.kernel.clock import FixedClock
from tests.browser.looking import Looker
from tests.browser.pages import Cast, Person, number_of
from tests.browser.site import served
from tests.walked import WALKED_NOW, copy_of

PICTURES = CHECKOUT / "static" / "img" / "help"
LARGEST = 150_000
OPENED = 3
"""Which working of the dates page is unfolded: the days before bids are due."""
FRAME: ViewportSize = {"width": 1280, "height": 760}
WRITES = bool(os.environ.get("PROCURE_README_PICTURES"))


def desk(cast: Cast) -> Person:
    """What waits for the clerk."""
    return cast["jingban"].goes_to("/desk").reads("等待他人办理")


def case(cast: Cast) -> Person:
    """A case in which the recipients are being heard."""
    return cast["yanshou"].goes_to(f"/projects/{number_of(cast, '乾务')}").reads("办理经过")


def dates(cast: Cast) -> Person:
    """The days of a tender, counted one by one."""
    number = number_of(cast, "斗门镇")
    person = cast["jigou1"].goes_to(f"/projects/{number}/tender/dates")
    workings = person.main.locator("details")
    for place in range(workings.count()):
        one = workings.nth(place)
        if (one.get_attribute("open") is not None) != (place == OPENED):
            one.locator("summary").click()
    shown = person.main.locator(".deadline").nth(OPENED)
    shown.evaluate("e => e.scrollIntoView({block: 'start'})")
    return person.reads("计入")


def money(cast: Cast) -> Person:
    """The money of a finished case, from budget to treasury."""
    number = number_of(cast, "斗门区社区居家养老服务站")
    person = cast["shenji"].goes_to(f"/audit/projects/{number}").reads("¥172,800.00")
    person.main.locator("figure, .flow").first.evaluate("e => e.scrollIntoView({block: 'start'})")
    return person


SHOWN: dict[str, Callable[[Cast], Person]] = {
    "desk": desk,
    "case": case,
    "tender-dates": dates,
    "fund-trail": money,
}


@pytest.mark.browser
def test_pictures_of_readme_and_help_show_pages_that_exist(
    walked_folder: Path, tmp_path: Path, chromium: Browser, seen: set[str]
) -> None:
    with served(copy_of(walked_folder, tmp_path), tmp_path, FixedClock(WALKED_NOW)) as site:
        cast = Cast(site, chromium, Looker(seen))
        for name, opens in SHOWN.items():
            page = opens(cast).page
            page.set_viewport_size(FRAME)
            if WRITES:
                PICTURES.mkdir(exist_ok=True)
                page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
        cast.leave()
        assert not cast.looker.troubles
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    shown_by_help = {text.picture[0] for text in help_texts().values()} - {""}
    assert shown_by_help <= SHOWN.keys()
    for name in SHOWN:
        path = PICTURES / f"{name}.png"
        assert f"static/img/help/{name}.png" in readme
        assert path.stat().st_size < LARGEST
