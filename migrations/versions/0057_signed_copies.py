"""The copy of a contract that tells who signed it, beside the text that was signed."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.add_column("contract", sa.Column("signed_document_id", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("contract", "signed_document_id")
