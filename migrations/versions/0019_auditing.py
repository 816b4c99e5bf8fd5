"""Audit exports"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "audit_export",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("exported_by", sa.String(length=64), nullable=False),
        sa.Column("exported_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_audit_export_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_export")),
    )
    op.create_index(
        op.f("ix_audit_export_project_id"), "audit_export", ["project_id"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("audit_export")
