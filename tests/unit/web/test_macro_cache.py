"""What is kept of drawing is drawn again from other values, and never shown for them."""

from datetime import UTC, datetime

import pytest
from markupsafe import Markup

from procure.kernel.money import Money
from procure.web.cells import table_rows
from procure.web.macro_cache import MOST, drawn, drawn_as
from procure.web.presenters import Column, Row

COLUMNS = (Column("name", "名称"), Column("sum", "金额", numeric=True))


def no_parts(value: object) -> str:
    raise AssertionError(f"{value!r} is simple")


def test_drawn_of_equal_values_draws_once() -> None:
    asked: list[str] = []

    def draw(value: str) -> Markup:
        asked.append(value)
        return Markup("<b>{}</b>").format(value)

    assert drawn(draw, "<甲>") == drawn(draw, "<甲>") == "<b>&lt;甲&gt;</b>"
    assert drawn(draw, "乙") == "<b>乙</b>"
    assert asked == ["<甲>", "乙"]


def test_drawn_of_another_macro_is_its_own() -> None:
    def one(value: str) -> Markup:
        return Markup("一")

    def other(value: str) -> Markup:
        return Markup("二")

    assert (drawn(one, "x"), drawn(other, "x")) == ("一", "二")


def test_drawn_plain_text_is_escaped() -> None:
    assert drawn_as("key", lambda: "<script>") == "&lt;script&gt;"


def test_drawn_beyond_the_most_gives_up_the_oldest() -> None:
    asked: list[int] = []

    def draw(value: int) -> Markup:
        asked.append(value)
        return Markup(value)

    for value in range(MOST + 1):
        drawn(draw, value)
    drawn(draw, MOST)
    drawn(draw, 0)

    assert asked == [*range(MOST + 1), 0]


def test_row_with_one_changed_cell_is_drawn_anew() -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    for name, fen in (("甲", 100), ("甲", 200), ("<乙>", 100)):
        shown = table_rows(
            (*COLUMNS, Column("at", "时间")), [Row((name, Money(fen), at))], no_parts
        )
        assert f"¥{fen // 100}.00" in shown
        assert Markup.escape(name) in shown
        assert "2026年3月2日 周一 09:00" in shown


@pytest.mark.parametrize(("first", "second"), [(1, True), (True, 1), ("", None)])
def test_row_of_values_that_are_equal_or_alike_is_drawn_by_type(
    first: object, second: object
) -> None:
    columns = (Column("x", "值"),)

    shown = [str(table_rows(columns, [Row((value,))], no_parts)) for value in (first, second)]

    assert (shown[0] == shown[1]) is (first == "")


def test_row_under_another_head_is_drawn_for_it() -> None:
    row = Row(("甲",))

    one, other = (table_rows((Column("x", label),), [row], no_parts) for label in ("左", "右"))

    assert 'data-label="左"' in one
    assert 'data-label="右"' in other
