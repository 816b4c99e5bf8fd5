"""Repeated rows that work without JavaScript: 增加一行, 删除 and 读入表格 are submit buttons."""

import re
from collections.abc import Container
from dataclasses import fields
from typing import Any, ClassVar

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, ValidationError
from wtforms.meta import DefaultMeta

from procure.kernel.text import key
from procure.web.fields.base import OwnField
from procure.web.fields.pasted import Block, read_block
from procure.web.messages import ChineseTranslations, FieldMessage

ADD, REMOVE = "rows-add", "rows-remove"
"""Names of the buttons that rearrange rows; their value is the list, or the row that goes."""

BLOCK = "rows-block-"
"""With the list's name, the box for a block of a spreadsheet, which is added in place of a blank row."""

MOST_NAMED = 10
"""How many cells that do not fit are named in one sentence."""


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

    @property
    def folded(self) -> list[Any]:
        """What a row opens for: its long texts, and beside them what may be left blank."""
        long = [field for field in self if field.shape == "long"]
        return [field for field in self if field in long or (long and field.optional)]

    @property
    def is_open(self) -> bool:
        """Whether there is something to do in what is folded."""
        needed = [field for field in self.folded if not field.optional]
        return any(field.errors or field.data in {None, ""} for field in needed)


def taken_from(form: Form, kind: Any, given: Container[str] = ()) -> dict[str, Any]:
    """What the fields of a form give for the fields of a dataclass of the same names, but for those
    `given` otherwise.
    """
    names = (one.name for one in fields(kind) if one.name in form and one.name not in given)
    return {name: taken_of(form[name]) for name in names}


def taken_of(field: Any) -> Any:
    """What a command takes of a field."""
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
        self.row_form = row_form
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
        self.block = Block(())
        self.has_no_room = False
        self.block_left = ""
        """What was not read in, to be put back into its box."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the rows, leaving out the one whose 删除 was pressed, and adding one, or those of a
        pasted block. Where rows came or went, the first field after the change gets the focus.
        """
        sent = MultiDict() if formdata is None else formdata
        adds = sent.get(ADD) == self.name
        self.block_left = sent.get(BLOCK + self.name, "").strip()
        if adds and self.block_left:
            formdata = self._with_block(formdata)
        super().process(formdata, *args, **kwargs)
        have = len(self.entries)
        wanted = have + (adds and not self.block.rows and not self.block_left)
        while len(self.entries) < min(wanted, self.max_entries):
            # Processed with nothing, so that the new row starts from its defaults.
            self._add_entry(None)
        gone = re.fullmatch(rf"{re.escape(self.name)}-([0-9]{{1,4}})", sent.get(REMOVE, ""))
        if gone or adds:
            place = int(gone[1]) if gone else have - len(self.block.rows)
            row = self.entries[min(place, len(self.entries) - 1)].form
            next(iter(row)).autofocus = True

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Names and labels of a row's fields, in the order in which a block gives them."""
        return [(field.short_name, field.label.text) for field in self.row_form()]

    def _with_block(self, formdata: Any) -> Any:
        """What was sent, with the block's rows behind those in which there is something."""
        rows = [
            {name: formdata.getlist(f"{self.name}-{place}-{name}") for name, _ in self.columns}
            for place in sorted(set(self._extract_indices(self.name, formdata)))
        ]
        rows = [row for row in rows if any("".join(values).strip() for values in row.values())]
        block = read_block(self.block_left, self.columns)
        self.has_no_room = len(rows) + len(block.rows) > self.max_entries
        if self.has_no_room:
            return formdata
        self.block, self.block_left = block, ""
        rows += [{name: [cell] for name, cell in row.items()} for row in block.rows]
        whole = MultiDict(formdata)
        for name in [name for name in formdata if name.startswith(f"{self.name}-")]:
            del whole[name]
        for place, row in enumerate(rows):
            for name, values in row.items():
                whole.setlist(f"{self.name}-{place}-{name}", values)
        return whole

    def check_block(self) -> None:
        """Say what of a pasted block does not fit, by row and column. What it left blank may follow."""
        if self.has_no_room:
            self.errors = [
                FieldMessage(
                    f"粘贴的内容没有读入：连同已有的，“{self.label.text}”超过最多 {self.max_entries} 行。",
                    remedy="请分开保存，或者减少粘贴的行数。",
                )
            ]
        start = len(self.entries) - len(self.block.rows)
        for number in self.block.beyond:
            message = FieldMessage(
                f"第 {start + number} 行在最后一列“{self.columns[-1][1]}”右边还有内容，没有读入。",
                remedy="请核对各列的顺序；第一行写上各列的名称，可以不按顺序。",
            )
            self.errors = [*self.errors, message]
        for entry in self.entries[start:]:
            entry.form.validate()
            for field in entry.form:
                if field.is_blank():
                    field.errors = []

    @property
    def read_in(self) -> str:
        """What became of a pasted block, in a sentence; empty where none was read in."""
        if not self.block.rows:
            return ""
        wrong = [
            f"第 {number} 行“{field.label.text}”"
            for number, entry in enumerate(self.entries, start=1)
            for field in entry.form
            if field.errors
        ]
        named = "、".join(wrong[:MOST_NAMED]) + ("等" if len(wrong) > MOST_NAMED else "")
        faults = f"有 {len(wrong)} 处不合适，已经标出：{named}。" if wrong else ""
        return f"已读入 {len(self.block.rows)} 行，还没有保存，请核对。{faults}"

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
        if any(sign in self.block_left for sign in "\t\n"):
            message = FieldMessage(
                f"从表格粘贴到“{self.label.text}”的内容还没有读入。",
                remedy="请按“读入表格”，核对后再提交；不要的请清空。",
            )
            self.errors.append(message)
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
