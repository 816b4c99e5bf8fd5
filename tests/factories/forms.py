"""Every form of the platform, found by looking, and one field of one filled in by itself."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, Form
from wtforms.fields.core import UnboundField

import procure
from procure.web.fields.rows import RowForm
from procure.web.forms import ProcureForm


@dataclass(frozen=True)
class FormField:
    """A field as its form declares it."""

    form: type[Form]
    name: str
    unbound: UnboundField

    def __str__(self) -> str:
        return f"{self.form.__module__.removeprefix('procure.')}.{self.form.__name__}.{self.name}"

    def filled(self, typed: str) -> Any:
        """The field, checked, with this typed into it."""
        alone = type("OneField", (RowForm,), {"one": self.unbound})(MultiDict({"one": typed}))
        alone.validate()
        return alone["one"]


def fields_of(kind: type[Field]) -> list[FormField]:
    """Every field of a kind, or of a kind of it, of every form and row; the same one once."""
    found = {
        id(unbound): FormField(form, name, unbound)
        for form in every_form()
        for name, unbound in vars(form).items()
        if isinstance(unbound, UnboundField) and issubclass(unbound.field_class, kind)
    }
    return list(found.values())


def every_form() -> Iterator[type[Form]]:
    """Every form and row of the platform."""
    for module in pkgutil.walk_packages(procure.__path__, "procure."):
        if "form" in module.name.rsplit(".", 1)[-1] or ".views" in module.name:
            importlib.import_module(module.name)
    for base in (ProcureForm, RowForm):
        for form in _below(base):
            if form.__module__.startswith("procure."):
                yield form


def _below(base: type[Form]) -> Iterator[type[Form]]:
    for form in base.__subclasses__():
        yield form
        yield from _below(form)
