"""Values in words: what kind a value is, and how money, numbers and instants are written."""

from datetime import date, datetime
from decimal import Decimal

from procure.kernel.case_lines import Paper, PersonLine
from procure.kernel.clock import local
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.money import Money, capitals
from procure.web.presenters import Badge, Link, Percent, Quantity

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


def iso(value: date | datetime) -> str:
    """A machine's reading of a day or instant, for the datetime attribute."""
    return local(value).isoformat() if isinstance(value, datetime) else value.isoformat()
