"""Questions kept for a page, and for nothing longer."""

import pytest
from sqlalchemy.orm import Session

from procure.store.request_cache import asked_once, once

asked: list[tuple[object, ...]] = []


@once
def question(session: Session, *given: object) -> int:
    """How often it was asked so far."""
    asked.append(given)
    return len(asked)


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    asked.clear()


def test_once_outside_of_a_page_asks_each_time() -> None:
    session = Session()

    assert [question(session, "a"), question(session, "a")] == [1, 2]


def test_once_within_a_page_asks_each_question_once() -> None:
    session = Session()

    with asked_once(session):
        answers = [question(session, "a"), question(session, "b"), question(session, "a")]

    assert answers == [1, 2, 1]


def test_once_after_the_page_asks_again() -> None:
    session = Session()
    with asked_once(session):
        question(session, "a")
    with asked_once(session):
        question(session, "a")

    assert question(session, "a") == 3


def test_once_after_a_failed_page_asks_again() -> None:
    session = Session()
    with pytest.raises(TypeError), asked_once(session):
        question(session, ["unhashable"])
    question(session, "a")

    assert question(session, "a") == 2


def test_once_of_another_session_is_its_own() -> None:
    session = Session()
    with asked_once(session):
        question(session, "a")
        assert question(Session(), "a") == 2
