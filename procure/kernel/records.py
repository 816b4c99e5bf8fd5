"""Plain data read from a record, each field from what goes by its name there."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Data = TypeVar("Data", bound="DataclassInstance")


def read_as(kind: type[Data], record: object, /, **otherwise: object) -> Data:
    """What a record says, as data of that kind, save the fields that are given `otherwise`.

    Raises AttributeError for a field that the record does not have.
    """
    names = (one.name for one in fields(kind) if one.name not in otherwise)
    return kind(**{name: getattr(record, name) for name in names}, **otherwise)


def read_each(kind: type[Data], records: Iterable[object]) -> tuple[Data, ...]:
    """What several records say, in their order."""
    return tuple(read_as(kind, record) for record in records)
