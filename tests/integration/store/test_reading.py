"""Reading without a transaction: streams still work, writers still write, nothing stays behind."""

from sqlalchemy import select, text

from procure.kernel.clock import FixedClock
from procure.registers.accounts.models import User
from procure.store.base import db, reading
from procure.store.unit_of_work import UnitOfWork
from tests.world import World


def test_streaming_while_reading_gives_all_rows(world: World) -> None:
    world.session.rollback()
    session = reading(db.session())
    names = list(session.scalars(select(User.username).execution_options(yield_per=2)))

    assert len(names) == len(set(names)) > 20


def test_writing_after_reading_is_undone_by_a_rollback(world: World) -> None:
    jingban = select(User.title).where(User.username == "jingban")
    before = reading(db.session()).scalar(jingban)

    with UnitOfWork(db.session(), world.actor("jingban"), FixedClock(world.now)) as uow:
        uow.session.execute(text("UPDATE user_account SET title = 'x'"))
        uow.session.rollback()

    assert reading(db.session()).scalar(jingban) == before != "x"


def test_reading_on_postgresql_holds_no_transaction(world: World) -> None:
    world.session.rollback()
    session = reading(db.session())
    session.scalar(select(User.id).limit(1))

    driver = session.connection().connection.driver_connection
    open_ = getattr(getattr(driver, "info", None), "transaction_status", None)
    assert driver is not None
    assert open_ == (0 if session.get_bind().dialect.name == "postgresql" else None)
