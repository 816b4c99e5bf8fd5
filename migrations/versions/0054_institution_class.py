"""What an institution is classed as, as it answered in its bid and as the register keeps it."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("organisation", sa.Column("institution_class", sa.String(20), nullable=True))
    op.add_column(
        "opened_bid",
        sa.Column("institution_class", sa.String(20), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("opened_bid", "institution_class")
    op.drop_column("organisation", "institution_class")
