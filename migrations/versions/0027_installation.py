"""What the database belongs to: the public marks of its keys and of its folder of files."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

SQLITE = (
    """CREATE TRIGGER installation_no_update BEFORE UPDATE ON installation
BEGIN SELECT RAISE(ABORT, 'installation: append only'); END""",
    """CREATE TRIGGER installation_no_delete BEFORE DELETE ON installation
BEGIN SELECT RAISE(ABORT, 'installation: append only'); END""",
    """CREATE TRIGGER installation_no_replace BEFORE INSERT ON installation BEGIN
    SELECT CASE WHEN EXISTS (SELECT 1 FROM installation WHERE number = NEW.number)
        THEN RAISE(ABORT, 'UNIQUE constraint failed: installation.number') END;
END""",
)
POSTGRESQL = (
    """CREATE TRIGGER installation_append_only BEFORE UPDATE OR DELETE ON installation
FOR EACH ROW EXECUTE FUNCTION append_only()""",
    """CREATE TRIGGER installation_no_truncate BEFORE TRUNCATE ON installation
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
)


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False,
                  autoincrement=False),
        sa.Column("recipient", sa.String(100), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        sa.Column("cookie_sha256", sa.String(64), nullable=False),
        sa.Column("store", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_installation")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_installation_number_positive")),
    )  # fmt: skip
    run = op.get_bind().exec_driver_sql
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        run(statement)


def downgrade() -> None:
    op.drop_table("installation")
