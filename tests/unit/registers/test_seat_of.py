"""A reader's seat on a panel is asked for once a page, and anew outside of one."""

import pytest
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, Actor
from procure.registers.documents import queries
from procure.registers.documents.audiences import PanelSeat, PanelSeats
from procure.store.request_cache import asked_once


def test_seat_is_asked_once_within_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def check(session: Session, actor: Actor, project_id: str) -> PanelSeats:
        asked.append(project_id)
        return PanelSeats(PanelSeat.JUDGING)

    monkeypatch.setattr(queries._Panel, "check", staticmethod(check))
    session = Session()
    with asked_once(session):
        seats = [queries.seat_of(session, SYSTEM_ACTOR, project) for project in "aab"]
    queries.seat_of(session, SYSTEM_ACTOR, "a")

    assert seats == [PanelSeat.JUDGING] * 3
    assert asked == ["a", "b", "a"]
