"""Which guards stand in the database: the triggers every kept table must have, by name.

Migrations put them up. That the lists agree with the database is asked at every start and by the
tests, so that neither a forgotten migration nor a trigger switched off for an afternoon stays so.
"""

from sqlalchemy import text
from sqlalchemy.engine import Connection

from procure.store.base import HEAD_TRIGGER, AppendOnly, tables_marked

KEPT: dict[str, tuple[str, ...]] = {
    "sqlite": ("no_update", "no_delete", "no_replace"),
    "postgresql": ("append_only", "no_truncate"),
}
"""The triggers of each append-only table, named <table>_<this>."""

OWN: dict[str, frozenset[str]] = {
    "sqlite": frozenset(
        {
            "trail_event_link",
            HEAD_TRIGGER,
            "trail_head_insert",
            "trail_head_update",
            "trail_head_delete",
            "ledger_line_guard",
            "ledger_entry_balance",
            "score_frozen_insert",
            "score_frozen_update",
            "score_frozen_delete",
            "panel_member_lock_kept",
            "role_grant_three_admins_insert",
            "role_grant_three_admins_update",
        }
    ),
    "postgresql": frozenset(
        {
            "trail_event_link",
            "trail_head_guard",
            "trail_head_no_truncate",
            "ledger_line_guard",
            "ledger_entry_balance",
            "score_frozen",
            "score_no_truncate",
            "panel_member_lock_kept",
            "panel_member_no_truncate",
            "role_grant_three_admins",
            "role_grant_no_truncate",
        }
    ),
}
"""The triggers that guard one table each: chains, sums, locked scores, 三员."""


def expected(dialect: str) -> frozenset[str]:
    """The names of all triggers a database of this kind must have."""
    kept = {f"{table}_{what}" for table in tables_marked(AppendOnly) for what in KEPT[dialect]}
    return OWN[dialect] | kept


def standing(connection: Connection) -> frozenset[str]:
    """The names of the triggers the database has and obeys."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        # D: switched off; R: only for replication.
        query = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND c.relnamespace = current_schema()::regnamespace"
        )
    return frozenset(connection.execute(text(query)).scalars())


def missing(connection: Connection) -> list[str]:
    """The triggers that should stand and do not, in order of name."""
    return sorted(expected(connection.dialect.name) - standing(connection))
