"""Turns of judging: who is let in, who waits, who is told to come again."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event, Semaphore

import pytest

from procure.kernel.errors import Unavailable
from procure.registers.documents.judging.turns import Busy, Turns

LONG = 10.0


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as made:
        yield made


def try_turn(turns: Turns, person: str) -> None:
    with turns.taken_by(person):
        pass


def test_nine_requests_of_one_person_hold_two_threads_at_most(threads: ThreadPoolExecutor) -> None:
    turns, over, ended = Turns(patience=LONG), Event(), Semaphore(0)

    def ask(person: str) -> bool:
        try:
            with turns.taken_by(person):
                over.wait(LONG)
            return True
        except Busy as refusal:
            assert "您还有文件正在检查，请等它办完再选" in refusal.message
            return False
        finally:
            ended.release()

    asked = [threads.submit(ask, "one") for _ in range(9)]
    for _ in range(7):
        assert ended.acquire(timeout=LONG)
    assert sum(not one.done() for one in asked) <= 2 + 1  # one may just be ending
    # Another person is let in beside them.
    try_turn(turns, "other")
    over.set()
    assert sum(one.result(LONG) for one in asked) == 2


def test_no_more_threads_judge_or_wait_than_half_of_the_servers(
    threads: ThreadPoolExecutor,
) -> None:
    turns, over, ended = Turns(patience=LONG), Event(), Semaphore(0)

    def ask(number: int) -> bool:
        try:
            with turns.taken_by(f"person {number}"):
                over.wait(LONG)
            return True
        except Busy as refusal:
            assert "许多文件" in refusal.message
            assert refusal.remedy
            return False
        finally:
            ended.release()

    asked: list[Future[bool]] = [threads.submit(ask, number) for number in range(9)]
    for _ in range(5):
        assert ended.acquire(timeout=LONG)
    over.set()
    assert sum(one.result(LONG) for one in asked) == 4


def test_who_waits_too_long_is_refused_and_finds_a_turn_later() -> None:
    turns = Turns(patience=0.01)
    with ExitStack() as held:
        for person in ("one", "two"):
            held.enter_context(turns.taken_by(person))
        with pytest.raises(Busy, match="正在检查，请等它办完"):
            try_turn(turns, "one")
        with pytest.raises(Unavailable, match="许多文件"):
            try_turn(turns, "three")
    try_turn(turns, "one")
    try_turn(turns, "three")


def test_turn_ends_with_a_fault_too() -> None:
    turns = Turns(patience=0.01)
    with pytest.raises(ZeroDivisionError), turns.taken_by("one"):
        1 / 0  # noqa: B018
    try_turn(turns, "one")
