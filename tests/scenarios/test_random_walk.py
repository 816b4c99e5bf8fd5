"""A random walk over the pages of all stages, with the real use cases beneath them.

Random people take up what lies on their desks, or open addresses that are none of their business; they
fill in forms mostly sensibly, send some twice, some with an old version, some out of order; the clock
moves by minutes, to either side of a running term, by weeks; the night's work is done or is not. After
every step that was carried out the rows themselves are asked whether all still holds.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from procure.app import CONFIG
from procure.desks.reminders.jobs import Bench
from procure.kernel.clock import FixedClock
from procure.registers.accounts.models import User
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.projects.models import Project
from procure.store.base import db
from procure.wiring import JOBS
from tests import postgres
from tests.factories.filling import fill
from tests.factories.offered import Offered, read
from tests.integration import routes
from tests.scenarios.invariants import Watcher
from tests.walked import WALKED_NOW, copy_of, walked_on
from tests.world import World, build_world, grant_application

PEOPLE = (
    *("jingban", "shenhe", "yanshou", "yusuan", "guoku"),
    *("jigou1", "fuzeren1", "jigou2", "fuzeren2", "jigou3", "fuzeren3"),
    *("zhuanjia1", "zhuanjia2", "zhuanjia3", "zhuanjia4", "zhuanjia5", "zhuanjia6"),
    *("pinggu1", "pinggu2", "pinggu3", "shenji"),
)
CASE = re.compile(r"^/projects/[A-Z0-9-]+(/|$)")
ELSEWHERE = ("accounts.", "demonstration.", "styleguide.", "auditing.")
RARE = re.compile(
    "/(conflict|absence|termination|recall|cancellation|withdraw|leave|early|refuse)$"
)
"""What people do now and then, and where a walk mostly ends."""

ANSWERS = {200, 302, 303, 400, 403, 404, 405, 409, 410, 413, 415, 429, 503}

CHANGES = "SELECT COUNT(*) FROM trail_event WHERE project_id IS NOT NULL OR stream LIKE 'budget:%'"
"""What was done in cases and budgets; failed proofs and forged forms are told elsewhere."""

Open = Callable[[], Any]


@contextmanager
def world_on_sqlite(folder: Path) -> Iterator[World]:
    """A copy of the walked demonstration of this walk alone."""
    with TemporaryDirectory() as place:
        target = Path(place)
        worlds = build_world(copy_of(folder, target), target, FixedClock(WALKED_NOW))
        yield next(worlds)
        for _ in worlds:
            pass


@contextmanager
def world_on_postgres(server: postgres.Server, template: str, folder: Path) -> Iterator[World]:
    """The same on PostgreSQL."""
    with TemporaryDirectory() as place:
        target = Path(place)
        copy_of(folder, target)
        url = server.create("random_walk", template=template)
        worlds = build_world(url, target, FixedClock(WALKED_NOW))
        yield next(worlds)
        for _ in worlds:
            pass
        server.drop("random_walk")


class RandomWalk(RuleBasedStateMachine):
    """One walk; `done` counts over all walks what was carried out at which endpoint."""

    def __init__(self, opening: Open, done: Counter[str]) -> None:
        super().__init__()
        self.opened = opening()
        self.world: World = self.opened.__enter__()
        self.done = done
        self.watcher = Watcher()
        self.watcher.ask(self.world)
        self.people = [
            name
            for name in PEOPLE
            if self.world.session.scalar(select(User.id).where(User.username == name))
        ]
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.busy = ""
        self.mine: Counter[str] = Counter()

    def teardown(self) -> None:
        try:
            self.watcher.ask_dear(self.world)
        finally:
            self.opened.__exit__(None, None, None)

    @initialize(seed=st.integers(0, 2**32))
    def choose(self, seed: int) -> None:
        """One case of the demonstration is the busy one of this walk."""
        numbers = self.world.session.scalars(select(Project.number).order_by(Project.number)).all()
        self.world.session.rollback()
        self.busy = Random(seed).choice(numbers)

    @rule(seed=st.integers(0, 2**32))
    def work(self, seed: int) -> None:
        """Somebody takes up something from their desk, mostly of the case that moves."""
        dice = Random(seed)
        who = dice.choice(self.people)
        found = read("/desk", self._get(who, "/desk"))
        tasks = sorted({link for link in found.links if CASE.match(link)})
        if tasks:
            self._take_up(dice, who, dice.choice(tasks))

    @rule(seed=st.integers(0, 2**32))
    def push_on(self, seed: int) -> None:
        """Everybody in turn takes up what the busy case asks of them."""
        dice = Random(seed)
        for who in dice.sample(self.people, len(self.people)):
            found = read("/desk", self._get(who, "/desk"))
            mine = sorted({link for link in found.links if f"/{self.busy}/" in link})
            if mine:
                self._take_up(dice, who, self._fresh(dice, mine))

    @rule(seed=st.integers(0, 2**32))
    def stray(self, seed: int) -> None:
        """Somebody opens an address of any kind, and sends what stands there."""
        dice = Random(seed)
        who = dice.choice(self.people)
        rules = [
            rule
            for rule in routes.rules(self.world.app)
            if not rule.endpoint.startswith(ELSEWHERE) and "GET" in (rule.methods or ())
        ]
        paths = list(routes.addresses(self.world.session, dice.choice(rules), most=6))
        self.world.session.rollback()
        if paths:
            self._take_up(dice, who, dice.choice(paths))

    @rule(seed=st.integers(0, 2**32))
    def again(self, seed: int) -> None:
        """A form that was sent before is sent once more, by them or by somebody else."""
        dice = Random(seed)
        if self.sent:
            who, path, data = dice.choice(self.sent[-20:])
            who = who if dice.random() < 0.7 else dice.choice(self.people)
            [token] = read("/desk", self._get(who, "/desk")).forms[0].named("csrf_token")
            self._post(who, path, {**data, "csrf_token": token.value})

    @rule(seed=st.integers(0, 2**32))
    def later(self, seed: int) -> None:
        """Time passes: minutes, to either side of a running term, days, weeks."""
        dice = Random(seed)
        now = self.world.now
        terms = self.world.session.scalars(
            select(Deadline.due_at)
            .where(Deadline.status == TermStatus.RUNNING, Deadline.due_at > now)
            .order_by(Deadline.due_at)
            .limit(4)
        ).all()
        self.world.session.rollback()
        steps = [now + timedelta(minutes=dice.randint(1, 90)), now + timedelta(hours=20)] * 2
        if terms:
            steps.append(dice.choice(terms) + timedelta(minutes=dice.choice((-1, 1, 600))))
        if dice.random() < 0.05:
            steps.append(now + timedelta(weeks=dice.randint(1, 6)))
        self.world.clock.move_to(max(now, dice.choice(steps)))

    @rule()
    def night(self) -> None:
        """The night's work."""
        for job in JOBS:
            bench = Bench(db.session(), self.world.clock, self.world.app.extensions[CONFIG])
            job.run(bench)
        self.watcher.ask(self.world)

    def _get(self, who: str, path: str) -> str:
        answer = self.world.client(who).raw("GET", path)
        self.world.session.rollback()
        assert answer.status_code in ANSWERS, (who, path, answer.status_code)
        return answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""

    def _take_up(self, dice: Random, who: str, path: str) -> None:
        """Open a page, follow a link within its case now and then, fill in one of its forms."""
        page = read(path, self._get(who, path))
        for _ in range(3):
            forms = [form for form in page.forms if "out" not in form.action]
            if forms and dice.random() < 0.85:
                break
            deeper = sorted({link for link in page.links if CASE.match(link) and link != path})
            if not deeper:
                break
            path = self._fresh(dice, deeper)
            page = read(path, self._get(who, path))
        forms = [form for form in page.forms if "out" not in form.action]
        if forms:
            action = self._fresh(dice, [form.action for form in forms])
            form = dice.choice([one for one in forms if one.action == action])
            if not RARE.search(form.action) or dice.random() < 0.15:
                self._send(dice, who, form)

    def _fresh(self, dice: Random, paths: list[str]) -> str:
        """One of these addresses, rather one at which little was done yet."""
        weights = [1 / (1 + self.mine[_shape(path)]) ** 2 for path in paths]
        return dice.choices(paths, weights)[0]

    def _send(self, dice: Random, who: str, form: Offered) -> None:
        name = self.world.actor(who).name
        self.world.session.rollback()
        for _ in range(3):
            data = fill(dice, form, self.world.now, name)
            if "version" in data and dice.random() < 0.04:
                data["version"] = ["1"]
            shown = self._post(who, form.action, data)
            offered = [one for one in read(form.action, shown).forms if one.action == form.action]
            if not offered:
                return
            form = offered[0]

    def _post(self, who: str, path: str, data: dict[str, Any]) -> str:
        """Send a form; the page that comes back where it was not taken."""
        before = self._links()
        for value in data.values():
            if isinstance(value, tuple):
                value[0].seek(0)
        answer = self.world.client(who).raw(
            "POST", path, data=dict(data), content_type="multipart/form-data"
        )
        self.world.session.rollback()
        assert answer.status_code in ANSWERS, (who, path, data, answer.status_code)
        if self._links() == before:
            self.refused(who, path, answer)
            return answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        assert answer.status_code < 400, (who, path, data, answer.status_code)
        self.done[_shape(path)] += 1
        self.mine[_shape(path)] += 1
        self.sent.append((who, path, {k: v for k, v in data.items() if not isinstance(v, tuple)}))
        self.watcher.ask(self.world)
        return ""

    def refused(self, who: str, path: str, answer: Any) -> None:
        """A form that changed nothing; the page says why."""

    def _links(self) -> int:
        return int(self.world.session.scalar(text(CHANGES)) or 0)


