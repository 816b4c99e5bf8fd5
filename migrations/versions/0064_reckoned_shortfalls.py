"""What missing quantities come to beside what a partial acceptance takes off, and why it is less."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import replace_check

revision = "0064"
down_revision = "0063"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "acceptance_result"
CHECK = f"ck_{TABLE}_deduction_has_reason"
SAID = (
    "deduction_fen + claim_fen = 0 OR (length(deduction_rule) > 0 AND length(deduction_reason) > 0)"
)
SAYS = (
    "(deduction_fen + claim_fen = 0"
    " OR (length(deduction_rule) > 0 AND length(deduction_reason) > 0))"
    " AND (outcome <> 'partial' OR deduction_fen + claim_fen >= reckoned_fen"
    " OR length(below_reason) > 0)"
)


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("reckoned_fen", NUMBER, nullable=False, server_default="0"))
    op.add_column(TABLE, sa.Column("reckoning", sa.Text(), nullable=False, server_default="[]"))
    op.add_column(TABLE, sa.Column("below_reason", sa.Text(), nullable=False, server_default=""))
    replace_check(op, TABLE, CHECK, SAYS)


def downgrade() -> None:
    replace_check(op, TABLE, CHECK, SAID)
    for name in ("below_reason", "reckoning", "reckoned_fen"):
        op.drop_column(TABLE, name)
