"""Contracts"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "contract",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("lot_id", sa.String(length=32), nullable=False),
        sa.Column("bid_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("supplier_id", sa.String(length=32), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "promised_hours", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "issued",
                "supplier_signed",
                "signed",
                "published",
                "filed",
                "completed",
                name="contract_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "term_months", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("recipients", sa.String(length=200), nullable=False),
        sa.Column(
            "recipients_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("buyer_contact", sa.String(length=40), nullable=False),
        sa.Column("buyer_phone", sa.String(length=40), nullable=False),
        sa.Column("supplier_contact", sa.String(length=40), nullable=False),
        sa.Column("supplier_phone", sa.String(length=40), nullable=False),
        sa.Column("payee_bank", sa.String(length=100), nullable=False),
        sa.Column("payee_account", sa.String(length=40), nullable=False),
        sa.Column("premises", sa.Text(), nullable=False),
        sa.Column("special_terms", sa.Text(), nullable=False),
        sa.Column("saved", sa.Text(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("issued_by", sa.String(length=32), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.Column("supplier_signed_by", sa.String(length=32), nullable=True),
        sa.Column("supplier_signed_at", sa.BigInteger(), nullable=True),
        sa.Column("buyer_signed_by", sa.String(length=32), nullable=True),
        sa.Column("buyer_signed_at", sa.BigInteger(), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("filed_at", sa.BigInteger(), nullable=True),
        sa.Column("filing_number", sa.String(length=60), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','issued','supplier_signed') OR buyer_signed_at IS NOT NULL",
            name=op.f("ck_contract_signed_has_instant"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_contract_amount_positive")),
        sa.CheckConstraint(
            "buyer_signed_by IS NULL OR (buyer_signed_by <> issued_by AND buyer_signed_by <> supplier_signed_by)",
            name=op.f("ck_contract_two_people"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_contract_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_contract_bid_id")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisation.id"], name=op.f("fk_contract_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_signed_by"], ["user_account.id"], name=op.f("fk_contract_buyer_signed_by")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_contract_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["user_account.id"], name=op.f("fk_contract_issued_by")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_contract_lot_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_contract_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisation.id"], name=op.f("fk_contract_supplier_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_signed_by"], ["user_account.id"], name=op.f("fk_contract_supplier_signed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("bid_id", name=op.f("uq_contract_bid_id")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_contract_lot_id")),
        sa.UniqueConstraint("number", name=op.f("uq_contract_number")),
    )
    op.create_index("ix_contract_project", "contract", ["project_id"], unique=False)
    op.create_index("ix_contract_supplier", "contract", ["supplier_id"], unique=False)
    op.create_table(
        "contract_milestone",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("lead_unit", sa.String(length=80), nullable=False),
        sa.Column("assisting_unit", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_milestone_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_milestone")),
        sa.UniqueConstraint(
            "contract_id", "position", name=op.f("uq_contract_milestone_contract_id_position")
        ),
    )
    op.create_table(
        "contract_post",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post", sa.String(length=40), nullable=False),
        sa.Column("people", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualification", sa.String(length=100), nullable=False),
        sa.Column("duty", sa.String(length=100), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_contract_post_people_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_post_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_post")),
        sa.UniqueConstraint(
            "contract_id", "position", name=op.f("uq_contract_post_contract_id_position")
        ),
    )
    op.create_table(
        "contract_share",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "city",
                "district",
                "street",
                name="share_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("weight", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_share_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_share")),
        sa.UniqueConstraint(
            "contract_id", "level", name=op.f("uq_contract_share_contract_id_level")
        ),
    )
    op.create_table(
        "contract_target",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column(
            "period",
            sa.Enum(
                "week",
                "month",
                "quarter",
                "contract",
                name="contract_period",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at_least", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("each", sa.String(length=20), nullable=False),
        sa.Column(
            "each_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("condition", sa.String(length=200), nullable=False),
        sa.Column("total", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("each_count > 0", name=op.f("ck_contract_target_each_count_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_target_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_target")),
        sa.UniqueConstraint(
            "contract_id", "position", name=op.f("uq_contract_target_contract_id_position")
        ),
    )
    op.create_table(
        "instalment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("percent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "trigger",
            sa.Enum(
                "signing",
                "midterm",
                "final",
                "acceptance",
                name="instalment_trigger",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_instalment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_instalment_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint(
            "contract_id", "position", name=op.f("uq_instalment_contract_id_position")
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("instalment")
    op.drop_table("contract_target")
    op.drop_table("contract_share")
    op.drop_table("contract_post")
    op.drop_table("contract_milestone")
    op.drop_table("contract")
