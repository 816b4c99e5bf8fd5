"""Run in a copy of the checkout: what each test comes through, then one broken rule after another.

The tests run once as they are, each measured for the lines it comes through and the seconds it
takes. For every break the process then forks: the child takes the broken code in place of the sound
one and runs the tests that come through it, the quickest first, until one fails. Databases and
walks that the first run made are there already, so that most breaks are decided in a second. What
runs while the program is loaded (tables, declarations) is broken in a new process instead.
"""

import functools
import gc
import importlib.util
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TextIO

import coverage
import pytest

from tests.mutants.breaks import Break, breaks_of

KILLED, SURVIVED, UNDECIDED = "killed", "survived", "undecided"
TESTS_FAILED = 1
CANNOT = 77
"""How a child ends that cannot take the broken code without being loaded anew."""
EMBEDDED = "not postgres"
"""What SQLite refuses too need not be asked twice."""
ONCE = "once: "
"""Before the name of a test: what a session makes once, at the first test that asks for it."""
STARTS = ("subprocess", "multiprocessing")
"""What a module of tests imports that starts commands; lines that only those come through are not
seen.
"""
ALWAYS = ["-p", "no:cacheprovider", "-p", "no:xdist"]


@dataclass(frozen=True)
class Order:
    """What is to be tried: files, tests, how many breaks, seconds for each, chance's seed."""

    files: list[str]
    tests: list[str]
    both: bool
    places: list[str]
    count: int
    seconds: float
    seed: int


