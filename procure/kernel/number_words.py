"""Numbers as people read them: thousands marked, percentages, points, quantities with their unit."""

from decimal import ROUND_HALF_UP, Decimal


def number_words(number: int | Decimal) -> str:
    """A number with thousands marked and no trailing zeros: 1,280 or 12.5."""
    if isinstance(number, int):
        return f"{number:,}"
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity_words(number: int | Decimal, unit: str) -> str:
    """A number with its unit: 1,280 小时."""
    return f"{number_words(number)} {unit}"


def percent_words(fraction: Decimal, places: int = 2) -> str:
    """A fraction as a percentage, rounded half up: Decimal("0.853") is 85.3%."""
    step = Decimal(1).scaleb(-places)
    return f"{number_words((fraction * 100).quantize(step, ROUND_HALF_UP))}%"


def points_words(points: Decimal) -> str:
    """A score to two places, rounded half up: 92.50 分."""
    return f"{points.quantize(Decimal('0.01'), ROUND_HALF_UP):,} 分"
