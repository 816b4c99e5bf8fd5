"""Payment requests and treasury payments"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "payment_request",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("instalment_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "returned",
                "reviewed",
                "approved",
                "paid",
                name="request_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("invoice_number", sa.String(length=40), nullable=False),
        sa.Column("invoice_on", sa.Date(), nullable=False),
        sa.Column("invoice_document_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("requested_by", sa.String(length=32), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.String(length=32), nullable=True),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("approval_note", sa.Text(), nullable=False),
        sa.Column("sheet_document_id", sa.String(length=32), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_request_amount_positive")),
        sa.CheckConstraint(
            "approved_by IS NULL OR (approved_by <> requested_by AND approved_by <> reviewed_by)",
            name=op.f("ck_payment_request_two_people"),
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by <> requested_by",
            name=op.f("ck_payment_request_two_sides"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["user_account.id"], name=op.f("fk_payment_request_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_payment_request_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["instalment_id"], ["instalment.id"], name=op.f("fk_payment_request_instalment_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_document_id"],
            ["document.id"],
            name=op.f("fk_payment_request_invoice_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user_account.id"], name=op.f("fk_payment_request_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["user_account.id"], name=op.f("fk_payment_request_reviewed_by")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_document_id"],
            ["document.id"],
            name=op.f("fk_payment_request_sheet_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_request")),
        sa.UniqueConstraint("invoice_number", name=op.f("uq_payment_request_invoice_number")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_request_number")),
    )
    op.create_index("ix_payment_request_contract", "payment_request", ["contract_id"], unique=False)
    op.create_index("ix_payment_request_state", "payment_request", ["state"], unique=False)
    op.create_index(
        "uq_payment_request_instalment", "payment_request", ["instalment_id"], unique=True
    )
    op.create_table(
        "treasury_payment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("payment_request_id", sa.String(length=32), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "city",
                "district",
                "street",
                name="payment_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("payee_name", sa.String(length=100), nullable=False),
        sa.Column("payee_account", sa.String(length=40), nullable=False),
        sa.Column("paid_by", sa.String(length=32), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_treasury_payment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["paid_by"], ["user_account.id"], name=op.f("fk_treasury_payment_paid_by")
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_request.id"],
            name=op.f("fk_treasury_payment_payment_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_payment")),
        sa.UniqueConstraint("order_number", name=op.f("uq_treasury_payment_order_number")),
        sa.UniqueConstraint(
            "payment_request_id", "level", name=op.f("uq_treasury_payment_payment_request_id_level")
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("treasury_payment")
    op.drop_table("payment_request")
