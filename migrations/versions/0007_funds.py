"""Budget lines, shares and the ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "budget_line",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("function_code", sa.String(length=20), nullable=False),
        sa.Column("economic_code", sa.String(length=20), nullable=False),
        sa.Column("fund_source", sa.String(length=40), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("registered_by", sa.String(length=64), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_budget_line_amount_positive")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisation.id"], name=op.f("fk_budget_line_buyer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint(
            "buyer_id", "year", "code", name=op.f("uq_budget_line_buyer_id_year_code")
        ),
    )
    op.create_table(
        "fund_share",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("budget_line_id", sa.String(length=32), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "city",
                "district",
                "street",
                name="fund_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("weight", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_fund_share_amount_not_negative")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_fund_share_weight_positive")),
        sa.ForeignKeyConstraint(
            ["budget_line_id"], ["budget_line.id"], name=op.f("fk_fund_share_budget_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_share")),
        sa.UniqueConstraint(
            "budget_line_id", "level", name=op.f("uq_fund_share_budget_line_id_level")
        ),
    )
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("budget_line_id", sa.String(length=32), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "city",
                "district",
                "street",
                name="account_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "appropriation",
                "available",
                "reserved",
                "committed",
                "paid",
                name="account_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["budget_line_id"], ["budget_line.id"], name=op.f("fk_ledger_account_budget_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "budget_line_id",
            "level",
            "kind",
            "subject_id",
            name=op.f("uq_ledger_account_budget_line_id_level_kind_subject_id"),
        ),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "appropriate",
                "reserve",
                "release",
                "commit",
                "pay",
                name="entry_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_ledger_entry_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index("ix_ledger_entry_project", "ledger_entry", ["project_id", "at"], unique=False)
    op.create_table(
        "ledger_line",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column(
            "line",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_ledger_line_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_ledger_line_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
            name=op.f("fk_ledger_line_entry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("entry_id", "line", name=op.f("pk_ledger_line")),
    )
    op.create_index(
        "ix_ledger_line_account", "ledger_line", ["account_id", "amount_fen"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("ledger_line")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_account")
    op.drop_table("fund_share")
    op.drop_table("budget_line")
