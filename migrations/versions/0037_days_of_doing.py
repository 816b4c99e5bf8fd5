"""The day on which a term was met and a contract was filed, beside the day that was registered."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

COLUMNS = (("deadline", "met_on"), ("contract", "filed_on"))


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.Date(), nullable=True))


def downgrade() -> None:
    for table, column in COLUMNS:
        op.drop_column(table, column)
