"""What was typed into a form, in plain values, to be kept and shown once more."""

from dataclasses import dataclass, field

TYPED = "forms_typed"
"""Set in `g` to what was typed before (`Typed`), on a page that shows it again."""


@dataclass(frozen=True)
class Typed:
    """What was typed into a form and what was said of it, in plain values, to be shown once more.

    `form` is the name of its class, empty where nobody has read it yet. Messages (words, rule,
    remedy) and what the record says now go by the names of fields, "" for the form as a whole.
    """

    values: dict[str, list[str]]
    form: str = ""
    messages: dict[str, list[list[str]]] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    status: int = 0
