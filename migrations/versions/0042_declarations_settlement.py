"""Each evaluator's own declaration; failed evaluations closed with a reason, reports sent back."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

TABLE = "evaluation_declaration"
SQLITE = (
    f"""CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE}
BEGIN SELECT RAISE(ABORT, '{TABLE}: append only'); END""",
    f"""CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
BEGIN SELECT RAISE(ABORT, '{TABLE}: append only'); END""",
    f"""CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} BEGIN
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE rowid = NEW.rowid)
            THEN RAISE(ABORT, '{TABLE}: append only')
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
            THEN RAISE(ABORT, 'UNIQUE constraint failed: {TABLE}.id')
        WHEN EXISTS (SELECT 1 FROM {TABLE}
                WHERE evaluation_id = NEW.evaluation_id AND user_id = NEW.user_id)
            THEN RAISE(ABORT, 'UNIQUE constraint failed: {TABLE}.evaluation_id, {TABLE}.user_id')
    END;
END""",
)
POSTGRESQL = (
    f"""CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
FOR EACH ROW EXECUTE FUNCTION append_only()""",
    f"""CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("evaluation_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f(f"fk_{TABLE}_evaluation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f(f"fk_{TABLE}_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "evaluation_id", "user_id", name=op.f(f"uq_{TABLE}_evaluation_id_user_id")
        ),
    )
    for column in ("rectification_refusal", "settled_reason"):
        op.add_column("evaluation", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("evaluation", sa.Column("settled_at", sa.BigInteger()))
    op.add_column("evaluation", sa.Column("settled_by", sa.String(length=32)))
    run = op.get_bind().exec_driver_sql
    run(
        f"INSERT INTO {TABLE} (id, evaluation_id, user_id, declared_at)"
        " SELECT id, id, declared_by, declared_at FROM evaluation WHERE declared_at IS NOT NULL"
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        run(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
    for column in ("settled_by", "settled_at", "settled_reason", "rectification_refusal"):
        op.drop_column("evaluation", column)
