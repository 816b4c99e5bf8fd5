"""Enumerations whose members carry the words that people read."""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """Values with their words: `CLERK = "clerk", "采购经办人"`.

    A member is the plain value wherever it is stored or compared; its `label` is for readers.
    TypeError for a member without words.
    """

    label: str

    # The default is for looking a value up, Role("clerk"), which type checkers take for this.
    def __new__(cls, value: str, label: str = "", *more: object) -> Self:
        if not label:
            raise TypeError(f"{value} has no words")
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def labels(cls) -> dict[str, str]:
        """The words of every value, in order."""
        return {member.value: member.label for member in cls}
