"""What a provider pays back, registered by one person and confirmed by another."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0062"
down_revision = "0061"

TABLE = "supplier_refund"
ENTRY_KINDS = ("appropriate", "reserve", "release", "commit", "pay", "adjust", "reverse")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ASKED = (
    "id",
    "contract_id",
    "amount_fen",
    "reference",
    "bank_on",
    "note",
    "proposed_by",
    "proposed_at",
)
DECIDED = ("agreed", "decided_by", "decided_at", "decision_note", "entry_id")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


KEPT = f"{_changed(ASKED)} OR OLD.decided_at IS NOT NULL AND ({_changed(DECIDED)})"
SQLITE = (
    f"""CREATE TRIGGER {TABLE}_kept BEFORE UPDATE ON {TABLE}
WHEN {KEPT}
BEGIN SELECT RAISE(ABORT, '{TABLE}: decided once'); END""",
    f"""CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
BEGIN SELECT RAISE(ABORT, '{TABLE}: stays for ever'); END""",
)
POSTGRESQL = (
    f"""CREATE TRIGGER {TABLE}_kept BEFORE UPDATE ON {TABLE}
FOR EACH ROW WHEN ({KEPT}) EXECUTE FUNCTION kept_as_it_is('decided once')""",
)


def upgrade() -> None:
    widen(op, "ledger_entry", "kind", "ck_ledger_entry_entry_kind", (*ENTRY_KINDS, "refund"))
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("bank_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("agreed", sa.Boolean()),
        sa.Column("decided_by", sa.String(length=32)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(length=32)),
        sa.CheckConstraint("amount_fen > 0", name=op.f(f"ck_{TABLE}_amount_positive")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{TABLE}_two_people")
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (agreed IS NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f(f"ck_{TABLE}_decided_whole"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in (
                ("contract_id", "contract"),
                ("proposed_by", "user_account"),
                ("decided_by", "user_account"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        f"uq_{TABLE}_open",
        TABLE,
        ["contract_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
    widen(op, "ledger_entry", "kind", "ck_ledger_entry_entry_kind", ENTRY_KINDS)
