"""What a plan says of other years' money, of a low ceiling, and when its demand was surveyed."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

TEXTS = ("funding_note", "ceiling_reason")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("plan", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("plan", sa.Column("surveyed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for name in ("surveyed_on", *TEXTS):
        op.drop_column("plan", name)
