"""Words for templates: filters, tests of kind, and the few globals every page has."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import Flask
from markupsafe import Markup

from procure.kernel.clock import local, local_date
from procure.kernel.money import Money, capitals
from procure.web import presenters
from procure.web.icons import icon
from procure.web.presenters import (
    Badge,
    DeadlineLine,
    Link,
    Paper,
    Percent,
    PersonLine,
    Quantity,
    date_words,
    instant_words,
    short_digest,
    size_words,
    time_words,
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


def yuan_in(amount: Money) -> str:
    """An amount as it stands in an input: 1,854,000.00 without the sign."""
    return amount.format().replace("¥", "")


def iso(value: date | datetime) -> str:
    """A machine's reading of a day or instant, for the datetime attribute."""
    return local(value).isoformat() if isinstance(value, datetime) else value.isoformat()


def drawing(svg: str) -> Markup:
    """A chart of render/charts, which draws without script, style or outside address."""
    return Markup(svg)  # noqa: S704 - our own drawing, cleaned where it is made


def init_app(app: Flask, now: Callable[[], datetime]) -> None:
    """Give every template the words, and `server_now`, the instant of this request."""
    app.jinja_env.filters.update(
        money=money_words,
        capitals=capital_words,
        date=date_words,
        instant=instant_words,
        time=time_words,
        percent=percent_words,
        points=points_words,
        number=number_words,
        quantity=quantity_words,
        filesize=size_words,
        short_digest=short_digest,
        day=lambda day: presenters.day_words(day, local_date(now())),
        iso=iso,
        kind_of=kind_of,
        drawing=drawing,
    )
    app.jinja_env.globals.update(
        icon=icon, site_name=presenters.SITE_NAME, badge_parts=presenters.badge_parts
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def server_time() -> dict[str, object]:
        return {"server_now": now()}
