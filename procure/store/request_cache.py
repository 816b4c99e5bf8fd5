"""Questions that several parts of one page put alike, put to the database once.

A case page is made of nine stages that may not know each other, and each asks for the tender, the
contract, the notices and how the reader stands to the case. Within `asked_once` such a question is
answered from what it was answered before. Nothing is written in there and it ends with the page, so
there is nothing to go stale; outside of it every question goes to the database.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

Given = ParamSpec("Given")
Result = TypeVar("Result")

_ANSWERS = "procure.answers"


def once(
    question: Callable[Concatenate[Session, Given], Result],
) -> Callable[Concatenate[Session, Given], Result]:
    """Mark a query whose answer is kept within `asked_once`.

    All that the answer depends on besides the database, the reader above all, must be among its
    arguments, and they must be hashable.
    """

    @wraps(question)
    def ask(session: Session, /, *given: Given.args, **named: Given.kwargs) -> Result:
        answers: dict[Hashable, Any] | None = session.info.get(_ANSWERS)
        if answers is None:
            return question(session, *given, **named)
        key = (question, given, tuple(named.items()))
        if key not in answers:
            answers[key] = question(session, *given, **named)
        answer: Result = answers[key]
        return answer

    return ask


@contextmanager
def asked_once(session: Session) -> Iterator[None]:
    """Keep the answers of queries marked `once` for the block, which only reads."""
    session.info[_ANSWERS] = {}
    try:
        yield
    finally:
        del session.info[_ANSWERS]
