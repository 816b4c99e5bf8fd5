"""What a partial acceptance takes off an instalment, level by level."""

import pytest

from procure.kernel.access import Level
from procure.stages.payments.gates import nothing_left
from procure.stages.payments.splitting import split_deduction, spread_deduction

PARTS = {Level.CITY: 2_000_001, Level.DISTRICT: 4_000_000, Level.STREET: 0}


@pytest.mark.parametrize("fen", [1, 2, 7, 1_234_567, 6_000_000, 6_000_001])
def test_deduction_is_borne_in_proportion_and_loses_no_fen(fen: int) -> None:
    borne = split_deduction(PARTS, fen)

    assert sum(borne.values()) == fen
    assert all(0 <= part <= PARTS[level] for level, part in borne.items())
    assert Level.STREET not in borne


def test_no_deduction_is_borne_by_nobody() -> None:
    assert split_deduction(PARTS, 0) == {}


def test_deduction_larger_than_its_instalment_is_refused() -> None:
    with pytest.raises(ValueError, match="larger"):
        split_deduction(PARTS, 6_000_002)


def test_nothing_is_asked_of_an_instalment_that_is_deducted_whole() -> None:
    assert nothing_left(1).ok
    assert "全部扣减" in nothing_left(0).reason


@pytest.mark.parametrize(
    ("deduction", "borne"),
    [(0, (0, 0, 0)), (40, (0, 0, 40)), (100, (0, 50, 50)), (350, (0, 300, 50))],
)
def test_deduction_is_taken_off_the_last_instalment_first(
    deduction: int, borne: tuple[int, ...]
) -> None:
    assert spread_deduction((0, 300, 50), deduction) == borne


def test_deduction_beyond_what_acceptance_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="larger"):
        spread_deduction((0, 300, 50), 351)
