"""Clock of the demonstration"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "demonstration_clock",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("ahead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "id = 1 AND ahead >= 0", name=op.f("ck_demonstration_clock_one_row_never_behind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demonstration_clock")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("demonstration_clock")
