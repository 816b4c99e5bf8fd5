"""Names of units beside milestones and in the acceptance group as long as an organisation's may be."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

COLUMNS = (
    ("contract_milestone", "lead_unit"),
    ("contract_milestone", "assisting_unit"),
    ("milestone", "lead_unit"),
    ("milestone", "assisting_unit"),
    ("acceptance_expert", "unit"),
)


def upgrade() -> None:
    _alter(80, 100)


def downgrade() -> None:
    _alter(100, 80)


def _alter(before: int, after: int) -> None:
    # SQLite keeps no text to the length of its column; a table there would have to be built anew.
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in COLUMNS:
        op.alter_column(table, column, type_=sa.String(after), existing_type=sa.String(before))
