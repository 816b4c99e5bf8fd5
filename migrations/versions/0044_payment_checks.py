"""What the clerk compared before a payment, what the applicant read off the invoice, and milestones
that the buyer lets money no longer wait for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

ITEMS = (
    "invoice_number",
    "invoice_on",
    "invoice_amount",
    "invoice_seller",
    "invoice_buyer",
    "payee",
    "files_handed_over",
)
KEYS = {
    "payment_check": (("id",), ("payment_request_id", "round", "item")),
    "milestone_excuse": (("id",), ("milestone_id",)),
}
"""The append-only tables and what must be unique in them."""


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    for column in (
        sa.Column("invoice_amount_fen", big),
        sa.Column("invoice_seller", sa.String(100), nullable=False, server_default=""),
        sa.Column("invoice_buyer", sa.String(100), nullable=False, server_default=""),
        sa.Column("round", big, nullable=False, server_default="1"),
    ):
        op.add_column("payment_request", column)
    op.create_table(
        "payment_check",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("payment_request_id", sa.String(32), nullable=False),
        sa.Column("round", big, nullable=False),
        sa.Column(
            "item",
            sa.Enum(
                *ITEMS, name="check_item", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.String(32), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_check")),
        sa.UniqueConstraint(
            "payment_request_id",
            "round",
            "item",
            name=op.f("uq_payment_check_payment_request_id_round_item"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_request.id"],
            name=op.f("fk_payment_check_payment_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["user_account.id"], name=op.f("fk_payment_check_checked_by")
        ),
    )
    op.create_table(
        "milestone_excuse",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("milestone_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("excused_by", sa.String(32), nullable=False),
        sa.Column("excused_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_excuse")),
        sa.UniqueConstraint("milestone_id", name=op.f("uq_milestone_excuse_milestone_id")),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_excuse_milestone_id")
        ),
        sa.ForeignKeyConstraint(
            ["excused_by"], ["user_account.id"], name=op.f("fk_milestone_excuse_excused_by")
        ),
    )
    for table, keys in KEYS.items():
        _keep(table, keys)


def downgrade() -> None:
    op.drop_table("milestone_excuse")
    op.drop_table("payment_check")
    for column in ("round", "invoice_buyer", "invoice_seller", "invoice_amount_fen"):
        op.drop_column("payment_request", column)


def _keep(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    """Put up the guards of an append-only table, as 0022 and 0023 did for the older ones."""
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name != "sqlite":
        run(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        run(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
        return
    for act in ("update", "delete"):
        run(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table}: append only'); END"
        )
    whens = f" WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid)"
    whens += f" THEN RAISE(ABORT, '{table}: append only')"
    for key in keys:
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        said = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in key)
        whens += f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) THEN RAISE(ABORT, '{said}')"
    run(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} BEGIN SELECT CASE{whens} END; END"
    )
