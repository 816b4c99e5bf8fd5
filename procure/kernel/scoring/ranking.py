"""Ranks and ties: equal keys share a rank, and nothing else breaks a tie.

O87 art 56, 57 and 68, CC214 art 25. The order in which bids come in never matters.
"""

from collections.abc import Sequence

from procure.kernel.scoring.rules import BrokenRule
from procure.kernel.scoring.scheme import Scheme
from procure.kernel.scoring.tally import Tally

TIE_WORDS = ("score", "price", "technical", "quantity")
"""Keys of comparison besides the ids of criteria."""


def competition_ranks(keys: Sequence[tuple[int, ...]]) -> list[int]:
    """Ranks 1, 1, 3 … for keys of which the smallest is best."""
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ranks = [0] * len(keys)
    previous: tuple[int, ...] | None = None
    rank = 0
    for position, index in enumerate(order, start=1):
        if keys[index] != previous:
            rank = position
            previous = keys[index]
        ranks[index] = rank
    return ranks


def ranking_keys(
    scheme: Scheme, tallies: Sequence[Tally], totals: Sequence[int]
) -> list[tuple[int, ...]]:
    """One tuple per bid, smallest best, by the scheme's order.

    "price" is the price used in evaluation; where price is fixed and some bid names none, it
    compares nothing. "technical" is the sum of the technical indicators.
    """
    columns = [_column(scheme, word, tallies, totals) for word in scheme.order]
    return list(zip(*columns, strict=True))


def _column(
    scheme: Scheme, word: str, tallies: Sequence[Tally], totals: Sequence[int]
) -> list[int]:
    """What one key compares, smaller is better."""
    ids = [criterion.id for criterion in scheme.criteria]
    if word == "score":
        return [-total for total in totals]
    if word == "price":
        prices = [t.evaluated for t in tallies if t.evaluated is not None]
        return prices if len(prices) == len(tallies) else [0] * len(tallies)
    if word in ids:
        chosen = [ids.index(word)]
    elif word == "technical":
        chosen = [j for j, criterion in enumerate(scheme.criteria) if criterion.technical]
    else:
        return [-(t.bid.hours or 0) for t in tallies]
    return [-sum(t.means[j] for j in chosen) if t.means else 0 for t in tallies]


def settle_parallel(parallel: Sequence[str], drawn: Sequence[str]) -> tuple[str, ...]:
    """The order of parallel bidders after the document's way or a random draw (R-AWD-3).

    `drawn` names every one of them once. Raises BrokenRule otherwise.
    """
    if sorted(drawn) != sorted(parallel):
        raise BrokenRule(
            "drawn",
            "R-AWD-3",
            "抽取结果应包含全部并列的供应商，且每家只出现一次。",
            "核对抽取记录后重新填写。",
        )
    return tuple(drawn)
