"""Exact figures: whole numbers of ten-thousandths inside, decimal strings outside.

Points, prices, hours, rates and deductions are all held as integers of 1/10 000 of their unit
(point, yuan, hour, percent, one). Sums of integers are exact and several times faster than Decimal.
"""

from decimal import Decimal

PLACES = 4
"""Decimal places that any figure of a case may carry, and that a panel mean keeps."""

UNIT = 10_000
"""How many ten-thousandths make one."""


def scaled(value: Decimal | int | str) -> int:
    """`value` in ten-thousandths.

    Raises ValueError when it is not finite or has more than 4 places: nothing is rounded silently.
    """
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"not a finite number: {value}")
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)))
    shift = exponent + PLACES
    if shift < 0:
        whole, rest = divmod(whole, 10**-shift)
        if rest:
            raise ValueError(f"more than {PLACES} decimal places: {value}")
    else:
        whole *= int(10**shift)
    return -whole if sign else whole


def unscaled(figure: int) -> Decimal:
    """The Decimal that `figure` ten-thousandths stand for."""
    return Decimal(figure).scaleb(-PLACES)


def tens(places: int) -> int:
    """10^places for the few places that figures have."""
    return (1, 10, 100, 1_000, 10_000)[places]


def half_up(numerator: int, denominator: int) -> int:
    """Quotient of two non-negative integers (denominator positive), rounded half up."""
    return (numerator + denominator // 2) // denominator


def written(figure: int, places: int) -> str:
    """`figure` (not negative) units of 10^-places as a decimal string: `written(1864, 2)` is
    `18.64`."""
    if places == 0:
        return str(figure)
    whole, part = divmod(figure, tens(places))
    return f"{whole}.{part:0{places}d}"


def rounded(numerator: int, denominator: int, places: int) -> str:
    """A non-negative quotient as a decimal string, rounded half up to `places`."""
    return written(half_up(numerator * tens(places), denominator), places)
