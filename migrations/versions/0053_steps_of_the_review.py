"""What the papers of opening, receipt and award rest on, and a review that ends with its purchase.

Candidates passed over with their proof; the answer about objections to the opening; the data of each
receipt, encrypted, so that it is printed alike for ever; the question about prices.
"""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0053"
down_revision = "0052"

KEPT = {
    "candidate_passed": (("id",), ("review_id", "bid_id")),
    "opening_objections": (("tender_id",),),
    "bid_receipt_paper": (("version_id",),),
}
"""The new tables whose rows are written once, each with its keys."""
STATES = ("panel_drawn", "checked", "scored", "reported", "decided", "announced", "failed")
KINDS = (
    "tender_document",
    "contract_draft",
    "notice",
    "bid_receipt",
    "bid_attachment",
    "opening_record",
    "review_report",
    "award_notice",
    "contract",
    "delivery_evidence",
    "evaluation_report",
    "acceptance_certificate",
    "invoice",
    "payment_sheet",
)


def _guards(table: str, keys: tuple[tuple[str, ...], ...], dialect: str) -> list[str]:
    """The triggers of an append-only table (0023)."""
    if dialect != "sqlite":
        return [
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION append_only()""",
            f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
        ]
    cases = f"""
        WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid)
            THEN RAISE(ABORT, '{table}: append only')"""
    cases += "".join(
        f"""
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {" AND ".join(f"{one} = NEW.{one}" for one in key)})
            THEN RAISE(ABORT, 'UNIQUE constraint failed: {", ".join(f"{table}.{one}" for one in key)}')"""
        for key in keys
    )
    return [
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END""",
        f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END""",
        f"""CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} BEGIN
    SELECT CASE{cases}
    END;
END""",
    ]


def _points_to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def upgrade() -> None:
    _candidates()
    _objections()
    _receipts()
    dialect = op.get_bind().dialect.name
    for table, keys in KEPT.items():
        for statement in _guards(table, keys, dialect):
            op.get_bind().exec_driver_sql(statement)
    op.add_column("panel_member", sa.Column("prices_sound", sa.Boolean(), nullable=True))
    widen(op, "review", "state", "ck_review_review_state", (*STATES, "ended"))
    widen(op, "document", "kind", "ck_document_document_kind", (*KINDS, "candidate_proof"))


def _candidates() -> None:
    table = "candidate_passed"
    op.create_table(
        table,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("bid_id", sa.String(length=32), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "declined",
                "unable",
                "no_bond",
                "ineligible",
                name="pass_ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f(f"ck_{table}_passing_has_reason")),
        _points_to(table, "review_id", "review"),
        _points_to(table, "bid_id", "bid"),
        _points_to(table, "document_id", "document"),
        _points_to(table, "recorded_by", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("review_id", "bid_id", name=op.f(f"uq_{table}_review_id_bid_id")),
    )


def _objections() -> None:
    table = "opening_objections"
    op.create_table(
        table,
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("has_any", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("has_any = (length(said) > 0)", name=op.f(f"ck_{table}_said_if_any")),
        _points_to(table, "tender_id", "tender"),
        _points_to(table, "document_id", "document"),
        _points_to(table, "recorded_by", "user_account"),
        sa.PrimaryKeyConstraint("tender_id", name=op.f(f"pk_{table}")),
    )


def _receipts() -> None:
    table = "bid_receipt_paper"
    op.create_table(
        table,
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("paper", sa.LargeBinary(), nullable=False),
        _points_to(table, "version_id", "bid_version"),
        sa.PrimaryKeyConstraint("version_id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    widen(op, "document", "kind", "ck_document_document_kind", KINDS)
    widen(op, "review", "state", "ck_review_review_state", STATES)
    op.drop_column("panel_member", "prices_sound")
    for table in KEPT:
        op.drop_table(table)
