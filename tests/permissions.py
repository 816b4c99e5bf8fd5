"""Every address with its methods, its endpoint and the permission that it asks for.

The table stands in `tests/architecture/permissions.txt` and is reviewed like a migration: who may
open or send a page follows from it and not from the mark of the view. `python -m tests.permissions`
writes it anew.
"""

import tempfile
from functools import cache
from pathlib import Path

from flask import Flask

from procure import wiring
from procure.app import CONFIG
from procure.demonstration.views import blueprint as demonstration
from procure.kernel.access import Permission
from procure.web.access import permission_of
from procure.web.routing import LateRule
from procure.web.styleguide import styleguide_blueprint
from tests.world import config_for

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
    """The table as the application has it."""
    rows = []
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        permission = permission_of(app, rule.endpoint)
        named = "nobody" if permission is None else permission.name
        rows.append(f"{rule.endpoint:38} {named:18} {methods:8} {rule.rule}")
    return sorted(rows)


@cache
def needed() -> dict[str, Permission]:
    """What each endpoint asks for, as the table has it."""
    words = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {endpoint: Permission[name] for endpoint, name, *_ in words}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        TABLE.write_text("\n".join(rows_of(addressed_app(Path(place)))) + "\n", encoding="utf-8")
