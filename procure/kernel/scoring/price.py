"""The price score (价格分) and the hours score (工时分), as integers.

Base price is the lowest evaluated price among conforming bids; nothing is trimmed or averaged
(R-SC-5, R-SC-6). A deduction changes both the bid's own price and, if it is lowest, the base
(R-SC-7); the contract keeps the quoted price.
"""

from procure.kernel.scoring.figures import UNIT, half_up, tens

EXACT = UNIT * UNIT
"""Evaluated prices are held in 1/100 000 000 of a yuan, so that no deduction is rounded."""


def evaluated_price(quoted: int, deduction: int) -> int:
    """Quoted price (ten-thousandths) less the deduction (ten-thousandths), exact."""
    return quoted * (UNIT - deduction)


def low_price_score(base: int, price: int, points: int, places: int) -> int:
    """base / price × points in units of 10^-places, half up; base and price in the same unit."""
    return half_up(base * points * tens(places), price * UNIT)


def hours_score(hours: int, base: int, points: int, places: int) -> int:
    """hours / most hours × points in units of 10^-places, half up."""
    return half_up(hours * points * tens(places), base * UNIT)
