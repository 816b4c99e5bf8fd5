"""What is asked for about a person's account by one administrator and decided by another."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

TABLE = "person_request"
ASKED = ("id", "user_id", "act", "changes", "reason", "requested_by", "requested_at")
DECIDED = ("decided_by", "decided_at", "carried_out", "refusal")


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


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "edit",
                "close",
                "reopen",
                name="person_act",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("carried_out", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> requested_by", name=op.f(f"ck_{TABLE}_two_people")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_at IS NOT NULL",
            name=op.f(f"ck_{TABLE}_decided_has_instant"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> user_id",
            name=op.f(f"ck_{TABLE}_not_for_oneself"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f(f"fk_{TABLE}_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_person_request_open",
        TABLE,
        ["user_id"],
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
