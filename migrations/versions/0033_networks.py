"""Strangers' tries are counted by network, and a new authenticator waits for half an hour only.

An address column holds what the record must show; an IPv6 customer has 2^64 of them, so tries are
counted by what the address stands for. A secret that was made and never confirmed has no instant
and counts as too old.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column(
        "login_attempt", sa.Column("network", sa.String(64), nullable=False, server_default="")
    )
    op.create_index("ix_login_attempt_network", "login_attempt", ["network", "at"])
    op.drop_index("ix_login_attempt_address", table_name="login_attempt")
    op.add_column("user_account", sa.Column("totp_pending_at", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("user_account", "totp_pending_at")
    op.create_index("ix_login_attempt_address", "login_attempt", ["address", "at"])
    op.drop_index("ix_login_attempt_network", table_name="login_attempt")
    op.drop_column("login_attempt", "network")
