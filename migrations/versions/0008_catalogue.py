"""Catalogue"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "catalogue_class",
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_catalogue_class")),
        sa.UniqueConstraint("name", name=op.f("uq_catalogue_class_name")),
    )
    op.create_table(
        "catalogue_item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("class_code", sa.String(length=4), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("edition", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "project",
                "post",
                "unit_price",
                name="item_mode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("commodity_code", sa.String(length=20), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("time_limit", sa.Text(), nullable=False),
        sa.Column("responsibility", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "retired",
                name="item_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_code"], ["catalogue_class.code"], name=op.f("fk_catalogue_item_class_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_item")),
        sa.UniqueConstraint("code", "edition", name=op.f("uq_catalogue_item_code_edition")),
    )
    op.create_table(
        "catalogue_indicator",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "management",
                "output",
                "effect",
                "finance",
                "satisfaction",
                name="dimension",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column(
            "period",
            sa.Enum(
                "week",
                "month",
                "quarter",
                "contract",
                name="indicator_period",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("at_least", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("each", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "(period IS NULL) = (at_least IS NULL)",
            name=op.f("ck_catalogue_indicator_frequency_whole"),
        ),
        sa.CheckConstraint(
            "at_least IS NULL OR at_least > 0",
            name=op.f("ck_catalogue_indicator_at_least_positive"),
        ),
        sa.CheckConstraint(
            "points > 0 AND points <= 10000", name=op.f("ck_catalogue_indicator_points_range")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["catalogue_item.id"], name=op.f("fk_catalogue_indicator_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_indicator")),
        sa.UniqueConstraint(
            "item_id", "position", name=op.f("uq_catalogue_indicator_item_id_position")
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("catalogue_indicator")
    op.drop_table("catalogue_item")
    op.drop_table("catalogue_class")
