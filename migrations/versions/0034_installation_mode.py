"""Whether a database was claimed as a demonstration or for production: neither opens as the other."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column(
        "installation", sa.Column("mode", sa.String(20), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("installation", "mode")
