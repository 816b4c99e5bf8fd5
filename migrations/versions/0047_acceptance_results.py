"""What each round of an acceptance came to, and its group by round with a verdict of each member."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RESULT, SIGNATURE = "acceptance_result", "acceptance_signature"
KEPT = {
    RESULT: (("id",), ("acceptance_id", "round")),
    SIGNATURE: (
        ("id",),
        ("acceptance_id", "round", "signed_by"),
        ("acceptance_id", "round", "document_id"),
    ),
}
"""The tables that are only added to, each with what is unique in it."""


def _no_replace(table: str) -> str:
    """As in 0023: REPLACE removes the row in its way, past the guard of deletes."""
    cases = [("rowid = NEW.rowid", f"{table}: append only")]
    for key in KEPT[table]:
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        said = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in key)
        cases.append((same, said))
    whens = "".join(
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) THEN RAISE(ABORT, '{said}')"
        for same, said in cases
    )
    return f"""CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} BEGIN
    SELECT CASE{whens} END;
END"""


def _guards(table: str, dialect: str) -> tuple[str, ...]:
    if dialect == "sqlite":
        return (
            f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END""",
            f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END""",
            _no_replace(table),
        )
    return (
        f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION append_only()""",
        f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
    )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "acceptance_member",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("round", NUMBER, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("seat", _one_of("member_seat", "leader", "member", "expert"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_acceptance_member_acceptance_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_acceptance_member_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_member")),
        sa.UniqueConstraint(
            "acceptance_id",
            "round",
            "position",
            name=op.f("uq_acceptance_member_acceptance_id_round_position"),
        ),
    )
    # Who sat in the group of a round before this one was not kept apart: they are of the present one.
    op.execute(
        "INSERT INTO acceptance_member"
        " (id, acceptance_id, round, position, seat, name, unit, title, comment)"
        " SELECT e.id, e.acceptance_id, a.round, e.position, e.seat, e.name, e.unit, e.title,"
        " e.comment FROM acceptance_expert e JOIN acceptance a ON a.id = e.acceptance_id"
    )
    op.drop_table("acceptance_expert")
    op.create_table(
        RESULT,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("round", NUMBER, nullable=False),
        sa.Column(
            "outcome", _one_of("acceptance_outcome", "full", "partial", "refused"), nullable=False
        ),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("shortfalls", sa.Text(), nullable=False),
        sa.Column("deduction_fen", NUMBER, nullable=False),
        sa.Column("deduction_rule", sa.Text(), nullable=False),
        sa.Column("deduction_reason", sa.Text(), nullable=False),
        sa.Column("dissent_reason", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "deduction_fen >= 0 AND (outcome = 'partial') = (deduction_fen > 0)",
            name=op.f(f"ck_{RESULT}_partial_deducts"),
        ),
        sa.CheckConstraint(
            "deduction_fen = 0 OR (length(deduction_rule) > 0 AND length(deduction_reason) > 0)",
            name=op.f(f"ck_{RESULT}_deduction_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f(f"fk_{RESULT}_acceptance_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f(f"fk_{RESULT}_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RESULT}")),
        sa.UniqueConstraint(
            "acceptance_id", "round", name=op.f(f"uq_{RESULT}_acceptance_id_round")
        ),
    )
    op.create_table(
        SIGNATURE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("round", NUMBER, nullable=False),
        sa.Column("signed_by", sa.String(length=32), nullable=True),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(signed_by IS NULL) <> (document_id IS NULL)",
            name=op.f(f"ck_{SIGNATURE}_by_account_or_on_paper"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{SIGNATURE}_{column}"))
            for column, target in (
                ("acceptance_id", "acceptance.id"),
                ("signed_by", "user_account.id"),
                ("document_id", "document.id"),
                ("recorded_by", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SIGNATURE}")),
        *(
            sa.UniqueConstraint(
                "acceptance_id",
                "round",
                column,
                name=op.f(f"uq_{SIGNATURE}_acceptance_id_round_{column}"),
            )
            for column in ("signed_by", "document_id")
        ),
    )
    op.create_table(
        "acceptance_standard",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_acceptance_standard_has_finding")),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_acceptance_standard_acceptance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_standard")),
        sa.UniqueConstraint(
            "acceptance_id", "position", name=op.f("uq_acceptance_standard_acceptance_id_position")
        ),
    )
    for table in KEPT:
        for statement in _guards(table, op.get_bind().dialect.name):
            op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for table in ("acceptance_standard", SIGNATURE, RESULT):
        op.drop_table(table)
    op.create_table(
        "acceptance_expert",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("acceptance_id", sa.String(length=32), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("seat", _one_of("acceptance_seat", "leader", "member", "expert"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
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
    op.execute(
        "INSERT INTO acceptance_expert"
        " (id, acceptance_id, position, seat, name, unit, title, comment)"
        " SELECT m.id, m.acceptance_id, m.position, m.seat, m.name, m.unit, m.title, m.comment"
        " FROM acceptance_member m JOIN acceptance a ON a.id = m.acceptance_id"
        " WHERE m.round = a.round"
    )
    op.drop_table("acceptance_member")
