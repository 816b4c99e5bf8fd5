"""Splitting between levels within what each has: nothing lost, nothing overdrawn."""

from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.registers.funds.queries import split_within

LEVELS = list(Level)
FEN = st.integers(0, 10**12)


@given(st.lists(st.tuples(FEN, FEN), min_size=1, max_size=4))
def test_split_within_keeps_the_sum_and_every_limit(pairs: list[tuple[int, int]]) -> None:
    wanted = {level: want for level, (want, _) in zip(LEVELS, pairs, strict=False)}
    room = {level: have for level, (_, have) in zip(LEVELS, pairs, strict=False)}

    taken = split_within(wanted, room)

    if sum(wanted.values()) > sum(room.values()):
        assert taken is None
    else:
        assert taken is not None
        assert sum(taken.values()) == sum(wanted.values())
        assert all(0 <= fen <= room[level] for level, fen in taken.items())


@given(FEN, st.lists(st.integers(1, 1000), min_size=1, max_size=4))
def test_split_within_enough_room_is_the_split_by_ratio(fen: int, weights: list[int]) -> None:
    parts = [part.fen for part in Money(fen).split_by_ratio(weights)]
    wanted = dict(zip(LEVELS, parts, strict=False))

    assert split_within(wanted, dict.fromkeys(LEVELS, fen)) == wanted


def test_split_within_lets_the_last_level_carry_what_rounding_asks_too_much() -> None:
    wanted = {Level.CITY: 17, Level.DISTRICT: 17, Level.STREET: 16}
    room = {Level.CITY: 16, Level.DISTRICT: 17, Level.STREET: 17}

    assert split_within(wanted, room) == {
        Level.CITY: 16,
        Level.DISTRICT: 17,
        Level.STREET: 17,
    }
