"""Plans"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "plan",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("catalogue_item_id", sa.String(length=32), nullable=False),
        sa.Column("budget_line_id", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "intention_published",
                name="plan_state",
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
                name="plan_method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "project",
                "post",
                "unit_price",
                name="plan_mode",
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
                name="plan_price_way",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "ceiling_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "term_months", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("negative_list", sa.Text(), nullable=False),
        sa.Column("term_conditions", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.String(length=32), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("intention_published_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_plan_amount_positive")),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by", name=op.f("ck_plan_two_people")
        ),
        sa.CheckConstraint(
            "ceiling_fen > 0 AND ceiling_fen <= amount_fen", name=op.f("ck_plan_ceiling_in_budget")
        ),
        sa.CheckConstraint(
            "term_months BETWEEN 1 AND 36", name=op.f("ck_plan_term_at_most_36_months")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["user_account.id"], name=op.f("fk_plan_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["budget_line_id"], ["budget_line.id"], name=op.f("fk_plan_budget_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["catalogue_item_id"], ["catalogue_item.id"], name=op.f("fk_plan_catalogue_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["user_account.id"], name=op.f("fk_plan_drafted_by")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_plan_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("project_id", name=op.f("uq_plan_project_id")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("plan")
