"""A random walk over the pages of all stages, with the real use cases beneath them.

Each walk begins at a parked case of the demonstration, with people of a certain mood (`moods`). Whose
turn it is takes up what lies on their desk; others open addresses that are none of their business; they
fill in forms mostly sensibly (`answers`), send some twice, some with an old version, some out of order;
the clock moves by minutes, to either side of a running term, by weeks; the night's work is done or is
not. After every step that was carried out the rows themselves are asked whether all still holds
(`invariants`); at the end it is asked whether the walks went everywhere (`reach`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from itertools import cycle
from math import exp
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import func, select

from procure.demonstration.loading import PARKED
from procure.desks.reminders.registry import Bench
from procure.kernel.access import Actor
from procure.kernel.clock import FixedClock, at_local, local, local_date
from procure.kernel.lifecycle import TenderState
from procure.registers.accounts.models import User
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.projects.models import Project
from procure.stages.awards.models import Review
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import last_service_day
from procure.stages.evaluation.policies import window_of
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import Tender
from procure.store.base import db
from procure.store.trail import TrailEvent
from procure.web.access import CONFIG
from procure.wiring import JOBS, TODO_SOURCES
from tests import postgres
from tests.factories.filling import fill
from tests.factories.offered import Offered, Read, read
from tests.integration import routes
from tests.page_client import TECHNICAL, PageClient, quick_words
from tests.scenarios.answers import known_of
from tests.scenarios.invariants import Watcher
from tests.scenarios.moods import STARTS, Start
from tests.scenarios.reach import Reach
from tests.walked import WALKED_NOW, copy_of, walked_on
from tests.world import World, build_world, grant_application

ADMINISTRATORS = ("xitong", "anquan", "shenjiguanli")
"""They have no part in any case."""

CASE = re.compile(r"^/(projects/[A-Z0-9-]+|budget/\w+)(/|$)")
ELSEWHERE = ("accounts.", "demonstration.", "styleguide.", "auditing.")
RARE = re.compile(
    "/(conflict|absence|termination|recall|cancel|adjust|discard|withdraw|leave|early-end|reverse"
    "|refuse|refuse-rectification|decline|settle|settlement|slips|send-back|unreached|excuse|damage|candidate|session|return)$"
)
"""What people do now and then, and where a walk mostly ends: their moods lead there."""

ANSWERS = {200, 302, 303, 400, 403, 404, 405, 409, 410, 413, 415, 429, 503}
TOKEN = re.compile('name="csrf_token"[^>]* value="([^"]+)"')
SIGNED_IN = timedelta(minutes=8)
"""How long a sign-in is used: the second proof is fresh for ten minutes."""

DEAR_EVERY = 40
"""After how many changes the questions that walk over everything are asked."""

SEEDS = st.integers(0, 2**32)

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
    """One walk from its start; `reach` counts over all walks what was done."""

    def __init__(self, opening: Open, start: Start, reach: Reach) -> None:
        super().__init__()
        self.opened = opening()
        self.world: World = self.opened.__enter__()
        self.start, self.mood, self.reach = start, start.mood, reach
        self.watcher = Watcher()
        title = next(one.title for one in PARKED if one.stop is start.stop)
        self.busy, self.project_id = self.world.session.execute(
            select(Project.number, Project.id).where(Project.title == title)
        ).one()
        names = select(User.username).where(User.username.not_in(ADMINISTRATORS))
        self.people = self.world.session.scalars(names.order_by(User.username)).all()
        self.clients: dict[str, tuple[datetime, PageClient]] = {}
        self.tokens: dict[str, str] = {}
        self.prices: dict[str, str] = {}
        """What each bidder asks in the busy case, as it was typed."""
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.actors: dict[str, Actor] = {}
        self.acted: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.sent_to: Counter[str] = Counter()
        self.changes = 0
        self.leant = 0
        self.path = [f"{start.mood.name}, from {start.stop}: {self.busy}"]
        self.links = self._links()
        self.desks: dict[str, list[str]] = {}
        self.asked: tuple[object, ...] = ()
        self.idle_until: datetime | None = None
        """Nobody has anything to do in the busy case before, unless somebody does something."""
        self.reach.begin(self.world)
        self.watcher.ask(self.world)

    def teardown(self) -> None:
        try:
            with self._told("the end"):
                self.watcher.ask_dear(self.world)
                self.reach.end(self.world)
        finally:
            self.opened.__exit__(None, None, None)

    @rule(seed=SEEDS)
    def push_on(self, seed: int) -> None:
        """Somebody whose turn it is takes up what the busy case asks of them."""
        with self._told("push on"):
            self._push_on(Random(seed))

    @rule(seed=SEEDS)
    def press_on(self, seed: int) -> None:
        """The same: most of what people do is what waits for them."""
        with self._told("press on"):
            self._push_on(Random(seed))

    @rule(seed=SEEDS)
    def keep_on(self, seed: int) -> None:
        """The same."""
        with self._told("keep on"):
            self._push_on(Random(seed))

    @rule(seed=SEEDS)
    def lean(self, seed: int) -> None:
        """Somebody does what they lean to, though nobody waits for it; most often only once."""
        dice = Random(seed)
        with self._told("lean"):
            if not self._leans(dice, 0.2 if self.leant else 0.4):
                self._push_on(dice)

    @rule(seed=SEEDS)
    def stray(self, seed: int) -> None:
        """Somebody opens an address of any kind, and now and then sends what stands there."""
        dice = Random(seed)
        with self._told("stray"):
            rules = [
                rule
                for rule in routes.rules(self.world.app)
                if not rule.endpoint.startswith(ELSEWHERE) and "GET" in (rule.methods or ())
            ]
            paths = list(routes.addresses(self.world.session, dice.choice(rules), most=6))
            self.world.session.rollback()
            if paths:
                who, path = dice.choice(self.people), dice.choice(paths)
                if dice.random() < 0.5:
                    self._take_up(dice, who, path)
                else:
                    self._get(who, path)

    @rule(seed=SEEDS)
    def again(self, seed: int) -> None:
        """A form that was sent before is sent once more, by them or by somebody else."""
        dice = Random(seed)
        with self._told("again"):
            if not self.sent:
                return
            who, path, data = dice.choice(self.sent[-20:])
            who = who if dice.random() < 0.7 else dice.choice(self.people)
            self._post(who, path, {**data, "csrf_token": self._token(who)})

    @rule(seed=SEEDS)
    def later(self, seed: int) -> None:
        """Time passes: minutes, a day, to either side of a running term, rarely weeks."""
        dice = Random(seed)
        with self._told("later"):
            now, chance = self.world.now, dice.random()
            if chance < 0.6:
                self._go_to(dice, now + timedelta(minutes=dice.randint(1, 90)))
            elif chance < 0.85 or not (ahead := self._ahead()):
                self._go_to(dice, now + timedelta(hours=20))
            elif chance < 0.97:
                self._go_to(dice, ahead[0] + timedelta(minutes=dice.choice((-1, 1))))
            else:
                self._go_to(dice, now + timedelta(weeks=dice.randint(1, 4)))

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """A failure tells the whole way that led to it."""
        self.path.append(f"{local(self.world.now):%Y-%m-%d %H:%M} {what}")
        try:
            yield
        except Exception as fault:
            fault.add_note("\n".join(self.path))
            raise

    def _leans(self, dice: Random, chance: float) -> bool:
        """Whether somebody does what they lean to, by that chance."""
        if not self.mood.ways or dice.random() >= chance:
            return False
        way = dice.choice(self.mood.ways)
        self.leant += self._take_up(dice, way.who, self._address(way.end), rare=True)
        return True

    def _push_on(self, dice: Random) -> None:
        # Hypothesis leaves out some of the rules in each walk: whoever leans to something comes to
        # it where `lean` is left out too.
        if not self.leant and self._leans(dice, 0.06):
            return
        if self.idle_until is None or self.idle_until <= self.world.now:
            for who in sorted(self.people, key=lambda one: dice.random() / (1 + self.acted[one])):
                if who not in self.mood.silent and (mine := self._tasks(who)):
                    done = self._take_up(dice, who, self._fresh(dice, who, mine))
                    self.acted[who] = 2 if done else 0
                    return
        self._wait(dice)

    def _tasks(self, who: str) -> list[str]:
        """Where the desk of somebody leads them in the busy case; the same while nothing changes."""
        standing = self.busy, self.links, self.world.now
        if self.asked != standing:
            self.asked = standing
            self.desks.clear()
        if who not in self.desks:
            self.desks[who] = self._asked_of(who)
        return self.desks[who]

    def _asked_of(self, who: str) -> list[str]:
        session = self.world.session
        actor = self._actor(who)
        with self.world.app.test_request_context("/"):
            found = {
                task.href
                for source in TODO_SOURCES
                for task in source(session, actor, self.world.now)
                if task.number == self.busy
            }
        session.rollback()
        return sorted(found)

    def _actor(self, who: str) -> Actor:
        if who not in self.actors:
            self.actors[who] = self.world.actor(who)
        return self.actors[who]

    def _wait(self, dice: Random) -> None:
        """Nobody has anything to do in the busy case: until something happens, or some days; when it
        is closed, another case is the busy one.
        """
        if self.world.session.get_one(Project, self.project_id).closed_at is not None:
            self._turn_to_another(dice)
            return
        ahead = self._ahead()
        self.idle_until = ahead[0] if ahead else None
        if ahead and dice.random() < 0.8:
            self._go_to(dice, ahead[0] + timedelta(minutes=dice.choice((1, 30))))
        else:
            self._go_to(dice, self.world.now + timedelta(days=dice.choice((1, 3, 10))))

    def _turn_to_another(self, dice: Random) -> None:
        still_open = (Project.closed_at.is_(None), Project.discarded_at.is_(None))
        query = select(Project.number, Project.id).where(*still_open).order_by(Project.number)
        found = self.world.session.execute(query).all()
        self.world.session.rollback()
        if found:
            self.busy, self.project_id = dice.choice(found)
            self.prices.clear()
            self.acted.clear()
            self.idle_until = None
            self.path.append(f"  they turn to {self.busy}")

    def _go_to(self, dice: Random, instant: datetime) -> None:
        before = local_date(self.world.now)
        self.world.clock.move_to(max(self.world.now, instant))
        self.path.append(f"  the clock shows {local(self.world.now):%Y-%m-%d %H:%M}")
        if local_date(self.world.now) > before and dice.random() < 0.3:
            self._night()

    def _night(self) -> None:
        """The night's work."""
        self.path.append("  the night's work")
        for job in JOBS:
            bench = Bench(db.session(), self.world.clock, self.world.app.extensions[CONFIG])
            job.run(bench)
        self.links, self.idle_until = self._links(), None
        self.watcher.ask(self.world)

    def _ahead(self) -> list[datetime]:
        """The moments to come at which something becomes possible in the busy case, or ends."""
        session, now = self.world.session, self.world.now
        of_case = self.project_id
        moments = [
            *session.scalars(
                select(Deadline.due_at).where(
                    Deadline.project_id == of_case, Deadline.status == TermStatus.RUNNING
                )
            ),
            *session.scalars(select(Tender.deadline_at).where(Tender.project_id == of_case)),
            *(
                review.session_at
                for review in session.scalars(select(Review).where(Review.project_id == of_case))
            ),
        ]
        signed = (Contract.project_id == of_case, Contract.ends_on.is_not(None))
        for contract in session.scalars(select(Contract).where(*signed)):
            days = [window_of(contract).opens_on, last_service_day(contract) + timedelta(days=1)]
            if contract.starts_on is not None:
                days.append(contract.starts_on)
            moments += [at_local(day, time(9)) for day in days]
        session.rollback()
        return sorted(one for one in moments if one is not None and one > now)

    def _address(self, end: str) -> str:
        if not end.startswith("/budget"):
            return f"/projects/{self.busy}{end}"
        of_case = select(Plan.budget_line_id).where(Plan.project_id == self.project_id)
        line = self.world.session.scalars(of_case).first()
        self.world.session.rollback()
        return end.format(line=line)

    def _client(self, who: str) -> PageClient:
        """Somebody at their browser; they sign in anew when some time has passed."""
        since, client = self.clients.get(who, (None, None))
        if client is None or since is None or self.world.now - since > SIGNED_IN:
            client = self.world.client(who)
            self.clients[who] = self.world.now, client
            self.tokens.pop(who, None)
        return client

    def _token(self, who: str) -> str:
        """What every form of somebody's carries while they are signed in."""
        client = self._client(who)
        if who not in self.tokens:
            found = TOKEN.search(client.raw("GET", "/desk").get_data(as_text=True))
            assert found, f"no form on the desk of {who}"
            self.tokens[who] = found[1]
            self.world.session.rollback()
        return self.tokens[who]

    def _get(self, who: str, path: str) -> str:
        self.path.append(f"  {who} opens {path}")
        answer = self._client(who).raw("GET", path)
        self.world.session.rollback()
        return self._shown(who, path, answer)

    def _shown(self, who: str, path: str, answer: Any) -> str:
        """What a page says: nothing that only a programmer understands, nothing that is sealed."""
        assert answer.status_code in ANSWERS, (who, path, answer.status_code)
        if answer.mimetype != "text/html":
            return ""
        text: str = answer.get_data(as_text=True)
        words = quick_words(text)
        found = TECHNICAL.search(words)
        assert not found, (who, path, words[max(0, found.start() - 60) : found.end() + 60])
        if self.prices and self._is_sealed():
            told = [price for by, price in self.prices.items() if by[-1] != who[-1]]
            assert not any(price in words for price in told), (who, path, told)
        return text

    def _is_sealed(self) -> bool:
        """Whether the bids of the busy case lie unopened."""
        query = select(Tender.state).where(Tender.project_id == self.project_id)
        states = self.world.session.scalars(query).all()
        self.world.session.rollback()
        return TenderState.PUBLISHED in states

    def _take_up(self, dice: Random, who: str, path: str, *, rare: bool = False) -> bool:
        """Open a page, follow its links to where something is to be done, fill in one of its forms;
        whether that was carried out.
        """
        page = self._open(who, path)
        for _ in range(3):
            deeper = sorted({link for link in page.links if CASE.match(link) and link != path})
            near = [link for link in deeper if link.startswith("/".join(path.split("/")[:4]))]
            new = [one for one in near if one.startswith(f"{path}/") and not self.sent_to[one]]
            stuck = self.tried[f"{who} {path}"] > 4
            enough = 0.9 if rare or not (new or stuck) else 0.4
            if not deeper or (_usual(page, rare=rare) and dice.random() < enough):
                break
            path = self._fresh(dice, who, near if near and dice.random() < 0.9 else deeper)
            page = self._open(who, path)
        forms = _usual(page, rare=rare or dice.random() < 0.08)
        if not forms:
            return False
        action = self._fresh(dice, who, [form.action for form in forms])
        return self._send(dice, who, dice.choice([one for one in forms if one.action == action]))

    def _open(self, who: str, path: str) -> Read:
        self.tried[f"{who} {path}"] += 1
        page = read(path, self._get(who, path))
        if _usual(page, rare=False):
            self.reach.forms.add(_shape(path))
        return page

    def _fresh(self, dice: Random, who: str, paths: list[str]) -> str:
        """One of these addresses, rather one that was done least, and that has a form."""
        worn = [
            2 * self.sent_to[path]
            + 0.4 * self.tried[f"{who} {path}"]
            - 1.5 * (_shape(path) in self.reach.forms)
            for path in paths
        ]
        return dice.choices(paths, [exp(min(worn) - one) for one in worn])[0]

    def _send(self, dice: Random, who: str, form: Offered) -> bool:
        """Fill in a form and send it; put right what the page finds wrong with it, up to twice."""
        name = self._actor(who).name
        project = self.world.session.scalars(
            select(Project).where(Project.number == self.busy)
        ).one()
        mine = f"/{self.busy}/" in form.action or form.action.startswith("/budget/")
        for _ in range(3):
            known = {}
            if mine and dice.random() < 0.95:
                known = known_of(dice, self.world, project, form, name, self.mood)
            self.world.session.rollback()
            data = fill(dice, form, self.world.now, name, known)
            if "version" in data and dice.random() < 0.03:
                data["version"] = ["1"]
            shown = self._post(who, form.action, data)
            if shown is None:
                return True
            offered = [one for one in read(form.action, shown).forms if one.action == form.action]
            if not offered or not any(control.fault for control in offered[0].controls):
                return False
            form = offered[0]
        return False

    def _post(self, who: str, path: str, data: dict[str, Any]) -> str | None:
        """Send a form; None where it changed something, else the page that comes back. It takes a
        moment: what a paper says is held against what was done before it was made.
        """
        self.world.clock.move_to(self.world.now + timedelta(seconds=1))
        for value in data.values():
            if isinstance(value, tuple):
                value[0].seek(0)
        said = {key: value for key, value in data.items() if not isinstance(value, tuple)}
        self.path.append(f"  {who} sends {path} {_short(said)}")
        self.tried[f"{who} {path}"] += 1
        answer = self._client(who).raw(
            "POST", path, data=dict(data), content_type="multipart/form-data"
        )
        self.world.session.rollback()
        links = self._links()
        text = self._shown(who, path, answer)
        if links == self.links:
            self.path.append(f"    refused with {answer.status_code}: {_why(text)}")
            return text
        self.links, self.idle_until = links, None
        self.path.append(f"    done, {answer.status_code}")
        assert answer.status_code < 400, (who, path, data, answer.status_code)
        self.sent_to[path] += 1
        if path == f"/projects/{self.busy}/bid/offer" and "price" in data:
            self.prices[who] = str(data["price"])
        self.reach.steps[_shape(path)] += 1
        self.sent.append((who, path, said))
        self.watcher.ask(self.world)
        self.changes += 1
        if self.changes % DEAR_EVERY == 0:
            self.watcher.ask_dear(self.world)
        return None

    def _links(self) -> int:
        """How much was done in cases, bids and budgets; what is told of accounts is not counted."""
        counted = TrailEvent.stream.not_like("account:%")
        found = self.world.session.scalar(select(func.count()).where(counted)) or 0
        self.world.session.rollback()
        return found


