"""Acceptance"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "acceptance",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "collecting",
                "passed",
                "not_passed",
                "published",
                name="acceptance_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("items_saved_at", sa.BigInteger(), nullable=True),
        sa.Column("opinion_excerpts", sa.Text(), nullable=False),
        sa.Column("low_response_reason", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("rectification_demand", sa.Text(), nullable=False),
        sa.Column("rectify_by", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("certificate_document_id", sa.String(length=32), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_document_id"],
            ["document.id"],
            name=op.f("fk_acceptance_certificate_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_acceptance_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_acceptance_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["user_account.id"], name=op.f("fk_acceptance_opened_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_acceptance_contract_id")),
    )
    op.create_table(
        "acceptance_expert",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "seat",
            sa.Enum(
                "leader",
                "member",
                "expert",
                name="acceptance_seat",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_acceptance_expert_acceptance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_expert")),
        sa.UniqueConstraint(
            "acceptance_id", "position", name=op.f("uq_acceptance_expert_acceptance_id_position")
        ),
    )
    op.create_table(
        "acceptance_item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("promised", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "delivered", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(passed AND delivered >= promised) OR length(note) > 0",
            name=op.f("ck_acceptance_item_shortfall_has_note"),
        ),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_acceptance_item_acceptance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_item")),
        sa.UniqueConstraint(
            "acceptance_id", "position", name=op.f("uq_acceptance_item_acceptance_id_position")
        ),
    )
    op.create_table(
        "opinion_slip",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recipient_id", sa.String(length=32), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("printed_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "code",
                "phone",
                "paper",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answers IS NULL)",
            name=op.f("ck_opinion_slip_answer_is_whole"),
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (channel IS NULL)",
            name=op.f("ck_opinion_slip_answer_has_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_opinion_slip_acceptance_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipient.id"], name=op.f("fk_opinion_slip_recipient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_slip")),
        sa.UniqueConstraint(
            "acceptance_id",
            "round",
            "position",
            name=op.f("uq_opinion_slip_acceptance_id_round_position"),
        ),
        sa.UniqueConstraint(
            "acceptance_id",
            "round",
            "recipient_id",
            name=op.f("uq_opinion_slip_acceptance_id_round_recipient_id"),
        ),
        sa.UniqueConstraint("token_digest", name=op.f("uq_opinion_slip_token_digest")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("opinion_slip")
    op.drop_table("acceptance_item")
    op.drop_table("acceptance_expert")
    op.drop_table("acceptance")
