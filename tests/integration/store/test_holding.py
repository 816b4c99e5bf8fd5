# ruff: noqa: PT012 - what fails is the end of the block
"""Holding a row: who decides waits for who decides and for who adds, and sees what they left."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, OrganisationKind
from procure.kernel.clock import FixedClock
from procure.kernel.errors import NotFound, NotSaved
from procure.registers.accounts.models import Organisation
from procure.store.base import install
from procure.store.holding import hold, hold_below, moved
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork

CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@contextmanager
def session_on(url: str) -> Iterator[Session]:
    engine = create_engine(url)
    install(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def begun(session: Session) -> UnitOfWork:
    return UnitOfWork(session, SYSTEM_ACTOR, CLOCK, technical=True)


def an_office(session: Session, name: str = "井岸社工站") -> str:
    with begun(session) as uow:
        office = Organisation(id=new_id(), name=name, kind=OrganisationKind.SUPPLIER)
        uow.session.add(office)
    return office.id


def test_what_is_not_there_is_refused_in_the_words_given(database_url: str) -> None:
    with session_on(database_url) as session:
        with pytest.raises(NotFound, match="没有找到这家单位"), begun(session) as uow:
            hold(uow.session, Organisation, new_id(), "没有找到这家单位。")
        with pytest.raises(NotFound, match="没有找到您要看的内容"), begun(session) as uow:
            hold_below(uow.session, Organisation, new_id())


def test_version_is_raised_though_nothing_else_changed(database_url: str) -> None:
    with session_on(database_url) as session:
        office_id = an_office(session)
        with begun(session) as uow:
            moved(hold(uow.session, Organisation, office_id))
        assert session.get_one(Organisation, office_id).version == 2
        with begun(session) as uow:
            office = hold(uow.session, Organisation, office_id)
            moved(office)
            office.phone = "0756-1234567"
        assert session.get_one(Organisation, office_id).version == 3


def test_changes_made_before_a_row_is_held_are_not_lost(database_url: str) -> None:
    with session_on(database_url) as session:
        first, second = an_office(session), an_office(session, "白藤社工站")
        with begun(session) as uow:
            office = hold(uow.session, Organisation, first)
            office.phone = "0756-1234567"
            hold(uow.session, Organisation, second)
        assert session.get_one(Organisation, first).phone == "0756-1234567"


def test_whatever_was_read_before_the_wait_is_read_again(postgres_database: str) -> None:
    with ExitStack() as opened:
        mine, other = (opened.enter_context(session_on(postgres_database)) for _ in range(2))
        held, beside = an_office(mine), an_office(mine, "白藤社工站")
        with begun(mine) as uow:
            seen = [uow.session.get_one(Organisation, one) for one in (held, beside)]
            with begun(other) as theirs:
                for one in (held, beside):
                    hold(theirs.session, Organisation, one).phone = "0756-7654321"
            assert [one.phone for one in seen] == ["", ""]
            hold(uow.session, Organisation, held)
            assert [one.phone for one in seen] == ["0756-7654321"] * 2


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        (hold, hold, True),
        (hold, hold_below, True),
        (hold_below, hold, True),
        (hold_below, hold_below, False),
    ],
)
def test_who_decides_keeps_everybody_out_and_who_adds_only_who_decides(
    postgres_database: str, first: object, second: object, waits: bool
) -> None:
    with ExitStack() as opened:
        mine, other = (opened.enter_context(session_on(postgres_database)) for _ in range(2))
        office_id = an_office(mine)
        with begun(mine) as uow:
            first(uow.session, Organisation, office_id)
            refusal = pytest.raises(NotSaved) if waits else ExitStack()
            with refusal, begun(other) as theirs:
                theirs.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
                second(theirs.session, Organisation, office_id)
