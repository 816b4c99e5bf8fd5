"""Public search"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "search_entry",
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("grams", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_search_entry_notice_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_search_entry")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("search_entry")
