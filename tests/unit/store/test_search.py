"""What lists look for when somebody types words above them."""

import pytest
from sqlalchemy import column, create_engine, literal, select

from procure.store.search import says


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("养老", True),
        ("dmmz-2026", True),
        ("DMMZ-2026-001", True),
        ("助残", False),
        ("%", False),
        ("_", False),
    ],
)
def test_search_finds_words_of_a_title_and_numbers_in_any_case(typed: str, found: bool) -> None:
    row = select(literal("社区养老服务").label("title"), literal("DMMZ-2026-001").label("number"))
    listed = row.subquery()
    query = select(column("number")).select_from(listed)

    with create_engine("sqlite://").connect() as connection:
        asked = query.where(says(typed, listed.c.title, number=listed.c.number))
        assert bool(connection.execute(asked).all()) is found
