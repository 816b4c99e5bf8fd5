"""Trail of events and request keys"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "request_key",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_key")),
        sa.UniqueConstraint(
            "actor_id", "action", "key", name=op.f("uq_request_key_actor_id_action_key")
        ),
    )
    op.create_table(
        "trail_event",
        sa.Column("stream", sa.String(length=100), nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "length(hash) = 64 AND length(prev) = 64", name=op.f("ck_trail_event_hash_length")
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_trail_event_seq_positive")),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_trail_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_trail_event_hash")),
    )
    op.create_index("ix_trail_event_project_id", "trail_event", ["project_id", "at"], unique=False)
    op.create_index("ix_trail_event_subject_id", "trail_event", ["subject_id"], unique=False)
    op.create_table(
        "trail_head",
        sa.Column("stream", sa.String(length=100), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "trail_body",
        sa.Column("stream", sa.String(length=100), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream", "seq"],
            ["trail_event.stream", "trail_event.seq"],
            name=op.f("fk_trail_body_stream_seq"),
        ),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_trail_body")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("trail_body")
    op.drop_table("trail_head")
    op.drop_table("trail_event")
    op.drop_table("request_key")
