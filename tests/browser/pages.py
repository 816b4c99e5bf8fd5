"""People at the site: what somebody who reads the page and clicks can do, in their words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    ViewportSize,
    expect,
)
from sqlalchemy import select

from procure.registers.accounts.models import User
from procure.registers.projects.models import Project
from procure.stages.awards.models import PanelMember
from procure.stages.tenders.models import Tender
from tests.browser.looking import WIDE, Looker
from tests.browser.site import Site

Answer = str | int | bool | date | Path
# Milliseconds: a paper is printed on the way, beside whatever else the machine does.
PATIENCE = 60_000


def exactly(words: str) -> re.Pattern[str]:
    """A label with these words, marked as optional, as needed at times, or not at all."""
    return re.compile(rf"^\s*{re.escape(words)}(\s+(选填|.*必填|不填.*))?\s*$")


@dataclass
class Person:
    """Somebody at a browser of their own."""

    site: Site
    looker: Looker
    name: str
    context: BrowserContext
    page: Page
    expects_refusals: bool = False

    @property
    def main(self) -> Locator:
        """The page without its head and foot."""
        return self.page.locator("main")

    # -- getting about

    def goes_to(self, path: str) -> "Person":
        """Type an address."""
        self.page.goto(self.site.address + path)
        return self._arrived()

    def follows(self, words: str, exact: bool = True) -> "Person":
        """Follow a link of the page."""
        return self._leaves(self.main.get_by_role("link", name=words, exact=exact).first)

    def presses(self, words: str) -> "Person":
        """Press a button of the page that leads on."""
        return self._leaves(self.main.get_by_role("button", name=words, exact=True).first)

    def takes_up(self, verb: str) -> "Person":
        """Open my tasks and begin the one with this verb."""
        self.site.pause()
        self.goes_to("/desk")
        task = self.page.locator(".task-do").get_by_role(
            "link", name=re.compile(rf"^{re.escape(verb)}\s*(：|$)")
        )
        expect(task.first, f"{self.name} is not asked to {verb}").to_be_visible()
        return self._leaves(task.first)

    def has_nothing_to_do(self) -> None:
        """My tasks are done."""
        self.goes_to("/desk").reads("现在没有等您办理的事项。")

    def _leaves(self, what: Locator) -> "Person":
        expect(what).to_be_visible()
        with self.page.expect_navigation(wait_until="load"):
            what.click()
        return self._arrived()

    def _arrived(self) -> "Person":
        self.looker.look(self.page, self.name)
        return self

    # -- reading

    def reads(self, *words: str) -> "Person":
        """These words are on the page."""
        for one in words:
            expect(self.main.get_by_text(one).locator("visible=true").first).to_be_visible()
        return self

    def is_told(self, words: str) -> "Person":
        """The page says that it was done."""
        expect(
            self.page.locator(".notice, [role=status], [role=alert]").filter(has_text=words).first
        ).to_be_visible()
        return self

    # -- writing

    def fills(self, answers: Mapping[str, Answer], within: Locator | None = None) -> "Person":
        """Answer questions by their labels."""
        for label, answer in answers.items():
            self._answer(within or self.main, label, answer)
        return self

    def _answer(self, place: Locator, label: str, answer: Answer) -> None:
        if isinstance(answer, str):
            group = place.get_by_role("group", name=exactly(label))
            if group.count():
                self._option(group.first, answer).check()
                return
        box = place.get_by_label(exactly(label))
        # What a row opens for is opened.
        kind = box.evaluate(
            "e => { const folded = e.closest('details'); if (folded) folded.open = true;"
            " return e.tagName; }"
        )
        if answer is True:
            box.check()
        elif isinstance(answer, Path):
            box.set_input_files(answer)
        elif kind == "SELECT":
            option = box.locator("option").filter(has_text=str(answer)).first
            box.select_option(option.get_attribute("value"))
        else:
            box.fill(str(answer))

    @staticmethod
    def _option(group: Locator, words: str) -> Locator:
        begins = group.get_by_label(re.compile(rf"^{re.escape(words)}"))
        return begins.first if begins.count() else group.get_by_label(words, exact=False).first

    def fills_rows(self, legend: str, rows: Sequence[Mapping[str, Answer]]) -> "Person":
        """Answer repeated rows, adding or removing rows until there are as many."""
        table = self.main.get_by_role("group", name=exactly(legend))
        lines = table.locator(".row-fields")
        while (count := lines.count()) != len(rows):
            verb, more = ("^增加", 1) if count < len(rows) else ("^删除", -1)
            table.get_by_role("button", name=re.compile(verb)).last.click()
            expect(lines).to_have_count(count + more)
        for number, answers in enumerate(rows):
            self.fills(answers, lines.nth(number))
        return self


@dataclass
class Cast:
    """Everybody who takes part; the first of them signs in by the sign-in page."""

    site: Site
    browser: Browser
    looker: Looker
    people: dict[str, Person] = field(default_factory=dict)
    sharpness: int = 1
    """How many dots of a picture make a point of the page."""

    def __getitem__(self, username: str) -> Person:
        """The person with this username, at the site."""
        if username not in self.people:
            person = self.newcomer(username)
            if self.people:
                self._let_in(person)
            else:
                self._signs_in(person)
            self.people[username] = person
        return self.people[username]

    @staticmethod
    def _signs_in(person: Person) -> None:
        person.goes_to("/login")
        entry = person.page.locator("tr").filter(
            has=person.page.locator(f".note:text-is('{person.name}')")
        )
        person._leaves(entry.get_by_role("button"))

    def _let_in(self, person: Person) -> None:
        """The same without drawing the page, which the first has seen."""
        asks, address = person.context.request, self.site.address
        token = re.search(
            'name="csrf_token"[^>]* value="([^"]+)"', asks.get(f"{address}/login").text()
        )
        assert token is not None
        entry = f"{address}/login/demo/{person.name}"
        assert asks.post(entry, form={"csrf_token": token[1]}, max_redirects=0).status == 302

    def newcomer(self, name: str, viewport: ViewportSize = WIDE) -> Person:
        """Somebody with a fresh browser who is not signed in."""
        context = self.browser.new_context(
            viewport=viewport,
            device_scale_factor=self.sharpness,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        person = Person(self.site, self.looker, name, context, page)

        def hears(message: ConsoleMessage) -> None:
            if message.type == "error" and "Failed to load resource" not in message.text:
                self.looker.troubles.append(f"{name} {page.url}: console {message.text}")

        def gets(response: Response) -> None:
            if response.status >= 500 or (response.status >= 400 and not person.expects_refusals):
                request = response.request
                words = f"{name} {request.method} {request.url}: {response.status}"
                self.looker.troubles.append(words)

        page.on("console", hears)
        page.on("response", gets)
        page.on("pageerror", lambda e: self.looker.troubles.append(f"{name} {page.url}: {e}"))
        return person

    @property
    def number(self) -> str:
        """The number of the one project of the story."""
        return str(self.site.session.scalars(select(Project.number)).one())

    @property
    def deadline(self) -> datetime:
        """When the bids of the story are opened."""
        found = self.site.session.scalars(select(Tender.deadline_at)).one()
        assert found is not None
        return found

    @property
    def experts(self) -> list[str]:
        """The usernames of the panel, in the order of their seats."""
        return list(
            self.site.session.scalars(
                select(User.username)
                .join(PanelMember, PanelMember.user_id == User.id)
                .order_by(PanelMember.position)
            )
        )

    def leave(self) -> None:
        """Close every browser window."""
        for person in self.people.values():
            person.context.close()


def number_of(cast: Cast, title: str) -> str:
    """The number of the demonstration's case with this word in its title."""
    found = cast.site.session.scalars(select(Project.number).where(Project.title.contains(title)))
    return found.one()
