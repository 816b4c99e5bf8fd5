"""What happened: past-tense records of every change, one class per kind.

An event goes into the trail as canonical JSON and onto the time line as words. Its class name is
its name for ever: an auditor fifteen years on reads it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, Self, dataclass_transform

from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import TRANSITIONS
from procure.kernel.phrases import Labels, Rows, phrased

EVENT_TYPES: dict[str, type["Event"]] = {}
_STEPS = {row.event: row.label for row in TRANSITIONS}


class Exposure(StrEnum):
    """Whose time line may show an event; the auditor's shows all.

    REVIEW is for the buyer's side and audit without finance, which has no part in bids.
    """

    REVIEW = "review"
    BUYER = "buyer"
    PARTIES = "parties"
    PUBLIC = "public"


Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """What classes made from it are: frozen dataclasses whose fields are given by name."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclass(frozen=True, kw_only=True)(cls)


class Event(Record):
    """A change that happened to one subject.

    `label` says it in Chinese for the time line, in the words of its transition where the lifecycle
    has one; `says` is the phrase of what is added (`kernel/phrases.py`), with `each` for the rows
    of a list and `labels` for values that bring no words of their own, as a labelled enumeration
    does. `stream` names the hash chain it is written to. Fields hold plain values (text, integers in
    fen or micro-units, dates): no floats, no objects.
    """

    label: ClassVar[str] = ""
    says: ClassVar[str] = ""
    labels: ClassVar[Labels] = {}
    each: ClassVar[Rows] = {}
    minor: ClassVar[bool] = False
    """Whether the short time line leaves it out; the full one never does."""
    exposure: ClassVar[Exposure] = Exposure.BUYER
    earlier: ClassVar[tuple[str, ...]] = ()
    """Facts that only earlier versions told; its phrase tells them where they stand."""
    elsewhere: ClassVar[Mapping[str, str]] = {"subject_id": "id", "project": "project_id"}
    """What the rows it is made of call a fact, where they call it otherwise; a class adds its own."""

    subject_id: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__ in EVENT_TYPES:
            raise TypeError(f"two events are called {cls.__name__}")
        EVENT_TYPES[cls.__name__] = cls
        if "label" not in cls.__dict__ and cls.__name__ in _STEPS:
            cls.label = _STEPS[cls.__name__]
        cls.elsewhere = {
            fact: name
            for kind in reversed(cls.__mro__)
            for fact, name in vars(kind).get("elsewhere", {}).items()
        }
        worded = {
            item.name: item.type.labels()
            for item in fields(cls)
            if isinstance(item.type, type) and issubclass(item.type, LabelledEnum)
        }
        cls.labels = worded | dict(cls.labels)

    @classmethod
    def of(cls, *rows: object, **said: Any) -> Self:
        """What happened to the first of these rows: each fact as the first row has it that has one by
        its name, save what is `said`. A fact that may be left out is never taken from a row: whoever
        knows it says it.

        TypeError tells of a fact that no row has: a fault of the program.
        """
        asked = (one.name for one in fields(cls) if one.default is MISSING)
        named = {name: cls.elsewhere.get(name, name) for name in asked if name not in said}
        return cls(**{name: _of_first(rows, there) for name, there in named.items()}, **said)

    @property
    def name(self) -> str:
        """The event's name: its class name."""
        return type(self).__name__

    @property
    def stream(self) -> str:
        """The chain this event belongs to."""
        raise NotImplementedError

    @property
    def project_id(self) -> str | None:
        """The project whose time line shows this event, if any."""
        return None

    def body(self) -> dict[str, Json]:
        """All fields as plain JSON values."""
        return {item.name: plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        """What the time line adds to the label, from a stored body."""
        return phrased(cls.says, cls.facts_of(data), cls.labels, cls.each)

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the phrase is filled with: the stored body, and what a class works out of it.

        Later versions of a class must still read what earlier ones wrote.
        """
        return data


class ProjectEvent(Event):
    """An event in the life of one project; written to the project's chain."""

    project: str

    @property
    def stream(self) -> str:
        return f"project:{self.project}"

    @property
    def project_id(self) -> str | None:
        return self.project


def _of_first(rows: Iterable[object], name: str) -> Any:
    """What the first of the rows that has it says of a name."""
    for row in rows:
        if hasattr(row, name):
            return getattr(row, name)
    raise TypeError(f"no row tells {name}")


def plain(value: Any) -> Json:
    """A value as canonical JSON can hold it; TypeError for floats and unknown kinds."""
    if value is None or (isinstance(value, (bool, str)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise TypeError(f"an event cannot carry {type(value).__name__}")


def canonical(value: Json | dict[str, Json]) -> str:
    """The one text form of a JSON value: sorted keys, no blanks, characters as they are."""
    return json.dumps(
        value,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
