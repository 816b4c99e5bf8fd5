"""Scoring a case: price points, totals, ranks, low-price flags, or the reason there is no ranking.

`score` is pure and knows no order of bids: the same bids in any order get the same result.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.figures import PLACES, half_up, tens
from procure.kernel.scoring.low_price import LowTriggers
from procure.kernel.scoring.price import hours_score, low_price_score
from procure.kernel.scoring.ranking import competition_ranks, ranking_keys, settle_parallel
from procure.kernel.scoring.rules import BrokenRule
from procure.kernel.scoring.scheme import Method, Scheme
from procure.kernel.scoring.tally import Frame, Tally, frame, tally
from procure.kernel.scoring.validity import Void, under_floor, void_reason

UNDER_FLOOR = "hours:floor"
"""Flag of a bid whose hours are under the floor where the document gives zero for that."""


class Standing(NamedTuple):
    """How one bid came out.

    `quoted` (contract price) in 10^-4, `evaluated` in 10^-8 of the unit bid; `price_score` and
    `total` in 10^-places of a point, `means` in 10^-4. Scores and rank are None when the bid is
    out; rank is None too when the whole procedure is void.
    """

    bidder: str
    quoted: int | None
    evaluated: int | None
    price_score: int | None
    means: tuple[int, ...]
    total: int | None
    rank: int | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scored case. `base_price` in 10^-8, `base_hours` and the two parts of `mean` (sum of the
    quoted prices, how many) in 10^-4; standings in the order in which the bids came."""

    scheme: Scheme
    ready: Frame = field(compare=False, repr=False)
    tallies: tuple[Tally, ...]
    base_price: int | None
    base_hours: int | None
    mean: tuple[int, int] | None
    standings: tuple[Standing, ...]
    void: Void | None

    @property
    def ranked(self) -> tuple[Standing, ...]:
        """Standings with a rank, best first; parallel ones by name, which decides nothing."""
        return tuple(
            sorted(
                (s for s in self.standings if s.rank is not None),
                key=lambda s: (s.rank or 0, s.bidder),
            )
        )

    @property
    def parallel_first(self) -> tuple[str, ...]:
        """Bidders that share the first rank, by name; empty when one stands alone."""
        first = sorted(s.bidder for s in self.standings if s.rank == 1)
        return tuple(first) if len(first) > 1 else ()

    @property
    def void_words(self) -> str:
        """Why nobody is ranked, with its article; empty when somebody is."""
        return "" if self.void is None else self.void.words(self.scheme.procedure)

    def winner(self, drawn: Sequence[str] = ()) -> str | None:
        """Who comes first; None when void. `drawn` settles a parallel first place (R-AWD-3).

        Raises BrokenRule when first place is shared and no draw, or a wrong one, is given.
        """
        if self.void is not None:
            return None
        if self.parallel_first:
            return settle_parallel(self.parallel_first, drawn)[0]
        return self.ranked[0].bidder


def score(scheme: Scheme, bids: Iterable[Bid]) -> Outcome:
    """Score every bid by a scheme that `check_scheme` let pass.

    Raises BrokenRule, naming `bids[i]…`, for a bid that cannot be scored and for two bids of one
    bidder.
    """
    ready = frame(scheme)
    tallies = tuple(tally(ready, bid, f"bids[{i}]") for i, bid in enumerate(bids))
    seen: set[str] = set()
    for i, one in enumerate(tallies):
        if one.bid.bidder in seen:
            raise BrokenRule(
                f"bids[{i}].bidder",
                "F-BIDDER",
                f"供应商“{one.bid.bidder}”出现了不止一次。",
                "同一供应商只保留一份投标。",
            )
        seen.add(one.bid.bidder)
    return _settle(ready, tallies)


def _settle(ready: Frame, tallies: tuple[Tally, ...]) -> Outcome:
    """Price scores, totals and ranks from bids that are added up."""
    scheme = ready.scheme
    live = [one for one in tallies if not one.reasons]
    prices = [one.quoted for one in live if one.quoted is not None]
    complete = bool(prices) and len(prices) == len(live)
    base_price = None
    if ready.judges_price:
        base_price = min((t.evaluated for t in live if t.evaluated is not None), default=None)
    base_hours = None
    if ready.judges_hours:
        base_hours = max(
            (t.bid.hours for t in live if t.bid.hours and not under_floor(ready.limits, t.bid)),
            default=None,
        )
    points = [_price_points(ready, one, base_price, base_hours) for one in live]
    cut = tens(PLACES - scheme.places)
    if scheme.method is Method.COMPOSITE:
        totals = [p + half_up(t.marks, cut) for p, t in zip(points, live, strict=True)]
    else:
        totals = points
    void = void_reason(scheme, [one.reasons for one in tallies])
    ranks: Sequence[int | None]
    ranks = [None] * len(live) if void else competition_ranks(ranking_keys(scheme, live, totals))
    low = (
        LowTriggers(scheme.low, prices, ready.limits.price)
        if ready.judges_price and complete
        else None
    )
    placed = zip(points, totals, ranks, strict=True)
    standings = tuple(
        _out(one) if one.reasons else _placed(one, *next(placed), _flags(ready, one, low))
        for one in tallies
    )
    mean = (sum(prices), len(prices)) if complete else None
    return Outcome(scheme, ready, tallies, base_price, base_hours, mean, standings, void)


def _out(one: Tally) -> Standing:
    """A bid that takes no part: its price is shown, it has no scores."""
    flags = tuple(reason.value for reason in one.reasons)
    return Standing(one.bid.bidder, one.quoted, one.evaluated, None, (), None, None, flags)


def _placed(
    one: Tally, price_score: int, total: int, rank: int | None, flags: tuple[str, ...]
) -> Standing:
    """A bid that was scored."""
    bidder, quoted, evaluated = one.bid.bidder, one.quoted, one.evaluated
    return Standing(bidder, quoted, evaluated, price_score, one.means, total, rank, flags)


def _price_points(ready: Frame, one: Tally, base_price: int | None, base_hours: int | None) -> int:
    """The score in the price slot, in 10^-places of a point."""
    scheme = ready.scheme
    if base_price is not None and one.evaluated is not None:
        return low_price_score(base_price, one.evaluated, ready.price_points, scheme.places)
    if base_hours is not None and one.bid.hours and not under_floor(ready.limits, one.bid):
        return hours_score(one.bid.hours, base_hours, ready.price_points, scheme.places)
    return 0


def _flags(ready: Frame, one: Tally, low: LowTriggers | None) -> tuple[str, ...]:
    """What the panel must look at in a conforming bid."""
    if low is not None and one.quoted is not None:
        return tuple(flag.value for flag in low.flags(one.quoted))
    return (UNDER_FLOOR,) if under_floor(ready.limits, one.bid) else ()
