"""Which members of an acceptance group signed a paper."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.add_column("acceptance_signature", sa.Column("covers", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("acceptance_signature", "covers")
