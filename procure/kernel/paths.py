"""Where a page is, for whatever leads to it: pages, letters and the desk, in and outside of requests.

Within a request `url_for` says the same. Every path that is written here or asked for by name leads
somewhere: `tests/architecture/test_paths.py` holds them against the application's own addresses.
"""


def case_path(number: str, *parts: object) -> str:
    """The page of a case, or one below it: `case_path(number, "contract", "targets")`."""
    return _path("projects", number, *parts)


def notice_path(number: str) -> str:
    """A notice as the public reads it."""
    return _path("notices", number)


def document_path(document_id: str | None) -> str:
    """A paper on file; empty where there is none."""
    return _path("documents", document_id) if document_id else ""


def budget_path(line_id: str, *parts: object) -> str:
    """A budget line, or a page below it."""
    return _path("budget", line_id, *parts)


def audit_path(*parts: object) -> str:
    """A page of the auditor's desk."""
    return _path("audit", *parts)


def admin_path(*parts: object) -> str:
    """A page of the administration."""
    return _path("admin", *parts)


def _path(*parts: object) -> str:
    """Parts that are empty are left out, so that a page and the pages below it are told alike."""
    return "".join(f"/{part}" for part in parts if part != "")
