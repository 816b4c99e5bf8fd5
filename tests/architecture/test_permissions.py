"""Who may open and send what is said twice: by its view, and by a table."""

from pathlib import Path

from flask import Flask

from procure.kernel.access import Permission
from procure.web.access import permits
from tests.permissions import TABLE, addressed_app, rows_of


def differences(app: Flask) -> list[str]:
    """What the application has otherwise than the table."""
    said = set(TABLE.read_text(encoding="utf-8").splitlines())
    has = set(rows_of(app))
    return sorted(f"- {row}" for row in said - has) + sorted(f"+ {row}" for row in has - said)


def test_addresses_methods_and_permissions_are_those_of_the_table(tmp_path: Path) -> None:
    assert differences(addressed_app(tmp_path)) == [], "python -m tests.permissions, and look at it"


def test_weaker_mark_and_one_more_method_are_found(tmp_path: Path) -> None:
    app = addressed_app(tmp_path)

    @permits(Permission.PUBLIC)
    def weaker() -> str:
        raise NotImplementedError

    app.view_functions["plans.index"] = weaker
    app.view_functions["plans.submit"] = weaker
    app.add_url_rule("/plans", "plans.index", methods=["POST"])
    found = [row.split()[:4] for row in differences(app)]

    assert found == [
        ["-", "plans.index", "BUDGET_VIEW", "GET"],
        ["+", "plans.index", "PUBLIC", "GET"],
        ["+", "plans.index", "PUBLIC", "POST"],
        ["+", "plans.submit", "PUBLIC", "GET,POST"],
    ]
