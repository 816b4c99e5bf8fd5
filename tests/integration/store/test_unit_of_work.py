# ruff: noqa: PT012 - what fails is the end of the block
"""The unit of work: all or nothing, never a change without an event, the same request once."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, OrganisationKind
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Conflict, Invalid, Stale
from procure.registers.accounts.models import Organisation
from procure.store import trail, unit_of_work
from procure.store.base import Base, install
from procure.store.unit_of_work import (
    EXPLAINED,
    SilentChange,
    UnitOfWork,
    explain_constraint,
    request_of,
    subscribe,
)
from tests.factories.auditing import Told

PROJECT = "d" * 32
CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@pytest.fixture
def session(database_url: str) -> Session:
    engine = create_engine(database_url)
    install(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def begun(session: Session, *, technical: bool = False) -> UnitOfWork:
    return UnitOfWork(session, SYSTEM_ACTOR, CLOCK, technical=technical)


@dataclass(frozen=True)
class Part:
    number: int


@dataclass(frozen=True)
class Made:
    name: str
    parts: tuple[Part, ...]
    key: str = ""


def noted(subject: str = "s") -> Told:
    return Told(subject_id=subject, project=PROJECT, told="Noted")


def office(name: str = "井岸社工站") -> Organisation:
    return Organisation(name=name, kind=OrganisationKind.SUPPLIER)


def count(session: Session, name: str) -> int:
    found = session.query(Organisation).filter_by(name=name).count()
    session.rollback()
    return found


def test_change_with_event_is_kept_with_its_link(session: Session) -> None:
    with begun(session) as uow:
        uow.session.add(office())
        uow.emit(noted())

    assert count(session, "井岸社工站") == 1
    assert [link.event for link in trail.links_of_project(session, PROJECT)] == ["Noted"]


def test_change_without_event_is_refused_and_undone(session: Session) -> None:
    with pytest.raises(SilentChange), begun(session) as uow:
        uow.session.add(office())

    assert count(session, "井岸社工站") == 0


def test_technical_change_needs_no_event(session: Session) -> None:
    with begun(session, technical=True) as uow:
        uow.session.add(office())

    assert count(session, "井岸社工站") == 1


def test_failure_leaves_neither_change_nor_event(session: Session) -> None:
    with pytest.raises(ZeroDivisionError), begun(session) as uow:
        uow.session.add(office())
        uow.session.flush()
        uow.emit(noted())
        _ = 1 // 0

    assert count(session, "井岸社工站") == 0
    assert trail.links_of_project(session, PROJECT) == []


def test_failing_trail_undoes_the_change(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(trail, "append", broken)
    with pytest.raises(OSError, match="disk full"), begun(session) as uow:
        uow.session.add(office())
        uow.emit(noted())

    assert count(session, "井岸社工站") == 0


def test_broken_constraint_is_told_in_words(session: Session) -> None:
    explain_constraint("uq_organisation_name", "name", "这个名称已经登记过。", "规则")
    with begun(session, technical=True) as uow:
        uow.session.add(office("重名单位"))

    with pytest.raises(Invalid) as refused, begun(session) as uow:
        uow.session.add(office("重名单位"))
        uow.emit(noted())

    assert refused.value.message == "这个名称已经登记过。"


def test_every_constraint_that_is_explained_by_its_name_is_there() -> None:
    """A key that was renamed would be told as any other contradiction."""
    there = {
        str(key.name)
        for table in Base.metadata.tables.values()
        for key in (*table.constraints, *table.indexes)
    }
    told = {text for text in EXPLAINED if text.startswith(("uq_", "ck_"))}

    assert len(told) > 30
    assert told - there == set()


def test_two_editors_of_one_record_the_second_is_told(session: Session) -> None:
    with begun(session, technical=True) as uow:
        uow.session.add(office("双人编辑"))
    table = Organisation.__table__

    with pytest.raises(Stale), begun(session, technical=True) as uow:
        mine = uow.session.query(Organisation).filter_by(name="双人编辑").one()
        uow.session.execute(table.update().where(table.c.id == mine.id).values(version=9))
        mine.phone = "2"

    assert session.query(Organisation.phone).filter_by(name="双人编辑").scalar() == ""


def test_same_request_twice_gets_the_first_answer_and_other_content_is_refused(
    session: Session,
) -> None:
    request = request_of("make", "k" * 20, Made("a", (Part(1),)))
    with begun(session) as uow:
        assert uow.earlier_result(request) is None
        uow.keep_result(request, "first")
        uow.emit(noted())
    with begun(session) as uow:
        assert uow.earlier_result(request) == "first"
    # However deep a field lies that was corrected, and whatever became of the key.
    for other in (Made("b", (Part(1),)), Made("a", (Part(2),)), Made("a", (Part(1), Part(1)))):
        with pytest.raises(Conflict), begun(session) as uow:
            uow.earlier_result(request_of("make", "k" * 20, other))
    with begun(session) as uow:
        same = request_of("make", "k" * 20, Made("a", (Part(1),), key="other"))
        assert uow.earlier_result(same) == "first"
    # The key is one person's, for one act.
    other = replace(SYSTEM_ACTOR, user_id="somebody else")
    with UnitOfWork(session, other, CLOCK, technical=True) as uow:
        assert uow.earlier_result(request) is None
    with begun(session) as uow:
        assert uow.earlier_result(request_of("keep", "k" * 20, Made("a", (Part(1),)))) is None


def test_subscriber_acts_in_the_same_transaction_and_its_failure_undoes_all(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "_SUBSCRIBERS", {})

    class Refused(Exception):
        pass

    def follow(uow: UnitOfWork, event: Told) -> None:
        if event.subject_id == "refuse":
            raise Refused
        if event.subject_id == "first":
            uow.emit(noted("followed"))

    subscribe(Told, follow)
    subscribe(Told, follow)
    with begun(session) as uow:
        uow.emit(noted("first"))
    assert [link.subject_id for link in trail.links_of_project(session, PROJECT)] == [
        "first",
        "followed",
    ]
    with pytest.raises(Refused), begun(session) as uow:
        uow.session.add(office())
        uow.emit(noted("refuse"))
    assert count(session, "井岸社工站") == 0


def test_after_commit_runs_once_it_is_durable_and_never_on_failure(session: Session) -> None:
    ran = []
    with begun(session) as uow:
        uow.after_commit(lambda: ran.append(len(trail.links_of_project(session, PROJECT))))
        uow.emit(noted())
    with pytest.raises(ZeroDivisionError), begun(session) as uow:
        uow.after_commit(lambda: ran.append(-1))
        _ = 1 // 0

    assert ran == [1]


def test_failure_after_the_commit_is_logged_and_stops_nothing(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """The person would be told that the step was not carried out, which it was, and do it again."""
    ran = []

    def fails() -> None:
        raise PermissionError("the store of files is read only")

    with begun(session) as uow:
        uow.session.add(office())
        uow.emit(noted())
        uow.after_commit(fails)
        uow.after_commit(lambda: ran.append("second"))

    assert count(session, office().name) == 1
    assert ran == ["second"]
    assert "the store of files is read only" in caplog.text


def test_unit_of_work_keeps_one_instant(session: Session) -> None:
    clock = FixedClock(CLOCK.instant)
    uow = UnitOfWork(session, SYSTEM_ACTOR, clock)
    clock.move_to(clock.now() + timedelta(hours=1))

    assert uow.now == CLOCK.instant
