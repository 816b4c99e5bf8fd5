"""Every address with its methods, its endpoint and the permission that it asks for.

Who may open or send a page follows from what is said of it beside its view. The page of a step is
in the table of steps, whose office its view has to ask for; every other address stands in
`tests/architecture/permissions.txt` and is reviewed like a migration. `python -m tests.permissions`
writes it anew.
"""

import tempfile
from functools import cache
from pathlib import Path

from flask import Flask

from procure import wiring
from procure.demonstration.views import blueprint as demonstration
from procure.desks.steps import STEPS
from procure.kernel.access import Permission
from procure.web.access import CONFIG, permission_of
from procure.web.routing import LateRule
from procure.web.styleguide import styleguide_blueprint
from tests.world import config_for

OFFICES: dict[str, Permission] = {row.endpoint: row.permission for row in STEPS}
"""Whose each step is, as the table of steps has it."""
TAKES_STEP = ({"GET", "POST"}, {"POST"})
"""The page of a step, and a button."""
TABLE = Path(__file__).with_name("architecture") / "permissions.txt"


def addressed_app(folder: Path) -> Flask:
    """An application that knows its addresses and nothing else: no database, no keys."""
    app = Flask("procure")
    app.url_rule_class = LateRule
    app.extensions[CONFIG] = config_for("sqlite://", folder)
    wiring.connect(app)
    app.register_blueprint(demonstration)
    app.register_blueprint(styleguide_blueprint(), url_prefix="/styleguide")
    return app


def rows_of(app: Flask) -> list[str]:
    """The table as the application has it; what is as the table of steps says is not in it."""
    rows = []
    for rule in app.url_map.iter_rules():
        takes = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        methods = ",".join(sorted(takes))
        permission = permission_of(app, rule.endpoint)
        if takes in TAKES_STEP and permission is OFFICES.get(rule.endpoint):
            continue
        named = "nobody" if permission is None else permission.name
        rows.append(f"{rule.endpoint:38} {named:18} {methods:8} {rule.rule}")
    return sorted(rows)


@cache
def needed() -> dict[str, Permission]:
    """What each endpoint asks for, as the two tables have it."""
    words = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return OFFICES | {endpoint: Permission[name] for endpoint, name, *_ in words}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        TABLE.write_text("\n".join(rows_of(addressed_app(Path(place)))) + "\n", encoding="utf-8")
