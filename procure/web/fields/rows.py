"""Repeated rows that work without JavaScript: 增加一行 and 删除 are submit buttons."""

from collections.abc import Container
from dataclasses import fields
from typing import Any, ClassVar

from wtforms import FieldList, Form, FormField, ValidationError
from wtforms.meta import DefaultMeta

from procure.kernel.text import key
from procure.web.fields.base import OwnField
from procure.web.messages import ChineseTranslations, FieldMessage


class RowForm(Form):
    """The fields of one row, which give the fields of what it `makes` by their names."""

    makes: ClassVar[Any] = None
    """The plain data of a command that a row stands for."""

    class Meta(DefaultMeta):
        """Chinese messages; the outer form guards the request."""

        def get_translations(self, form: Form) -> ChineseTranslations:
            """Our own words."""
            return ChineseTranslations()

    def is_blank(self) -> bool:
        """Whether nothing at all was filled in."""
        return all(_is_blank(field) for field in self)


def taken_from(form: Form, kind: Any, given: Container[str] = ()) -> dict[str, Any]:
    """What the fields of a form give for the fields of a dataclass of the same names, but for those
    `given` otherwise.
    """
    names = (one.name for one in fields(kind) if one.name in form and one.name not in given)
    return {name: _taken(form[name]) for name in names}


def _taken(field: Any) -> Any:
    own = isinstance(field, OwnField | RowsField)
    return field.taken if own else field.data or ""


def _is_blank(field: Any) -> bool:
    if isinstance(field, OwnField):
        return field.is_blank()
    return not any(str(value).strip() for value in field.raw_data or ())


def _words_of(field: Any) -> str:
    return field.in_words() if isinstance(field, OwnField) else ""


class RowsField(FieldList):
    """A list of rows. Rows left blank beyond the `minimum` are passed over, not complained about."""

    shape = "rows"
    stored_words = ""
    draft_words = ""
    widget: ClassVar[Any] = None

    def __init__(
        self,
        row_form: type[RowForm],
        label: str,
        *,
        minimum: int = 0,
        maximum: int = 50,
        hint: str = "",
        mark: str = "选填",
        distinct: str = "",
        **kwargs: Any,
    ) -> None:
        """`distinct` names the field in which no two rows may have the same name."""
        super().__init__(
            FormField(row_form),
            label,
            min_entries=max(minimum, 1),
            max_entries=maximum,
            description=hint,
            **kwargs,
        )
        self.minimum = minimum
        self.optional = minimum == 0
        self.mark = mark
        self.distinct = distinct

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the rows, leaving out the one whose 删除 was pressed and adding one for 增加一行."""
        super().process(formdata, *args, **kwargs)
        wanted = len(self.entries)
        if formdata is not None:
            wanted += formdata.get("rows-add") == self.name
        while len(self.entries) < min(wanted, self.max_entries):
            # Processed with nothing, so that the new row starts from its defaults.
            self._add_entry(None)

    @property
    def filled(self) -> list[RowForm]:
        """The rows in which something was filled in."""
        return [
            entry.form
            for number, entry in enumerate(self.entries)
            if number < self.minimum or not entry.form.is_blank()
        ]

    @property
    def data(self) -> list[dict[str, Any]]:
        """The values of the filled rows."""
        return [form.data for form in self.filled]

    @property
    def taken(self) -> tuple[Any, ...]:
        """The filled rows as what they make."""
        return tuple(form.makes(**taken_from(form, form.makes)) for form in self.filled)

    def validate(self, form: Form, extra_validators: Any = ()) -> bool:
        """Check the filled rows, then how many there are."""
        filled = self.filled
        # Every row is checked, so that all messages stand on the page at once.
        for row in filled:
            row.validate()
        if self.distinct:
            self._refuse_equal(filled)
        self.errors = [row.errors for row in filled if row.errors]
        if not self.errors and len(filled) < self.minimum:
            self.errors = [FieldMessage(f"“{self.label.text}”至少填写 {self.minimum} 行。")]
        for validator in self.validators:
            try:
                validator(form, self)
            except ValidationError as problem:
                self.errors.append(problem.args[0])
        return not self.errors

    def _refuse_equal(self, rows: list[RowForm]) -> None:
        """Say at each row whose name another row above it has, in whatever way it is written."""
        first: dict[str, int] = {}
        for number, row in enumerate(rows, start=1):
            field = row[self.distinct]
            named = key(field.data or "")
            if named and first.setdefault(named, number) != number:
                message = FieldMessage(
                    f"“{field.label.text}”与第 {first[named]} 行相同。",
                    remedy="请改成不同的名称，或者合并为一行。",
                )
                field.errors = [*field.errors, message]

    def in_words(self) -> str:
        """The rows in which there is something, a line each."""
        rows = ([words for part in entry.form if (words := _words_of(part))] for entry in self)
        lines = enumerate((row for row in rows if row), start=1)
        return "\n".join(f"第 {number} 行：{'，'.join(row)}" for number, row in lines)

    @property
    def own_errors(self) -> list[str]:
        """Messages that concern the list as a whole."""
        return [error for error in self.errors if isinstance(error, str)]
