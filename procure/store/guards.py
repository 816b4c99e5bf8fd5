"""Which guards stand in the database: the triggers every kept table must have, by name.

Migrations put them up. That the lists agree with the database is asked at every start and by the
tests, so that neither a forgotten migration nor a trigger switched off for an afternoon stays so.
"""

from sqlalchemy import text
from sqlalchemy.engine import Connection

from procure.store.base import AppendOnly, tables_marked

KEPT: dict[str, tuple[str, ...]] = {
    "sqlite": ("no_update", "no_delete", "no_replace"),
    "postgresql": ("append_only", "no_truncate"),
}
"""The triggers of each append-only table, named <table>_<this>."""

OWN: dict[str, dict[str, tuple[str, ...]]] = {
    "sqlite": {
        "trail_event": ("link", "head"),
        "trail_head": ("insert", "update", "delete"),
        "ledger_line": ("guard",),
        "ledger_entry": ("balance",),
        "score": ("frozen_insert", "frozen_update", "frozen_delete"),
        "panel_member": ("lock_kept",),
        "role_grant": (
            "three_admins_insert",
            "three_admins_update",
            "fits_insert",
            "fits_update",
            "kept",
            "no_delete",
        ),
        "credential_reset": ("kept", "no_delete"),
        "organisation_request": ("kept", "no_delete"),
        "person_request": ("kept", "no_delete"),
        "contract_early_end": ("kept", "no_delete"),
        "contract_settlement": ("kept", "no_delete"),
        "plan_change": ("kept", "no_delete"),
        "budget_line_change": ("kept", "no_delete"),
        "organisation": ("kind_kept",),
        "user_account": ("place_kept",),
        "tender": ("dates_kept", "no_delete"),
        "contract": ("payee_kept", "no_delete"),
        "bid": ("state_kept", "no_delete"),
        "treasury_payment": ("again",),
        "payment_reversal": ("kept", "no_delete"),
        "supplier_refund": ("kept", "no_delete"),
    },
    "postgresql": {
        "trail_event": ("link",),
        "trail_head": ("guard", "no_truncate"),
        "ledger_line": ("guard",),
        "ledger_entry": ("balance",),
        "score": ("frozen", "no_truncate"),
        "panel_member": ("lock_kept", "no_truncate"),
        "role_grant": ("three_admins", "no_truncate", "fits", "kept"),
        "credential_reset": ("kept",),
        "organisation_request": ("kept",),
        "person_request": ("kept",),
        "contract_early_end": ("kept",),
        "contract_settlement": ("kept",),
        "plan_change": ("kept",),
        "budget_line_change": ("kept",),
        "organisation": ("kind_kept",),
        "user_account": ("place_kept",),
        "tender": ("dates_kept",),
        "contract": ("payee_kept",),
        "bid": ("state_kept",),
        "treasury_payment": ("again",),
        "payment_reversal": ("kept",),
        "supplier_refund": ("kept",),
    },
}
"""The triggers that guard one table each, named as above: chains, sums, locked scores, 三员, roles
that fit, and what one person alone must not write anew.
"""


Guard = tuple[str, str]
"""A table and a trigger's name: the same name on another table guards nothing."""


def expected(dialect: str) -> frozenset[Guard]:
    """All triggers a database of this kind must have, each on its table."""
    own = {(table, f"{table}_{what}") for table, names in OWN[dialect].items() for what in names}
    kept = {
        (table, f"{table}_{what}") for table in tables_marked(AppendOnly) for what in KEPT[dialect]
    }
    return frozenset(own | kept)


def standing(connection: Connection) -> frozenset[Guard]:
    """The triggers the database has and obeys, each on its table."""
    if connection.dialect.name == "sqlite":
        query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    else:
        # D: switched off; R: only for replication.
        query = (
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND c.relnamespace = current_schema()::regnamespace"
        )
    return frozenset((table, name) for table, name in connection.execute(text(query)))


def missing(connection: Connection) -> list[str]:
    """The names of the triggers that should stand and do not, in order."""
    lost = expected(connection.dialect.name) - standing(connection)
    return sorted(name for _, name in lost)
