"""The site as a browser meets it: served over a socket, its clock moved by the story alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.app import PLATFORM_KEY, create_app
from procure.config import Config
from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.demonstration.app import DEMO_ACCOUNTS
from procure.demonstration.story import load_story
from procure.demonstration.views import blueprint as clock_page
from procure.demonstration.walk import Walk
from procure.kernel.clock import FixedClock, at_local, local_date
from procure.kernel.workdays import CHINA
from procure.registers.projects.models import Project
from procure.stages.awards.models import Review
from procure.stages.bids.models import Bid
from procure.stages.tenders.models import Tender
from procure.store.base import db
from procure.web.fields.files import EXTENSION
from procure.web.receiving import make_server
from tests.world import config_for

STORY = "doumen-home-care"


@dataclass
class Site:
    """A running installation: its address, its clock, and a walker for what nobody clicks."""

    app: Flask
    clock: FixedClock
    address: str
    folder: Path
    _walk: Walk | None = field(default=None, repr=False)

    @property
    def session(self) -> Session:
        """The test's own session, seeing what pages have committed since it last looked."""
        session = db.session()
        session.rollback()
        session.expire_all()
        return session

    @property
    def today(self) -> date:
        """The story's day in China."""
        return local_date(self.clock.now())

    def at(self, day: date, hour: int = 9, minute: int = 0) -> None:
        """Go to a time of day in China; stays where it is when that has passed."""
        instant = at_local(day, time(hour, minute))
        if instant > self.clock.now():
            self.clock.move_to(instant)

    def pause(self, minutes: int = 1) -> None:
        """Let some minutes go by: two acts are never done in the same instant."""
        self.clock.move_to(self.clock.now() + timedelta(minutes=minutes))

    def workdays_later(self, count: int, hour: int = 9) -> None:
        """Go to the morning of the n-th working day from now."""
        day = self.today
        for _ in range(count):
            day = CHINA.next_workday(day + timedelta(days=1))
        self.at(day, hour)

    @property
    def walk(self) -> Walk:
        """Takes steps through the use cases, on the same database and the same clock."""
        if self._walk is None:
            story = load_story(STORY)
            self._walk = Walk(
                session=db.session(),
                key=self.app.extensions[PLATFORM_KEY],
                staging=self.app.extensions[EXTENSION].staging,
                story=story,
                clock=self.clock,
                report=lambda line: None,
                title=story.title,
            )
        self._walk.session.rollback()
        self._walk.session.expire_all()
        self._tell_of_pages(self._walk)
        return self._walk

    @staticmethod
    def _tell_of_pages(walk: Walk) -> None:
        """The walker knows what it made itself; here most was made on the pages."""
        owners = dict(walk.session.execute(select(Bid.supplier_id, Bid.id)).all())
        walk.project_id = walk.session.scalars(select(Project.id)).first() or ""
        walk.made["tender"] = walk.session.scalars(select(Tender.id)).first()
        walk.made["review"] = walk.session.scalars(select(Review.id)).first()
        for told in walk.told["bids"]:
            owner = walk.organisation_of(f"jigou{told['supplier']}").id
            if owner in owners:
                walk.made[f"bid{told['supplier']}"] = owners[owner]


def settings(url: str, folder: Path) -> Config:
    """Settings of a served installation: sign-ins live by the machine's clock, as they do."""
    config = config_for(url, folder)
    return Config(**{**vars(config), "testing": False})


@contextmanager
def served(url: str, folder: Path, clock: FixedClock) -> Iterator[Site]:
    """Serve the installation on a free port until the block ends."""
    app = create_app(settings(url, folder), clock=clock, extra=(clock_page,))
    app.config[DEMO_ACCOUNTS] = [account.as_entry() for account in DEMONSTRATION_ACCOUNTS]
    server = make_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    try:
        with app.app_context():
            yield Site(app, clock, f"http://127.0.0.1:{server.effective_port}", folder)
            db.session.remove()
            db.engine.dispose()
    finally:
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=10)
