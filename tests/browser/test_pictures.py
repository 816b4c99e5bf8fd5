"""The pictures of README and help: of the pages as they are today, legible on a phone, small.

Each shows the top of a page at the width of a phone; the words that stand in it are kept beside
(`pictures/<name>.txt`), so that a picture of a page that has changed since fails.
PROCURE_README_PICTURES=1 takes those anew whose words have changed.
"""

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from procure.config import CHECKOUT
from procure.desks.workbench.help import help_texts
from procure.kernel.clock import FixedClock
from tests.browser.looking import Looker
from tests.browser.pages import Cast, number_of
from tests.browser.site import served
from tests.walked import WALKED_NOW, copy_of

PICTURES = CHECKOUT / "static" / "img" / "help"
WORDS = Path(__file__).parent / "pictures"
LARGEST = 40_000
IN_README = ("desk", "case", "tender-dates", "fund-trail")
FRAME: ViewportSize = {"width": 390, "height": 560}
SHARPNESS = 2
WRITES = bool(os.environ.get("PROCURE_README_PICTURES"))

OPENED = """place => document.querySelectorAll("main details").forEach((one, at) => { one.open = at === place; })"""
UNFOLDED = 3
"""Which working of the dates page is open: the days before bids are due."""

IN_SIGHT = """(height) => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (node.data.trim() && box.width > 1 && box.height > 1 && box.top >= 0 && box.bottom <= height)
      found.push(node.data.replace(/\\s+/g, " ").trim());
  }
  return found.join("\\n") + "\\n";
}"""
"""The words that can be read in the frame."""

_BY_CHANCE = re.compile(r"[0-9a-f]{4}(?: [0-9a-f]{4}){1,}|[0-9a-f]{16,}")
"""Digests, which differ from walk to walk."""

SHOWN: dict[str, tuple[str, str, str]] = {
    "desk": ("jingban", "/desk", ""),
    "case": ("jingban", "/projects/{莲洲镇}", ""),
    "plan": ("jingban", "/plans/new", ""),
    "decision": ("shenhe", "/projects/{白蕉镇}/plan/decision", ""),
    "acceptance": ("yanshou", "/projects/{乾务镇}/acceptance", ""),
    "catalogue": ("mulu", "/catalogue", ""),
    "item": ("mulu", "/catalogue/new", ""),
    "budget": ("yusuan", "/budget", ""),
    "line": ("yusuan", "/budget/new", ""),
    "payments": ("guoku", "/payments", ""),
    "fund-trail": ("shenji", "/audit/projects/{两站}", "figure, .flow"),
    "declaration": ("zhuanjia1", "/projects/{井岸镇}/review/declaration", ""),
    "scores": ("zhuanjia1", "/projects/{白藤街道}/review/scores", ""),
    "tenders": ("jigou1", "/tenders", ""),
    "tender-dates": ("jigou1", "/projects/{斗门镇}/tender/dates", ".deadline >> nth=3"),
    "bid": ("jigou1", "/projects/{斗门镇}/bid", ""),
    "records": ("jigou1", "/projects/{莲洲镇}/delivery/records", ""),
    "evaluation": ("pinggu1", "/projects/{莲洲镇}/evaluations/midterm", ""),
    "marks": ("pinggu1", "/projects/{莲洲镇}/evaluations/midterm/score/output", ""),
    "audit": ("shenji", "/audit", ""),
    "people": ("xitong", "/admin/people", ""),
    "organisation": ("xitong", "/admin/organisations/new", ""),
    "security": ("anquan", "/desk", ""),
    "account": ("anquan", "/account", ""),
    "log": ("shenjiguanli", "/admin/log", ""),
    "verify": ("shenjiguanli", "/audit/verify", ""),
    "notices": ("", "/notices", ""),
    "notice": ("", "/notices/{斗门镇}-CG01", ""),
}
"""Who looks, at which page ({a word of the title} is the case's number), and at what of it; the
heading, where nothing is said.
"""


def pictured(cast: Cast, name: str) -> Page:
    """The page of this picture, what is shown at the top of the window."""
    username, address, part = SHOWN[name]
    address = re.sub("{(.+)}", lambda found: number_of(cast, found[1]), address)
    person = cast[username] if username else cast.newcomer("visitor")
    page = person.page
    page.set_viewport_size(FRAME)
    page.goto(person.site.address + address)
    if name == "tender-dates":
        page.evaluate(OPENED, UNFOLDED)
    shown = page.locator(f"main {part}").first if part else page.locator("h1").first
    shown.evaluate("e => window.scrollBy(0, e.getBoundingClientRect().top - 16)")
    return page


def words_of(page: Page) -> str:
    """What can be read in the frame, without what differs from walk to walk."""
    words: str = page.evaluate(IN_SIGHT, FRAME["height"])
    return _BY_CHANCE.sub("…", words)


def take(page: Page, path: Path) -> None:
    """Write the picture; a page of letters needs few colours and no fine grain."""
    raw = page.screenshot(animations="disabled")
    Image.open(io.BytesIO(raw)).convert("RGB").save(path, "WEBP", quality=24, method=6)


@pytest.mark.browser
def test_pictures_of_readme_and_help_are_of_the_pages_of_today(
    walked_folder: Path, tmp_path: Path, chromium: Browser
) -> None:
    changed = []
    with served(copy_of(walked_folder, tmp_path), tmp_path, FixedClock(WALKED_NOW)) as site:
        cast = Cast(site, chromium, Looker(), sharpness=SHARPNESS)
        for name in SHOWN:
            page, kept = pictured(cast, name), WORDS / f"{name}.txt"
            words = words_of(page)
            if not kept.is_file() or kept.read_text("utf-8") != words:
                changed.append(name)
                if WRITES:
                    take(page, PICTURES / f"{name}.webp")
                    kept.write_text(words, "utf-8")
        cast.leave()
    assert WRITES or not changed


def test_every_picture_is_small_and_shown() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    shown_by_help = {name for text in help_texts().values() for name, _ in text.pictures}
    assert shown_by_help == SHOWN.keys() == {path.stem for path in PICTURES.iterdir()}
    assert SHOWN.keys() == {path.stem for path in WORDS.iterdir()}
    for name in IN_README:
        assert f"static/img/help/{name}.webp" in readme
    for name in SHOWN:
        path = PICTURES / f"{name}.webp"
        with Image.open(path) as picture:
            assert picture.size == (SHARPNESS * FRAME["width"], SHARPNESS * FRAME["height"])
        assert path.stat().st_size <= LARGEST, name
