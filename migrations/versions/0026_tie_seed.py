"""A seed of its own for ties: drawn after the last lock, where that of the panel's draw was known."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("review", sa.Column("tie_seed", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("review", "tie_seed")
