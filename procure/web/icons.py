"""Icons of the packaged Bootstrap set, cut one by one out of the wheel's drawing sheet.

The sheet is a megabyte; a page needs a handful of shapes, so each is inlined where it is used.
"""

import re
from functools import cache
from pathlib import Path

import flask_bootstrap
from markupsafe import Markup

SHEET = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/icons/bootstrap-icons.svg"


@cache
def _sheet() -> str:
    return SHEET.read_text(encoding="utf-8")


@cache
def icon(name: str) -> Markup:
    """The named icon as an inline drawing that screen readers pass over.

    Raises LookupError for a name the set does not have.
    """
    pattern = rf'<symbol\b[^>]*\bid="{re.escape(name)}"[^>]*>(.*?)</symbol>'
    found = re.search(pattern, _sheet(), re.DOTALL)
    if found is None:
        raise LookupError(f"no icon named {name}")
    return Markup(  # noqa: S704 - the shape comes from the installed package
        '<svg class="icon" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" '
        f'focusable="false">{found.group(1).strip()}</svg>'
    )
