"""Which terms each act begins, meets and gives up, as the rows say it and not as it is meant.

`noted` looks at all rows at the beginning of a unit of work and before its commit. What was seen is
compared whole with `tests/integration/stages/terms.txt`, which is reviewed like a migration: one
act that ends the first of two terms and forgets the second is a line that differs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from procure.registers.deadlines.events import TermMet
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.store.unit_of_work import UnitOfWork

TABLE = Path(__file__).with_name("integration") / "stages/terms.txt"
WORDS = {TermStatus.MET: "met", TermStatus.CANCELLED: "dropped"}

Terms = dict[str, tuple[str, TermStatus]]
"""Rule and status of every term, by its id."""


@contextmanager
def noted() -> Iterator[set[str]]:
    """Note what acts do to terms; gives a line for every act and what it did."""
    seen: set[str] = set()
    before: dict[UnitOfWork, Terms] = {}
    enter, commit = UnitOfWork.__enter__, UnitOfWork._commit

    def entered(uow: UnitOfWork) -> UnitOfWork:
        begun = enter(uow)
        before[uow] = _terms(uow)
        return begun

    def committed(uow: UnitOfWork) -> None:
        after = _terms(uow)
        commit(uow)
        done = [type(one).__name__ for one in uow._events if not one.minor]
        changes = sorted(_changes(before.pop(uow), after, _late(uow)))
        if changes:
            seen.add(f"{' '.join(dict.fromkeys(done))}: {', '.join(changes)}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnitOfWork, "__enter__", entered)
        patch.setattr(UnitOfWork, "_commit", committed)
        yield seen


def _terms(uow: UnitOfWork) -> Terms:
    rows = uow.session.execute(select(Deadline.id, Deadline.rule, Deadline.status))
    return {ident: (rule, status) for ident, rule, status in rows}


def _late(uow: UnitOfWork) -> set[str]:
    return {one.deadline_id for one in uow._events if isinstance(one, TermMet) and one.late}


def _changes(before: Terms, after: Terms, late: set[str]) -> Iterator[str]:
    for ident, (rule, status) in after.items():
        if ident not in before:
            yield f"+{rule}" if status is TermStatus.RUNNING else f"+{rule} {WORDS[status]}"
        elif before[ident][1] is not status:
            yield f"{rule} {WORDS[status]}{' late' if ident in late else ''}"
