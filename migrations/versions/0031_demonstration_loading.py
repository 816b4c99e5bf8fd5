"""Whether the demonstration is being loaded: one that was broken off is torn and begins anew."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column(
        "demonstration_clock",
        sa.Column("loading", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("demonstration_clock", "loading")
