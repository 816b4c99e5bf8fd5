"""The payer's days as the request's own: rule, first day and first last day, and each return."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

REASONS = (
    "invoice_head",
    "invoice_amount",
    "invoice_form",
    "payee",
    "papers",
    "condition",
    "other",
)
_FIRST = (
    "(SELECT d.{column} FROM deadline d WHERE d.subject_id = payment_request.id"
    " AND d.rule IN ('T56', 'T57') ORDER BY d.starts_on, d.id LIMIT 1)"
)
"""What the first term of a request said: rows of before keep it as theirs."""


def upgrade() -> None:
    op.add_column(
        "payment_request", sa.Column("pay_rule", sa.String(24), nullable=False, server_default="")
    )
    for name in ("days_from", "first_due_on", "invoice_received_on"):
        op.add_column("payment_request", sa.Column(name, sa.Date()))
    rule, start, due = (_FIRST.format(column=one) for one in ("rule", "starts_on", "due_on"))
    op.execute(
        f"UPDATE payment_request SET pay_rule = coalesce({rule}, ''), days_from = {start},"
        f" first_due_on = {due}, invoice_received_on = {start}"
    )
    op.create_table(
        "payment_return",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("payment_request_id", sa.String(32), nullable=False),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *REASONS, name="return_reason", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("returned_by", sa.String(32), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=False),
        sa.Column("resubmitted_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_return")),
        sa.UniqueConstraint(
            "payment_request_id",
            "round",
            name=op.f("uq_payment_return_payment_request_id_round"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_request.id"],
            name=op.f("fk_payment_return_payment_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["returned_by"], ["user_account.id"], name=op.f("fk_payment_return_returned_by")
        ),
    )


def downgrade() -> None:
    op.drop_table("payment_return")
    for name in ("invoice_received_on", "first_due_on", "days_from", "pay_rule"):
        op.drop_column("payment_request", name)
