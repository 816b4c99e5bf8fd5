"""What a verb is asked to do: a frozen record of domain types, never raw strings."""

from dataclasses import dataclass
from typing import Any, dataclass_transform


@dataclass_transform(frozen_default=True)
class Command:
    """What classes made from it are: frozen dataclasses, each beside the one verb that takes it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclass(frozen=True)(cls)
