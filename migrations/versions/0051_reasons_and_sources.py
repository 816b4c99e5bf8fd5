"""Why a contract was signed while its result could be challenged, and where its numbers come from."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"

COLUMNS = ("window_reason", "counts_source")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("contract", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("contract", name)
