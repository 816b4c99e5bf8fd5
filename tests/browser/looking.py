"""What every page the browser meets is held to, and the pictures of it.

A page that is found wanting is pictured; PROCURE_PICTURES=1 pictures all, for people to look at.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

from procure.config import CHECKOUT

ARTEFACTS = CHECKOUT / "artefacts" / "browser"
EVERY_PAGE = bool(os.environ.get("PROCURE_PICTURES"))
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
# No page frames another, and no rule that needs style sheets fetched anew is asked for. What is fine
# stays in the page: telling it costs a tenth of finding it.
AXE = """(weighed) =>
    axe.run(document, {resultTypes: ['violations'], preload: false, iframes: false}).then((found) =>
        found.violations.filter((one) => weighed.includes(one.impact)).map((one) =>
            `axe ${one.id} (${one.impact}) at ${one.nodes[0].target}: ${one.help}`))"""
WEIGHED = ["moderate", "serious", "critical"]

# Pages that differ in what they tell, not in how they are built.
_ALIKE = re.compile(r"[0-9]+|midterm|final")
_IDENT = re.compile(r"[0-9a-f]{32,64}|[\w-]{40,}|(?<=opinion/)[\w-]{16,}")


OWED = r"""() => {
  const found = [];
  const words = (e) => e.textContent.replace(/\s+/g, " ").trim().slice(0, 60);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = (e) => e.checkVisibility();
  const SENDS = "button[type=submit], button:not([type]), input[type=submit]";

  for (const form of all("form[method=post]")) {
    const typed = form.querySelector("input:not([type=hidden]):not([type=file])");
    const first = form.querySelector(SENDS);
    const proves = form.querySelector("[type=password], [autocomplete=one-time-code]");
    if (typed && first && !proves && first.getAttribute("formmethod") !== "dialog")
      found.push(`Enter sends: ${words(form)}`);
  }
  const heads = all("main h2").map(words);
  for (const head of new Set(heads))
    if (heads.filter((one) => one === head).length > 1) found.push(`heading twice: ${head}`);
  for (const table of all("main table")) {
    if (!table.caption || !words(table.caption)) found.push(`no caption: ${words(table)}`);
    if (all("tbody tr", table).some((row) => !row.querySelector("th")))
      found.push(`no row heads: ${words(table)}`);
  }
  for (const off of all("button:disabled").filter((e) => !e.closest("fieldset:disabled")))
    found.push(`beyond the reach of keys: ${words(off)}`);
  for (const off of all("[aria-disabled=true]")) {
    const why = document.getElementById(off.getAttribute("aria-describedby"));
    if (!why || !words(why)) found.push(`no reason why it is off: ${words(off)}`);
  }
  for (const name of all("title, h1, h2, caption, main a"))
    if (/([\u3400-\u9fff]{2,})\1/.test(name.textContent)) found.push(`doubled: ${words(name)}`);
  const leads = new Map();
  for (const link of all("main .row-anchor, main .task-do a, main .task-do button").filter(shown)) {
    const other = leads.get(link.textContent.trim());
    if (other && other !== (link.href || link.form.action)) found.push(`which one? ${words(link)}`);
    leads.set(link.textContent.trim(), link.href || link.form.action);
  }
  return [...new Set(found)];
}"""
"""What a page owes those at the keys and those who listen, beyond what axe asks: Enter sends nothing but a
password or a code; headings, tables and links say which one; what is off can be reached and says why.
"""


@dataclass
class Looker:
    """Looks at each distinct page once in full, and at every page in passing."""

    seen: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)

    def look(self, page: Page, who: str) -> None:
        """Check a page that has just loaded; what is wrong is kept, so that one run tells all."""
        where = _IDENT.sub("…", page.url.partition("//")[2].partition("/")[2].partition("?")[0])
        title, heading = page.evaluate(
            "[document.title, [...document.querySelectorAll('h1')].map((e) => e.innerText).join(' ')]"
        )
        if not heading or not title.endswith("政府购买服务平台"):
            self.troubles.append(f"{who} /{where}: title {title!r}, heading {heading!r}")
        role = "" if where == "login" else who.rstrip("0123456789")
        kind = f"{role} {_ALIKE.sub('N', where)}"
        if kind in self.seen:
            return
        self.seen.add(kind)
        faults = violations(page) + owed(page)
        page.set_viewport_size(PHONE)
        faults += overflow(page)
        if EVERY_PAGE or faults:
            name = f"{len(self.seen):03d}-{who}-{where.replace('/', '-')[-60:]}"
            shoot(page, ARTEFACTS / f"{name}-390.jpg")
            page.set_viewport_size(WIDE)
            shoot(page, ARTEFACTS / f"{name}-1280.jpg")
        page.set_viewport_size(WIDE)
        self.troubles += [f"{who} /{where}: {words}" for words in faults]


def shoot(page: Page, path: Path) -> None:
    """Keep a picture of the whole page; a PNG would cost the browser more than the page itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, type="jpeg", quality=70, full_page=True, animations="disabled")


def violations(page: Page) -> list[str]:
    """What axe finds, in words; minor matters of taste are left out."""
    # From the site itself, as its policy demands; what the browser has compiled it keeps.
    page.add_script_tag(url="/static/vendor/axe.min.js")
    found: list[str] = page.evaluate(AXE, WEIGHED)
    return found


def owed(page: Page) -> list[str]:
    """What the page does not give that it owes, in words."""
    found: list[str] = page.evaluate(OWED)
    return found


def overflow(page: Page) -> list[str]:
    """Whether the page must be scrolled sideways, and what sticks out."""
    width, room, names = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            const out = [...document.querySelectorAll('main *, header *, footer *')]
                .filter((e) => e.getBoundingClientRect().right > room + 1)
                .slice(0, 3).map((e) => e.tagName + '.' + e.className);
            return [document.documentElement.scrollWidth, room, out];
        }"""
    )
    return [f"{width} px wide on {room} px: {names}"] if width > room else []
