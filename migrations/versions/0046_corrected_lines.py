"""Corrections of budget lines by two officers, with their entries."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0046"
down_revision = "0045"

TABLE = "budget_line_change"
ASKED = ("id", "budget_line_id", "content", "reason", "proposed_by", "proposed_at")
DECIDED = ("decided_by", "decided_at", "confirmed", "refusal")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


KEPT = f"{_changed(ASKED)} OR OLD.decided_at IS NOT NULL AND ({_changed(DECIDED)})"
SQLITE = {
    f"{TABLE}_kept": f"""BEFORE UPDATE ON {TABLE}
WHEN {KEPT}
BEGIN SELECT RAISE(ABORT, '{TABLE}: decided once'); END""",
    # As in 0025: REPLACE would write a row anew past the guard of updates.
    f"{TABLE}_no_delete": f"""BEFORE DELETE ON {TABLE}
BEGIN SELECT RAISE(ABORT, '{TABLE}: stays for ever'); END""",
}
POSTGRESQL = f"""CREATE TRIGGER {TABLE}_kept BEFORE UPDATE ON {TABLE}
FOR EACH ROW WHEN ({KEPT}) EXECUTE FUNCTION kept_as_it_is('decided once')"""

KINDS = ("appropriate", "reserve", "release", "commit", "pay")


def upgrade() -> None:
    widen(op, "ledger_entry", "kind", "ck_ledger_entry_entry_kind", (*KINDS, "adjust"))
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("budget_line_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{TABLE}_two_people")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_at IS NOT NULL",
            name=op.f(f"ck_{TABLE}_decided_has_instant"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR confirmed OR length(refusal) > 0",
            name=op.f(f"ck_{TABLE}_refusal_has_reason"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"))
            for column, target in (
                ("budget_line_id", "budget_line.id"),
                ("proposed_by", "user_account.id"),
                ("decided_by", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_budget_line_change_open",
        TABLE,
        ["budget_line_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        for name, rest in SQLITE.items():
            run(f"CREATE TRIGGER {name} {rest}")
    else:
        run(POSTGRESQL)


def downgrade() -> None:
    op.drop_table(TABLE)
    widen(op, "ledger_entry", "kind", "ck_ledger_entry_entry_kind", KINDS)
