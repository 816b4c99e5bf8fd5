"""Public search: what is searched, and its index of character pairs on each database."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the table and the index."""
    embedded = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_entry",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "grams",
            sa.Text().with_variant(postgresql.ARRAY(sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_search_entry_notice_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_search_entry_notice_id")),
    )
    if embedded:
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "grams, content='', columnsize=0, tokenize='ascii')"
        )
    else:
        op.execute("CREATE INDEX search_index_grams ON search_entry USING gin (grams)")


def downgrade() -> None:
    """Drop both."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_table("search_entry")
