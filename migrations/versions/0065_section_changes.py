"""Which versions of a record were made by saving which of its sections."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"

TABLE = "section_change"
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("version", NUMBER, nullable=False, autoincrement=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "version", "section", name=op.f(f"pk_{TABLE}")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
