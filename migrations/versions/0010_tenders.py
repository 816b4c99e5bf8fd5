"""Tenders"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tender",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "published",
                "opened",
                "failed",
                "terminated",
                name="tender_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "open_tender",
                "consultation",
                name="tender_method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "price_way",
            sa.Enum(
                "low_price_first",
                "ratio_to_max",
                "fixed",
                name="tender_price_way",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "budget_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "ceiling_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "term_months", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("service_place", sa.String(length=200), nullable=False),
        sa.Column("staffing", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("starred", sa.Text(), nullable=False),
        sa.Column("acceptance_way", sa.Text(), nullable=False),
        sa.Column(
            "price_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "hours_floor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "deduction_rate", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("low_mean", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "low_second", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "low_ceiling", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "validity_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("opening_place", sa.String(length=200), nullable=False),
        sa.Column("documents_until", sa.Date(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("drafted_by", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(length=32), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','submitted') OR (published_at IS NOT NULL AND deadline_at IS NOT NULL)",
            name=op.f("ck_tender_published_has_dates"),
        ),
        sa.CheckConstraint("ceiling_fen <= budget_fen", name=op.f("ck_tender_ceiling_in_budget")),
        sa.CheckConstraint(
            "published_by IS NULL OR published_by <> drafted_by", name=op.f("ck_tender_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["user_account.id"], name=op.f("fk_tender_drafted_by")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_tender_project_id")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["user_account.id"], name=op.f("fk_tender_published_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
        sa.UniqueConstraint("project_id", "round", name=op.f("uq_tender_project_id_round")),
    )
    op.create_index("ix_tender_deadline", "tender", ["state", "deadline_at"], unique=False)
    op.create_table(
        "document_taker",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("supplier_id", sa.String(length=32), nullable=False),
        sa.Column("taken_by", sa.String(length=32), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisation.id"], name=op.f("fk_document_taker_supplier_id")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["user_account.id"], name=op.f("fk_document_taker_taken_by")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tender.id"], name=op.f("fk_document_taker_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_taker")),
        sa.UniqueConstraint(
            "tender_id", "supplier_id", name=op.f("uq_document_taker_tender_id_supplier_id")
        ),
    )
    op.create_table(
        "payment_term",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("percent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "trigger",
            sa.Enum(
                "signing",
                "midterm",
                "final",
                "acceptance",
                name="term_trigger",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "percent > 0 AND percent <= 10000", name=op.f("ck_payment_term_percent_range")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tender.id"], name=op.f("fk_payment_term_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_term")),
        sa.UniqueConstraint(
            "tender_id", "position", name=op.f("uq_payment_term_tender_id_position")
        ),
    )
    op.create_table(
        "tender_criterion",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("objective", sa.Boolean(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "points > 0 AND points <= 10000", name=op.f("ck_tender_criterion_points_range")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tender.id"], name=op.f("fk_tender_criterion_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_criterion")),
        sa.UniqueConstraint(
            "tender_id", "position", name=op.f("uq_tender_criterion_tender_id_position")
        ),
    )
    op.create_table(
        "tender_key",
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=100), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tender_id"], ["tender.id"], name=op.f("fk_tender_key_tender_id")),
        sa.PrimaryKeyConstraint("tender_id", name=op.f("pk_tender_key")),
    )
    op.create_table(
        "tender_target",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
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
                name="target_period",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at_least", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("each", sa.String(length=20), nullable=False),
        sa.Column("condition", sa.String(length=200), nullable=False),
        sa.CheckConstraint("at_least > 0", name=op.f("ck_tender_target_at_least_positive")),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tender.id"], name=op.f("fk_tender_target_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_target")),
        sa.UniqueConstraint(
            "tender_id", "position", name=op.f("uq_tender_target_tender_id_position")
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("tender_target")
    op.drop_table("tender_key")
    op.drop_table("tender_criterion")
    op.drop_table("payment_term")
    op.drop_table("document_taker")
    op.drop_table("tender")
