"""Public notices"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "intention",
                "tender",
                "result",
                "failure",
                "termination",
                "contract",
                "acceptance",
                name="notice_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_notice_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
    )
    op.create_index("ix_notice_kind", "notice", ["kind", "published_at"], unique=False)
    op.create_index("ix_notice_project", "notice", ["project_id", "published_at"], unique=False)
    op.create_index("ix_notice_published", "notice", ["published_at", "id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("notice")
