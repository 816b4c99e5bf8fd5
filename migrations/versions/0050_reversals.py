"""Payments that come back: taken back by two persons, paid once more; the day on which the bank paid,
another level's number, and why money of one year is paid in another.
"""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0050"
down_revision = "0049"

ENTRY_KINDS = ("appropriate", "reserve", "release", "commit", "pay", "adjust")
LEVELS = ("province", "city", "district", "street")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OLD_KEYS = (("id",), ("payment_request_id", "level"), ("order_number",))
NEW_KEYS = (("id",), ("payment_request_id", "level", "attempt"), ("order_number",))
ASKED = (
    "id",
    "treasury_payment_id",
    "kind",
    "reference",
    "bank_on",
    "reason",
    "proposed_by",
    "proposed_at",
)
DECIDED = ("agreed", "decided_by", "decided_at", "decision_note", "entry_id")

CAME_BACK = """EXISTS (
    SELECT 1 FROM treasury_payment p JOIN payment_reversal r ON r.treasury_payment_id = p.id
    WHERE p.payment_request_id = NEW.payment_request_id AND p.level = NEW.level
    AND p.attempt = NEW.attempt - 1 AND r.agreed)"""
"""Whether the payment before this one of the same share was taken back."""


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


KEPT = f"{_changed(ASKED)} OR OLD.decided_at IS NOT NULL AND ({_changed(DECIDED)})"

SQLITE = {
    "payment_reversal_kept": f"""BEFORE UPDATE ON payment_reversal
WHEN {KEPT}
BEGIN SELECT RAISE(ABORT, 'payment_reversal: decided once'); END""",
    # As in 0025: REPLACE would write a row anew past the guard of updates.
    "payment_reversal_no_delete": """BEFORE DELETE ON payment_reversal
BEGIN SELECT RAISE(ABORT, 'payment_reversal: stays for ever'); END""",
    "treasury_payment_again": f"""BEFORE INSERT ON treasury_payment
WHEN NEW.attempt > 1 AND NOT {CAME_BACK}
BEGIN SELECT RAISE(ABORT, 'treasury_payment: paid already'); END""",
}
POSTGRESQL = (
    f"""CREATE TRIGGER payment_reversal_kept BEFORE UPDATE ON payment_reversal
FOR EACH ROW WHEN ({KEPT}) EXECUTE FUNCTION kept_as_it_is('decided once')""",
    f"""CREATE FUNCTION treasury_payment_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt > 1 AND NOT {CAME_BACK} THEN
        RAISE EXCEPTION 'treasury_payment: paid already' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER treasury_payment_again BEFORE INSERT ON treasury_payment
FOR EACH ROW EXECUTE FUNCTION treasury_payment_again()""",
)


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    widen(op, "ledger_entry", "kind", "ck_ledger_entry_entry_kind", (*ENTRY_KINDS, "reverse"))
    if is_sqlite:
        _build_anew(_new_columns(), NEW_KEYS)
    else:
        for column in _new_columns():
            op.add_column("treasury_payment", column)
        run(
            "ALTER TABLE treasury_payment"
            " DROP CONSTRAINT uq_treasury_payment_payment_request_id_level,"
            " ADD CONSTRAINT uq_treasury_payment_payment_request_id_level_attempt"
            " UNIQUE (payment_request_id, level, attempt)"
        )
    _create_reversals()
    if is_sqlite:
        for name, rest in SQLITE.items():
            run(f"CREATE TRIGGER {name} {rest}")
        return
    for statement in POSTGRESQL:
        run(statement)
    place = op.get_bind().dialect.identifier_preparer.quote(
        run("SELECT current_schema()").scalar_one()
    )
    run(f"ALTER FUNCTION treasury_payment_again() SET search_path = {place}, pg_temp")
    run("REVOKE ALL ON FUNCTION treasury_payment_again() FROM PUBLIC")


def downgrade() -> None:
    """Go back; only tests of the migrations do this, on tables without a second payment."""
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        run("DROP TRIGGER treasury_payment_again")
        op.drop_table("payment_reversal")
        _build_anew((), OLD_KEYS)
    else:
        run("DROP TRIGGER treasury_payment_again ON treasury_payment")
        run("DROP FUNCTION treasury_payment_again()")
        op.drop_table("payment_reversal")
        run(
            "ALTER TABLE treasury_payment"
            " DROP CONSTRAINT uq_treasury_payment_payment_request_id_level_attempt,"
            " ADD CONSTRAINT uq_treasury_payment_payment_request_id_level"
            " UNIQUE (payment_request_id, level)"
        )
        for column in _new_columns():
            op.drop_column("treasury_payment", column.name)
    widen(op, "ledger_entry", "kind", "ck_ledger_entry_entry_kind", ENTRY_KINDS)


