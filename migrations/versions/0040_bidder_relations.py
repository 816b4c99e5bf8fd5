"""What a person found about two bidders of one purchase that share something (R-ELIG-2)."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

TABLE = "bidder_relation"


def upgrade() -> None:
    op.add_column(
        "bid_check", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1")
    )
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("bid_id", sa.String(length=32), nullable=False),
        sa.Column("other_bid_id", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("is_barred", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("bid_id < other_bid_id", name=op.f(f"ck_{TABLE}_one_order")),
        sa.CheckConstraint("length(reason) > 0", name=op.f(f"ck_{TABLE}_finding_has_reason")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f(f"fk_{TABLE}_review_id_review")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f(f"fk_{TABLE}_bid_id_bid")),
        sa.ForeignKeyConstraint(
            ["other_bid_id"], ["bid.id"], name=op.f(f"fk_{TABLE}_other_bid_id_bid")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f(f"fk_{TABLE}_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "review_id",
            "bid_id",
            "other_bid_id",
            name=op.f(f"uq_{TABLE}_review_id_bid_id_other_bid_id"),
        ),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("bid_check", "version")
