"""The scoring scheme (评分办法) as the tender document states it.

A scheme is data; whether the law allows it is asked of `check.check_scheme`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Method(StrEnum):
    """评标方法, 政府采购法实施条例 art 34."""

    COMPOSITE = "composite"
    LOWEST_PRICE = "lowest_price"


class Procedure(StrEnum):
    """采购方式 in which bids compete for a place in a ranking."""

    OPEN_TENDER = "open_tender"
    INVITED_TENDER = "invited_tender"
    CONSULTATION = "consultation"
    NEGOTIATION = "negotiation"

    @property
    def is_tender(self) -> bool:
        """Open or invited: the rules of 招标 apply."""
        return self in {Procedure.OPEN_TENDER, Procedure.INVITED_TENDER}


class PriceWay(StrEnum):
    """What is bid in the price slot, and how it turns into points."""

    TOTAL = "low_price_first"
    """One total; lowest conforming total / total × points (R-SC-5)."""
    UNIT_PRICE = "unit_price"
    """A unit price, or unit prices over reference quantities; the same formula."""
    RATE = "rate"
    """A rate in percent on a published price list; lower is cheaper; the same formula."""
    HOURS = "ratio_to_max"
    """Price fixed; promised hours / most hours × points, with a floor."""
    FIXED = "fixed"
    """Price fixed and not a factor (R-SC-4)."""

    @property
    def judges_price(self) -> bool:
        """Whether a lower price earns more points."""
        return self in {PriceWay.TOTAL, PriceWay.UNIT_PRICE, PriceWay.RATE}


class BelowFloor(StrEnum):
    """What the document says happens to hours below the floor."""

    INVALID = "invalid"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Line:
    """A unit-priced line with the reference quantity that stands in the tender document.

    `ceiling` is the highest unit price in yuan, if there is one.
    """

    id: str
    quantity: Decimal
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceRule:
    """The price slot of a scheme.

    `points` are out of 100. `ceiling` (最高限价) and `budget` are in the unit of the bid: yuan,
    yuan per unit, or percent. `floor` is the least number of hours and only stands with HOURS.
    """

    points: Decimal
    way: PriceWay
    ceiling: Decimal | None = None
    budget: Decimal | None = None
    floor: Decimal | None = None
    below_floor: BelowFloor = BelowFloor.INVALID
    lines: tuple[Line, ...] = ()

    @property
    def limit(self) -> Decimal | None:
        """The price above which a bid is invalid: the ceiling, or the budget where lower."""
        return min((x for x in (self.ceiling, self.budget) if x is not None), default=None)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A scored factor (评分因素) other than price.

    `objective`: all members must give the same score (R-SC-9). `technical`: counts as a technical
    indicator when a consultation breaks a tie. `step`: marks are multiples of it (`0.5`).
    `standard`: the text that says what earns how many points.
    """

    id: str
    points: Decimal
    objective: bool = False
    technical: bool = False
    name: str = ""
    standard: str = ""
    step: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LowBounds:
    """Shares below which a bid counts as abnormally low (R-LOW-1): of the mean of all conforming
    bids, of the second-lowest one, of the ceiling (budget where there is none). The defaults are
    the lowest the ministry allows; a document may raise each to 0.65."""

    mean: Decimal = Decimal("0.50")
    second: Decimal = Decimal("0.50")
    ceiling: Decimal = Decimal("0.45")


@dataclass(frozen=True, slots=True)
class DeductionRates:
    """The price deductions a tender offers, as fractions (R-SME-1); None where it offers none.

    `small` for small and micro enterprises, `consortium` for consortia and subcontracts in which
    they hold at least 30 %.
    """

    small: Decimal | None = None
    consortium: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A whole scheme. `tie` is the order of comparison, None for the order of the law; `rates` is
    None where the document leaves the rate to what each bid carries; `places` are shown."""

    method: Method
    procedure: Procedure
    price: PriceRule
    criteria: tuple[Criterion, ...] = ()
    low: LowBounds = LowBounds()
    tie: tuple[str, ...] | None = None
    rates: DeductionRates | None = None
    places: int = 2

    @property
    def order(self) -> tuple[str, ...]:
        """The keys by which bids are ranked, best first.

        Composite tender: score, then lower price. Consultation: score, last quote, technical
        indicators. Lowest price and negotiation: price alone. (Rulebook 2.7.)
        """
        if self.method is Method.LOWEST_PRICE:
            return ("price", *(key for key in self.tie or () if key not in {"price", "score"}))
        if self.tie is not None:
            return self.tie or ("score",)
        if self.procedure is Procedure.CONSULTATION:
            return ("score", "price", "technical")
        return ("score", "price")
