"""What a migration lets into a column: the same on both databases, with guards and rows untouched."""

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Enum, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from procure.store.base import Base
from procure.store.widening import widen

TABLE = """
CREATE TABLE parcel (
    id INTEGER PRIMARY KEY,
    state VARCHAR(40) NOT NULL,
    note VARCHAR(40) DEFAULT '(' NOT NULL,
    CONSTRAINT ck_parcel_parcel_state CHECK (state IN ('packed', 'sent (by rail)')),
    CONSTRAINT ck_parcel_said CHECK (note <> '')
)
"""


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    """A migrated database's address."""
    url: str = request.getfixturevalue(request.param)
    return url


def refused(connection: Connection, state: str, note: str = "x") -> bool:
    """Whether the database refuses a parcel in this state."""
    try:
        with connection.begin_nested():
            connection.execute(
                text("INSERT INTO parcel (id, state, note) VALUES (:id, :state, :note)"),
                {"id": hash((state, note)) % 10_000, "state": state, "note": note},
            )
    except IntegrityError:
        return True
    return False


def test_a_column_takes_another_value_from_now_on(database: str) -> None:
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text(TABLE))
        connection.execute(text("INSERT INTO parcel (id, state) VALUES (0, 'packed')"))
        assert refused(connection, "lost")
        widen(
            Operations(MigrationContext.configure(connection)),
            "parcel",
            "state",
            "ck_parcel_parcel_state",
            ["packed", "sent (by rail)", "lost"],
        )
        assert not refused(connection, "lost")
        assert not refused(connection, "sent (by rail)")
        assert refused(connection, "eaten") and refused(connection, "packed", "")
        assert connection.scalar(text("SELECT state FROM parcel WHERE id = 0")) == "packed"
        with pytest.raises((LookupError, ProgrammingError), match="ck_parcel_nothing"):
            widen(
                Operations(MigrationContext.configure(connection)),
                "parcel",
                "state",
                "ck_parcel_nothing",
                ["packed"],
            )
    engine.dispose()


def test_every_column_takes_exactly_the_values_of_its_enumeration(database: str) -> None:
    """A state that only the model knows would be refused at the moment in which it is reached."""
    engine = create_engine(database)
    checks = inspect(engine).get_multi_check_constraints()
    differing = {}
    for table in Base.metadata.tables.values():
        said = {check["name"]: check["sqltext"] for check in checks[(None, table.name)]}
        for column in table.columns:
            if isinstance(column.type, Enum):
                taken = set(said[f"ck_{table.name}_{column.type.name}"].split("'")[1::2])
                if other := taken ^ set(column.type.enums):
                    differing[f"{table.name}.{column.name}"] = other
    engine.dispose()
    assert not differing
