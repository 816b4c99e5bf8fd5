"""Whose uploads are judged now: nobody keeps the server's threads busy with files.

The server has eight threads (`cli/service.py`). Half of them at most look at files or wait to; one
person has one at work and one that waits. Who gets no turn is told so, and loses nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from procure.kernel.errors import Unavailable

MOST_AT_ONCE = 2
MOST_THREADS = 4
LONGEST_WAIT = 10
"""Seconds: longer than ordinary files take on a busy machine; those who wait hold half the threads."""

_NOTHING_LOST = "填写的内容和已经上传的文件都还在。"


class Busy(Unavailable):
    """There is no turn now: the same may be sent again a little later."""


class Turns:
    """Lets people in: `at_once` may judge, and with those that wait there are `threads` at most.

    Nobody waits longer than `patience` seconds.
    """

    def __init__(
        self,
        at_once: int = MOST_AT_ONCE,
        threads: int = MOST_THREADS,
        patience: float = LONGEST_WAIT,
    ) -> None:
        self._at_once = at_once
        self._threads = threads
        self._patience = patience
        self._change = Condition()
        self._judging: set[str] = set()
        self._waiting: set[str] = set()

    @contextmanager
    def taken_by(self, person: str) -> Iterator[None]:
        """A turn of this person for as long as the block runs. Raises Busy."""
        with self._change:
            self._let_in(person)
        try:
            yield
        finally:
            with self._change:
                self._judging.remove(person)
                self._change.notify_all()

    def _let_in(self, person: str) -> None:
        if person in self._waiting:
            raise _yours()
        if len(self._judging) + len(self._waiting) >= self._threads:
            raise _of_others()
        self._waiting.add(person)
        try:
            is_free = self._change.wait_for(lambda: self._is_free_for(person), self._patience)
        finally:
            self._waiting.remove(person)
        if not is_free:
            raise _yours() if person in self._judging else _of_others()
        self._judging.add(person)

    def _is_free_for(self, person: str) -> bool:
        return person not in self._judging and len(self._judging) < self._at_once


def _yours() -> Busy:
    return Busy("您还有文件正在检查，请等它办完再选。", remedy=_NOTHING_LOST)


def _of_others() -> Busy:
    return Busy("平台正在检查许多文件，暂时排不上。", remedy=f"请过一分钟再选一次；{_NOTHING_LOST}")
