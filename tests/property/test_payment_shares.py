"""Splitting instalments between levels: every row and every column adds up, for any contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.stages.contracts.models import ContractShare
from procure.stages.payments.splitting import split_instalments

LEVELS = list(Level)


@st.composite
def contracts(draw: st.DrawFn) -> tuple[list[ContractShare], list[int]]:
    """Shares by whole weights and instalments by percent of one amount, as a contract has them."""
    amount = Money(draw(st.integers(1, 10**13)))
    weights = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=4))
    percents = draw(st.lists(st.integers(1, 100), min_size=1, max_size=12))
    shares = [
        ContractShare(level=level, weight=weight, amount_fen=part.fen)
        for level, weight, part in zip(
            LEVELS, weights, amount.split_by_ratio(weights), strict=False
        )
    ]
    return shares, [part.fen for part in amount.allocate(percents)]


@given(contracts())
def test_split_pays_each_level_exactly_its_share(
    contract: tuple[list[ContractShare], list[int]],
) -> None:
    shares, instalments = contract
    plan = split_instalments(shares, instalments)

    for share in shares:
        assert sum(part[share.level] for part in plan) == share.amount_fen
    for part, amount in zip(plan, instalments, strict=True):
        assert sum(part.values()) == amount
        assert min(part.values()) >= 0


@given(contracts())
def test_split_follows_the_weights_where_the_shares_have_room(
    contract: tuple[list[ContractShare], list[int]],
) -> None:
    shares, instalments = contract
    first = split_instalments(shares, instalments)[0]
    if len(instalments) == 1:
        return
    exact = Money(instalments[0]).split_by_ratio([share.weight for share in shares])
    if all(part.fen <= share.amount_fen for part, share in zip(exact, shares, strict=True)):
        assert list(first.values()) == [part.fen for part in exact]


@given(contracts(), st.integers(1, 1000))
def test_split_of_sums_that_disagree_is_refused(
    contract: tuple[list[ContractShare], list[int]], more: int
) -> None:
    shares, instalments = contract

    with pytest.raises(ValueError, match="add up"):
        split_instalments(shares, [*instalments, more])


def test_split_two_four_four_over_thirds_loses_no_fen() -> None:
    total = Money(10_000)
    weights = [2, 4, 4]
    shares = [
        ContractShare(level=level, weight=weight, amount_fen=part.fen)
        for level, weight, part in zip(LEVELS, weights, total.split_by_ratio(weights), strict=False)
    ]
    plan = split_instalments(shares, [3_334, 3_333, 3_333])

    assert [list(part.values()) for part in plan] == [
        [667, 1334, 1333],
        [667, 1333, 1333],
        [666, 1333, 1334],
    ]
