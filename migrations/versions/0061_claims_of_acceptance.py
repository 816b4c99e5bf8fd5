"""What a partial acceptance claims back where nothing is left to take it off."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import replace_check

revision = "0061"
down_revision = "0060"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "acceptance_result"
CHECKS = {
    "partial_deducts": (
        "deduction_fen >= 0 AND (outcome = 'partial') = (deduction_fen > 0)",
        "deduction_fen >= 0 AND claim_fen >= 0"
        " AND (outcome = 'partial') = (deduction_fen + claim_fen > 0)",
    ),
    "deduction_has_reason": (
        "deduction_fen = 0 OR (length(deduction_rule) > 0 AND length(deduction_reason) > 0)",
        "deduction_fen + claim_fen = 0"
        " OR (length(deduction_rule) > 0 AND length(deduction_reason) > 0)",
    ),
}
"""Name → what the check said and what it says."""


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("claim_fen", NUMBER, nullable=False, server_default="0"))
    for name, (_, says) in CHECKS.items():
        replace_check(op, TABLE, f"ck_{TABLE}_{name}", says)


def downgrade() -> None:
    for name, (said, _) in CHECKS.items():
        replace_check(op, TABLE, f"ck_{TABLE}_{name}", said)
    op.drop_column(TABLE, "claim_fen")
