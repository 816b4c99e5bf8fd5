"""Texts: names, reasons, codes, addresses, passwords."""

from collections.abc import Callable, Iterator
from typing import Any

from wtforms import Form
from wtforms.widgets import PasswordInput, TextArea, TextInput

from procure.kernel.contacts import email_fault, phone_fault, read_phone, tidy_email
from procure.kernel.text import clean, clean_lines, half_width
from procure.render.fields import DEFAULT_MAX_ITEMS
from procure.render.printable import unfit_words
from procure.web.fields.base import OwnField
from procure.web.messages import FieldMessage

MOST_LINES = DEFAULT_MAX_ITEMS * 9 // 10
"""A paper that numbers lines adds some of its own."""


class TextField(OwnField):
    """One line of text, trimmed; blank gives an empty text. `printed` is off where it comes on no
    paper: what a person signs in with.
    """

    widget = TextInput()

    def __init__(
        self,
        label: str,
        *,
        maximum: int = 200,
        minimum: int = 0,
        autocomplete: str = "",
        inputmode: str = "",
        printed: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.printed = printed
        self.maximum = maximum
        self.minimum = minimum
        self.autocomplete = autocomplete
        self.inputmode = inputmode

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the text without blanks around it."""
        self.data = self.tidy(valuelist[0]) if valuelist else ""

    def process_data(self, value: object) -> None:
        """Nothing given is an empty text."""
        self.data = "" if value is None else str(value)

    def tidy(self, text: str) -> str:
        """The text as it is kept."""
        return clean(text)

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Put everything that is wrong with the text at the field at once."""
        if not validation_stopped:
            self.errors += self.faults(self.data or "")

    def faults(self, text: str) -> Iterator[FieldMessage]:
        """What is wrong with the text: its length, and what no paper can print."""
        yield from self.wrong_length(len(text))
        unfit = unfit_words(self.label.text, text) if self.printed else None
        if unfit:
            yield FieldMessage(unfit[0], remedy=unfit[1])

    def wrong_length(self, length: int) -> Iterator[FieldMessage]:
        """What is wrong with a length counted in characters."""
        if length > self.maximum:
            yield FieldMessage(
                f"“{self.label.text}”最多 {self.maximum} 个字，现在有 {length} 个字。",
                remedy=f"请删去 {length - self.maximum} 个字。",
            )
        if length < self.minimum:
            yield FieldMessage(
                f"“{self.label.text}”至少 {self.minimum} 个字，现在有 {length} 个字。",
                remedy="请写得具体一些。",
            )

    def _value(self) -> str:
        return str(self.data or "")


class LongTextField(TextField):
    """Several lines of text with a counter; lines end in a plain newline."""

    widget = TextArea()
    shape = "long"

    def __init__(self, label: str, *, maximum: int = 2000, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(label, maximum=maximum, **kwargs)
        self.rows = rows

    def tidy(self, text: str) -> str:
        """The lines as they are kept."""
        return clean_lines(text)

    def faults(self, text: str) -> Iterator[FieldMessage]:
        """What is wrong with the text, and with the number of its lines: papers number some."""
        yield from super().faults(text)
        lines = len(text.splitlines())
        if lines > MOST_LINES:
            yield FieldMessage(
                f"“{self.label.text}”最多 {MOST_LINES} 行，现在有 {lines} 行。",
                remedy="请合并短行，或者改为附件。",
            )


class SecretField(TextField):
    """A password: taken as it is typed, never shown again, never kept as a draft."""

    widget = PasswordInput(hide_value=True)
    shape = "secret"
    kept_in_draft = False

    def __init__(
        self,
        label: str,
        *,
        autocomplete: str = "current-password",
        maximum: int = 128,
        width: str = "half",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            label,
            autocomplete=autocomplete,
            maximum=maximum,
            width=width,
            printed=False,
            **kwargs,
        )

    def tidy(self, text: str) -> str:
        """A password is taken to the letter."""
        return text


class CodeField(TextField):
    """A code: half-width, upper case, without blanks; `check` gives the reason when it is wrong."""

    def __init__(
        self,
        label: str,
        *,
        check: Callable[[str], str | None] | None = None,
        maximum: int = 40,
        one_time: bool = False,
        width: str = "half",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("autocomplete", "one-time-code" if one_time else "off")
        kwargs.setdefault("inputmode", "numeric" if one_time else "")
        kwargs.setdefault("printed", not one_time)
        super().__init__(label, maximum=maximum, width=width, **kwargs)
        self.check_code = check
        self.kept_in_draft = not one_time

    def tidy(self, text: str) -> str:
        """The code as it is compared."""
        return clean("".join(half_width(text).split()).upper())

    def faults(self, text: str) -> Iterator[FieldMessage]:
        """What is wrong with the text, then with the code itself."""
        yield from super().faults(text)
        reason = self.check_code(text) if self.check_code and text else None
        if reason:
            yield FieldMessage(reason, remedy="请对照证照原件重新填写。")


class EmailField(TextField):
    """An e-mail address."""

    def __init__(self, label: str, *, maximum: int = 254, **kwargs: Any) -> None:
        kwargs.setdefault("autocomplete", "email")
        kwargs.setdefault("inputmode", "email")
        kwargs.setdefault("width", "half")
        super().__init__(label, maximum=maximum, **kwargs)

    def tidy(self, text: str) -> str:
        """The bare address."""
        return tidy_email(text)

    def faults(self, text: str) -> Iterator[FieldMessage]:
        """What is wrong with the length, then why no letter could be sent."""
        yield from self.wrong_length(len(text))
        fault = email_fault(text) if text else None
        if fault:
            yield FieldMessage(fault, remedy="应当像 name@example.cn 这样填写。")


class PhoneField(TextField):
    """A telephone number of the mainland: mobile, fixed, 400/800 or a service's, with an extension or without."""

    def __init__(self, label: str, *, maximum: int = 25, **kwargs: Any) -> None:
        kwargs.setdefault("autocomplete", "tel")
        kwargs.setdefault("inputmode", "tel")
        kwargs.setdefault("width", "half")
        super().__init__(label, maximum=maximum, **kwargs)

    def tidy(self, text: str) -> str:
        """The number in its one form; what is none stays as it was typed."""
        return read_phone(text) or clean(text)

    def faults(self, text: str) -> Iterator[FieldMessage]:
        """What is wrong with the length, then that it cannot be dialled."""
        yield from self.wrong_length(len(text))
        fault = phone_fault(text) if text else None
        if fault:
            yield FieldMessage(
                fault,
                remedy="只填一个号码：手机号填 11 位数字；座机带区号，像 0756-1234567 这样填写；"
                "分机写在后面，像 0756-1234567转801。",
            )
