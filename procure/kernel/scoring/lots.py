"""Several lots (采购包) and 兼投不兼中: bid for several, win at most so many.

The law leaves this to the tender document, which must state the order of lots and the limit. In
that order each lot goes to its first bidder who may still win; one passed over keeps its rank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from procure.kernel.scoring.ranking import settle_parallel
from procure.kernel.scoring.rules import BrokenRule
from procure.kernel.scoring.score import Outcome


class LotState(StrEnum):
    """How a lot came out."""

    AWARDED = "awarded"
    VOID = "void"
    PARALLEL = "parallel"
    """Bidders share first place; the document's way or a draw must settle it."""
    PENDING = "pending"
    """An earlier lot is not settled, so who may still win is not known."""
    EXHAUSTED = "exhausted"
    """Every ranked bidder already won as many lots as allowed."""


@dataclass(frozen=True, slots=True)
class LotAward:
    """One lot's result: the winner, who was passed over because of earlier wins, and who shares
    first place among those who may still win."""

    lot: str
    state: LotState
    winner: str | None = None
    passed_over: tuple[str, ...] = ()
    parallel: tuple[str, ...] = ()


def award_lots(
    outcomes: Mapping[str, Outcome],
    order: Sequence[str],
    *,
    most: int = 1,
    drawn: Mapping[str, Sequence[str]] | None = None,
) -> tuple[LotAward, ...]:
    """Award every lot in the stated order; nobody wins more than `most` lots.

    `drawn` gives, by lot, the order drawn among those reported as parallel. Raises BrokenRule when
    the order does not name every lot once, `most` is under 1 or a draw names other bidders.
    """
    if sorted(order) != sorted(outcomes):
        raise BrokenRule(
            "order",
            "R-LOTS",
            "评审顺序应包含每个采购包，且各出现一次。",
            "按采购文件写明的顺序填写。",
        )
    if most < 1:
        raise BrokenRule(
            "most", "R-LOTS", "每家供应商最多可中标的包数应不少于 1。", "按采购文件的约定填写。"
        )
    won: dict[str, int] = {}
    awards: list[LotAward] = []
    settled = True
    for lot in order:
        if outcomes[lot].void is not None:
            awards.append(LotAward(lot, LotState.VOID))
            continue
        if not settled:
            awards.append(LotAward(lot, LotState.PENDING))
            continue
        full = {bidder for bidder, count in won.items() if count >= most}
        award = _award(lot, outcomes[lot], full, (drawn or {}).get(lot, ()))
        settled = award.state is not LotState.PARALLEL
        if award.winner is not None:
            won[award.winner] = won.get(award.winner, 0) + 1
        awards.append(award)
    return tuple(awards)


def _award(lot: str, outcome: Outcome, full: set[str], drawn: Sequence[str]) -> LotAward:
    """One lot, given who may win no more."""
    ranked = outcome.ranked
    open_to = [standing for standing in ranked if standing.bidder not in full]
    if not open_to:
        return LotAward(lot, LotState.EXHAUSTED, passed_over=tuple(s.bidder for s in ranked))
    best = open_to[0].rank
    first = tuple(s.bidder for s in open_to if s.rank == best)
    passed = tuple(
        s.bidder
        for s in ranked
        if s.bidder in full and s.rank is not None and best is not None and s.rank <= best
    )
    if len(first) == 1:
        return LotAward(lot, LotState.AWARDED, first[0], passed)
    if drawn:
        winner = settle_parallel(first, drawn)[0]
        return LotAward(lot, LotState.AWARDED, winner, passed, first)
    return LotAward(lot, LotState.PARALLEL, passed_over=passed, parallel=first)