def _new_columns() -> "tuple[sa.Column[object], ...]":
    return (
        sa.Column("bank_on", sa.Date()),
        sa.Column("attempt", BIG, nullable=False, server_default="1"),
        sa.Column("received_number", sa.String(60), nullable=False, server_default=""),
        sa.Column("quota_number", sa.String(60), nullable=False, server_default=""),
        sa.Column(
            "method",
            sa.Enum(
                "direct",
                "authorised",
                name="pay_method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
        ),
        sa.Column("year_reason", sa.Text(), nullable=False, server_default=""),
    )


def _build_anew(more: "tuple[sa.Column[object], ...]", keys: tuple[tuple[str, ...], ...]) -> None:
    """Build the table anew on SQLite, which cannot change what is unique in one, guards and all."""
    run = op.get_bind().exec_driver_sql
    guards = [
        statement
        for name, statement in run(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            " AND tbl_name = 'treasury_payment'"
        ).all()
        if name != "treasury_payment_no_replace"
    ]
    kept = (
        "id, payment_request_id, level, amount_fen, order_number, payee_name, payee_account,"
        " paid_by, paid_at"
    )
    run("ALTER TABLE treasury_payment RENAME TO treasury_payment_before")
    for name, _ in run(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        " AND tbl_name = 'treasury_payment_before'"
    ).all():
        run(f"DROP TRIGGER {name}")
    op.create_table(
        "treasury_payment",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("payment_request_id", sa.String(32), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                *LEVELS, name="payment_level", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("order_number", sa.String(40), nullable=False),
        sa.Column("payee_name", sa.String(100), nullable=False),
        sa.Column("payee_account", sa.String(40), nullable=False),
        sa.Column("paid_by", sa.String(32), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        *more,
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_treasury_payment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["paid_by"], ["user_account.id"], name=op.f("fk_treasury_payment_paid_by")
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_request.id"],
            name=op.f("fk_treasury_payment_payment_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treasury_payment")),
        *(
            sa.UniqueConstraint(*key, name=op.f(f"uq_treasury_payment_{'_'.join(key)}"))
            for key in keys[1:]
        ),
    )
    run(f"INSERT INTO treasury_payment ({kept}) SELECT {kept} FROM treasury_payment_before")
    run("DROP TABLE treasury_payment_before")
    for statement in guards:
        run(statement)
    run(_no_replace(keys))


def _no_replace(keys: tuple[tuple[str, ...], ...]) -> str:
    """As in 0023: REPLACE removes the row in its way, past the delete trigger."""
    whens = " WHEN EXISTS (SELECT 1 FROM treasury_payment WHERE rowid = NEW.rowid)"
    whens += " THEN RAISE(ABORT, 'treasury_payment: append only')"
    for key in keys:
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        said = ", ".join(f"treasury_payment.{column}" for column in key)
        whens += f" WHEN EXISTS (SELECT 1 FROM treasury_payment WHERE {same})"
        whens += f" THEN RAISE(ABORT, 'UNIQUE constraint failed: {said}')"
    return (
        "CREATE TRIGGER treasury_payment_no_replace BEFORE INSERT ON treasury_payment"
        f" BEGIN SELECT CASE{whens} END; END"
    )


def _create_reversals() -> None:
    op.create_table(
        "payment_reversal",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("treasury_payment_id", sa.String(32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "bounced",
                "reversed",
                name="reversal_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("bank_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(32), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("agreed", sa.Boolean()),
        sa.Column("decided_by", sa.String(32)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reversal")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_payment_reversal_two_people"),
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (agreed IS NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_payment_reversal_decided_whole"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_payment_reversal_{column}")
            )
            for column, table in (
                ("treasury_payment_id", "treasury_payment"),
                ("proposed_by", "user_account"),
                ("decided_by", "user_account"),
            )
        ),
    )
    op.create_index(
        "uq_payment_reversal_once",
        "payment_reversal",
        ["treasury_payment_id"],
        unique=True,
        sqlite_where=sa.text("agreed IS NOT FALSE"),
        postgresql_where=sa.text("agreed IS NOT FALSE"),
    )
