"""What the buyer was called when it published a notice."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("notice", sa.Column("buyer_name", sa.String(100), nullable=True))


def downgrade() -> None:
    op.drop_column("notice", "buyer_name")
