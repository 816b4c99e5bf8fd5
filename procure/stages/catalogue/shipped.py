"""The catalogue that ships with the platform: eight classes with service standards, as data.

Source of the classes: 穗字〔2009〕13号 §9. The items are starting points that a bureau
replaces by its own editions.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procure.kernel.vocabulary import BuyMode, Dimension, Period

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class IndicatorData:
    """An indicator as it is written down; `points` are hundredths of a point."""

    dimension: Dimension
    name: str
    points: int
    standard: str
    evidence: str
    unit: str = ""
    period: Period | None = None
    at_least: int | None = None
    each: str = ""


@dataclass(frozen=True)
class ItemData:
    """An item as it is written down."""

    class_code: str
    code: str
    name: str
    unit: str
    mode: BuyMode
    recipients: str
    procedure: str
    quality: str
    time_limit: str
    responsibility: str
    indicators: tuple[IndicatorData, ...]
    commodity_code: str = ""


@dataclass(frozen=True)
class ClassData:
    """A first-level class with its items."""

    code: str
    name: str
    description: str
    items: tuple[ItemData, ...]


def read_shipped(folder: Path = FOLDER) -> tuple[ClassData, ...]:
    """All classes of the shipped catalogue in the order of their codes."""
    return tuple(_read_class(path) for path in sorted(folder.glob("*.toml")))


def _read_class(path: Path) -> ClassData:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    head = told["class"]
    items = tuple(_read_item(head["code"], item) for item in told["item"])
    return ClassData(head["code"], head["name"], head["description"], items)


def _read_item(class_code: str, told: Mapping[str, Any]) -> ItemData:
    texts = {name: said.strip() for name, said in told.items() if name not in ("mode", "indicator")}
    return ItemData(
        class_code=class_code,
        mode=BuyMode(told["mode"]),
        indicators=tuple(_read_indicator(row) for row in told["indicator"]),
        **texts,
    )


def _read_indicator(told: Mapping[str, Any]) -> IndicatorData:
    kept = {
        "dimension": Dimension(told["dimension"]),
        "points": told["points"] * 100,
        "standard": told["standard"].strip(),
        "period": Period(told["period"]) if "period" in told else None,
    }
    return IndicatorData(**{**told, **kept})
