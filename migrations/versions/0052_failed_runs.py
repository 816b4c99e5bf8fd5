"""A run of a regular job that failed is not finished: when it is tried again, how often it failed."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.add_column(
        "job_run",
        sa.Column(
            "failures",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            server_default="0",
        ),
    )
    op.add_column("job_run", sa.Column("retry_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("job_run", "retry_at")
    op.drop_column("job_run", "failures")