def _usual(page: Read, *, rare: bool) -> list[Offered]:
    """The forms of a page that people fill in without a special reason."""
    return [
        form
        for form in page.forms
        if form.action != "/logout" and (rare or not RARE.search(form.action.split("?")[0]))
    ]


def _shape(path: str) -> str:
    """An address without what is this case's own."""
    return re.sub(r"[0-9a-f]{32}", "*", re.sub(r"/projects/[A-Z0-9-]+", "", path.split("?")[0]))


def _short(data: dict[str, Any]) -> str:
    """What was typed, without what every form has."""
    hidden = ("csrf_token", "idempotency_key")
    typed = ((key, "".join(value)[:24]) for key, value in data.items() if key not in hidden)
    return " ".join(f"{key}={value}" for key, value in typed if value)


def _why(text: str) -> str:
    """The beginning of what a page says is wrong."""
    at = text.find('error-summary"')
    at = at if at > 0 else text.find("<main")
    said = re.sub(r"<[^>]*>|\s+", " ", text[at : at + 1500])
    return re.sub(" +", " ", said)[-40:] if at < 0 else re.sub(" +", " ", said)[90:330]


def walk(
    opening: Open,
    walks: int,
    steps: int,
    *,
    derandomize: bool,
    starts: Sequence[Start] = STARTS,
    reach: Reach | None = None,
) -> Reach:
    """So many walks of so many steps, from each start in turn; where they and those before went."""
    reach, turns = reach or Reach(), cycle(starts)
    run_state_machine_as_test(
        lambda: RandomWalk(opening, next(turns), reach),
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
    return reach


def walk_everywhere(opening: Open) -> Reach:
    """Ten thousand steps; what forty walks have missed by chance is gone for once more, from where
    people lean to it.
    """
    reach = walk(opening, walks=40, steps=250, derandomize=False)
    for _ in range(4):
        left = [one for one in STARTS if set(one.mood.leads_to) & set(reach.missed)]
        if not left:
            break
        # The first walk of Hypothesis is the simplest there is, and goes nowhere.
        walks = 2 * len(left) + 1
        walk(opening, walks, steps=250, derandomize=False, starts=left, reach=reach)
    return reach


def test_random_walk_finds_nothing_wrong(walked_folder: Path) -> None:
    reach = walk(lambda: world_on_sqlite(walked_folder), walks=4, steps=12, derandomize=True)
    assert reach.steps, "nobody could do anything"


@pytest.mark.drill
def test_ten_thousand_steps_find_nothing_wrong(walked_folder: Path) -> None:
    reach = walk_everywhere(lambda: world_on_sqlite(walked_folder))
    print(reach)
    assert not reach.missed


@pytest.mark.drill
def test_ten_thousand_steps_find_nothing_wrong_on_postgres(
    postgres_server: postgres.Server, tmp_path: Path
) -> None:
    folder = tmp_path / "walked"
    folder.mkdir()
    url = postgres_server.create("walked_template")
    walked_on(url, folder)
    grant_application(url)
    reach = walk_everywhere(lambda: world_on_postgres(postgres_server, "walked_template", folder))
    print(reach)
    assert not reach.missed
