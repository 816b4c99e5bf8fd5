"""Values in words: what kind a value is, and how money, numbers and instants are written."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from procure.kernel.clock import local
from procure.kernel.money import Money, capitals
from procure.web.presenters import (
    Badge,
    DeadlineLine,
    Link,
    Paper,
    Percent,
    PersonLine,
    Quantity,
)

KINDS: tuple[tuple[type, str], ...] = (
    (bool, "yes_no"),
    (Money, "money"),
    (datetime, "instant"),
    (date, "date"),
    (int, "number"),
    (Decimal, "number"),
    (Badge, "badge"),
    (Link, "link"),
    (Quantity, "quantity"),
    (Percent, "percent"),
    (DeadlineLine, "deadline"),
    (Paper, "paper"),
    (PersonLine, "person"),
    (tuple, "several"),
    (list, "several"),
)


def kind_of(value: object) -> str:
    """Which shape a value is drawn in; value.html has one branch for each answer."""
    if value is None or value == "":
        return "nothing"
    return next((name for kind, name in KINDS if isinstance(value, kind)), "text")


def money_words(amount: Money) -> str:
    """An amount as ¥1,854,000.00."""
    return amount.format()


def capital_words(amount: Money) -> str:
    """An amount in 人民币大写, which binds where words and digits stand together."""
    return capitals(amount)


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


def iso(value: date | datetime) -> str:
    """A machine's reading of a day or instant, for the datetime attribute."""
    return local(value).isoformat() if isinstance(value, datetime) else value.isoformat()
