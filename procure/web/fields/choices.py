"""Choices: one of a few, several, yes or no, and the box that must be ticked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wtforms import Form, ValidationError

from procure.kernel.labelled import LabelledEnum
from procure.web.fields.base import OwnField
from procure.web.messages import FieldMessage

FEW, SHORT = 3, 6
"""How many choices of how many characters stand in one row."""


@dataclass(frozen=True)
class Choice:
    """Something to choose: its value, its words, and a line of explanation."""

    value: Any
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Option:
    """A choice as it is drawn."""

    id: str
    key: str
    label: str
    hint: str
    selected: bool


Offered = Iterable[Choice | LabelledEnum | tuple[Any, ...]]
"""What may be chosen, in the order shown; of a labelled enumeration the members themselves."""


def _as_choice(given: Choice | LabelledEnum | tuple[Any, ...]) -> Choice:
    if isinstance(given, LabelledEnum):
        return Choice(given, given.label)
    return given if isinstance(given, Choice) else Choice(*given)


def _key_meant(typed: str, words: dict[str, str]) -> str:
    begin = [key for key, label in words.items() if label.startswith(typed)]
    return begin[0] if typed not in words and len(begin) == 1 else typed


class ChoiceField(OwnField):
    """One of a few values. `choices` may be set per request; data is the chosen value itself.

    `gone` is what to say of a choice that was on offer once and is no more.
    """

    shape = "choice"
    verb = "选择"
    several = False

    def __init__(
        self,
        label: str,
        *,
        choices: Offered = (),
        style: str = "radio",
        gone: FieldMessage | None = None,
        **kwargs: Any,
    ) -> None:
        self.choices = choices
        self.style = style
        self.gone = gone or FieldMessage(f"请从列出的选项中选择“{label}”。")
        self._typed: list[str] | None = None
        self._given: Any = None
        super().__init__(label, **kwargs)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What may be chosen, in the order shown."""
        return self._choices

    @choices.setter
    def choices(self, given: Offered) -> None:
        self._choices = tuple(_as_choice(choice) for choice in given)

    def key(self, value: Any) -> str:
        """How a value stands in the form."""
        return str(value)

    def process_data(self, value: Any) -> None:
        """Take the value the record has."""
        self._typed = None
        self._given = value

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was chosen; it is read when the choices are known."""
        self._typed = [value for value in valuelist if value]

    def _keys(self) -> list[str]:
        """What was chosen, as it stands in the form; a table that is pasted has its words instead."""
        words = {self.key(choice.value): choice.label for choice in self.choices}
        return [_key_meant(typed, words) for typed in self._typed or ()]

    @property
    def data(self) -> Any:
        """The chosen value, None when nothing on offer was chosen."""
        if self._typed is None:
            return self._given
        return next(iter(self._chosen()), None)

    @data.setter
    def data(self, value: Any) -> None:
        self._given = value

    def _chosen(self) -> list[Any]:
        by_key = {self.key(choice.value): choice.value for choice in self.choices}
        return [by_key[key] for key in self._keys() if key in by_key]

    def _selected_keys(self) -> set[str]:
        if self._typed is not None:
            return set(self._keys())
        values = self._given if self.several else (self._given,)
        return {self.key(value) for value in values or () if value is not None}

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Refuse what is not on offer."""
        if not validation_stopped and len(self._chosen()) != len(self._typed or ()):
            raise ValidationError(self.gone)

    @property
    def options(self) -> list[Option]:
        """The choices ready to be drawn."""
        chosen = self._selected_keys()
        return [
            Option(f"{self.id}-{number}", key, choice.label, choice.hint, selected=key in chosen)
            for number, choice in enumerate(self.choices)
            for key in [self.key(choice.value)]
        ]

    @property
    def is_brief(self) -> bool:
        """Whether the choices are so few and short that they stand in one row."""
        return len(self.choices) <= FEW and all(
            len(choice.label) <= SHORT and not choice.hint for choice in self.choices
        )

    def in_words(self) -> str:
        """The words of what is chosen."""
        return "、".join(option.label for option in self.options if option.selected)

    @property
    def anchor(self) -> str:
        """Where the error summary leads."""
        return f"{self.id}-0" if self.style == "radio" and self.choices else self.id


class ManyChoicesField(ChoiceField):
    """Any number of values; data is a tuple in the order of the choices."""

    shape = "choices"
    several = True

    def __init__(self, label: str, *, least: int = 1, **kwargs: Any) -> None:
        kwargs.setdefault("optional", least == 0)
        super().__init__(label, **kwargs)
        self.least = least

    @property
    def data(self) -> Any:
        """The chosen values."""
        if self._typed is None:
            return tuple(self._given or ())
        chosen = self._chosen()
        return tuple(choice.value for choice in self.choices if choice.value in chosen)

    @data.setter
    def data(self, value: Any) -> None:
        self._given = value

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Refuse what is not on offer, and too few."""
        super().post_validate(form, validation_stopped)
        if not validation_stopped and len(self.data) < self.least:
            raise ValidationError(FieldMessage(f"“{self.label.text}”至少选择 {self.least} 项。"))


class YesNoField(ChoiceField):
    """A question answered yes or no."""

    def __init__(self, label: str, *, yes: str = "是", no: str = "否", **kwargs: Any) -> None:
        super().__init__(label, choices=((True, yes), (False, no)), **kwargs)

    def key(self, value: Any) -> str:
        """Yes or no."""
        return "yes" if value else "no"


class ConfirmField(OwnField):
    """One box that must be ticked, its label being what the person confirms.

    `when` names a field and the answer that asks for the tick, where the others can be taken back.
    """

    shape = "confirm"
    verb = "勾选"

    def __init__(self, label: str, *, when: tuple[str, Any] | None = None, **kwargs: Any) -> None:
        self.when = when
        if when is not None:
            kwargs |= {"optional": True, "mark": "同意时必填"}
        super().__init__(label, **kwargs)

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Ask for the tick where the answer asks for it."""
        if self.when and not self.data and form[self.when[0]].data == self.when[1]:
            raise ValidationError(FieldMessage(f"请勾选“{self.label.text}”。"))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Ticked or not."""
        self.data = bool(valuelist and valuelist[0])

    def is_blank(self) -> bool:
        """Whether the box was left open."""
        return not self.data

    def in_words(self) -> str:
        """Nothing: what one confirms is no content of the record."""
        return ""
