"""The provider asks to be accepted, and after a refusal reports what was put right."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0055"
down_revision = "0054"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("collecting", "passed", "not_passed", "published")
APPLICATION, RECTIFICATION = "acceptance_application", "acceptance_rectification"
SQLITE = (
    f"""CREATE TRIGGER {APPLICATION}_no_update BEFORE UPDATE ON {APPLICATION}
BEGIN SELECT RAISE(ABORT, '{APPLICATION}: append only'); END""",
    f"""CREATE TRIGGER {APPLICATION}_no_delete BEFORE DELETE ON {APPLICATION}
BEGIN SELECT RAISE(ABORT, '{APPLICATION}: append only'); END""",
    f"""CREATE TRIGGER {APPLICATION}_no_replace BEFORE INSERT ON {APPLICATION} BEGIN
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM {APPLICATION} WHERE rowid = NEW.rowid)
            THEN RAISE(ABORT, '{APPLICATION}: append only')
        WHEN EXISTS (SELECT 1 FROM {APPLICATION} WHERE id = NEW.id)
            THEN RAISE(ABORT, 'UNIQUE constraint failed: {APPLICATION}.id')
        WHEN EXISTS (SELECT 1 FROM {APPLICATION} WHERE contract_id = NEW.contract_id)
            THEN RAISE(ABORT, 'UNIQUE constraint failed: {APPLICATION}.contract_id')
    END;
END""",
)
POSTGRESQL = (
    f"""CREATE TRIGGER {APPLICATION}_append_only BEFORE UPDATE OR DELETE ON {APPLICATION}
FOR EACH ROW EXECUTE FUNCTION append_only()""",
    f"""CREATE TRIGGER {APPLICATION}_no_truncate BEFORE TRUNCATE ON {APPLICATION}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
)


def _refers(table: str, **columns: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, target in columns.items()
    )


def upgrade() -> None:
    widen(op, "acceptance", "state", "ck_acceptance_acceptance_state", (*STATES, "rectified"))
    op.create_table(
        APPLICATION,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("applied_by", sa.String(length=32), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        *_refers(APPLICATION, contract_id="contract", applied_by="user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{APPLICATION}")),
        sa.UniqueConstraint("contract_id", name=op.f(f"uq_{APPLICATION}_contract_id")),
    )
    op.create_table(
        RECTIFICATION,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("round", NUMBER, nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.String(length=32), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("returned_by", sa.String(length=32), nullable=True),
        sa.Column("returned_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(returned_by IS NULL) = (length(returned_reason) = 0)",
            name=op.f(f"ck_{RECTIFICATION}_return_has_reason"),
        ),
        sa.CheckConstraint(
            "returned_by IS NULL OR returned_by <> reported_by",
            name=op.f(f"ck_{RECTIFICATION}_two_people"),
        ),
        *_refers(
            RECTIFICATION,
            acceptance_id="acceptance",
            reported_by="user_account",
            returned_by="user_account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RECTIFICATION}")),
    )
    op.create_index("ix_acceptance_rectification", RECTIFICATION, ["acceptance_id", "round"])
    run = op.get_bind().exec_driver_sql
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        run(statement)


def downgrade() -> None:
    op.drop_table(RECTIFICATION)
    op.drop_table(APPLICATION)
    widen(op, "acceptance", "state", "ck_acceptance_acceptance_state", STATES)
