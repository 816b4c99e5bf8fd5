"""What all our fields share: required by default, Chinese messages, typed text kept on failure."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from wtforms import Field, Form, ValidationError
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from procure.kernel.text import clean, half_width
from procure.web.messages import FieldMessage

MAX_TYPED = 200
"""How many characters an amount, a date or a code may have before it is refused unread."""


class Required:
    """Something must be filled in; runs first and stops the other checks when nothing is."""

    field_flags: ClassVar[dict[str, object]] = {"required": True}

    def __call__(self, form: Form, field: "OwnField") -> None:
        """Raises StopValidation with the field's own words when it is blank."""
        if field.is_blank():
            field.errors = []
            raise StopValidation(FieldMessage(f"请{field.verb}“{field.label.text}”。"))


class MayBeBlank:
    """Nothing needs to be filled in; a blank field is not checked further."""

    field_flags: ClassVar[dict[str, object]] = {"optional": True}

    def __call__(self, form: Form, field: "OwnField") -> None:
        """Raises StopValidation without words when the field is blank."""
        if field.is_blank():
            field.errors = []
            raise StopValidation


class OwnField(Field):
    """What all our fields share: required by default, a hint, a width, and a shape to be drawn in."""

    shape = "text"
    verb = "填写"
    kept_in_draft = True
    autofocus = False
    """Whether the page begins here: at what was added, or moved up for what was taken away."""
    stored_words = ""
    """What the record says now, where somebody else has changed it meanwhile; shown at the field."""
    draft_words = ""
    """What was typed here before and not sent, where that is not what the field holds now."""

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        optional: bool = False,
        mark: str = "选填",
        width: str = "full",
        validators: Sequence[Callable[[Form, Field], None]] = (),
        **kwargs: Any,
    ) -> None:
        first = MayBeBlank() if optional else Required()
        super().__init__(label, [first, *validators], description=hint, **kwargs)
        self.optional = optional
        # What stands beside the label of a field that may be left blank now; one that some answer
        # or a later step asks for says so (退回时必填), since 选填 would be untrue.
        self.mark = mark
        self.width = width

    def is_blank(self) -> bool:
        """Whether nothing was filled in that anybody can see."""
        return not any(clean(str(value)) for value in self.raw_data or ())

    def range_hint(self) -> str:
        """What may be filled in, in words, for the line below the label."""
        return ""

    @property
    def taken(self) -> Any:
        """What a command takes of the field, once it has been checked."""
        return self.data

    def in_words(self) -> str:
        """What the field holds, as a reader compares it; nothing of what is never stored so."""
        return str(self._value()) if self.kept_in_draft else ""

    def pre_validate(self, form: Form) -> None:
        """What could not be read is not checked further."""
        if self.process_errors:
            raise StopValidation


class TypedField(OwnField):
    """A field whose text is read into a value and shown back in its normal form."""

    data: Any
    widget = TextInput()
    inputmode = "text"
    width_default = "half"

    def __init__(self, label: str, *, width: str = "", **kwargs: Any) -> None:
        super().__init__(label, width=width or self.width_default, **kwargs)

    def is_blank(self) -> bool:
        """The same of the text that is read: the first of several under one name."""
        return not any(clean(str(value)) for value in list(self.raw_data or ())[:1])

    def parse(self, text: str) -> Any:
        """The value of a typed text; raises ValueError(FieldMessage) when it has none."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The normal way to write a value into the field."""
        return str(value)

    def check(self, value: Any) -> FieldMessage | None:
        """What is wrong with a value that could be read, or None."""
        return None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the typed text; a blank one is None."""
        self.data = None
        typed = valuelist[0] if valuelist else ""
        if len(typed) > MAX_TYPED:
            raise ValueError(FieldMessage(f"“{self.label.text}”太长，请核对后重新填写。"))
        text = half_width(typed)
        if text:
            self.data = self.parse(text)

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Check the bounds of a value that could be read."""
        if validation_stopped or self.errors or self.data is None:
            return
        message = self.check(self.data)
        if message:
            raise ValidationError(message)

    def _value(self) -> str:
        if self.raw_data and (self.errors or self.process_errors):
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)