def _shape(path: str) -> str:
    """An address without what is this case's own."""
    return re.sub(r"[0-9a-f]{32}", "*", re.sub(r"/projects/[A-Z0-9-]+", "", path.split("?")[0]))


def walk(opening: Open, walks: int, steps: int, *, derandomize: bool) -> Counter[str]:
    """So many walks of so many steps; what was carried out."""
    done: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: RandomWalk(opening, done),
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=derandomize,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return done


def test_random_walk_finds_nothing_wrong(walked_folder: Path) -> None:
    done = walk(lambda: world_on_sqlite(walked_folder), walks=2, steps=15, derandomize=True)
    assert done, "nobody could do anything"


@pytest.mark.drill
def test_ten_thousand_steps_find_nothing_wrong(walked_folder: Path) -> None:
    done = walk(lambda: world_on_sqlite(walked_folder), walks=40, steps=250, derandomize=False)
    print(dict(done.most_common()))


@pytest.mark.drill
def test_ten_thousand_steps_find_nothing_wrong_on_postgres(
    postgres_server: postgres.Server, tmp_path: Path
) -> None:
    folder = tmp_path / "walked"
    folder.mkdir()
    url = postgres_server.create("walked_template")
    walked_on(url, folder)
    grant_application(url)
    done = walk(
        lambda: world_on_postgres(postgres_server, "walked_template", folder),
        walks=40,
        steps=250,
        derandomize=False,
    )
    print(dict(done.most_common()))
