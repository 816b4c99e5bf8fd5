"""Rows that belong to another, as every room reads them."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Session

from procure.store.base import Model

Row = TypeVar("Row", bound=Model)


def in_order(session: Session, kind: type[Row], *conditions: ColumnElement[bool]) -> Sequence[Row]:
    """The rows of a kind of which the conditions are true, by their `position`."""
    place = inspect(kind).columns["position"]
    return session.scalars(select(kind).where(*conditions).order_by(place)).all()
