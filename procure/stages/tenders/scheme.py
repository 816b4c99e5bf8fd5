"""The scoring scheme of a tender in the scoring kernel's terms, and its digest.

Downstream stages score with `scheme_of`; the notice carries `digest_of_scheme`, so that anybody can
see later that nobody changed the rules of the game.
"""

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from procure.kernel.events import canonical, plain
from procure.kernel.money import Money
from procure.kernel.records import read_each
from procure.kernel.scoring.scheme import (
    Criterion,
    DeductionRates,
    LowBounds,
    Method,
    PriceRule,
    PriceWay,
    Procedure,
    Scheme,
)
from procure.stages.tenders.content import Factor
from procure.stages.tenders.models import Tender, TenderCriterion

POINT = 100
RATE = 10_000


def points_of(hundredths: int) -> Decimal:
    """Stored hundredths of a point as points."""
    return Decimal(hundredths) / POINT


def rate_of(stored: int) -> Decimal:
    """A stored rate (ten-thousandths) as a fraction."""
    return Decimal(stored) / RATE


def scheme_of(tender: Tender, criteria: Sequence[TenderCriterion]) -> Scheme:
    """The scheme as the document states it: composite, price or hours and the quality factors.

    Every quality factor counts as technical when a consultation breaks a tie (CC214 art 25). A
    factor's id is that of its row.
    """
    return Scheme(
        method=Method.COMPOSITE,
        procedure=Procedure(tender.method.value),
        price=PriceRule(
            points=points_of(tender.price_points),
            way=PriceWay(tender.price_way.value),
            ceiling=yuan_of(tender.ceiling_fen),
            budget=yuan_of(tender.budget_fen),
            floor=None if tender.hours_floor is None else Decimal(tender.hours_floor),
        ),
        criteria=tuple(
            Criterion(
                id=row.id,
                points=points_of(row.points),
                objective=row.objective,
                technical=True,
                name=row.name,
                standard=row.standard,
            )
            for row in criteria
        ),
        low=LowBounds(
            rate_of(tender.low_mean), rate_of(tender.low_second), rate_of(tender.low_ceiling)
        ),
        rates=DeductionRates(small=rate_of(tender.deduction_rate) or None),
    )


def yuan_of(fen: int) -> Decimal:
    """Fen as yuan, exact."""
    return Decimal(Money(fen).yuan)


def digest_of_scheme(tender: Tender, criteria: Sequence[TenderCriterion]) -> str:
    """The SHA-256 of everything that decides a score, in canonical form."""
    told = {
        "method": tender.method,
        "price_way": tender.price_way,
        "price_points": tender.price_points,
        "ceiling_fen": tender.ceiling_fen,
        "hours_floor": tender.hours_floor,
        "deduction_rate": tender.deduction_rate,
        "low": [tender.low_mean, tender.low_second, tender.low_ceiling],
        "criteria": [vars(factor) for factor in read_each(Factor, criteria)],
    }
    return hashlib.sha256(canonical(plain(told)).encode()).hexdigest()
