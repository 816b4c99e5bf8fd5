"""Texts: names, reasons, codes, addresses, passwords."""

import re
from collections.abc import Callable
from typing import Any

from wtforms import Form, ValidationError
from wtforms.widgets import PasswordInput, TextArea, TextInput

from procure.web.fields.base import OwnField, half_width
from procure.web.messages import FieldMessage

# What word processors and chat programs leave in copied text: tabs, unbreakable blanks, marks
# without width.
_PASTED = {
    0x09: " ",
    0xA0: " ",
    0x200B: None,
    0x2060: None,
    0xFEFF: None,
}


class TextField(OwnField):
    """One line of text, trimmed; blank gives an empty text."""

    widget = TextInput()

    def __init__(
        self,
        label: str,
        *,
        maximum: int = 200,
        minimum: int = 0,
        autocomplete: str = "",
        inputmode: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
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
        return " ".join(text.translate(_PASTED).split())

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Check the length, counted in characters."""
        if validation_stopped:
            return
        length = len(self.data or "")
        if length > self.maximum:
            raise ValidationError(
                FieldMessage(
                    f"“{self.label.text}”最多 {self.maximum} 个字，现在有 {length} 个字。",
                    remedy=f"请删去 {length - self.maximum} 个字。",
                )
            )
        if length < self.minimum:
            raise ValidationError(
                FieldMessage(
                    f"“{self.label.text}”至少 {self.minimum} 个字，现在有 {length} 个字。",
                    remedy="请写得具体一些。",
                )
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
        """The text with one kind of line end, and without what pasting brings along: tabs, blanks
        at the ends of lines, marks without width, more than one empty line.
        """
        lines = text.translate(_PASTED).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


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
        super().__init__(label, autocomplete=autocomplete, maximum=maximum, width=width, **kwargs)

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
        super().__init__(label, maximum=maximum, width=width, **kwargs)
        self.check_code = check
        self.kept_in_draft = not one_time

    def tidy(self, text: str) -> str:
        """The code as it is compared."""
        return "".join(half_width(text).split()).upper()

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Check the length, then the code itself."""
        super().post_validate(form, validation_stopped)
        if validation_stopped or self.check_code is None or not self.data:
            return
        reason = self.check_code(self.data)
        if reason:
            raise ValidationError(FieldMessage(reason, remedy="请对照证照原件重新填写。"))


class EmailField(TextField):
    """An e-mail address."""

    PATTERN = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")

    def __init__(self, label: str, *, maximum: int = 254, **kwargs: Any) -> None:
        kwargs.setdefault("autocomplete", "email")
        kwargs.setdefault("inputmode", "email")
        kwargs.setdefault("width", "half")
        super().__init__(label, maximum=maximum, **kwargs)

    def tidy(self, text: str) -> str:
        """The address in half-width letters."""
        return half_width(text)

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Check that it looks like an address."""
        super().post_validate(form, validation_stopped)
        if not validation_stopped and self.data and not self.PATTERN.fullmatch(self.data):
            raise ValidationError(
                FieldMessage("邮箱地址不完整。", remedy="应当像 name@example.cn 这样填写。")
            )


class PhoneField(TextField):
    """A telephone number of the mainland, mobile or fixed."""

    PATTERN = re.compile(r"(\+86)?1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?")

    def __init__(self, label: str, *, maximum: int = 25, **kwargs: Any) -> None:
        kwargs.setdefault("autocomplete", "tel")
        kwargs.setdefault("inputmode", "tel")
        kwargs.setdefault("width", "half")
        super().__init__(label, maximum=maximum, **kwargs)

    def tidy(self, text: str) -> str:
        """The number without blanks."""
        return "".join(half_width(text).split())

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Check that it can be dialled."""
        super().post_validate(form, validation_stopped)
        if not validation_stopped and self.data and not self.PATTERN.fullmatch(self.data):
            raise ValidationError(
                FieldMessage(
                    "电话号码的格式不对。",
                    remedy="手机号填 11 位数字；座机像 0756-1234567 这样填写。",
                )
            )
