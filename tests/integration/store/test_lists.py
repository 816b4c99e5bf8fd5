"""A list of the database: its pages, orders, choices and files, the same on both databases."""

from datetime import date
from typing import NamedTuple

import pytest
from sqlalchemy import Date, Integer, MetaData, String, Table, column, create_engine, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.schema import Column

from procure.kernel.paging import PageRequest
from procure.store.base import install
from procure.store.lists import Source, equal, summed, waiting_first

THING = Table(
    "listed_thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String),
    Column("state", String),
    Column("day", Date),
    Column("fen", Integer),
)
ROWS = [
    (1, "养老（一期）", "open", date(2026, 5, 3), 10),
    (2, "助餐", "over", date(2026, 5, 9), 20),
    (3, "社工站", "open", None, 30),
    (4, "养老 二期", "open", date(2026, 5, 1), 40),
    (5, "失能护理", "over", date(2026, 6, 1), 50),
]


class Thing(NamedTuple):
    """A line of the list."""

    id: int
    name: str


SOURCE: Source[Thing] = Source(
    lines=select(THING.c.id, THING.c.name),
    line=Thing,
    ident=THING.c.id,
    first=waiting_first(THING.c.state == "open", THING.c.day),
    sorts={"day": THING.c.day, "state": (THING.c.state, THING.c.fen)},
    filters={"state": equal(THING.c.state)},
    search=(THING.c.name,),
)


def asked(session: Session, **wanted: object) -> list[int]:
    return [line.id for line in SOURCE.page(session, PageRequest(**wanted)).rows]  # type: ignore[arg-type]


def test_source_gives_pages_orders_choices_and_all_lines(database_url: str) -> None:
    plain = create_engine(database_url)
    with plain.begin() as connection:
        THING.create(connection)
        names = ("id", "name", "state", "day", "fen")
        connection.execute(insert(THING), [dict(zip(names, row, strict=True)) for row in ROWS])
    plain.dispose()
    engine = create_engine(database_url)
    install(engine)
    with Session(engine) as session:
        # What is open by its day, what has none after it; then the rest, the latest first.
        assert asked(session) == [4, 1, 3, 5, 2]
        assert asked(session, size=2, page=2) == [3, 5]
        beyond = SOURCE.page(session, PageRequest(size=2, page=9))
        assert (list(beyond.rows), beyond.total, beyond.pages) == ([], 5, 3)
        assert asked(session, sort="day") == [4, 1, 2, 5, 3]
        assert asked(session, sort="day", descending=True) == [5, 2, 1, 4, 3]
        assert asked(session, sort="state", descending=True) == [5, 2, 4, 3, 1]
        assert asked(session, filters={"state": "over"}) == [5, 2]
        assert asked(session, search="养老") == [4, 1]
        assert asked(session, search="养老(一期)") == [1]
        every = SOURCE.every(session, PageRequest(size=2, search="养老"))
        assert [line.id for line in every] == [4, 1]
        total = session.scalar(select(summed(THING.c.fen)))
        assert (total, type(total)) == (150, int)
        assert session.scalar(select(summed(THING.c.fen)).where(column("id") > 9)) == 0
    engine.dispose()


def test_source_completes_a_page_and_each_batch_at_once() -> None:
    told: list[int] = []

    def complete(session: Session, lines: list[Thing]) -> list[Thing]:
        told.append(len(lines))
        return [line._replace(name=f"{line.name}。") for line in lines]

    engine = create_engine("sqlite://")
    with Session(engine) as session:
        THING.create(session.connection())
        session.execute(insert(THING), [{"id": n, "name": str(n)} for n in range(1500)])
        source: Source[Thing] = Source(
            lines=SOURCE.lines,
            line=Thing,
            ident=THING.c.id,
            first="-name",
            sorts={"name": THING.c.name},
            complete=complete,
        )
        page = source.page(session, PageRequest())
        assert [line.name for line in page.rows[:2]] == ["999。", "998。"]
        assert len(list(source.every(session, PageRequest()))) == 1500
        # Nothing is looked through in this list: words in its address narrow nothing.
        assert source.page(session, PageRequest(search="无")).total == 1500
    assert told == [20, 1000, 500, 20]


@pytest.mark.parametrize("key", ["", "day"])
def test_no_order_leaves_two_lines_undecided(key: str) -> None:
    statement = SOURCE._ordered(SOURCE.lines, PageRequest(sort=key))

    assert str(statement).endswith("listed_thing.id")
