"""Charges of an evaluation that ended without a report; declarations and checks by charge.

On SQLite a table's unique columns cannot be changed: both tables are written anew with their guards.
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHARGE, DECLARATION, CHECK = "evaluation_charge", "evaluation_declaration", "sample_check"
KEYS = {DECLARATION: "user_id", CHECK: "record_id"}
"""What a charge of an evaluation has once."""
POSTGRESQL = (
    f"""CREATE TRIGGER {CHARGE}_append_only BEFORE UPDATE OR DELETE ON {CHARGE}
FOR EACH ROW EXECUTE FUNCTION append_only()""",
    f"""CREATE TRIGGER {CHARGE}_no_truncate BEFORE TRUNCATE ON {CHARGE}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
)


def _guards(table: str, *keys: tuple[str, ...]) -> tuple[str, ...]:
    """As in 0023: no change, no removal, and no REPLACE past the guard of removals."""
    cases = [("rowid = NEW.rowid", f"{table}: append only")]
    for key in (("id",), *keys):
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        said = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in key)
        cases.append((same, said))
    whens = "".join(
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) THEN RAISE(ABORT, '{said}')"
        for same, said in cases
    )
    return (
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END""",
        f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END""",
        f"""CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} BEGIN
    SELECT CASE{whens} END;
END""",
    )


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    op.add_column("evaluation", sa.Column("charge", NUMBER, nullable=False, server_default="1"))
    op.create_table(
        CHARGE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("evaluation_id", sa.String(length=32), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("assessor_id", sa.String(length=32), nullable=False),
        sa.Column("evaluator_id", sa.String(length=32), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                *("closed", "declined", "conflict", "overdue"),
                name="charge_ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f(f"ck_{CHARGE}_has_reason")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{CHARGE}_{column}"))
            for column, target in (
                ("evaluation_id", "evaluation.id"),
                ("assessor_id", "organisation.id"),
                ("evaluator_id", "user_account.id"),
                ("ended_by", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CHARGE}")),
        sa.UniqueConstraint(
            "evaluation_id", "number", name=op.f(f"uq_{CHARGE}_evaluation_id_number")
        ),
    )
    if op.get_bind().dialect.name != "sqlite":
        for table, key in KEYS.items():
            op.add_column(table, sa.Column("charge", NUMBER, nullable=False, server_default="1"))
            op.drop_constraint(f"uq_{table}_evaluation_id_{key}", table, type_="unique")
            op.create_unique_constraint(
                f"uq_{table}_evaluation_id_charge_{key}", table, ["evaluation_id", "charge", key]
            )
        for statement in POSTGRESQL:
            run(statement)
        return
    for table, key in KEYS.items():
        _write_anew(table, f"UNIQUE (evaluation_id, {key})", key)
    guarded = _guards(DECLARATION, ("evaluation_id", "charge", "user_id"))
    for statement in (*guarded, *_guards(CHARGE, ("evaluation_id", "number"))):
        run(statement)


def _write_anew(table: str, unique: str, key: str) -> None:
    """The table with a charge among its unique columns; its triggers go with the old one."""
    run = op.get_bind().exec_driver_sql
    kept = run(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")
    definition = kept.scalar_one()
    if definition.count(unique) != 1:
        raise LookupError(f"{table} has no {unique}")
    columns = ", ".join(row[1] for row in run(f"PRAGMA table_info({table})"))
    changed = definition.replace(unique, unique.replace(key, f"charge, {key}"))
    changed = changed.replace(
        f"uq_{table}_evaluation_id_{key}", f"uq_{table}_evaluation_id_charge_{key}"
    )
    place = changed.index("(") + 1
    changed = f"{changed[:place]}\n\tcharge INTEGER DEFAULT '1' NOT NULL, {changed[place:]}"
    run(f"CREATE TEMPORARY TABLE kept_{table} AS SELECT {columns} FROM {table}")
    op.drop_table(table)
    run(changed)
    run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}")
    run(f"DROP TABLE kept_{table}")


def downgrade() -> None:
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name != "sqlite":
        for table, key in KEYS.items():
            op.drop_constraint(f"uq_{table}_evaluation_id_charge_{key}", table, type_="unique")
            op.drop_column(table, "charge")
            op.create_unique_constraint(
                f"uq_{table}_evaluation_id_{key}", table, ["evaluation_id", key]
            )
    else:
        for table, key in KEYS.items():
            _write_as_before(table, key)
        for statement in _guards(DECLARATION, ("evaluation_id", "user_id")):
            run(statement)
    op.drop_table(CHARGE)
    op.drop_column("evaluation", "charge")


def _write_as_before(table: str, key: str) -> None:
    run = op.get_bind().exec_driver_sql
    kept = run(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")
    changed = kept.scalar_one().replace("\n\tcharge INTEGER DEFAULT '1' NOT NULL, ", "", 1)
    changed = changed.replace(f"charge, {key}", key).replace(f"_charge_{key}", f"_{key}")
    columns = ", ".join(row[1] for row in run(f"PRAGMA table_info({table})") if row[1] != "charge")
    run(f"CREATE TEMPORARY TABLE kept_{table} AS SELECT {columns} FROM {table}")
    op.drop_table(table)
    run(changed)
    run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}")
    run(f"DROP TABLE kept_{table}")
