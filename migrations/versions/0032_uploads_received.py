"""What became of an upload: taken, taken with a warning, or cleaned, with the words and the digest
of the bytes as they came.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

TABLES = ("staged_file", "document")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("outcome", sa.String(20), nullable=False, server_default="taken")
        )
        op.add_column(table, sa.Column("notes", sa.Text))
        op.add_column(table, sa.Column("original_sha256", sa.String(64)))


def downgrade() -> None:
    for table in TABLES:
        for column in ("original_sha256", "notes", "outcome"):
            op.drop_column(table, column)
