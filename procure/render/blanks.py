"""A paper with places left open: a contract's text before anybody knows with whom it is made.

Data that carry `blank_form` are a form: what is given is checked as ever, what a template asks and
the data do not give is printed as a line to be filled in, and what a later version of the template
no longer asks is left out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from procure.render.fields import BLANK, Blank, FieldKind, TemplateField, checked_value

MARK = "blank_form"


def is_form(data: object) -> bool:
    """Whether the data are to be printed as a form."""
    return isinstance(data, dict) and data.get(MARK) is True


def blank_fields(
    fields: Mapping[str, TemplateField], data: Mapping[str, Any], path: str = "", named: str = ""
) -> dict[str, Any]:
    """The given values checked, every other place open; optional ones that are not given are not
    printed. Raises Invalid for a value that does not fit.
    """
    return {name: _value(each, data.get(name), path, named) for name, each in fields.items()}


def _value(each: TemplateField, value: Any, path: str, named: str) -> Any:
    place = f"{path}.{each.name}" if path else each.name
    words = f"{named}“{each.label}”"
    is_open = value is None or value in ("", [])
    if is_open and each.optional:
        return None
    match each.kind:
        case FieldKind.RECORD:
            return blank_fields(each.fields, {} if is_open else value, place, words)
        case FieldKind.RECORDS:
            return [
                blank_fields(each.fields, row, f"{place}.{at}", f"{words}第{at + 1}项")
                for at, row in enumerate([{}] if is_open else value)
            ]
        case FieldKind.TEXTS if is_open:
            return [BLANK]
    return BLANK if is_open else checked_value(each, value, place, words)


def leaving_blank(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of templates that leaves an open place as it is."""

    def filtered(value: Any, *rest: Any) -> Any:
        return value if isinstance(value, Blank) else filter_(value, *rest)

    return filtered
