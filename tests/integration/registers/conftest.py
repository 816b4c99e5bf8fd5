"""A migrated database of either kind for each test of the registers, with people to act in it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Level, OrganisationKind, Role
from procure.kernel.clock import FixedClock
from procure.registers.accounts.models import Organisation
from procure.registers.documents import storage
from procure.store.unit_of_work import UnitOfWork
from tests.factories.parking import copied_on_postgres, copied_on_sqlite
from tests.factories.registers import actor_of
from tests.world import START


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The application's own kind of connection to a fresh database."""
    if request.param == "sqlite":
        yield from copied_on_sqlite(request.getfixturevalue("bare_sqlite"), tmp_path)
    else:
        yield from copied_on_postgres(request.getfixturevalue("bare_postgres"), "registers")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on the fresh database."""
    with Session(engine) as opened:
        yield opened


@pytest.fixture(autouse=True)
def file_store(tmp_path: Path) -> storage.FileStore:
    """A store of files of the test's own."""
    return storage.configure(f"file://{tmp_path / 'files'}")


@pytest.fixture
def uow_as(
    session: Session, clock: FixedClock
) -> Callable[[Actor], AbstractContextManager[UnitOfWork]]:
    """A unit of work of an actor: `with uow_as(actor) as uow:`."""

    @contextmanager
    def begin(actor: Actor) -> Iterator[UnitOfWork]:
        with UnitOfWork(session, actor, clock) as uow:
            yield uow

    return begin


@pytest.fixture
def buyer(session: Session, engine: Engine) -> Organisation:
    """A district bureau that buys."""
    return _keep(
        engine,
        session,
        name="斗门区民政局",
        kind=OrganisationKind.CIVIL_AFFAIRS_BUREAU,
        level=Level.DISTRICT,
        number_prefix="DMMZ",
    )


@pytest.fixture
def supplier(session: Session, engine: Engine) -> Organisation:
    """A social work agency."""
    return _keep(engine, session, name="晴暖社会工作服务中心", kind=OrganisationKind.SUPPLIER)


@pytest.fixture
def finance(session: Session, engine: Engine) -> Organisation:
    """The district's finance bureau."""
    return _keep(
        engine, session, name="斗门区财政局", kind=OrganisationKind.FINANCE, level=Level.DISTRICT
    )


@pytest.fixture
def clerk(buyer: Organisation) -> Actor:
    """The buyer's clerk."""
    return actor_of(buyer, Role.CLERK)


@pytest.fixture
def budget_officer(finance: Organisation) -> Actor:
    """The finance bureau's budget officer."""
    return actor_of(finance, Role.BUDGET_OFFICER)


def _keep(engine: Engine, session: Session, **values: object) -> Organisation:
    """An organisation as the accounts register would have made it, loaded into the session."""
    with (
        Session(engine) as other,
        UnitOfWork(other, actor_of(None, Role.SYSTEM), FixedClock(START), technical=True) as uow,
    ):
        organisation = Organisation(**values)
        uow.session.add(organisation)
        uow.session.flush()
        made = organisation.id
    # A snapshot the session may still hold is from before.
    session.rollback()
    found = session.get_one(Organisation, made)
    session.rollback()
    return found
