"""How templates are looked up and what they may see everywhere."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class Templates(Environment):
    """Jinja's environment with one set of globals for all templates.

    None of ours has globals of its own. Jinja would lay an empty set over the common one, and copy
    and compare the two in Python at every import of a macro: a twentieth of a list page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The common globals unless there are some to lay over them."""
        return super().make_globals(d) if d else self.globals
