"""What a provider says who will put nothing right after a failed evaluation."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("waiver", sa.Text(), nullable=False, server_default=""))
    op.add_column("evaluation", sa.Column("waived_by", sa.String(length=32), nullable=True))
    op.add_column("evaluation", sa.Column("waived_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for column in ("waived_at", "waived_by", "waiver"):
        op.drop_column("evaluation", column)
