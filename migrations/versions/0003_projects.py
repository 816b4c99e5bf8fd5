"""Projects, lots, parties, stages entered"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "project",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "budget_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "plan",
                "tender",
                "bid",
                "award",
                "contract",
                "delivery",
                "evaluation",
                "acceptance",
                "payment",
                "closed",
                name="project_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("budget_fen > 0", name=op.f("ck_project_budget_positive")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisation.id"], name=op.f("fk_project_buyer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("number", name=op.f("uq_project_number")),
    )
    op.create_index("ix_project_buyer", "project", ["buyer_id", "created_at"], unique=False)
    op.create_index("ix_project_created", "project", ["created_at", "id"], unique=False)
    op.create_index("ix_project_stage", "project", ["stage", "created_at"], unique=False)
    op.create_table(
        "lot",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column(
            "budget_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_lot_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_lot_project_id_number")),
    )
    op.create_table(
        "project_party",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "buyer",
                "supplier",
                "assessor",
                name="party_part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_project_party_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_party_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_party")),
        sa.UniqueConstraint(
            "project_id",
            "organisation_id",
            "part",
            name=op.f("uq_project_party_project_id_organisation_id_part"),
        ),
    )
    op.create_index(
        "ix_project_party_organisation",
        "project_party",
        ["organisation_id", "project_id"],
        unique=False,
    )
    op.create_table(
        "stage_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "plan",
                "tender",
                "bid",
                "award",
                "contract",
                "delivery",
                "evaluation",
                "acceptance",
                "payment",
                "closed",
                name="entered_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_stage_entry_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_entry")),
        sa.UniqueConstraint("project_id", "stage", name=op.f("uq_stage_entry_project_id_stage")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("stage_entry")
    op.drop_table("project_party")
    op.drop_table("lot")
    op.drop_table("project")