@dataclass(eq=False)
class Trial:
    """The plugin that runs the tests of a session in its own way."""

    order: Order
    out: TextIO
    cover: coverage.Coverage
    took: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    failed: list[str] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    at: str = ""
    is_forked: bool = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.took[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """What is made once for all tests is not made again in a fork of this process."""
        is_measured = fixturedef.scope == "session" and not self.is_forked
        if is_measured:
            self.cover.switch_context(f"{ONCE}{self.at}")
        made = yield
        if is_measured:
            self.cover.switch_context(self.at)
        return made

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
            self._say(str(report.longrepr))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Everything as it is, then everything that is broken."""
        self._run_sound(session)
        if self.failed or not session.items:
            self._say(f"the tests do not pass before anything is broken: {self.failed[:5]}")
            session.testsfailed = 1
            return True
        tests = {item.nodeid: item for item in session.items}
        reach = Reach(self.cover.get_data(), self.took)
        loaded = Loaded.now()
        for broken in chosen(self.order):
            begun = time.monotonic()
            verdict, why = self._judge(broken, reach, loaded, tests)
            self.judged[verdict] += 1
            self._say(f"{verdict:9} {broken}  [{why}, {time.monotonic() - begun:.1f} s]")
        self._say(", ".join(f"{self.judged[one]} {one}" for one in (KILLED, SURVIVED, UNDECIDED)))
        session.testsfailed = self.judged[SURVIVED]
        return True

    def _run_sound(self, session: pytest.Session) -> None:
        """Run every test once; the last one is followed by the first, so that what the session
        made stays.
        """
        for item, following in zip(
            session.items, [*session.items[1:], *session.items[:1]], strict=True
        ):
            self.at = item.nodeid
            self.cover.switch_context(self.at)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        self.cover.stop()

    def _judge(
        self, broken: Break, reach: "Reach", loaded: "Loaded", tests: Mapping[str, pytest.Item]
    ) -> tuple[str, str]:
        """What becomes of one break, and which test decided it."""
        names, is_made_once = reach.tests_of(broken)
        names = names or [name for name, test in tests.items() if _starts_commands(test)]
        if not names:
            return SURVIVED, "no test comes here"
        sound = broken.path.read_bytes()
        text = broken.applied(sound)
        try:
            # Commands that a test starts as processes of their own read the file.
            _write(broken.path, text)
            if not is_made_once:
                run = partial(self._child, broken.path, text, loaded, [tests[one] for one in names])
                ended = forked(run, self.order.seconds)
                if ended.code != CANNOT:
                    return ended.verdict
            return anew(names, self.order.seconds).verdict
        finally:
            _write(broken.path, sound)

    def _child(self, path: Path, text: bytes, loaded: "Loaded", items: list[pytest.Item]) -> str:
        """Run the tests with the broken code; which one failed, or nothing."""
        self.is_forked = True
        loaded.take(path, text)
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return self.failed[0]
        return ""

    def _say(self, words: str) -> None:
        print(words, file=self.out, flush=True)


def _starts_commands(test: pytest.Item) -> bool:
    return any(name in vars(test.module) for name in STARTS)  # type: ignore[attr-defined]


class Reach:
    """Which tests come through which lines."""

    def __init__(self, data: coverage.CoverageData, took: Mapping[str, float]) -> None:
        self._data = data
        self._took = took

    def tests_of(self, broken: Break) -> tuple[list[str], bool]:
        """The tests that come through a break, and whether that happens once for all of them: as
        the program is loaded, or where a session makes what its tests share.

        Module by module, for what one has set up serves its next test; the module with the quickest
        test first.
        """
        by_line = self._data.contexts_by_lineno(str(broken.path.resolve()))
        found = {name for line in broken.lines for name in by_line.get(line, ())}
        is_made_once = any(not name or name.startswith(ONCE) for name in found)
        if "" in found:
            # Whoever uses the module may notice.
            found |= {name for names in by_line.values() for name in names}
        tests = {name.removeprefix(ONCE) for name in found - {""}}
        modules: dict[str, list[str]] = defaultdict(list)
        for name in sorted(tests, key=lambda name: self._took[name]):
            modules[name.partition("::")[0]].append(name)
        return [name for names in modules.values() for name in names], is_made_once


@dataclass(frozen=True)
class Loaded:
    """The functions of the program as they were loaded, and what they remember."""

    functions: dict[str, list[FunctionType]]
    memories: list[Any]

    @classmethod
    def now(cls) -> "Loaded":
        gc.unfreeze()
        functions: dict[str, list[FunctionType]] = defaultdict(list)
        memories = []
        for one in gc.get_objects():
            if isinstance(one, FunctionType):
                functions[one.__code__.co_filename].append(one)
            elif isinstance(one, functools._lru_cache_wrapper) and "procure" in str(one.__module__):
                memories.append(one)
        return cls(functions, memories)

    def take(self, path: Path, text: bytes) -> None:
        """Let every function of a module run the broken text. Raises ValueError where none can."""
        name = str(path.resolve())
        anew = {_place(code): code for code in _codes(compile(text, name, "exec"))}
        for function in self.functions[name]:
            code = anew.get(_place(function.__code__))
            if code is not None:
                function.__code__ = code
        for memory in self.memories:
            memory.cache_clear()


def _codes(code: CodeType) -> Iterator[CodeType]:
    """All code below a module's."""
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


@dataclass(frozen=True)
class Ended:
    """How the tests of a break ended: the process's code, None when its time was up, and its words."""

    code: int | None
    words: str

    @property
    def verdict(self) -> tuple[str, str]:
        """What that says of the break, and why."""
        if self.code is None:
            return UNDECIDED, "time is up"
        if self.code == 0:
            return SURVIVED, "all pass"
        return KILLED, self.words or "does not run"


def forked(work: Callable[[], str], seconds: float) -> Ended:
    """Do something in a copy of this process; it ends with the name of the test that failed."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        # Should this process be ended, its child ends too.
        signal.alarm(math.ceil(seconds) + 1)
        code = CANNOT
        try:
            failed = work()
            os.write(tell, failed.encode())
            code = TESTS_FAILED if failed else 0
        finally:
            # Nothing that the parent made is to be cleared away.
            os._exit(code)
    os.close(tell)
    try:
        code = _waited(child, seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    with os.fdopen(told) as words:
        return Ended(code, words.read() if code == TESTS_FAILED else "")


def _waited(child: int, seconds: float) -> int | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def anew(tests: list[str], seconds: float) -> Ended:
    """Run tests in a process that loads the program anew."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", *ALWAYS, *tests]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            words, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return Ended(None, "")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    failed = [
        line.split()[1] for line in words.splitlines() if line.startswith(("FAILED ", "ERROR "))
    ]
    return Ended(process.returncode, failed[0] if failed else "")


def _write(path: Path, text: bytes) -> None:
    """Put a module in place; what was compiled of it before is not taken for it."""
    path.write_bytes(text)
    Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)


def chosen(order: Order) -> list[Break]:
    """So many breaks of the files, by chance, every kind alike."""
    chance = random.Random(order.seed)
    kinds: dict[str, list[Break]] = defaultdict(list)
    for name in order.files:
        path = Path(name)
        for one in breaks_of(path, path.read_bytes()):
            place = f"{path}:{one.line}"
            if not order.places or any(place.endswith(given) for given in order.places):
                kinds[one.kind].append(one)
    piles = [chance.sample(kinds[kind], len(kinds[kind])) for kind in sorted(kinds)]
    taken: list[Break] = []
    while len(taken) < order.count and any(piles):
        taken += [pile.pop() for pile in piles if pile]
    return chance.sample(taken, min(order.count, len(taken)))


def main() -> int:
    """Carry out the order given as JSON on the command line."""
    order = Order(**json.loads(sys.argv[1]))
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    cover = coverage.Coverage(
        data_file=None, include=[str(Path(one).resolve()) for one in order.files]
    )
    cover.start()
    trial = Trial(order, out, cover)
    options = [*ALWAYS, "-p", "no:terminal", *([] if order.both else ["-k", EMBEDDED])]
    return int(pytest.main([*options, *order.tests], plugins=[trial]))


if __name__ == "__main__":
    sys.exit(main())
