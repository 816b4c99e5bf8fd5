"""Column types: instants, enumerations, canonical JSON and ids, the same on both databases."""

import json
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Enum, Index, String, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from procure.kernel.clock import from_micros, to_micros
from procure.kernel.events import canonical

ID_LENGTH = 32


def new_id() -> str:
    """A random 128-bit id; tells neither time nor order nor number."""
    return uuid.uuid4().hex


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as whole microseconds since 1970 UTC.

    Integers compare the same everywhere; text dates across offsets do not.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be stored")
        return to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value stored in its one canonical text form."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def one_of(kind: type[StrEnum], name: str) -> Enum:
    """A column that holds one value of the enumeration, refused otherwise by a named check."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


def id_type() -> String:
    """The type of id columns."""
    return String(ID_LENGTH)


def index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index, or a unique key, on the rows alone for which a condition is true."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
